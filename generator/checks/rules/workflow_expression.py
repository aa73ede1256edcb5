"""Expressions of workflows refer to what exists

GitHub gives an empty text for a step, output, input or matrix key that does not exist: a deployment
then runs with nothing where a version should be. Correct the name, or declare it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from generator.checks.formats import yaml
from generator.checks.models import github
from generator.checks.models.github import Expression, Job
from generator.checks.rule import Flaw, Format, did_you_mean
from generator.checks.source import Sources

FORMAT = Format.GITHUB

_CONTEXTS: Final = frozenset(
    ["github", "env", "vars", "job", "jobs", "steps", "runner", "secrets", "strategy", "matrix", "needs", "inputs"]
)
_FUNCTIONS: Final = frozenset((
    "contains", "startsWith", "endsWith", "format", "join", "toJSON", "fromJSON", "hashFiles", "success", "always",
    "cancelled", "failure", "case",
))  # fmt: skip
_GITHUB: Final = frozenset((
    "action", "action_path", "action_ref", "action_repository", "action_status", "actor", "actor_id", "api_url",
    "artifact_cache_size_limit", "base_ref", "env", "event", "event_name", "event_path", "graphql_url", "head_ref",
    "job", "job_workflow_sha", "output", "path", "ref", "ref_name", "ref_protected", "ref_type", "repository",
    "repository_id", "repository_owner", "repository_owner_id", "repository_visibility", "repositoryUrl",
    "retention_days", "run_attempt", "run_id", "run_number", "secret_source", "server_url", "sha", "state",
    "step_summary", "token", "triggering_actor", "workflow", "workflow_ref", "workflow_sha", "workspace",
))  # fmt: skip

files = github.paths


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for expression in github.expressions(sources, path):
        message = _wrong(sources, path, expression)
        if message:
            yield Flaw(expression.line, message)


def _wrong(sources: Sources, path: str, expression: Expression) -> str:
    root, *rest = expression.names
    if expression.call:
        known = {one.lower() for one in _FUNCTIONS}
        return "" if root.lower() in known else f"there is no function {root}{did_you_mean(root, _FUNCTIONS)}"
    if root not in _CONTEXTS:
        return f"there is no context {root}{did_you_mean(root, _CONTEXTS)}; a text needs single quotes"
    if not rest or rest[0] == "*":
        return ""
    return _unknown(sources, path, expression)


def _unknown(sources: Sources, path: str, expression: Expression) -> str:
    root, *rest = expression.names
    valid = _valid(sources, path, root, expression)
    if valid is not None and rest[0] not in valid:
        return f"{root}.{rest[0]} does not exist here{did_you_mean(rest[0], valid)}"
    if root in ("needs", "jobs") and rest[1:2] == ["outputs"] and len(rest) > 2:
        return _output(sources, github.jobs(sources, path)[rest[0]], f"{root}.{rest[0]}", rest[2])
    return ""


def _valid(sources: Sources, path: str, root: str, expression: Expression) -> list[str] | None:
    """The names that a context has where the expression stands; None where that is not known."""
    everywhere: dict[str, Callable[[], list[str]]] = {
        "github": lambda: sorted(_GITHUB),
        "inputs": lambda: list(github.inputs(sources, path)),
        "jobs": lambda: list(github.jobs(sources, path)),
    }
    if root in everywhere:
        return everywhere[root]()
    job = expression.job
    if job is None:
        return None
    if root == "needs":
        return [name for name in job.needs if name in github.jobs(sources, path)]
    if root == "steps":
        before = job.steps if expression.step < 0 else job.steps[: expression.step]
        return [step.at("id").text for step in before if step.at("id")]
    return _matrix(job) if root == "matrix" else None


def _matrix(job: Job) -> list[str] | None:
    matrix = job.node.at("strategy", "matrix")
    if not matrix.is_map or (matrix.at("include") and not matrix.at("include").is_list):
        return None
    rows = [key for item in matrix.at("include").items for key in item.map]
    return [key for key in (*matrix.map, *rows) if key not in ("include", "exclude")]


def _output(sources: Sources, job: Job, what: str, name: str) -> str:
    target = github.local_target(sources, job.node.at("uses").text)
    if target:
        known = yaml.root(sources, target).at("on", "workflow_call", "outputs").map
        if target not in sources.tree:
            return ""
    else:
        known = job.node.at("outputs").map
    return "" if name in known else f"{what} has no output {name}{did_you_mean(name, known)}"
