"""The unit tests of the rules are strict: a rule that is changed a little is noticed.

Every rule of the example, and every rule that only its twin on ECS has, is changed in every way below, one change at a time, and
its unit tests must fail.
Changes that change nothing are listed in equivalent-mutants.yml, with the reason.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from tests.support import generated

HERE = Path(__file__).parent
EXAMPLE = generated.CASES / "example.yml"
ECS = generated.TEMPLATES / "prometheus-ecs/tests/cases/ecs.yml"
FOLDER = "monitoring/prometheus/"
OPERATORS = {">": (">=", "<"), ">=": (">", "<"), "<": ("<=", ">"), "<=": ("<", ">"), "==": ("!=",), "!=": ("==",)}
EQUIVALENT = {entry["mutant"] for entry in yaml.safe_load((HERE / "equivalent-mutants.yml").read_text())}
SEVERITIES = {"warning": "critical", "critical": "warning", "emergency": "critical", "none": "warning"}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.tool("promtool"),
]


class Mutant(NamedTuple):
    """A changed rule file."""

    group: str
    rule: str
    change: str
    content: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.rule}: {self.change}"


def rendered(case: Path, tmp_path: Path) -> Path:
    for path, file in generated.made_by(case, "prometheus").items():
        if path.startswith(FOLDER):
            target = tmp_path / path.removeprefix(FOLDER)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.content)
    return tmp_path


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
            seconds = int(float(found[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[found[2]] * factor)
            yield replaced(expr, found, f"[{seconds}s{found[3] or ''}]")


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
    found = re.fullmatch(r"(\d+)([smh])", rule["for"])
    assert found
    seconds = int(found[1]) * {"s": 1, "m": 60, "h": 3600}[found[2]]
    for new in (0, seconds - 30, seconds + 30, seconds * 2):
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


def own_tests(mutant: Mutant, path: Path) -> dict[str, Any]:
    """The suite with the tests that are about the mutant's rule; all tests where it is a recording rule."""
    tests = suite(path)["tests"]
    own = [test for test in tests if test["name"].startswith(f"{mutant.rule} ")]
    return {**suite(path), "tests": own or tests}


def killed(mutant: Mutant, folder: Path, work: Path) -> bool:
    """Whether the unit tests of the mutant's group notice it; a rule that no longer parses is noticed too."""
    work.mkdir()
    (work / "rules").mkdir()
    (work / "tests").mkdir()
    (work / "rules" / f"{mutant.group}.yml").write_text(json.dumps(mutant.content))
    test = work / "tests" / f"{mutant.group}_test.yml"
    test.write_text(json.dumps(own_tests(mutant, folder / "tests" / test.name)))
    done = subprocess.run(["promtool", "test", "rules", str(test)], capture_output=True, check=False, timeout=120)
    shutil.rmtree(work)
    return done.returncode != 0


def rules_of(folder: Path) -> set[str]:
    return {mutant.rule for mutant in unchanged(folder)}


def test_equivalent_mutants_are_mutants(tmp_path: Path) -> None:
    names = {m.name for case in (EXAMPLE, ECS) for m in mutants(rendered(case, tmp_path / case.stem))}
    assert names >= EQUIVALENT, f"no longer mutants: {sorted(EQUIVALENT - names)}"


@pytest.mark.parametrize("case", [EXAMPLE, ECS], ids=generated.case_id)
def test_every_change_of_a_rule_is_noticed(case: Path, tmp_path: Path) -> None:
    folder = rendered(case, tmp_path / "original")
    tried = rules_of(folder)
    if case == ECS:
        tried -= rules_of(rendered(EXAMPLE, tmp_path / "example"))
    real = [m for m in mutants(folder) if m.rule in tried and m.name not in EQUIVALENT]
    same = [m for m in unchanged(folder) if m.rule in tried]
    with ThreadPoolExecutor(2) as pool:
        failing = list(pool.map(lambda n: killed(same[n], folder, tmp_path / f"unchanged-{n}"), range(len(same))))
        assert not any(failing), (
            f"fail without any change: {[m.rule for m, dead in zip(same, failing, strict=True) if dead]}"
        )
        verdicts = list(pool.map(lambda n: killed(real[n], folder, tmp_path / f"mutant-{n}"), range(len(real))))
    survivors = sorted(m.name for m, dead in zip(real, verdicts, strict=True) if not dead)
    assert len(real) >= 40
    assert len(survivors) <= 0.05 * len(real), f"{len(survivors)} of {len(real)} survive:\n" + "\n".join(survivors)
