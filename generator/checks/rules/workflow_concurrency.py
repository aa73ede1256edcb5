"""Two runs of a workflow that deploys do not overtake each other

Without a group of concurrency two pushes roll out at the same time, and the older may win. Give the
workflow, or each job that deploys, a `concurrency` group named after the environment. A workflow that
goes through several environments needs it as a whole: a run would pass another one half-way. A
repository without any group hears of it once.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import yaml
from generator.checks.models import deploys, github
from generator.checks.models.habits import Lapse, habit_rule, lapse
from generator.checks.rule import Format
from generator.checks.source import Sources

FORMAT = Format.GITHUB

files = github.workflow_paths


@habit_rule("Add `concurrency` with a group, and `cancel-in-progress: false`.")
def check(sources: Sources) -> Iterator[Lapse | None]:
    for path in github.workflow_paths(sources):
        root = yaml.root(sources, path)
        jobs = [job for job in github.jobs(sources, path).values() if deploys.holds_lock(sources, path, job)]
        if not jobs or set(deploys.triggers(root)) == {"workflow_call"}:
            continue
        alone = deploys.has_group(sources, jobs[0]) if len(jobs) == 1 else all(j.node.at("concurrency") for j in jobs)
        if root.at("concurrency") or alone:
            yield None
        else:
            names = ", ".join(job.id for job in jobs)
            message = f"two runs may be in {names} at once: there is no group of concurrency"
            yield lapse(path, root.key("jobs"), message)
