"""Matches the record with a new rendering: which entry each path continues, and which are of what is gone.

Pure but for looking at the disk; writes nothing. Renames follow the template ids, never the content.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from generator import beside, regions
from generator.diff3 import Favour
from generator.look import executable
from generator.origin import Rendering
from generator.record import Entry, Record
from generator.tree import File

Renamed = Mapping[str, str]
"""Template ids of the record -> how they are called now."""


@dataclass(frozen=True)
class Folder:
    """What all decisions need: the folder, its record, the rendering, what lies where, what becomes of conflicts."""

    root: Path
    record: Record
    new: Rendering
    states: Mapping[str, tuple[str, bytes | None]]
    favour: Favour
    wrong: Callable[[str, File, File], str]

    def file(self, path: str) -> File | None:
        """The regular file at a path."""
        content = self.states[path][1]
        return None if content is None else File(content, executable(self.root, path))


@dataclass(frozen=True)
class Matched:
    """Which entry of the record each new path continues, and which entries no path does."""

    bases: Mapping[str, Entry]
    gone: Mapping[str, Entry]
    """By their paths; also one that continues at another path, where a copy of our region is left."""
    vacated: frozenset[str]
    """Paths whose file moves to another one."""


def match(folder: Folder, renamed: Renamed) -> Matched:
    """An entry continues at its own path, if its template still makes that, else at the one that its template makes.

    Several paths may come from one template: who cannot be told apart is not moved. What was no longer generated
    before comes last: who was renamed to a name that had been used before is not the one that had it.
    """
    makes: dict[str, list[str]] = {}
    for path, origin in folder.new.origins.items():
        makes.setdefault(origin.template, []).append(path)

    def made(entry: Entry) -> list[str]:
        """The paths at which an entry may continue."""
        paths = makes.get(entry.template) or makes.get(renamed.get(entry.template, ""), [])
        return [entry.path] if entry.path in paths else paths

    def rank(entry: Entry) -> tuple[bool, bool, str]:
        return entry.left_over, made(entry) != [entry.path], entry.path

    bases: dict[str, Entry] = {}
    gone: dict[str, Entry] = {}
    taken = set[str]()
    for entry in sorted(folder.record.entries.values(), key=rank):
        paths = made(entry)
        free = [path for path in paths if path not in taken]
        if len(free) == 1:
            taken.add(free[0])
        if len(free) == 1 and (free[0] == entry.path or _movable(folder, free[0], entry)):
            bases[free[0]] = entry
            if _is_double(folder, free[0], entry):
                gone[entry.path] = entry
        elif paths != [entry.path]:  # else its place is another's now, and what lies there is a file like any other
            gone[entry.path] = entry
    moving = (base.path for path, base in bases.items() if base.path != path and takes_its_file_along(folder, base))
    return Matched(bases, gone, frozenset(moving))


def takes_its_file_along(folder: Folder, base: Entry) -> bool:
    """Whether what lies at the path of an entry goes to the path that it continues at."""
    return base.kind != "block" and base.state not in {"declined", "released"} and folder.states[base.path][0] == ""


def takes_its_region_along(folder: Folder, path: str, base: Entry) -> bool:
    """Whether our region goes from the file of an entry to the one that it continues at."""
    stands = [regions.stands(place, folder.states[place]) for place in (base.path, path)]
    return base.kind == "block" and base.state not in {"declined", "released"} and stands == [True, False]


def _is_double(folder: Folder, path: str, base: Entry) -> bool:
    """Whether somebody copied our region to the path that it continues at: what stands at the old one is left over."""
    both = {base.path, path}
    return base.kind == "block" and len(both) == 2 and all(regions.stands(one, folder.states[one]) for one in both)


def _movable(folder: Folder, path: str, base: Entry) -> bool:
    """Whether what lies at the old path, or its absence, can go along to the new one."""
    if base.state == "declined":
        return True
    if base.kind == "block" or folder.new.origins[path].owner == "block":
        return base.kind == folder.new.origins[path].owner and _region_movable(folder, path, base)
    if folder.states[base.path][0] == "absent":
        return folder.states[path][0] == "absent"
    return takes_its_file_along(folder, base) and (folder.states[path][0] == "absent" or _gives_way(folder, path, base))


def _gives_way(folder: Folder, path: str, base: Entry) -> bool:
    """Whether an edited file that was no longer generated lies at a path, and can be listed beside what moves there."""
    left = folder.record.entries.get(path)
    there = (folder.states[path][1], folder.states[base.path][1])
    return left is not None and left.state == "orphaned" and beside.listable(folder.root, path, *there)


def _region_movable(folder: Folder, path: str, base: Entry) -> bool:
    """Whether our region can go along, if it stands at the old path, or else its absence."""
    old, new = (regions.stands(place, folder.states[place]) for place in (base.path, path))
    return old is False or (old is True and new is not None and base.path not in folder.new.tree)
