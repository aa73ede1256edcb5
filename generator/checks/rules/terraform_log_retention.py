"""Logs are kept for a time that somebody chose

A log group without `retention_in_days` keeps every line for ever: it is paid for every month, and what people wrote
who asked to be forgotten is still there. Choose a number of days.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from generator.checks.models.terraform_settings import Setting, judge, of, paths
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, shared
from generator.finding import Severity

FORMAT = Format.TERRAFORM

_GROUP: Final = "aws_cloudwatch_log_group"
_FOR_EVER: Final = (
    Setting(
        (_GROUP,), ("retention_in_days",), ("0",),
        "{given} keeps the lines of {what} for ever", "Write a number of days, such as 90.",
        promised=False,
    ),
)  # fmt: skip


def files(sources: Sources) -> Iterator[str]:
    return paths(sources, _GROUP)


def check(sources: Sources, path: str) -> Iterable[Flaw]:
    return _found(sources).get(path, ())


@shared
def _found(sources: Sources) -> Mapping[str, list[Flaw]]:
    found = judge(sources, _FOR_EVER)
    for one in of(sources, _GROUP):
        if one.body.get("retention_in_days") is None:
            message = f"{one.address} has no retention_in_days: its lines are kept for ever"
            flaw = at(
                one.block, message, "Set retention_in_days to a number of days, such as 90.", severity=Severity.WARNING
            )
            found.setdefault(one.path, []).append(flaw)
    return found
