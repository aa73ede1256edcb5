"""Decides, path by path, what a generation does to a folder. Pure but for looking at the disk; writes nothing."""

from __future__ import annotations

import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath

from generator import blocks, git, places
from generator.errors import ScaffoldError
from generator.render import Origin, Rendering
from generator.tree import File, Tree


class Action(StrEnum):
    """What happens to a path."""

    CREATE = "create"
    """Nothing was there."""
    ADOPT = "adopt"
    """The very same file was there."""
    BLOCK = "block"
    """Our region goes into the user's file."""
    KEEP = "keep"
    """A file of owner `once` was there: it is the user's."""
    PROPOSE = "propose"
    """A file that we did not make was there: it stays, ours lies under `.agency/scaffold/proposed/`."""


@dataclass(frozen=True, slots=True)
class Change:
    """One path: what is there, what will be there, and why."""

    path: str
    action: Action
    origin: Origin
    before: bytes | None
    """What was read at the path; None = nothing there, or not a regular file."""
    after: File
    """What is to be written: to `target`."""
    reason: str = ""

    @property
    def target(self) -> str:
        """Where `after` goes."""
        return f"{places.PROPOSED}/{self.path}" if self.action is Action.PROPOSE else self.path

    @property
    def writes(self) -> bool:
        """Whether anything is written."""
        return self.action in {Action.CREATE, Action.BLOCK, Action.PROPOSE}


def placed(root: Path, new: Rendering) -> Rendering:
    """The rendering with each block at the place where its program finds the user's file, where there is one."""
    moved = {path: _place(root, path, origin.searched) for path, origin in new.origins.items()}
    return Rendering(
        Tree({moved[path]: file for path, file in new.tree.items()}),
        {moved[path]: origin for path, origin in new.origins.items()},
    )


def _place(root: Path, path: str, searched: tuple[str, ...]) -> str:
    return next((place for place in searched if _is_there(root / place)), path)


def _is_there(path: Path) -> bool:
    """Whether the folder lists this very name: a file system may find `makefile` where `Makefile` is."""
    try:
        return any(entry.name == path.name for entry in path.parent.iterdir())
    except OSError:
        return False


def first(root: Path, new: Rendering) -> tuple[Change, ...]:
    """The changes of a first generation into `root`, which may hold files of the user."""
    return tuple(_first(root, new))


def _first(root: Path, new: Rendering) -> Iterator[Change]:
    states = look_at_all(root, new.tree)
    for path, file in new.tree.items():
        origin = new.origins[path]
        state, before = states[path]
        after = _insert(path, "", origin, file) if origin.owner == "block" else file
        if state == "absent":
            yield Change(path, Action.CREATE, origin, None, after)
        elif state:
            yield Change(path, Action.PROPOSE, origin, None, after, state)
        elif origin.owner == "once":
            yield Change(path, Action.KEEP, origin, before, file, "it was there already")
        elif origin.owner == "block":
            yield _block(path, origin, before or b"", file, after)
        elif before == file.content and _executable(root / path) == file.executable:
            yield Change(path, Action.ADOPT, origin, before, file)
        else:
            yield Change(path, Action.PROPOSE, origin, before, file, "a file that was not generated is there")


def _block(path: str, origin: Origin, before: bytes, file: File, proposal: File) -> Change:
    try:
        after = _insert(path, before.decode("utf-8"), origin, file)
    except UnicodeDecodeError:
        return Change(path, Action.PROPOSE, origin, before, proposal, "it is not UTF-8 text")
    except ScaffoldError as error:
        return Change(path, Action.PROPOSE, origin, before, proposal, error.message)
    return Change(path, Action.ADOPT if after.content == before else Action.BLOCK, origin, before, after)


def _insert(path: str, content: str, origin: Origin, file: File) -> File:
    """A file with our region in it; one that says nothing yet gets its opening."""
    if content.strip() or not origin.opening:
        text = blocks.insert(path, content, file.text, origin.position)
    else:
        text = blocks.insert(path, f"{origin.opening}\n", file.text)
    return File(text.encode(), file.executable)


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


def _executable(path: Path) -> bool:
    return bool(path.stat().st_mode & 0o100)
