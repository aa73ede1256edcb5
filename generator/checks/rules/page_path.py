"""Paths that pages name are there

A page that says to edit `infrastructure/x/y.tf` sends its reader to a file that nothing reads, when that
has moved. Only what stands in backticks, and begins with a folder of the repository, is taken for a path;
what Git ignores is not judged, nor is what a list of changes says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import markdown
from generator.checks.models.habits import habit
from generator.checks.models.ignored import is_ignored
from generator.checks.models.ours import is_ours
from generator.checks.models.service_folders import is_of_a_service
from generator.checks.rule import Flaw, Format, did_you_mean_path, instead_path
from generator.checks.source import Sources, folder, folders, join, lines, name, shared
from generator.finding import Severity
from generator.places import STATE

FORMAT = Format.MARKDOWN

_SPAN: Final = re.compile(r"(?<!`)`([\w.@-]+/[^`\s]*)`(?!`)")
_PLAIN: Final = re.compile(r"[\w.@+-]+")


def files(sources: Sources) -> Iterator[str]:
    past = ("changelog", "history", "release", "upgrad", "migrat", "notice")
    return (path for path in markdown.paths(sources) if not name(path).lower().startswith(past))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for number, row in enumerate(lines(sources, path), 1):
        for match in _SPAN.finditer(row) if "/" in row and "`" in row else ():
            place = _literal(match[1])
            if place and not _is_there(sources, path, place):
                near = did_you_mean_path(place, (*folders(sources), *sources.tree))
                fix = instead_path(near, "", "Write the path that it has now, or take it out.")
                flaw = Flaw(number, f"there is no {place}{near}", fix, match.start(1) + 1, Severity.WARNING)
                yield habit(flaw) if near else flaw


def _literal(span: str) -> str:
    """The part of a path that says where it leads."""
    parts = re.sub(r"(?::\d+(?:-\d+)?|#[\w-]*)$", "", span).strip("/").split("/")
    plain = []
    for part in parts:
        if not _PLAIN.fullmatch(part) or set(part) <= {"."}:
            break
        plain.append(part)
    # `release/v1.2` is a branch, and `pkg/name.Function` a name of code.
    is_path = len(plain) > 1 and not re.match(r"v[\dX]", plain[1]) and not re.search(r"\w\.[A-Z]\w*$", plain[-1])
    return "/".join(plain) if is_path else ""


def _is_there(sources: Sources, path: str, place: str) -> bool:
    if place.partition("/")[0] not in _tops(sources) or place.startswith(STATE):
        return True
    if re.match(r"scripts/.*\.(?:sh|py)$", place):
        return True  # script-call says so
    bases = {"", folder(path)}
    if any((there := join(base, place)) in sources.tree or sources.has_folder(there) for base in bases):
        return True
    # Of other repositories' pages it is not known whether `a/b` is a path, if there never was an `a`.
    certain = is_ours(sources) or sources.has_folder(folder(place))
    return not certain or is_ignored(sources, place) or is_of_a_service(sources, place)


@shared
def _tops(sources: Sources) -> frozenset[str]:
    return frozenset(path.split("/")[0] for path in sources.tree if "/" in path)
