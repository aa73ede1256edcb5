"""What GitHub's expressions may use, by the place that they stand in.

As GitHub's own parser has it (actions/runner, `workflow-v1.0.json` and `action_yaml.json`), and as its
documentation does where that allows more.
"""

from __future__ import annotations

from typing import Final

FUNCTIONS: Final[dict[str, tuple[str, int, int]]] = {
    name.lower(): (name, least, most)
    for name, least, most in (
        ("contains", 2, 2), ("startsWith", 2, 2), ("endsWith", 2, 2), ("format", 1, 255), ("join", 1, 2),
        ("toJSON", 1, 1), ("fromJSON", 1, 1), ("hashFiles", 1, 255), ("case", 3, 255), ("success", 0, 255),
        ("always", 0, 0), ("cancelled", 0, 0), ("failure", 0, 255),
    )
}  # fmt: skip
"""Each function by its name in small letters: as it is written, and how many arguments it takes."""

_STATUS: Final = frozenset(("success", "always", "cancelled", "failure"))
_FILES: Final = frozenset(("hashfiles",))
_WORKFLOW: Final = frozenset(("github", "inputs", "vars"))
_JOB: Final = _WORKFLOW | {"needs", "strategy", "matrix"}
_RUN: Final = _JOB | {"steps", "job", "runner", "env"}
_ACTION: Final = frozenset(("github", "inputs", "strategy", "matrix", "steps", "job", "runner", "env"))
CONTEXTS: Final = _RUN | {"secrets", "jobs"}

_STEP: Final = (_RUN | {"secrets"}, _FILES)
_NONE: Final[frozenset[str]] = frozenset()
_CREDENTIALS: Final = (_JOB | {"secrets", "env"}, _NONE)
_ENV: Final = (_JOB | {"secrets", "env", "job", "runner"}, _NONE)
_PLACES: Final[dict[tuple[str, ...], tuple[frozenset[str], frozenset[str]]]] = {
    ("run-name",): (_WORKFLOW, _NONE),
    ("concurrency",): (_WORKFLOW, _NONE),
    ("env",): (_WORKFLOW | {"secrets"}, _NONE),
    ("on", "workflow_call", "inputs", "*", "default"): (_WORKFLOW, _NONE),
    ("on", "workflow_call", "outputs", "*", "value"): (_WORKFLOW | {"jobs"}, _NONE),
    ("jobs", "if"): (_WORKFLOW | {"needs"}, _STATUS),
    ("jobs", "strategy"): (_WORKFLOW | {"needs"}, _NONE),
    ("jobs", "name"): (_JOB, _NONE),
    ("jobs", "runs-on"): (_JOB, _NONE),
    ("jobs", "concurrency"): (_JOB, _NONE),
    ("jobs", "continue-on-error"): (_JOB, _NONE),
    ("jobs", "timeout-minutes"): (_JOB, _NONE),
    ("jobs", "env"): (_JOB | {"secrets"}, _NONE),
    ("jobs", "environment"): (_JOB, _NONE),
    ("jobs", "environment", "url"): (_RUN, _NONE),
    ("jobs", "defaults"): (_JOB | {"env"}, _NONE),
    ("jobs", "outputs"): (_RUN | {"secrets"}, _NONE),
    ("jobs", "with"): (_JOB, _NONE),
    ("jobs", "secrets"): (_JOB | {"secrets"}, _NONE),
    ("jobs", "container"): (_JOB, _NONE),
    ("jobs", "container", "env"): _ENV,
    ("jobs", "container", "credentials"): _CREDENTIALS,
    ("jobs", "services"): (_JOB, _NONE),
    ("jobs", "services", "*", "env"): _ENV,
    ("jobs", "services", "*", "credentials"): _CREDENTIALS,
    ("jobs", "steps", "if"): (_RUN, _STATUS | _FILES),
    ("jobs", "steps", "name"): _STEP,
    ("jobs", "steps", "run"): _STEP,
    ("jobs", "steps", "with"): _STEP,
    ("jobs", "steps", "env"): _STEP,
    ("jobs", "steps", "working-directory"): _STEP,
    ("jobs", "steps", "continue-on-error"): _STEP,
    ("jobs", "steps", "timeout-minutes"): _STEP,
    ("inputs", "*", "default"): (_ACTION - {"inputs", "steps", "env"}, _FILES),
    ("outputs", "*", "value"): (_ACTION, _NONE),
    ("runs", "steps", "if"): (_ACTION, _STATUS | _FILES),
    ("runs", "steps", "name"): (_ACTION, _FILES),
    ("runs", "steps", "run"): (_ACTION, _FILES),
    ("runs", "steps", "with"): (_ACTION, _FILES),
    ("runs", "steps", "env"): (_ACTION, _FILES),
    ("runs", "steps", "working-directory"): (_ACTION, _FILES),
    ("runs", "steps", "continue-on-error"): (_ACTION, _FILES),
}
_NAMED: Final = frozenset((("on", "workflow_call", "inputs"), ("on", "workflow_call", "outputs"), ("jobs", "services")))

NAMES: Final[dict[str, frozenset[str]]] = {
    "github": frozenset((
        "action", "action_path", "action_ref", "action_repository", "action_status", "actor", "actor_id", "api_url",
        "artifact_cache_size_limit", "base_ref", "env", "event", "event_name", "event_path", "graphql_url", "head_ref",
        "job", "job_workflow_sha", "output", "path", "ref", "ref_name", "ref_protected", "ref_type", "repository",
        "repository_id", "repository_owner", "repository_owner_id", "repository_visibility", "repositoryurl",
        "retention_days", "run_attempt", "run_id", "run_number", "secret_source", "server_url", "sha", "state",
        "step_summary", "token", "triggering_actor", "workflow", "workflow_ref", "workflow_sha", "workspace",
    )),
    "strategy": frozenset(("fail-fast", "job-index", "job-total", "max-parallel")),
}  # fmt: skip
"""What contexts hold that have the same names everywhere."""

EVENTS: Final = frozenset((
    "branch_protection_rule", "check_run", "check_suite", "create", "delete", "deployment", "deployment_status",
    "discussion", "discussion_comment", "dynamic", "fork", "gollum", "image_version", "issue_comment", "issues",
    "label", "merge_group", "milestone", "page_build", "project", "project_card", "project_column", "public",
    "pull_request", "pull_request_comment", "pull_request_review", "pull_request_review_comment",
    "pull_request_target", "push", "registry_package", "release", "repository_dispatch", "schedule", "status", "watch",
    "workflow_call", "workflow_dispatch", "workflow_run",
))  # fmt: skip
"""The names of events; `dynamic` is one of GitHub's own runs."""


def allowed(where: tuple[str, ...]) -> tuple[frozenset[str], frozenset[str]] | None:
    """The contexts that an expression may use there, and the functions that not every place has; None: not known."""
    general = _general(where)
    ways = (general[:length] for length in range(len(general), 0, -1))
    return next((_PLACES[way] for way in ways if way in _PLACES), None)


def is_evaluated(where: tuple[str, ...]) -> bool:
    """Whether GitHub looks for expressions there; a description is only text."""
    return where[0] in ("jobs", "runs") or allowed(where) is not None


def somewhere(function: str) -> bool:
    """Whether only some places have a function of that name."""
    return function in _STATUS | _FILES


def _general(where: tuple[str, ...]) -> tuple[str, ...]:
    """The keys with `*` for what is called as somebody likes."""
    for length in (3, 2, 1):
        if where[:length] in _NAMED or (length == 1 and where[0] in ("inputs", "outputs")):
            return (*where[:length], "*", *where[length + 1 :])
    return where
