"""The actions and the keys of conditions that a policy names are those of AWS

AWS takes a policy with an action that does not exist, and gives nothing for it: the right is not there when it is
needed, and nothing says why. A `Deny` with a misspelt action denies nothing. Compared with the actions that AWS
documented when they were recorded; where no known one is similar, the action may be newer than that. The keys of
conditions are held to the same: a condition on a key that does not exist never holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generator.checks.formats.hcl_values import HOLE
from generator.checks.models import iam, iam_actions
from generator.checks.models.iam import Test, Word
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources
from generator.finding import Severity
from generator.spelling import Guess, closest

FORMAT = Format.TERRAFORM

_ALIKE: Final = 0.8
_MISSPELT: Final = 0.87
"""From here on it is the same name, misspelt; below it may be one that AWS has added since."""
_SILENT: Final = "the right is not given, and nothing says so"


def files(sources: Sources) -> Iterator[str]:
    return (path for path in sources.ending(".tf") if iam.of_file(sources, path))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    seen: set[tuple[int, int]] = set()
    for statement in iam.of_file(sources, path):
        for word in statement.actions:
            if HOLE not in word.text and ":" in word.text and (word.line, word.column) not in seen:
                seen.add((word.line, word.column))
                yield from _action(word)
        for test in statement.tests:
            if HOLE not in test.key and (test.line, test.column) not in seen:
                seen.add((test.line, test.column))
                yield from _key(test)


def _action(word: Word) -> Iterator[Flaw]:
    prefix, name = iam_actions.split(word.text)
    service = iam_actions.service(prefix)
    if service is None:
        near = closest(prefix, sorted(iam_actions.prefixes()), _ALIKE) if prefix.isascii() and "*" not in prefix else ""
        if near:
            yield at(word, f"AWS has no service {prefix}, so that {_SILENT}", near=Guess(near))
        return
    if service.matching(name):
        return
    if "*" in name or "?" in name:
        message = f"no action of {prefix} fits {word.text}: {_SILENT}"
        stem = next((name[:end] for end in range(len(name), 0, -1) if service.matching(f"{name[:end]}*")), "")
        fix = (
            f"Write {prefix}:{stem}*, or the actions that are needed." if stem else "Write the actions that are needed."
        )
        yield at(word, message, fix, severity=Severity.WARNING)
        return
    near = closest(name, sorted(service.names), _ALIKE)
    meant = Guess(f"{prefix}:{near}" if near else "")
    severity = Severity.ERROR if closest(name, [near], _MISSPELT) else Severity.WARNING
    fix = f"Take it out, or write an action that {prefix} has."
    yield at(word, f"AWS has no action {word.text}, so that {_SILENT}", fix, meant, severity=severity)


def _key(test: Test) -> Iterator[Flaw]:
    """A key of a condition that its service does not have: the condition never holds, or always does."""
    prefix, name = iam_actions.split(test.key)
    service = iam_actions.service(prefix)
    if service is None or not service.keys or service.tests(name):
        return
    near = closest(name, sorted(service.keys.values()), _ALIKE)
    if near:
        message = f"AWS has no key {test.key}, so that the condition never holds"
        yield at(test, message, near=Guess(f"{prefix}:{near}"))
