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


@shared
def names(sources: Sources) -> frozenset[str]:
    """The names in capitals that the items speak of: secrets and variables."""
    keys = ("id", "question", "how", "acceptance")
    texts = (item.at(key).text for item in items(sources).values() for key in keys)
    return frozenset(name for text in texts for name in re.findall(r"[A-Z0-9_]+", text))
