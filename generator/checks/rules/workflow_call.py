"""Calls of the repository's own workflows and actions fit their inputs

GitHub refuses a call with an unknown input or secret, or without a required one; for an action it
only warns, and runs with nothing there. The called file must exist. A secret that may be missing, and that
other calls of the same workflow hand on, is empty in a call that does not.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import github
from generator.checks.models.habits import habit
from generator.checks.rule import Flaw, Format, at, did_you_mean, did_you_mean_path, instead_path
from generator.checks.source import Sources, join, shared

FORMAT = Format.GITHUB

files = github.paths


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for job in github.jobs(sources, path).values():
        elsewhere = any(_checks_out_elsewhere(step) for step in job.steps)
        for caller in (job.node, *job.steps):
            uses = caller.at("uses")
            target = github.local_target(sources, uses.text)
            if target in sources.tree:
                yield from _fits(sources, caller, target)
            elif (
                target
                and not target.startswith("..")
                and not elsewhere
                and join(target, "Dockerfile") not in sources.tree
            ):
                near = did_you_mean_path(target, sources.tree)
                fix = instead_path(near, "", "Write the path of one that is there.", "./")
                yield at(uses, f"there is no {target}{near}", fix)


def _checks_out_elsewhere(step: Node) -> bool:
    """Whether the step brings files that are not those of this repository, or puts them below another folder."""
    return bool(step.at("with", "path") or step.at("with", "repository")) and "checkout" in step.at("uses").text


def _fits(sources: Sources, caller: Node, target: str) -> Iterator[Flaw]:
    root = yaml.root(sources, target)
    own = root if root.at("runs") else root.at("on", "workflow_call")
    yield from _given(caller, "with", "input", target, own.at("inputs"))
    if not root.at("runs"):
        if not root.at("on") or "workflow_call" not in _events(root):
            message = f"{target} cannot be called: it has no `workflow_call`"
            yield at(caller.at("uses"), message, f"Add `workflow_call:` under `on` of {target}.")
        elif caller.at("secrets").text != "inherit":
            yield from _given(caller, "secrets", "secret", target, own.at("secrets"))
            yield from _forgotten(sources, caller, target, own.at("secrets"))


def _events(root: Node) -> set[str]:
    on = root.at("on")
    return {on.text, *on.map, *(item.text for item in on.items)}


def _forgotten(sources: Sources, caller: Node, target: str, declared: Node) -> Iterator[Flaw]:
    """The secrets that this call leaves out, and others do not."""
    optional = [name for name, node in declared.map.items() if node.at("required").text != "true"]
    given = caller.at("secrets").map
    left_out = [name for name in optional if name not in given and name in _handed_on(sources, target)]
    if left_out:
        message = f"{target} gets no {', '.join(left_out)} from this call, as it does from others"
        yield habit(at(caller.at("uses"), message, f"Add {', '.join(left_out)} under `secrets`."))


@shared
def _handed_on(sources: Sources, target: str) -> frozenset[str]:
    """The secrets that any call of a workflow hands on."""
    calls = (job.node for path in github.workflow_paths(sources) for job in github.jobs(sources, path).values())
    ours = (call for call in calls if github.local_target(sources, call.at("uses").text) == target)
    return frozenset(name for call in ours for name in call.at("secrets").map)


def _given(caller: Node, key: str, what: str, target: str, declared: Node) -> Iterator[Flaw]:
    known = {name.lower(): node for name, node in declared.map.items()}
    given = {name.lower(): node for name, node in caller.at(key).map.items()}
    for name in caller.at(key).keys:
        if name.text.lower() not in known and name.text != "<<":
            near = did_you_mean(name.text, declared.map)
            yield at(name, f"{target} has no {what} {name.text}", f"Take {name.text} out.", near)
    for wanted, node in declared.map.items():
        kind, value = node.at("type").text, given.get(wanted.lower())
        if value is None and node.at("required").text == "true" and not node.at("default"):
            yield at(caller.at("uses"), f"{target} needs the {what} {wanted}", f"Add `{wanted}:` under `{key}`.")
        elif value is not None and value.text and what == "input" and not github.is_of_type(value, kind):
            message = f"input {wanted} of {target} is a {kind}: {value.text} is none"
            yield at(value, message, "Write true or false." if kind == "boolean" else "Write a number.")
