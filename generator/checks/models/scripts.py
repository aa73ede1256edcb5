"""The repository's scripts together: what they source, and what they take on their command line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from generator.checks.formats import shell
from generator.checks.formats.shell_grammar import Grammar
from generator.checks.formats.shell_lists import Case
from generator.checks.formats.shell_words import ShellError
from generator.checks.source import Sources, lines, makefiles, shared, text

_REFUSES: Final = re.compile(r"\b(?:exit|die|return [1-9]|abort)\b|usage|err|fail|unknown|invalid", re.IGNORECASE)
_OPTION: Final = re.compile(r"(?:^|:)(--?[A-Za-z][\w-]*)=?\*?$")
_COMPARED: Final = re.compile(r"==?\s*[\"']?(--?[A-Za-z][\w-]*)")
_ENDED: Final = re.compile(r"\.sh[\"']?(?![\w./-])")
_PATH: Final = re.compile(
    r"(?<![\w./-])(?:\./|\$\{?ROOT\}?/|\$\(CURDIR\)/)?((?:[\w-][\w.-]*/)*[\w-][\w.-]*\.sh)[\"']?\Z"
)
# What may stand before a command in its line.
_BEGINS: Final = re.compile(r"(?:^|[;&|(`{]|\brun:|\b(?:then|do|else|if|elif|while|exec)\s|!\s)[\s@\"'-]*\Z")
_LONGEST: Final = 200
"""Characters that the path of a script may have where it is run."""
_COLLECTED: Final = re.compile(r"\b(\w+)\+=\(\"\$1\"\)")
_VALUE: Final = re.compile(r"\bshift\b|\$\{?2|\"\$@\"")
"""What a branch has that takes the word after an option, too."""
_NUMBER: Final = r"\(\(\$\{{#{0}\[@\]\}} == (\d)\)\) \|\|"
_PLAIN: Final = re.compile(r"[a-z][\w-]*")
_COUNTED: Final = re.compile(r"([a-z][\w-]*):(?:\d+|\*)")
_ALL: Final = frozenset({'"$@"', "$@", "$*", '"${@:2}"'})


@dataclass(frozen=True, slots=True)
class Closure:
    """A script with all that it sources."""

    paths: tuple[str, ...]
    whole: bool
    """Whether that is known to be all: nothing comes from elsewhere or by `eval`, and everything can be read."""


@shared
def closure(sources: Sources, path: str) -> Closure:
    """A script and what it sources, directly or not."""
    found, whole, waiting = [path], True, [path]
    while waiting:
        one = waiting.pop()
        script = shell.script(sources, one)
        whole = whole and not script.mistake
        for command in script.grammar.commands:
            name = command.words[0][1] if command.words else ""
            if name in shell.SOURCES:
                line = lines(sources, one)[script.place(command.words[0][0]).line - 1]
                target = shell.sourced(sources, one, line[line.find(name) :])
                whole = whole and bool(target)
                if target and target not in found:
                    found.append(target)
                    waiting.append(target)
            elif name == "eval":
                whole = whole and not any("$(" in word or "`" in word for _, word in command.words)
    return Closure(tuple(found), whole)


@shared
def _entries(sources: Sources) -> dict[str, tuple[str, ...]]:
    """For each script, those whose closure it is part of."""
    found: dict[str, list[str]] = {}
    for path in shell.paths(sources):
        if shell.dialect(sources, path):
            for part in closure(sources, path).paths:
                found.setdefault(part, []).append(path)
    return {path: tuple(entries) for path, entries in found.items()}


@shared
def family(sources: Sources, path: str) -> Closure:
    """All that may be there where a line of a script runs: a library has what those have that source it."""
    parts = [closure(sources, entry) for entry in _entries(sources).get(path, (path,))]
    return Closure(tuple(dict.fromkeys(p for one in parts for p in one.paths)), all(one.whole for one in parts))


@dataclass(frozen=True, slots=True)
class Arguments:
    """What a script takes."""

    options: frozenset[str]
    words: Mapping[int, frozenset[str]]
    """What a word that is no option may be, by its place among these, from 0; those of which it is known."""
    count: int | None
    """How many of these it takes; None where that is not known."""


@shared
def arguments(sources: Sources, path: str) -> Arguments | None:
    """What a script of the repository takes; None where it is not certain that it refuses all else."""
    whole = closure(sources, path)
    if not whole.whole:
        return None
    grammars = [shell.script(sources, one).grammar for one in whole.paths]
    cases = [case for grammar in grammars for case in grammar.cases if _of_options(case)]
    if not _handed_on(grammars) or not cases or not any(map(_refuses, cases)) or any(map(_lets_pass, cases)):
        return None
    named = {match[1] for case in cases for match in _matches(case)}
    compared = {name for one in whole.paths for name in _COMPARED.findall(text(sources, one))}
    return Arguments(frozenset(named | compared), *_collected(text(sources, path), cases))


def _matches(case: Case) -> Iterator[re.Match[str]]:
    for branch in case.branches:
        for _, pattern in branch.patterns:
            if match := _OPTION.search(pattern.strip("\"'")):
                yield match


def _of_options(case: Case) -> bool:
    return any(_matches(case))


def _rest(case: Case) -> Iterator[str]:
    """What is done with an option that the case does not name: the first branch that takes it."""
    for branch in case.branches:
        if any(pattern in {"*", "-*", "--*", "-?*", "*:*", "*:-*"} for _, pattern in branch.patterns):
            yield branch.body
            return


def _refuses(case: Case) -> bool:
    return any(_REFUSES.search(body) for body in _rest(case))


def refused(first: Case, second: Case) -> list[tuple[int, str]]:
    """The options of the second `case` that the first one, which refuses what it does not name, does not name."""
    named = {match[1] for match in _matches(first)}
    if not named or not _refuses(first):
        return []
    given = [one for branch in second.branches for one in branch.patterns]
    return [
        (offset, name) for offset, name in given if name.startswith("--") and _OPTION.match(name) and name not in named
    ]


def _lets_pass(case: Case) -> bool:
    return any(not _REFUSES.search(body) for body in _rest(case))


def _handed_on(grammars: list[Grammar]) -> bool:
    """Whether a script gives its arguments to its own functions alone."""
    functions = {name for grammar in grammars for name in grammar.functions} | {"set", "shift", "printf", "echo"}
    given = (c for c in grammars[0].commands if not c.function and any(word in _ALL for _, word in c.words))
    return all(command.words[0][1] in functions for command in given)


def _collected(content: str, cases: list[Case]) -> tuple[Mapping[int, frozenset[str]], int | None]:
    """What a script compares the words with that it collects, before it refuses all others, and how many they are."""
    if any(_VALUE.search(branch.body) for case in cases for branch in case.branches):
        # Which words are values of options is not known: the first is judged, which stands before them.
        return {place: those for place, those in _compared(content).items() if place == 0}, None
    found = _compared(content)
    counts = {
        int(match[1]) for name in _COLLECTED.findall(content) for match in re.finditer(_NUMBER.format(name), content)
    }
    return found, counts.pop() if len(counts) == 1 else None


def _compared(content: str) -> dict[int, frozenset[str]]:
    found: dict[int, frozenset[str]] = {}
    for name in dict.fromkeys(_COLLECTED.findall(content)):
        places = rf"^\s*(?:local |readonly )?(\w+)=\"\$\{{{name}\[(\d)\]\}}\""
        for given in re.finditer(places, content, re.MULTILINE):
            check = re.search(rf"\[\[ \"?\$\{{?{given[1]}\}}?\"? =~ \^\(([\w|-]+)\)\$ \]\] \|\|", content)
            found |= {int(given[2]): frozenset(check[1].split("|"))} if check else {}
    return found


@shared
def commands(sources: Sources, path: str) -> frozenset[str]:
    """What the first word of a script may be that looks at it, alone or with the number of all (`"${1:-}:$#"`)."""
    for case in shell.script(sources, path).grammar.cases:
        words = [pattern.strip("\"'") for branch in case.branches for _, pattern in branch.patterns]
        named = [match[1] for word in words if (match := _COUNTED.fullmatch(word))]
        if case.subject.strip('"') == "${1:-}:$#" and named and len(named) == len(words) - 1 and _refuses(case):
            return frozenset(named)
    whole = closure(sources, path)
    every = [case for one in whole.paths for case in shell.script(sources, one).grammar.cases] if whole.whole else []
    found = [those for case in every if (those := _named(case))]
    return found[0] if len(found) == 1 else frozenset()


def _named(case: Case) -> frozenset[str]:
    """The plain words of a `case` that takes the first word or `--help`, and refuses all else."""
    given = [pattern.strip("\"'") for branch in case.branches for _, pattern in branch.patterns]
    plain = frozenset(one for one in given if _PLAIN.fullmatch(one))
    if case.subject.strip('"') not in {"${1:-}", "$1"} or "--help" not in given or not _refuses(case):
        return frozenset()
    return plain if len(plain) == len([one for one in given if one not in {"", "*", "-h", "--help"}]) else frozenset()


@dataclass(frozen=True, slots=True)
class Call:
    """A script of the repository that a line runs, or names, with its words, each with its offset in the file."""

    script: str
    runs: bool
    """Whether it is started by its path, and not read by a shell that is named before it."""
    words: tuple[tuple[int, str], ...]
    start: int = 0
    """Where its path begins in the file."""


def callers(sources: Sources) -> Iterator[str]:
    """The files with lines that run scripts."""
    yield from (path for path in sources.below(".github/") if path.endswith((".yml", ".yaml")))
    yield from makefiles(sources)
    yield from (path for path in shell.paths(sources) if shell.dialect(sources, path))
    yield from sources.ending(".md")


@shared
def calls(sources: Sources, path: str) -> tuple[Call, ...]:
    """The scripts that a file runs. In a page, what is in backquotes or a fence."""
    content = text(sources, path)
    found = []
    for ended in _ENDED.finditer(content):
        start = content.rfind("\n", 0, ended.start()) + 1
        match = _PATH.search(content, max(start, ended.start() - _LONGEST), ended.end())
        if match and match[1] in sources.tree and not content[start : match.start()].lstrip().startswith(("#", "//")):
            runs = not path.endswith(".md") and bool(_BEGINS.search(content[start : match.start()]))
            given = tuple(words(content, ended.end(), prose=path.endswith(".md")))
            found.append(Call(match[1], runs, given, match.start()))
    return tuple(found)


def words(content: str, start: int, *, prose: bool = False) -> Iterator[tuple[int, str]]:
    """The words of a command from an offset on, up to its end."""
    end = content.find("\n", start)
    while end > 0 and content[end - 1] == "\\":
        end = content.find("\n", end + 1)
    piece = content[start : end if end >= 0 else len(content)]
    if prose:
        piece = piece.partition("`")[0]
    reader = Grammar(piece)
    try:
        while True:
            reader.blanks()
            begin = reader.at
            word = reader.word()
            if not word:
                return
            yield start + begin, word
    except (ShellError, RecursionError):
        return
