"""Looks at what is in a folder, and follows no symbolic link."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from generator import git

LARGEST: Final = 50_000_000
"""Bytes of a file that is looked at; ours have a thousandth of it."""
_HIDDEN: Final = ("cannot be read", "special file", "symbolic link")
There = tuple[str, bytes | None]
"""What is at a path: ("", bytes) for a regular file, ("absent", None), or (why it cannot be used, None)."""


def look_at_all(root: Path, paths: Iterable[str]) -> dict[str, There]:
    """What is at each path that is to be ours, as `look` says it; what lies in another repository cannot be used."""
    paths = list(paths)
    known: dict[str, str] = {}
    folders = {path.rpartition("/")[0] for path in paths}
    nested = git.nested(root, {above for folder in folders for above in _upwards(folder)})
    other = {folder: next((one for one in _upwards(folder) if one in nested), "") for folder in folders}
    found: dict[str, There] = {}
    for path in paths:
        inside = other[path.rpartition("/")[0]]
        found[path] = (f"{inside} is a git repository of its own", None) if inside else _look(root, path, known)
    return found


def look(root: Path, path: str) -> There:
    """What is at a path. No symbolic link is followed, neither at the path nor on the way to it."""
    return _look(root, path, {})


def _upwards(folder: str) -> list[str]:
    """A folder and those around it, the nearest first; none for the top."""
    parts = folder.split("/") if folder else []
    return ["/".join(parts[:count]) for count in range(len(parts), 0, -1)]


def _look(root: Path, path: str, known: dict[str, str]) -> There:
    """As `look`; `known` remembers what was seen of the folders on the way."""
    for folder in reversed(_upwards(path.rpartition("/")[0])):
        if folder not in known:
            known[folder] = _look_at_folder(root, folder)
        if known[folder]:
            return known[folder], None
    return _look_at(f"{root}/{path}")


def _look_at_folder(root: Path, folder: str) -> str:
    """Why nothing below a folder can be used; "" where it can."""
    try:
        mode = os.lstat(f"{root}/{folder}").st_mode
    except FileNotFoundError:
        return "absent"
    except OSError as error:
        return f"{folder} cannot be read: {error.strerror}"
    if stat.S_ISDIR(mode):
        return ""
    return f"{folder} is {'a symbolic link' if stat.S_ISLNK(mode) else 'not a folder'}"


def _look_at(here: str) -> There:
    try:
        if unusable := _unusable(os.lstat(here)):
            return unusable, None
        with open(here, "rb") as file:  # noqa: PTH123 -- half the time of pathlib, hundreds of times a run
            return "", file.read()
    except FileNotFoundError:
        return "absent", None
    except OSError as error:
        return f"it cannot be read: {error.strerror}", None


def _unusable(state: os.stat_result) -> str:
    """Why what is there cannot be read as a file of ours; "" where it can."""
    if stat.S_ISLNK(state.st_mode):
        return "a symbolic link is there"
    if stat.S_ISDIR(state.st_mode):
        return "a folder is there"
    if not stat.S_ISREG(state.st_mode):
        return "a special file is there"
    return f"it is larger than {LARGEST:,} bytes" if state.st_size > LARGEST else ""


def hidden(why: str) -> bool:
    """Whether something is there whose content is not known, given why it cannot be used."""
    return any(word in why for word in _HIDDEN)


def executable(root: Path, path: str) -> bool:
    """Whether its owner may execute the file; False where there is none."""
    try:
        return bool(os.lstat(f"{root}/{path}").st_mode & stat.S_IXUSR)
    except OSError:
        return False


def listed(path: Path) -> bool:
    """Whether the folder lists this very name: a file system may find `makefile` where `Makefile` is."""
    try:
        return any(entry.name == path.name for entry in path.parent.iterdir())
    except OSError:
        return False
