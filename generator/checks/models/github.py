"""GitHub workflows and actions: jobs, steps, and the expressions inside them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from generator.checks.formats import yaml
from generator.checks.formats.yaml import ABSENT, Node
from generator.checks.source import Sources, shared

WORKFLOWS: Final = ".github/workflows/"
ACTIONS: Final = ".github/actions/"

_EXPRESSION: Final = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_INDEX: Final = re.compile(r"\[\s*'([^']*)'\s*\]")
_STRING: Final = re.compile(r"'(?:[^']|'')*'")
_CHAIN: Final = re.compile(r"(?<![\w.'])[A-Za-z_][\w-]*(?:\s*\.\s*[\w*-]+)*(\s*\()?")


@dataclass(frozen=True, slots=True)
class Job:
    """A job of a workflow, or the steps of a composite action."""

    id: str
    node: Node
    needs: tuple[str, ...]
    steps: tuple[Node, ...]

    def step(self, step_id: str) -> Node:
        """The step of that id."""
        return next((step for step in self.steps if step.at("id").text == step_id), ABSENT)


@dataclass(frozen=True, slots=True)
class Expression:
    """`root.a.b`, or a call, inside `${{ }}` or an `if`."""

    names: tuple[str, ...]
    call: bool
    line: int
    job: Job | None
    step: int
    """The index of the step that it stands in; -1 outside of steps."""


def workflow_paths(sources: Sources) -> Iterator[str]:
    """The workflows."""
    return (p for p in sources.below(WORKFLOWS) if p.endswith((".yml", ".yaml")) and p.count("/") == 2)


def action_paths(sources: Sources) -> Iterator[str]:
    """The repository's own actions."""
    found = (p for p in sources.below(ACTIONS) if p.endswith(("/action.yml", "/action.yaml")))
    return iter(sorted({*found, *(p for p in ("action.yml", "action.yaml") if p in sources.tree)}))


def paths(sources: Sources) -> Iterator[str]:
    """Workflows and actions."""
    yield from workflow_paths(sources)
    yield from action_paths(sources)


@shared
def jobs(sources: Sources, path: str) -> dict[str, Job]:
    """The jobs of a workflow by id; an action's steps are one job without an id."""
    root = yaml.root(sources, path)
    if root.at("runs"):
        return {"": Job("", root.at("runs"), (), tuple(root.at("runs", "steps").items))}
    return {key: _job(key, node) for key, node in root.at("jobs").map.items()}


def _job(key: str, node: Node) -> Job:
    needs = node.at("needs")
    names = tuple(item.text for item in needs.items) or ((needs.text,) if needs.text else ())
    return Job(key, node, names, tuple(node.at("steps").items))


def inputs(sources: Sources, path: str) -> dict[str, Node]:
    """The inputs of a workflow (however it is started) or of an action."""
    root = yaml.root(sources, path)
    if root.at("runs"):
        return root.at("inputs").map
    return {**root.at("on", "workflow_call", "inputs").map, **root.at("on", "workflow_dispatch", "inputs").map}


@shared
def expressions(sources: Sources, path: str) -> tuple[Expression, ...]:
    """Every reference and call in the expressions of a file."""
    root = yaml.root(sources, path)
    found: list[Expression] = []
    inside = jobs(sources, path)
    for key, node in root.map.items():
        if key not in ("jobs", "runs"):
            found += _below(node, key, None, -1)
    for job in inside.values():
        for key, node in job.node.map.items():
            if key != "steps":
                found += _below(node, key, job, -1)
        for number, step in enumerate(job.steps):
            found += _below(step, "steps", job, number)
    return tuple(found)


def _below(node: Node, key: str, job: Job | None, step: int) -> Iterator[Expression]:
    for name, child in node.map.items():
        yield from _below(child, name, job, step)
    for child in node.items:
        yield from _below(child, key, job, step)
    if "${{" in node.text:
        for match in _EXPRESSION.finditer(node.text):
            yield from _parse(match[1], _line(node, match.start()), job, step)
    elif key == "if" and node.text:
        yield from _parse(node.text, node.line, job, step)


def _line(node: Node, offset: int) -> int:
    block = 1 if node.raw.style in ("|", ">") else 0
    return node.line + block + int(node.text.count("\n", 0, offset))


def _parse(text: str, line: int, job: Job | None, step: int) -> Iterator[Expression]:
    plain = _STRING.sub("''", _INDEX.sub(r".\1", text))
    for match in _CHAIN.finditer(plain):
        call = match[1] is not None
        names = tuple(part.strip() for part in match[0].rstrip("( \n").split("."))
        if names[0] not in ("true", "false", "null", "NaN", "Infinity"):
            yield Expression(names, call, line, job, step)


def local_target(sources: Sources, uses: str) -> str:
    """The path of the workflow or action in this repository that `uses` names; "" for one from elsewhere."""
    if not uses.startswith("./"):
        return ""
    path = uses[2:].rstrip("/")
    if path.endswith((".yml", ".yaml")):
        return path
    return next((f"{path}/{name}" for name in ("action.yml", "action.yaml") if f"{path}/{name}" in sources.tree), path)


def runs(sources: Sources, path: str) -> Iterator[Node]:
    """The `run` scripts of a file."""
    for job in jobs(sources, path).values():
        for step in job.steps:
            if step.at("run"):
                yield step.at("run")
