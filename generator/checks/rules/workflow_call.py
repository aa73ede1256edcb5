"""Calls of the repository's own workflows and actions fit their inputs

GitHub refuses a call with an unknown input or secret, or without a required one; for an action it
only warns, and runs with nothing there. The called file must exist.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import github
from generator.checks.rule import Flaw, Format, at, did_you_mean, did_you_mean_path
from generator.checks.source import Sources

FORMAT = Format.GITHUB

files = github.paths


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for job in github.jobs(sources, path).values():
        for caller in (job.node, *job.steps):
            uses = caller.at("uses")
            target = github.local_target(sources, uses.text)
            if target and target not in sources.tree:
                yield at(uses, f"there is no {target}{did_you_mean_path(target, sources.tree)}")
            elif target:
                yield from _fits(caller, target, yaml.root(sources, target))


def _fits(caller: Node, target: str, root: Node) -> Iterator[Flaw]:
    own = root if root.at("runs") else root.at("on", "workflow_call")
    yield from _given(caller, "with", "input", target, own.at("inputs"))
    if not root.at("runs"):
        if not root.at("on") or "workflow_call" not in root.at("on").map:
            yield at(caller.at("uses"), f"{target} cannot be called: it has no `workflow_call`")
        elif caller.at("secrets").text != "inherit":
            yield from _given(caller, "secrets", "secret", target, own.at("secrets"))


def _given(caller: Node, key: str, what: str, target: str, declared: Node) -> Iterator[Flaw]:
    for name in caller.at(key).keys:
        if name.text not in declared.map:
            near = did_you_mean(name.text, declared.map)
            yield at(name, f"{target} has no {what} {name.text}{near}")
    for wanted, node in declared.map.items():
        if node.at("required").text == "true" and not node.at("default") and wanted not in caller.at(key).map:
            yield at(caller.at("uses"), f"{target} needs the {what} {wanted}")
