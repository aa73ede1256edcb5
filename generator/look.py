"""Looks at what is in a folder, and follows no symbolic link."""

from __future__ import annotations

import stat
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from generator import git


def look_at_all(root: Path, paths: Iterable[str]) -> dict[str, tuple[str, bytes | None]]:
    """What is at each path that is to be ours, as `look` says it; what lies in another repository cannot be used."""
    above = {path: [str(folder) for folder in PurePosixPath(path).parents][:-1] for path in paths}
    nested = git.nested(root, {folder for folders in above.values() for folder in folders})
    others = {path: next((f for f in folders if f in nested), "") for path, folders in above.items()}
    return {
        path: (f"{other} is a git repository of its own", None) if other else look(root, path)
        for path, other in others.items()
    }


def look(root: Path, path: str) -> tuple[str, bytes | None]:
    """What is at a path: ("", bytes) for a regular file, ("absent", None), or (why it cannot be used, None).

    No symbolic link is followed, neither at the path nor on the way to it.
    """
    here = root
    *parents, name = path.split("/")
    for parent in parents:
        here = here / parent
        try:
            mode = here.lstat().st_mode
        except FileNotFoundError:
            return "absent", None
        except OSError as error:
            return f"{here.relative_to(root)} cannot be read: {error.strerror}", None
        if not stat.S_ISDIR(mode):
            kind = "a symbolic link" if stat.S_ISLNK(mode) else "not a folder"
            return f"{here.relative_to(root).as_posix()} is {kind}", None
    return _look_at(here / name)


def _look_at(here: Path) -> tuple[str, bytes | None]:
    try:
        mode = here.lstat().st_mode
        if stat.S_ISLNK(mode):
            return "a symbolic link is there", None
        if stat.S_ISDIR(mode):
            return "a folder is there", None
        if not stat.S_ISREG(mode):
            return "a special file is there", None
        return "", here.read_bytes()
    except FileNotFoundError:
        return "absent", None
    except OSError as error:
        return f"it cannot be read: {error.strerror}", None


def executable(root: Path, path: str) -> bool:
    """Whether its owner may execute the file; False where there is none."""
    try:
        return bool((root / path).lstat().st_mode & stat.S_IXUSR)
    except OSError:
        return False


def listed(path: Path) -> bool:
    """Whether the folder lists this very name: a file system may find `makefile` where `Makefile` is."""
    try:
        return any(entry.name == path.name for entry in path.parent.iterdir())
    except OSError:
        return False
