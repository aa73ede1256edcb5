"""Decides what becomes of paths that no record knows: all in a first generation, later those that are new.

Pure but for looking at the disk; writes nothing.
"""

from __future__ import annotations

from pathlib import Path

from generator import blocks, places
from generator.change import Action, Change, Write
from generator.errors import ScaffoldError
from generator.look import executable, listed, look_at_all
from generator.origin import Origin, Rendering
from generator.record import Entry, Kind
from generator.tree import File, Tree


def placed(root: Path, new: Rendering) -> Rendering:
    """The rendering with each block at the place where its program finds the user's file, where there is one."""
    moved = {path: _place(root, path, origin.searched) for path, origin in new.origins.items()}
    return Rendering(
        Tree({moved[path]: file for path, file in new.tree.items()}),
        {moved[path]: origin for path, origin in new.origins.items()},
    )


def _place(root: Path, path: str, searched: tuple[str, ...]) -> str:
    return next((place for place in searched if listed(root / place)), path)


def changes(root: Path, new: Rendering) -> tuple[Change, ...]:
    """The changes of a first generation into `root`, which may hold files of the user."""
    states = look_at_all(root, new.tree)
    return tuple(change(root, path, new, *states[path]) for path in new.tree)


def change(root: Path, path: str, new: Rendering, state: str, before: bytes | None) -> Change:
    """What becomes of a path that no record names, by what `look` says of it."""
    file, origin = new.tree[path], new.origins[path]
    after = inserted(path, "", origin, file) if origin.owner == "block" else file
    line = entry(path, origin, file)
    if state == "absent":
        return Change(path, Action.CREATE, origin, (Write(path, after, None),), (line,))
    if state:
        return proposed(path, origin, file, state)
    if origin.owner == "once":
        return Change(path, Action.KEEP, origin, lines=(line,), reason="it was there already")
    if origin.owner == "block":
        return _block(root, path, origin, before or b"", file)
    if before == file.content and executable(root, path) == file.executable:
        return Change(path, Action.ADOPT, origin, lines=(line,))
    return proposed(path, origin, file, "a file that was not generated is there")


def _block(root: Path, path: str, origin: Origin, before: bytes, file: File) -> Change:
    try:
        after = inserted(path, before.decode("utf-8"), origin, file)
    except UnicodeDecodeError:
        return proposed(path, origin, file, "it is not UTF-8 text")
    except ScaffoldError as error:
        return proposed(path, origin, file, error.message)
    lines = (entry(path, origin, file),)
    if after.content == before:
        return Change(path, Action.ADOPT, origin, lines=lines)
    return Change(
        path, Action.BLOCK, origin, (Write(path, File(after.content, executable(root, path)), before),), lines
    )


def proposed(path: str, origin: Origin, file: File, reason: str) -> Change:
    """Ours as a proposal beside what is there."""
    shown = inserted(path, "", origin, file) if origin.owner == "block" else file
    write = Write(f"{places.PROPOSED}/{path}", shown, None)
    return Change(path, Action.PROPOSE, origin, (write,), (entry(path, origin, file, "proposed"),), reason)


def inserted(path: str, content: str, origin: Origin, file: File) -> File:
    """A file with our region in it; one that says nothing yet gets its opening."""
    if content.strip() or not origin.opening:
        text = blocks.insert(path, content, file.text, origin.position)
    else:
        text = blocks.insert(path, f"{origin.opening}\n", file.text)
    return File(text.encode(), file.executable)


def entry(path: str, origin: Origin, file: File, state: str = "") -> Entry:
    """The record's line for a rendered file."""
    kind: Kind = "exec" if file.executable else "file"
    if origin.owner != "managed":
        kind = origin.owner
    return Entry(path, kind, origin.template, file.content, state)  # type: ignore[arg-type]
