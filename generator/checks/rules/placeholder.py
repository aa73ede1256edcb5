"""Placeholders are on the to-do list, and the list names files that exist

`CHANGEME_<ID>` stands where only a person knows the value. Each must be an item of
`.agency/scaffold/todo.yml`, or nobody is told to fill it in; an item must name a file that
exists. Judged in repositories of agency-scaffold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator import places
from generator.checks.models import todo
from generator.checks.models.ours import is_ours
from generator.checks.rule import Flaw, Format, at, did_you_mean, did_you_mean_path, instead, instead_path
from generator.checks.source import Sources, lines, shared, text

FORMAT = Format.TEXT

_HINT: Final = b"CHANGEME_"
_PLACEHOLDER: Final = re.compile(r"CHANGEME_([A-Z0-9]+(?:_[A-Z0-9]+)*)")


def files(sources: Sources) -> Iterator[str]:
    if is_ours(sources):
        yield from (p for p, f in sources.tree.items() if p == places.TODO or _HINT in f.content)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    items = todo.items(sources)
    if path == places.TODO:
        yield from _items(sources)
        return
    for number, line in enumerate(lines(sources, path), 1):
        for match in _PLACEHOLDER.finditer(line):
            if match[1] not in items:
                near = did_you_mean(match[1], items)
                fix = instead(near, f"Add an item with the id {match[1]}.", "CHANGEME_")
                yield Flaw(number, f"{match[0]} is not on the to-do list{near}", fix, match.start() + 1)


def _items(sources: Sources) -> Iterator[Flaw]:
    for name, item in todo.items(sources).items():
        file = item.at("file")
        ours = file.text.startswith(("infrastructure/", "monitoring/", ".github/", "scripts/", "security/", "docs/"))
        made = re.search(rf"test -[efs] {re.escape(file.text)}\b", item.at("acceptance").text)
        known = file.text in sources.tree or sources.has_folder(file.text.rstrip("/"))
        if ours and not known and not made:
            near = did_you_mean_path(file.text, sources.tree)
            fix = instead_path(near, "", "Write the path of the file that settles it, or take the item out.")
            yield at(file, f"item {name}: there is no {file.text}{near}", fix)
        acceptance = item.at("acceptance").text
        mark = f"CHANGEME_{name}"
        inside = sources.tree[file.text].content if file.text in sources.tree else mark.encode()
        # Where the mark stands nowhere any more, the item is settled.
        if mark in acceptance and mark.encode() not in inside and mark in _marks(sources):
            yield at(item, f"item {name}: {file.text} has no {mark}", "Name the file in which it stands.")


@shared
def _marks(sources: Sources) -> frozenset[str]:
    """The placeholders that stand in any file but the list itself."""
    marked = (path for path, file in sources.tree.items() if path != places.TODO and _HINT in file.content)
    return frozenset(match[0] for path in marked for match in _PLACEHOLDER.finditer(text(sources, path)))
