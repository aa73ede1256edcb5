"""The file by which people say that findings are meant where no comment can: in JSON, in licences, in whole folders.

- rule: json-duplicate-key        one or several with commas between them, or `all`
  path: dashboards/*.json         a file, a folder with all below, or `.`; `*` is a part of a name, `**` are folders
  reason: Grafana writes it so
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.rule import Flaw, at, did_you_mean_path
from generator.checks.source import Sources, folders, join, shared
from generator.places import IGNORE
from generator.spelling import closest

ALL: Final = "all"
"""Stands for every rule."""
_KEYS: Final = ("rule", "path", "reason")
_WHOLE: Final = "rule, path and reason"
_FORM: Final = "Write a list, in which each entry is - {rule: RULE, path: PATH, reason: why it is meant}."
_LACKING: Final = {
    "rule": "Name the rule as its findings show it, or all.",
    "path": "Name the file or the folder that it is about.",
    "reason": "Say why the findings are meant.",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One rule in one entry."""

    rule: str
    pattern: str
    """The path as it is written."""
    reason: str
    line: int
    column: int
    paths: frozenset[str]


@dataclass(slots=True)
class IgnoreFile:
    """What the file says, and what is wrong with it."""

    entries: list[Entry] = field(default_factory=list)
    flaws: list[Flaw] = field(default_factory=list)


@shared
def read(sources: Sources) -> IgnoreFile:
    """The file of the tree; an entry with a flaw suppresses nothing."""
    found = IgnoreFile()
    root = yaml.root(sources, IGNORE)
    if root and not root.is_list:
        found.flaws.append(at(root, f"this must be a list of entries with {_WHOLE}", _FORM))
    for node in root.items:
        flaws = list(_flaws(node)) or list(_reaching(sources, node))
        found.flaws += flaws
        if not flaws:
            found.entries += _entries(sources, node)
    return found


def _flaws(node: Node) -> Iterator[Flaw]:
    if not node.is_map:
        yield at(node, f"this must be an entry with {_WHOLE}", _FORM)
        return
    for key in node.keys:
        if key.text not in _KEYS:
            near = closest(key.text, _KEYS)
            fix = f"Write {near}." if near else "Take it out."
            yield at(key, f"an entry has no {key.text}: it has {_WHOLE}", fix)
    for name in _KEYS:
        value = node.at(name)
        if value.is_list or value.is_map:
            yield at(value, f"{name} must be a text", "Write one text, rules with commas between them.")
        elif not value.text.strip(" ,"):
            yield at(node.key(name), f"the entry has no {name}", _LACKING[name])


def _reaching(sources: Sources, node: Node) -> Iterator[Flaw]:
    """What is wrong with how far an entry reaches: to nothing, or to all findings there are and ever will be."""
    path = node.at("path")
    if ALL in map(str.strip, node.at("rule").text.split(",")) and len(fitting(sources, path.text)) == len(sources.tree):
        yield at(
            path, "this would suppress all that any rule finds, secrets among it", "Name the folder, or the rules."
        )
    if not fitting(sources, path.text):
        near = did_you_mean_path(path.text, (*sources.tree, *folders(sources)))
        yield at(path, f"there is no file {path.text}{near}", "Give the new path, or take the entry out.")


def _entries(sources: Sources, node: Node) -> Iterator[Entry]:
    path, reason, rule = node.at("path").text, node.at("reason").text.strip(), node.at("rule")
    for name in filter(None, (name.strip() for name in rule.text.split(","))):
        yield Entry(name, path, reason, rule.line, rule.column, fitting(sources, path))


@shared
def fitting(sources: Sources, pattern: str) -> frozenset[str]:
    """The files that a path or a pattern names."""
    parts = (join("", pattern) or "**").split("/")
    wanted = [part for before, part in pairwise(["", *parts]) if part != "**" or before != "**"]
    return frozenset(path for path in sources.tree if _fits(wanted, path.split("/")))


def _fits(wanted: Sequence[str], parts: Sequence[str]) -> bool:
    """Whether a path is what is wanted, or lies below; `**` stands for any number of folders."""
    here = {0}  # how much of what is wanted the parts so far may be
    for part in parts:
        here |= {n + 1 for n in here if n < len(wanted) and wanted[n] == "**"}
        if len(wanted) in here:
            return True
        here = {n if wanted[n] == "**" else n + 1 for n in here if wanted[n] == "**" or _is(wanted[n], part)}
    return len(wanted) in here


def _is(wanted: str, name: str) -> bool:
    """Whether a name is what is wanted, where each `*` stands for any part of it."""
    first, *rest = wanted.split("*")
    if not rest:
        return wanted == name
    last = rest.pop()
    if len(name) < len(first) + len(last) or not name.startswith(first) or not name.endswith(last):
        return False
    place, end = len(first), len(name) - len(last)
    for piece in rest:
        place = name.find(piece, place, end) + len(piece)
        if place < len(piece):
            return False
    return True
