"""Settings that scripts read are set under that name

With `set -u` a script stops at the first line that reads a variable which nothing set: "unbound variable". What the
environment gives cannot be known, so only such a name is told as nothing in the repository sets or even mentions, where
one that is nearly the same is known; or one that nothing sets, where a setting with nearly its name is read by nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import shell
from generator.checks.formats.shell_lists import Command
from generator.checks.models import scripts
from generator.checks.models.habits import habit
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, shared, text
from generator.spelling import Guess, closest

FORMAT = Format.SHELL

# What bash, the runners of CI and a sign-in to AWS set is none of these.
_UPPER: Final = re.compile(
    r"(?!BASH_|COMP_|GITHUB_|RUNNER_|CI_|XDG_|LC_|AWS_(?:ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|PROFILE)$)"
    r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+"
)
_SET: Final = re.compile(
    r"^[ \t]*(?:export |readonly |declare (?:-\w+ )?)?([A-Z]\w*_\w+)=(?=[\"']?(?:\$\{\w+:-)?[^$`\n]*$)", re.MULTILINE
)
# The first letter comes first: what stands before it is only looked at where one is.
_BARE: Final = re.compile(r"[A-Z](?<![\w$].)(?<!\$\{.)(?<!\$\{[#!].)[A-Z0-9]*_[A-Z0-9_]*")
_GIVEN: Final = r"\b{0}\b[\"']?\s*(?::(?![-+?=])|\+?=)"


def files(sources: Sources) -> Iterator[str]:
    return (path for path in shell.paths(sources) if shell.dialect(sources, path))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    own = shell.script(sources, path)
    parts = scripts.family(sources, path)
    if own.mistake or not parts.whole:
        return
    told: set[str] = set()
    for read in (*own.grammar.found.reads, *own.grammar.summed()):
        if read.guarded or read.name in told or not _UPPER.fullmatch(read.name):
            continue
        told.add(read.name)
        meant = _meant(sources, parts.paths, read.name)
        if meant:
            yield habit(at(own.place(read.offset), f"nothing sets {read.name}", near=Guess(meant)))


def _meant(sources: Sources, paths: tuple[str, ...], name: str) -> str:
    """The name that was meant instead; "" where the environment may well give it."""
    settings = _settings(sources, paths)
    if name in settings:
        return ""
    if name not in _mentioned(sources):
        return _near(name, settings | (_reads(sources, paths) & _mentioned(sources)))
    near = _near(name, settings)
    return near if near and not _used(sources, near) and not _given(sources, name) else ""


def _near(name: str, others: frozenset[str]) -> str:
    ends = sorted(other for other in others if other.endswith(f"_{name}") or name.endswith(f"_{other}"))
    return ends[0] if ends else closest(name, sorted(others), 0.85)


@shared
def _settings(sources: Sources, paths: tuple[str, ...]) -> frozenset[str]:
    """What the scripts set to a fixed value, or to one that holds where the environment has none."""
    return frozenset(match[1] for one in paths for match in _SET.finditer(text(sources, one)))


@shared
def _reads(sources: Sources, paths: tuple[str, ...]) -> frozenset[str]:
    """What the scripts read, where the name has parts."""
    grammars = [shell.script(sources, one).grammar for one in paths]
    reads = (read.name for one in grammars for read in (*one.found.reads, *one.summed()))
    return frozenset(name for name in reads if _UPPER.fullmatch(name))


@shared
def _mentioned(sources: Sources) -> frozenset[str]:
    """Every name in capitals that stands somewhere without a `$`: it is set there, or somebody is told to."""
    return frozenset(name for path in sources.tree for name in _BARE.findall(text(sources, path)))


@shared
def _used(sources: Sources, name: str) -> bool:
    """Whether a setting stands anywhere but where it is set."""
    return sum(text(sources, path).count(name) for path in sources.tree) > 1


@shared
def _given(sources: Sources, name: str) -> bool:
    """Whether anything sets the name, reads it in, or asks for it; what only some function sets may never be set."""
    pattern = re.compile(_GIVEN.format(name))
    for path in sources.tree:
        if name in text(sources, path) and not path.endswith(".md"):
            if not shell.dialect(sources, path) or not path.endswith((".sh", ".bash")):
                if pattern.search(text(sources, path)):
                    return True
            elif any(_gives(command, name) for command in shell.script(sources, path).grammar.commands):
                return True
    return False


def _gives(command: Command, name: str) -> bool:
    if any(word == name or word.startswith(f"{name}=") for _, word in command.words):
        return True
    return not command.function and any(re.match(rf"{name}\b", word) for _, word in command.assigned)
