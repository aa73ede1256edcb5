"""Who is told of an alert."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from generator import facts
from generator.component import Answers

LEVELS: Final = {"warning": "warning", "critical": "critical", "emergency": "critical"}
"""How urgent PagerDuty takes each severity."""


@dataclass(frozen=True)
class Receiver:
    """Who is told at a level, and how urgent PagerDuty takes it."""

    name: str
    urgency: str
    slack: bool
    pagerduty: bool
    email: bool


def receivers(answers: Answers) -> list[Receiver]:
    """The receiver of each level."""
    return [_receiver(answers, level, urgency) for level, urgency in LEVELS.items()]


def _receiver(answers: Answers, level: str, urgency: str) -> Receiver:
    told = facts.told(answers, level)
    return Receiver(level, urgency, slack="slack" in told, pagerduty="pagerduty" in told, email="email" in told)
