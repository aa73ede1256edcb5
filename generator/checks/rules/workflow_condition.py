"""Conditions of workflows can hold, and can fail

Text beside the braces of `if: ${{ ... }} && x` makes a text of the whole, and a text is true: the step
runs always. A line break behind the braces does the same, so write `if: >-` and not `if: |`. And a result
that is compared with a word that it never is (`failed`, where GitHub says `failure`) makes a condition
that never holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generator.checks.models import github
from generator.checks.models.github import Embedded
from generator.checks.rule import Flaw, Format, at, did_you_mean, instead, one_of
from generator.checks.source import Sources

FORMAT = Format.GITHUB

_RESULTS: Final = ("success", "failure", "cancelled", "skipped")
_SYSTEMS: Final = ("Linux", "Windows", "macOS")
_VALUES: Final[dict[tuple[str, ...], tuple[str, ...]]] = {
    ("job", "status"): ("success", "failure", "cancelled"),
    ("runner", "os"): _SYSTEMS,
    ("runner", "arch"): ("X86", "X64", "ARM", "ARM64"),
    ("github", "ref_type"): ("branch", "tag"),
}

files = github.paths


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for node in github.conditions(sources, path):
        text = node.text
        if "${{" in text and "}}" in text and (not text.startswith("${{") or not _ends(text)):
            message = "text beside the braces makes this condition hold always"
            yield at(node, message, "Put the whole of it inside ${{ }}, without a line break behind it.")
    for part in github.embedded(sources, path):
        yield from _never(part)


def _ends(text: str) -> bool:
    """Whether one pair of braces is the whole text."""
    return text.find("${{", 3) < 0 and text.endswith("}}")


def _never(part: Embedded) -> Iterator[Flaw]:
    for one in part.parsed.comparisons:
        known = _known(tuple(name.lower() for name in one.names))
        if known and one.text and one.text.lower() not in {word.lower() for word in known}:
            line, column = part.place(one.offset)
            near = did_you_mean(one.text, known)
            message = f"{'.'.join(one.names)} is never {one.text}, only {', '.join(known)}{near}"
            yield Flaw(line, message, instead(near, one_of(known)), column)


def _known(names: tuple[str, ...]) -> tuple[str, ...]:
    """What a value of a context can be; nothing where that is not known."""
    if len(names) == 3 and names[0] in ("needs", "jobs") and names[2] == "result":
        return _RESULTS
    if len(names) == 3 and names[0] == "steps" and names[2] in ("outcome", "conclusion"):
        return _RESULTS
    return _VALUES.get(names, ())
