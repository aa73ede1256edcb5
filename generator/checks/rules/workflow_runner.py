"""Jobs run on machines that GitHub has

A job that asks for a runner that does not exist waits for it, until GitHub throws the run away after a
day. GitHub's own are called `ubuntu-24.04`, `windows-2025`, `macos-15` and so on; a group, and labels
beside `self-hosted`, are the team's own and are not judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats.yaml import Node
from generator.checks.models import github
from generator.checks.models.github import Job
from generator.checks.rule import Flaw, Format, at, did_you_mean, one_of
from generator.checks.source import Sources

FORMAT = Format.GITHUB

_HOSTED: Final = (
    "ubuntu-latest", "ubuntu-slim", "ubuntu-22.04", "ubuntu-22.04-arm", "ubuntu-24.04", "ubuntu-24.04-arm",
    "ubuntu-26.04", "windows-latest", "windows-2022", "windows-2025", "windows-11-arm", "macos-latest", "macos-14",
    "macos-15", "macos-26",
)  # fmt: skip
_GONE: Final = re.compile(
    r"ubuntu-(?:16|18|20)\.04|windows-(?:2016|2019)|macos-1[0-3](?:\.\d+)?(?:-(?:x?large|intel))?"
)
# What looks like one of GitHub's, and later versions of these.
_SHAPE: Final = re.compile(
    r"(?:ubuntu|windows|macos)-?[\d.]+(?:-arm)?|(?:ubuntu|windows|macos)-?(?:la\w*st\w*|x?large)"
)
_VERSION: Final = re.compile(
    r"ubuntu-(?:2[2-9]|[3-9]\d)\.(?:04|10)(?:-arm)?|windows-(?:11-arm|20\d\d)|macos-(?:1[4-9]|[2-9]\d)"
)

files = github.workflow_paths


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for job in github.jobs(sources, path).values():
        for label in _labels(job):
            name = label.text.lower()
            message = _wrong(name)
            if message:
                yield at(label, message, one_of(_HOSTED), did_you_mean(name, _HOSTED))


def _labels(job: Job) -> Iterator[Node]:
    """The labels of a job, of a matrix too; none where some are the team's own."""
    runs_on = job.node.at("runs-on")
    if runs_on.is_map:
        return
    labels = runs_on.items or [runs_on]
    if any(label.text.lower() == "self-hosted" for label in labels):
        return
    for label in labels:
        key = re.fullmatch(r"\$\{\{\s*matrix\.([\w-]+)\s*\}\}", label.text)
        if key:
            matrix = job.node.at("strategy", "matrix")
            yield from (row for row in matrix.at(key[1]).items if row.text)
            yield from (row.at(key[1]) for row in matrix.at("include").items if row.at(key[1]).text)
        elif label.text:
            yield label


def _wrong(label: str) -> str:
    if label in _HOSTED or "$" in label:
        return ""
    if _GONE.fullmatch(label):
        return f"GitHub has no runner {label} any more"
    if _SHAPE.fullmatch(label) and not _VERSION.fullmatch(label):
        return f"GitHub has no runner {label}"
    return ""
