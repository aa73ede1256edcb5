"""Files and folders that commands read exist

A make target, script or step fails where `docker build -f`, `kubectl apply -k`, `promtool check rules` or their like
are to read a file which is not there; or it looks at nothing, and what it guards goes unseen. Paths with variables are
judged up to the first of them. What a command of the same file writes, and what Git ignores, is not judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import shell
from generator.checks.models import github, scripts
from generator.checks.models.ignored import is_ignored
from generator.checks.models.ours import restored
from generator.checks.rule import Flaw, Format, Point, at, did_you_mean_path, instead_path
from generator.checks.source import Sources, folder, join, makefiles, name, shared, text
from generator.spelling import Guess, closest

FORMAT = Format.SHELL

# What each program reads: by which options, and whether by its other words.
_OPTIONS: Final = {
    "docker": {"-f", "--file"},
    "docker-compose": {"-f", "--file"},
    "kubectl": {"-f", "--filename", "-k", "--kustomize"},
    "terraform": {"-chdir"},
    "tofu": {"-chdir"},
    "tflint": {"--chdir"},
    "make": {"-C", "--directory"},
}
_WORDS: Final = {
    "hadolint": "",
    "promtool": "check rules|check config|test rules",
    "amtool": "check-config",
    "check-jsonschema": "",
    "kubectl": "kustomize",
    "kustomize": "build",
    "ansible-playbook": "",
}
_PROGRAM: Final = re.compile(rf"(?<![\w./-])({'|'.join(sorted({*_OPTIONS, *_WORDS}, key=len, reverse=True))}) ")
_LOOP: Final = re.compile(r"for \w+ in (?=[\w.-]+/)")
_RELATIVE: Final = re.compile(r"(?:\./)?[\w-][\w.-]*(?:/[\w.*-]+)+/?")
_BASE: Final = re.compile(
    r"^(?:readonly |export |local )?(\w+)=\"?\$\(cd (?:-P )?(?:-- )?\"?\$\(dirname (?:-- )?\"?"
    r"(?:\$\{BASH_SOURCE(?:\[0\])?\}|\$0)\"?\)((?:/\.\.)*)/?\"? (?:>/dev/null )?&& pwd(?: -P)?\)\"?$",
    re.MULTILINE,
)
_FROM_BASE: Final = re.compile(r"\$\{?(\w+)\}?((?:/[\w.-]+)+)(?=(/?\$)?)")
_WRITES: Final = (
    r"(?:>\s*|\b(?:-o|--out\w*|--output\S*|mkdir|tee|touch|rm|mv|cp|curl|wget|unzip|tar)\b[^\n;&|]*?)[\"']?{}"
)


def files(sources: Sources) -> Iterator[str]:
    yield from (path for path in github.workflow_paths(sources) if not github.is_for_others(sources, path))
    yield from makefiles(sources)
    yield from (path for path in shell.paths(sources) if shell.dialect(sources, path))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    content = text(sources, path)
    told: set[int] = set()
    for offset, given in (*_read(content), *_looped(sources, content)):
        target = given.removeprefix("./").rstrip("/")
        if offset not in told and _is_gone(sources, path, target):
            told.add(offset)
            near = did_you_mean_path(target, sources.tree)
            fix = instead_path(near, "", "Write the path that it has now, or take the command out.")
            yield at(Point.of(content, offset), f"there is no {target}{near}", restored(sources, target, fix))
    if not path.endswith((".yml", ".yaml")):
        yield from _from_base(sources, path)


def _read(content: str) -> Iterator[tuple[int, str]]:
    """The paths that programs are told to read, with their offsets."""
    for match in _PROGRAM.finditer(content):
        start = content.rfind("\n", 0, match.start()) + 1
        if content[start : match.start()].lstrip().startswith("#"):
            continue
        words = list(scripts.words(content, match.end()))
        options = _OPTIONS.get(match[1], set())
        for before, (offset, word) in zip([(0, ""), *words], words, strict=False):
            name, equals, value = word.partition("=")
            if before[1] in options and _RELATIVE.fullmatch(word):
                yield offset, word
            elif equals and name in options and _RELATIVE.fullmatch(value):
                yield offset + len(name) + 1, value
        yield from _positional(match[1], words)


def _positional(program: str, words: list[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """What a program reads of its words that belong to no option."""
    given = [(offset, word) for offset, word in words if not word.startswith("-")]
    for commands in _WORDS[program].split("|") if program in _WORDS else ():
        first = commands.split()
        if [word for _, word in given[: len(first)]] == first:
            yield from (one for one in given[len(first) :] if _RELATIVE.fullmatch(one[1]))


def _looped(sources: Sources, content: str) -> Iterator[tuple[int, str]]:
    """The paths of a loop of which some are there."""
    for match in _LOOP.finditer(content):
        words = list(scripts.words(content, match.end()))
        if all(_RELATIVE.fullmatch(word) for _, word in words) and any(_exists(sources, w) for _, w in words):
            yield from words


def _exists(sources: Sources, target: str) -> bool:
    if "*" in target:
        pattern = re.compile(re.escape(target).replace(r"\*\*", ".*").replace(r"\*", "[^/]*") + r"(?:/|\Z)")
        return any(pattern.match(path) for path in sources.tree)
    return target in sources.tree or sources.has_folder(target)


def _is_gone(sources: Sources, path: str, target: str) -> bool:
    """Whether it is certain that it should be there: its folder is, or one of the same name lies elsewhere."""
    if _exists(sources, target) or _exists(sources, join(folder(path), target)):
        return False
    if re.search(_WRITES.format(re.escape(target)), text(sources, path)) or _lies_below(sources, target):
        return False
    if is_ignored(sources, target):
        return False
    first, _, rest = target.partition("/")
    return sources.has_folder(first) or _lies_below(sources, rest)


@shared
def _lies_below(sources: Sources, target: str) -> bool:
    """Whether a path ends so, or goes through it: a command may be run in any folder."""
    pattern = re.escape(target).replace(r"\*\*", ".*").replace(r"\*", "[^/]*")
    found = re.compile(f"/{pattern}(?:/|\\Z)")
    return any(found.search(f"/{path}") for path in sources.tree)


def _from_base(sources: Sources, path: str) -> Iterator[Flaw]:
    """Paths below a variable that holds a folder of the repository, where one of nearly the same name is beside it."""
    parts = scripts.family(sources, path).paths if shell.dialect(sources, path) else ()
    bases = {name: base for part in parts for name, base in _bases(sources, part).items()}
    content = text(sources, path)
    for match in _FROM_BASE.finditer(content) if bases else ():
        target = join(bases[match[1]], match[2]) if match[1] in bases else ""
        if match[3] == "$":
            target = folder(target)
        if target and not _exists(sources, target):
            known = _first_gone(sources, target)
            near = closest(name(known), sorted(_beside(sources, folder(known))), 0.75)
            tested = re.search(rf"-[defrsx] [\"']?{re.escape(match[0])}", content)
            if near and not tested:
                meant = Guess(join(folder(known), near))
                yield at(Point.of(content, match.start()), f"there is no {known}", near=meant)


def _first_gone(sources: Sources, target: str) -> str:
    """The part of a path up to the first folder that is not there."""
    while not _exists(sources, folder(target)) and folder(target):
        target = folder(target)
    return target


@shared
def _beside(sources: Sources, place: str) -> frozenset[str]:
    """The names of what lies in a folder."""
    depth = len(place) + 1 if place else 0
    inside = (path[depth:] for path in sources.tree if path.startswith(f"{place}/" if place else ""))
    return frozenset(path.partition("/")[0] for path in inside)


@shared
def _bases(sources: Sources, path: str) -> dict[str, str]:
    """The variables of a script that hold a folder, by its place in the repository."""
    content = text(sources, path)
    found = _BASE.findall(content) if "$(dirname" in content else ()
    return {name: join(folder(path), up) for name, up in found}
