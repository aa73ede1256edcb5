"""A checkout leaves no token behind for later steps

`actions/checkout` writes the token of the job into the folder, where every later step, and whatever it
installs, can read it. Say `persist-credentials: false`; a job that pushes says `true`, so that it can
be seen. A repository that never says so hears of it once.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.models import github
from generator.checks.models.habits import Lapse, habit_rule, lapse
from generator.checks.rule import Format
from generator.checks.source import Sources

FORMAT = Format.GITHUB

files = github.paths


@habit_rule("Add `persist-credentials: false` to its `with`.")
def check(sources: Sources) -> Iterator[Lapse | None]:
    for path in github.paths(sources):
        steps = [step for job in github.jobs(sources, path).values() for step in job.steps]
        checkouts = [step for step in steps if step.at("uses").text.startswith("actions/checkout@")]
        silent = [step for step in checkouts if not step.at("with", "persist-credentials")]
        if len(checkouts) > len(silent):
            yield None
        if silent:
            count = f"{len(silent)} checkouts of this file leave" if len(silent) > 1 else "the checkout leaves"
            message = f"{count} the token of the job in the folder, for every later step to read"
            yield lapse(path, silent[0].at("uses"), message)
