"""What each strategy of releases is: what follows from that is asked here, and not of its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from generator.answers.model import Answers, Strategy
from generator.errors import BugError


@dataclass(frozen=True, kw_only=True)
class StrategyKind:
    """How a version replaces another."""

    two_sets: bool
    """Whether all of the new version comes up beside all of the old one, and users are led from one to the other."""
    in_parts: bool
    """Whether users come to the new version part by part, as `deployment.canary_steps` says."""
    surge_percent: int
    """How many replicas a release adds to a hundred; quotas and nodes have room for them."""


KINDS: Final[Mapping[Strategy, StrategyKind]] = {
    "rolling": StrategyKind(two_sets=False, in_parts=False, surge_percent=25),
    "blue-green": StrategyKind(two_sets=True, in_parts=False, surge_percent=100),
    "canary": StrategyKind(two_sets=True, in_parts=True, surge_percent=100),
}
"""Every value of `deployment.strategy`."""


def kind(answers: Answers) -> StrategyKind:
    """What the strategy of these answers is; raises BugError for one of which nothing is said."""
    name = answers.deployment.strategy
    if name not in KINDS:
        raise BugError(f"generator/answers/strategies.py does not say what the strategy {name} is")
    return KINDS[name]
