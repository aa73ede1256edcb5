"""Inputs of workflows have a type, and a default that fits it

GitHub refuses a workflow with an input of an unknown type, with a choice that offers nothing, and with a
default that is none of the options.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import github
from generator.checks.rule import Flaw, Format, at, did_you_mean, one_of
from generator.checks.source import Sources

FORMAT = Format.GITHUB

_TYPES: Final = {
    "workflow_dispatch": ("string", "boolean", "choice", "number", "environment"),
    "workflow_call": ("string", "boolean", "number"),
}


def files(sources: Sources) -> Iterator[str]:
    for path in github.workflow_paths(sources):
        if any(yaml.root(sources, path).at("on", event, "inputs") for event in _TYPES):
            yield path


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for event, types in _TYPES.items():
        for name, node in yaml.root(sources, path).at("on", event, "inputs").map.items():
            yield from _input(name, node, event, types)


def _input(name: str, node: Node, event: str, types: tuple[str, ...]) -> Iterator[Flaw]:
    kind, options, default = node.at("type"), node.at("options"), node.at("default")
    # The schema says it of a call already.
    if kind.text and kind.text not in types and event == "workflow_dispatch":
        yield at(kind, f"input {name}: there is no type {kind.text}", one_of(types), did_you_mean(kind.text, types))
    if kind.text == "choice":
        offered = [option.text for option in options.items]
        if not options:
            yield at(kind, f"input {name} is a choice without options", "List its values under `options`.")
        elif default.text and default.text not in offered and not any("${{" in one for one in offered):
            message = f"input {name}: {default.text} is none of its options"
            yield at(default, message, one_of(offered), did_you_mean(default.text, offered))
    elif default.text and not github.is_of_type(default, kind.text):
        fix = "Write true or false." if kind.text == "boolean" else "Write a number."
        yield at(default, f"input {name}: {default.text} is not a {kind.text}", fix)
