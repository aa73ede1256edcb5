"""With real git: fresh clones, squash merges, and two branches that both updated."""

from __future__ import annotations

import subprocess

import pytest

from generator import places
from tests.update import projects
from tests.update.shop import ANSWERS, Shop

HPA = "infrastructure/kubernetes/base/web/hpa.yaml"
ONE = ("max_p95_ms: 500", "max_p95_ms: 400")
TWO = ("ttl_days: 7", "ttl_days: 3")


def git(shop: Shop, *arguments: str, code: int = 0) -> str:
    """A git command in the folder, without settings of the person who runs the tests."""
    line = ["git", "-c", "user.name=Somebody", "-c", "user.email=somebody@example.org", *arguments]
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(shop.root.parent)}
    done = subprocess.run(line, cwd=shop.root, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def commit(shop: Shop, message: str = "work") -> None:
    git(shop, "add", "--all")
    git(shop, "commit", "--quiet", "-m", message)


@pytest.fixture
def repository(shop: Shop) -> Shop:
    git(shop, "init", "--quiet", "--initial-branch", "main")
    commit(shop, "generated")
    return shop


def cloned(shop: Shop, name: str) -> Shop:
    git(shop, "clone", "--quiet", str(shop.root), f"../{name}")
    return Shop(shop.root.parent / name)


def plain(shop: Shop) -> dict[str, tuple[str, bytes, int]]:
    """The files, but for git's own."""
    return {p: c for p, c in projects.disk(shop.root).items() if not p.startswith(".git/")}


def test_a_fresh_clone_knows_what_was_generated(repository: Shop) -> None:
    repository.append(HPA, "# user-token-1-1\n")
    commit(repository)
    clone = cloned(repository, "clone")
    clone.answer(*ONE)
    assert clone.update().code == 0
    assert clone.line(HPA)["hunks"]["yours"] == 1
    assert "user-token-1-1" in clone.read(HPA)
    repository.answer(*ONE)
    repository.update()
    assert plain(clone) == plain(repository)


def test_a_squash_merge_keeps_the_baseline(repository: Shop) -> None:
    git(repository, "checkout", "--quiet", "-b", "work")
    repository.answer(*ONE)
    repository.update()
    commit(repository, "updated")
    repository.append(HPA, "# user-token-1-1\n")
    commit(repository, "edited")
    git(repository, "checkout", "--quiet", "main")
    git(repository, "merge", "--squash", "--quiet", "work")
    commit(repository, "squashed")
    git(repository, "branch", "--quiet", "-D", "work")
    clone = cloned(repository, "clone")
    clone.answer(*TWO)
    assert clone.update().code == 0
    assert clone.read(HPA).endswith("# user-token-1-1\n")
    assert clone.unchanged()


def branches(repository: Shop) -> None:
    """Two branches from one commit: each with another answer, updated, and an edit of its own; merged, in conflict."""
    git(repository, "checkout", "--quiet", "-b", "two")
    repository.answer(*TWO)
    repository.append("infrastructure/docker/api.Dockerfile", "# user-token-2-2\n")
    repository.update()
    commit(repository, "two")
    git(repository, "checkout", "--quiet", "main")
    repository.answer(*ONE)
    repository.append(HPA, "# user-token-1-1\n")
    repository.update()
    commit(repository, "one")
    git(repository, "merge", "two", code=1)
    conflicts = git(repository, "diff", "--name-only", "--diff-filter=U").split()
    assert places.LOCK in conflicts, "a conflict in the record is loud"
    for path in conflicts:
        if path != places.LOCK:
            git(repository, "checkout", "--ours", "--", path)


def settled(repository: Shop) -> None:
    """What must hold however the record's conflict was settled: a fresh generation with both answers, plus the edits."""
    assert ONE[1] in repository.read(places.ANSWERS_FILE)
    assert TWO[1] in repository.read(places.ANSWERS_FILE)
    repository.update()
    fresh = Shop.generated(repository.root.parent / "fresh", ANSWERS.replace(*ONE).replace(*TWO))
    fresh.append(HPA, "# user-token-1-1\n")
    fresh.append("infrastructure/docker/api.Dockerfile", "# user-token-2-2\n")
    theirs, ours = plain(fresh), plain(repository)
    assert {path for path in ours.keys() | theirs.keys() if ours.get(path) != theirs.get(path)} <= {places.LOCK}
    assert repository.record().clean
    assert repository.record().entries == fresh.record().entries
    assert repository.unchanged()


def test_two_branches_that_both_updated_settled_by_update(repository: Shop) -> None:
    branches(repository)
    assert "<<<<<<<" in repository.read(places.LOCK)
    settled(repository)


@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_two_branches_that_both_updated_settled_by_taking_one_side(repository: Shop, side: str) -> None:
    branches(repository)
    git(repository, "checkout", f"--{side}", "--", places.LOCK)
    settled(repository)


def test_two_branches_that_both_updated_settled_by_keeping_both_sides(repository: Shop) -> None:
    branches(repository)
    lines = repository.read(places.LOCK).splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(("<<<<<<<", "=======", ">>>>>>>", "|||||||"))]
    repository.path(places.LOCK).write_text("".join(kept))
    settled(repository)


def test_one_branch_took_away_what_the_other_edited(repository: Shop) -> None:
    git(repository, "checkout", "--quiet", "-b", "two")
    repository.append(HPA, "# user-token-1-1\n")
    commit(repository, "edited")
    git(repository, "checkout", "--quiet", "main")
    repository.answer("platform: kubernetes", "platform: ecs")
    repository.update()
    commit(repository, "another platform")
    git(repository, "merge", "two", code=1)  # deleted by one, edited by the other
    assert repository.read(HPA).endswith("# user-token-1-1\n")
    repository.update()
    assert repository.read(HPA).endswith("# user-token-1-1\n"), "it is nobody's but the user's now"
    assert repository.record().entries.keys().isdisjoint({HPA})


def test_the_record_shows_no_line_of_the_files_to_grep(repository: Shop) -> None:
    assert "averageUtilization" not in repository.read(places.LOCK)
    assert git(repository, "check-attr", "linguist-generated", "--", places.LOCK).endswith(": set\n")
