"""Well-known actions get the inputs that they know

GitHub only warns of an input that an action does not have, and runs the action without it: the archive
holds nothing of what was meant, the role is not assumed. An input that the action needs and does not get
ends the job there. What actions take was recorded from their releases; of a newer major version than
those, only a warning is given.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from generator.checks.formats.yaml import Node
from generator.checks.models import github
from generator.checks.models.github_actions import Release, release
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources
from generator.finding import Severity

FORMAT = Format.GITHUB

# Any action that is a container takes these.
_ALWAYS = frozenset(("args", "entrypoint"))

files = github.paths


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for job in github.jobs(sources, path).values():
        for step in job.steps:
            known = release(sources, path, step.at("uses"))
            if known and (step.at("with").is_map or not step.at("with")):
                for flaw in _inputs(step, known):
                    yield flaw if known.exact else replace(flaw, severity=Severity.WARNING)


def _inputs(step: Node, known: Release) -> Iterator[Flaw]:
    names = {name.lower() for name in known.inputs}
    given = {name.text.lower() for name in step.at("with").keys}
    for name in step.at("with").keys:
        if name.text.lower() not in names | _ALWAYS and name.text != "<<":
            near = did_you_mean(name.text, known.inputs)
            fix = f"Take {name.text} out: GitHub passes over it."
            flaw = at(name, f"{known.action} has no input {name.text}", fix, near)
            # What is not misspelt may be meant for a newer release, or for one of before.
            yield flaw if near else replace(flaw, severity=Severity.WARNING)
    for wanted in sorted(known.required):
        if wanted.lower() not in given and "<<" not in given:
            yield at(step.at("uses"), f"{known.action} needs the input {wanted}", f"Add `{wanted}:` under `with`.")
