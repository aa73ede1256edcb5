"""Task definitions of Amazon ECS in JSON and in Terraform, with their places."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from generator.checks.formats import hcl, yaml
from generator.checks.formats.yaml import Node
from generator.checks.source import Sources


@dataclass(frozen=True, slots=True)
class Given:
    """A setting of a container that Terraform writes as a plain value."""

    key: str
    value: str
    line: int
    column: int


def paths(sources: Sources) -> Iterator[str]:
    """The files that are one."""
    return (path for path in sources.ending(".json") if b'"containerDefinitions"' in sources.tree[path].content)


def root(sources: Sources, path: str) -> Node:
    """The task definition: JSON is YAML."""
    return yaml.root(sources, path)


def containers(sources: Sources, path: str) -> list[Node]:
    """Its containers."""
    return root(sources, path).at("containerDefinitions").items


def terraform_paths(sources: Sources) -> Iterator[str]:
    """The files of Terraform that have one."""
    return (path for path in sources.ending(".tf") if b'"aws_ecs_task_definition"' in sources.tree[path].content)


def given(sources: Sources, path: str) -> Iterator[Given]:
    """The plain settings of the containers that a file of Terraform defines; what is worked out is left alone."""
    for block in hcl.parse(sources, path).body.of("resource"):
        containers = block.body.get("container_definitions")
        if block.labels[:1] == ("aws_ecs_task_definition",) and containers:
            yield from _below(containers.value)


def _below(node: Any) -> Iterator[Given]:
    found = {key: value for key, _, value in hcl.entries(node)} if node.type == "object" else {}
    for key, value in found.items():
        literal = hcl.literal(value)
        # What is not essential prepares the folders of the others, and ends.
        prepares = key == "user" and "essential" in found and hcl.literal(found["essential"]) == "false"
        if key and literal is not None and not prepares:
            yield Given(key, literal, *hcl.place(value))
    for child in node.named_children:
        yield from _below(child)


def no_texts(sources: Sources, path: str) -> Iterator[Given]:
    """The values of variables that a file of Terraform gives as numbers or truth values, with their names as keys."""
    for block in hcl.parse(sources, path).body.of("resource"):
        containers = block.body.get("container_definitions")
        if block.labels[:1] == ("aws_ecs_task_definition",) and containers:
            yield from _no_texts(containers.value)


def _no_texts(node: Any) -> Iterator[Given]:
    for key, _, value in hcl.entries(node) if node.type == "object" else ():
        for variable in hcl.elements(value) if key == "environment" else ():
            given = {name: one for name, _, one in hcl.entries(variable)}
            one = given.get("value")
            if one is not None and hcl.unwrap(one).type in ("numeric_lit", "bool_lit"):
                name = hcl.literal(given["name"]) if "name" in given else None
                yield Given(name or "a variable", hcl.literal(one) or "", *hcl.place(one))
    for child in node.named_children:
        yield from _no_texts(child)
