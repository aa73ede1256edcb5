"""The only writer: carries out changes in one transaction.

    stage all bytes -> rename the journal (the commit point) -> move each staged file to its
    target, if the target still is what we looked at -> move the lock -> remove the stage

Killed before the commit point, nothing has changed; killed after it, `recover` finishes. Where a move fails, all are
taken back. A file that changed between look and move is put back, and ours becomes a proposal.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from generator import moves, places
from generator.change import Write
from generator.errors import ScaffoldError
from generator.moves import Outcome

_JOURNAL: Final = "journal"
_FOLDERS: Final = "folders"
"""Lists the folders that did not exist before, so that a cut before the commit point leaves none behind."""
_TARGETS: Final = "targets"
_MARK: Final = "made-here"
"""An empty file, made with the stage and never touched again: when that was tells this stage from every copy of it."""
_HINT: Final = "Make the folder writable, or free some space."
_MOUNTED: Final = "Unmount it for this run: files are moved to their places, which works within one file system alone."
_HINTS: Final = {
    errno.EXDEV: _MOUNTED,
    errno.EBUSY: _MOUNTED,
    errno.EPERM: "Run this as its owner, or take away what protects it: a sticky folder, a flag.",
}


@contextlib.contextmanager
def locked(root: Path) -> Iterator[None]:
    """Keeps other runs out of `root`; raises ScaffoldError where one is at work."""
    with contextlib.ExitStack() as stack:
        try:
            handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
            stack.callback(os.close, handle)
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ScaffoldError(
                f"another agency-scaffold is at work in {root}{_holder(root)}", hint="Wait for it, then run this again."
            ) from error
        except OSError as error:
            raise ScaffoldError(
                f"{root} cannot be locked: {error.strerror}", hint="Make it readable for you."
            ) from error
        yield


def _holder(root: Path) -> str:
    """Which process holds the lock, where the system tells it."""
    inode = f":{root.stat().st_ino}"
    try:
        rows = [line.split() for line in Path("/proc/locks").read_text(encoding="ascii").splitlines()]
    except (OSError, UnicodeDecodeError):
        return ""
    # number, FLOCK, ADVISORY, WRITE, process, device:inode, start, end; one that waits has an arrow after the number
    return next((f" (process {row[4]})" for row in rows if row[1] == "FLOCK" and row[5].endswith(inode)), "")


def apply(root: Path, writes: Iterable[Write], targets: Iterable[str] = ()) -> Outcome:
    """Writes all files or none; raises ScaffoldError (nothing written) where the folder cannot take them.

    The order is the order of the moves: give the lock last. `targets` are kept for the outcome of `recover`.
    """
    writes = tuple(writes)
    stage = root / places.TRANSACTION
    if interrupted(root):  # its stage holds what was put aside
        raise ScaffoldError("an interrupted run must be finished first", hint="Run this again: it does that.")
    made: list[Path] = []
    try:
        _make_folders([stage], root, made)
        _write_new(stage / _MARK, b"")
        journal = [_stage(root, stage, number, write) for number, write in enumerate(writes)]
        parents = [(root / write.path).parent for write in writes if write.file]
        missing = [folder.relative_to(root).as_posix() for folder in _missing(parents, root)]
        _write_new(stage / f"{_FOLDERS}.new", _dump(root, missing))
        (stage / f"{_FOLDERS}.new").rename(stage / _FOLDERS)  # so that there is none, or the whole of it
        _make_folders(parents, root, made)
        _check_moves(root, stage, writes)
        _write_new(stage / _TARGETS, _dump(root, list(targets)))
        _write_new(stage / f"{_JOURNAL}.new", _dump(root, journal))
        os.sync()  # a power cut must not find the journal without the staged files
        (stage / f"{_JOURNAL}.new").rename(stage / _JOURNAL)
    except OSError as error:
        _undo(stage, made)
        raise _refused(root, error) from error
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
    _clear(root, stage)
    return None


def _identity(root: Path) -> list[int]:
    """What no clone or copy shares, and nobody can choose: a journal that came with one is not ours to finish.

    The time at which the system last changed the mark is as it was after a restart; the number of the device,
    which would tell file systems apart, is not.
    """
    return [root.stat().st_ino, (root / places.TRANSACTION / _MARK).lstat().st_ctime_ns]


def _dump(root: Path, value: object) -> bytes:
    return json.dumps({"made": _identity(root), "value": value}).encode()


def _load(root: Path, path: Path, default: Any) -> Any:
    """What `_dump` wrote, if it was written here and names only paths below `root`."""
    try:
        data = json.loads(path.read_bytes())
        value, here = data["value"], data["made"] == _identity(root)
        names = [step if isinstance(step, str) else step["path"] for step in value]
        inside = all(name and not name.startswith("/") and ".." not in name.split("/") for name in names)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(path, "is damaged") from error
    if not here or not inside:
        raise _damaged(path, "was not made here: it came with a copy, a backup or git")
    return value or default


def _damaged(path: Path, what: str) -> ScaffoldError:
    return ScaffoldError(
        f"{path} {what}",
        hint="Where no run was cut off in this very folder, delete it: "
        f"rm -r {path.parent}. Else look first which paths of {_JOURNAL} are missing: what the run had put aside of "
        "the first of its list is 0.before, of the second 1.before, and so on, and what it had still to write 0, 1. "
        "Copy these to their paths, delete the folder, then run this again.",
    )


def _stage(root: Path, stage: Path, number: int, write: Write) -> moves.Step:
    if write.file:
        mode, owner = _mode(root, write)
        _write_new(stage / str(number), write.file.content, mode)
        if owner:
            with contextlib.suppress(PermissionError):  # only root may give a file away
                os.chown(stage / str(number), *owner)
    return {
        "path": write.path,
        "before": None if write.before is None else moves.sha256(write.before),
        "after": moves.sha256(write.file.content) if write.file else None,
    }


def _mode(root: Path, write: Write) -> tuple[int, tuple[int, int] | None]:
    """Mode and owner: those of the file that it replaces or that moves here, but for the right to execute."""
    executable = write.file is not None and write.file.executable
    like = write.like or (write.path if write.before is not None else "")
    try:
        there = (root / like).lstat() if like else None
    except OSError:  # it is gone, which the move will see for itself
        there = None
    if there is None:
        return 0o755 if executable else 0o644, None
    mode = stat.S_IMODE(there.st_mode)
    if executable != bool(mode & stat.S_IXUSR):
        mode = mode | (mode & 0o444) >> 2 if executable else mode & ~0o111
    return mode, (there.st_uid, there.st_gid)


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


def _check_moves(root: Path, stage: Path, writes: Iterable[Write]) -> None:
    """Raises OSError where a move will fail, as far as that can be known before the commit point."""
    device = _device(stage)
    for write in writes:
        folder = (root / write.path).parent
        above = [f for f in (folder, *folder.parents) if f.is_relative_to(root) and os.path.lexists(f)]
        other = [f for f in above if _device(f) != device]
        if other:
            raise OSError(errno.EXDEV, "another file system is mounted there", str(other[-1]))
        if write.before is not None:
            _check_replacing(root / write.path)


def _check_replacing(path: Path) -> None:
    """Raises PermissionError where a file may not be moved out of its folder."""
    try:
        folder, owner = path.parent.lstat(), path.lstat().st_uid
    except FileNotFoundError:  # it is gone, which the move will see for itself
        return
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, "no permission to write", str(path.parent))
    if folder.st_mode & stat.S_ISVTX and os.geteuid() not in {0, folder.st_uid, owner}:
        raise PermissionError(errno.EPERM, "only its owner may replace it", str(path))


def _device(folder: Path) -> int:
    return folder.lstat().st_dev


def _refused(root: Path, error: OSError) -> ScaffoldError:
    """The error for the user, with the place of his that it is about."""
    named = (error.filename2, error.filename)
    place = next((name for name in named if name and places.TRANSACTION not in str(name)), root)
    return ScaffoldError(f"nothing was written: {place}: {error.strerror}", hint=_HINTS.get(error.errno or 0, _HINT))


def _clear(root: Path, stage: Path) -> None:
    """Removes a stage of which nothing was moved, and the folders that were made for it."""
    # Where the mark is gone, the stage was being removed, and the folders before it.
    listed = (stage / _FOLDERS).is_file() and (stage / _MARK).exists()
    made = [root / name for name in _load(root, stage / _FOLDERS, [])] if listed else []
    _undo(stage, [stage.parent.parent, stage.parent, *made])


def _undo(stage: Path, made: list[Path]) -> None:
    _remove_empty(made)  # before the list of them is gone
    shutil.rmtree(stage, ignore_errors=True)
    _remove_empty(made)  # those around the stage


def _remove_empty(folders: list[Path]) -> None:
    for folder in reversed(folders):
        with contextlib.suppress(OSError):  # not empty: something of the user's is in it
            folder.rmdir()


def _finish(root: Path) -> Outcome:
    stage = root / places.TRANSACTION
    journal = _load(root, stage / _JOURNAL, [])
    try:
        outcome = Outcome(moves.all_of(root, stage, journal), tuple(_load(root, stage / _TARGETS, [])))
    except OSError as error:
        refused = _refused(root, error)
        _take_back(root, stage, journal, refused)
        raise refused from error
    with contextlib.suppress(OSError):  # all is written; the next run removes what stays here
        moves.remove_empty(root, journal)
        (stage / _JOURNAL).unlink()  # first: from here on there is nothing left to finish
        shutil.rmtree(stage)
    return outcome


def _take_back(root: Path, stage: Path, journal: list[moves.Step], why: ScaffoldError) -> None:
    """Makes the folder what it was; raises ScaffoldError where the disk does not allow even this."""
    try:
        moves.take_back(root, stage, journal)
        (stage / _JOURNAL).unlink()
    except OSError as error:
        raise ScaffoldError(
            f"a part was written, and could not be taken back: {error.strerror} (first {why.message})",
            hint="Mend that, then run this again: it goes on where this run stopped.",
        ) from error
    _clear(root, stage)
