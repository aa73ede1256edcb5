"""Releases that are killed, each at a moment that is told by what the account looks like then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.real.conftest import SERVICES, images, until
from tests.real.ecs.conftest import Stage
from tests.support.ecs_double import Cloud, Faults, Object
from tests.support.stage import kill

NEVER: Final = 10**9
WEB, API, _ = images(2).values()
MOVED: Final = ("web", "api")
"""The services whose requests are moved."""


@dataclass(frozen=True)
class Point:
    """A moment of a release of v2."""

    name: str
    reached: Callable[[Cloud], bool]
    faults: Faults
    """What keeps the release from going on."""
    pause: int = NEVER


def _of_all(cloud: Cloud, holds: Callable[[Object], bool]) -> bool:
    return all((one := cloud.shift_of(name)) is not None and holds(one) for name in MOVED)


def handed_over(cloud: Cloud) -> bool:
    """Every service was given its revision."""
    return cloud.changes.count("ecs:UpdateService") == len(SERVICES)


def baking(cloud: Cloud) -> bool:
    """All requests go to the new tasks, and the old ones are kept."""
    return _of_all(cloud, lambda one: one["lifecycleStage"] == "BAKE_TIME")


SLOW: Final = Faults(slow={WEB: NEVER, API: NEVER})
MIGRATING: Final = Point("migrating", lambda cloud: "ecs:RunTask" in cloud.changes, Faults(endless_migrations={API}))
REPLACING: Final = Point("replacing", handed_over, SLOW)
WATCHED: Final = Point("watched", lambda cloud: bool(cloud.queries), Faults())
SCALING: Final = Point("scaling", lambda cloud: _of_all(cloud, lambda one: one["lifecycleStage"] == "SCALE_UP"), SLOW)
MOVING: Final = Point("moving", lambda cloud: _of_all(cloud, lambda one: 0 < one["_share"] < 100), Faults())
BAKING: Final = Point("baking", baking, Faults(), pause=0)


def just_killed(stage: Stage, point: Point) -> None:
    """A release of v2 that was killed; it still has its lock."""
    stage.cloud.faults, stage.cloud.pause, stage.cloud.bake = point.faults, point.pause, NEVER
    # It watches until it is killed.
    with stage.running(*stage.arguments("v2", 2), JUDGE_SECONDS="600") as process:
        until(lambda: point.reached(stage.cloud))
        kill(process)
    stage.cloud.faults, stage.cloud.pause, stage.cloud.bake = Faults(), 0, 0


def killed(stage: Stage, point: Point) -> None:
    """A release of v2 that was killed, and whose lock is over."""
    just_killed(stage, point)
    stage.hold_lock("killed", 1)
    stage.cloud.calls.clear()
