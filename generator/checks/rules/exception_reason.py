"""What scanners overlook has a reason

An exception without a reason is never taken out: nobody knows any more whether it was meant, or for how long. Say why
at the exception itself: as `statement` of trivy's entry, after the colon of `#checkov:skip=ID:reason`, or after the
equals sign of a `checkov.io/skip` annotation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.models import exceptions
from generator.checks.models.habits import habit
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources, lines, name

FORMAT = Format.TEXT

_HINT: Final = (b"checkov:skip=", b"checkov.io/skip")
_COMMENT: Final = re.compile(r"(?:#|//|/\*)\s*(checkov:skip=(\w+))(:\s*\S)?")
_ANNOTATION: Final = re.compile(r"^\s*[\"']?checkov\.io/skip\d+[\"']?:\s*[\"']?((CKV2?_\w+)(=\s*[^\s\"'])?)")


def files(sources: Sources) -> Iterator[str]:
    for path, file in sources.tree.items():
        if not path.endswith(".md") and (name(path) in exceptions.TRIVY or any(hint in file.content for hint in _HINT)):
            yield path


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    if name(path) in exceptions.TRIVY:
        for _, entry in exceptions.trivy_entries(sources, path):
            if not entry.at("statement").text.strip():
                place = entry.at("id") or entry
                yield _flaw(place.line, place.column, place.text or "an entry without an id", "Add a `statement`.")
        return
    for number, line in enumerate(lines(sources, path), 1):
        for pattern in (_COMMENT, _ANNOTATION):
            match = pattern.search(line)
            if match and not match[3]:
                yield _flaw(number, match.start(1) + 1, match[2], "Write the reason behind it.")


def _flaw(line: int, column: int, check_id: str, fix: str) -> Flaw:
    return habit(Flaw(line, f"{check_id} is overlooked here, and nothing says why", fix, column))
