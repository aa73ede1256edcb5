"""Code of strangers does not run with the rights of the repository

`pull_request_target` and `workflow_run` give a pull request of a fork the secrets of the repository and
a token that may write. A job that then checks out the fork's commit runs whatever its author wrote
there. And one that checks out without a `ref` gets the main branch: it judges what is there already, not
the change. Use `pull_request`, which has neither secrets nor rights.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import deploys, github, job_permissions
from generator.checks.models.github import Job
from generator.checks.models.habits import habit
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.GITHUB

_HEAD: Final = re.compile(r"github\.head_ref|pull_request\.head\.|workflow_run\.head_|refs/pull/")
_GUARD: Final = re.compile(
    r"head\.repo|head_repository|author_association|user\.login(?!\s*!=)|labels|actor|sender\.login|"
    r"workflow_run\.event|head_branch"
)
_FIX: Final = "Use `pull_request`."

files = github.workflow_paths


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    root = yaml.root(sources, path)
    by_id = github.jobs(sources, path)
    jobs = by_id.values()
    for event, place in deploys.triggers(root).items():
        if event not in ("pull_request_target", "workflow_run"):
            continue
        heads = [job for job in jobs if any(_HEAD.search(ref) for ref in _references(sources, job))]
        heads = [job for job in heads if not _guard(by_id, job)]
        bases = [job for job in jobs if "" in _references(sources, job) and _runs_something(job)]
        strong = [job for job in heads if _has_rights(root, job)]
        if strong:
            message = f"{event}: job {strong[0].id} runs the code of any fork with rights of this repository"
            yield at(place, message, _FIX)
        elif heads:
            yield habit(
                at(place, f"{event}: job {heads[0].id} runs the code of any fork in this repository's name", _FIX)
            )
        elif bases and event == "pull_request_target":
            message = f"{event}: job {bases[0].id} has rights of this repository, and checks out the main branch"
            yield habit(at(place, f"{message}, not the change", _FIX))


def _references(sources: Sources, job: Job) -> list[str]:
    """What a job checks out, itself or in the workflow that it calls; "" is what GitHub takes by itself."""
    target = github.local_target(sources, job.node.at("uses").text)
    called = github.jobs(sources, target).values() if target else ()
    steps = [*job.steps, *(step for one in called for step in one.steps)]
    checkouts = [step.at("with") for step in steps if step.at("uses").text.startswith("actions/checkout@")]
    return [f"{given.at('ref').text}{given.at('repository').text}" for given in checkouts]


def _guard(jobs: Mapping[str, Job], job: Job) -> bool:
    """Whether a condition or an approval stands before the job, or before one that it waits for."""
    waiting, seen = [job], set[str]()
    while waiting:
        one = waiting.pop()
        condition = one.node.at("if").text
        if _GUARD.search(condition) or one.node.at("environment"):
            return True
        if one.id not in seen and not github.ANYWAY.search(condition):
            waiting += [jobs[name] for name in one.needs if name in jobs]
        seen.add(one.id)
    return False


def _runs_something(job: Job) -> bool:
    return bool(job.node.at("uses")) or any(step.at("run") for step in job.steps)


def _has_rights(root: Node, job: Job) -> bool:
    permissions = job_permissions.given(root, job)
    writes = permissions is None or "write" in permissions.values()
    return writes or any("secrets." in node.text for node in job.node.walk())
