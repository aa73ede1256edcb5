"""What an update and `status` tell: all that concerns somebody and no more, and commands that can be pasted."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from dataclasses import replace

import pytest

from generator import places
from tests.update import projects
from tests.update.shop import Shop
from tests.update.test_resolve import ECS, UTILIZATION
from tests.update.test_scenarios import DEPLOY, HPA, Files, Origins, edited, later_version

RESOLVE = re.compile(r"agency-scaffold (resolve .*)$", re.MULTILINE)


def test_json_lists_what_was_edited_or_changes_and_counts_the_rest(shop: Shop) -> None:
    known = len(shop.record().entries)
    shop.append(HPA, "# mine\n")
    shop.path(DEPLOY).chmod(0o644)
    shop.path("SECURITY.md").unlink()
    short = shop.update().report
    whole = shop.update("--set", "deployment.max_p95_ms=450").report
    for report, also in ((short, set()), (whole, {line["path"] for line in whole["disk"]} - {places.LOCK})):
        edited_ = {HPA: "keep", DEPLOY: "keep", "SECURITY.md": "absent"}
        assert {line["path"]: line["action"] for line in report["files"]}.items() >= edited_.items()
        once = {places.ANSWERS_FILE, ".github/zap-rules.tsv"}
        assert {line["path"] for line in report["files"]} == {*edited_, *once, *also}
        assert sum(report["totals"].values()) == sum(report["components"].values()) == known
    assert shop.line(DEPLOY)["reason"] == "you made it not executable"


def test_json_of_status_leaves_out_what_is_as_it_was_generated(shop: Shop) -> None:
    shop.append(HPA, "# mine\n")
    _, report = projects.run("status", str(shop.root))
    assert {line["state"] for line in report["files"]} == {"refined", "yours"}
    assert sum(report["totals"].values()) == len(shop.record().entries)


def test_what_only_the_user_can_provide_is_told_where_it_changes(shop: Shop) -> None:
    assert shop.update("--set", "deployment.max_p95_ms=450").report["todo"] == []
    assert shop.update(*ECS[2:]).report["todo"] != []


@pytest.mark.parametrize(
    ("arguments", "commands"),
    [
        ((), ["agency-scaffold status", "git add --all && git diff --cached", "make infra-verify"]),
        (("--dry-run",), ["agency-scaffold update"]),
        (
            ("--check", "--set", "project.description=Our shop", "--on-conflict", "new"),
            ["agency-scaffold update --set 'project.description=Our shop' --on-conflict new"],
        ),
        (("--on-conflict", "fail"), ["agency-scaffold update --on-conflict markers"]),
        (("--on-conflict", "new"), ["git add --all && git diff --cached", "make infra-verify"]),
    ],
)
def test_the_next_commands_are_in_both_reports(
    shop: Shop, arguments: tuple[str, ...], commands: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    shop.path(".git").mkdir()
    shop.edit(HPA, "averageUtilization: 70", "averageUtilization: 55")
    other = Shop(projects.copy(shop.root, shop.root.with_name("other folder")))
    with later_version(UTILIZATION):
        other.update(*arguments)
        shop.run("update", "--no-check", *arguments)
    first, *rest = commands
    assert other.report["next"] == [f"cd '{other.root}' && {first}", *rest]
    assert "\n".join(["\nNext", *(f"  {command}" for command in commands), ""]) in capsys.readouterr().out


def test_a_merge_tells_what_it_did_and_no_zeros(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.append(HPA, "# mine\n")
    shop.append(DEPLOY, "# mine\n")
    shop.edit(HPA, "averageUtilization: 70", "averageUtilization: 55")

    def later(files: Files, origins: Origins) -> None:
        UTILIZATION(files, origins)
        files[DEPLOY] = replace(files[DEPLOY], executable=False)

    with later_version(later):
        shop.run("update", "--no-check", "--on-conflict", "new", "--set", "deployment.max_p95_ms=450")
    told = capsys.readouterr().out.partition("\nMerged\n")[2].partition("\n\n")[0].splitlines()
    assert told == [
        f"  {places.ANSWERS_FILE}: the answers that were given",
        f"  {HPA}: 1 edit of yours kept, 1 conflict settled",
        f"  {DEPLOY}: 1 edit of yours kept",
    ]


def test_an_update_that_changes_nothing_says_where_to_look_at_what_waits(shop: Shop) -> None:
    shop.path(HPA).write_bytes(b"\0mine")
    with later_version(UTILIZATION):
        shop.update()
        assert shop.update().report["next"] == [f"cd {shop.root} && agency-scaffold status"]


def test_make_is_named_as_the_users_makefile_lets_it(shop: Shop) -> None:
    makefile = shop.path("Makefile")
    makefile.write_bytes(b"verify:\n\ttrue\n\n" + makefile.read_bytes())
    with later_version(UTILIZATION):
        assert shop.update().report["next"][-1].endswith("make infra-verify")


def test_status_names_what_is_the_users_altogether(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.append(HPA, "# mine\n")
    assert shop.run("status") == 0
    shown = capsys.readouterr().out
    assert "  SECURITY.md: made once\n" in shown
    counted = {state: int(count) for count, state in re.findall(r"(\d+) ([a-z]+)", shown.splitlines()[-1])}
    assert counted["yours"] == shown.count(": made once\n") == 3
    assert f"  {HPA}\n  To see the edits:\n    agency-scaffold diff\n" in shown


def test_every_command_that_settles_something_can_be_pasted(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    kms = "infrastructure/terraform/kms.tf"
    word = next(line for line in shop.read(kms).splitlines() if line.startswith("resource "))
    shop.edit(kms, word, f"{word} # mine")
    shop.append(DEPLOY, "# mine\n")
    shop.append(HPA, "# mine\n")
    shop.path("SECURITY.md").unlink()
    with later_version(edited(kms, word, f"{word} # later")):
        shop.run(*ECS)
    updated = capsys.readouterr().out
    shop.run("status")
    for shown, states in ((updated, 3), (capsys.readouterr().out, 4)):
        commands = RESOLVE.findall(shown)
        assert len({shlex.split(command)[1] for command in commands}) == states
        for number, command in enumerate(commands):
            copy = Shop(projects.copy(shop.root, shop.root.with_name(f"copy-{states}-{number}")))
            assert copy.run(*shlex.split(command)) == 0, command
            capsys.readouterr()


def test_a_change_of_the_mode_is_shown_as_git_shows_it(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    head = f"diff --git a/{DEPLOY} b/{DEPLOY}\nold mode 100755\nnew mode 100644\n"
    shop.path(DEPLOY).chmod(0o644)
    shop.path("SECURITY.md").chmod(0o755)
    assert shop.run("diff") == 0
    shown = capsys.readouterr().out
    assert shown == head, "of what is the user's the mode is his"
    shop.append(DEPLOY, "# mine\n")
    shop.run("diff", "scripts")
    shown = capsys.readouterr().out
    assert shown.startswith(f"{head}--- a/{DEPLOY}\n+++ b/{DEPLOY}\n")
    mine = shop.read(DEPLOY)
    shop.path(DEPLOY).write_bytes(shop.record().entries[DEPLOY].content)
    shop.path(DEPLOY).chmod(0o755)
    subprocess.run(["git", "apply"], cwd=shop.root, input=shown, text=True, check=True)
    assert (shop.read(DEPLOY), os.access(shop.path(DEPLOY), os.X_OK)) == (mine, False)


def test_a_dry_run_shows_a_change_of_the_mode(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    def executable(files: Files, _: Origins) -> None:
        files[HPA] = replace(files[HPA], executable=True)

    with later_version(executable):
        shop.run("update", "--no-check", "--dry-run")
    assert f"diff --git a/{HPA} b/{HPA}\nold mode 100644\nnew mode 100755\n" in capsys.readouterr().out


def test_a_change_of_the_record_alone_is_told_alike_by_every_run(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.append(places.ANSWERS_FILE, "# a note\n")
    done = "No file changes in {}: only the record was brought up to date"
    would = "No file would change in {}: only the record would be brought up to date"
    nothing = "Nothing to do in {}: every file is as these answers make it, but for edits of yours"
    for arguments, words in ((("--check",), would), (("--dry-run",), would), ((), done), (("--check",), nothing)):
        other = Shop(projects.copy(shop.root, shop.root.with_name("other")))
        other.update(*arguments)
        told = [] if words == nothing else [{"path": places.LOCK, "change": "changed"}]
        assert (other.code, other.report["disk"]) == (0, told), arguments
        shutil.rmtree(other.root)
        assert shop.run("update", "--no-check", *arguments) == 0
        assert words.format(shop.root) in capsys.readouterr().out, arguments


def conflict(shop: Shop) -> None:
    """A conflict that is left in a file, beside an edit."""
    shop.edit(HPA, "averageUtilization: 70", "averageUtilization: 55")
    shop.append(HPA, "# mine\n")
    with later_version(UTILIZATION):
        assert shop.update().action(HPA) == "conflict"


def test_edits_of_a_file_in_conflict_are_counted_alike_by_both_ways_of_looking(shop: Shop) -> None:
    shop.edit(".gitignore", ".terraform/\n", "<<<<<<< yours\n.terraform/\n")
    shop.edit(HPA, "averageUtilization: 70", "averageUtilization: 55")
    shop.append(HPA, "<<<<<<< yours\n# mine\n")
    short = shop.update().report
    assert short["disk"] == []
    whole = shop.update("--set", "deployment.max_p95_ms=500").report
    for path, edits in ((HPA, 2), (".gitignore", 1)):
        lines = [next(line for line in report["files"] if line["path"] == path) for report in (short, whole)]
        assert [(line["action"], line["hunks"]["yours"]) for line in lines] == [("conflict", edits)] * 2
    assert short["hunks"] == whole["hunks"]


def test_a_conflict_that_was_left_before_refuses_nothing(shop: Shop) -> None:
    conflict(shop)
    with later_version(UTILIZATION):
        before = shop.path(HPA).read_bytes()
        shop.update("--on-conflict", "fail", "--set", "deployment.max_p95_ms=450")
        assert (shop.code, shop.report["refused"]) == (1, False)
        assert {line["path"] for line in shop.report["disk"]} >= {places.ANSWERS_FILE}
        assert (shop.action(HPA), shop.path(HPA).read_bytes()) == ("conflict", before)
        shop.edit("scripts/lib/release.env.sh", "RELEASE_MAX_P95_MS=450", "RELEASE_MAX_P95_MS=475")
        before = projects.disk(shop.root)
        shop.update("--on-conflict", "fail", "--set", "deployment.max_p95_ms=400")
        assert (shop.code, shop.report["refused"], projects.disk(shop.root)) == (1, True, before)
