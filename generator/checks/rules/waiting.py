"""Nothing waits for a decision

An update that could not apply a change puts ours beside yours, under `.agency/scaffold/proposed/`, and lists the
edits of a file that it no longer makes under `.agency/scaffold/orphaned/`. Until that is settled, the files around
are made for other answers than the file itself. `agency-scaffold status` says how each stands, `agency-scaffold
resolve PATH` settles it.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator import places
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources

FORMAT = Format.TEXT


def files(sources: Sources) -> list[str]:
    return sorted({*_waiting(sources), *(path for path in sources.tree if path == places.LOCK)})


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    if path in _waiting(sources):
        yield Flaw(0, *_waiting(sources)[path])


def _waiting(sources: Sources) -> dict[str, tuple[str, str]]:
    """Path -> what waits there, and what settles it."""
    found = {}
    for path in sources.aside:
        if path.startswith(f"{places.PROPOSED}/"):
            name = path.removeprefix(f"{places.PROPOSED}/")
            fix = f"Take what you want of it, then: agency-scaffold resolve {name} --done (or --mine, --new)"
            found[name] = (f"ours waits beside it: {path}", fix)
        elif path.startswith(f"{places.ORPHANED}/"):
            name = path.removeprefix(f"{places.ORPHANED}/").removesuffix(".patch")
            fix = f"Keep it or have it deleted: agency-scaffold resolve {name} --mine (or --new)"
            found[name] = (f"it is no longer generated, and holds edits: {path}", fix)
    return found
