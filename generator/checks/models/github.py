"""GitHub workflows and actions: jobs, steps, and the expressions inside them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from generator.checks.formats import expressions as expressions_format
from generator.checks.formats import yaml
from generator.checks.formats.expressions import Parsed
from generator.checks.formats.yaml import ABSENT, Node
from generator.checks.formats.yaml_text import Written, written
from generator.checks.models.github_contexts import is_evaluated
from generator.checks.source import Sources, join, lines, shared

WORKFLOWS: Final = ".github/workflows/"
ACTIONS: Final = ".github/actions/"
ANYWAY: Final = re.compile(r"(?:always|cancelled|failure)\(")
"""In a condition: what lets a job run although one that it waits for did not, or failed."""
_ACTION_FILES: Final = ("action.yml", "action.yaml")
_CONDITIONS: Final = frozenset(
    (("jobs", "if"), ("jobs", "steps", "if"), ("jobs", "snapshot", "if"), ("runs", "steps", "if"))
)


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
    column: int = 0
    where: tuple[str, ...] = ()
    """The keys that lead to it, without the job's id: `("jobs", "steps", "with", "name")`."""
    arguments: int = 0
    """How many a call has."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """The text of one expression, and where it stands."""

    parsed: Parsed
    written: Written
    start: int
    """Where the expression begins in what is written."""
    job: Job | None
    step: int
    where: tuple[str, ...]

    is_whole: bool = False
    """Whether the expression is a reference or a call and nothing else."""

    def place(self, offset: int) -> tuple[int, int]:
        """The line and the column of a character of the expression."""
        return self.written.place(self.start + offset)


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
    by_id = {key.lower(): key for key in root.at("jobs").map}
    return {key: _job(key, node, by_id) for key, node in root.at("jobs").map.items()}


def _job(key: str, node: Node, by_id: dict[str, str]) -> Job:
    needs = node.at("needs")
    names = [item.text for item in needs.items] or ([needs.text] if needs.text else [])
    # GitHub takes the ids of jobs in any case.
    return Job(key, node, tuple(by_id.get(one.lower(), one) for one in names), tuple(node.at("steps").items))


def inputs(sources: Sources, path: str) -> dict[str, Node]:
    """The inputs of a workflow (however it is started) or of an action."""
    root = yaml.root(sources, path)
    if root.at("runs"):
        return root.at("inputs").map
    return {**root.at("on", "workflow_call", "inputs").map, **root.at("on", "workflow_dispatch", "inputs").map}


@shared
def expressions(sources: Sources, path: str) -> tuple[Expression, ...]:
    """Every reference and call in the expressions of a file."""
    return tuple(
        Expression(one.names, one.call, line, part.job, part.step, column, part.where, one.arguments)
        for part in embedded(sources, path)
        for one in part.parsed.references
        for line, column in (part.place(one.offset),)
    )


@shared
def embedded(sources: Sources, path: str) -> tuple[Embedded, ...]:
    """The expressions of a file, also those that cannot be read."""
    rows = lines(sources, path)
    return tuple(
        one for node, job, step, where in scalars(sources, path) for one in _inside(node, rows, job, step, where)
    )


@shared
def conditions(sources: Sources, path: str) -> tuple[Node, ...]:
    """The values of `if`, of jobs and of steps."""
    return tuple(node for node, _, _, where in scalars(sources, path) if is_condition(where) and node.text)


def is_condition(where: tuple[str, ...]) -> bool:
    """Whether what stands there is an expression also without braces."""
    return where in _CONDITIONS


@shared
def scalars(sources: Sources, path: str) -> tuple[tuple[Node, Job | None, int, tuple[str, ...]], ...]:
    """Each value that may hold an expression: with its job, the index of its step, and the keys that lead to it."""
    root = yaml.root(sources, path)
    found: list[tuple[Node, Job | None, int, tuple[str, ...]]] = []
    for key, node in root.map.items():
        if key not in ("jobs", "runs"):
            found += ((one, None, -1, where) for one, where in _below(node, (key,)))
    for job in jobs(sources, path).values():
        top = "jobs" if job.id else "runs"
        for key, node in job.node.map.items():
            if key != "steps":
                found += ((one, job, -1, where) for one, where in _below(node, (top, key)))
        for number, step in enumerate(job.steps):
            found += ((one, job, number, where) for one, where in _below(step, (top, "steps")))
    return tuple(found)


def _below(node: Node, where: tuple[str, ...]) -> Iterator[tuple[Node, tuple[str, ...]]]:
    for name, child in node.map.items():
        yield from _below(child, (*where, name))
    for child in node.items:
        yield from _below(child, where)
    if node.text and ("${{" in node.text or is_condition(where)) and is_evaluated(where):
        yield node, where


def _inside(
    node: Node, rows: tuple[str, ...], job: Job | None, step: int, where: tuple[str, ...]
) -> Iterator[Embedded]:
    text = written(node, rows)
    if "${{" not in node.text:
        yield Embedded(expressions_format.parse(text.text), text, 0, job, step, where)
        return
    end = 0
    while (begin := text.text.find("${{", end)) >= 0:
        end = expressions_format.closing(text.text, begin + 3)
        if end < 0:
            unclosed = Parsed(error="the expression is not closed by }}", fix="Write }} where it ends.")
            yield Embedded(unclosed, text, begin, job, step, where)
            return
        inside = text.text[begin + 3 : end]
        whole = re.fullmatch(r"\s*[\w.-]+\s*", inside) is not None
        yield Embedded(expressions_format.parse(inside), text, begin + 3, job, step, where, whole)


def is_of_type(value: Node, kind: str) -> bool:
    """Whether a value may be given to an input of that type; what an expression makes of it is not known."""
    if "${{" in value.text:
        return True
    if kind == "boolean":
        return value.text.lower() in ("true", "false")
    return (
        kind != "number"
        or re.fullmatch(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|0x[0-9a-fA-F]+", value.text) is not None
    )


def local_target(sources: Sources, uses: str) -> str:
    """The path of the workflow or action in this repository that `uses` names; "" for one from elsewhere."""
    if not uses.startswith("./"):
        return ""
    path = uses[2:].rstrip("/")
    if path.endswith((".yml", ".yaml")):
        return path
    found = (join(path, name) for name in _ACTION_FILES)
    return next((one for one in found if one in sources.tree), path)


def is_for_others(sources: Sources, path: str) -> bool:
    """Whether only other repositories call a workflow: it runs on their files then, not on ours."""
    on = yaml.root(sources, path).at("on")
    started = {on.text, *on.map, *(item.text for item in on.items)} - {""}
    return started == {"workflow_call"} and path not in _called(sources)


@shared
def _called(sources: Sources) -> frozenset[str]:
    """The workflows that jobs of this repository call."""
    workflows = list(workflow_paths(sources))
    uses = (job.node.at("uses").text for path in workflows for job in jobs(sources, path).values())
    return frozenset(local_target(sources, one) for one in uses)
