"""kill -9 at any moment: the old state, the new one, or one that the next run finishes by itself."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from generator import places
from tests import test_apply
from tests.update import projects
from tests.update.shop import Shop

HPA = "infrastructure/kubernetes/base/web/hpa.yaml"
WORKER = "infrastructure/docker/worker.Dockerfile"


@pytest.fixture
def before(shop: Shop) -> Shop:
    """Edits and other answers, so that an update creates, replaces, merges, moves, deletes, proposes and orphans."""
    shop.append(HPA, "# user-token-1-1\n")
    shop.append(WORKER, "# user-token-2-2\n")
    shop.path("infrastructure/docker/web.Dockerfile").write_bytes(b"\0user-token-3-3")
    shop.path("infrastructure/kubernetes/base/web/pdb.yaml").unlink()
    shop.answer("  - name: web ", "  - name: site ")
    shop.answer("language: node ", "language: python ")
    shop.answer('version: "24"', 'version: "3.14"')
    shop.answer("package_manager: npm", "package_manager: uv")
    return shop


@pytest.fixture
def after(before: Shop, tmp_path: Path) -> dict[str, tuple[str, bytes, int]]:
    """The folder after an update that nobody killed."""
    whole = Shop(projects.copy(before.root, tmp_path / "after")).update()
    assert {"create", "replace", "delete", "absent", "orphan"} <= set(whole.report["totals"]), whole.report["totals"]
    return projects.disk(whole.root)


class Patch:
    """Like pytest's, for a process that does not live on."""

    def setattr(self, owner: object, name: str, value: object) -> None:
        setattr(owner, name, value)


def killed_before(step: int, root: Path) -> bool:
    """Runs an update in a child that is killed before this step of its writer; whether it was."""
    child = os.fork()
    if not child:
        left = [step]

        def action() -> None:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        code = 1
        try:
            test_apply.steps(Patch(), action)  # type: ignore[arg-type]
            projects.update(root)
            code = 0
        finally:
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in {0, -signal.SIGKILL}
    return code != 0


def follow(before: Shop, after: dict[str, tuple[str, bytes, int]], steps: range, folder: Path) -> set[bool]:
    """Kills an update before each of the steps, runs another one, and compares; which ends were seen."""
    start = projects.disk(before.root)
    seen = set()
    for step in steps:
        root = projects.copy(before.root, folder / f"killed-{step}")
        if not killed_before(step, root):
            break
        cut = {p: c for p, c in projects.disk(root).items() if not p.startswith(places.TRANSACTION)}
        assert all(c in (start.get(p), after.get(p)) for p, c in cut.items()), "no file is torn"
        assert {b"user-token-%d-%d" % (n, n) for n in (1, 2, 3)} <= projects.tokens(root)
        _, report = projects.update(root)
        assert projects.disk(root) == after, f"killed before step {step}"
        seen.add(bool(report["recovered"]))
        shutil.rmtree(root)
    else:
        return seen
    return seen | {True, False} if step > 30 else seen


def test_killed_at_some_steps_the_next_run_gives_the_same_tree(
    before: Shop, after: dict[str, tuple[str, bytes, int]], tmp_path: Path
) -> None:
    assert follow(before, after, range(5, 2000, 97), tmp_path) == {True, False}


@pytest.mark.slow
def test_killed_at_every_step_the_next_run_gives_the_same_tree(
    before: Shop, after: dict[str, tuple[str, bytes, int]], tmp_path: Path
) -> None:
    assert follow(before, after, range(1, 5000), tmp_path) == {True, False}


def killed_at(names: int, root: Path) -> bool | None:
    """Kills the real program once its transaction has so many names; whether after its commit point (None = too late).

    What it has written says when, seen from outside: a slow machine is killed later, but at the same point of its work.
    """
    stage = root / places.TRANSACTION
    command = [sys.executable, "-m", "generator", "update", "--no-check", str(root)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None:
            with contextlib.suppress(FileNotFoundError):
                if sum(1 for _ in stage.iterdir()) >= names:
                    process.kill()
                    break
    return (stage / "journal").is_file() if stage.is_dir() else None


@pytest.mark.slow
def test_a_hundred_kills_of_the_real_program(
    before: Shop, after: dict[str, tuple[str, bytes, int]], tmp_path: Path
) -> None:
    """A hundred that hit it in the middle, whatever else there were: some before its commit point, most after it."""
    whole = Shop(projects.copy(before.root, tmp_path / "whole")).update()
    names = {"created": 2, "changed": 3, "removed": 1}  # the file, that it was moved, what lay there
    most = sum(names[line["change"]] for line in whole.report["disk"])
    chance = random.Random(11)
    hits: Counter[bool | None] = Counter()
    while min(hits[False], hits[True]) < 10 or hits[False] + hits[True] < 100:
        root = projects.copy(before.root, tmp_path / f"real-{hits.total()}")
        point = chance.randint(1, most)
        hits[killed_at(point, root)] += 1
        assert {b"user-token-%d-%d" % (n, n) for n in (1, 2, 3)} <= projects.tokens(root)
        projects.update(root)
        assert projects.disk(root) == after, f"killed with {point} names of {most}"
        shutil.rmtree(root)


def test_what_git_put_back_after_a_kill_is_done_again(shop: Shop, tmp_path: Path) -> None:
    """`git checkout .` is what most people do on seeing a half update."""
    shop.answer("max_p95_ms: 500", "max_p95_ms: 400")
    shop.answer("platform: kubernetes", "platform: ecs")
    start = projects.disk(shop.root)
    whole = projects.disk(Shop(projects.copy(shop.root, tmp_path / "whole")).update().root)
    for step in range(600, 900, 150):
        root = projects.copy(shop.root, tmp_path / f"killed-{step}")
        assert killed_before(step, root)
        for path, (kind, content, _) in start.items():
            if kind == "file" and path != places.LOCK and not path.startswith(places.TRANSACTION):
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_bytes(content)
        projects.update(root)
        after = projects.disk(root)
        assert {p: c[1] for p, c in after.items()} == {p: c[1] for p, c in whole.items()}, step
