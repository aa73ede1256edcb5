"""An image that was pushed stays what it is, and is scanned

With `MUTABLE` tags whoever may push puts other code under a tag that is in use, and what was scanned and released is
not what runs after the next restart. Without `scan_on_push` a hole in an image is found by somebody else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from generator.checks.models.terraform_settings import Setting, judge, paths, types
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources

FORMAT = Format.TERRAFORM

_REGISTRY: Final = ("aws_ecr_repository",)

_TABLE: Final = (
    Setting(
        _REGISTRY, ("image_tag_mutability",), ("MUTABLE",),
        "{given}: a tag in {what} can be given to another image while it is in use",
        'Set image_tag_mutability = "IMMUTABLE".',
        absent=True,
    ),
    Setting(
        _REGISTRY, ("image_scanning_configuration", "scan_on_push"), ("false",),
        "{given}: images in {what} are not scanned for known holes", "Set scan_on_push = true.",
    ),
)  # fmt: skip


def files(sources: Sources) -> Iterator[str]:
    return paths(sources, *types(_TABLE))


def check(sources: Sources, path: str) -> Iterable[Flaw]:
    return judge(sources, _TABLE).get(path, ())
