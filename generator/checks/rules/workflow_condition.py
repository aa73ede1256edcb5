"""Conditions of workflows can hold, and can fail

Text beside the braces of `if: ${{ ... }} && x` makes a text of the whole, and a text is true: the step
runs always. A line break behind the braces does the same, so write `if: >-` and not `if: |`. And a result
that is compared with a word that it never is (`failed`, where GitHub says `failure`) makes a condition
that never holds. So does a branch without `refs/heads/` beside `github.ref`, and an event that there is not or
that the workflow does not run for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from generator.checks.formats import yaml
from generator.checks.formats.expressions import Comparison
from generator.checks.models import deploys, github
from generator.checks.models.github import Embedded
from generator.checks.models.github_contexts import EVENTS
from generator.checks.rule import Flaw, Format, at, did_you_mean, instead, one_of
from generator.checks.source import Sources
from generator.finding import Severity

FORMAT = Format.GITHUB

_RESULTS: Final = ("success", "failure", "cancelled", "skipped")
_SYSTEMS: Final = ("Linux", "Windows", "macOS")
_VALUES: Final[dict[tuple[str, ...], tuple[str, ...]]] = {
    ("job", "status"): ("success", "failure", "cancelled"),
    ("runner", "os"): _SYSTEMS,
    ("runner", "arch"): ("X86", "X64", "ARM", "ARM64"),
    ("github", "ref_type"): ("branch", "tag"),
}

_SHORT: Final = ("github.ref_name", "github.head_ref", "github.base_ref")
"""What has the name of a branch and no more."""

files = github.paths


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for node in github.conditions(sources, path):
        text = node.text
        if "${{" in text and "}}" in text and (not text.startswith("${{") or not _ends(text)):
            message = "text beside the braces makes this condition hold always"
            yield at(node, message, "Put the whole of it inside ${{ }}, without a line break behind it.")
    for part in github.embedded(sources, path):
        yield from _never(part)
        yield from _events(sources, path, part)


def _ends(text: str) -> bool:
    """Whether one pair of braces is the whole text."""
    return text.find("${{", 3) < 0 and text.endswith("}}")


def _never(part: Embedded) -> Iterator[Flaw]:
    for one in part.parsed.comparisons:
        known = _known(tuple(name.lower() for name in one.names))
        if known and one.text and one.text.lower() not in {word.lower() for word in known}:
            near = did_you_mean(one.text, known)
            message = f"{'.'.join(one.names)} is never {one.text}, only {', '.join(known)}{near}"
            yield _flaw(part, one, message, instead(near, one_of(known)))


def _flaw(part: Embedded, one: Comparison, message: str, fix: str) -> Flaw:
    line, column = part.place(one.offset)
    return Flaw(line, message, fix, column)


def _events(sources: Sources, path: str, part: Embedded) -> Iterator[Flaw]:
    """What is wrong with an event or a branch that something is compared with."""
    own = deploys.triggers(yaml.root(sources, path))
    for one in part.parsed.comparisons:
        name, word = ".".join(one.names).lower(), one.text.lower()
        if name == "github.event_name" and word and word not in EVENTS:
            near = did_you_mean(word, EVENTS)
            message = f"{name} is never {one.text}{near}"
            yield _flaw(part, one, message, instead(near, one_of(own, "Write an event that starts this workflow.")))
        elif name == "github.event_name" and word and own and one.equal and not {word, "workflow_call"} & set(own):
            fix = one_of(own).removesuffix(".") + f", or add {word} under `on`."
            yield replace(_flaw(part, one, f"this workflow never runs for {word}", fix), severity=Severity.WARNING)
        elif name == "github.ref" and word and not word.startswith("refs/"):
            yield _flaw(part, one, f"{name} is never {one.text}: it begins with refs/", f"Write refs/heads/{one.text}.")
        elif name in _SHORT and word.startswith(("refs/heads/", "refs/tags/")):
            message = f"{name} is never {one.text}: it has no refs/heads/ or refs/tags/"
            yield _flaw(part, one, message, f"Write {one.text.split('/', 2)[2]}.")


def _known(names: tuple[str, ...]) -> tuple[str, ...]:
    """What a value of a context can be; nothing where that is not known."""
    if len(names) == 3 and names[0] in ("needs", "jobs") and names[2] == "result":
        return _RESULTS
    if len(names) == 3 and names[0] == "steps" and names[2] in ("outcome", "conclusion"):
        return _RESULTS
    return _VALUES.get(names, ())
