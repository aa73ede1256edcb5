"""What the components list as not to be lost is taken out, one thing at a time, and the named check notices it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from generator.tree import File, Tree
from tests.support import generated
from tests.support.judge import judge
from tests.support.removals import READERS, Edit, edits
from tests.support.terraform.bench import Bench, Failure, words
from tests.tools import commands, run

EXAMPLE = generated.CASES / "example.yml"
PLATFORMS = {
    "eks": (EXAMPLE, ("terraform-aws", "terraform-aws-eks", "k8s-previews")),
    "ecs": (
        generated.TEMPLATES / "terraform-aws-ecs/tests/cases/services.yml",
        ("terraform-aws", "terraform-aws-ecs", "ecs-rolling", "ecs-previews"),
    ),
}
"""What runs the containers -> the case on which removals are tried, and the components that make its Terraform."""
OF_ECS = ("terraform-aws-ecs", "ecs-rolling", "ecs-previews")
TERRAFORM = edits("terraform-aws", "terraform-aws-eks", "k8s-previews", *OF_ECS)
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
    "circuit breaker",
    "alarms of a release",
    "what the pipeline owns",
    "no public address",
}
"""What the removals that are tried always must cover; the others are slow."""

LEAST = {
    "terraform-aws": 155,
    "terraform-aws-eks": 60,
    "k8s-previews": 3,
    "terraform-aws-ecs": 97,
    "ecs-rolling": 24,
    "ecs-previews": 30,
    "k8s": 24,
    "k8s-rolling": 16,
}
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

REFUSED = {("terraform-aws", 4)}
"""Removals (component, number) after which terraform refuses the configuration before any assertion is judged: a route
then names a NAT gateway that is not made."""


@pytest.fixture(scope="module")
def benches() -> Iterator[dict[str, Bench]]:
    """The benches that were made, by platform."""
    made: dict[str, Bench] = {}
    yield made
    for bench in made.values():
        bench.servers.close()


@pytest.fixture
def bench(edit: Edit, benches: dict[str, Bench], tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """The bench of the platform that the removal is about, made once."""
    platform = "ecs" if edit.component in OF_ECS else "eks"
    if platform not in benches:
        case, components = PLATFORMS[platform]
        benches[platform] = Bench(tmp_path_factory.mktemp("bench"), generated.answers(case), components)
    return benches[platform]


def parameters(rows: list[Edit]) -> list[Any]:
    return [pytest.param(row, id=row.id, marks=() if row.protects else pytest.mark.slow) for row in rows]


@pytest.mark.parametrize("edit", parameters(TERRAFORM))
def test_terraform_test_fails(edit: Edit, bench: Bench) -> None:
    assert bench.passes(edit), f"{edit.noticed_by} fails without any removal"
    failures = bench.tried(edit)
    print(*(f"{f.run}: {f.summary}: {f.text}" for f in failures), sep="\n")
    assert failures, f"{edit.noticed_by} did not notice: {edit.find!r} -> {edit.replace!r} in {edit.file}"
    judged = {f.run for f in failures if f.summary in JUDGEMENTS}
    if (edit.component, edit.number) in REFUSED:
        assert not judged, "a condition of ours notices it: take it out of REFUSED"
        assert all(refuses(f, edit, bench) for f in failures)
        return
    assert judged, f"no condition of ours failed, but: {[f.summary for f in failures]}"
    assert not edit.run or edit.run in judged


def refuses(failure: Failure, edit: Edit, bench: Bench) -> bool:
    """Whether terraform stops in the configuration itself, while a run is planned, at something that was changed."""
    in_run = failure.run and not failure.file.startswith("tests/")
    return bool(in_run and bench.names(edit) & words(failure.text))


def test_the_removals_tried_always_cover_the_protections() -> None:
    assert {edit.protects for edit in TERRAFORM if edit.protects} == PROTECTIONS


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
    assert judge(generated.tree(EXAMPLE), {edit.rule}).findings == ()
    found = {finding.path for finding in judge(edited(edit), {edit.rule}).findings}
    assert found, f"{edit.rule} did not notice: {edit.find!r} -> {edit.replace!r} in {edit.file}"
    # The rule reports at the file that was changed, or at the one that is not named there any more.
    assert all(path == edit.file or f" {Path(path).name}" in edit.find for path in found), found


@pytest.mark.parametrize("edit", judged_by("rule") + judged_by("checkov"), ids=lambda edit: edit.id)
def test_what_is_left_is_still_yaml(edit: Edit) -> None:
    assert judge(edited(edit), {"yaml-syntax", "yaml-duplicate-key"}).findings == ()


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


@pytest.mark.slow
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
