"""Scripts of workflows fail when the left side of a pipe fails

Where a step names no shell, GitHub runs `bash -e` without `pipefail`: `digest="$(ask | jq .digest)"` is
empty when `ask` fails, and the job goes on with it. Write `defaults: {run: {shell: bash}}` at the top of
the workflow, which sets `pipefail`. A repository whose workflows do not say so hears of it once, where a
pipe stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import github
from generator.checks.models.habits import Told, lapse, told
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources, shared

FORMAT = Format.GITHUB

_PIPE: Final = re.compile(r"[^|]\|(?![|=])")
_SHELL: Final = ("defaults", "run", "shell")

files = github.workflow_paths


def check(sources: Sources, path: str) -> Iterable[Flaw]:
    return _found(sources).get(path, [])


@shared
def _found(sources: Sources) -> Told:
    kept = 0
    silent: list[str] = []
    for path in github.workflow_paths(sources):
        kept += bool(yaml.root(sources, path).at(*_SHELL))
        if _open_scripts(sources, path):
            silent.append(path)
    message = "scripts of this workflow go on when the left side of a pipe fails: it names no shell"
    lapses = [lapse(path, yaml.root(sources, path).key("jobs"), message) for path in silent]
    piped = [one for one in lapses if any(_has_pipe(script) for script in _open_scripts(sources, one.path))]
    return told(sources, lapses, kept, "Write `defaults: {run: {shell: bash}}` at the top.", anywhere=piped)


def _open_scripts(sources: Sources, path: str) -> list[Node]:
    """The scripts for which no shell is named."""
    if yaml.root(sources, path).at(*_SHELL):
        return []
    jobs = [job for job in github.jobs(sources, path).values() if not job.node.at(*_SHELL)]
    jobs = [job for job in jobs if not job.node.at("runs-on").text.startswith("windows")]
    return [step.at("run") for job in jobs for step in job.steps if step.at("run") and not step.at("shell")]


def _has_pipe(script: Node) -> bool:
    return "pipefail" not in script.text and bool(_PIPE.search(script.text))
