"""The settings of the repository at GitHub, as `.github/repository-settings.json` keeps them."""

from __future__ import annotations

from typing import Final

from generator.checks.formats import yaml
from generator.checks.formats.yaml import ABSENT, Node
from generator.checks.source import Sources

SETTINGS: Final = ".github/repository-settings.json"


def settings(sources: Sources) -> Node:
    """The settings, with their places: JSON is YAML."""
    return yaml.root(sources, SETTINGS) if SETTINGS in sources.tree else ABSENT


def rules(sources: Sources, kind: str) -> list[tuple[Node, Node]]:
    """The rules of a type, each with its ruleset."""
    sets = settings(sources).at("rulesets").items
    return [(one, rule) for one in sets for rule in one.at("rules").items if rule.at("type").text == kind]


def contexts(sources: Sources) -> list[Node]:
    """The names of the checks that rulesets require."""
    found = [rule.at("parameters", "required_status_checks") for _, rule in rules(sources, "required_status_checks")]
    return [check.at("context") for checks in found for check in checks.items if check.at("context").text]


def production(sources: Sources) -> str:
    """The name of the environment that users are on; "" where nobody says."""
    said = settings(sources).at("variables", "production").text
    names = [one.at("name").text for one in settings(sources).at("environments").items]
    return said or next((name for name in names if name in ("prod", "production", "live")), "")
