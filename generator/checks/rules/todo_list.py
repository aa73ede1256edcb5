"""The to-do list is whole

`make infra-verify` reads `.agency/scaffold/todo.yml` and fails while something blocking is open. It takes a
list whose `count` is not the number of its items for one that was cut off; of two items with one id only
one can be ticked off; and what has an unknown severity blocks nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generator.checks.formats import yaml
from generator.checks.rule import Flaw, Format, at, did_you_mean, one_of
from generator.checks.source import Sources
from generator.places import TODO

FORMAT = Format.YAML

_SEVERITIES: Final = ("blocking", "recommended", "optional")


def files(sources: Sources) -> Iterator[str]:
    if TODO in sources.tree:
        yield TODO


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    root = yaml.root(sources, path)
    items = root.at("items").items
    count = root.at("count")
    if count.text and count.text != str(len(items)):
        yield at(count, f"the list says that it has {count.text} items, and has {len(items)}", f"Write {len(items)}.")
    first: dict[str, int] = {}
    for item in items:
        node, severity = item.at("id"), item.at("severity")
        before = first.setdefault(node.text, node.line)
        if node.text and before != node.line:
            message = f"there is an item {node.text} already, in line {before}"
            yield at(node, message, "Give one of the two another id, or remove it.")
        if severity and severity.text not in _SEVERITIES:
            near = did_you_mean(severity.text, _SEVERITIES)
            yield at(severity, f"{severity.text} is none of {', '.join(_SEVERITIES)}", one_of(_SEVERITIES), near)
