"""Task definitions of Amazon ECS in JSON, with their places."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.source import Sources


def paths(sources: Sources) -> Iterator[str]:
    """The files that are one."""
    return (path for path in sources.ending(".json") if b'"containerDefinitions"' in sources.tree[path].content)


def root(sources: Sources, path: str) -> Node:
    """The task definition: JSON is YAML."""
    return yaml.root(sources, path)


def containers(sources: Sources, path: str) -> list[Node]:
    """Its containers."""
    return root(sources, path).at("containerDefinitions").items
