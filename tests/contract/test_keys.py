"""For every key of the contract: which files a change of its value changes; none is silently ignored.

The table is `keys.txt` beside this module: `python -m tests.contract.test_keys` writes it anew.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path, PurePosixPath
from typing import Any, get_args

import pytest

from generator.answers.keys import Key, idle, keys, unwrap
from generator.answers.settings import assign
from generator.errors import AnswersError, Problem
from generator.served import settle
from tests.support import generated

EXAMPLE = generated.CASES / "example.yml"
TABLE = Path(__file__).with_name("keys.txt")
MANY = 6
"""More files than this of one folder are counted, not listed."""
TOLD = {".agency", "docs", "README.md", "AGENTS.md", "SECURITY.md", "CODEOWNERS"}
"""What is read and runs nothing."""
TOLD_ONLY = ["project.description=Another shop"]
"""Settings that are for readers alone."""

# key -> another valid value, as `--set` takes it. A key may need other answers first.
CHANGES: dict[str, tuple[str, ...]] = {
    "project.name": ("other",),
    "project.description": ("Another shop",),
    "project.owner": ("@acme/other",),
    "project.repository": ("acme/other",),
    "project.domain": ("other.acme.dev",),
    "services[].name": ("other",),
    "services[].kind": ("web",),
    "services[].language": ("python",),
    "services[].version": ("1.26",),
    "services[].package_manager": ("pnpm",),
    "services[].path": ("elsewhere/it",),
    "services[].port": ("9000",),
    "services[].host": ("www",),
    "services[].public": ("false",),
    "services[].health_path": ("/livez",),
    "services[].metrics_path": ("/stats",),
    "services[].metrics": ("otel",),
    "services[].commands.lint": ("make lint",),
    "services[].commands.unit": ("make unit",),
    "services[].commands.integration": ("make integration",),
    "services[].commands.e2e": ("make e2e",),
    "services[].commands.build": ("make build",),
    "services[].commands.migrate": ("make migrate",),
    "services[].commands.seed": ("make seed",),
    "services[].size": ("large",),
    "cloud.region": ("eu-west-1",),
    "orchestration.kubernetes_version": ("1.35",),
    "deployment.strategy": ("canary",),
    "orchestration.delivery": ("argo-rollouts",),
    "deployment.bake_minutes": ("5",),
    "deployment.max_error_rate": ("0.02",),
    "deployment.max_p95_ms": ("400",),
    "environments": ("test,prod",),
    "previews.enabled": ("false",),
    "previews.ttl_days": ("3",),
    "data.database": ("mysql",),
    "monitoring.channels": ("slack",),
    "slo.availability": ("99.5",),
    "slo.latency_p95_ms": ("300",),
    "scaling.min": ("3",),
    "scaling.max": ("20",),
    "scaling.cpu_percent": ("60",),
    "scaling.memory_percent": ("75",),
    "security.rotation_days": ("14",),
    "security.scanners": ("trivy",),
    "cost.monthly_budget_usd": ("900",),
    "backup.retention_days": ("7",),
}
SERVICE = {"services[].kind": 2, "services[].language": 2, "services[].version": 2}
# Maps and lists below services, and maps of the answers: set entry by entry.
ENTRIES = {
    "services[].env": "services[0].env.NEW=1",
    "services[].secrets": "services[0].secrets=NEW_SECRET",
    "cloud.accounts": "cloud.accounts.prod=123456789012",
}
# No effect with the example's other answers: kept, and the report says so.
IDLE = {
    "services[].schedule": None,  # refused for another kind than job
    "services[].gpu": None,  # refused: no component serves an accelerator
    "deployment.canary_steps": "deployment.canary_steps=5,100",
    "deployment.canary_minutes": "deployment.canary_minutes=20",
}
# Choices of which only one is served: every other value is refused.
ONE_CHOICE = {
    "cloud.provider": "gcp", "cloud.secondary_region": "us-west-2", "orchestration.platform": "vm",
    "orchestration.architecture": "arm64",
    "orchestration.mesh": "istio",
    "ci.system": "jenkins", "iac.tool": "pulumi", "data.cache": "redis",
    "data.object_storage": "true", "data.cdn": "true", "monitoring.backend": "datadog",
    "monitoring.dashboards": "true", "monitoring.logs": "loki", "monitoring.tracing": "otel", "security.secrets": "vault",
    "security.policy": "kyverno", "security.compliance": "cis", "cost.infracost": "true", "backup.cross_region": "true",
    "services[].gpu": "nvidia-l4",
}  # fmt: skip


def settings(key: str, value: str) -> str:
    number = SERVICE.get(key, 0)
    return f"{key.replace('[]', f'[{number}]')}={value}"


def changed(*given: str) -> set[str]:
    """The files that change when the example's answers get these settings."""
    before = generated.tree(EXAMPLE)
    data: dict[str, Any] = generated.raw(EXAMPLE)
    assert assign(data, given) == ()
    after = generated.tree_of(settle(data)[0])
    return {path for path in {*before, *after} if before.get(path) != after.get(path)} - set(generated.ANSWERS_ONLY)


def test_every_key_is_in_one_of_the_tables() -> None:
    listed = {*CHANGES, *ENTRIES, *IDLE, *ONE_CHOICE, "version"}
    assert {key.name for key in keys()} == listed


def effects() -> dict[str, set[str]]:
    """Setting -> the files that it changes, for every key that has an effect."""
    given = [*(settings(key, *values) for key, values in CHANGES.items()), *ENTRIES.values()]
    return {one: changed(one) for one in given}


def table(found: dict[str, set[str]]) -> str:
    """The table as text: a paragraph for each setting; many files of a folder are one line with their number."""
    out = []
    for setting, files in found.items():
        folders = Counter(str(PurePosixPath(*PurePosixPath(path).parts[:2])) for path in files)
        lines = {path: path for path in files}
        for folder, number in folders.items():
            if number > MANY:
                lines |= {p: f"{folder}/ ({number} files)" for p in files if p.startswith(f"{folder}/")}
        out.append("\n".join([setting, *(f"  {line}" for line in sorted(set(lines.values())))]))
    return "\n\n".join(out) + "\n"


def test_the_table_of_what_each_key_changes_is_as_committed() -> None:
    found = effects()
    assert [setting for setting, files in found.items() if not files] == []
    only_told = [s for s, files in found.items() if all(PurePosixPath(p).parts[0] in TOLD for p in files)]
    assert only_told == TOLD_ONLY
    assert table(found) == TABLE.read_text(), "python -m tests.contract.test_keys writes it anew: read the difference"


@pytest.mark.parametrize("key", [k for k, v in IDLE.items() if v])
def test_a_key_without_effect_is_kept_and_said_to_have_none(key: str) -> None:
    given = IDLE[key] or ""
    assert changed(given) == set()
    data = generated.raw(EXAMPLE)
    assert assign(data, [given]) == ()
    assert key in dict(idle(settle(data)[0]))


@pytest.mark.parametrize("key", ONE_CHOICE)
def test_a_choice_that_is_not_served_is_refused_with_a_sentence(key: str) -> None:
    data = generated.raw(EXAMPLE)
    assert assign(data, [settings(key, ONE_CHOICE[key])]) == ()
    with pytest.raises(AnswersError) as caught:
        settle(data)
    (problem,) = [p for p in caught.value.problems if p.key == key.replace("[]", "[0]")]
    assert "is not served yet" in problem.message
    assert problem.nearest


# key -> a value that is refused, and the start of the message.
REFUSED: dict[str, tuple[Any, str]] = {
    "version": (2, "no such choice"),
    "project.name": ("Shop!", "not in the expected form"),
    "project.description": ("a\nb", "one line of printable text"),
    "project.owner": ("x" * 201, "at most 200 characters"),
    "project.repository": ("no-slash", "not in the expected form"),
    "project.domain": ("no_domain", "not in the expected form"),
    "services[].name": ("UPPER", "not in the expected form"),
    "services[].kind": ("website", "no such choice"),
    "services[].language": ("cobol", "no such choice"),
    "services[].version": ("latest", "not in the expected form"),
    "services[].package_manager": ("apt", "no such choice"),
    "services[].path": ("/etc", "not in the expected form"),
    "services[].port": (80, "a number of at least 1024"),
    "services[].host": ("a.b", "not in the expected form"),
    "services[].public": ("yes", "true or false is expected"),
    "services[].health_path": ("healthz", "not in the expected form"),
    "services[].metrics_path": ("/a?b", "not in the expected form"),
    "services[].metrics": ("statsd", "no such choice"),
    "services[].commands.lint": ("a\nb", "one line of printable text"),
    "services[].commands.unit": (5, "text is expected"),
    "services[].commands.integration": ("${{ x }}", "holds a CI expression"),
    "services[].commands.e2e": (["a"], "text is expected"),
    "services[].commands.build": ("x" * 1001, "at most 1000 characters"),
    "services[].commands.migrate": ("\x00", "one line of printable text"),
    "services[].commands.seed": ("\x00", "one line of printable text"),
    "services[].env": ({"lower": "x"}, "not in the expected form"),
    "services[].secrets": (["PORT"], "PORT is set by the platform"),
    "services[].schedule": ("every day", "not in the expected form"),
    "services[].size": ("huge", "no such choice"),
    "services[].gpu": ("NVIDIA", "not in the expected form"),
    "cloud.provider": ("amazon", "no such choice"),
    "cloud.region": ("us-east-9", "no region of aws"),
    "cloud.secondary_region": ("us-east-1", "must differ from cloud.region"),
    "cloud.accounts": ({"prod": "12"}, "no account of aws"),
    "orchestration.platform": ("nomad", "no such choice"),
    "orchestration.architecture": ("x86", "no such choice"),
    "orchestration.delivery": ("spinnaker", "no such choice"),
    "orchestration.mesh": ("consul", "no such choice"),
    "orchestration.kubernetes_version": ("1.10", "no version that this release knows"),
    "deployment.strategy": ("big-bang", "no such choice"),
    "deployment.canary_steps": ([50, 10], "must rise and end at 100"),
    "deployment.canary_minutes": (0, "a number of at least 1"),
    "deployment.bake_minutes": (61, "a number of at least 1"),
    "deployment.max_error_rate": (1.5, "a number of more than 0"),
    "deployment.max_p95_ms": ("fast", "a whole number is expected"),
    "environments": ([], "at least 1 and at most"),
    "previews.enabled": ("on", "true or false is expected"),
    "previews.ttl_days": (31, "a number of at least 1"),
    "ci.system": ("travis", "no such choice"),
    "iac.tool": ("ansible", "no such choice"),
    "data.database": ("oracle", "no such choice"),
    "data.cache": ("memcached", "no such choice"),
    "data.object_storage": (1, "true or false is expected"),
    "data.cdn": ("maybe", "true or false is expected"),
    "monitoring.backend": ("nagios", "no such choice"),
    "monitoring.dashboards": ("yes", "true or false is expected"),
    "monitoring.channels": (["sms"], "no such choice"),
    "monitoring.logs": ("splunk", "no such choice"),
    "monitoring.tracing": ("xray", "no such choice"),
    "slo.availability": (100, "a number of at least 90"),
    "slo.latency_p95_ms": (0, "a number of at least 1"),
    "scaling.min": (0, "a number of at least 1"),
    "scaling.max": (1, "must be at least scaling.min"),
    "scaling.cpu_percent": (99, "a number of at least 10"),
    "scaling.memory_percent": (5, "a number of at least 10"),
    "security.secrets": ("file", "no such choice"),
    "security.rotation_days": (0, "a number of at least 1"),
    "security.scanners": (["snyk"], "no such choice"),
    "security.policy": ("opa", "no such choice"),
    "security.compliance": ("soc2", "no such choice"),
    "cost.monthly_budget_usd": (0, "a number of at least 1"),
    "cost.infracost": ("yes", "true or false is expected"),
    "backup.retention_days": (36, "a number of at least 1"),
    "backup.cross_region": ("yes", "true or false is expected"),
}


@pytest.mark.parametrize("key", keys(), ids=lambda k: k.name)
def test_every_key_refuses_something(key: Key) -> None:
    value, message = REFUSED[key.name]
    data: dict[str, Any] = generated.raw(EXAMPLE)
    scope: Any = data
    *path, last = key.name.split(".")
    for word in path:
        scope = scope["services"][0] if word == "services[]" else scope.setdefault(word, {})
    scope[last] = value
    with pytest.raises(AnswersError) as caught:
        settle(data)
    name = key.name.replace("[]", "[0]")
    about = [p.message for p in caught.value.problems if re.split(rf"^{re.escape(name)}(?=$|[.\[])", p.key)[0] == ""]
    assert any(text.startswith(message) for text in about), caught.value.problems
    assert caught.value.exit_code == 3


def unreleasable(path: str) -> bool:
    """Whether a release renders this file and ends when the word is left in it."""
    return path.startswith(("infrastructure/kubernetes/", "infrastructure/ecs/"))


FREE_IN_MANIFESTS = {
    "project.name", "project.domain", "environments", "services[].name", "services[].host", "services[].health_path",
    "services[].env", "services[].commands.migrate", "services[].commands.seed",
}  # fmt: skip
"""Keys whose text is the user's and comes to stand in what a release renders."""

BY_CASE = pytest.mark.parametrize(
    "case", [EXAMPLE, generated.TEMPLATES / "ecs/tests/cases/example.yml"], ids=generated.case_id
)
TEXTS = [
    key.name
    for key in keys()
    if not key.choices and str in {unwrap(kind)[0] for kind in (key.type, *get_args(key.type))}
]
"""Keys whose values, or their entries, are free text: no other can hold a word."""


def marked(key: str) -> str:
    """A setting that is valid but for the mark in it."""
    name = ENTRIES.get(key, settings(key, "")).partition("=")[0]
    path = "/" if key.endswith("_path") else ""
    tail = {"project.domain": ".example.org", "project.repository": "/x", "environments": ",prod"}.get(key, "")
    return f"{name}={path}undeployed{tail}"


def refused(case: Path, key: str) -> tuple[Problem, ...]:
    """What the program says of answers with the mark in one of them."""
    data: dict[str, Any] = generated.raw(case)
    assert assign(data, [marked(key)]) == ()
    try:
        settle(data)
    except AnswersError as error:
        return error.problems
    return ()


@BY_CASE
@pytest.mark.parametrize("key", TEXTS)
def test_the_mark_of_what_is_not_filled_in_is_refused_where_a_release_renders_it(case: Path, key: str) -> None:
    problems = refused(case, key)
    told = [p for p in problems if 'holds the word "undeployed"' in p.message]
    assert bool(told) == (key in FREE_IN_MANIFESTS), problems
    assert not problems or [p for p in problems if p.key.startswith(marked(key).partition("=")[0])], problems


@BY_CASE
def test_no_other_answer_puts_the_mark_of_what_is_not_filled_in_into_a_manifest(case: Path) -> None:
    data: dict[str, Any] = generated.raw(case)
    taken = [marked(key) for key in TEXTS if not refused(case, key)]
    assert len(taken) > 8
    assert assign(data, taken) == ()
    before, after = generated.tree(case), generated.tree_of(settle(data)[0])
    assert before != after
    count = {p: f.content.count(b"undeployed") for p, f in before.items() if unreleasable(p)}
    assert {p: f.content.count(b"undeployed") for p, f in after.items() if unreleasable(p)} == count


if __name__ == "__main__":
    TABLE.write_text(table(effects()))
