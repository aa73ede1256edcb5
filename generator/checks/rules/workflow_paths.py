"""Path filters of workflows fit some file

A workflow with `paths` starts only when one of the files changes. A pattern that fits nothing was left
behind when a folder moved: changes there are merged without having been tried or applied.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import github
from generator.checks.models.habits import habit
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, folders, shared
from generator.finding import Severity
from generator.spelling import Guess, closest_path

FORMAT = Format.GITHUB

_GONE = "Write the path of what is meant, or take the pattern out: no change of it starts anything."
_EVENTS = ("push", "pull_request", "pull_request_target")


def files(sources: Sources) -> Iterator[str]:
    return (path for path in github.workflow_paths(sources) if any(_patterns(sources, path)))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    known: set[str] = set()
    for node in _patterns(sources, path):
        pattern = node.text
        if pattern and pattern[0] != "!" and "${{" not in pattern and not _fits(sources, pattern):
            near = "" if pattern in known else _near(sources, pattern)
            known.add(pattern)
            other = Guess(near if near != _place(pattern) else "")
            message = f"there is no file that fits {pattern}{other}"
            fix = f"Write {near}{pattern.removeprefix(_place(pattern))}." if other else _deeper(sources, pattern)
            flaw = at(node, message, fix, severity=Severity.WARNING)
            yield habit(flaw) if near else flaw


def _patterns(sources: Sources, path: str) -> Iterator[Node]:
    on = yaml.root(sources, path).at("on")
    for event in _EVENTS:
        yield from on.at(event, "paths").items


def _place(pattern: str) -> str:
    """What a pattern begins with before any sign that stands for others."""
    return re.split(r"[*?\[+]", pattern)[0].rstrip("/")


def _near(sources: Sources, pattern: str) -> str:
    place = _place(pattern)
    return closest_path(place, (*folders(sources), *sources.tree)) if place else ""


def _deeper(sources: Sources, pattern: str) -> str:
    """The fix where the place is right: the pattern for all that is below, if any of that is meant."""
    place = _place(pattern)
    rest = pattern.removeprefix(place).removeprefix("/")
    found = f"{place}/**" if rest in ("", "*") else f"{place}/**/{rest}"
    return f"Write {found}." if sources.has_folder(place) and "**" not in rest and _fits(sources, found) else _GONE


@shared
def _names(sources: Sources) -> str:
    return "\n".join(sources.tree)


@shared
def _fits(sources: Sources, pattern: str) -> bool:
    """Whether a pattern fits a file: quickly where it is one, or a folder with all that is below."""
    if pattern in sources.tree:
        return True
    if pattern.endswith("/**") and not re.search(r"[*?\[+]", pattern[:-3]):
        return sources.has_folder(pattern[:-3])
    return re.search(f"^{_regex(pattern)}$", _names(sources), re.MULTILINE) is not None


def _regex(pattern: str) -> str:
    """GitHub's pattern as a regular expression: `*` for no slash, `?` and `+` for the character before."""
    signs = {"**/": "(?:[^\\n]*/)?", "**": "[^\\n]*", "*": "[^/\\n]*", "?": "?", "+": "+"}
    parts = re.split(r"(\*\*/|\*\*|\*|\?|\+|\[[^\]\n]*\])", pattern)
    words = [signs.get(part, part if part.startswith("[") else re.escape(part)) for part in parts if part]
    try:
        return re.compile("".join(words)).pattern
    except re.error:
        return "[^\\n]*"
