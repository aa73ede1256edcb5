"""`--on-conflict mine` and `new`: each place that both sides changed is told, and the side that lost can be found."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from generator import places
from tests.update import projects
from tests.update.shop import Shop
from tests.update.test_scenarios import HPA, edited, later_version

LATER = edited(HPA, "averageUtilization: 70", "averageUtilization: 71")
PATCH = f"{places.REPLACED}/{HPA}.patch"


@pytest.fixture
def shop(shop: Shop) -> Shop:
    """With a line changed that a later version changes, too, and another edit."""
    shop.edit(HPA, "averageUtilization: 70", "averageUtilization: 55 # user-token-1-1")
    shop.append(HPA, "# user-token-2-2\n")
    return shop


def test_each_place_is_told_with_the_side_that_was_kept(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    line = shop.read(HPA).splitlines().index("          averageUtilization: 55 # user-token-1-1") + 1
    for choice, kept, told, action in (("mine", "yours", "kept yours", "keep"), ("new", "ours", "took ours", "merge")):
        with later_version(LATER):
            shop.update("--on-conflict", choice, "--dry-run")
            assert shop.line(HPA)["settled"] == [{"line": line, "kept": kept}]
            assert shop.action(HPA) == action
            hunks = {"yours": 1, "ours": 0, "same": 0, "conflicts": 0, "settled": 1, "deferred": 0}
            assert shop.line(HPA)["hunks"] == hunks
            assert shop.report["hunks"]["settled"] == 1
            capsys.readouterr()
            shop.run("update", "--no-check", "--check", "--on-conflict", choice)
        shown = capsys.readouterr().out
        assert f"  {HPA}:{line}: {told}\n" in shown
        assert "1 settled for one side" in shown


def test_what_was_refused_of_ours_is_shown_by_the_command_that_the_report_names(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    with later_version(LATER):
        shop.run("update", "--no-check", "--on-conflict", "mine")
    shown = capsys.readouterr().out
    assert " 0 " not in shown
    assert f"    ours: agency-scaffold diff {HPA}\n" in shown
    assert shop.run("diff", HPA) == 0
    diff = capsys.readouterr().out
    assert "\n-          averageUtilization: 71\n+          averageUtilization: 55 # user-token-1-1\n" in diff
    assert not shop.path(places.REPLACED).exists()


def test_what_was_replaced_of_yours_lies_in_a_patch_that_git_applies(shop: Shop) -> None:
    mine = shop.read(HPA)
    with later_version(LATER):
        shop.update("--on-conflict", "new")
        assert shop.line(HPA)["replaced"] == PATCH
        assert "user-token-1-1" not in shop.read(HPA)
        assert shop.unchanged(), "it stays there"
        subprocess.run(["git", "apply", PATCH], cwd=shop.root, check=True)
    assert shop.read(HPA) == mine


def test_each_replacement_has_a_way_back_of_its_own(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    first = shop.read(HPA)
    with later_version(LATER):
        shop.update("--on-conflict", "new")
    shop.edit(HPA, "stabilizationWindowSeconds: 300", "stabilizationWindowSeconds: 301 # user-token-3-3")
    second = shop.read(HPA)
    more = edited(HPA, "stabilizationWindowSeconds: 300", "stabilizationWindowSeconds: 299")
    with later_version(lambda files, origins: (LATER(files, origins), more(files, origins))[1]):
        shop.update("--on-conflict", "new")
        patch = shop.line(HPA)["replaced"]
        assert patch != PATCH
        assert shop.unchanged()
    assert projects.tokens(shop.root) == {b"user-token-1-1", b"user-token-2-2", b"user-token-3-3"}
    subprocess.run(["git", "apply", patch], cwd=shop.root, check=True)
    assert shop.read(HPA) == second
    subprocess.run(["git", "apply", PATCH], cwd=shop.root, check=True)
    assert {*first.splitlines()} <= {*shop.read(HPA).splitlines(), "      stabilizationWindowSeconds: 300"}
    capsys.readouterr()
    for name in (patch, PATCH):
        assert shop.run("diff", name) == 0, "who names it means the file"
        assert "user-token-1-1" in capsys.readouterr().out


def test_lines_that_are_replaced_twice_are_both_listed(shop: Shop) -> None:
    with later_version(LATER):
        shop.update("--on-conflict", "new")
    shop.edit(HPA, "averageUtilization: 71", "averageUtilization: 56 # user-token-3-3")
    with later_version(edited(HPA, "averageUtilization: 70", "averageUtilization: 72")):
        shop.update("--on-conflict", "new")
    assert "averageUtilization: 72\n" in shop.read(HPA)
    assert projects.tokens(shop.root) == {b"user-token-1-1", b"user-token-2-2", b"user-token-3-3"}


def test_where_they_cannot_be_listed_nothing_is_replaced(shop: Shop, tmp_path: Path) -> None:
    before = shop.read(HPA)
    shop.path(places.REPLACED).symlink_to(tmp_path)
    with later_version(LATER):
        shop.update("--on-conflict", "new")
        assert (shop.code, shop.action(HPA), shop.read(HPA)) == (1, "propose", before)
        assert "symbolic link" in shop.line(HPA)["reason"]
        assert (shop.line(HPA)["hunks"]["yours"], shop.line(HPA)["hunks"]["deferred"]) == (2, 1)
        assert shop.line(HPA)["settled"] == []


@pytest.mark.parametrize("choice", ["mine", "new"])
def test_in_a_region(shop: Shop, choice: str) -> None:
    shop.path(".gitignore").write_bytes(b"first\n\n" + shop.path(".gitignore").read_bytes() + b"last\n")
    shop.edit(".gitignore", ".terraform/", ".terraform/ # user-token-4-4")
    mine = shop.read(".gitignore")
    with later_version(edited(".gitignore", ".terraform/", ".terraformed/")):
        shop.update("--on-conflict", choice)
    text = shop.read(".gitignore")
    (settled,) = shop.line(".gitignore")["settled"]
    line = ".terraform/ # user-token-4-4" if choice == "mine" else ".terraformed/"
    assert text.splitlines()[settled["line"] - 1] == line
    assert (text == mine) is (choice == "mine")
    if choice == "new":
        subprocess.run(["git", "apply", shop.line(".gitignore")["replaced"]], cwd=shop.root, check=True)
        assert shop.read(".gitignore") == mine


def test_a_file_that_moves_takes_its_list_along(shop: Shop) -> None:
    new = HPA.replace("/web/", "/site/")
    shop.answer("  - name: web ", "  - name: site ")
    with later_version(edited(new, "averageUtilization: 70", "averageUtilization: 71")):
        shop.update("--on-conflict", "new")
    assert shop.line(new)["moved_from"] == HPA
    assert "user-token-1-1" in shop.read(shop.line(new)["replaced"])


def test_one_that_is_saved_while_ours_is_written_was_not_settled(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    from generator import apply

    real = apply.apply

    def saved_meanwhile(root: Path, *arguments: object) -> object:
        shop.append(HPA, "# user-token-5-5\n")
        return real(root, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("generator.apply.apply", saved_meanwhile)
    with later_version(LATER):
        shop.update("--on-conflict", "new")
    line = shop.line(HPA)
    assert (line["action"], line["settled"], line["replaced"]) == ("propose", [], "")
    assert (line["hunks"]["settled"], line["hunks"]["deferred"]) == (0, 1)
    assert "user-token-1-1" in shop.read(HPA)


@pytest.mark.parametrize("choice", ["mine", "new"])
def test_where_one_side_alone_would_not_parse_ours_waits_whatever_the_next_run_would_do(
    shop: Shop, choice: str
) -> None:
    shop.edit(HPA, "kind: HorizontalPodAutoscaler", "kind: [HorizontalPodAutoscaler")
    mine = shop.read(HPA)
    more = edited(HPA, "stabilizationWindowSeconds: 300", "stabilizationWindowSeconds: 299")
    with later_version(lambda files, origins: (LATER(files, origins), more(files, origins))[1]):
        shop.update("--on-conflict", choice)
        assert shop.action(HPA) == "propose"
        assert shop.unchanged(), "no markers come into it"
        assert shop.read(HPA) == mine
