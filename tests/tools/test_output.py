"""Real tools judge the generated repositories, by the command lines of `commands.py`."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import yaml

from generator.tree import Tree
from tests.support import generated, matrix
from tests.support.terraform import stubs
from tests.tools import commands, run
from tests.tools.inputs import RUNS, Input, Passed, inputs, matching, merged, roots

EXAMPLE = generated.CASES / "example.yml"
ECS = generated.TEMPLATES / "ecs/tests/cases/example.yml"
CASES = [*(c for c in generated.cases() if c.parent == generated.CASES or c == ECS), *matrix.paths()]
JOBS = generated.TESTS.parent / "templates/k8s/tests/cases/jobs.yml"
OF_MANIFESTS = [
    *("promtool check rules", "yamllint"),
    *(
        pytest.param(name, marks=pytest.mark.slow)
        for name in (
            "promtool test rules",
            "check-manifests hardening",
            "trivy configuration",
            "shellcheck",
        )
    ),
]


@pytest.fixture(scope="module", params=CASES, ids=generated.case_id)
def case(request: pytest.FixtureRequest) -> Path:
    """One of the answer sets that the output is judged on."""
    return request.param


_WRITTEN: dict[Path, Path] = {}


@pytest.fixture
def root(case: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The case's repository on disk, under git as a user has it."""
    if case not in _WRITTEN:
        _WRITTEN[case] = _repository(generated.tree(case), tmp_path_factory.mktemp(case.stem))
    return _WRITTEN[case]


@pytest.fixture(scope="session")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the schemas of Kubernetes and of custom resources are unpacked."""
    return tmp_path_factory.mktemp("schemas")


@pytest.fixture(scope="session")
def passed(tmp_path_factory: pytest.TempPathFactory) -> Passed:
    """What passed in this run of the tests, in all of its processes.

    With PASSED_INPUTS=<folder> also what passed in earlier runs with that folder, so that after a change of few files the
    whole matrix takes minutes. Empty the folder when a tool changes: marks do not know which version of it looked.
    """
    if kept := os.environ.get("PASSED_INPUTS"):
        return Passed(Path(kept).resolve())
    base = tmp_path_factory.getbasetemp()
    return Passed((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "passed")


Note = Callable[[str, object], None]


@pytest.mark.parametrize("command", commands.COMMANDS, ids=lambda c: c.name.replace(" ", "-"))
def test_tool(
    command: commands.Command,
    case: Path,
    tmp_path: Path,
    schemas: Path,
    passed: Passed,
    record_property: Note,
) -> None:
    tree, answers = generated.tree(case), generated.answers(case)
    if command.kubernetes and answers.orchestration.platform != "kubernetes":
        assert not matching(["**/kustomization.yaml"], tree)
        return
    if any(command.inputs) and command.inputs[0] not in answers.security.scanners:
        scans = tree.get(".github/workflows/security-scan.yml")
        assert not scans or command.inputs[0] not in scans.text
        return
    all_inputs = inputs(command, tree)
    assert all_inputs, f"{command.name} has nothing to look at"
    root = tmp_path / "repository"
    words = {"root": str(root), "tmp": str(tmp_path / "scratch")}
    if any("{schemas}" in w for w in (*command.line, *(value for _, value in command.environment))):
        words["schemas"] = str(run.kubernetes_schemas(answers.orchestration.kubernetes_version, schemas))
        words["crds"] = str(run.custom_resources(schemas))
    env = {name: _fill(value, words) for name, value in command.environment}
    if any(command.inputs):
        env |= _trivy_environment(tree[".github/workflows/security-scan.yml"].text, *command.inputs)
    key = (command.line, env)
    new = passed.without(_not_of_the_example(command, case, all_inputs), key)
    record_property(RUNS, "made" if new else "spared")
    if not new:
        return
    _repository(merged(new), root)
    files = matching(command.files, Tree((path, tree[path]) for one in new for path in one.judged))
    line = [w for word in command.line for w in (files if word == "{files}" else [_fill(word, words)])]
    if line[0].startswith("scripts/"):
        line = ["bash", *line]
    done = run.run(tuple(line), root, env)
    assert done.returncode == 0, done.stdout
    assert not command.silent or done.stdout.strip() == "", done.stdout
    passed.add(new, key)


def _not_of_the_example(command: commands.Command, case: Path, found: list[Input]) -> list[Input]:
    """Without what the example has, byte for byte, and is judged there by the same words."""
    if case == EXAMPLE or command.environment or any(command.inputs):
        return found
    there = {one.judged: one for one in inputs(command, generated.tree(EXAMPLE))}
    return [one for one in found if one != there.get(one.judged)]


def _repository(tree: Tree, folder: Path) -> Path:
    """Writes files where they are under git, as a user has them."""
    generated.write(tree, folder)
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    return folder


@pytest.mark.parametrize("case", [JOBS], indirect=True, ids=["jobs"])
@pytest.mark.parametrize("name", OF_MANIFESTS)
def test_tool_on_jobs(
    name: str,
    case: Path,
    tmp_path: Path,
    schemas: Path,
    passed: Passed,
    record_property: Note,
) -> None:
    """What the three cases have none of: services that run on a schedule."""
    (command,) = [c for c in commands.COMMANDS if c.name == name]
    test_tool(command, case, tmp_path, schemas, passed, record_property)


OTHER_WAYS = [
    generated.TEMPLATES / name
    for name in ("k8s-rollouts/tests/cases/canary.yml", "k8s-canary/tests/cases/services.yml")
]


@pytest.mark.parametrize("case", OTHER_WAYS, indirect=True, ids=generated.case_id)
@pytest.mark.parametrize("name", ["shellcheck", "shfmt"])
def test_scripts_that_the_example_has_not(name: str, case: Path, tmp_path: Path) -> None:
    """How versions replace each other is another script for each strategy and delivery."""
    tree, known = generated.tree(case), generated.tree(EXAMPLE)
    (command,) = [c for c in commands.COMMANDS if c.name == name]
    own = [one for one in inputs(command, tree) if known.get(one.judged[0]) != tree[one.judged[0]]]
    judged = [path for one in own for path in one.judged]
    assert "scripts/lib/strategy.sh" in judged
    done = run.run((*command.line[:-1], *judged), _repository(merged(own), tmp_path / "repository"))
    assert (done.returncode, done.stdout.strip()) == (0, "")


@pytest.mark.parametrize("case", OTHER_WAYS[:1], indirect=True, ids=generated.case_id)
def test_manifests_that_the_example_has_not(case: Path, tmp_path: Path) -> None:
    """What may be done in the cluster is another for each delivery: the generated scan must overlook it, or find nothing."""
    tree, known = generated.tree(case), generated.tree(EXAMPLE)
    (command,) = [c for c in commands.COMMANDS if c.name == "trivy configuration"]
    manifests = [one for one in inputs(command, tree) if one.judged[0].startswith("infrastructure/kubernetes/")]
    own = [one for one in manifests if known.get(one.judged[0]) != tree[one.judged[0]]]
    assert own
    env = _trivy_environment(tree[".github/workflows/security-scan.yml"].text, *command.inputs)
    line = tuple(word.replace("{tmp}", str(tmp_path / "scratch")) for word in command.line)
    done = run.run(line, _repository(merged(own), tmp_path / "repository"), env)
    assert done.returncode == 0, done.stdout


TRIVY_INPUTS = {
    "severity": "TRIVY_SEVERITY",
    "ignore-unfixed": "TRIVY_IGNORE_UNFIXED",
    "exit-code": "TRIVY_EXIT_CODE",
    "trivyignores": "TRIVY_IGNOREFILE",
    "scanners": "TRIVY_SCANNERS",
}
"""Inputs of aquasecurity/trivy-action, and the variables that it sets for them where they are not empty."""


def _trivy_environment(workflow: str, job: str, what: str) -> dict[str, str]:
    """What the emitted workflow's scan sets, so that the judge here is the one there."""
    scan = yaml.safe_load(workflow)["jobs"][job]
    row = next(r for r in scan["strategy"]["matrix"]["include"] if r["what"] == what)
    given = next(s for s in scan["steps"] if s["name"] == "Scan")["with"]
    given = {n: str(v).replace("${{ matrix.type }}", row["type"]) for n, v in given.items()}
    given = {n: v.replace("${{ matrix.scanners }}", row["scanners"]).replace("True", "true") for n, v in given.items()}
    assert given.pop("scan-type") == "config"
    assert given.pop("scan-ref") == "."
    version = given.pop("version").removeprefix("v")
    assert f"Version: {version}\n" in run.run(("trivy", "--version"), Path()).stdout, "another trivy than CI's"
    assert set(given) <= set(TRIVY_INPUTS), "an input that is not tried here"
    return {TRIVY_INPUTS[n]: v for n, v in given.items() if v}


def _fill(word: str, words: dict[str, str]) -> str:
    for name, value in words.items():
        word = word.replace("{" + name + "}", value)
    return word


def test_terraform(case: Path, tmp_path: Path, passed: Passed, record_property: Note) -> None:
    """`init`, `validate` and `test` in every root, over the recorded schemas of the current majors."""
    made = roots(generated.tree(case))
    platform = ["platform"] if generated.answers(case).orchestration.platform == "kubernetes" else []
    names = [Path(name).name for one in made for name in one.judged]
    assert names == ["terraform", "bootstrap", *platform]
    new = passed.without(made, commands.TERRAFORM)
    record_property(RUNS, "made" if new else "spared")
    if not new:
        return
    root = _repository(merged(new), tmp_path / "repository")
    with stubs.serving(root, tmp_path / "stubs") as env:
        for folder in (root / name for one in new for name in one.judged):
            for line in commands.TERRAFORM:
                done = run.run(line, folder, env)
                assert done.returncode == 0, f"{folder.relative_to(root)}: {' '.join(line)}\n{done.stdout}"
                if line[1] == "test":
                    assert re.search(r"Success! [1-9][0-9]* passed, 0 failed", done.stdout), done.stdout
    passed.add(new, commands.TERRAFORM)


def test_promtool_check_config(root: Path) -> None:
    """The configuration without the discovery that Debian's build leaves out, and without a pod's own credentials."""
    path = root / "monitoring/prometheus/prometheus.yml"
    config = yaml.safe_load(path.read_text())
    for job in config["scrape_configs"]:
        for key in ("aws_sd_configs", "kubernetes_sd_configs", "authorization", "tls_config"):
            job.pop(key, None)
    copy = path.with_name("prometheus.for-promtool.yml")
    copy.write_text(yaml.safe_dump(config))
    try:
        done = run.run(tuple(w.format(file=copy) for w in commands.PROMTOOL_CONFIG), path.parent)
    finally:
        copy.unlink()
    assert done.returncode == 0, done.stdout


@pytest.fixture
def alertmanager(root: Path, tmp_path: Path) -> Path:
    """The configuration as Debian's amtool can read it."""
    text = (root / "monitoring/alertmanager/alertmanager.yml").read_text()
    copy = tmp_path / "alertmanager.yml"
    copy.write_text(re.sub(r"(?<!_)\burl_file: \S+", "url: http://heartbeat.invalid/", text))
    return copy


def test_amtool_check_config(alertmanager: Path) -> None:
    done = run.run(tuple(w.format(file=alertmanager) for w in commands.AMTOOL_CONFIG), alertmanager.parent)
    assert done.returncode == 0, done.stdout


def test_every_alert_has_a_route_that_was_tried(root: Path, alertmanager: Path) -> None:
    """amtool routes every alert of the rules by its labels to a receiver that fits its severity."""
    receivers = {r["name"] for r in yaml.safe_load(alertmanager.read_text())["receivers"]}
    alerts = [
        rule
        for path in sorted((root / "monitoring/prometheus/rules").glob("*.yml"))
        for group in yaml.safe_load(path.read_text())["groups"]
        for rule in group["rules"]
        if "alert" in rule
    ]
    assert len(alerts) >= 15
    seen: dict[str, set[str]] = {}
    for alert in alerts:
        labels = {"alertname": alert["alert"], **alert.get("labels", {})}
        words = [f"{k}={v}" for k, v in labels.items() if "{{" not in str(v)]
        *line, _ = (w.format(file=alertmanager, labels="") for w in commands.AMTOOL_ROUTE)
        shown = run.run((*line, *words), root)
        assert shown.returncode == 0, shown.stdout
        routed = set(shown.stdout.strip().splitlines()[-1].split(","))
        assert routed <= receivers
        seen.setdefault(labels["severity"], set()).update(routed)
    assert len({tuple(sorted(v)) for v in seen.values()}) == len(seen), f"severities share their receivers: {seen}"


def test_answers_are_what_was_given(case: Path, root: Path) -> None:
    data = yaml.safe_load((root / "agency-scaffold.yml").read_text())
    assert data == json.loads(msgspec.json.encode(generated.answers(case)))
