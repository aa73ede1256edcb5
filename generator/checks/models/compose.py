"""Compose files: services that run beside each other on one machine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generator.checks.formats import yaml
from generator.checks.source import Sources, name

_NAMES: Final = ("docker-compose", "compose.")


def paths(sources: Sources) -> Iterator[str]:
    """All compose files."""
    return (path for path in yaml.paths(sources) if name(path).startswith(_NAMES))
