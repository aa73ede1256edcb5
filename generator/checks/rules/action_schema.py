"""GitHub actions of the repository fit their schema

A job that uses an action with an unknown key or a missing `shell` fails when it gets there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generator.checks.formats import yaml
from generator.checks.formats.schema import recorded
from generator.checks.models import github
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.GITHUB

files = github.action_paths


def _as_read(value: Any) -> Any:
    """GitHub makes a text of each default."""
    if not isinstance(value, dict) or not isinstance(value.get("inputs"), dict):
        return value
    inputs = {name: _with_text(one) for name, one in value["inputs"].items()}
    return value | {"inputs": inputs}


def _with_text(given: Any) -> Any:
    default = given.get("default") if isinstance(given, dict) else None
    return given | {"default": str(default)} if isinstance(default, bool | int | float) else given


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    root = yaml.root(sources, path)
    if root:
        yield from recorded("github/action").flaws(root, _as_read(root.value))
    for job in github.jobs(sources, path).values():
        for step in job.steps:
            if step.at("run") and not step.at("shell"):
                yield at(
                    step, "a step of an action that runs a script needs `shell`", "Write `shell: bash` beside `run`."
                )
