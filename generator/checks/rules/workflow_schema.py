"""GitHub workflows fit their schema

GitHub refuses a workflow with an unknown key or a wrong type as a whole: it does not run, and the
only sign is a line on the Actions page.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import yaml
from generator.checks.formats.schema import recorded
from generator.checks.models import github
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources

FORMAT = Format.GITHUB

files = github.workflow_paths


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    root = yaml.root(sources, path)
    if root:
        yield from recorded("github/workflow").flaws(root)
