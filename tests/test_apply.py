"""One transaction: all or nothing, finished after a kill, never over a file that changed meanwhile."""

import errno
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from generator import apply, places, record
from generator.change import Write
from generator.errors import ScaffoldError
from generator.tree import File, Tree

BEFORE = {"README.md": b"mine\n", "src/main.py": b"pass\n", "old/gone.txt": b"old\n"}
WRITES = [
    Write("README.md", File(b"mine\nours\n"), b"mine\n"),
    Write("a/b/c.yml", File(b"a: 1\n"), None),
    Write("run.sh", File(b"#!/bin/sh\n", executable=True), None),
    Write("empty.txt", File(b""), None),
    Write("old/gone.txt", None, b"old\n"),
    Write(places.LOCK, File(record.dump("f", []).encode()), None),
]
AFTER = {k: v for k, v in BEFORE.items() if k != "old/gone.txt"} | {w.path: w.file.content for w in WRITES if w.file}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path, content in BEFORE.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    return tmp_path


def contents(root: Path) -> dict[str, bytes]:
    return {path: file.content for path, file in Tree.read(root).items()}


def test_writes_everything(root: Path) -> None:
    outcome = apply.apply(root, WRITES)
    assert contents(root) == AFTER
    assert (root / "run.sh").stat().st_mode & 0o777 == 0o755
    assert (root / "empty.txt").stat().st_mode & 0o777 == 0o644
    assert outcome.late == ()


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o027])
def test_modes_do_not_depend_on_the_umask(root: Path, umask: int) -> None:
    old = os.umask(umask)
    try:
        apply.apply(root, WRITES)
    finally:
        os.umask(old)
    assert [(root / p).stat().st_mode & 0o777 for p in ("a", "a/b/c.yml", "run.sh")] == [0o755, 0o644, 0o755]


class Cut(BaseException):
    """Stands for a kill: nothing of ours catches it after the commit point."""


def steps(monkeypatch: pytest.MonkeyPatch, action: Callable[[], None]) -> None:
    """Calls `action` before every change to the disk that the writer makes."""
    for owner, name in (
        (os, "link"), (os, "open"), (os, "fdopen"), (os, "replace"), (os, "rename"), (os, "unlink"), (os, "mkdir"),
        (os, "rmdir"), (Path, "rename"), (Path, "unlink"), (Path, "mkdir"), (Path, "replace"), (apply.shutil, "rmtree"),
    ):  # fmt: skip
        real = getattr(owner, name)

        def wrapper(*args: object, _real: Callable[..., object] = real, **kwargs: object) -> object:
            action()
            return _real(*args, **kwargs)

        monkeypatch.setattr(owner, name, wrapper)


_WORKER = """
import os, signal, sys
from pathlib import Path
from generator import apply
from tests import test_apply
class Patch:
    def setattr(self, owner, name, value): setattr(owner, name, value)
def run(folder, left):
    def action():
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    test_apply.steps(Patch(), action)
    real = apply.moves._link
    def link(staged, target):
        if target.name == sys.argv[1]:
            raise OSError(18, "Invalid cross-device link", str(target))
        return real(staged, target)
    apply.moves._link = link
    try:
        apply.apply(folder, test_apply.WRITES)
    except apply.ScaffoldError:
        assert sys.argv[1]
for line in sys.stdin:
    folder, number = line.split()
    child = os.fork()
    if not child:
        run(Path(folder), [int(number)])
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
"""Writes into the folder that a line names, and is killed before the step that it names; prints how that ended.

Each time in a process of its own, but all from one that has read the program already.
"""


@contextmanager
def killed(failing: str) -> Iterator[Callable[[Path, int], int]]:
    """Runs the writer in a folder, kills it before a step, and gives the exit code."""
    line = [sys.executable, "-c", _WORKER, failing]
    with subprocess.Popen(
        line, cwd=Path(__file__).parent.parent, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as worker:
        assert worker.stdin
        assert worker.stdout

        def run(folder: Path, number: int) -> int:
            print(folder, number, file=worker.stdin, flush=True)
            return int(worker.stdout.readline())

        yield run
        worker.stdin.close()


@pytest.mark.parametrize("failing", ["", "empty.txt"])
def test_killed_at_every_step_it_is_old_or_new_after_the_next_run(
    tmp_path_factory: pytest.TempPathFactory, failing: str
) -> None:
    """Also while everything is taken back, since one file cannot be moved to its place."""
    states = set()
    with killed(failing) as run:
        for number in range(1, 200):
            folder = tmp_path_factory.mktemp("cut")
            for path, content in BEFORE.items():
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_bytes(content)
            if (code := run(folder, number)) == 0:
                break
            assert code == -signal.SIGKILL
            outcome = apply.recover(folder)
            now = contents(folder)
            if now == BEFORE:
                left = {p.relative_to(folder).as_posix() for p in folder.rglob("*")} - set(BEFORE)
                assert left <= {"src", "old", ".agency"}, "no folder of ours is left behind"
            else:
                assert not (folder / "old").exists(), "nor one that a deletion left empty"
            assert now == AFTER or (outcome is None and now == BEFORE), f"cut before step {number}"
            states.add((outcome is not None, now == AFTER))
    clearing = (False, not failing)
    assert states == {(False, False), (True, True), clearing}, "before, after, and while clearing up"
    assert number > 15


def test_a_file_that_changed_between_look_and_move_survives(root: Path) -> None:
    (root / "README.md").write_bytes(b"edited meanwhile\n")
    (root / "a/b").mkdir(parents=True)
    (root / "a/b/c.yml").write_bytes(b"theirs\n")
    outcome = apply.apply(root, WRITES)
    assert set(outcome.late) == {"README.md", "a/b/c.yml"}
    assert (root / "README.md").read_bytes() == b"edited meanwhile\n"
    assert (root / "a/b/c.yml").read_bytes() == b"theirs\n"
    assert (root / places.PROPOSED / "README.md").read_bytes() == b"mine\nours\n"
    assert (root / places.PROPOSED / "a/b/c.yml").read_bytes() == b"a: 1\n"


@pytest.mark.parametrize("path", ["README.md", "old/gone.txt"])
def test_a_file_that_changes_after_the_last_look_survives(
    root: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """What was put aside is looked at again, since that is what would be lost."""
    real = apply.moves.look

    def look(folder: Path, name: str) -> Any:
        seen = real(folder, name)
        if name == path:
            (folder / name).write_bytes(b"edited meanwhile\n")
        return seen

    monkeypatch.setattr(apply.moves, "look", look)
    assert apply.apply(root, WRITES).late == (path,)
    assert (root / path).read_bytes() == b"edited meanwhile\n"


def test_a_proposal_that_waits_is_not_written_over(root: Path) -> None:
    waits = root / places.PROPOSED / "README.md"
    waits.parent.mkdir(parents=True)
    waits.write_bytes(b"prepared\n")
    (root / "README.md").write_bytes(b"edited meanwhile\n")
    lock = record.dump("f", [record.Entry("README.md", "file", "x:r", b"mine\nours\n")])
    assert apply.apply(root, [WRITES[0], Write(places.LOCK, File(lock.encode()), None)]).late == ("README.md",)
    assert contents(root / places.PROPOSED) == {"README.md": b"prepared\n"}
    proposed = record.load((root / places.LOCK).read_text()).proposals
    assert proposed["README.md"].content == b"mine\nours\n", "ours is on record, and offered by the next run"


@pytest.mark.parametrize("waits", [False, True])
def test_with_the_rest_a_proposal_is_taken_back_but_not_one_that_waited(
    root: Path, monkeypatch: pytest.MonkeyPatch, waits: bool
) -> None:
    (root / "README.md").write_bytes(b"edited meanwhile\n")
    if waits:
        (root / places.PROPOSED).mkdir(parents=True)
        (root / places.PROPOSED / "README.md").write_bytes(b"mine\nours\n")
    before = contents(root)
    real = apply.moves._link

    def link(staged: Path, target: Path) -> bool:
        if target.name == "run.sh":
            raise OSError(errno.EIO, "Input/output error", str(target))
        return real(staged, target)

    monkeypatch.setattr(apply.moves, "_link", link)
    with pytest.raises(ScaffoldError, match="nothing was written"):
        apply.apply(root, WRITES)
    assert contents(root) == before


def test_after_a_cut_a_proposal_and_an_edited_file_are_told_apart(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "README.md").write_bytes(b"edited meanwhile\n")
    real = apply.moves.move

    def cut(*arguments: Any) -> bool:
        if arguments[-1]["path"] == "run.sh":
            raise Cut
        return real(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(apply.moves, "move", cut)
        with pytest.raises(Cut):
            apply.apply(root, WRITES, ["help"])
    (root / "a/b/c.yml").write_bytes(b"a: 2\n")
    outcome = apply.recover(root)
    assert outcome is not None
    assert (outcome.late, outcome.targets) == (("README.md",), ("help",))
    assert (root / "a/b/c.yml").read_bytes() == b"a: 2\n"
    assert [p.name for p in (root / places.PROPOSED).rglob("*")] == ["README.md"]


def cut(root: Path) -> None:
    """Leaves what a run leaves that is killed after its commit point."""

    def kill(*_: object) -> None:
        raise Cut

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(apply.moves, "all_of", kill)
        with pytest.raises(Cut):
            apply.apply(root, WRITES)


def test_what_was_cut_off_is_finished_after_a_restart_and_at_another_place(
    root: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A restart may give the same disk another number."""
    cut(root)
    moved = root.rename(tmp_path_factory.mktemp("new place") / "moved")
    with monkeypatch.context() as patch:
        for name in ("stat", "lstat"):
            real = getattr(Path, name)

            def other(*arguments: Any, _real: Any = real, **more: Any) -> Any:
                state = _real(*arguments, **more)
                numbers = {key: getattr(state, key) for key in dir(state) if key.startswith("st_")}
                return SimpleNamespace(**{**numbers, "st_dev": state.st_dev + 1})

            patch.setattr(Path, name, other)
        assert apply.recover(moved) is not None
    assert contents(moved) == AFTER


def copied(root: Path, other: Path) -> Path:
    return shutil.copytree(root, other)


def moved_over(root: Path, other: Path) -> Path:
    shutil.copytree(root, other)
    shutil.rmtree(other / places.TRANSACTION)
    (root / places.TRANSACTION).rename(other / places.TRANSACTION)
    return other


def brought_back(root: Path, other: Path) -> Path:
    (root / places.TRANSACTION).rename(other)
    shutil.copytree(other, root / places.TRANSACTION)
    return root


@pytest.mark.parametrize("how", [copied, moved_over, brought_back])
def test_what_was_not_cut_off_here_is_not_finished(
    root: Path, tmp_path_factory: pytest.TempPathFactory, how: Callable[[Path, Path], Path]
) -> None:
    """As git, a backup or a person brings it: the files of a repository must not make us write."""
    cut(root)
    here = how(root, tmp_path_factory.mktemp("elsewhere") / "other")
    before = contents(here)
    with pytest.raises(ScaffoldError, match="journal was not made here") as told:
        apply.recover(here)
    assert f"rm -r {here / places.TRANSACTION}" in told.value.hint
    assert contents(here) == before
    shutil.rmtree(here / places.TRANSACTION)
    assert apply.recover(here) is None


def test_what_became_a_proposal_is_not_recorded_as_generated(root: Path) -> None:
    entries = [
        record.Entry("a/b/c.yml", "file", "x:c", b"a: 1\n"),
        record.Entry("run.sh", "exec", "x:r", b"#!/bin/sh\n"),
    ]
    (root / "a/b").mkdir(parents=True)
    (root / "a/b/c.yml").write_bytes(b"theirs\n")
    lock = Write(places.LOCK, File(record.dump("f", entries).encode()), None)
    apply.apply(root, [*WRITES[:-1], lock])
    loaded = record.load((root / places.LOCK).read_text())
    assert {path: e.word for path, e in loaded.entries.items()} == {"run.sh": "exec"}
    assert {path: e.word for path, e in loaded.proposals.items()} == {"a/b/c.yml": "file+proposed"}
    assert loaded.fingerprint == "", "the next run must look again"


def test_a_link_that_appears_is_not_followed(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "victim"
    outside.write_text("precious")
    (root / "run.sh").symlink_to(outside)
    assert apply.apply(root, WRITES).late == ("run.sh",)
    assert outside.read_text() == "precious"
    assert (root / "run.sh").is_symlink()


def test_without_room_nothing_is_written(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = apply._write_new

    def full(path: Path, content: bytes, mode: int = 0o644) -> None:
        if path.name == "2":
            raise OSError(28, "No space left on device", str(path))
        real(path, content, mode)

    monkeypatch.setattr(apply, "_write_new", full)
    with pytest.raises(ScaffoldError, match=r"nothing was written: .*No space left"):
        apply.apply(root, WRITES)
    assert contents(root) == BEFORE
    assert not (root / ".agency").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_refused_before_anything_is_written(root: Path) -> None:
    (root / "a").mkdir(mode=0o555)
    with pytest.raises(ScaffoldError, match="nothing was written"):
        apply.apply(root, WRITES)
    assert contents(root) == BEFORE


def test_another_file_system_below_the_folder_is_seen_before_anything_is_written(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "a").mkdir()
    real = apply._device
    monkeypatch.setattr(apply, "_device", lambda folder: real(folder) + (root / "a" in (folder, *folder.parents)))
    with pytest.raises(ScaffoldError, match=r"nothing was written: .*/a: another file system is mounted there") as told:
        apply.apply(root, WRITES)
    assert "Unmount" in told.value.hint
    assert contents(root) == BEFORE
    assert {p.name for p in root.iterdir()} == {"README.md", "src", "old", "a"}
    assert list((root / "a").iterdir()) == []


def test_a_file_of_somebody_else_in_a_sticky_folder_is_seen_before_anything_is_written(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root.chmod(0o1777)
    with monkeypatch.context() as patch:
        patch.setattr(os, "geteuid", lambda: root.stat().st_uid + 4321)
        with pytest.raises(ScaffoldError, match=r"nothing was written: .*/README.md: only its owner may replace it"):
            apply.apply(root, WRITES)
        assert contents(root) == BEFORE
        assert not (root / ".agency").exists()
    apply.apply(root, WRITES)
    assert contents(root) == AFTER


def test_what_could_not_be_taken_back_is_finished_by_the_next_run(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error", str(root / "run.sh"))

    with monkeypatch.context() as patch:
        patch.setattr(apply.moves, "_link", fail)
        patch.setattr(apply.moves, "take_back", fail)
        with pytest.raises(ScaffoldError, match="a part was written, and could not be taken back"):
            apply.apply(root, WRITES)
    assert apply.recover(root) is not None
    assert contents(root) == AFTER


def test_two_at_once(root: Path) -> None:
    with (
        apply.locked(root),
        pytest.raises(ScaffoldError, match="another agency-scaffold is at work"),
        apply.locked(root),
    ):
        pass
    with apply.locked(root):
        pass


def test_recover_without_anything_to_do(root: Path) -> None:
    assert apply.recover(root) is None
    assert contents(root) == BEFORE


@pytest.mark.parametrize("lasting", [False, True], ids=["once", "from then on"])
def test_an_error_at_any_step_leaves_old_or_new(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, lasting: bool
) -> None:
    states, remove = set(), shutil.rmtree
    for number in range(1, 200):
        folder = tmp_path_factory.mktemp("failing")
        for path, content in BEFORE.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        count = 0

        def fail(number: int = number) -> None:
            nonlocal count
            count += 1
            if count == number or (lasting and count > number):
                raise OSError(errno.EBUSY, "busy", "x")

        with monkeypatch.context() as patch:
            steps(patch, fail)
            patch.setattr(apply.shutil, "rmtree", remove)  # it has an error of its own for what fails below it
            try:
                apply.apply(folder, WRITES)
                told = ""
            except ScaffoldError as error:
                told = error.message
        if count < number:
            break
        nothing = told.startswith("nothing was written")
        now = {path: content for path, content in contents(folder).items() if places.TRANSACTION not in path}
        assert not nothing or now == BEFORE, f"step {number}: {told}"
        apply.recover(folder)
        assert contents(folder) == (BEFORE if nothing else AFTER), f"step {number}: {told}"
        assert not (folder / places.TRANSACTION).exists()
        states.add(told.partition(":")[0].partition(",")[0])
    assert states == {"nothing was written", ""} | ({"a part was written"} if lasting else set())
    assert number > 15
