"""The GitHub action and the hook for pre-commit: what they run is there, and what they are given stays data."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
import typer.core
import yaml

from generator.checks import RULES
from generator.checks.run import run as judge
from generator.cli.main import app
from generator.component import pins
from generator.tree import File, Tree
from tests.tools.run import run

ROOT = Path(__file__).resolve().parent.parent
ACTION = ROOT / "action.yml"
FAULTY = "metadata:\n  a: 1\n  a: 2\n"


def action() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(ACTION.read_text())
    return loaded


def steps() -> dict[str, dict[str, Any]]:
    return {step["name"]: step for step in action()["runs"]["steps"]}


@pytest.mark.parametrize(
    "line",
    [
        ("check-jsonschema", "--builtin-schema", "vendor.github-actions", str(ACTION)),
        ("zizmor", "--offline", "--no-progress", str(ACTION)),
    ],
    ids=lambda line: line[0],
)
def test_the_tools_of_others_find_nothing(line: tuple[str, ...], tmp_path: Path) -> None:
    done = run(line, tmp_path)
    assert done.returncode == 0, done.stdout


def test_our_own_rules_find_nothing() -> None:
    hooks = ROOT / ".pre-commit-hooks.yaml"
    verdict = judge(Tree({path.name: File(path.read_bytes()) for path in (ACTION, hooks)}), RULES)
    assert not verdict.findings


def test_actions_are_pinned_as_the_output_pins_them() -> None:
    used = re.findall(r"uses: (\S+)@(\S+)  # (\S+)", ACTION.read_text() + (ROOT / "docs/validate.md").read_text())
    assert len(used) == 3
    for name, sha, version in used:
        if not name.startswith("example/"):
            known = pins().action(name)
            assert f"{name}@{sha}  # {version}" == known


def test_no_input_is_put_into_a_script() -> None:
    for step in steps().values():
        assert "${{" not in step.get("run", "")
    assert "inputs." in json.dumps([step.get("env") for step in steps().values()])


def test_scripts_are_as_shellcheck_and_shfmt_want_them(tmp_path: Path) -> None:
    for name, step in steps().items():
        if "run" in step:
            path = tmp_path / f"{name}.sh"
            path.write_text(f"#!/usr/bin/env bash\n{step['run']}")
            for line in (("shellcheck", str(path)), ("shfmt", "-i", "2", "-ci", "-d", str(path))):
                done = run(line, tmp_path)
                assert (done.returncode, done.stdout) == (0, ""), done.stdout


def test_all_inputs_and_outputs_are_documented_and_used() -> None:
    page = (ROOT / "docs/validate.md").read_text()
    given = json.dumps(action()["runs"])
    for name, one in action()["inputs"].items():
        assert f"inputs.{name} " in given
        assert one["description"].endswith(".")
        if one["default"]:
            assert re.search(rf"^\| `{name}` \| `{re.escape(one['default'])}` \|", page, re.MULTILINE), name
        else:
            assert f"`{name}`" in page
    for name in action()["outputs"]:
        assert f"`{name}`" in page
        assert f"'{name}=" in given.replace('echo \\"', "'")


class Runner:
    """What a runner gives to a step, and what it gets back."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.workspace = root / "workspace"
        self.temp = root / "temp"
        self.output = root / "output"
        for folder in (self.workspace, self.temp):
            folder.mkdir()
        (self.workspace / "a.yaml").write_text(FAULTY)

    def program(self, body: str) -> None:
        path = self.temp / "agency-scaffold/bin/agency-scaffold"
        path.parent.mkdir(parents=True)
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)

    def step(self, name: str, *, python: str = "", source: str = "", **inputs: str) -> subprocess.CompletedProcess[str]:
        """Runs the step's script with the inputs, as `shell: bash` does."""
        step = steps()[name]
        values = {key: str(one["default"]) for key, one in action()["inputs"].items()}
        values |= {key.replace("_", "-"): value for key, value in inputs.items()}
        known = {f"inputs.{key}": value for key, value in values.items()}
        known |= {"steps.python.outputs.python-path": python, "github.action_path": source}
        env = {key: re.sub(r"\$\{\{ (.*?) \}\}", lambda m: known[m[1]], text) for key, text in step["env"].items()}
        env |= {"PATH": os.environ["PATH"], "RUNNER_TEMP": str(self.temp), "GITHUB_OUTPUT": str(self.output)}
        env |= {key: os.environ[key] for key in ("HOME", "PYTHONPATH") if key in os.environ}
        script = self.root / "script.sh"
        script.write_text(step["run"])
        line = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)]
        return subprocess.run(line, cwd=self.workspace, env=env, capture_output=True, text=True, check=False)

    @property
    def outputs(self) -> list[str]:
        return self.output.read_text().splitlines()


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


def words(runner: Runner, code: int = 0, **inputs: str) -> list[str]:
    """What the program is called with."""
    runner.program(f'printf "%s\\n" "$@" >{runner.root}/words; exit {code}')
    assert runner.step("Validate", **inputs).returncode == code
    return (runner.root / "words").read_text().splitlines()


def test_without_inputs_it_checks_the_workspace(runner: Runner) -> None:
    assert words(runner) == ["validate", "--format", "github", "--external", "auto", "--", "."]
    assert runner.outputs == ["exit-code=0"]


def test_inputs_become_words_and_nothing_else(runner: Runner) -> None:
    (runner.workspace / "promql").touch()
    found = words(
        runner, only="promql, kubernetes\n  prom*", skip="$(touch x);`touch y`", external="never", strict="true",
        all="true", directory="--infra; touch z",
    )  # fmt: skip
    assert found == [
        "validate", "--format", "github", "--external", "never", "--only", "promql", "--only", "kubernetes",
        "--only", "prom*", "--skip", "$(touch", "--skip", "x);`touch", "--skip", "y`", "--strict", "--all", "--", "--infra; touch z",
    ]  # fmt: skip
    assert sorted(path.name for path in runner.workspace.iterdir()) == ["a.yaml", "promql"]


@pytest.mark.parametrize("code", [1, 2, 4])
def test_how_it_ended_is_an_output_and_how_the_step_ends(runner: Runner, code: int) -> None:
    words(runner, code=code)
    assert runner.outputs == [f"exit-code={code}"]


def test_the_words_are_those_of_the_command(runner: Runner) -> None:
    runner.program(f'exec {sys.executable} -m generator "$@"')
    done = runner.step("Validate", external="never", only="yaml,promql", skip="json", strict="true")
    assert done.returncode == 1, done.stderr
    assert re.search(r"^::error .*file=a\.yaml,.*line=3", done.stdout, re.MULTILINE), done.stdout
    assert runner.outputs == ["exit-code=1"]


def test_sarif_is_written_also_where_there_are_errors(runner: Runner) -> None:
    runner.program(f'exec {sys.executable} -m generator "$@"')
    done = runner.step("Validate", external="never", format="sarif", sarif_file="out\n.sarif")
    assert done.returncode == 1, done.stderr
    assert runner.outputs == ["exit-code=1", "sarif-file=out.sarif"]
    runner.output.unlink()
    assert runner.step("Validate", external="never", format="sarif").returncode == 1
    assert runner.outputs == ["exit-code=1", "sarif-file=agency-scaffold.sarif"]
    (told,) = json.loads((runner.workspace / "agency-scaffold.sarif").read_text())["runs"]
    assert {one["ruleId"] for one in told["results"]} == {"yaml-duplicate-key"}


def test_no_sarif_is_named_where_nothing_was_checked(runner: Runner) -> None:
    """An upload of an empty file would fail, and hide why nothing was checked."""
    runner.program(f'exec {sys.executable} -m generator "$@"')
    done = runner.step("Validate", external="never", format="sarif", only="promqll")
    assert (done.returncode, runner.outputs) == (2, ["exit-code=2"])
    assert "did you mean promql?" in done.stderr
    assert [path.name for path in runner.workspace.iterdir()] == ["a.yaml"]


def test_the_sarif_does_not_lie_in_the_tree_while_it_is_judged(runner: Runner) -> None:
    runner.program(f"ls >{runner.root}/saw; echo done")
    assert runner.step("Validate", format="sarif", sarif_file="-a.sarif").returncode == 0
    assert (runner.root / "saw").read_text() == "a.yaml\n"
    assert (runner.workspace / "-a.sarif").read_text() == "done\n"


def test_all_that_the_command_offers_can_be_chosen() -> None:
    """An option that the command gets, the action gets."""
    command = typer.main.get_command(app)
    assert isinstance(command, typer.core.TyperGroup)
    options = {one.name for one in command.commands["validate"].params} - {"help"}
    assert options == {"directory", "format_", "only", "skip", "external", "strict", "all_"}
    given = {name.replace("-", "_") for name in action()["inputs"]}
    assert {one.rstrip("_") for one in options} == given - {"sarif_file", "python_version"}


def hook() -> dict[str, Any]:
    """The hook for any repository."""
    (found,) = [one for one in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text()) if "validate" in one["id"]]
    assert isinstance(found, dict)
    return found


def test_the_hook_asks_no_other_program_and_judges_the_whole() -> None:
    assert hook()["entry"] == "agency-scaffold validate --external never"
    assert hook()["pass_filenames"] is False
    assert hook()["id"] in (ROOT / "docs/validate.md").read_text()


def repository(folder: Path) -> str:
    """The program's files as they lie here, in a repository of their own, and their commit."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split("\0")  # fmt: skip
    for name in listed:
        if name and (ROOT / name).is_file() and not name.startswith("tests/"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return committed(folder)


def committed(folder: Path) -> str:
    for line in (
        ("init", "--quiet"),
        ("add", "--all"),
        ("-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "--quiet", "--message", "a"),
        ("rev-parse", "HEAD"),
    ):
        done = run(("git", *line), folder)
        assert done.returncode == 0, done.stdout
    return done.stdout.strip()


@pytest.mark.slow
def test_pre_commit_installs_the_hook_and_runs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONPATH", raising=False)
    (tmp_path / "program").mkdir()
    commit = repository(tmp_path / "program")
    target = tmp_path / "target"
    target.mkdir()
    uses = {"repo": str(tmp_path / "program"), "rev": commit, "hooks": [{"id": hook()["id"]}]}
    (target / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [uses]}))
    (target / "a.yaml").write_text("a: 1\n")
    committed(target)
    environment = {"PRE_COMMIT_HOME": str(tmp_path / "cache")}
    done = run(("pre-commit", "run"), target, environment)
    assert "Skipped" in done.stdout, "nothing is staged"
    done = run(("pre-commit", "run", "--all-files", "--verbose"), target, environment, limit=900)
    assert done.returncode == 0, done.stdout
    (target / "a.yaml").write_text(FAULTY)
    run(("git", "add", "a.yaml"), target)
    done = run(("pre-commit", "run"), target, environment)
    assert done.returncode == 1, done.stdout
    assert "a.yaml:3:3: error: key a is already given in line 2 [yaml-duplicate-key]" in done.stdout


@pytest.mark.slow
def test_the_action_installs_itself_and_finds_what_its_programs_find(
    runner: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONPATH", raising=False)
    source = tmp_path / "source [x]"
    source.mkdir()
    repository(source)
    done = runner.step("Install agency-scaffold", python=sys.executable, source=str(source))
    assert done.returncode == 0, done.stderr
    (runner.workspace / "a.sh").write_text("#!/bin/bash\nset -euo pipefail\nls $1\n")
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    done = runner.step("Validate", strict="true", only="shellcheck")
    assert done.returncode in {0, 1}, done.stderr
    assert "SC2086" in done.stdout
