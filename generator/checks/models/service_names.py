"""The services of a repository of ours, by their names."""

from __future__ import annotations

from generator.checks.formats import yaml
from generator.checks.models import release_table
from generator.checks.source import Sources, shared
from generator.places import ANSWERS_FILE


@shared
def known(sources: Sources) -> frozenset[str]:
    """Those that the release scripts or the answers name; none where there is no table of the scripts."""
    table = {row.words[0] for row in release_table.services(sources)}
    return frozenset(table | _answered(sources)) if table else frozenset()


@shared
def required(sources: Sources) -> frozenset[str]:
    """Those that every list must have: both name them, where there are answers."""
    table = {row.words[0] for row in release_table.services(sources)}
    return frozenset(table & _answered(sources)) if _answered(sources) else frozenset(table)


@shared
def _answered(sources: Sources) -> set[str]:
    services = yaml.root(sources, ANSWERS_FILE).at("services").items
    return {one.at("name").text for one in services} - {""}
