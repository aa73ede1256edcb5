"""What the components list as not to be lost is taken out, one thing at a time, and the named check notices it."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from generator.checks import check
from generator.tree import File, Tree
from tests.support import generated
from tests.support.removals import READERS, Edit, edits
from tests.support.terraform.bench import Bench, Failure, words
from tests.tools import commands, run

EXAMPLE = generated.CASES / "example.yml"
TERRAFORM = edits("terraform-aws", "terraform-aws-eks")
MANIFESTS = edits("k8s", "k8s-rolling")

PROTECTIONS = {
    "encryption",
    "deletion protection",
    "two zones",
    "private database",
    "log retention",
    "OIDC conditions",
    "least privilege",
    "TLS",
}
"""What the removals that are tried always must cover; the others are slow."""

LEAST = {"terraform-aws": 146, "terraform-aws-eks": 53, "k8s": 24, "k8s-rolling": 16}
"""How many removals of each component are tried here, at the least."""

JUDGEMENTS = {
    "Test assertion failed",
    "Missing expected failure",
    "Invalid value for variable",
    "Resource precondition failed",
    "Resource postcondition failed",
    "Check block assertion failed",
}
"""What terraform calls a condition of ours that did not hold."""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("bench"), generated.answers(EXAMPLE))


def parameters(rows: list[Edit]) -> list[Any]:
    return [pytest.param(row, id=row.id, marks=() if row.protects else pytest.mark.slow) for row in rows]


@pytest.mark.parametrize("edit", parameters(TERRAFORM))
def test_terraform_test_fails(edit: Edit, bench: Bench) -> None:
    assert bench.passes(edit), f"{edit.noticed_by} fails without any removal"
    failures = bench.tried(edit)
    names = bench.names(edit)
    print(*(f"{f.run}: {f.summary}: {f.text}" for f in failures), sep="\n")
    assert failures, f"{edit.noticed_by} did not notice: {edit.find!r} -> {edit.replace!r} in {edit.file}"
    judged = [f for f in failures if f.summary in JUDGEMENTS or stops(f, edit, names)]
    assert judged, f"no condition of ours failed, but: {[f.summary for f in failures]}"
    assert not edit.run or edit.run in {f.run for f in judged}


def stops(failure: Failure, edit: Edit, names: frozenset[str]) -> bool:
    """Whether terraform stops at what was changed: in the configuration, or in a condition of the run that is named.

    A condition that cannot be evaluated says less than one that does not hold; where only the file is named, it is not
    enough.
    """
    named = failure.run == edit.run != "" or not failure.file.startswith("tests/")
    return named and bool(names & words(failure.text))


def test_the_removals_tried_always_cover_the_protections() -> None:
    assert Counter(edit.protects for edit in TERRAFORM if edit.protects) == Counter(PROTECTIONS)


# --- manifests ------------------------------------------------------------------------------------

JUDGES = {"rule", "checkov"}
"""How manifests are judged here; `test` and `kustomize build` are tried by templates/k8s/tests/test_k8s.py."""
KUBERNETES = Path("infrastructure/kubernetes")
BUILT = ("overlays/prod", "migrate", "gateway/overlays/prod")


def judge_of(edit: Edit) -> str:
    """Who notices: the first word of the list, where a rule of ours does not."""
    return "rule" if edit.rule else edit.noticed_by.split(" ")[0]


def judged_by(judge: str) -> list[Edit]:
    return [edit for edit in MANIFESTS if judge_of(edit) == judge]


def edited(edit: Edit) -> Tree:
    tree = generated.tree(EXAMPLE)
    return Tree({**tree, edit.file: File(edit.apply(tree[edit.file].text).encode(), tree[edit.file].executable)})


@pytest.mark.parametrize("edit", judged_by("rule"), ids=lambda edit: edit.id)
def test_rule_finds(edit: Edit) -> None:
    assert check(generated.tree(EXAMPLE), {edit.rule}).findings == ()
    found = check(edited(edit), {edit.rule}).findings
    assert found, f"{edit.rule} did not notice: {edit.find!r} -> {edit.replace!r} in {edit.file}"
    # A rule names the file itself, or the one that is missed.
    said = " ".join(f"{finding.path} {finding.message}" for finding in found)
    assert any(name in said for name in (edit.file, Path(edit.file).stem, edit.file.split("/")[-2])), said


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
    """Production's manifests: the example's as `example.yaml`, and one file for each removal that a tool judges."""
    work = tmp_path_factory.mktemp("production")
    (work / "built").mkdir()
    build(generated.tree(EXAMPLE), work / "example", work / "built/example.yaml")
    for edit in judged_by("checkov"):
        build(edited(edit), work / edit.id, work / f"built/{edit.id}.yaml")
    return work / "built"


def test_checkov_finds(production: Path) -> None:
    """One run over all of them: checkov takes longer to start than to judge."""
    rows = judged_by("checkov")
    checks = {edit.noticed_by.split(" ")[1] for edit in rows}
    line = ("checkov", "-d", str(production), "--framework", "kubernetes", "--skip-download", "--quiet", "-o", "json")
    done = run.run((*line, "--check", ",".join(sorted(checks))), production, {"LOG_LEVEL": "ERROR"})
    failed = json.loads(done.stdout)["results"]["failed_checks"]
    found = {(Path(one["file_path"]).stem, one["check_id"]) for one in failed}
    assert [name for name, _ in found if name == "example"] == []
    survived = [edit.id for edit in rows if (edit.id, edit.noticed_by.split(" ")[1]) not in found]
    assert survived == []


def test_every_removal_is_tried() -> None:
    """Counts what is tried; only what needs kube-score, which is no tool of this repository, is not."""
    tried = Counter(edit.component for edit in TERRAFORM)
    elsewhere: Counter[str] = Counter()
    for edit in MANIFESTS:
        judge = judge_of(edit)
        tried[edit.component] += judge in JUDGES
        elsewhere[judge] += judge not in JUDGES
    print("tried here:", dict(tried), "elsewhere:", dict(+elsewhere))
    assert set(READERS) == {path.parents[1].name for path in generated.TEMPLATES.glob("*/tests/removals.yml")}
    assert set(+elsewhere) <= {"test", "kustomize", "kube-score"}
    assert elsewhere["kube-score"] <= 4
    assert {component: tried[component] >= least for component, least in LEAST.items()} == dict.fromkeys(LEAST, True)
