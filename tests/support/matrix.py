"""Answer sets in which every two values that are served meet: a covering array of strength 2, made by covertable.

A factor is one thing to answer, with the values that are tried. Choices have all values that are served;
numbers and texts have two. `tests/contract/test_matrix.py` holds that no served value and no pair is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from covertable import make

from generator.answers.load import assign
from generator.answers.usual import PACKAGE_MANAGERS
from generator.pins import pins

FOLDER: Final = Path("matrix")
"""Where the rows stand for tests that take a path; no such folder exists."""

Row = Mapping[str, str]
"""Factor -> the name of its value."""

# Factor -> name of a value -> what `--set` would be given. {i} is the service that the factor is about.
FACTORS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "runtime": {
        f"{language}/{manager}": (f"services[0].language={language}", f"services[0].package_manager={manager}")
        for language, managers in PACKAGE_MANAGERS.items()
        if language != "static"
        for manager in managers
    },
    "metrics": {m: (f"services[0].metrics={m}",) for m in ("prometheus", "otel", "micrometer", "none")},
    "platform": {
        **{
            f"kubernetes {v}": ("orchestration.platform=kubernetes", f"orchestration.kubernetes_version={v}")
            for v in pins().kubernetes[:2]
        },
        "ecs": ("orchestration.platform=ecs",),
        "ecs arm64": ("orchestration.platform=ecs", "orchestration.architecture=arm64"),
    },
    "database": {d: (f"data.database={d}",) for d in ("none", "postgres", "mysql")},
    "size": {s: (f"services[0].size={s}",) for s in ("small", "medium", "large")},
    "environments": {
        "one": ("environments=live",),
        "two": ("environments=test,live",),
        "four": ("environments=dev,qa,staging,live",),
    },
    "second": {
        "none": (),
        "worker": ("services[1].kind=worker", "services[1].language=go"),
        "job": ("services[1].kind=job", "services[1].language=python", "services[1].schedule=17 3 * * 1-5"),
        "public": ("services[1].kind=web", "services[1].language=node", "services[1].host=www"),
        "inside": ("services[1].kind=web", "services[1].language=java", "services[1].public=false"),
    },
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
    "a preview has a host": {"previews": "yes", "domain": "none"},
    "a preview runs before production": {"previews": "yes", "environments": "one"},
    **{
        f"a preview is looked at, beside {second}": {"previews": "yes", "public": "no", "second": second}
        for second in ("none", "worker", "job", "inside")
    },
}
"""What cannot be answered together, with the reason."""


def possible(row: Row) -> bool:
    """Whether the program takes these answers together, as far as they are given."""
    return not any(forbidden.items() <= row.items() for forbidden in IMPOSSIBLE.values())


@cache
def rows() -> tuple[Row, ...]:
    """The rows of the array, always the same ones."""
    constraints = [
        {"operator": "or", "conditions": [{"operator": "ne", "left": k, "value": v} for k, v in forbidden.items()]}
        for forbidden in IMPOSSIBLE.values()
    ]
    made = make({name: list(values) for name, values in FACTORS.items()}, constraints=constraints)
    return tuple({name: row[name] for name in FACTORS} for row in made)


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
