"""The unit tests of the rules are strict: a rule that is changed a little is noticed.

Every rule of the cases is changed in every way below, one change at a time, and its unit tests must fail: without jobs and with
them, on both platforms, for both databases. Changes that change nothing are listed in equivalent-mutants.yml, with the reason.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from tests.support import generated

HERE = Path(__file__).parent
JOBS_ON_ECS = generated.TEMPLATES / "ecs-jobs/tests/cases/jobs.yml"
CASES = (
    generated.CASES / "example.yml",
    generated.TEMPLATES / "ecs/tests/cases/example.yml",
    JOBS_ON_ECS,
    generated.TEMPLATES / "k8s/tests/cases/jobs.yml",
    generated.TEMPLATES / "prometheus-ecs/tests/cases/ecs-mysql.yml",
    generated.TEMPLATES / "prometheus-k8s/tests/cases/rollouts.yml",
    generated.TEMPLATES / "k8s-canary/tests/cases/services.yml",
)
"""Of each the rules are tried that none before it has."""
QUICK = ("ScheduledJobOverdue", "ScheduledJobNotStarted", "ProductUnavailable")
"""Rules that are tried each time: their tests take no day of promtool's time, as those of other rules of jobs do."""
LONG = 2 * 3600
"""Seconds of promtool's time above which a test takes seconds of ours."""
FOLDER = "monitoring/prometheus/"
OPERATORS = {">": (">=", "<"), ">=": (">", "<"), "<": ("<=", ">"), "<=": ("<", ">"), "==": ("!=",), "!=": ("==",)}
EQUIVALENT = {entry["mutant"] for entry in yaml.safe_load((HERE / "equivalent-mutants.yml").read_text())}
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
SEVERITIES = {"warning": "critical", "critical": "warning", "emergency": "critical", "none": "warning"}

pytestmark = pytest.mark.tool("promtool")


class Mutant(NamedTuple):
    """A changed rule file."""

    group: str
    rule: str
    change: str
    content: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.rule}: {self.change}"


def rendered(case: Path, folder: Path) -> Path:
    for path, file in generated.made_by(case, "prometheus").items():
        if path.startswith(FOLDER):
            target = folder / path.removeprefix(FOLDER)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.content)
    return folder


@cache
def rules(case: Path) -> dict[str, str]:
    """What each rule says, by its name; the team is another in each case."""
    found = {}
    for path, file in generated.made_by(case, "prometheus").items():
        if path.startswith(f"{FOLDER}rules/"):
            for group in yaml.load(file.content, yaml.CSafeLoader)["groups"]:
                for rule in group["rules"]:
                    severity = rule.get("labels", {}).get("severity")
                    found[rule.get("alert") or rule["record"]] = json.dumps([rule["expr"], rule.get("for"), severity])
    return found


def new_in(case: Path) -> set[str]:
    """The rules that no case before this one has."""
    known = {one for before in CASES[: CASES.index(case)] for one in rules(before).items()}
    return {name for name, said in rules(case).items() if (name, said) not in known}


def outside(expr: str) -> str:
    """The expression with what stands in braces and brackets blanked, so that positions stay."""
    return re.sub(r'\{[^}]*\}|\[[^\]]*\]|"[^"]*"', lambda found: " " * len(found[0]), expr)


def replaced(expr: str, found: re.Match[str], new: str) -> tuple[str, str]:
    before = expr[: found.start()].rsplit("\n", 1)[-1][-24:]
    return f"{before}{found[0]} -> {new}", expr[: found.start()] + new + expr[found.end() :]


def operators(expr: str) -> Iterator[tuple[str, str]]:
    for found in re.finditer(r"(?<![=!<>~])(>=|<=|==|!=|>|<)(?![=~])", outside(expr)):
        for new in OPERATORS[found[0]]:
            yield replaced(expr, found, new)


def numbers(expr: str) -> Iterator[tuple[str, str]]:
    for found in re.finditer(r"(?<![\w.:-])\d+(?:\.\d+)?(?![\w.:])", outside(expr)):
        value = float(found[0])
        for new in (value * 1.1, value * 0.9) if value else (1.0, -1.0):
            yield replaced(expr, found, f"{new:.9g}")


def windows(expr: str) -> Iterator[tuple[str, str]]:
    for found in re.finditer(r"\[(\d+)([smhd])(:\d+[smhd])?\]", expr):
        for factor in (2, 0.5):
            window = int(float(found[1]) * UNITS[found[2]] * factor)
            yield replaced(expr, found, f"[{window}s{found[3] or ''}]")


def matchers(expr: str) -> Iterator[tuple[str, str]]:
    for found in re.finditer(r"\{([^}]*)\}", expr):
        parts = re.findall(r'\w+(?:=~|!~|!=|=)"[^"]*"', found[1])
        for part in parts:
            yield replaced(expr, found, "{" + ", ".join(p for p in parts if p != part) + "}")


def logic(expr: str) -> Iterator[tuple[str, str]]:
    for found in re.finditer(r"\b(and|or|unless)\b(?! on)", outside(expr)):
        yield replaced(expr, found, {"and": "or", "or": "and", "unless": "and"}[found[0]])


def durations(rule: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    if "for" not in rule:
        return
    wait = seconds(rule["for"])
    for new in (0, wait - 30, wait + 30, wait * 2):
        yield f"for {new}s", {**rule, "for": f"{new}s"}


def changes(rule: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for kind in (operators, numbers, windows, matchers, logic):
        for change, expr in kind(rule["expr"]):
            yield change, {**rule, "expr": expr}
    yield from durations(rule)
    if "alert" in rule:
        severity = SEVERITIES[rule["labels"]["severity"]]
        yield f"severity {severity}", {**rule, "labels": {**rule["labels"], "severity": severity}}


def mutants(folder: Path) -> Iterator[Mutant]:
    for path in sorted((folder / "rules").glob("*.yml")):
        content = yaml.safe_load(path.read_text())
        for i, group in enumerate(content["groups"]):
            for j, rule in enumerate(group["rules"]):
                for change, changed in changes(rule):
                    # An alert stands alone; recording rules build on each other.
                    others = [] if "alert" in rule else group["rules"]
                    rules = [*others[:j], changed, *others[j + 1 :]]
                    groups = [*content["groups"][:i], {**group, "rules": rules}, *content["groups"][i + 1 :]]
                    yield Mutant(path.stem, rule.get("alert") or rule["record"], change, {"groups": groups})


def unchanged(folder: Path) -> Iterator[Mutant]:
    """Every rule as it is: what its tests say of a change means nothing where they fail without one."""
    for path in sorted((folder / "rules").glob("*.yml")):
        content = yaml.safe_load(path.read_text())
        for group in content["groups"]:
            for rule in group["rules"]:
                yield Mutant(path.stem, rule.get("alert") or rule["record"], "nothing", content)


@cache
def suite(path: Path) -> dict[str, Any]:
    return yaml.load(path.read_text(), yaml.CSafeLoader)  # type: ignore[no-any-return]


def own_tests(mutant: Mutant, folder: Path) -> Iterator[dict[str, Any]]:
    """The suites of the group with the tests that are about the mutant's rule; all tests for a recording rule.

    The long ones come last and by themselves.
    """
    suites = [suite(path) for path in sorted(folder.glob(f"{mutant.group}*_test.yml"))]
    suites = [one for one in suites if one["rule_files"] == [f"../rules/{mutant.group}.yml"]]
    alerts = any(test["name"].startswith(f"{mutant.rule} ") for one in suites for test in one["tests"])
    for long in (False, True):
        for one in suites:
            own = [t for t in one["tests"] if not alerts or t["name"].startswith(f"{mutant.rule} ")]
            if some := [test for test in own if (lasts(test) > LONG) == long]:
                yield {**one, "tests": some}


def lasts(test: dict[str, Any]) -> int:
    """Up to when promtool evaluates for a test, in seconds."""
    rows = test.get("alert_rule_test", []) + test.get("promql_expr_test", [])
    return max(seconds(row["eval_time"]) for row in rows)


def seconds(duration: str) -> int:
    return sum(int(number) * UNITS[unit] for number, unit in re.findall(r"(\d+)([smhd])", duration))


def killed(mutant: Mutant, folder: Path, work: Path) -> bool:
    """Whether the unit tests of the mutant's group notice it; a rule that no longer parses is noticed too."""
    work.mkdir()
    (work / "rules").mkdir()
    (work / "tests").mkdir()
    (work / "rules" / f"{mutant.group}.yml").write_text(json.dumps(mutant.content))
    test = work / "tests" / f"{mutant.group}_test.yml"
    noticed = False
    for some in own_tests(mutant, folder / "tests"):
        test.write_text(json.dumps(some))
        line = ["promtool", "test", "rules", str(test)]
        noticed = noticed or subprocess.run(line, capture_output=True, check=False, timeout=600).returncode != 0
    shutil.rmtree(work)
    return noticed


def survivors(case: Path, tried: Collection[str], work: Path) -> list[str]:
    """The changes of these rules that no test notices."""
    folder = rendered(case, work / "original")
    real = [m for m in mutants(folder) if m.rule in tried and m.name not in EQUIVALENT]
    same = [m for m in unchanged(folder) if m.rule in tried]
    assert {m.rule for m in real} | {m.rule for m in same} == set(tried)
    with ThreadPoolExecutor(2) as pool:
        failing = list(pool.map(lambda n: killed(same[n], folder, work / f"unchanged-{n}"), range(len(same))))
        assert not any(failing), (
            f"fail without any change: {[m.rule for m, dead in zip(same, failing, strict=True) if dead]}"
        )
        verdicts = list(pool.map(lambda n: killed(real[n], folder, work / f"mutant-{n}"), range(len(real))))
    assert len(real) >= 10
    return sorted(m.name for m, dead in zip(real, verdicts, strict=True) if not dead)


@pytest.mark.slow
def test_equivalent_mutants_are_mutants(tmp_path: Path) -> None:
    names = {m.name for case in CASES for m in mutants(rendered(case, tmp_path / generated.case_id(case)))}
    assert names >= EQUIVALENT, f"no longer mutants: {sorted(EQUIVALENT - names)}"


def test_every_change_of_a_quick_rule_is_noticed(tmp_path: Path) -> None:
    assert survivors(JOBS_ON_ECS, QUICK, tmp_path) == []


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=generated.case_id)
def test_every_change_of_a_rule_is_noticed(case: Path, tmp_path: Path) -> None:
    assert survivors(case, new_in(case), tmp_path) == []
