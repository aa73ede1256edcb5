"""A run that deploys is never cancelled by the next one

`cancel-in-progress: true` ends the job in its middle: users on both versions, a migration half done, a
lock of Terraform that nobody gives back. Write `false` where a job changes what runs; the next run
waits. Checks of a pull request may be cancelled.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import yaml
from generator.checks.models import deploys, github
from generator.checks.models.habits import habit
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.GITHUB

files = github.workflow_paths


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    root = yaml.root(sources, path)
    jobs = github.jobs(sources, path)
    holding = [name for name, job in jobs.items() if deploys.holds_lock(sources, path, job)]
    groups = [(root, holding), *((jobs[name].node, [name]) for name in holding)]
    for holder, names in groups:
        cancel = holder.at("concurrency", "cancel-in-progress")
        if cancel.text == "true" and names:
            message = f"the next run ends {', '.join(names)} in the middle of a change of what runs"
            yield habit(at(cancel, message, "Write `cancel-in-progress: false`."))
