"""Scripts of workflows fail when the left side of a pipe fails

Where a step names no shell, GitHub runs `bash -e` without `pipefail`: `digest="$(ask | jq .digest)"` is
empty when `ask` fails, and the job goes on with it. Write `defaults: {run: {shell: bash}}` at the top of
the workflow, which sets `pipefail`. Told is a workflow with a pipe; a repository whose workflows do not say so hears
of it once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import github
from generator.checks.models.habits import Lapse, habit_rule, lapse
from generator.checks.rule import Format
from generator.checks.source import Sources

FORMAT = Format.GITHUB

_PIPE: Final = re.compile(r"[^|]\|(?![|=])")
_SHELL: Final = ("defaults", "run", "shell")

files = github.workflow_paths


@habit_rule("Write `defaults: {run: {shell: bash}}` at the top.")
def check(sources: Sources) -> Iterator[Lapse | None]:
    message = "scripts of this workflow go on when the left side of a pipe fails: it names no shell"
    for path in github.workflow_paths(sources):
        root = yaml.root(sources, path)
        if root.at(*_SHELL):
            yield None
        elif any(map(_has_pipe, _open_scripts(sources, path))):
            yield lapse(path, root.key("jobs"), message)


def _open_scripts(sources: Sources, path: str) -> list[Node]:
    """The scripts for which no shell is named."""
    jobs = [job for job in github.jobs(sources, path).values() if not job.node.at(*_SHELL)]
    jobs = [job for job in jobs if not job.node.at("runs-on").text.startswith("windows")]
    return [step.at("run") for job in jobs for step in job.steps if step.at("run") and not step.at("shell")]


def _has_pipe(script: Node) -> bool:
    return "pipefail" not in script.text and bool(_PIPE.search(script.text))
