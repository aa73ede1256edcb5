"""The services of a repository of ours, by their names."""

from __future__ import annotations

from collections.abc import Mapping

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import release_table
from generator.checks.source import Sources, shared
from generator.places import ANSWERS_FILE


@shared
def known(sources: Sources) -> frozenset[str]:
    """Those that the release scripts or the answers name; none where there is no table of the scripts."""
    table = {row.words[0] for row in release_table.services(sources)}
    return frozenset(table | answered(sources).keys()) if table else frozenset()


@shared
def required(sources: Sources) -> frozenset[str]:
    """Those that every list must have: both name them, where there are answers."""
    table = {row.words[0] for row in release_table.services(sources)}
    return frozenset(table & answered(sources).keys()) if answered(sources) else frozenset(table)


@shared
def answered(sources: Sources) -> Mapping[str, Node]:
    """What the answers say of each service that they name."""
    services = yaml.root(sources, ANSWERS_FILE).at("services").items
    return {one.at("name").text: one for one in services if one.at("name").text}
