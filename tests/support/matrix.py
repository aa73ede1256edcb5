"""Answer sets in which every two values that are served meet: a covering array of strength 2, made by covertable.

The rows stand in `matrix.tsv`, since making them takes ten seconds: `python -m tests.support.matrix` writes them anew.
A factor is one thing to answer, with the values that are tried. Choices have all values that are served;
numbers and texts have two. `tests/contract/test_matrix.py` holds, from the contract and not from the factors, that no
served value and no pair is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from generator.answers.settings import assign
from generator.answers.usual import PACKAGE_MANAGERS
from generator.pins import pins

ROWS: Final = Path(__file__).with_suffix(".tsv")
FOLDER: Final = Path("matrix")
"""Where the rows stand for tests that take a path; no such folder exists."""

Row = Mapping[str, str]
"""Factor -> the name of its value."""


def _runtimes(service: int) -> dict[str, tuple[str, ...]]:
    """Each language with each of its package managers; nothing that is served is made by `static`."""
    return {
        f"{language}/{manager}": (
            f"services[{service}].language={language}",
            f"services[{service}].package_manager={manager}",
        )
        for language, managers in PACKAGE_MANAGERS.items()
        if language != "static"
        for manager in managers
    }


def _each(key: str, *values: str) -> dict[str, tuple[str, ...]]:
    return {value: (f"{key}={value}",) for value in values}


_METRICS: Final = ("prometheus", "otel", "micrometer", "none")
_SIZES: Final = ("small", "medium", "large")
ABSENT: Final = "-"
"""The value of what a second service would have, where there is none."""

# Factor -> name of a value -> what `--set` would be given. {i} is the service that the factor is about.
FACTORS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "runtime": _runtimes(0),
    "metrics": _each("services[0].metrics", *_METRICS),
    "platform": {
        **{
            f"kubernetes {v}": ("orchestration.platform=kubernetes", f"orchestration.kubernetes_version={v}")
            for v in pins().kubernetes[:2]
        },
        "ecs": ("orchestration.platform=ecs",),
        "ecs arm64": ("orchestration.platform=ecs", "orchestration.architecture=arm64"),
    },
    "strategy": {
        "rolling": (),
        "blue-green": ("deployment.strategy=blue-green",),
        "one part first": ("deployment.strategy=canary", "deployment.canary_steps=5,100"),
        "equal steps": (
            "deployment.strategy=canary",
            "deployment.canary_steps=25,50,75,100",
            "deployment.canary_minutes=60",
        ),
    },
    "delivery": {"usual": (), "argo-rollouts": ("orchestration.delivery=argo-rollouts",)},
    "database": _each("data.database", "none", "postgres", "mysql"),
    "size": _each("services[0].size", *_SIZES),
    "environments": {
        "one": ("environments=live",),
        "two": ("environments=test,live",),
        "four": ("environments=dev,qa,staging,live",),
    },
    "second": {
        "none": (),
        "worker": ("services[1].kind=worker",),
        "job": ("services[1].kind=job", "services[1].schedule=17 3 * * 1-5"),
        "public": ("services[1].kind=web", "services[1].host=www"),
        "inside": ("services[1].kind=web", "services[1].public=false"),
    },
    "second runtime": {ABSENT: (), **_runtimes(1)},
    "second metrics": {ABSENT: (), **_each("services[1].metrics", *_METRICS)},
    "second size": {ABSENT: (), **_each("services[1].size", *_SIZES)},
    "commands": {
        "usual": (),
        "all": tuple(
            f"services[0].commands.{name}=make {name}"
            for name in ("lint", "unit", "integration", "e2e", "build", "migrate", "seed")
        ),
        "none": tuple(f"services[0].commands.{name}=" for name in ("lint", "unit", "build")),
    },
    "public": {"yes": (), "no": ("services[0].public=false",)},
    "settings": {
        "none": (),
        "some": (
            "services[0].env.SMTP_HOST=mail.example.org",
            'services[0].env.MOTTO=it\'s "$5" & #1',
            "services[0].secrets=API_KEY,SMTP_PASSWORD",
        ),
    },
    "paths": {
        "usual": (),
        "own": (
            "services[0].path=apps/first",
            "services[0].port=9000",
            "services[0].health_path=/livez",
            "services[0].metrics_path=/stats",
        ),
    },
    "domain": {"none": (), "some": ("project.domain=shop.acme.dev",)},
    "repository": {"none": (), "some": ("project.repository=acme/shop", "project.owner=@acme/platform")},
    "accounts": {"none": (), "last": ("cloud.accounts.live=444444444444",)},
    "slack": {"yes": ("slack",), "no": ()},
    "pagerduty": {"yes": ("pagerduty",), "no": ()},
    "email": {"yes": ("email",), "no": ()},
    "trivy": {"yes": ("trivy",), "no": ()},
    "codeql": {"yes": ("codeql",), "no": ()},
    "gitleaks": {"yes": ("gitleaks",), "no": ()},
    "zap": {"yes": ("zap",), "no": ()},
    "previews": {"no": ("previews.enabled=false",), "yes": ("previews.enabled=true", "previews.ttl_days=2")},
    "region": {"usual": (), "other": ("cloud.region=eu-central-1",)},
    "scaling": {
        "usual": (),
        "fixed": ("scaling.min=1", "scaling.max=1"),
        "wide": ("scaling.min=4", "scaling.max=60", "scaling.cpu_percent=55", "scaling.memory_percent=85"),
    },
    "limits": {
        "usual": (),
        "own": (
            "slo.availability=95",
            "slo.latency_p95_ms=1500",
            "deployment.bake_minutes=1",
            "deployment.max_error_rate=0.2",
            "deployment.max_p95_ms=3000",
            "security.rotation_days=365",
            "backup.retention_days=1",
            "cost.monthly_budget_usd=9000",
        ),
    },
}
LISTS: Final = {
    "monitoring.channels": ("slack", "pagerduty", "email"),
    "security.scanners": ("trivy", "codeql", "gitleaks", "zap"),
}
"""Answers that take several values: a factor for each."""

IMPOSSIBLE: Final[dict[str, Row]] = {
    "somebody must be told": dict.fromkeys(LISTS["monitoring.channels"], "no"),
    **{
        f"the controller is one of Kubernetes, not on {platform}": {"delivery": "argo-rollouts", "platform": platform}
        for platform in ("ecs", "ecs arm64")
    },
    "a preview has a host": {"previews": "yes", "domain": "none"},
    "a preview runs before production": {"previews": "yes", "environments": "one"},
    **{
        f"a preview is looked at, beside {second}": {"previews": "yes", "public": "no", "second": second}
        for second in ("none", "worker", "job", "inside")
    },
}
"""What cannot be answered together, with the reason."""


OF_THE_SECOND: Final = ("second runtime", "second metrics", "second size")
"""Factors that say something only of a second service: they are ABSENT if, and only if, there is none."""

APART: Final = ("runtime", "second runtime")
"""The one pair of factors that need not meet: two services share no file that depends on the language of both, and their
pairs alone would be twice as many rows as all others need."""


def possible(row: Row) -> bool:
    """Whether the program takes these answers together, as far as they are given."""
    alone = [(row["second"] == "none") != (row[f] == ABSENT) for f in OF_THE_SECOND if {"second", f} <= row.keys()]
    mixed = {row[f] == ABSENT for f in OF_THE_SECOND if f in row}
    return not any(alone) and len(mixed) < 2 and not any(no.items() <= row.items() for no in IMPOSSIBLE.values())


def _array(tried: Mapping[str, list[str]], **how: Any) -> Iterator[Row]:
    """Rows of these values in which no answers stand together that cannot."""
    from covertable import make

    constraints = [
        {"operator": "or", "conditions": [{"operator": "ne", "left": k, "value": v} for k, v in forbidden.items()]}
        for forbidden in IMPOSSIBLE.values()
    ]
    for row in make(dict(tried), constraints=constraints, **how):
        yield {name: row[name] for name in FACTORS}


def made() -> tuple[Row, ...]:
    """The rows of the array, always the same ones: those with a second service, and every value once without it."""
    gone = {"second": "none", **dict.fromkeys(OF_THE_SECOND, ABSENT)}
    beside = {name: [value for value in values if value != gone.get(name)] for name, values in FACTORS.items()}
    alone = {name: [gone[name]] if name in gone else list(values) for name, values in FACTORS.items()}
    apart = [{"fields": list(APART), "strength": 1}]
    return (*_array(beside, sub_models=apart), *_array(alone, strength=1))


@cache
def rows() -> tuple[Row, ...]:
    """The rows as they were made."""
    header, *lines = ROWS.read_text(encoding="utf-8").splitlines()
    return tuple(dict(zip(header.split("\t"), line.split("\t"), strict=True)) for line in lines)


def path(number: int) -> Path:
    """The name by which tests know a row."""
    return FOLDER / f"{number:02}.yml"


def paths() -> list[Path]:
    """All rows."""
    return [path(number) for number in range(len(rows()))]


def raw(case: Path) -> dict[str, Any]:
    """The answers of a row, as a user would write them."""
    return answers(rows()[int(case.stem)])


def answers(row: Row) -> dict[str, Any]:
    """What a user would write to answer so."""
    data: dict[str, Any] = {"project": {"name": "shop"}, "services": [{"name": "first"}]}
    if row["second"] != "none":
        data["services"].append({"name": "second"})
    single = {value for values in LISTS.values() for value in values}
    given = [one for name, value in row.items() if name not in single for one in FACTORS[name][value]]
    given += [f"{key}=" + ",".join(value for value in values if row[value] == "yes") for key, values in LISTS.items()]
    problems = assign(data, given)
    assert problems == (), problems
    return data


if __name__ == "__main__":
    table = [list(FACTORS), *([*row.values()] for row in made())]
    ROWS.write_text("".join("\t".join(line) + "\n" for line in table), encoding="utf-8")
