"""What the scripts of a repository take on their command line, as far as their text tells."""

from __future__ import annotations

import re
from typing import Final

from generator.checks.formats import shell
from generator.checks.source import Sources, lines, shared, text

_OPTION: Final = re.compile(r"(?<![\w-])--[a-z][\w-]*")
_FUNCTION: Final = re.compile(r"^\s*(?:function\s+)?([\w:.-]+)\s*\(\)", re.MULTILINE)
_HANDS_ON: Final = re.compile(r"^(?:exec\s+)?([\w./\"${}-]+)[^\n#]*\"\$[@*]\"", re.MULTILINE)
_OWN: Final = frozenset(("for", "set", "while", "declare", "readonly", "printf", "echo", "if", "case"))
_ARM: Final = re.compile(r"^[^\n#]*--[a-z][\w-]*(?:=\*)?[\"']?\s*(?:\||\))", re.MULTILINE)


@shared
def options(sources: Sources, path: str) -> frozenset[str] | None:
    """The long options that a script and what it sources name; None where it does not read them itself."""
    texts = [text(sources, one) for one in sorted(_whole(sources, path))]
    functions = {name for one in texts for name in _FUNCTION.findall(one)}
    handed = {match[1] for match in _HANDS_ON.finditer(text(sources, path))}
    if handed - functions - _OWN or not any(_ARM.search(one) for one in texts):
        return None
    return frozenset(option for one in texts for option in _OPTION.findall(one))


def _whole(sources: Sources, path: str) -> set[str]:
    """A script and what it sources."""
    found: set[str] = set()
    waiting = [path]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += [place for line in lines(sources, one) if (place := shell.sourced(sources, one, line))]
    return found
