"""Jobs wait for jobs that exist, and not for each other

GitHub refuses a workflow whose `needs` name an unknown job or go in a circle.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.models import github
from generator.checks.models.github import Job
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources

FORMAT = Format.GITHUB

files = github.workflow_paths


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    jobs = github.jobs(sources, path)
    ids = {name.lower() for name in jobs}
    for job in jobs.values():
        needs = job.node.at("needs")
        for node in needs.items or ([needs] if needs.text else []):
            if node.text.lower() not in ids:
                near = did_you_mean(node.text, jobs)
                message = f"job {job.id} needs {node.text}, which does not exist"
                yield at(node, message, f"Add a job {node.text}, or take it out of `needs`.", near)
        if job.id in _before(jobs, job, set()):
            fix = f"Take out of `needs` what itself waits for {job.id}."
            yield at(needs, f"job {job.id} waits for itself", fix)


def _before(jobs: dict[str, Job], job: Job, seen: set[str]) -> set[str]:
    for name in job.needs:
        if name in jobs and name not in seen:
            seen.add(name)
            _before(jobs, jobs[name], seen)
    return seen
