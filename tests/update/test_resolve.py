"""What waits for a person is named by `status`, shown by `diff` and settled by `resolve`, on record."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from generator import apply, merge, moves, places
from tests.update import projects
from tests.update.shop import ANSWERS, Shop
from tests.update.test_scenarios import DEPLOY, HPA, edited, later_version, without_other_programs

ECS = ("update", "--no-check", "--set", "orchestration.platform=ecs")
UTILIZATION = edited(HPA, "averageUtilization: 70", "averageUtilization: 71")


def states(shop: Shop) -> dict[str, dict[str, Any]]:
    """What `status` says of each path that is not as it was generated."""
    code, report = projects.run("status", str(shop.root))
    shop.code, shop.report = code, report
    assert sum(report["totals"].values()) == len(report["files"]) + report["totals"]["pristine"]
    return {line["path"]: line for line in report["files"] if line["state"] != "yours"}


def test_status_of_a_fresh_folder(shop: Shop) -> None:
    assert states(shop) == {}
    assert shop.code == 0
    assert not shop.report["answers_changed"]
    assert not shop.report["behind"]


def test_status_names_every_kind(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.append(DEPLOY, "# mine\n")
    shop.path("scripts/platform.sh").unlink()
    shop.append(HPA, "# mine\n")
    pdb = HPA.replace("hpa", "pdb")
    shop.path(pdb).chmod(0o755)
    assert {path: line["state"] for path, line in states(shop).items()} == {
        DEPLOY: "refined", "scripts/platform.sh": "missing", HPA: "refined", pdb: "refined",
    }  # fmt: skip
    assert shop.code == 0, "an edit and a deletion are decisions, not questions"
    shop.run(*ECS)
    found = {path: line["state"] for path, line in states(shop).items() if line["waits"]}
    assert found == {DEPLOY: "proposed", HPA: "orphaned", pdb: "orphaned"}
    assert "old mode 100644\nnew mode 100755\n" in shop.read(f"{places.ORPHANED}/{pdb}.patch")
    assert shop.path(pdb).stat().st_mode & 0o100, "what was done to its mode alone is an edit, too"
    assert shop.code == 1
    capsys.readouterr()
    assert shop.run("status") == 1
    shown = capsys.readouterr().out
    still = "yours is there, and it was made by k8s before. It is still what is used, while the files around it are made for"
    assert f"  {DEPLOY}: {still}" in shown
    assert f"then take it with --new\n    .agency/scaffold/proposed/{DEPLOY}\n" in shown
    assert f"  {HPA}: no longer generated\n    .agency/scaffold/orphaned/{HPA}.patch\n" in shown


def test_status_tells_what_an_update_would_bring(shop: Shop) -> None:
    shop.edit(places.LOCK, "# version 0.", "# version 0.0.")
    shop.answer("max_p95_ms: 500", "max_p95_ms: 400")
    states(shop)
    assert (shop.report["behind"], shop.report["answers_changed"]) == (True, True)


def test_diff_shows_the_edits_as_a_patch_that_git_applies(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.append(DEPLOY, "# mine")
    shop.edit(".gitignore", ".terraform/", "# inside\n.terraform/")
    shop.path(HPA).unlink()
    assert shop.run("diff") == 0
    shown = capsys.readouterr().out
    assert f"--- a/{DEPLOY}\n+++ b/{DEPLOY}\n" in shown
    assert "+# mine\n\\ No newline at end of file" in shown
    assert "+# inside\n" in shown
    assert f"--- a/{HPA}\n+++ /dev/null\n" in shown
    assert shop.run("diff", "scripts") == 0
    only = capsys.readouterr().out
    assert "+# mine" in only
    assert "# inside" not in only
    shop.path(DEPLOY).write_bytes(shop.record().entries[DEPLOY].content)
    subprocess.run(["git", "apply", "-p1"], cwd=shop.root, input=only, text=True, check=True)
    assert shop.read(DEPLOY).endswith("\n# mine")


def test_diff_of_what_is_none_of_ours(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    assert shop.run("diff", "scripts/deploi.sh") == 3
    assert "did you mean scripts/deploy.sh?" in capsys.readouterr().err
    assert shop.run("diff", "/etc/passwd") == 3
    assert "lies outside" in capsys.readouterr().err


def conflict(shop: Shop) -> None:
    shop.edit(HPA, "averageUtilization: 70", "averageUtilization: 55")
    shop.append(HPA, "# user-token-1-1\n")
    with later_version(UTILIZATION):
        shop.update()
    assert shop.action(HPA) == "conflict"


@pytest.mark.parametrize(("how", "value"), [("--mine", 55), ("--new", 71)])
def test_a_conflict_is_settled_for_one_side(shop: Shop, how: str, value: int) -> None:
    conflict(shop)
    assert shop.run("resolve", HPA, how) == 0
    assert f"averageUtilization: {value}\n" in shop.read(HPA)
    assert shop.read(HPA).endswith("# user-token-1-1\n")
    assert "<<<<" not in shop.read(HPA)
    assert states(shop)[HPA]["state"] == "refined"
    assert shop.code == 0


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("how", ["--mine", "--new"])
def test_a_conflict_at_the_end_of_a_file_without_a_final_newline(shop: Shop, how: str, newline: str) -> None:
    content = shop.read(HPA)
    shop.path(HPA).write_bytes(f"{content}# mine".replace("\n", newline).encode())
    last = content[-200:]
    with later_version(edited(HPA, last, f"{last}# ours\n")):
        assert shop.update().action(HPA) == "conflict"
    assert shop.run("resolve", HPA, how) == 0
    side = "# mine" if how == "--mine" else "# ours\n"
    assert shop.path(HPA).read_bytes() == f"{content}{side}".replace("\n", newline).encode()


def test_a_conflict_is_settled_by_hand(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    conflict(shop)
    assert shop.run("resolve", HPA, "--done") == 3
    assert f"{HPA}:{shop.line(HPA)['conflicts'][0]}: a conflict is left" in capsys.readouterr().err
    kept = [line for line in shop.read(HPA).splitlines() if line[:7] not in {"<" * 7, "|" * 7, "=" * 7, ">" * 7}]
    shop.path(HPA).write_text("\n".join([*kept, ""]))
    assert states(shop)[HPA]["state"] == "refined", "the file itself says that it is settled"


def test_each_conflict_that_is_left_is_named_by_every_later_run(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.edit(HPA, "averageUtilization: 70", "averageUtilization: 55")
    shop.edit(HPA, "stabilizationWindowSeconds: 300", "stabilizationWindowSeconds: 299")

    seconds = edited(HPA, "stabilizationWindowSeconds: 300", "stabilizationWindowSeconds: 301")
    with later_version(lambda *made: (UTILIZATION(*made), seconds(*made))[0]):
        shop.update()
        begin = [n for n, line in enumerate(shop.read(HPA).splitlines(), 1) if line.startswith("<<<<<<<")]
        assert shop.line(HPA)["conflicts"] == begin
        assert len(begin) == 2
        for _ in range(2):  # the second takes the short way: nothing has changed
            shop.update()
            assert (shop.action(HPA), shop.line(HPA)["conflicts"]) == ("conflict", begin)
    assert states(shop)[HPA]["conflicts"] == begin
    assert states(shop)[HPA]["reason"] == f"2 conflicts are left, at lines {begin[0]}, {begin[1]}"
    shop.path(HPA).write_text(shop.read(HPA).replace("<<<<<<< yours\n", "", 1))
    assert states(shop)[HPA]["conflicts"] == [begin[0] + 1, begin[1] - 1], "what is left of one counts"
    capsys.readouterr()
    shop.run("status")
    assert f"2 conflicts are left, at lines {begin[0] + 1}, {begin[1] - 1}" in capsys.readouterr().out


def test_lines_that_new_replaces_are_listed(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    conflict(shop)
    assert shop.run("resolve", HPA, "--new") == 0
    patch = f"{places.REPLACED}/{HPA}.patch"
    assert capsys.readouterr().out.endswith(f"your lines are listed in {patch}\n")
    subprocess.run(["git", "apply", patch], cwd=shop.root, check=True)
    assert "averageUtilization: 55\n" in shop.read(HPA)
    proposal(shop)
    mine = shop.read(DEPLOY)
    assert shop.run("resolve", DEPLOY, "--new") == 0
    assert "user-token-1-1" not in shop.read(DEPLOY)
    subprocess.run(["git", "apply", f"{places.REPLACED}/{DEPLOY}.patch"], cwd=shop.root, check=True)
    assert shop.read(DEPLOY) == mine


def test_a_conflict_of_git_is_not_ours_to_settle(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.append(HPA, "<<<<<<< HEAD\na\n=======\nb\n>>>>>>> other\n")
    before = shop.read(HPA)
    assert states(shop)[HPA]["state"] == "conflict"
    assert shop.run("resolve", HPA, "--new") == 3
    assert "not one of ours" in capsys.readouterr().err
    assert shop.read(HPA) == before


def proposal(shop: Shop) -> None:
    shop.append(DEPLOY, "# user-token-1-1\n")
    assert shop.run(*ECS) == 1
    assert shop.proposed(DEPLOY).exists()


def test_what_another_template_made_is_no_edit_of_ours_once_ours_is_declined(shop: Shop) -> None:
    """Ours was recorded as generated there, and every change of it merged into what it has nothing in common with."""
    proposal(shop)
    assert shop.run("resolve", DEPLOY, "--mine") == 0
    before = shop.read(DEPLOY)
    assert before.endswith("# user-token-1-1\n")
    assert not shop.path(places.PROPOSED).exists()
    assert shop.update().code == 0, "and it is not offered again"
    assert states(shop) == {}
    assert shop.record().entries[DEPLOY].state == "declined"
    with later_version(edited(DEPLOY, "set -Eeuo pipefail", "set -Eeuo pipefail  # later")):
        shop.update()
    assert shop.read(DEPLOY) == before
    assert shop.update("--set", "orchestration.platform=kubernetes").action(DEPLOY) == "keep"


def test_a_proposal_of_the_same_template_is_declined_and_later_changes_are_merged(shop: Shop) -> None:
    shop.path(HPA).write_bytes(b"\0mine")
    with later_version(UTILIZATION):
        assert shop.update().action(HPA) == "propose"
        assert shop.run("resolve", HPA, "--mine") == 0
        assert states(shop)[HPA]["state"] == "refined"


def test_an_orphaned_script_of_the_other_platform_is_forgotten(shop: Shop) -> None:
    script = "scripts/lib/cluster.sh"
    shop.append(script, "# user-token-1-1\n")
    shop.run(*ECS)
    assert states(shop)[script]["state"] == "orphaned"
    assert shop.run("resolve", script, "--mine") == 0
    assert script not in shop.record().entries
    assert states(shop) == {}
    assert shop.code == 0
    assert shop.update("--set", "orchestration.platform=kubernetes").action(script) == "propose"
    assert shop.read(script).endswith("# user-token-1-1\n")


def test_a_proposal_is_taken(shop: Shop) -> None:
    proposal(shop)
    ours = shop.proposed(DEPLOY).read_bytes()
    assert shop.run("resolve", f"{places.PROPOSED}/{DEPLOY}", "--new") == 0, "who names ours means the file"
    assert shop.path(DEPLOY).read_bytes() == ours
    assert shop.path(DEPLOY).stat().st_mode & 0o111
    assert states(shop) == {}


def test_a_proposal_is_settled_by_hand_and_merged_from_then_on(shop: Shop) -> None:
    proposal(shop)
    shop.path(DEPLOY).write_bytes(shop.proposed(DEPLOY).read_bytes() + b"# user-token-1-1\n")
    assert shop.run("resolve", DEPLOY, "--done") == 0
    first = shop.read(DEPLOY).splitlines()[1]
    with later_version(edited(DEPLOY, first, f"{first}\n# later")):
        shop.update()
    assert shop.action(DEPLOY) == "merge"
    assert shop.read(DEPLOY).endswith("# user-token-1-1\n")


def test_a_proposal_that_went_stale_is_not_taken(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    proposal(shop)
    shop.answer("max_p95_ms: 500", "max_p95_ms: 400")
    before = projects.disk(shop.root)
    assert shop.run("resolve", DEPLOY, "--new") == 3
    assert "has changed since this was proposed" in capsys.readouterr().err
    assert projects.disk(shop.root) == before


def test_a_file_of_the_user_stays_his_once_ours_is_declined(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    (root / "scripts").mkdir(parents=True)
    (root / DEPLOY).write_text("user-token-1-1\n")
    shop = Shop(root)
    (root / places.ANSWERS_FILE).write_text(ANSWERS)
    assert projects.run("new", str(root), "--no-check")[0] == 1
    assert shop.record().fingerprint == "", "while a proposal waits, every run renders and looks"
    assert shop.run("resolve", DEPLOY, "--mine") == 0
    with later_version(edited(DEPLOY, "deploying", "deploying ")):
        assert shop.update().code == 0
    assert "ours is another one since" in shop.line(DEPLOY)["reason"]
    assert not shop.path(places.PROPOSED).exists()
    shop.run(*ECS)
    assert shop.read(DEPLOY) == "user-token-1-1\n", "of no other template either"
    assert shop.run("resolve", DEPLOY, "--mine") == 3, "it is his already"
    assert shop.run("resolve", DEPLOY, "--new") == 0
    assert shop.read(DEPLOY) == "user-token-1-1\n", "ours is proposed again, and overwrites nothing"
    assert "ecs" in shop.proposed(DEPLOY).read_text(), "as it is generated now"


@pytest.mark.parametrize(("how", "there"), [("--mine", True), ("--done", True), ("--new", False)])
def test_an_orphan(shop: Shop, how: str, there: bool) -> None:
    shop.append(HPA, "# user-token-1-1\n")
    assert shop.run(*ECS) == 1
    assert shop.run("resolve", HPA, how) == 0
    assert shop.path(HPA).exists() is there
    assert not shop.path(places.ORPHANED).exists()
    assert shop.update().code == 0
    assert HPA not in shop.record().entries


def test_a_deletion_is_put_on_record_or_taken_back(shop: Shop) -> None:
    content = shop.path(HPA).read_bytes()
    shop.path(HPA).unlink()
    assert states(shop)[HPA]["state"] == "missing"
    assert shop.run("resolve", HPA, "--mine") == 0
    assert states(shop) == {}
    with later_version(UTILIZATION):
        shop.update()
    assert not shop.path(HPA).exists()
    assert shop.run("resolve", HPA, "--new") == 0
    assert shop.path(HPA).read_bytes() == content
    with later_version(UTILIZATION):
        assert shop.update().action(HPA) == "replace"


def test_a_region_that_was_taken_out_is_put_back(shop: Shop) -> None:
    shop.path(".gitignore").write_text("mine\n")
    assert states(shop)[".gitignore"]["state"] == "missing"
    assert shop.run("resolve", ".gitignore", "--new") == 0
    shop.update()
    assert shop.read(".gitignore").startswith("mine\n")
    assert ".terraform/" in shop.read(".gitignore")
    assert states(shop) == {}


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((HPA, "--mine"), 3, "nothing waits at"),
        (("src/main.py", "--mine"), 3, "src/main.py is none of ours"),
        (("scripts/deploi.sh", "--new"), 3, "did you mean scripts/deploy.sh?"),
        ((HPA,), 2, "one of --mine, --new and --done is needed; none was given"),
        ((HPA, "--mine", "--new"), 2, "--mine and --new were given"),
        (("../elsewhere", "--mine"), 3, "lies outside of"),
    ],
)
def test_what_cannot_be_settled_is_answered(
    shop: Shop, arguments: tuple[str, ...], code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = projects.disk(shop.root)
    assert shop.run("resolve", *arguments) == code
    assert words in capsys.readouterr().err
    assert projects.disk(shop.root) == before


def test_what_is_no_file_is_not_taken_for_one(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    proposal(shop)
    shop.path(DEPLOY).unlink()
    assert shop.run("resolve", DEPLOY, "--done") == 3
    assert "it is missing" in capsys.readouterr().err
    shop.path(DEPLOY).symlink_to(shop.path("README.md"))
    before = projects.disk(shop.root)
    for how, words in (("--done", "a symbolic link is there"), ("--new", "we never write through a link")):
        assert shop.run("resolve", DEPLOY, how) == 3
        assert words in capsys.readouterr().err
    assert projects.disk(shop.root) == before


def test_an_orphan_that_is_no_file_any_more_is_not_deleted(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.append(HPA, "# user-token-1-1\n")
    shop.edit("CODEOWNERS", "@acme/platform\n", "@acme/platform\n# user-token-2-2\n")
    shop.answer('owner: "@acme/platform"', "owner: somebody")
    assert shop.run(*ECS) == 1
    shop.path(HPA).unlink()
    shop.path(HPA).mkdir()
    shop.path("CODEOWNERS").write_bytes(b"\xff\n" + shop.path("CODEOWNERS").read_bytes())
    before = projects.disk(shop.root)
    for path, words in ((HPA, "Remove it yourself"), ("CODEOWNERS", "CODEOWNERS is not UTF-8 text")):
        assert shop.run("resolve", path, "--new") == 3
        assert words in capsys.readouterr().err
    assert projects.disk(shop.root) == before


def test_what_changes_while_it_is_settled_stays(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    proposal(shop)
    real = apply.apply

    def late(*arguments: Any) -> moves.Outcome:
        shop.append(DEPLOY, "# user-token-2-2\n")
        return real(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(apply, "apply", late)
        assert shop.run("resolve", DEPLOY, "--new") == 3
    assert f"{DEPLOY} changed meanwhile" in capsys.readouterr().err
    assert shop.read(DEPLOY).endswith("# user-token-1-1\n# user-token-2-2\n")
    assert states(shop)[DEPLOY]["state"] == "proposed"


def test_while_another_run_is_at_work_nothing_is_settled(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    proposal(shop)
    before = projects.disk(shop.root)
    with apply.locked(shop.root):
        assert shop.run("resolve", DEPLOY, "--new") == 3
    assert "another agency-scaffold is at work" in capsys.readouterr().err
    assert projects.disk(shop.root) == before


def test_what_was_cut_off_is_finished_before_anything_is_settled(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    proposal(shop)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(moves, "all_of", cut)
        with pytest.raises(Cut):
            shop.update("--set", "deployment.max_p95_ms=400")
    capsys.readouterr()
    assert shop.run("resolve", DEPLOY, "--mine") == 0
    assert "An interrupted run was finished first" in capsys.readouterr().out
    assert "max_p95_ms: 400" in shop.read(places.ANSWERS_FILE)
    assert shop.record().entries[DEPLOY].state == "declined"


class Cut(BaseException):
    """Stands for a kill: nothing of ours catches it."""


def cut(*_: object) -> None:
    raise Cut


def test_a_path_is_settled_once(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    proposal(shop)
    assert shop.run("resolve", DEPLOY, "--new") == 0
    assert shop.run("resolve", DEPLOY, "--new") == 3
    assert "it was settled, or never was in question" in capsys.readouterr().err


def test_an_edited_proposal_is_taken_as_it_was_edited(shop: Shop) -> None:
    proposal(shop)
    shop.append(f"{places.PROPOSED}/{DEPLOY}", "# user-token-2-2\n")
    assert shop.run("resolve", DEPLOY, "--new") == 0
    assert shop.read(DEPLOY).endswith("# user-token-2-2\n")
    assert not shop.path(places.PROPOSED).exists()


def test_an_edited_proposal_stays_where_it_is(shop: Shop) -> None:
    proposal(shop)
    shop.append(f"{places.PROPOSED}/{DEPLOY}", "# user-token-2-2\n")
    assert shop.run("resolve", DEPLOY, "--mine") == 0
    assert "user-token-2-2" in shop.proposed(DEPLOY).read_text()


def test_an_edited_proposal_that_stayed_is_proposed_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = "docs/runbooks/scaling.md"
    (tmp_path / "shop/docs/runbooks").mkdir(parents=True)
    (tmp_path / "shop" / path).write_text("own\n")
    (tmp_path / "shop" / places.ANSWERS_FILE).write_text(ANSWERS)
    assert projects.run("new", str(tmp_path / "shop"), "--no-check")[0] == 1
    shop = Shop(tmp_path / "shop")
    shop.append(f"{places.PROPOSED}/{path}", "user-token-1-1\n")
    assert shop.run("resolve", path, "--mine") == 0
    assert shop.run("resolve", path, "--new") == 0
    assert "proposed again, as you edited it" in capsys.readouterr().out
    assert states(shop)[path]["state"] == "proposed"
    assert shop.run("resolve", path, "--mine") == 0
    shop.proposed(path).unlink()
    shop.proposed(path).symlink_to("elsewhere")
    before = projects.disk(shop.root)
    assert shop.run("resolve", path, "--new") == 3
    assert "a symbolic link is there" in capsys.readouterr().err
    assert projects.disk(shop.root) == before


def test_a_proposal_that_changes_while_it_is_written_stays(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours of it came to lie below the proposals a second time, and what was new was never merged into the edits."""
    proposal(shop)
    text = shop.proposed(DEPLOY).read_text()
    first = text.splitlines()[1]
    real = apply.apply

    def late(*arguments: Any) -> moves.Outcome:
        shop.append(f"{places.PROPOSED}/{DEPLOY}", "# user-token-2-2\n")
        return real(*arguments)

    with later_version(edited(DEPLOY, first, f"{first}\n# newer")):
        with monkeypatch.context() as patch:
            patch.setattr(apply, "apply", late)
            shop.update()
        assert [path.name for path in shop.path(places.PROPOSED).rglob("*") if path.is_file()].count("deploy.sh") == 1
        assert shop.proposed(DEPLOY).read_text() == text + "# user-token-2-2\n"
        shop.update()
    assert shop.proposed(DEPLOY).read_text() == text.replace(first, f"{first}\n# newer", 1) + "# user-token-2-2\n"


def test_a_list_of_lines_whose_place_is_taken_while_it_is_written_is_kept(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    conflict(shop)
    real = apply.apply
    patch = f"{places.REPLACED}/{HPA}.patch"

    def late(*arguments: Any) -> moves.Outcome:
        shop.path(patch).parent.mkdir(parents=True)
        shop.path(patch).write_text("user-token-2-2\n")
        return real(*arguments)

    with monkeypatch.context() as context:
        context.setattr(apply, "apply", late)
        assert shop.run("resolve", HPA, "--new") == 3
    assert shop.read(patch) == "user-token-2-2\n"
    assert "averageUtilization: 55" in shop.read(f"{patch}.late")


def test_what_is_new_goes_into_a_proposal_that_was_edited(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    proposal(shop)
    text = shop.proposed(DEPLOY).read_text()
    where = f"{places.PROPOSED}/{DEPLOY}"
    shop.append(where, "# user-token-2-2\n")
    first = text.splitlines()[1]
    with later_version(edited(DEPLOY, first, f"{first}\n# newer")):
        shop.update()
        assert "went in beside the edits" in shop.line(DEPLOY)["reason"]
        merged = shop.proposed(DEPLOY).read_text()
        assert merged == text.replace(first, f"{first}\n# newer", 1) + "# user-token-2-2\n"
        assert shop.unchanged()
    # What neither side can have alone is settled before it is taken.
    shop.edit(where, "# newer", "# mine")
    with later_version(edited(DEPLOY, first, f"{first}\n# newest")):
        shop.update()
        (line,) = merge.conflicts(shop.proposed(DEPLOY).read_bytes())
        assert f"{where}:{line}: both edited and new" in shop.line(DEPLOY)["reason"]
        assert shop.unchanged()
        capsys.readouterr()
        before = shop.read(DEPLOY)
        assert shop.run("resolve", DEPLOY, "--new") == 3
        assert f"{where}:{line}: a conflict is left" in capsys.readouterr().err
        assert shop.read(DEPLOY) == before


def test_outside_of_a_generated_repository(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shop = Shop(tmp_path)
    for arguments in (("diff",), ("resolve", "x", "--mine"), ("status",)):
        assert shop.run(*arguments) == 3
        assert "generated" in capsys.readouterr().err


def test_an_orphaned_region_takes_nothing_else_along(shop: Shop) -> None:
    shop.path("CODEOWNERS").write_bytes(b"/secret @security\n\n" + shop.path("CODEOWNERS").read_bytes())
    shop.edit("CODEOWNERS", "@acme/platform\n", "@acme/platform\n# user-token-1-1\n")
    shop.answer('owner: "@acme/platform"', "owner: somebody")
    assert shop.update().action("CODEOWNERS") == "orphan"
    assert shop.run("resolve", "CODEOWNERS", "--new") == 0
    assert shop.read("CODEOWNERS") == "/secret @security\n"


def test_an_orphaned_region_that_was_kept_is_text_of_the_user(shop: Shop) -> None:
    """With our markers left around it, the next region took its place, edits and all."""
    shop.edit("CODEOWNERS", "@acme/platform\n", "@acme/platform\n# user-token-1-1\n")
    shop.answer('owner: "@acme/platform"', "owner: somebody")
    shop.update()
    assert shop.run("resolve", "CODEOWNERS", "--mine") == 0
    assert states(shop) == {}
    shop.answer("owner: somebody", 'owner: "@acme/platform"')
    assert shop.update().action("CODEOWNERS") == "block"
    assert "# user-token-1-1\n" in shop.read("CODEOWNERS")
    assert shop.read("CODEOWNERS").count("BEGIN agency-scaffold") == 1


def test_a_region_comes_back_at_its_place(shop: Shop) -> None:
    shop.path("CODEOWNERS").write_text("*.md @docs\n")
    assert shop.run("resolve", "CODEOWNERS", "--new") == 0
    shop.update()
    assert shop.read("CODEOWNERS").endswith("\n*.md @docs\n"), "the last line that fits wins: the user's"


def test_a_region_that_was_declined_and_is_wanted_again_comes_with_the_next_update(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    """It was proposed without its markers, and lay there for good."""
    region = shop.read(".gitignore")
    shop.path(".gitignore").write_text("mine\n")
    assert shop.run("resolve", ".gitignore", "--mine") == 0
    capsys.readouterr()
    assert shop.run("resolve", ".gitignore", "--new") == 0
    assert "comes with the next agency-scaffold update" in capsys.readouterr().out
    assert shop.update().code == 0
    assert shop.read(".gitignore") == f"mine\n\n{region}"
    assert not shop.path(places.PROPOSED).exists()


def test_a_region_that_was_declined_beside_broken_markers_is_proposed_with_them(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.path(".gitignore").write_text("# END agency-scaffold\n")
    shop.path(places.ANSWERS_FILE).write_text(ANSWERS)
    assert projects.run("new", str(tmp_path), "--no-check")[0] == 1
    assert shop.run("resolve", ".gitignore", "--mine") == 0
    lock = shop.read(places.LOCK)
    assert shop.run("resolve", ".gitignore", "--new") == 0
    proposed = shop.proposed(".gitignore").read_bytes()
    shop.update()
    assert (shop.action(".gitignore"), shop.line(".gitignore")["reason"].count("edited")) == ("propose", 0)
    assert shop.proposed(".gitignore").read_bytes() == proposed
    shop.path(places.LOCK).write_text(lock)
    shop.path(".gitignore").write_bytes(proposed.replace(b"# END", b"# user-token-1-1\n# END"))
    assert shop.run("resolve", ".gitignore", "--new") == 0, "where they were mended, it is merged from then on"
    assert shop.update("--set", "scaling.max=5").action(".gitignore") == "keep"
    assert "# user-token-1-1" in shop.read(".gitignore")


def test_a_region_is_taken_where_its_markers_were_mended(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    """It was said to come with the next update, which proposed it again, or put it over what had been edited."""
    end = "# END agency-scaffold\n"
    shop.edit(".gitignore", end, "# user-token-1-1\n")
    with later_version(edited(".gitignore", ".terraform/", ".terraform/\nlater/")):
        assert shop.update().action(".gitignore") == "propose"
    before = projects.disk(shop.root)
    assert shop.run("resolve", ".gitignore", "--new") == 3
    assert "our region cannot go into it as it is" in capsys.readouterr().err
    assert projects.disk(shop.root) == before
    shop.append(".gitignore", end)
    mine = shop.read(".gitignore")
    assert shop.run("resolve", ".gitignore", "--new") == 0
    assert "\nlater/\n" in shop.read(".gitignore")
    assert "user-token" not in shop.read(".gitignore")
    assert states(shop) == {}
    assert not shop.path(places.PROPOSED).exists()
    subprocess.run(["git", "apply", f"{places.REPLACED}/.gitignore.patch"], cwd=shop.root, check=True)
    assert shop.read(".gitignore") == mine


def test_settling_leaves_nothing_for_check_to_tell(shop: Shop) -> None:
    shop.path(HPA).write_bytes(b"\0mine")
    with later_version(UTILIZATION):
        shop.update()
        assert shop.run("resolve", HPA, "--mine") == 0
        assert shop.update("--check").code == 0


def test_settling_a_conflict_keeps_the_proposal_that_waits_beside_it(shop: Shop) -> None:
    conflict(shop)
    with later_version(edited(HPA, "averageUtilization: 70", "averageUtilization: 72")):
        shop.update()
        assert shop.proposed(HPA).exists()
        assert shop.run("resolve", HPA, "--mine") == 0
        assert shop.proposed(HPA).exists()


def test_an_old_conflict_is_settled_before_what_is_newer_beside_it(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    """--new was said to take the newer, and took that of the conflict; status told of the conflict alone."""
    conflict(shop)
    (line,) = shop.line(HPA)["conflicts"]
    with later_version(edited(HPA, "averageUtilization: 70", "averageUtilization: 72")):
        assert shop.update().action(HPA) == "propose"
        assert (shop.line(HPA)["conflicts"], shop.line(HPA)["reason"]) == ([line], f"a conflict is left at line {line}")
        capsys.readouterr()
        shop.run("update", "--no-check")
        shown = capsys.readouterr().out
        assert f"  {HPA}:{line}\n" in shown
        assert f"our side of each:  agency-scaffold resolve {HPA} --new\n" in shown
        assert "settle the conflict first, then run agency-scaffold update\n" in shown
        assert "ours takes its place" not in shown
        assert (states(shop)[HPA]["state"], states(shop)[HPA]["beside"]) == ("conflict", f"{places.PROPOSED}/{HPA}")
        assert "newer of ours waits beside it" in states(shop)[HPA]["reason"]
        assert shop.run("resolve", HPA, "--new") == 0
        assert "waits still: run agency-scaffold update\n" in capsys.readouterr().out
        assert states(shop)[HPA]["state"] == "proposed"
        assert shop.update().action(HPA) == "merge"
        assert "averageUtilization: 72\n" in shop.read(HPA)
        assert shop.read(HPA).endswith("# user-token-1-1\n")
        assert (shop.code, shop.proposed(HPA).exists()) == (0, False)


@pytest.mark.parametrize(("how", "word"), [("--mine", "mine"), ("--new", "ours")])
def test_a_conflict_in_a_region_is_found_below_an_example_of_one(shop: Shop, how: str, word: str) -> None:
    example = "```\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> other\n```\n"
    shop.path("README.md").write_text(f"{example}{shop.read('README.md')}\n{example}")
    title = next(line for line in shop.record().entries["README.md"].content.decode().splitlines() if "make" in line)
    shop.edit("README.md", f"{title}\n", f"{title} mine\n")
    before = shop.read("README.md")
    ours, newer = (edited("README.md", f"{title}\n", f"{title} {one}\n") for one in ("ours", "newer"))
    with later_version(ours):
        (line,) = shop.update().line("README.md")["conflicts"]
        assert shop.read("README.md").splitlines()[line - 1 : line + 1] == ["<<<<<<< yours", f"{title} mine"]
        assert shop.update().line("README.md")["conflicts"] == [line]
    with later_version(newer):
        shop.update()
        assert (shop.action("README.md"), shop.line("README.md")["conflicts"]) == ("propose", [line])
        assert shop.line("README.md")["reason"] == f"a conflict is left at line {line}"
    assert states(shop)["README.md"]["conflicts"] == [line]
    assert shop.run("resolve", "README.md", how) == 0
    assert shop.read("README.md") == before.replace(f"{title} mine", f"{title} {word}")


def test_a_conflict_in_a_file_of_another_template_is_told_beside_ours(shop: Shop) -> None:
    shop.append(DEPLOY, "<<<<<<< yours\n")
    shop.run(*ECS)
    shop.update()
    assert (shop.action(DEPLOY), len(shop.line(DEPLOY)["conflicts"])) == ("propose", 1)
    assert "a conflict is left at line" in shop.line(DEPLOY)["reason"]
    assert "it was made by" in shop.line(DEPLOY)["reason"]


def test_what_looks_like_a_conflict_in_a_file_of_the_users_is_none_beside_ours(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.path("scripts").mkdir()
    shop.path(DEPLOY).write_text("<<<<<<< HEAD\na\n=======\nb\n>>>>>>> other\n")
    shop.path(places.ANSWERS_FILE).write_text(ANSWERS)
    projects.run("new", str(tmp_path), "--no-check")
    assert (shop.update().action(DEPLOY), shop.line(DEPLOY)["conflicts"]) == ("propose", [])
    assert states(shop)[DEPLOY]["conflicts"] == []


def test_what_looks_like_a_conflict_in_the_users_own_text_is_none(shop: Shop) -> None:
    example = "\n```\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> other\n```\n"
    for path in ("README.md", "SECURITY.md"):
        shop.append(path, example)
    assert states(shop) == {}
    assert shop.update("--check").code == 0


def test_any_line_of_ours_that_is_left_is_a_conflict(shop: Shop) -> None:
    for label in ("<<<<<<< yours", "||||||| generated before", ">>>>>>> generated now"):
        before = shop.read(HPA)
        shop.append(HPA, f"{label}\n")
        assert states(shop)[HPA]["state"] == "conflict", label
        shop.path(HPA).write_text(before)


def test_a_deletion_of_what_is_no_longer_generated_is_on_record(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    """What is brought back would go with the next update."""
    pdb = HPA.replace("hpa", "pdb")
    shop.path(HPA).unlink()
    shop.path(pdb).unlink()
    assert shop.run("resolve", pdb, "--mine") == 0
    shop.run(*ECS)
    assert states(shop) == {}, "nothing is advised"
    before = projects.disk(shop.root)
    capsys.readouterr()
    for path in (HPA, pdb):
        for how, words in (("--new", "no longer generated, so there is nothing to bring back"), ("--mine", "yours")):
            assert shop.run("resolve", path, how) == 3
            assert words in capsys.readouterr().err
    assert projects.disk(shop.root) == before
    shop.update("--set", "orchestration.platform=kubernetes")
    assert (shop.action(HPA), shop.action(pdb)) == ("absent", "absent")
    assert shop.run("resolve", pdb, "--new") == 0
    assert shop.update().code == 0
    assert shop.path(pdb).exists()


def test_a_file_of_the_user_at_a_path_that_he_once_deleted_is_his(shop: Shop) -> None:
    """It was called orphaned, with edits in a patch that was not there, and --new deleted it without a copy."""
    shop.path(HPA).unlink()
    shop.run(*ECS)
    assert shop.record().fingerprint, "nothing waits, and the next run need not render"
    shop.path(HPA).parent.mkdir(parents=True)
    shop.path(HPA).write_text("user-token-1-1\n")
    for arguments in ((), ("--set", "scaling.max=7")):
        assert shop.update(*arguments).code == 0
        assert states(shop) == {}
        assert shop.run("resolve", HPA, "--new") == 3
    assert shop.read(HPA) == "user-token-1-1\n"
    assert shop.update("--set", "orchestration.platform=kubernetes").code == 0
    assert shop.read(HPA) == "user-token-1-1\n", "nor is anything merged into it once the path is generated again"
    assert shop.run("resolve", HPA, "--new") == 0
    assert states(shop)[HPA]["state"] == "proposed"


def test_an_orphan_that_was_deleted_by_hand_is_settled(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.append(HPA, "# user-token-1-1\n")
    shop.run(*ECS)
    shop.path(HPA).unlink()
    assert HPA not in states(shop), "and nothing is advised that would be refused"
    assert shop.run("resolve", HPA, "--new") == 3
    other = HPA.replace("hpa", "other")
    shop.path(other).write_text("user-token-2-2\n")
    shop.update()
    assert shop.action(HPA) == "absent"
    assert projects.tokens(shop.root) == {b"user-token-1-1", b"user-token-2-2"}, "the list of its edits stays"
    assert shop.update().code == 0
    assert shop.unchanged()


def test_what_the_checks_found_is_told_by_every_run(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    without_other_programs(monkeypatch)
    shop.edit(".github/workflows/deploy-staging.yml", 'environment: "staging"', 'environment: "quality"')
    for _ in range(2):
        code, report = projects.run("update", str(shop.root), "--set", "deployment.max_p95_ms=450")
        assert code == 1
        assert {line["rule"] for line in report["findings"]} == {"workflow-environment"}


def test_both_ways_of_looking_give_the_same_report(shop: Shop) -> None:
    shop.append(HPA, "# mine\n")
    shop.path("SECURITY.md").unlink()

    def told(*arguments: str) -> dict[str, tuple[Any, ...]]:
        lines = shop.update(*arguments).report["files"]
        return {line["path"]: (line["action"], line["hunks"]) for line in lines}

    short, whole = told(), told("--set", "deployment.max_p95_ms=500")
    assert short == whole
    assert short[HPA][1]["yours"] == 1
    assert short["SECURITY.md"][0] == "absent"


def test_a_change_that_replaces_what_runs_is_told(shop: Shop) -> None:
    shop.update("--set", "environments=dev,qa,staging,prod", "--set", "data.database=mysql")
    told = "\n".join(shop.report["upheavals"])
    assert "environment" not in told, "no network changes when the list does"
    assert "data.database is mysql instead of postgres" in told
    assert shop.update("--set", "deployment.max_p95_ms=450").report["upheavals"] == []


def test_below_the_folder_the_folder_is_named(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("status", "update"):
        assert shop.run(command, "docs") == 3
        assert f"Run this in {shop.root}" in capsys.readouterr().err
