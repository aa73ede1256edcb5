"""An apply leaves alone what autoscalers and releases change

Where an autoscaler sets the number of tasks or nodes, each apply sets it back to what stands in the file, under load
or down to none. So it is with a service of ECS that Terraform makes with a placeholder, which releases replace. Name
the argument in `ignore_changes` of the resource's `lifecycle`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Argument
from generator.checks.models import scripts
from generator.checks.models.habits import habit
from generator.checks.models.terraform_settings import Resource, in_file, of, refers
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, folder, shared, text

FORMAT = Format.TERRAFORM

_SERVICE: Final = "aws_ecs_service"
_DEFINITION: Final = "aws_ecs_task_definition"
_NODES: Final = "aws_eks_node_group"
_REGISTERS: Final = re.compile(r"\becs register-task-definition\b")
_NONE: Final = re.compile(r"\b(?:undeployed|placeholder)\b")
_AUTOSCALER: Final = re.compile(r"^\s*chart\s*=\s*\"cluster-autoscaler\"", re.MULTILINE)


def files(sources: Sources) -> Iterator[str]:
    yield from dict.fromkeys(one.path for one in of(sources, _SERVICE, _NODES))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for one in in_file(sources, path, _SERVICE, _NODES):
        listed = next((each for inner in one.body.of("lifecycle") if (each := inner.body.get("ignore_changes"))), None)
        ignored = set(re.findall(r"\w+", hcl.word(listed.value))) if listed else set()
        for argument, name, owner in _owned(sources, one):
            if not ignored & {name, "all"}:
                message = f"each apply sets {name} of {one.address} back, which {owner} changes"
                new = f"Write `lifecycle {{ ignore_changes = [{_within(name)}] }}`."
                yield habit(
                    at(listed or argument, message, f"Add {_within(name)} to `ignore_changes`." if listed else new)
                )


def _owned(sources: Sources, one: Resource) -> Iterator[tuple[Argument, str, str]]:
    """The arguments that somebody else changes, each with its name and who does so."""
    if one.type == _NODES:
        size = next((inner.body.get("desired_size") for inner in one.body.of("scaling_config")), None)
        if size and _scales_nodes(sources):
            yield size, "desired_size", "Cluster Autoscaler"
        return
    count, definition = one.body.get("desired_count"), one.body.get("task_definition")
    if count and one.block.labels[1] in _scaled(sources, folder(one.path)):
        yield count, "desired_count", "its autoscaler"
    names = set(refers(definition.value, _DEFINITION)) if definition and _registers(sources) else set()
    if definition and names & _placeholders(sources, folder(one.path)):
        yield definition, "task_definition", "a release"


def _within(name: str) -> str:
    return f"scaling_config[0].{name}" if name == "desired_size" else name


@shared
def _scaled(sources: Sources, place: str) -> frozenset[str]:
    """The services of a module that an autoscaler counts."""
    targets = [one for one in of(sources, "aws_appautoscaling_target") if folder(one.path) == place]
    arguments = [one.body.get(name) for one in targets for name in ("for_each", "resource_id")]
    return frozenset(name for argument in arguments if argument for name in refers(argument.value, _SERVICE))


@shared
def _placeholders(sources: Sources, place: str) -> frozenset[str]:
    """The task definitions of a module with an image that is none."""
    every = [one for one in of(sources, _DEFINITION) if folder(one.path) == place]
    given = [(one.block.labels[1], one.body.get("container_definitions")) for one in every]
    return frozenset(name for name, containers in given if containers and _NONE.search(hcl.word(containers.value)))


@shared
def _scales_nodes(sources: Sources) -> bool:
    return any(_AUTOSCALER.search(text(sources, path)) for path in sources.ending(".tf"))


@shared
def _registers(sources: Sources) -> bool:
    """Whether the repository itself releases to ECS: a script or a workflow of it registers task definitions."""
    return any(_REGISTERS.search(text(sources, path)) for path in scripts.callers(sources) if not path.endswith(".md"))
