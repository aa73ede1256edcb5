"""What the docs give to those who keep many repositories: held to the real tools, and run as far as that is possible."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator import places
from generator.checks import check
from generator.pins import pins
from generator.tree import Tree
from tests.tools.run import run
from tests.update.shop import ANSWERS, Shop
from tests.update.test_scenarios import without_other_programs

ROOT = Path(__file__).parent.parent
WORKFLOW = ROOT / "docs/fleet/scaffold-update.yml"
RENOVATE = ROOT / "docs/fleet/renovate.json"
BIN = Path(sys.executable).parent


def test_the_workflow_passes_the_real_tools(tmp_path: Path) -> None:
    target = tmp_path / ".github/workflows/scaffold-update.yml"
    target.parent.mkdir(parents=True)
    target.write_bytes(WORKFLOW.read_bytes())
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    for line in (
        ("actionlint", "-shellcheck=shellcheck", str(target)),
        ("zizmor", "--offline", "--persona=regular", "--no-progress", str(target)),
    ):
        done = run(line, tmp_path)
        assert done.returncode == 0, done.stdout
    verdict = check(Tree.read(tmp_path, [str(target.relative_to(tmp_path))]))
    assert [
        f for f in verdict.findings if f.rule not in {"workflow-environment", "workflow-secret", "ci-variable"}
    ] == []


def test_it_runs_on_the_schedule_whose_event_names_no_repository() -> None:
    condition = yaml.safe_load(WORKFLOW.read_text())["jobs"]["update"]["if"]

    def runs(event: dict[str, Any]) -> bool:
        """A condition of equalities joined by `||`; what is not there equals nothing but itself."""

        def value(word: str) -> Any:
            at: Any = {"github": event}
            for step in word.split("."):
                at = at.get(step, "") if isinstance(at, dict) else ""
            return word.strip("'") if word.startswith("'") else at

        return any(
            value(left) == value(right) for left, _, right in (x.partition(" == ") for x in condition.split(" || "))
        )

    by_hand = {"event_name": "workflow_dispatch", "event": {"repository": {"default_branch": "main"}}}
    assert runs({"event_name": "schedule", "ref_name": "main", "event": {"schedule": "23 4 * * 1"}})
    assert runs({**by_hand, "ref_name": "main"})
    assert not runs({**by_hand, "ref_name": "other"})


def test_its_actions_are_pinned_as_everywhere() -> None:
    used = re.findall(r"uses: (\S+)@([0-9a-f]{40}) # (\S+)", WORKFLOW.read_text())
    assert len(used) == WORKFLOW.read_text().count("uses:")
    for name, sha, version in used:
        assert pins().action(name).split() == [f"{name}@{sha}", "#", version]


def test_renovate_sees_the_version_in_the_workflow(tmp_path: Path) -> None:
    done = run(("check-jsonschema", "--builtin-schema", "vendor.renovate", str(RENOVATE)), tmp_path)
    assert done.returncode == 0, done.stdout
    (manager,) = json.loads(RENOVATE.read_text())["customManagers"]
    (pattern,) = manager["matchStrings"]
    found = re.search(pattern.replace("(?<", "(?P<"), WORKFLOW.read_text())
    assert found is not None
    assert found["depName"] == "agency-scaffold"
    assert found["packageName"].startswith("https://"), "tags are looked for at an address, not by a name"
    assert found["currentValue"] == yaml.safe_load(WORKFLOW.read_text())["env"]["AGENCY_SCAFFOLD_VERSION"]
    (files,) = manager["managerFilePatterns"]
    assert re.fullmatch(files.strip("/").removeprefix("^").removesuffix("$"), ".github/workflows/scaffold-update.yml")


def test_the_hooks_are_a_manifest_of_pre_commit_and_their_commands_exist(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_other_programs(monkeypatch)
    manifest = ROOT / ".pre-commit-hooks.yaml"
    done = run(("pre-commit", "validate-manifest", str(manifest)), tmp_path)
    assert done.returncode == 0, done.stdout
    shop = Shop.generated(tmp_path / "shop")
    for hook in yaml.safe_load(manifest.read_text()):
        assert hook["id"] in (ROOT / "docs/fleet.md").read_text()
        words = hook["entry"].split()
        assert words[0] == "agency-scaffold"
        assert shop.run(*words[1:]) == 0
        shop.answer("max_p95_ms: 500", "max_p95_ms: 400")
        # Files that do not follow the answers are an error of the one, and a finding of the other.
        assert shop.run(*words[1:]) == (1 if {"--check", "validate"} & set(words) else 0)
        shop.answer("max_p95_ms: 400", "max_p95_ms: 500")


GH = """#!/usr/bin/env bash
printf '%s\\n' "$*" >>"$GH_LOG"
case "$1 $2" in
  'pr view') [[ -e "$GH_LOG.open" ]] && echo OPEN || exit 1 ;;
  'pr create') touch "$GH_LOG.open" ;;
esac
"""


class Runner:
    """Runs the workflow's own steps in a checkout, with what stands in for GitHub."""

    def __init__(self, work: Path) -> None:
        self.work = work
        self.shop = Shop.generated(work / "checkout")
        (work / "bin").mkdir()
        (work / "bin/gh").write_text(GH)
        (work / "bin/gh").chmod(0o755)
        self.git("init", "--quiet", "--initial-branch", "main")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "generated")
        subprocess.run(["git", "init", "--quiet", "--bare", str(work / "origin")], check=True)
        self.git("remote", "add", "origin", str(work / "origin"))

    @property
    def environment(self) -> dict[str, str]:
        names = {"RUNNER_TEMP": self.work, "GITHUB_OUTPUT": self.work / "output", "GH_LOG": self.work / "gh.log"}
        return {
            **{name: str(value) for name, value in names.items()},
            "PATH": f"{self.work / 'bin'}{os.pathsep}{BIN}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.work), "GIT_CONFIG_NOSYSTEM": "1", "BRANCH": "scaffold-update",
            "AGENCY_SCAFFOLD_VERSION": "v0.1.0",
        }  # fmt: skip

    def git(self, *arguments: str) -> str:
        line = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", *arguments]
        return subprocess.run(line, cwd=self.shop.root, check=True, capture_output=True, text=True).stdout

    def step(self, name: str, **more: str) -> int:
        (step,) = (s for s in yaml.safe_load(WORKFLOW.read_text())["jobs"]["update"]["steps"] if s.get("name") == name)
        line = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        done = subprocess.run(line, cwd=self.shop.root, env={**self.environment, **more}, check=False)
        return done.returncode

    def outputs(self) -> dict[str, Any]:
        text = (self.work / "output").read_text()
        (self.work / "output").unlink()
        return dict(line.split("=", 1) for line in text.splitlines())

    def log(self) -> list[str]:
        return (self.work / "gh.log").read_text().splitlines()


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


def test_nothing_new_opens_nothing(runner: Runner) -> None:
    assert runner.step("Update") == 0
    assert runner.outputs() == {"waits": "0", "changed": "no"}


def test_changed_answers_open_a_pull_request_and_refresh_it(runner: Runner) -> None:
    for number, limit in enumerate((400, 300)):
        runner.git("switch", "--quiet", "main")
        runner.shop.path(places.ANSWERS_FILE).write_text(ANSWERS.replace("max_p95_ms: 500", f"max_p95_ms: {limit}"))
        runner.git("commit", "--quiet", "--all", "--message", "answers")
        assert runner.step("Update") == 0
        outputs = runner.outputs()
        assert outputs == {"waits": "0", "changed": "yes"}
        assert runner.step("Open or refresh the pull request", WAITS=outputs["waits"]) == 0
        assert runner.log()[-1].startswith(("pr create", "pr edit")[number])
    assert "Updated " in (runner.work / "body.md").read_text()
    pushed = runner.git("--git-dir", str(runner.work / "origin"), "show", "scaffold-update", "--stat")
    assert places.LOCK in pushed


def test_a_conflict_opens_a_pull_request_that_says_so(runner: Runner) -> None:
    """The other generators exit with 0 and lose the update, or stop and open nothing."""
    runner.shop.answer("platform: kubernetes", "platform: ecs")
    runner.shop.append("scripts/deploy.sh", "# mine\n")
    runner.git("commit", "--quiet", "--all", "--message", "edited")
    assert runner.step("Update") == 0
    assert runner.outputs() == {"waits": "1", "changed": "yes"}
    assert runner.step("Open or refresh the pull request", WAITS="1") == 0
    assert "something waits for you" in runner.log()[-1]
    assert "agency-scaffold resolve scripts/deploy.sh" in (runner.work / "body.md").read_text()


def test_what_cannot_run_turns_the_workflow_red(runner: Runner) -> None:
    runner.shop.path(places.LOCK).write_text("damaged")
    assert runner.step("Update") == 3


def test_a_branch_that_a_person_has_committed_to_is_left_alone(runner: Runner) -> None:
    runner.shop.path(places.ANSWERS_FILE).write_text(ANSWERS.replace("max_p95_ms: 500", "max_p95_ms: 400"))
    runner.git("commit", "--quiet", "--all", "--message", "answers")
    assert runner.step("Update") == 0
    assert runner.step("Open or refresh the pull request", WAITS="0") == 0
    runner.git("commit", "--quiet", "--allow-empty", "--author", "A Person <a@example.org>", "--message", "settled")
    runner.git("push", "--quiet", "origin", "scaffold-update")
    runner.git("switch", "--quiet", "main")
    assert runner.step("Update") == 0
    assert runner.step("Open or refresh the pull request", WAITS="0") == 0
    assert "settled" in runner.git("--git-dir", str(runner.work / "origin"), "log", "scaffold-update", "--format=%s")


def test_what_waits_on_the_default_branch_turns_the_workflow_red(runner: Runner) -> None:
    steps = yaml.safe_load(WORKFLOW.read_text())["jobs"]["update"]["steps"]
    assert steps[-1]["if"] == "steps.update.outputs.waits == '1' && steps.update.outputs.changed == 'no'"
    assert runner.step("Say what waits on the default branch") == 1
