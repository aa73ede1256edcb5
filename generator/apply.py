"""The only writer: carries out changes in one transaction.

    stage all bytes -> rename the journal (the commit point) -> move each staged file to its
    target, if the target still is what we looked at -> move the lock -> remove the stage

Killed before the commit point, nothing has changed; killed after it, `recover` finishes.
A file that changed between look and move is put back, and ours becomes a proposal.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from generator import places
from generator.errors import ScaffoldError
from generator.merge import look
from generator.tree import File

_JOURNAL: Final = "journal"
_FOLDERS: Final = "folders"
"""Lists the folders that did not exist before, so that a cut before the commit point leaves none behind."""


@dataclass(frozen=True, slots=True)
class Write:
    """One file to be written: `before` is what must still be there (None = nothing), as bytes."""

    path: str
    file: File
    before: bytes | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a transaction did; `late` are paths that changed meanwhile, whose new content is a proposal now."""

    written: tuple[str, ...]
    late: tuple[str, ...]


@contextlib.contextmanager
def locked(root: Path) -> Iterator[None]:
    """Keeps other runs out of `root`; raises ScaffoldError where one is at work."""
    handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ScaffoldError(
                f"another agency-scaffold is at work in {root}", hint="Wait for it, then run this again."
            ) from error
        yield
    finally:
        os.close(handle)


def apply(root: Path, writes: Iterable[Write]) -> Outcome:
    """Writes all files or none; raises ScaffoldError (nothing written) where the folder cannot take them.

    The order is the order of the moves: give the lock last.
    """
    writes = tuple(writes)
    stage = root / places.TRANSACTION
    made: list[Path] = []
    try:
        _make_folders([stage], root, made)
        journal = [_stage(stage, number, write) for number, write in enumerate(writes)]
        parents = [(root / write.path).parent for write in writes]
        _write_new(stage / _FOLDERS, json.dumps([str(f) for f in _missing(parents, root)]).encode())
        _make_folders(parents, root, made)
        _write_new(stage / f"{_JOURNAL}.new", json.dumps(journal).encode())
        os.sync()  # a power cut must not find the journal without the staged files
        (stage / f"{_JOURNAL}.new").rename(stage / _JOURNAL)
    except OSError as error:
        _undo(stage, made)
        place = error.filename or root
        raise ScaffoldError(
            f"nothing was written: {place}: {error.strerror}",
            hint="Make the folder writable, or free some space.",
        ) from error
    except BaseException:
        _undo(stage, made)
        raise
    return _finish(root)


def recover(root: Path) -> Outcome | None:
    """Finishes a transaction that was cut off after its commit point; clears one that was cut off before (None)."""
    stage = root / places.TRANSACTION
    if not stage.is_dir() or stage.is_symlink():
        if stage.parent.is_dir():  # an empty one is ours, from a cut before the stage was made
            _undo(stage, [stage.parent.parent, stage.parent])
        return None
    if (stage / _JOURNAL).is_file():
        return _finish(root)
    folders = stage / _FOLDERS
    made = [Path(name) for name in json.loads(folders.read_bytes())] if folders.is_file() else []
    _undo(stage, [stage.parent.parent, stage.parent, *made])
    return None


def _stage(stage: Path, number: int, write: Write) -> dict[str, object]:
    _write_new(stage / str(number), write.file.content, 0o755 if write.file.executable else 0o644)
    return {
        "path": write.path,
        "before": None if write.before is None else hashlib.sha256(write.before).hexdigest(),
        "after": hashlib.sha256(write.file.content).hexdigest(),
    }


def _write_new(path: Path, content: bytes, mode: int = 0o644) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fchmod(handle, mode)  # whatever the umask


def _missing(folders: Iterable[Path], root: Path) -> list[Path]:
    """The folders below `root` that must be made, parents first; raises PermissionError where one cannot be."""
    missing: set[Path] = set()
    for folder in set(folders):
        here = folder
        while here != root and not here.is_dir():
            missing.add(here)
            here = here.parent
        if not os.access(here, os.W_OK | os.X_OK):
            raise PermissionError(13, "no permission to write", str(here))
    return sorted(missing)


def _make_folders(folders: Iterable[Path], root: Path, made: list[Path]) -> None:
    for folder in _missing(folders, root):
        folder.mkdir(0o755)
        folder.chmod(0o755)  # whatever the umask
        made.append(folder)


def _undo(stage: Path, made: list[Path]) -> None:
    shutil.rmtree(stage, ignore_errors=True)
    for folder in reversed(made):
        with contextlib.suppress(OSError):  # not empty: something of the user's is in it
            folder.rmdir()


def _finish(root: Path) -> Outcome:
    stage = root / places.TRANSACTION
    journal = json.loads((stage / _JOURNAL).read_bytes())
    written: list[str] = []
    late: list[str] = []
    for number, step in enumerate(journal):
        done = _move(root, stage, str(number), step)
        (written if done else late).append(step["path"])
    (stage / _JOURNAL).unlink()  # first: from here on there is nothing left to finish
    shutil.rmtree(stage)
    return Outcome(tuple(written), tuple(late))


def _move(root: Path, stage: Path, name: str, step: dict[str, str | None]) -> bool:
    """Moves one staged file to its place; False = the target had changed, and a proposal was made."""
    path = str(step["path"])
    staged, aside = stage / name, stage / f"{name}.before"
    state, there = look(root, path)
    if not staged.exists():  # moved before the cut
        return True
    if aside.exists() and state == "absent":  # cut between putting aside and moving
        there, state = aside.read_bytes(), ""
    elif state == "" and there is not None and _hash(there) == step["before"]:
        (root / path).rename(aside)
        there = aside.read_bytes()
        state = "absent"
    expected = step["before"] is None or (aside.exists() and _hash(aside.read_bytes()) == step["before"])
    if expected and _link(staged, root / path):
        return True
    if aside.exists() and not (root / path).exists():
        aside.rename(root / path)
    return _propose(root, path, staged, there, str(step["after"]))


def _link(staged: Path, target: Path) -> bool:
    """Puts the file at its place only if nothing is there: a link, unlike a rename, never replaces."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        os.link(staged, target, follow_symlinks=False)
    except (FileExistsError, NotADirectoryError):
        return False
    except OSError:  # a file system without hard links
        if os.path.lexists(target):
            return False
        staged.rename(target)
        return True
    staged.unlink()
    return True


def _propose(root: Path, path: str, staged: Path, there: bytes | None, after: str) -> bool:
    if there is not None and _hash(there) == after:
        staged.unlink()
        return True
    target = root / places.PROPOSED / path
    target.parent.mkdir(parents=True, exist_ok=True)
    staged.replace(target)
    return False


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
