"""Versions that were exact stay exact, and are the same in all places

A tool, provider or chart of any version is another one on a day that somebody else chose: the check is red without a
change, the plan of the night is not that of the morning. The repository was generated with exact versions; a newer
exact one is as good, a range or `latest` is not. One tool or action has one version everywhere, and the comment behind
a commit says which version it is. In a repository that was not generated, only charts without a version are told.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from generator.checks.formats import dockerfile, hcl
from generator.checks.formats.hcl import Argument, Block
from generator.checks.models import github
from generator.checks.models.habits import habit
from generator.checks.models.ours import is_ours
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, lines, shared
from generator.pins import pins

FORMAT = Format.TEXT

_MOVING: Final = re.compile(
    r"^\s*(?:- )?([\w-]*version|runs-on):\s*[\"']?"
    r"((?:latest|stable|main|master|lts(?:/\*)?|[~^<>*]\S*.*?|[\w.-]+-latest))[\"']?\s*(?:#.*)?$"
)
_INSTALL: Final = re.compile(r"\b((?:pipx?|uv tool) install)((?:\s+[^\s&|;<>)`]+)+)")
_GO: Final = re.compile(r"\bgo install [\w./-]+@(latest|main|master)\b")
_BRANCH: Final = re.compile(r"https://[^\s\"']*[?&]ref=(main|master|HEAD|latest|trunk|develop)\b")
_USES: Final = re.compile(r"uses:\s*[\"']?([\w.-]+/[\w.-]+)(?:/[\w./-]+)?@([0-9a-f]{40})[\"']?\s+#\s*(v?\d[\w.-]*)")
_EXACT: Final = re.compile(r"^\s*(?:- )?(terraform_version):\s*[\"']?(\d+\.\d+\.\d+)[\"']?\s*(?:#.*)?$")
_UPPER: Final = re.compile(r"~>|<|(?<![><!])=|^\s*\d")
"""What keeps a constraint of Terraform below some version."""
_OFF: Final = ("-r", "--requirement", "-e", "--editable", ".")
_FIX: Final = "Name an exact version."


@dataclass(frozen=True, slots=True)
class Pin:
    """A version that stands in several places."""

    path: str
    line: int
    column: int
    name: str
    version: str
    comment: str = ""


def files(sources: Sources) -> Iterator[str]:
    if is_ours(sources):
        scripts = sources.ending(".sh")
        yield from dict.fromkeys([*github.paths(sources), *scripts, *dockerfile.paths(sources), *sources.ending(".tf")])
    else:
        yield from sources.ending(".tf")


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    if path.endswith(".tf"):
        yield from _terraform(sources, path)
        return
    for number, line in enumerate(lines(sources, path), 1):
        if not line.lstrip().startswith("#"):
            yield from _line(path, number, line)
    yield from _differing(sources).get(path, ())


def _line(path: str, number: int, line: str) -> Iterator[Flaw]:
    moving = _MOVING.match(line) if path.endswith((".yml", ".yaml")) else None
    if moving:
        yield _warn(
            number, f"{moving[1]} {moving[2]} is another one on a day that somebody else chose", moving.start(2)
        )
    # What a script prints tells people how to install; they choose the version.
    for match in _INSTALL.finditer(line) if " install " in line and not path.endswith(".sh") else ():
        for name in _unpinned(match[2].split()):
            yield _warn(number, f"{match[1]} {name} takes whatever version is the newest", match.start())
    for pattern, what in ((_GO, "go install takes"), (_BRANCH, "the address names")):
        found = pattern.search(line)
        if found:
            message = f"{what} {found[1]}, which is another one on a day that somebody else chose"
            yield _warn(number, message, found.start(1))


def _warn(line: int, message: str, start: int, fix: str = _FIX) -> Flaw:
    return habit(Flaw(line, message, fix, start + 1))


def _unpinned(words: list[str]) -> list[str]:
    """The packages of a command that have no version; none where it installs from files."""
    if any(word in _OFF or word.startswith(("./", "../", "/")) for word in words):
        return []
    packages = [word.strip("\"'") for word in words if re.match(r"[\"']?[A-Za-z]", word)]
    return [word for word in packages if re.fullmatch(r"[\w.-]+(?:\[[\w,-]+\])?(?:(?:>=|~=|>).*)?", word)]


@shared
def _differing(sources: Sources) -> Mapping[str, list[Flaw]]:
    """What has one version in one place and another elsewhere, and comments that say another than the commit is."""
    found: dict[str, list[Flaw]] = {}
    for path, flaw in (*_two(_tools(sources)), *_two(_actions(sources)), *_comments(_actions(sources))):
        found.setdefault(path, []).append(flaw)
    return found


def _tools(sources: Sources) -> list[Pin]:
    return [
        Pin(path, number, match.start(2) + 1, match[1], match[2])
        for path in github.paths(sources)
        for number, line in enumerate(lines(sources, path), 1)
        if (match := _EXACT.match(line))
    ]


@shared
def _actions(sources: Sources) -> list[Pin]:
    return [
        Pin(path, number, match.start(2) + 1, match[1], match[2], match[3])
        for path in github.paths(sources)
        for number, line in enumerate(lines(sources, path), 1)
        if "uses:" in line and (match := _USES.search(line))
    ]


def _two(given: Iterable[Pin]) -> Iterator[tuple[str, Flaw]]:
    by_name: dict[str, list[Pin]] = {}
    for pin in given:
        by_name.setdefault(pin.name, []).append(pin)
    for name, those in by_name.items():
        usual = Counter(pin.version for pin in those).most_common(1)[0][0]
        other = next(pin for pin in those if pin.version == usual)
        for pin in (pin for pin in those if pin.version != usual):
            message = f"{name} is {_shown(pin)} here, and {_shown(other)} in {other.path}"
            yield pin.path, _warn(pin.line, message, pin.column - 1, "Name one version in all places.")


def _shown(pin: Pin) -> str:
    return pin.comment or pin.version


def _comments(given: Iterable[Pin]) -> Iterator[tuple[str, Flaw]]:
    known = pins().commits
    for pin in given:
        right = known.get(pin.version, pin.comment)
        if pin.comment != right:
            message = f"the commit of {pin.name} is {right}, and the comment says {pin.comment}"
            yield pin.path, _warn(pin.line, message, pin.column - 1, "Let the comment say what the commit is.")


def _terraform(sources: Sources, path: str) -> Iterator[Flaw]:
    for block in hcl.parse(sources, path).body.blocks:
        if block.type == "resource" and block.labels[:1] == ("helm_release",):
            yield from _chart(block, ranges=is_ours(sources))
        elif block.type == "terraform" and is_ours(sources):
            yield from _constraints(block)


def _chart(block: Block, *, ranges: bool) -> Iterator[Flaw]:
    version, chart = block.body.get("version"), block.body.get("chart")
    elsewhere = block.body.get("repository") or (chart and (chart.literal or "").startswith("oci://"))
    if version is None and elsewhere:
        message = f"{'.'.join(block.labels)} has no version: it is whatever chart was published last"
        yield habit(at(block, message, _FIX))
    elif version and ranges and re.search(r"[~^<>*x]", version.literal or ""):
        message = f"version {version.literal} of {'.'.join(block.labels)} is another chart on the day it is published"
        yield habit(at(version, message, _FIX))


def _constraints(block: Block) -> Iterator[Flaw]:
    required = block.body.get("required_version")
    if required and not _UPPER.search(required.literal or "="):
        yield _open(required, f"required_version {required.literal} lets in a Terraform of any later version")
    for inner in block.body.of("required_providers"):
        for provider in inner.body.arguments:
            yield from _provider(provider)


def _provider(provider: Argument) -> Iterator[Flaw]:
    given: dict[str | None, tuple[Any, Any]] = {k: (where, v) for k, where, v in hcl.entries(provider.value)}
    if "version" not in given:
        if "source" in given:
            yield _open(provider, f"provider {provider.name} has no version: it is whatever was published last")
        return
    where, value = given["version"]
    constraint = hcl.literal(value)
    if constraint is not None and not _UPPER.search(constraint):
        line, column = hcl.place(where)
        message = f"version {constraint} of provider {provider.name} lets in the next major version"
        yield habit(Flaw(line, message, "Write ~> and the version.", column))


def _open(argument: Argument, message: str) -> Flaw:
    return habit(at(argument, message, "Write ~> and the version."))
