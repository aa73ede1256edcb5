"""What Git leaves out of a repository, so that it may be there though nobody sees it."""

from __future__ import annotations

from generator.checks.source import Sources, lines, name, shared


@shared
def _rules(sources: Sources) -> frozenset[str]:
    rows = (row.strip().lstrip("!").strip("/") for path in sources.ending(".gitignore") for row in lines(sources, path))
    return frozenset(row.removeprefix("**/").removesuffix("/**").removesuffix("/*") for row in rows if row)


@shared
def is_ignored(sources: Sources, place: str) -> bool:
    """Whether a .gitignore speaks of a place, or of a folder that it lies in; only plain names and suffixes count."""
    suffix = "*" + place[place.rfind(".") :] if "." in name(place) else ""
    parts = place.split("/")
    ways = ("/".join(parts[first:last]) for first in range(len(parts)) for last in range(first + 1, len(parts) + 1))
    return suffix in _rules(sources) or any(way in _rules(sources) for way in ways)
