"""What Git leaves out of a repository, so that it may be there though nobody sees it."""

from __future__ import annotations

from generator.checks.source import Sources, lines, name, shared


@shared
def _rules(sources: Sources) -> dict[str, bool]:
    """The plain names and suffixes that a .gitignore speaks of; false for what it takes in again."""
    rows = [row.strip() for path in sources.ending(".gitignore") for row in lines(sources, path)]
    return {_plain(row): not row.startswith("!") for row in rows if row}


def _plain(row: str) -> str:
    return row.lstrip("!").strip("/").removeprefix("**/").removesuffix("/**").removesuffix("/*")


@shared
def is_ignored(sources: Sources, place: str) -> bool:
    """Whether a .gitignore leaves out a place, or a folder that it lies in; only plain names and suffixes count."""
    suffix = "*" + place[place.rfind(".") :] if "." in name(place) else ""
    parts = place.split("/")
    ways = ("/".join(parts[first:last]) for first in range(len(parts)) for last in range(first + 1, len(parts) + 1))
    found = [_rules(sources)[way] for way in (suffix, *ways) if way in _rules(sources)]
    return bool(found) and all(found)
