"""Every job of a workflow has a time limit

A job that hangs runs for six hours: as long it holds its runner, the group of concurrency that it is in,
and the environment that it deploys to, and no fix gets through. Give each job `timeout-minutes`, a little
more than the longest run that was good. A repository without any limit hears of it once.
"""

from __future__ import annotations

from collections.abc import Iterable

from generator.checks.formats import yaml
from generator.checks.models import github
from generator.checks.models.github import Job
from generator.checks.models.habits import Lapse, Told, lapse, told
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources, shared

FORMAT = Format.GITHUB

files = github.workflow_paths


def check(sources: Sources, path: str) -> Iterable[Flaw]:
    return _found(sources).get(path, [])


@shared
def _found(sources: Sources) -> Told:
    lapses: list[Lapse] = []
    kept = 0
    for path in github.workflow_paths(sources):
        jobs = [job for job in github.jobs(sources, path).values() if job.steps]
        without = [job for job in jobs if not _limited(job)]
        kept += len(jobs) > len(without)
        if without:
            names = ", ".join(job.id for job in without)
            word = "job" if len(without) == 1 else "jobs"
            place = yaml.root(sources, path).at("jobs").key(without[0].id)
            lapses.append(lapse(path, place, f"no time limit ends the {word} {names} before six hours are over"))
    return told(sources, lapses, kept, "Add `timeout-minutes` with the minutes that each job may take.")


def _limited(job: Job) -> bool:
    """Whether the job ends in time: by its own limit, or those of all its steps."""
    return bool(job.node.at("timeout-minutes")) or all(step.at("timeout-minutes") for step in job.steps)
