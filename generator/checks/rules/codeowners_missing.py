"""Everything that decides what runs in production has an owner

In a repository of agency-scaffold, workflows, scripts, images, Terraform, manifests and monitoring belong to somebody
in CODEOWNERS. Where no line takes them, whoever may write changes production alone. Add a line for the folder.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generator.checks.models import codeowners
from generator.checks.models.ours import is_ours
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources

FORMAT = Format.GITHUB

_ALONE: Final = (".github/", "scripts/")
_PARTED: Final = ("infrastructure/", "monitoring/", "security/")
"""Folders whose own folders each have owners."""


def files(sources: Sources) -> list[str]:
    path = codeowners.path(sources)
    return [path] if path and is_ours(sources) else []


def check(sources: Sources, _path: str) -> Iterator[Flaw]:
    owned = [entry.fitting for entry in codeowners.entries(sources) if entry.owners]
    unowned: dict[str, str] = {}
    for file in sources.below(*_ALONE, *_PARTED):
        part = "/".join(file.split("/")[: 1 if file.startswith(_ALONE) else 2])
        if part != file and part not in unowned and not any(one.fullmatch(file) for one in owned):
            unowned[part] = file
    for part, file in unowned.items():
        message = f"nobody owns {part}/ (as {file}): whoever may write changes it alone"
        yield Flaw(0, message, f"Add a line for /{part}/.")
