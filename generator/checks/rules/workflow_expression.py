"""Expressions of workflows can be read, and refer to what exists

GitHub refuses a workflow with an expression that it cannot read: a brace or a quote that is missing, an
unknown function, or a context that is not there in that place. For a step, output, input or matrix key
that does not exist it gives an empty text instead: a deployment then runs with nothing where a version
should be. Correct the name, or declare it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from generator.checks.formats import yaml
from generator.checks.models import github
from generator.checks.models.github import Expression, Job
from generator.checks.models.github_contexts import CONTEXTS, FUNCTIONS, NAMES, allowed, somewhere
from generator.checks.rule import Flaw, Format, at, did_you_mean, instead, one_of
from generator.checks.source import Sources

FORMAT = Format.GITHUB

files = github.paths


_MISSING: Final = {
    "steps": "Give the step before this one that is meant `id: {}`.",
    "needs": "Write the id of a job that this one needs.",
    "matrix": "Add {} to the matrix of the job.",
    "inputs": "Declare the input {} under `inputs`.",
    "jobs": "Write the id of a job of this workflow.",
}
"""What to do where a context has no such name, by the context."""


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    # An alias stands for the same lines again.
    found = {(flaw.line, flaw.column, flaw.message): flaw for flaw in _flaws(sources, path)}
    yield from found.values()


def _flaws(sources: Sources, path: str) -> Iterator[Flaw]:
    for part in github.embedded(sources, path):
        if part.parsed.error:
            line, column = part.place(part.parsed.offset)
            yield Flaw(line, part.parsed.error, part.parsed.fix, column)
    for expression in github.expressions(sources, path):
        message, fix = _call(expression) if expression.call else _reference(sources, path, expression)
        if message:
            yield at(expression, message, fix)


_Told = tuple[str, str]
"""A message, and what to do."""
_NOTHING: Final = ("", "")


def _call(expression: Expression) -> _Told:
    name = expression.names[0]
    known = FUNCTIONS.get(name.lower())
    if known is None:
        names = [one for one, _, _ in FUNCTIONS.values()]
        near = did_you_mean(name, names)
        return f"there is no function {name}{near}", instead(near, one_of(names))
    place = allowed(expression.where)
    if place and somewhere(name.lower()) and name.lower() not in place[1]:
        places = _its_places(name.lower())
        return f"there is no function {known[0]} here, only in {places}", f"Move it into {places}."
    _, least, most = known
    if least <= expression.arguments <= most:
        return _NOTHING
    wanted = f"{least}" if least == most else f"at least {least}" if most > 2 else f"{least} or {most}"
    word = "argument" if wanted.endswith("1") else "arguments"
    return f"{known[0]} takes {wanted} {word}, not {expression.arguments}", f"Give it {wanted} {word}."


def _its_places(function: str) -> str:
    return "the steps of a job" if function == "hashfiles" else "an `if`"


def _reference(sources: Sources, path: str, expression: Expression) -> _Told:
    root, *rest = expression.names
    if root.lower() not in CONTEXTS:
        message = f"there is no context {root}{did_you_mean(root, CONTEXTS)}; a text needs single quotes"
        return message, f"Write '{root}'."
    place = allowed(expression.where)
    if place and root.lower() not in place[0]:
        by_env = "env" in place[0] and root.lower() not in ("env", "jobs")
        fix = "Give it to the job by `env`, and read env.<NAME> here." if by_env else "Write one that is known here."
        return f"there is no context {root} here, only {', '.join(sorted(place[0]))}", fix
    if not rest or rest[0] == "*":
        return _NOTHING
    return _unknown(sources, path, expression)


def _unknown(sources: Sources, path: str, expression: Expression) -> _Told:
    root, name, *rest = expression.names
    root = root.lower()
    valid = NAMES.get(root) or _declared(sources, path, root, expression)
    if valid is None:
        return _NOTHING
    known = {one.lower(): one for one in valid}
    if name.lower() not in known:
        near = did_you_mean(name, valid)
        message = f"{root}.{name} does not exist here{near}"
        return message, instead(near, _missing(sources, path, expression) or one_of(valid), f"{root}.")
    return _part(sources, path, (root, known[name.lower()], *rest))


def _missing(sources: Sources, path: str, expression: Expression) -> str:
    """What to do where a context of the file's own names has no such name; "" for any other context."""
    root, name = expression.names[0].lower(), expression.names[1]
    if root == "needs" and name in github.jobs(sources, path):
        return f"Add {name} to the `needs` of the job."
    if root == "steps" and expression.job and expression.job.step(name):
        return f"Move the step {name} before this one."
    if root == "matrix" and name in ("include", "exclude"):
        return f"Write a key of the rows of `{name}`."
    return _MISSING[root].format(name) if root in _MISSING else ""


def _part(sources: Sources, path: str, names: tuple[str, ...]) -> _Told:
    """What is wrong with `result`, `outputs` and the like behind a name that exists."""
    root, name, *rest = names
    parts = {"needs": ("outputs", "result"), "jobs": ("outputs", "result")}.get(
        root, ("outputs", "outcome", "conclusion") if root == "steps" else ()
    )
    if not parts or not rest or rest[0] == "*":
        return _NOTHING
    if rest[0].lower() not in parts:
        near = did_you_mean(rest[0], parts)
        return f"{root}.{name} has no {rest[0]}{near}", instead(near, one_of(parts), f"{root}.{name}.")
    if root == "steps" or rest[0].lower() != "outputs" or len(rest) < 2 or rest[1] == "*":
        return _NOTHING
    return _output(sources, github.jobs(sources, path)[name], f"{root}.{name}", rest[1])


def _declared(sources: Sources, path: str, root: str, expression: Expression) -> Iterable[str] | None:
    """The names that the file gives to a context where the expression stands; None where that is not known."""
    if root == "inputs":
        return github.inputs(sources, path)
    if root == "jobs":
        return github.jobs(sources, path)
    job = expression.job
    if job is None:
        return _steps(sources, path) if root == "steps" else None
    if root == "needs":
        return [name for name in job.needs if name in github.jobs(sources, path)]
    if root == "steps":
        before = job.steps if expression.step < 0 else job.steps[: expression.step]
        return [step.at("id").text for step in before if step.at("id")]
    return _matrix(job) if root == "matrix" and job.id else None


def _steps(sources: Sources, path: str) -> list[str] | None:
    """The steps that the outputs of an action may name."""
    action = github.jobs(sources, path).get("")
    return [step.at("id").text for step in action.steps if step.at("id")] if action else None


def _matrix(job: Job) -> list[str] | None:
    matrix = job.node.at("strategy", "matrix")
    if not job.node.at("strategy"):
        return []
    if not matrix.is_map or (matrix.at("include") and not matrix.at("include").is_list):
        return None
    if not all(item.is_map for item in matrix.at("include").items):
        return None
    rows = [key for item in matrix.at("include").items for key in item.map]
    return [key for key in (*matrix.map, *rows) if key not in ("include", "exclude")]


def _output(sources: Sources, job: Job, what: str, name: str) -> _Told:
    uses = job.node.at("uses").text
    target = github.local_target(sources, uses)
    if uses and target not in sources.tree:
        return _NOTHING
    outputs = yaml.root(sources, target).at("on", "workflow_call", "outputs") if target else job.node.at("outputs")
    known = outputs.map
    if name.lower() in {one.lower() for one in known}:
        return _NOTHING
    fix = f"Add `{name}:` to the `outputs` of {target or f'job {job.id}'}."
    near = did_you_mean(name, known)
    return f"{what} has no output {name}{near}", instead(near, fix, f"{what}.outputs.")
