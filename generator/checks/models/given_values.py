"""What expressions of workflows become, as far as matrices and the `with` of callers say it.

A scope is what one run of a job knows: `matrix.service` and `inputs.path`, each with the place where its value is
written. What only a run can tell is in no scope.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Final

from generator.checks.formats.yaml import Node
from generator.checks.models import github
from generator.checks.models.github import Job
from generator.checks.source import Sources, shared


@dataclass(frozen=True, slots=True)
class Value:
    """A value, and where somebody wrote it."""

    text: str
    path: str
    node: Node


Scope = Mapping[str, Value]

_MOST: Final = 256
"""As many runs of one job GitHub allows; of more nothing is known."""
_EXPRESSION: Final = re.compile(r"\$\{\{\s*((?:matrix|inputs)\.[\w-]+)\s*\}\}")
_TOP: Final = re.compile(r"^\s*\$\{\{\s*github\.workspace\s*\}\}/")
_EQUAL: Final = re.compile(r"\s*((?:matrix|inputs)\.[\w-]+)\s*==\s*'([^']*)'\s*")


def filled(path: str, node: Node, scope: Scope) -> Value | None:
    """What a text of a file becomes: with the place of the value where it is nothing else; None where it is unknown."""
    text = _TOP.sub("", node.text).strip()
    whole = _EXPRESSION.fullmatch(text)
    if whole:
        return scope.get(whole[1])
    if any(name not in scope for name in _EXPRESSION.findall(text)):
        return None
    text = _EXPRESSION.sub(lambda match: scope[match[1]].text, text)
    return None if "${{" in text else Value(text, path, node)


def is_known(text: str) -> bool:
    """Whether a text says the same with any values."""
    return "${{" not in _TOP.sub("", text)


def holds(condition: str, scope: Scope) -> bool | None:
    """Whether a step runs with these values; None where its condition asks for them in a way that is not read here.

    What else a condition asks for, as what became of steps before, is no matter: the step may run.
    """
    alternatives = [
        _EQUAL.fullmatch(one) for one in condition.strip().removeprefix("${{").removesuffix("}}").split("||")
    ]
    if all(one and one[1] in scope for one in alternatives):
        return any(scope[one[1]].text.lower() == one[2].lower() for one in alternatives if one)
    return None if re.search(r"\b(?:matrix|inputs|hashFiles)\b", condition) else True


@shared
def of_job(sources: Sources, path: str, job_id: str, above: tuple[str, ...] = ()) -> tuple[Scope, ...]:
    """The scopes of a job's runs; without a matrix and inputs one that is empty."""
    rows = _rows(path, github.jobs(sources, path)[job_id].node.at("strategy", "matrix"))
    inputs = _of_workflow(sources, path, above)
    return tuple({**given, **row} for given in inputs for row in rows) if len(inputs) * len(rows) <= _MOST else ({},)


def of_action(sources: Sources, path: str, step: Node, scopes: tuple[Scope, ...]) -> tuple[Scope, ...]:
    """What an action of the repository is given by a step of the file `path`."""
    target = github.local_target(sources, step.at("uses").text)
    return tuple(_bound(sources, path, step.at("with"), target, scope) for scope in scopes)


def _bound(sources: Sources, path: str, given: Node, target: str, scope: Scope) -> Scope:
    """The inputs that the workflow or action `target` gets."""
    found: dict[str, Value] = {}
    for name, declared in github.inputs(sources, target).items():
        told, usual = given.map.get(name), declared.at("default")
        value = filled(path, told, scope) if told else filled(target, usual, {}) if usual else None
        if value:
            found[f"inputs.{name}"] = value
    return found


def _of_workflow(sources: Sources, path: str, above: tuple[str, ...]) -> tuple[Scope, ...]:
    """What the callers of a workflow give it; an empty scope stands for those who are not known."""
    found: list[Scope] = []
    for caller, job in [] if path in above else callers(sources).get(path, []):
        for scope in of_job(sources, caller, job.id, (*above, path)):
            bound = _bound(sources, caller, job.node.at("with"), path, scope)
            found += [bound] if bound not in found else []
    return tuple(found) or ({},)


@shared
def callers(sources: Sources) -> Mapping[str, list[tuple[str, Job]]]:
    """The jobs of the repository that call its workflows, by the path of the workflow."""
    found: dict[str, list[tuple[str, Job]]] = {}
    for path in github.workflow_paths(sources):
        for job in github.jobs(sources, path).values():
            target = github.local_target(sources, job.node.at("uses").text)
            if target:
                found.setdefault(target, []).append((path, job))
    return found


def _rows(path: str, matrix: Node) -> list[dict[str, Value]]:
    """The rows of a matrix as GitHub makes them, with what is written of each."""
    axes = {key: node.items for key, node in matrix.map.items() if key not in ("include", "exclude") and node.items}
    total = 1
    for items in axes.values():
        total *= len(items)
    if total > _MOST:
        return [{}]
    combined = [dict(zip(axes, row, strict=True)) for row in product(*axes.values())] if axes else []
    left = [one for one in combined if not any(_fits(row, one) for row in matrix.at("exclude").items)]
    rows: list[dict[str, Node]] = [dict(one) for one in left]
    for entry in matrix.at("include").items:
        extended = [row for row, one in zip(rows, left, strict=False) if _extends(entry, one)]
        for row in extended:
            row.update(entry.map)
        rows += [] if extended else [dict(entry.map)]
    return [dict(_values(path, row)) for row in rows] or [{}]


def _fits(entry: Node, row: Mapping[str, Node]) -> bool:
    return bool(entry.map) and all(key in row and row[key].text == node.text for key, node in entry.map.items())


def _extends(entry: Node, row: Mapping[str, Node]) -> bool:
    return all(row[key].text == node.text for key, node in entry.map.items() if key in row)


def _values(path: str, row: Mapping[str, Node]) -> Iterator[tuple[str, Value]]:
    for key, node in row.items():
        if not (node.is_map or node.items) and "${{" not in node.text:
            yield f"matrix.{key}", Value(node.text, path, node)
