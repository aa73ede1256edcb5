"""Make targets that are named exist

A workflow, script or page that says `make x` fails or misleads when no makefile of the repository
has a target `x`. Where a makefile makes the names of its targets itself (`%`, `$(NAMES):`), nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import shell
from generator.checks.formats.yaml import Mistake
from generator.checks.models import github
from generator.checks.rule import Flaw, Format, at, did_you_mean, instead
from generator.checks.source import Sources, lines, makefiles, shared
from generator.finding import Severity

FORMAT = Format.MAKE

# In prose only `make x` in backticks is a command; in code it begins one.
_PROSE: Final = re.compile(r"`make ((?:[a-z][\w-]*)(?= |`))")
_CODE: Final = re.compile(r"(?:^|[;&|(`]|\b(?:then|do|else|if|exec|sudo|time)\s|!\s)\s*make((?: +[^\s;&|)`]+)+)")
_WORD: Final = re.compile(r" +(\S+)")
_PLAIN: Final = re.compile(r"[a-z][\w-]*")
_TARGET: Final = re.compile(r"^(?:\$\(call \w+,)?([A-Za-z][\w.-]*(?: [A-Za-z][\w.-]*)*)\)? *:(?!=)")
# A line of a target that has a value of its own (`x: A := b`) names no other.
_MADE: Final = re.compile(
    r"^(?!\.)(?:[^\s:#=]*%|\$[({](?!call )\w+[)}])[^:=\n]*::?(?!=)(?![^=\n]*=)|^\$\((?:eval|foreach) .*\$[({]call"
)


def files(sources: Sources) -> Iterator[str]:
    if not targets(sources):
        return
    for path in sources.tree:
        if path.endswith((".md", ".sh", "/todo.yml")):
            yield path
    yield from (path for path in github.workflow_paths(sources) if not github.is_for_others(sources, path))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    page = path.endswith((".md", "/todo.yml"))
    for place, name in _pages(sources, path) if page else _code(sources, path):
        if name not in targets(sources):
            message = f"there is no make target {name}{did_you_mean(name, targets(sources))}"
            fix = instead(message, f"Write a target that is there, or add {name} to the makefile.")
            yield at(place, message, fix, severity=Severity.WARNING if page else Severity.ERROR)


def _pages(sources: Sources, path: str) -> Iterator[tuple[Mistake, str]]:
    """Targets in backticks, and in fences that do not go elsewhere first."""
    fenced = elsewhere = False
    for number, line in enumerate(lines(sources, path), 1):
        if line.lstrip().startswith("```"):
            fenced, elsewhere = not fenced, False
        elsewhere = elsewhere or "cd " in line or "git clone" in line
        if "make " not in line:
            continue
        if not fenced:
            yield from ((Mistake(number, match.start(1) + 1, ""), match[1]) for match in _PROSE.finditer(line))
        elif not elsewhere:
            yield from _named(line, number, 0)


def _code(sources: Sources, path: str) -> Iterator[tuple[Mistake, str]]:
    if path.endswith(".sh"):
        script = shell.script(sources, path)
        for command in script.grammar.commands if shell.dialect(sources, path) else ():
            if command.words and command.words[0][1] == "make":
                yield from ((script.place(o), w) for o, w in _targets_of(command.words[1:]))
        return
    for node in github.runs(sources, path):
        for number in range(node.line, node.raw.end_mark.line + 2):
            line = lines(sources, path)[number - 1] if number <= len(lines(sources, path)) else ""
            start = node.column - 1 if number == node.line else 0
            if "make " in line:
                yield from _named(line, number, start)


def _named(line: str, number: int, start: int) -> Iterator[tuple[Mistake, str]]:
    """The targets that a line of code names, from a column on."""
    for match in _CODE.finditer(line[start:].partition("#")[0]):
        words = [(start + match.start(1) + word.start(1) + 1, word[1]) for word in _WORD.finditer(match[1])]
        yield from ((Mistake(number, column, ""), word) for column, word in _targets_of(words))


def _targets_of(words: list[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """The targets among the words of a make command; none where it works in another folder, or on another file."""
    if not any(word.startswith(("-C", "-f", "--directory", "--file", "--makefile", "-I")) for _, word in words):
        for before, (place, word) in zip([(0, ""), *words], words, strict=False):
            if before[1] in {"-j", "-l", "-o", "-W"} or word.startswith("$"):
                continue
            if "<" in word or ">" in word or word == "\\":
                return
            if _PLAIN.fullmatch(word):
                yield place, word


@shared
def targets(sources: Sources) -> frozenset[str]:
    """The targets of all makefiles; none where some are not known."""
    found: set[str] = set()
    for path in makefiles(sources):
        for line in lines(sources, path):
            match = _TARGET.match(line)
            found |= set(match[1].split()) if match else set()
            if _MADE.match(line):
                return frozenset()
    return frozenset(found)
