"""Every job of a workflow has a time limit

A job that hangs runs for six hours: as long it holds its runner, the group of concurrency that it is in,
and the environment that it deploys to, and no fix gets through. Give each job `timeout-minutes`, a little
more than the longest run that was good. A repository without any limit hears of it once.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import yaml
from generator.checks.models import github
from generator.checks.models.github import Job
from generator.checks.models.habits import Lapse, habit_rule, lapse
from generator.checks.rule import Format
from generator.checks.source import Sources

FORMAT = Format.GITHUB

files = github.workflow_paths


@habit_rule("Add `timeout-minutes` with the minutes that each job may take.")
def check(sources: Sources) -> Iterator[Lapse | None]:
    for path in github.workflow_paths(sources):
        jobs = [job for job in github.jobs(sources, path).values() if job.steps]
        without = [job for job in jobs if not _limited(job)]
        if len(jobs) > len(without):
            yield None
        if without:
            names = ", ".join(job.id for job in without)
            word = "job" if len(without) == 1 else "jobs"
            place = yaml.root(sources, path).at("jobs").key(without[0].id)
            yield lapse(path, place, f"no time limit ends the {word} {names} before six hours are over")


def _limited(job: Job) -> bool:
    """Whether the job ends in time: by its own limit, or those of all its steps."""
    return bool(job.node.at("timeout-minutes")) or all(step.at("timeout-minutes") for step in job.steps)
