"""Ids of steps are there once in their job

GitHub refuses a workflow in which two steps of a job have the same id, whatever the case of its letters,
and one with an id that is no name: letters, digits, `-` and `_`, with a letter or `_` first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.checks.models import github
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.GITHUB

files = github.paths


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for job in github.jobs(sources, path).values():
        first: dict[str, int] = {}
        for step in job.steps:
            node = step.at("id")
            if not node.text:
                continue
            if not re.fullmatch(r"[A-Za-z_][\w-]*", node.text, re.ASCII):
                message = f"{node.text} is no id: letters, digits, - and _, with a letter or _ first"
                plain = re.sub(r"[^\w-]", "_", node.text, flags=re.ASCII)
                yield at(node, message, f"Write {plain if re.match('[A-Za-z_]', plain) else f'_{plain}'}.")
            before = first.setdefault(node.text.lower(), node.line)
            if before != node.line:
                message = f"a step of this job has the id {node.text} already, in line {before}"
                yield at(node, message, f"Give one of the two another id, and change what reads steps.{node.text}.")
