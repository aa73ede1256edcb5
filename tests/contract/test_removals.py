"""What the components list as not to be lost is taken out, one thing at a time, and what the list names notices it.

Noticed is a removal when a condition fails that somebody wrote: an assertion or a validation of Terraform, a rule, a check.
What merely cannot be built or planned any more has not been noticed.
"""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from generator.tree import Tree
from tests.support import generated
from tests.support.judge import judge
from tests.support.removals import Judge, Removal, removals
from tests.support.terraform.bench import Bench
from tests.tools import commands, run

PROTECTIONS = {
    "encryption",
    "deletion protection",
    "two zones",
    "private database",
    "log retention",
    "OIDC conditions",
    "least privilege",
    "TLS",
    "circuit breaker",
    "alarms of a release",
    "what the pipeline owns",
    "no public address",
    "no root",
    "network policies",
    "what a side serves",
    "the way back",
}
"""What the removals that are tried in every run must cover, at the least."""

JUDGEMENTS = {
    "Test assertion failed",
    "Missing expected failure",
    "Invalid value for variable",
    "Resource precondition failed",
    "Resource postcondition failed",
    "Check block assertion failed",
}
"""What terraform calls a condition of ours that did not hold; everything else is a configuration that broke."""

KUBERNETES = Path("infrastructure/kubernetes")
BUILT = ("overlays/prod", "migrate", "gateway/overlays/prod")


def tries(kind: str) -> list[tuple[Removal, Judge]]:
    """Every removal with each of its judges of this kind."""
    return [(removal, one) for removal in removals() for one in removal.fails if one.kind == kind]


def parameters(kind: str, *marks: Any, slow: bool = False) -> list[Any]:
    """Each with its judge. Of what is slow, the first of each protection is tried in every run."""
    rows, seen = [], {""}
    for removal, one in tries(kind):
        later = [pytest.mark.slow] if slow and removal.protects in seen else []
        seen.add(removal.protects)
        rows.append(pytest.param(removal, one, id=removal.id, marks=[*marks, *later]))
    return rows


def test_every_list_fits_what_its_case_makes() -> None:
    print(Counter(removal.component for removal in removals()), f"{len(removals())} in all")
    assert {removal.component for removal in removals()} == {
        path.parents[1].name for path in generated.TEMPLATES.glob("*/tests/removals.yml")
    }
    for removal in removals():
        tree = generated.tree(removal.case)
        assert removal.fails, removal
        assert removal.apply(tree) != tree
        assert all(one.name in tree for one in removal.fails if one.kind == "terraform"), removal


def test_the_removals_tried_in_every_run_cover_the_protections() -> None:
    found = {removal.protects for removal in removals()} - {""}
    assert found >= PROTECTIONS
    assert len(found) < 25


# --- Terraform ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def benches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Path, Bench]]:
    """The benches that were made, by case."""
    made: dict[Path, Bench] = {}
    yield made
    for bench in made.values():
        bench.servers.close()


@pytest.mark.parametrize(("removal", "test"), parameters("terraform", pytest.mark.tool("terraform"), slow=True))
def test_terraform_test_fails(
    removal: Removal, test: Judge, benches: dict[Path, Bench], tmp_path_factory: pytest.TempPathFactory
) -> None:
    if removal.case not in benches:
        benches[removal.case] = Bench(tmp_path_factory.mktemp("bench"), generated.tree(removal.case))
    bench = benches[removal.case]
    assert bench.passes(test), f"{test.name} fails without any removal"
    failures = bench.tried(removal, test)
    print(*(f"{f.run}: {f.summary}: {f.text}" for f in failures), sep="\n")
    assert failures, f"{test.name} did not notice: {removal.find!r} -> {removal.replace!r} in {removal.file}"
    judged = {f.run for f in failures if f.summary in JUDGEMENTS}
    assert judged, f"no condition of ours failed, but: {[f.summary for f in failures]}"
    assert not test.run or test.run in judged


# --- rules ----------------------------------------------------------------------------------------


@cache
def accepted(case: Path, rule: str) -> bool:
    """Whether a rule finds nothing in what a case makes; each is asked once."""
    return judge(generated.tree(case), {rule}).findings == ()


@pytest.mark.parametrize(("removal", "rule"), parameters("rule"))
def test_rule_finds(removal: Removal, rule: Judge) -> None:
    assert accepted(removal.case, rule.name)
    found = {finding.path for finding in judge(removal.apply(generated.tree(removal.case)), {rule.name}).findings}
    assert found, f"{rule.name} did not notice: {removal.find!r} -> {removal.replace!r} in {removal.file}"
    # The rule reports at the file that was changed, or at the one that is not named there any more.
    assert all(path == removal.file or f" {Path(path).name}" in removal.find for path in found), found


# --- a component's own checks ---------------------------------------------------------------------


@cache
def module(path: Path) -> ModuleType:
    """The tests of a component, as a module beside those that pytest has loaded."""
    spec = importlib.util.spec_from_file_location(f"judge_{path.stem}", path)
    assert spec
    assert spec.loader
    made = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


@pytest.fixture(scope="module")
def whole() -> set[tuple[Path, Path]]:
    """Which judges have found nothing in which cases: each is asked once."""
    return set()


@pytest.mark.parametrize(("removal", "test"), parameters("test", pytest.mark.tool("kubectl"), slow=True))
def test_check_of_the_component_fails(
    removal: Removal, test: Judge, whole: set[tuple[Path, Path]], tmp_path: Path
) -> None:
    tree = generated.tree(removal.case)
    if (removal.judge, removal.case) not in whole:
        module(removal.judge).judge_production(generated.write(tree, tmp_path / "whole"))
        whole.add((removal.judge, removal.case))
    less = generated.write(removal.apply(tree), tmp_path / "less")
    with pytest.raises(AssertionError, match=rf"^{re.escape(test.name.split(':')[0])}\b"):
        module(removal.judge).judge_production(less)


# --- checkov --------------------------------------------------------------------------------------


def build(tree: Tree, folder: Path, target: Path) -> None:
    """Builds what runs in production into one file, with images as a release sets them."""
    root = generated.write(Tree((p, f) for p, f in tree.items() if KUBERNETES in Path(p).parents), folder) / KUBERNETES
    built = []
    for name in BUILT:
        done = run.run(tuple(word.format(directory=root / name) for word in commands.KUSTOMIZE), folder)
        assert done.returncode == 0, done.stdout
        built.append(done.stdout)
    target.write_text("---\n".join(built).replace(":undeployed\n", f"@sha256:{'0' * 64}\n"))


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Production's manifests: each case's as `case-<its name>.yaml`, and one file for each removal that a tool judges."""
    work = tmp_path_factory.mktemp("production")
    (work / "built").mkdir()
    rows = tries("checkov")
    for case in {removal.case for removal, _ in rows}:
        name = f"case-{generated.case_id(case)}"
        build(generated.tree(case), work / name, work / f"built/{name}.yaml")
    for removal, _ in rows:
        build(removal.apply(generated.tree(removal.case)), work / removal.id, work / f"built/{removal.id}.yaml")
    return work / "built"


@pytest.mark.slow
def test_checkov_finds(production: Path) -> None:
    """One run over all of them: checkov takes longer to start than to judge."""
    rows = tries("checkov")
    checks = {check.name for _, check in rows}
    line = ("checkov", "-d", str(production), "--framework", "kubernetes", "--skip-download", "--quiet", "-o", "json")
    done = run.run((*line, "--check", ",".join(sorted(checks))), production, {"LOG_LEVEL": "ERROR"})
    failed = json.loads(done.stdout)["results"]["failed_checks"]
    found = {(Path(one["file_path"]).stem, one["check_id"]) for one in failed}
    assert [name for name, _ in found if name.startswith("case-")] == []
    survived = [removal.id for removal, check in rows if (removal.id, check.name) not in found]
    assert survived == []
