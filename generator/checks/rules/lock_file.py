"""Packages are installed as the lock file says

`npm install`, `uv sync` and their like take what is newest today and write it into the lock file: the
image has packages that nobody looked at, and the tests ran with others. Use `npm ci`, `uv sync --locked`,
`--frozen-lockfile`, `-mod=readonly`, and `terraform init` without `-upgrade`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from generator.checks.formats import dockerfile, shell
from generator.checks.models import github
from generator.checks.models.habits import habit
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources, lines, name, shared, text

FORMAT = Format.TEXT

_END: Final = r"(?=\s*(?:$|[;&|\\\"'`)]))"
_GOES_ON: Final = 20
"""Lines that a command has at most, for what is looked for in it."""


@dataclass(frozen=True, slots=True)
class _Way:
    """A command that ignores a lock file, and what to write instead."""

    word: str
    """What a text has that gives the command: looked for first."""
    command: re.Pattern[str]
    locks: tuple[str, ...]
    better: str
    images_only: bool = False


_NPM: Final = r"\bnpm (?:install|i)(?: (?!-g\b|--global\b|--location)-[\w=-]+)*"
_YARN: Final = r"\b(?:yarn install|(?<=RUN )yarn)(?: (?!--(?:frozen-lockfile|immutable))-[\w=-]+)*"
_PNPM: Final = r"\bpnpm (?:install|i)(?: (?!--frozen-lockfile)-[\w=-]+)*"
_UV: Final = r"\buv sync\b(?![^;&|]{0,300}--(?:locked|frozen)\b)"
_TERRAFORM: Final = r"\b(?:terraform|tofu)_?(?:\s[^#]{0,200})?\sinit\b[^#]{0,300}\s-upgrade\b(?!=false)"
_WAYS: Final = (
    _Way("npm ", re.compile(_NPM + _END), ("package-lock.json", "npm-shrinkwrap.json"), "npm ci"),
    _Way("yarn", re.compile(_YARN + _END), ("yarn.lock",), "yarn install --frozen-lockfile", images_only=True),
    _Way("pnpm ", re.compile(_PNPM + _END), ("pnpm-lock.yaml",), "pnpm install --frozen-lockfile", images_only=True),
    _Way("uv sync", re.compile(_UV), ("uv.lock",), "uv sync --locked"),
    _Way("-mod=mod", re.compile(r"-mod=mod\b"), ("go.sum",), "-mod=readonly"),
    _Way("-upgrade", re.compile(_TERRAFORM), (), "terraform init"),
)


def files(sources: Sources) -> Iterator[str]:
    yield from dockerfile.paths(sources)
    yield from github.paths(sources)
    yield from (path for path in shell.paths(sources) if not re.search("upgrade|update|bump", name(path)))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    images = "ocker" in name(path)
    content = text(sources, path)
    ways = [way for way in _WAYS if way.word in content and (images or not way.images_only)]
    ways = [way for way in ways if not way.locks or any(one in _locks(sources) for one in way.locks)]
    for number, line in enumerate(lines(sources, path), 1) if ways else ():
        for way in ways if not line.lstrip().startswith("#") else ():
            found = way.command.search(_whole(sources, path, number)) if way.word in line else None
            if found and found.start() < len(line):
                lock = way.locks[0] if way.locks else ".terraform.lock.hcl"
                message = f"`{found[0].strip()}` takes other versions than {lock} says"
                yield habit(Flaw(number, message, f"Use `{way.better}`.", found.start() + 1))


def _whole(sources: Sources, path: str, number: int) -> str:
    """A line with those that go on with it."""
    whole, *more = lines(sources, path)[number - 1 : number + _GOES_ON]
    for line in more:
        if not whole.endswith("\\"):
            break
        whole = f"{whole[:-1].rstrip()} {line.strip()}"
    return whole


@shared
def _locks(sources: Sources) -> frozenset[str]:
    """The lock files that the tree has, or that its images and workflows speak of: a service may lie elsewhere."""
    wanted = {one for way in _WAYS for one in way.locks}
    found = {name(path) for path in sources.tree} & wanted
    for path in (*dockerfile.paths(sources), *github.paths(sources)):
        found |= {one for one in wanted - found if one in text(sources, path)}
    return frozenset(found)
