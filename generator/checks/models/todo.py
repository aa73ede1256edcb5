"""The to-do list: what the user must still provide."""

from __future__ import annotations

import re

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.source import Sources, shared
from generator.places import TODO


@shared
def items(sources: Sources) -> dict[str, Node]:
    """The items by their id."""
    root = yaml.root(sources, TODO)
    found = root.at("items").items or root.items
    return {item.at("id").text: item for item in found}


def mentions(sources: Sources, name: str) -> bool:
    """Whether an item of the to-do list speaks of a name."""
    word = re.compile(rf"(?<![A-Z0-9_]){re.escape(name)}(?![A-Z0-9_])")
    return any(
        word.search(item.at(key).text)
        for item in items(sources).values()
        for key in ("id", "question", "how", "acceptance")
    )
