"""What of the user's keeps our files from working: what waits for him is said until it is mended, what lasts is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from generator import places
from tests.update import projects
from tests.update.shop import Shop
from tests.update.test_git import commit, git

CHANGED = ("--set", "deployment.max_p95_ms=450")


def ignored(shop: Shop, *arguments: str) -> set[str]:
    """An update, and the paths that git leaves out by what it says."""
    told = shop.update(*arguments).report["collisions"]
    assert {line["kind"] for line in told} <= {"ignored"}
    return {line["path"] for line in told}


def scripts(shop: Shop) -> set[str]:
    return {path for path in shop.record().entries if path.startswith("scripts/")}


def test_files_that_git_ignores_are_named_until_that_is_mended(shop: Shop) -> None:
    shop.path(".gitignore").write_text(shop.read(".gitignore") + "scripts/\n")
    assert ignored(shop, *CHANGED) == scripts(shop), "also those that this run does not write"
    for arguments in ((), ("--check",)):
        assert ignored(shop, *arguments) == scripts(shop)
        assert (shop.code, shop.report["disk"]) == (1, [])
    shop.edit(".gitignore", "scripts/\n", "")
    assert ignored(shop) == set()
    assert shop.code == 0
    assert shop.unchanged()


def test_files_that_git_ignored_from_the_first_are_named_until_that_is_mended(pristine: Path, tmp_path: Path) -> None:
    root = tmp_path / "shop"
    root.mkdir()
    (root / ".gitignore").write_text("scripts/\n.agency/\n")
    answers = (pristine / places.ANSWERS_FILE).read_text()
    (root / places.ANSWERS_FILE).write_text(answers)
    code, report = projects.run("new", str(root), "--no-check")
    told = {line["path"] for line in report["collisions"]}
    shop = Shop(root)
    state = {path for path in shop.record().entries if path.startswith(".agency/")}
    assert (code, told) == (1, scripts(shop) | state | {places.LOCK})
    for arguments in ((), ("--check",)):
        assert ignored(shop, *arguments) == told
        assert shop.code == 1


def test_what_is_the_users_or_in_git_already_is_not_said_to_be_left_out(shop: Shop) -> None:
    git(shop, "init", "--quiet")
    commit(shop)
    shop.path(".gitignore").write_text(shop.read(".gitignore") + "scripts/\n")
    declined, deleted = "scripts/platform.sh", "scripts/health-check.sh"
    git(shop, "rm", "--quiet", "--cached", "-r", "scripts")
    for path in (declined, deleted):
        shop.path(path).unlink()
    assert shop.run("resolve", declined, "--mine") == 0
    assert ignored(shop) == scripts(shop) - {declined, deleted}
    git(shop, "add", "--force", "scripts/lib")
    assert ignored(shop) == {path for path in scripts(shop) - {declined, deleted} if "/lib/" not in path}
    git(shop, "add", "--force", "scripts")
    assert ignored(shop) == set()
    assert shop.code == 0


def targets(report: dict[str, Any]) -> list[str]:
    assert {line["kind"] for line in report["collisions"]} <= {"make-target"}
    return [line["message"].partition(" (")[0] for line in report["collisions"]]


def test_a_make_target_of_the_users_waits_for_nothing(shop: Shop) -> None:
    shop.path("Makefile").write_text("verify: ; @echo mine\n" + shop.read("Makefile"))
    assert targets(shop.update(*CHANGED).report) == ["make verify stays yours"], "told where files change"
    assert shop.report["next"][-1].endswith("make infra-verify")
    assert shop.code == 0
    assert shop.record().fingerprint, "the next run need not render"
    for arguments in ((), ("--check",), CHANGED):
        assert targets(shop.update(*arguments).report) == []
        assert (shop.code, shop.report["disk"]) == (0, [])


def test_a_make_target_that_was_there_first_is_told_once(pristine: Path, tmp_path: Path) -> None:
    root = tmp_path / "shop"
    root.mkdir()
    (root / "Makefile").write_text("verify: ; @echo mine\n")
    (root / places.ANSWERS_FILE).write_text((pristine / places.ANSWERS_FILE).read_text())
    code, report = projects.run("new", str(root), "--no-check")
    assert (code, targets(report)) == (1, ["make verify stays yours"])
    shop = Shop(root)
    assert shop.record().fingerprint
    assert (shop.update().code, shop.run("status")) == (0, 0)
