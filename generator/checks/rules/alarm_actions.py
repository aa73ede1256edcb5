"""An alarm tells somebody

An alarm of CloudWatch with an empty list of `alarm_actions` turns red in a console that nobody looks at: the database
is full, and nobody hears of it. Name a topic, or remove the alarm.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generator.checks.models.habits import habit
from generator.checks.models.ours import is_ours
from generator.checks.models.terraform_settings import of, usual, values
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, shared

FORMAT = Format.TERRAFORM

_FIX: Final = "Set alarm_actions to the ARN of a topic that people read."
_ALARMS: Final = ("aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm")


def files(sources: Sources) -> Iterator[str]:
    yield from dict.fromkeys([*(one.path for one in of(sources, *_ALARMS)), *_found(sources)])


def check(sources: Sources, path: str) -> list[Flaw]:
    return _found(sources).get(path, [])


@shared
def _found(sources: Sources) -> dict[str, list[Flaw]]:
    found: dict[str, list[Flaw]] = {}
    for one in of(sources, *_ALARMS):
        given = one.body.get("alarm_actions")
        if given is None and (is_ours(sources) or usual(sources, one.type, "alarm_actions")):
            message = f"{one.address} has no alarm_actions: it turns red and tells nobody"
            flaw = habit(at(one.block, message, _FIX))
            found.setdefault(one.path, []).append(flaw)
        for value in values(sources, one.path, given) if given else ():
            if value.value == []:
                message = f"{value.name} is empty: {one.address} turns red and tells nobody"
                flaw = habit(at(value, message, _FIX))
                found.setdefault(value.path, []).append(flaw)
    return found
