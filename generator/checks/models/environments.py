"""The environments of a tree, and where each has its files."""

from __future__ import annotations

import re

from generator.checks.formats import yaml
from generator.checks.source import Sources, shared
from generator.places import ANSWERS_FILE


@shared
def places(sources: Sources) -> dict[str, dict[str, str]]:
    """Folder -> environment -> a file of it."""
    found: dict[str, dict[str, str]] = {}
    for path in sources.tree:
        match = re.fullmatch(r"(.*environments)/([^/.]+)(\.tfvars|\.backend\.hcl)", path)
        overlay = re.fullmatch(r"(.*overlays)/([^/]+)/kustomization\.ya?ml", path)
        if match:
            found.setdefault(f"{match[1]}/*{match[3]}", {})[match[2]] = path
        elif overlay:
            found.setdefault(f"{overlay[1]}/*", {})[overlay[2]] = path
    return found


def wanted(sources: Sources) -> set[str]:
    """The environments that there should be."""
    return set(answered(sources)) or {name for by in places(sources).values() for name in by}


def answered(sources: Sources) -> tuple[str, ...]:
    """The environments of the answers, in the order in which a release reaches them."""
    return tuple(item.text for item in yaml.root(sources, ANSWERS_FILE).at("environments").items)
