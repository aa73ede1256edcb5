"""What an update makes is judged: our rendering before anything is written, then the folder as it is afterwards."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from generator import checks, places
from generator.checks import external
from generator.checks.run import run
from generator.finding import Verdict
from generator.merged import unparsable
from generator.tree import File, Tree
from tests.update import projects
from tests.update.shop import ANSWERS, Shop
from tests.update.test_folder import open_shop
from tests.update.test_scenarios import CI, DEPLOY, HPA, edited, later_version

__all__ = ["open_shop"]

BASH = external.TOOLS["bash"]
ECS = ("--set", "orchestration.platform=ecs")
CHANGED = ("--set", "deployment.max_p95_ms=450")
RDS = "infrastructure/terraform/rds.tf"
MAIN = "infrastructure/terraform/main.tf"
KUSTOMIZATION = "infrastructure/kubernetes/base/web/kustomization.yaml"


def judged_by(monkeypatch: pytest.MonkeyPatch, *rules: str) -> None:
    """Only these rules judge, and no other program: all of them take their time, and have tests of their own."""

    def check(tree: Tree, *, edited: bool = False) -> Verdict:
        return run(tree, {rule: checks.RULES[rule] for rule in rules}, edited=edited)

    monkeypatch.setattr(checks, "check", check)
    monkeypatch.setattr(external, "TOOLS", {})


def judged(shop: Shop, *arguments: str) -> list[tuple[str, str]]:
    """An update with its checks: path and rule of what they found."""
    shop.code, shop.report = projects.run("update", str(shop.root), *arguments)
    return [(line["path"], line["rule"]) for line in shop.report["findings"]]


def test_what_we_render_wrong_is_a_bug_and_not_written(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    judged_by(monkeypatch, "yaml-syntax")
    before = projects.disk(shop.root)
    with later_version(edited(HPA, "kind: HorizontalPodAutoscaler", "kind: [")):
        shop.code, shop.report = projects.run("update", str(shop.root))
    assert shop.code == 70
    assert "our own output did not pass our checks" in shop.report["error"]
    assert projects.disk(shop.root) == before


def test_other_programs_judge_what_was_written(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    judged_by(monkeypatch)
    monkeypatch.setattr(external, "TOOLS", {"bash": BASH})
    shop.append(DEPLOY, "if\n")
    assert judged(shop, *CHANGED) == [(DEPLOY, "bash")]
    assert shop.code == 1
    assert judged(shop) == [], "nothing was written that they judge"
    assert shop.code == 0


@pytest.mark.parametrize(
    ("edit", "entry"),
    [
        ("# agency-scaffold-ignore-file bash: not ready\nif\n", ""),
        ("if\n", f"- rule: bash\n  path: {DEPLOY}\n  reason: not ready\n"),
    ],
)
def test_what_is_meant_is_left_out_of_what_other_programs_say(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, edit: str, entry: str
) -> None:
    judged_by(monkeypatch)
    monkeypatch.setattr(external, "TOOLS", {"bash": BASH})
    shop.path(places.IGNORE).write_text(entry)
    shop.append(DEPLOY, edit)
    assert judged(shop, *CHANGED) == []
    assert [(check["name"], check["status"]) for check in shop.report["checks"]] == [("bash", "passed")]


def test_what_is_meant_is_left_out_of_what_an_update_says(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(external, "TOOLS", {})
    monkeypatch.setattr(checks, "RULES", {"yaml-syntax": checks.RULES["yaml-syntax"]})
    shop.append(HPA, "a: [\n")
    assert judged(shop, *CHANGED) == [(HPA, "yaml-syntax")]
    shop.path(places.IGNORE).write_text(f"- rule: yaml-syntax\n  path: {HPA}\n  reason: not ready\n")
    assert judged(shop, *CHANGED) == []


def test_what_stays_beside_a_proposal_is_judged_but_not_what_never_was_ours(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged_by(monkeypatch, "shell-syntax")
    monkeypatch.setattr(external, "TOOLS", {"bash": BASH})
    shop.path(DEPLOY).write_text("#!/usr/bin/env bash\nif\n")
    assert judged(shop, *ECS) == [(DEPLOY, "shell-syntax"), (DEPLOY, "bash")]
    assert (shop.code, shop.action(DEPLOY)) == (1, "propose")
    theirs = Shop(tmp_path / "theirs")
    theirs.path("scripts").mkdir(parents=True)
    theirs.path(DEPLOY).write_text("#!/usr/bin/env bash\nif\n")
    theirs.path(places.ANSWERS_FILE).write_text(ANSWERS)
    _, report = projects.run("new", str(theirs.root))
    assert report["findings"] == []
    assert judged(theirs, *ECS) == []
    assert (theirs.code, theirs.action(DEPLOY)) == (1, "propose")


def test_what_is_no_longer_generated_and_stays_is_judged_until_it_is_settled(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged_by(monkeypatch, "terraform-reference")
    shop.append(RDS, "# mine\n")
    for arguments in (("--set", "data.database=none"), (), ("--check",)):
        assert set(judged(shop, *arguments)) == {(RDS, "terraform-reference")}
        assert (shop.code, shop.action(RDS)) == (1, "orphan")
        told = [f"agency-scaffold resolve {RDS} --new" in line["fix"] for line in shop.report["findings"]]
        assert told == [True, *[False] * (len(told) - 1)], "once a file"
    assert shop.run("resolve", RDS, "--mine") == 0
    assert (judged(shop), shop.code) == ([], 0), "it is the user's"


def test_ctrl_c_while_other_programs_judge_ends_only_that(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    judged_by(monkeypatch)
    with monkeypatch.context() as patch:
        patch.setattr("generator.regenerating.judge", interrupt)
        judged(shop, *CHANGED)
    assert (shop.code, shop.report["interrupted"]) == (1, True)
    assert shop.update().report["disk"] == [], "all was written"


def test_what_is_wrong_in_files_of_the_user_alone_fails_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    judged_by(monkeypatch, "yaml-syntax")
    shop.path(HPA).with_name("mine.yaml").write_text("a: [\n")
    assert judged(shop, *CHANGED) == []
    assert [(check["name"], check["status"]) for check in shop.report["checks"]] == [("yaml-syntax", "passed")]
    assert shop.code == 0
    shop.append(HPA, "a: [\n")
    assert judged(shop, *CHANGED) == [(HPA, "yaml-syntax")]
    assert [(check["name"], check["status"]) for check in shop.report["checks"]] == [("yaml-syntax", "failed")]


def test_what_an_edit_takes_away_of_what_we_promise_is_told_and_holds_up_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged_by(monkeypatch, "workflow-timeout")
    shop.edit(CI, "    timeout-minutes:", "    # timeout-minutes:")
    assert judged(shop, *CHANGED) == [(CI, "workflow-timeout")]
    assert [line["severity"] for line in shop.report["findings"]] == ["error"]
    assert shop.report["disk"] != [], "what was asked for is written"


def test_what_an_edit_relies_on_may_stand_in_files_of_the_user(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    judged_by(monkeypatch, "terraform-reference", "markdown-link")
    shop.append(MAIN, 'output "mine" {\n  value = var.mine\n}\n')
    shop.append("README.md", "\n[mine](elsewhere/mine.md)\n")
    assert set(judged(shop, *CHANGED)) == {(MAIN, "terraform-reference"), ("README.md", "markdown-link")}
    shop.path(MAIN).with_name("mine.tf").write_text('variable "mine" {\n  type = string\n}\n')
    shop.path("elsewhere").mkdir()
    shop.path("elsewhere/mine.md").write_text("# Mine\n")
    assert judged(shop, *CHANGED) == []
    assert shop.code == 0


def test_what_may_not_be_read_is_not_said_to_be_missing(open_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    judged_by(monkeypatch, "kustomize-reference")
    service = HPA.replace("hpa", "service")
    open_shop.path(HPA).chmod(0)
    open_shop.path(service).unlink()
    code, report = projects.unprivileged_update(open_shop.root, judged=True)
    found = {(line["path"], line["rule"], line["message"]) for line in report["findings"]}
    assert code == 1
    assert (HPA, "readable", "it cannot be read: Permission denied") in found
    assert {path for path, rule, _ in found if rule == "kustomize-reference"} == {KUSTOMIZATION}
    assert "service.yaml" in next(message for path, _, message in found if path == KUSTOMIZATION)
    assert len(found) == 2


def test_a_pipe_in_place_of_a_file_is_neither_opened_nor_given_to_another_program(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged_by(monkeypatch, "kustomize-reference")
    monkeypatch.setattr(external, "TOOLS", {"bash": BASH})
    for path in (HPA, "docs/README.md", ".gitmodules"):
        shop.path(path).unlink(missing_ok=True)
        os.mkfifo(shop.path(path))
    found = judged(shop, *CHANGED)
    assert (HPA, "readable") in found
    assert (KUSTOMIZATION, "kustomize-reference") not in found
    (skipped,) = (check for check in shop.report["checks"] if check["name"] == "bash")
    assert skipped["status"] == "skipped"
    assert skipped["reason"] == ".gitmodules is a pipe or a device, at which a program may wait without end"


@pytest.mark.parametrize(
    ("rule", "path", "before", "after"),
    [
        ("yaml-syntax", "a.yaml", "a: 1\n", "a: [\n"),
        ("yaml-duplicate-key", "a.yaml", "a: 1\n", "a: 1\na: 2\n"),
        ("json-syntax", "a.json", "{}\n", "{,}\n"),
        ("json-duplicate-key", "a.json", "{}\n", '{"a": 1, "a": 2}\n'),
        ("hcl-syntax", "a.tf", "locals {\n}\n", "locals {\n"),
        ("hcl-duplicate-argument", "a.tf", "locals {\n}\n", "locals {\n  a = 1\n  a = 2\n}\n"),
        ("dockerfile-instruction", "a.Dockerfile", "FROM a\n", "FROM a\nRUNN b\n"),
    ],
)
def test_a_merge_that_no_longer_parses_is_refused(rule: str, path: str, before: str, after: str) -> None:
    good, bad = File(before.encode()), File(after.encode())
    assert run(Tree({path: bad}), {rule: checks.RULES[rule]}).findings
    assert unparsable(path, good, bad).startswith("merged, it would be wrong: ")
    assert unparsable(path, good, good) == ""
    assert "does not parse as it is" in unparsable(path, bad, bad)


WORKFLOW = ".github/workflows/deploy-staging.yml"
FOUND = [(WORKFLOW, "workflow-environment")]


def test_what_the_checks_found_is_told_until_it_is_mended_whatever_runs_without_them(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged_by(monkeypatch, "workflow-environment")
    shop.edit(WORKFLOW, 'environment: "staging"', 'environment: "quality"')
    assert judged(shop, *CHANGED) == FOUND
    for arguments in (("--no-check",), ("--check",), ("--no-check",), ()):
        found = judged(shop, *arguments)
        expected = ([], 0) if arguments == ("--no-check",) else (FOUND, 1)
        assert (found, shop.code, shop.report["disk"]) == (*expected, []), arguments
    shop.edit(WORKFLOW, 'environment: "quality"', 'environment: "staging"')
    assert judged(shop) == []
    assert shop.code == 0
    with monkeypatch.context() as patch:
        patch.delattr("generator.regenerating.regenerate")
        for arguments in ((), ("--check",), ("--no-check",)):
            judged(shop, *arguments)
            assert (shop.code, shop.report["disk"]) == (0, []), "nothing is rendered any more"


def test_what_was_written_without_checks_is_looked_at_by_the_next_run_with_them(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged_by(monkeypatch, "workflow-environment")
    shop.edit(WORKFLOW, 'environment: "staging"', 'environment: "quality"')
    assert shop.update(*CHANGED).code == 0
    with monkeypatch.context() as patch:
        patch.delattr("generator.regenerating.regenerate")
        assert shop.update().code == 0, "without them nothing is rendered"
    assert judged(shop, "--check") == FOUND
    assert shop.code == 1
