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
from typing import Any, Final

from generator import places, record
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
    like: os.stat_result | None = None
    """Whose mode and owner the file takes: those of the user's file that it replaces."""


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
        except BlockingIOError as error:
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
        _write_new(stage / _FOLDERS, _dump(root, [f.relative_to(root).as_posix() for f in _missing(parents, root)]))
        _make_folders(parents, root, made)
        _write_new(stage / f"{_JOURNAL}.new", _dump(root, journal))
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


def interrupted(root: Path) -> bool:
    """Whether an earlier run was cut off after its commit point, so that the next one will finish it."""
    return os.path.lexists(root / places.TRANSACTION / _JOURNAL)


def recover(root: Path) -> Outcome | None:
    """Finishes a transaction that was cut off after its commit point; clears one that was cut off before (None).

    Raises ScaffoldError where the stage was not made here: a repository from elsewhere must not make us write.
    """
    stage = root / places.TRANSACTION
    for folder in (stage.parent.parent, stage.parent, stage):
        if folder.is_symlink() or (os.path.lexists(folder) and not folder.is_dir()):
            raise ScaffoldError(
                f"{folder.relative_to(root)} is not a folder", hint="Move it away; we never write through a link."
            )
    if not stage.is_dir():
        if stage.parent.is_dir():  # an empty one is ours, from a cut before the stage was made
            _undo(stage, [stage.parent.parent, stage.parent])
        return None
    if (stage / _JOURNAL).is_file():
        return _finish(root)
    made = [root / name for name in _load(root, stage / _FOLDERS, [])] if (stage / _FOLDERS).is_file() else []
    _undo(stage, [stage.parent.parent, stage.parent, *made])
    return None


def _identity(root: Path) -> list[int]:
    """What a copy of the folder elsewhere does not share: a journal that git carried is not ours to finish."""
    state = root.stat()
    return [state.st_dev, state.st_ino]


def _dump(root: Path, value: object) -> bytes:
    return json.dumps({"root": _identity(root), "value": value}).encode()


def _load(root: Path, path: Path, default: Any) -> Any:
    """What `_dump` wrote, if it was written here and names only paths below `root`."""
    try:
        data = json.loads(path.read_bytes())
        value, here = data["value"], data["root"] == _identity(root)
        names = [step if isinstance(step, str) else step["path"] for step in value]
        inside = all(name and not name.startswith("/") and ".." not in name.split("/") for name in names)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(path, "is damaged") from error
    if not here or not inside:
        raise _damaged(path, "was not made here")
    return value or default


def _damaged(path: Path, what: str) -> ScaffoldError:
    folder = path.parent
    return ScaffoldError(f"{path} {what}", hint=f"Look at what lies in {folder}, move it away, then run this again.")


def _stage(stage: Path, number: int, write: Write) -> dict[str, object]:
    mode = 0o755 if write.file.executable else 0o644
    _write_new(stage / str(number), write.file.content, write.like.st_mode & 0o7777 if write.like else mode)
    if write.like:
        with contextlib.suppress(PermissionError):  # only root may give a file away
            os.chown(stage / str(number), write.like.st_uid, write.like.st_gid)
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
    journal = _load(root, stage / _JOURNAL, [])
    written: list[str] = []
    late: list[str] = []
    for number, step in enumerate(journal):
        if step["path"] == places.LOCK and late:
            _record_late(stage / str(number), step, late)
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
    if not staged.exists():  # dealt with before the cut
        return not (state == "" and there is not None and _hash(there) != step["after"])
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


def _record_late(staged: Path, step: dict[str, str | None], late: list[str]) -> None:
    """What became a proposal while we wrote must not be recorded as generated."""
    if staged.exists():
        content = record.with_proposals(staged.read_text(encoding="utf-8"), late).encode()
        staged.write_bytes(content)
        step["after"] = _hash(content)


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
