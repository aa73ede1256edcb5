"""No credentials are written into files

A key in a repository is known to everyone who ever cloned it. Revoke it first, then remove it, and
put the new one into the secret store. A password in the address of a neighbour on the same machine
is a warning: it is most likely that of a trial, and `password` itself stands for one. So is a key that a test has, or
whose name says that it is made up. The first line of a private key is one where the key follows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.models import credentials
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources, lines, name
from generator.finding import Severity
from generator.secrets import HINTS, secrets

FORMAT = Format.TEXT

_HINTS: Final = re.compile(HINTS.pattern.decode())
_LONG: Final = 2000
"""Characters of a line that a program wrote."""
_AROUND: Final = 150
"""Characters before a hint in which a credential may begin."""
_BEGUN: Final = re.compile(r"-----BEGIN [A-Z ]+-----")
_BODY: Final = re.compile(r"(?:\\[rn]|[^A-Za-z0-9<\[{$])*(?:[A-Za-z0-9+/]{16,}|Proc-Type:)")
"""What follows the first line of a key, also where that is a text of a program: a page shows the line alone."""
_FOLLOWS: Final = 200
"""Characters in which a key has begun."""
_NEAR: Final = re.compile(r"[^\s@]*@(?:127\.\d|\[|[\w-]+(?![\w.-]))")
_MADE_UP: Final = re.compile(r"(?i)(?:\b|_)(?:fake|dummy|tests?|examples?|samples?)(?:\b|_)")
"""How a key is called that somebody made to try something."""
_BY_TESTS: Final = ("a private key", "a password in a URL", "a signed token (JWT)")
"""What tests make for themselves; the others are given by somebody."""
_STANDS_FOR: Final = re.compile(
    r"(?i)[^\s:]*://[^\s:@]*:(?:fake[^\s@]*|hunter2|"
    r"(?:my|your|some|super)?[-_]?(?:pass(?:word|wd)?|secret(?:[-_]access[-_]key)?|changeme|x+))@"
)


def files(sources: Sources) -> Iterator[str]:
    return iter(sources.tree)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    if not HINTS.search(sources.tree[path].content):
        return
    for number, line in enumerate(lines(sources, path), 1):
        for offset, kind in _found(line):
            if not _STANDS_FOR.match(line, offset) and not _is_shown(sources, path, number, offset):
                severity = Severity.WARNING if _is_meant(path, kind, line, offset) else Severity.ERROR
                yield Flaw(number, f"this looks like {kind}", "Revoke it, then remove it.", offset + 1, severity)


def _is_meant(path: str, kind: str, line: str, offset: int) -> bool:
    """Whether a credential is most likely that of a trial."""
    if kind.endswith("in a URL") and _NEAR.match(line, offset):
        return True
    named = _MADE_UP.search(line, max(offset - _AROUND, 0), offset)
    return kind in _BY_TESTS and (credentials.is_test(path) or bool(named or _MADE_UP.search(name(path))))


def _is_shown(sources: Sources, path: str, number: int, offset: int) -> bool:
    """Whether it is the first line of a private key and no key follows."""
    here, *more = lines(sources, path)[number - 1 : number + 2]
    begun = _BEGUN.match(here, offset)
    return begun is not None and not _BODY.match("\n".join((here[begun.end() :], *more))[:_FOLLOWS])


def _found(line: str) -> list[tuple[int, str]]:
    """(offset, kind) of the credentials of a line; of one that no person wrote only what is near a hint is read."""
    hints = list(_HINTS.finditer(line))
    if not hints or len(line) < _LONG:
        return list(secrets(line)) if hints else []
    starts = [max(hint.start() - _AROUND, 0) for hint in hints]
    found = {(start + at, kind) for start in starts for at, kind in secrets(line[start : start + 3 * _AROUND])}
    return sorted(found)
