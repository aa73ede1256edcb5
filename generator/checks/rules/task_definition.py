"""ECS takes the task definition

The names of its keys are those that ECS knows, what a container mounts or waits for is there, variables have names and
texts as values, none is a secret, too, times are in their ranges, and CPU and memory are a size that Fargate has. ECS
refuses anything else when the release registers the definition, after the images were built. Of Terraform's
`container_definitions` the values of variables are judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from generator.checks import data
from generator.checks.formats import yaml
from generator.checks.formats.numbers import whole
from generator.checks.formats.yaml import Node
from generator.checks.models import task_definitions
from generator.checks.models.habits import habit
from generator.checks.rule import Flaw, Format, at, did_you_mean, one_of
from generator.checks.source import Sources, text

FORMAT = Format.JSON

_TELLING: Final = {"family", "containerDefinitions", "requiresCompatibilities", "networkMode", "executionRoleArn"}
_GIB: Final = 1024
_FARGATE: Final[Mapping[int, range | tuple[int, ...]]] = {
    256: (512, _GIB, 2 * _GIB),
    512: range(_GIB, 4 * _GIB + 1, _GIB),
    1024: range(2 * _GIB, 8 * _GIB + 1, _GIB),
    2048: range(4 * _GIB, 16 * _GIB + 1, _GIB),
    4096: range(8 * _GIB, 30 * _GIB + 1, _GIB),
    8192: range(16 * _GIB, 60 * _GIB + 1, 4 * _GIB),
    16384: range(32 * _GIB, 120 * _GIB + 1, 8 * _GIB),
}
"""Memory in MiB by units of CPU."""
_HEALTH: Final = {"interval": (5, 300), "timeout": (2, 60), "retries": (1, 10), "startPeriod": (0, 300)}
"""The least and the most, in seconds but for `retries`."""
_STOP: Final = 120
"""Seconds."""


def files(sources: Sources) -> Iterator[str]:
    yield from task_definitions.terraform_paths(sources)
    for path in sources.ending(".json"):
        said = text(sources, path)
        maybe = "ontainerDefinitions" in said or "requiresCompatibilities" in said
        if maybe and len(_TELLING & yaml.root(sources, path).map.keys()) > 1:
            yield path


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    if path.endswith(".tf"):
        for one in task_definitions.no_texts(sources, path):
            yield at(one, f"the value of {one.key} is a text, and this is {one.value}", f'Write "{one.value}".')
        return
    root = yaml.root(sources, path)
    recorded = data.load("aws/ecs-task-definition.json")
    yield from _keys(root, dict.fromkeys(recorded["told"]) | recorded["request"])
    yield from _size(root)
    volumes = {volume.at("name").text for volume in root.at("volumes").items}
    containers = root.at("containerDefinitions").items
    names = {container.at("name").text for container in containers}
    fargate = _is_fargate(root)
    for container in containers:
        yield from _variables(container)
        yield from _times(container, fargate=fargate)
        for mount in container.at("mountPoints").items:
            yield from _named(mount.at("sourceVolume"), volumes, "the task has no volume")
        for other in container.at("dependsOn").items:
            yield from _named(other.at("containerName"), names, "the task has no container")


def _variables(container: Node) -> Iterator[Flaw]:
    """What is wrong with the variables of a container, which get their values as texts."""
    secrets = {one.at("name").text for one in container.at("secrets").items}
    names: set[str] = set()
    for one in container.at("environment").items:
        name, value = one.at("name"), one.at("value")
        if value and not value.is_null and not isinstance(value.value, str):
            yield at(
                value, f"the value of {name.text} is a text, and this is {value.text or 'none'}", "Put it in quotes."
            )
        if not name.text.strip():
            yield at(
                name or one, "the variable has no name, so that ECS refuses the task", "Give it one, or take it out."
            )
        elif "=" in name.text:
            called, _, rest = name.text.partition("=")
            message = f"the variable is called {called}: the rest of it is a part of its value"
            yield at(name, message, f"Write the name {called} and the value {rest}.")
        elif name.text in secrets:
            message = f"{name.text} is a secret of this container, too, so that ECS refuses the task"
            yield at(name, message, "Take one of the two out.")
        elif name.text in names:
            yield habit(at(name, f"{name.text} is given twice", "Take one out."))
        names.add(name.text)


def _keys(node: Node, known: Any) -> Iterator[Flaw]:
    """Keys that ECS does not know, below a node; null is a value, or a map of the user's own keys."""
    if isinstance(known, list):
        for item in node.items:
            yield from _keys(item, known[0])
    elif isinstance(known, dict) and node.is_map:
        for key in node.keys:
            if key.text not in known:
                yield at(key, f"ECS has no key {key.text} here", f"Take {key.text} out.", did_you_mean(key.text, known))
            else:
                yield from _keys(node.at(key.text), known[key.text])


def _named(wanted: Node, known: set[str], missing: str) -> Iterator[Flaw]:
    if wanted.text and wanted.text not in known:
        message = f"{missing} {wanted.text}"
        yield at(wanted, message, one_of(known, f"Add {wanted.text} to the task."), did_you_mean(wanted.text, known))


def _is_fargate(root: Node) -> bool:
    return any(one.text == "FARGATE" for one in root.at("requiresCompatibilities").items)


def _times(container: Node, *, fargate: bool) -> Iterator[Flaw]:
    """Numbers of a container that are out of their range."""
    for key, (least, most) in _HEALTH.items():
        given = container.at("healthCheck", key)
        number = whole(given.text)
        if number is not None and not least <= number <= most:
            message = f"ECS takes {least} to {most} for {key} of a healthCheck, not {number}"
            yield at(given, message, f"Write {least if number < least else most}.")
    stop = container.at("stopTimeout")
    number = whole(stop.text)
    if fargate and number is not None and number > _STOP:
        yield at(
            stop, f"Fargate waits at most {_STOP} s for a task that stops, not {number}", f"Write {_STOP} or less."
        )


def _size(root: Node) -> Iterator[Flaw]:
    cpu, memory = root.at("cpu"), root.at("memory")
    units, size = whole(cpu.text), whole(memory.text)
    if not _is_fargate(root) or units is None or size is None:
        return
    sizes = _FARGATE.get(units)
    if sizes is None:
        yield at(
            cpu, f"Fargate has no tasks of {cpu.text} units of CPU", f"Use one of {', '.join(map(str, _FARGATE))}."
        )
    elif size not in sizes:
        message = f"Fargate has no tasks of {cpu.text} units of CPU and {memory.text} MiB of memory"
        most = next((one for one in sizes if one >= size), max(sizes))
        yield at(memory, message, f"Write {most}, the nearest that {cpu.text} units can have, or raise `cpu`.")
