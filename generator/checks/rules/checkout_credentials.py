"""A checkout leaves no token behind for later steps

`actions/checkout` writes the token of the job into the folder, where every later step, and whatever it
installs, can read it. Say `persist-credentials: false`; a job that pushes says `true`, so that it can
be seen. A repository that never says so hears of it once.
"""

from __future__ import annotations

from collections.abc import Iterable

from generator.checks.models import github
from generator.checks.models.habits import Lapse, Told, lapse, told
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources, shared

FORMAT = Format.GITHUB

files = github.paths


def check(sources: Sources, path: str) -> Iterable[Flaw]:
    return _found(sources).get(path, [])


@shared
def _found(sources: Sources) -> Told:
    lapses: list[Lapse] = []
    kept = 0
    for path in github.paths(sources):
        steps = [step for job in github.jobs(sources, path).values() for step in job.steps]
        checkouts = [step for step in steps if step.at("uses").text.startswith("actions/checkout@")]
        silent = [step for step in checkouts if not step.at("with", "persist-credentials")]
        kept += len(checkouts) > len(silent)
        if silent:
            count = f"{len(silent)} checkouts of this file leave" if len(silent) > 1 else "the checkout leaves"
            message = f"{count} the token of the job in the folder, for every later step to read"
            lapses.append(lapse(path, silent[0].at("uses"), message))
    return told(sources, lapses, kept, "Add `persist-credentials: false` to its `with`.")
