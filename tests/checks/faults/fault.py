"""What a fault is, and the corpus.

    - fault: renamed-configmap          its name
      night: No pod starts any more.    what becomes of it in production
      trees: [example]                  where it is tried, of TREES; the first two when not said
      in: [a/*/b.yaml]                  files; `*` stands for anything but `/`, `**` for anything
      find: 'name: (\\w+)-config'        every match is a place; `^` and `$` are ends of lines
      replace: 'name: \\1-settings'      what it becomes
      at: [{here: ''}]                  where it must be found: at one of these
      rules: [config-reference]         what may say it; a rule that is not there yet is a proposal
      severity: warning                 where it may be meant; what is not said to be is found as an error

Instead of `replace`: `delete: lines` (the lines of the match) or `delete: file`, `rename: PATH`, `copy: PATH`,
`create: PATH` with `text`, `mode: plain`, `convert: crlf`, `bom` or `latin-1`. `{path}`, `{folder}`, `{name}`, `{stem}`,
`{above}` (the folder's own name) and `{parent}` (the folder above it) are parts of the file's path, `{1}` is a group of
the match. So they are in `also`, a list of edits (`in`, `find`, `replace`) of other files that belong to the fault, and
in `at`:

    {here: ''}                  the first line that the fault changed; what is meant where `at` is not given
    {next: ''}                  the line after it
    {above: REGEX}              the nearest line above it that fits, in the same file
    {into: REGEX}               the first line below that one that is no comment: where its block begins
    {below: REGEX}              the nearest line that fits, that line itself or below it
    {line: REGEX, in: FILES}    any line of these files that fits
    {file: FILES}               the file as a whole (line 0 or 1)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from generator.finding import Severity
from tests.support.generated import TEMPLATES, TESTS

FOLDER: Final = Path(__file__).parent
FINE: Final = FOLDER / "fine.yml"
TREES: Final = {
    "example": TESTS / "cases/example.yml",
    "ecs": TEMPLATES / "ecs/tests/cases/example.yml",
    "canary": TEMPLATES / "k8s-canary/tests/cases/services.yml",
    "sides": TEMPLATES / "k8s-blue-green/tests/cases/alone.yml",
    "rollouts": TEMPLATES / "k8s-rollouts/tests/cases/canary.yml",
    "ping-pong": TEMPLATES / "k8s-rollouts/tests/cases/blue-green.yml",
    "ecs-jobs": TEMPLATES / "ecs-jobs/tests/cases/jobs.yml",
}
"""The good repositories, by the answers that they are made from."""
WAYS: Final = ("replace", "delete", "rename", "copy", "create", "mode", "convert")
"""Each fault has one of these."""
_KEYS: Final = {
    "fault",
    "night",
    "edit",
    "why",
    "trees",
    "in",
    "find",
    "text",
    "also",
    "at",
    "rules",
    "severity",
    *WAYS,
}

At = tuple[tuple[str, tuple[str, ...]], ...]
"""One of the places where a fault may be found, as the items of its map."""


@dataclass(frozen=True)
class Fault:
    """One way in which a repository goes wrong."""

    kind: str
    """The class: the name of the file that it stands in."""
    name: str
    night: str
    trees: tuple[str, ...]
    files: tuple[str, ...]
    find: str
    way: str
    value: str
    text: str
    at: tuple[At, ...]
    also: tuple[tuple[str, str, str], ...]
    """Files, pattern and replacement of what is edited with it, everywhere."""
    rules: tuple[str, ...]
    severity: Severity

    def only(self, tree: str) -> Fault:
        """The same in one of its trees alone."""
        return replace(self, trees=(tree,))


def _joined(text: str) -> str:
    """`_JOIN_` vanishes: it keeps secret scanners away from what only looks like a secret."""
    return text.replace("_JOIN_", "")


def _strings(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _fault(kind: str, row: dict[str, Any]) -> Fault:
    name = row["fault" if "fault" in row else "edit"]
    assert set(row) <= _KEYS, f"{name}: unknown keys {sorted(set(row) - _KEYS)}"
    ways = [way for way in WAYS if way in row]
    assert len(ways) == 1, f"{name}: one of {WAYS}, not {ways}"
    return Fault(
        kind=kind,
        name=name,
        night=row["night" if "fault" in row else "why"],
        trees=_strings(row.get("trees", ("example", "ecs"))),
        files=_strings(row.get("in", ())),
        find=row.get("find", ""),
        way=ways[0],
        value=_joined(row[ways[0]]),
        text=_joined(row.get("text", "")),
        at=tuple(tuple((key, _strings(value)) for key, value in one.items()) for one in row.get("at", [{"here": ""}])),
        also=tuple((one["in"], one["find"], one["replace"]) for one in row.get("also", ())),
        rules=_strings(row["rules"] if "fault" in row else ()),
        severity=Severity(row.get("severity", Severity.ERROR)),
    )


@cache
def corpus() -> tuple[Fault, ...]:
    """All faults, by class."""
    return tuple(fault for path in sorted(FOLDER.glob("*.yml")) if path != FINE for fault in _read(path))


@cache
def fine() -> tuple[Fault, ...]:
    """Edits that no rule may speak against."""
    return tuple(_read(FINE))


def _read(path: Path) -> Iterator[Fault]:
    for row in yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        yield _fault(path.stem, row)
