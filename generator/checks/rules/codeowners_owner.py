"""Owners are written as GitHub knows them

An owner is `@user`, `@organisation/team` or an e-mail address. GitHub leaves out a line with any other: what it is
about has no owner, so that anybody may approve a change there. Add the `@`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.models import codeowners
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources

FORMAT = Format.GITHUB

_OWNER: Final = re.compile(r"@{1,2}[\w.-]+(?:/[\w./-]+)?|[^\s@]+@[^\s@]+\.[^\s@]+")


def files(sources: Sources) -> list[str]:
    path = codeowners.path(sources)
    return [path] if path else []


def check(sources: Sources, _path: str) -> Iterator[Flaw]:
    for entry in codeowners.entries(sources):
        for owner, column in entry.owners:
            if not _OWNER.fullmatch(owner):
                message = f"{owner} is no owner, so GitHub leaves out the line: nobody owns {entry.pattern}"
                yield Flaw(entry.line, message, "Write @user, @organisation/team or an e-mail address.", column)
