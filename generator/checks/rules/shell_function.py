"""Functions that scripts call exist in what they source

A call of a function that was renamed, or whose library is not sourced, is "command not found" in the middle of what the
script does. A program looks the same, so only such a name is refused as no program is likely to have: one with an
underscore of which a function with nearly the same name is there, or one that a function's own comment still gives it.
While a script sources a file that is not there, nothing is said of what any other defines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import shell
from generator.checks.models import scripts
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, lines, shared, text
from generator.spelling import Guess, closest

FORMAT = Format.SHELL

_NAME: Final = re.compile(r"[A-Za-z_]\w*")
_DOCUMENTED: Final = re.compile(r"#\s*([A-Za-z_]\w*)(?=[ :])")
_LOOKED_FOR: Final = re.compile(r"\b(?:command -[vV]|type|which|hash|need|require\w*|\w*exists?) +([^\n;|&)]+)")


def files(sources: Sources) -> Iterator[str]:
    return (path for path in shell.paths(sources) if shell.dialect(sources, path))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    own = shell.script(sources, path)
    parts = scripts.family(sources, path)
    if own.mistake or not parts.whole:
        return
    known = _functions(sources, parts.paths)
    lost = _unreachable(sources)
    told: set[str] = set()
    for command in own.grammar.commands:
        offset, name = command.words[0] if command.words else (0, "")
        if name in known or name in lost or name in told or not _NAME.fullmatch(name):
            continue
        meant = _meant(sources, parts.paths, name, known)
        if meant and name not in _programs(sources) and not _wraps(sources, parts.paths, meant, name):
            told.add(name)
            yield at(own.place(offset), f"there is no function {name}", near=Guess(meant))


@shared
def _functions(sources: Sources, paths: tuple[str, ...]) -> frozenset[str]:
    return frozenset(name for one in paths for name in shell.script(sources, one).grammar.functions)


@shared
def _unreachable(sources: Sources) -> frozenset[str]:
    """What any script defines, while one sources a file that is not there: who has what, is not known until it does."""
    paths = tuple(path for path in shell.paths(sources) if shell.dialect(sources, path))
    astray = any(
        shell.source_target(line) and not shell.sourced(sources, path, line)
        for path in paths
        for _, line in shell.code(sources, path)
    )
    return _functions(sources, paths) if astray else frozenset()


def _meant(sources: Sources, paths: tuple[str, ...], name: str, known: frozenset[str]) -> str:
    """The function that a name is likely to mean; "" where it may as well be a program."""
    documented = _documented(sources, paths).get(name, "")
    if documented or "_" not in name:
        return documented
    ends = sorted(other for other in known if other.endswith(f"_{name}") or name.endswith(f"_{other}"))
    return ends[0] if ends else closest(name, sorted(known), 0.85)


def _wraps(sources: Sources, paths: tuple[str, ...], function: str, name: str) -> bool:
    """Whether a function runs what has the name: then that is a program."""
    commands = (command for one in paths for command in shell.script(sources, one).grammar.commands)
    return any(command.function == function and any(word == name for _, word in command.words) for command in commands)


@shared
def _documented(sources: Sources, paths: tuple[str, ...]) -> dict[str, str]:
    """Functions by the name that begins the comment above them, where it is another than theirs."""
    found: dict[str, str] = {}
    for path in paths:
        script = shell.script(sources, path)
        for function, offset in script.grammar.functions.items():
            match = _DOCUMENTED.match(_comment(lines(sources, path), script.place(offset).line))
            if match and function.endswith(f"_{match[1]}"):
                found[match[1]] = function
    return found


def _comment(content: tuple[str, ...], line: int) -> str:
    """The first line of the comment that ends above a line."""
    first = line - 1
    while first > 0 and content[first - 1].startswith("#"):
        first -= 1
    return content[first] if first < line - 1 else ""


@shared
def _programs(sources: Sources) -> frozenset[str]:
    """The names that some script looks for before it calls them, as it does with programs."""
    found = " ".join(match[1] for path in shell.paths(sources) for match in _LOOKED_FOR.finditer(text(sources, path)))
    return frozenset(_NAME.findall(found))
