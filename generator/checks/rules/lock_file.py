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
from generator.checks.models.habits import warning
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources, lines, name, shared, text

FORMAT = Format.TEXT

_END: Final = r"(?=\s*(?:$|[;&|\\\"'`)]))"


@dataclass(frozen=True, slots=True)
class _Way:
    """A command that ignores a lock file, and what to write instead."""

    command: re.Pattern[str]
    locks: tuple[str, ...]
    better: str
    images_only: bool = False


_WAYS: Final = (
    _Way(
        re.compile(r"\bnpm (?:install|i)(?: (?!-g\b|--global\b|--location)-[\w=-]+)*" + _END, re.MULTILINE),
        ("package-lock.json", "npm-shrinkwrap.json"),
        "npm ci",
    ),
    _Way(re.compile(r"\buv sync\b(?![^\n;&|]*--(?:locked|frozen)\b)"), ("uv.lock",), "uv sync --locked"),
    _Way(re.compile(r"-mod=mod\b"), ("go.sum",), "-mod=readonly"),
    _Way(
        re.compile(
            r"\b(?:yarn install|(?<=RUN )yarn)(?: (?!--(?:frozen-lockfile|immutable))-[\w=-]+)*" + _END, re.MULTILINE
        ),
        ("yarn.lock",),
        "yarn install --frozen-lockfile",
        images_only=True,
    ),
    _Way(
        re.compile(r"\bpnpm (?:install|i)(?: (?!--frozen-lockfile)-[\w=-]+)*" + _END, re.MULTILINE),
        ("pnpm-lock.yaml",),
        "pnpm install --frozen-lockfile",
        images_only=True,
    ),
    _Way(
        re.compile(r"\b(?:terraform|tofu)_?(?:\s[^#\n]*)?\sinit\b[^#\n]*\s-upgrade\b(?!=false)"),
        (),
        "terraform init",
    ),
)


def files(sources: Sources) -> Iterator[str]:
    yield from dockerfile.paths(sources)
    yield from github.paths(sources)
    yield from (path for path in shell.paths(sources) if not re.search("upgrade|update|bump", name(path)))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    images = "ocker" in name(path)
    content = text(sources, path)
    ways = [way for way in _WAYS if (images or not way.images_only) and way.command.search(content)]
    ways = [way for way in ways if not way.locks or any(one in _locks(sources) for one in way.locks)]
    for number, line in enumerate(lines(sources, path), 1) if ways else ():
        for way in ways if not line.lstrip().startswith("#") else ():
            found = way.command.search(line)
            if found:
                lock = way.locks[0] if way.locks else ".terraform.lock.hcl"
                message = f"`{found[0].strip()}` takes other versions than {lock} says"
                yield warning(number, message, f"Use `{way.better}`.", found.start() + 1)


@shared
def _locks(sources: Sources) -> frozenset[str]:
    """The lock files that the tree has, or that its images and workflows speak of: a service may lie elsewhere."""
    wanted = {one for way in _WAYS for one in way.locks}
    found = {name(path) for path in sources.tree} & wanted
    for path in (*dockerfile.paths(sources), *github.paths(sources)):
        found |= {one for one in wanted - found if one in text(sources, path)}
    return frozenset(found)
