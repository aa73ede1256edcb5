"""Jobs have the permissions that their steps use

Where a job names its permissions, it has none but those. A step that signs in at a cloud needs
`id-token: write`, one that uploads findings `security-events: write`, a release or a comment its own;
a checkout needs `contents: read` in a private repository. A called workflow gets no more than its
caller has: where one of its jobs asks for more, GitHub refuses the run before its first job.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import github, job_permissions, token_uses
from generator.checks.models.github import Job
from generator.checks.models.habits import habit
from generator.checks.models.job_permissions import Need
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.GITHUB

files = github.workflow_paths


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    root = yaml.root(sources, path)
    for job in github.jobs(sources, path).values():
        permissions = job_permissions.given(root, job)
        told: set[str] = set()
        for need in token_uses.needs(sources, path, job) if permissions is not None else ():
            name = need.any_of[0]
            if not job_permissions.allows(permissions or {}, need) and name not in told:
                told.add(name)
                yield _flaw(job, need)


def _flaw(job: Job, need: Need) -> Flaw:
    place: Node = job.node.key("permissions") if "permissions" in job.node.map else need.step
    wanted = f"{need.any_of[0]}: {need.level}"
    where = "" if need.certain else " in a private repository"
    message = f"job {job.id} has no `{wanted}`, which {need.what} needs{where}"
    flaw = at(place, message, f"Add `{wanted}` to the permissions of the job.")
    return flaw if need.certain else habit(flaw)
