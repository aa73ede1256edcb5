"""Make targets that are named exist

A workflow, script or page that says `make x` fails or misleads when no makefile of the repository has a target `x`; a
target that waits for one which is not there is refused as a whole. Where a makefile makes the names of its targets
itself (`%`, `$(NAMES):`) or includes files from elsewhere, nothing is said, nor where a script went to another folder
first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import shell
from generator.checks.formats.yaml import Node
from generator.checks.models import github
from generator.checks.models.habits import habit
from generator.checks.models.ours import is_managed
from generator.checks.rule import Flaw, Format, Placed, Point, at
from generator.checks.source import Sources, folder, join, lines, makefiles, shared
from generator.spelling import Guess, closest

FORMAT = Format.MAKE

# In prose only `make x` in backticks is a command; in code it begins one.
_PROSE: Final = re.compile(r"`make ((?:[a-z][\w-]*)(?= |`))")
_CODE: Final = re.compile(r"(?:^|[;&|(`]|\b(?:then|do|else|if|exec|sudo|time)\s|!\s)\s*make((?: +[^\s;&|)`]+)+)")
_AWAY: Final = re.compile(r"(?:^|[;&|(]|\b(?:then|do|else)\s)\s*(?:cd|pushd)\s+(?P<place>\S+)|\bgit clone\b")
_TOP: Final = re.compile(r"(?i)root|top|dirname|BASH_SOURCE|\.\.|workspace|rev-parse")
"""What leads to the top of a repository."""
_WORD: Final = re.compile(r" +(\S+)")
_PLAIN: Final = re.compile(r"[a-z][\w-]*")
_TARGET: Final = re.compile(r"^ *(?:\$\(call \w+,)?([A-Za-z][\w.-]*(?: [A-Za-z][\w.-]*)*)\)? *:(?!=)")
# A line of a target that has a value of its own (`x: A := b`) names no other.
_MADE: Final = re.compile(
    r"^(?!\.)(?:[^\s:#=]*%|\$[({](?!call )\w+[)}])[^:=\n]*::?(?!=)(?![^=\n]*=)|^\$\((?:eval|foreach) .*\$[({]call"
)
_INCLUDES: Final = re.compile(r"^ *[-s]?include +(.+)")


def files(sources: Sources) -> Iterator[str]:
    if not targets(sources):
        return
    for path in sources.tree:
        if path.endswith((".md", ".sh", "/todo.yml")):
            yield path
    yield from makefiles(sources)
    yield from (path for path in github.workflow_paths(sources) if not github.is_for_others(sources, path))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    if path in set(makefiles(sources)):
        yield from _needed(sources, path)
        return
    page = path.endswith((".md", "/todo.yml"))
    for place, name in _pages(sources, path) if page else _code(sources, path):
        if name not in targets(sources):
            yield habit(_lacking(sources, place, name)) if page else _lacking(sources, place, name)


def _lacking(sources: Sources, place: Placed, name: str) -> Flaw:
    fix = f"Write a target that is there, or add {name} to the makefile."
    return at(place, f"there is no make target {name}", fix, Guess(_near(name, targets(sources))))


def _near(name: str, known: frozenset[str]) -> str:
    """The target that was meant. What many begin with says nothing: `x-start` is not nearly `x-destroy`."""
    begin = name[: name.rfind("-") + 1]
    alike = sorted(one[len(begin) :] for one in known if one.startswith(begin))
    return f"{begin}{near}" if (near := closest(name[len(begin) :], alike)) else "" if alike else closest(name, known)


def _needed(sources: Sources, path: str) -> Iterator[Flaw]:
    """What a target waits for, where neither a target nor a file has its name; a file included may have the target."""
    base = f"{folder(path)}/".lstrip("/")
    here = {one[len(base) :].partition(".")[0] for one in sources.tree if one.startswith(base)}
    for number, line in enumerate(lines(sources, path), 1):
        match = _TARGET.match(line)
        begin = match.end() if match else len(line)
        rest = re.split(r"[#;]", line[begin:])[0]
        for word in re.finditer(r"\S+", rest) if "=" not in rest else ():
            name = word[0]
            if not _PLAIN.fullmatch(name) or name in targets(sources) or name in here or sources.has_folder(name):
                continue
            if is_managed(sources, path) or (
                _near(name, targets(sources)) and not any(map(_INCLUDES.match, lines(sources, path)))
            ):
                yield _lacking(sources, Point(number, begin + word.start() + 1), name)


def _pages(sources: Sources, path: str) -> Iterator[tuple[Point, str]]:
    """Targets in backticks, and in fences that do not go elsewhere first."""
    fenced = elsewhere = False
    for number, line in enumerate(lines(sources, path), 1):
        if line.lstrip().startswith("```"):
            fenced, elsewhere = not fenced, False
        elsewhere = elsewhere or "cd " in line or "git clone" in line
        if "make " not in line:
            continue
        if not fenced:
            yield from ((Point(number, match.start(1) + 1), match[1]) for match in _PROSE.finditer(line))
        elif not elsewhere:
            yield from _named(line, number, 0)


def _code(sources: Sources, path: str) -> Iterator[tuple[Point, str]]:
    """Targets in code, but where it works in a folder that is not of the repository."""
    if path.endswith(".sh"):
        script, elsewhere = shell.script(sources, path), False
        for command in script.grammar.commands if shell.dialect(sources, path) else ():
            words = [word for _, word in command.words]
            if words[:1] in (["cd"], ["pushd"]) and len(words) > 1:
                elsewhere = _is_elsewhere(sources, words[-1])
            elif words[:1] == ["make"] and not elsewhere:
                yield from ((script.place(o), w) for o, w in _targets_of(command.words[1:]))
        return
    for step in (step for job in github.jobs(sources, path).values() for step in job.steps):
        yield from _of_step(sources, path, step)


def _of_step(sources: Sources, path: str, step: Node) -> Iterator[tuple[Point, str]]:
    run, written = step.at("run"), lines(sources, path)
    if not run or _is_elsewhere(sources, step.at("working-directory").text):
        return
    last, column = run.raw.end_mark.line, run.raw.end_mark.column
    # A block ends where the next line begins.
    for number in range(run.line, min(last + bool(column), len(written)) + 1):
        line = written[number - 1][: column if number > last else None]
        if any(_is_elsewhere(sources, match["place"] or "/") for match in _AWAY.finditer(line)):
            return
        if "make " in line:
            yield from _named(line, number, run.column - 1 if number == run.line else 0)


def _is_elsewhere(sources: Sources, place: str) -> bool:
    """Whether a folder is none of the repository, as far as anybody can tell."""
    place = place.strip("\"'")
    return not (_TOP.search(place) or sources.has_folder(join("", place)))


def _named(line: str, number: int, start: int) -> Iterator[tuple[Point, str]]:
    """The targets that a line of code names, from a column on."""
    for match in _CODE.finditer(line[start:].partition("#")[0]):
        words = [(start + match.start(1) + word.start(1) + 1, word[1]) for word in _WORD.finditer(match[1])]
        yield from ((Point(number, column), word) for column, word in _targets_of(words))


def _targets_of(words: list[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """The targets among the words of a make command; none where it works in another folder, or on another file."""
    if not any(word.startswith(("-C", "-f", "--directory", "--file", "--makefile", "-I")) for _, word in words):
        for before, (place, word) in zip([(0, ""), *words], words, strict=False):
            if before[1] in {"-j", "-l", "-o", "-W"} or word.startswith("$"):
                continue
            # What is quoted may have words of its own.
            if "<" in word or ">" in word or word == "\\" or word.count('"') % 2 or word.count("'") % 2:
                return
            if _PLAIN.fullmatch(word):
                yield place, word


def _includes_others(sources: Sources, line: str) -> bool:
    """Whether a line of a makefile includes what the repository does not have; settings have no targets."""
    included = _INCLUDES.match(line)
    if included is None or "$(wildcard" in line:
        return False
    last = (word.rpartition("/")[2] for word in included[1].partition("#")[0].split())
    return any("*" not in one and not one.endswith((".env", ".d")) and one not in _names(sources) for one in last)


@shared
def _names(sources: Sources) -> frozenset[str]:
    return frozenset(path.rpartition("/")[2] for path in sources.tree)


@shared
def targets(sources: Sources) -> frozenset[str]:
    """The targets of all makefiles; none where some are not known."""
    found: set[str] = set()
    for path in makefiles(sources):
        for line in lines(sources, path):
            match = _TARGET.match(line)
            found |= set(match[1].split()) if match else set()
            if _MADE.match(line) or _includes_others(sources, line):
                return frozenset()
    return frozenset(found)
