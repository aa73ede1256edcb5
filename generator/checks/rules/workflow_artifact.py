"""Artifacts that a workflow fetches are uploaded by one

`actions/download-artifact` fails where nothing has the name, and fetches nothing, without failing, where
nothing fits the pattern: what is pushed afterwards is nothing. The name must be one that a step of a
workflow or action of this repository uploads. Where workflows or actions of others may upload,
too, it is a warning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import github, job_permissions
from generator.checks.models.habits import habit
from generator.checks.rule import Flaw, Format, at, did_you_mean, instead
from generator.checks.source import Sources, name, shared

FORMAT = Format.GITHUB

_ANYTHING: Final = "*"
_UPLOADS: Final = {
    "actions/upload-artifact": "artifact",
    "actions/upload-artifact/merge": "merged-artifacts",
    "actions/upload-pages-artifact": "github-pages",
}
"""What uploads, and under which name when it is given none."""


def files(sources: Sources) -> Iterator[str]:
    return (path for path in github.paths(sources) if any(_steps(sources, path, "actions/download-artifact")))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    uploaded = _uploaded(sources)
    if not uploaded or _ANYTHING in uploaded:
        return
    for step in _steps(sources, path, "actions/download-artifact"):
        given = step.at("with")
        if given.at("run-id") or given.at("repository") or given.at("artifact-ids"):
            continue
        for key in ("name", "pattern"):
            wanted = _pattern(given.at(key).text, globs=key == "pattern")
            if wanted and not any(_may_meet(wanted, one) for one in uploaded):
                near = did_you_mean(wanted, uploaded)
                otherwise = f"Write a name that is uploaded, or upload {given.at(key).text} in a job before."
                fix = instead(near, otherwise, "a name such as " if "*" in near.name and key == "name" else "")
                flaw = at(given.at(key), f"no workflow uploads an artifact {given.at(key).text}{near}", fix)
                yield flaw if near or not _others(sources) else habit(flaw)


def _steps(sources: Sources, path: str, action: str) -> Iterator[Node]:
    for job in github.jobs(sources, path).values():
        yield from (step for step in job.steps if step.at("uses").text.partition("@")[0].lower() == action)


@shared
def _uploaded(sources: Sources) -> frozenset[str]:
    """The names of the artifacts, with `*` for what only a run can tell; `*` alone where any name is possible."""
    found = set()
    for path in github.paths(sources):
        for job in github.jobs(sources, path).values():
            for step in job.steps:
                action = step.at("uses").text.partition("@")[0].lower()
                if action in _UPLOADS:
                    found.add(_pattern(_named(step.at("with")), globs=False) or _UPLOADS[action])
                elif re.search(r"(?<!download-)artifact", action) or _is_program(sources, action):
                    found.add(_ANYTHING)
    return frozenset(found)


@shared
def _others(sources: Sources) -> bool:
    """Whether workflows or actions of others run here, of which nobody knows what they upload."""
    every = (job for path in github.paths(sources) for job in github.jobs(sources, path).values())
    uses = (one.at("uses").text for job in every for one in (job.node, *job.steps))
    return any(
        one and not one.startswith(("./", "actions/")) and not job_permissions.HARMLESS.fullmatch(one) for one in uses
    )


def _named(given: Node) -> str:
    """The name of what is uploaded: a file that is not packed keeps its own."""
    return name(given.at("path").text) if given.at("archive").text == "false" else given.at("name").text


def _is_program(sources: Sources, action: str) -> bool:
    """Whether an action of the repository does by a program what nobody can see here."""
    target = github.local_target(sources, action)
    return bool(target) and yaml.root(sources, target).at("runs", "using").text != "composite"


def _pattern(name: str, *, globs: bool) -> str:
    plain = re.sub(r"\$\{\{.*?\}\}", "*", name, flags=re.DOTALL)
    # Anything but a star in a pattern is as good as one here.
    return re.sub(r"\*+", "*", re.sub(r"[?\[\]{}()!+@|]+", "*", plain) if globs else plain)


def _may_meet(one: str, other: str) -> bool:
    """Whether some name fits both."""
    meet = [[False] * (len(other) + 1) for _ in range(len(one) + 1)]
    for n in range(len(one), -1, -1):
        for m in range(len(other), -1, -1):
            if n == len(one) or m == len(other):
                meet[n][m] = set(one[n:] + other[m:]) <= {"*"}
            elif "*" in (one[n], other[m]):
                meet[n][m] = meet[n + 1][m] or meet[n][m + 1]
            else:
                meet[n][m] = one[n] == other[m] and meet[n + 1][m + 1]
    return meet[0][0]
