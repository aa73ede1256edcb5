"""The stories of releases under load, the same for every platform: real servers behind a real load balancer, judged by a real
Prometheus, while users go on asking."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final, Protocol

import pytest

from generator.answers.strategies import KINDS
from tests.real.conftest import images
from tests.support.live.alive import Alive
from tests.support.live.door import Door
from tests.support.live.load import Load, Note
from tests.support.live.pods import Manners

ASKED: Final = ("web", "api")
RATE: Final = 160
"""Requests a second, to two services by each way."""
LEAST: Final = 5000
LIMITS: Final[Mapping[str, int]] = {name: 120 if kind.two_sets else 670 for name, kind in KINDS.items()}
"""Seconds within which nobody comes to a bad version any more: without a second set, until all replicas are replaced."""
KNOBS: Final = {
    "DEPLOY_POLL_SECONDS": "0.3",
    "JUDGE_SECONDS": "12",
    "JUDGE_GRACE_SECONDS": "15",
    "JUDGE_SEND_RATE": "2",
    "JUDGE_MIN_ANSWERS": "5",
    "JUDGE_QUERY_SECONDS": "5",
    "NEW_SIDE_SECONDS": "3",
    "FOLLOW_SECONDS": "3",
    "CANARY_STEP_SECONDS": "8",
}
SAYS_ERRORS: Final = r'is above 0\.05|"errors" assessed Failed'
"""What is said of a version that fails requests, by the judge or by a controller."""
BAD: Final = pytest.mark.parametrize(
    ("manners", "says"),
    [
        pytest.param(Manners(errors=0.5), SAYS_ERRORS, id="errors"),
        pytest.param(Manners(seconds=0.8), r's is above 500 ms|"p95" assessed Failed', id="slow"),
    ],
)
"""What a bad version does, and what is said of it."""
NO_JUDGE: Final = (
    "scripts/lib/judge.sh",
    "judge() {",
    'judge() {\n  : >"$WORK/verdict"\n  : >"$WORK/uncounted"\n  return 0',
)
"""An edit after which every version is good."""


class Stage(Protocol):
    """Where scripts run, as the stages of all platforms know it."""

    def deploy(self, version: str, number: int, **variables: str) -> subprocess.CompletedProcess[str]: ...
    def arguments(self, version: str, number: int) -> Sequence[str]: ...
    def running(self, *command: str) -> AbstractContextManager[subprocess.Popen[str]]: ...


@dataclass(frozen=True)
class Scene:
    """A stage on which v1 serves."""

    strategy: str
    stage: Stage
    world: Alive
    door: Door
    ended_seconds: float
    """After a release, until its last old replicas have ended, and kept connections with them."""

    @property
    def ports(self) -> list[int]:
        return [*self.door.users.values(), *self.door.inside.values()]

    def behave(self, manners: Manners) -> None:
        """How v2 answers from now on."""
        self.world.manners = dict.fromkeys(images(2).values(), manners)

    def print(self, load: Load, more: str = "") -> None:
        print(f"{self.strategy}: of {len(load.notes)} requests {len(load.failed())} failed{more}")


def need_tools() -> None:
    """Skips a story where the programs are missing that it is about."""
    for tool in ("haproxy", "prometheus"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")


def good(scene: Scene) -> None:
    """No request is lost."""
    with Load(RATE, scene.ports, LEAST) as load:
        time.sleep(2)
        done = scene.stage.deploy("v2", 2)
        assert done.returncode == 0, done.stderr
        time.sleep(scene.ended_seconds)
    scene.print(load)
    assert load.failed() == []
    assert len(load.notes) >= LEAST
    for port in scene.ports:
        answered = [one for one in load.notes if one.port == port]
        assert {one.version for one in answered} == {"v1", "v2"}
        assert {one.kept for one in answered} == {True, False}
        assert answered[-1].version == "v2"


def bad(scene: Scene, manners: Manners, says: Callable[[str], object]) -> None:
    """Users see little of a bad version, and lose nothing on the way back."""
    scene.behave(manners)
    with Load(RATE, scene.ports) as load:
        time.sleep(2)
        done = scene.stage.deploy("v2", 2)
        time.sleep(scene.ended_seconds)
    assert done.returncode == 3, done.stderr
    assert says(done.stderr), done.stderr
    met = [one for one in load.notes if one.version != "v1" or one.failed]
    assert met, "the new version had users"
    seconds = met[-1].at - met[0].at
    scene.print(load, f", over {seconds:.0f} s")
    assert seconds < LIMITS[scene.strategy]
    assert {one.version for one in load.notes[-100:]} == {"v1"}
    assert not [one for one in load.failed() if one.version != "v2"], "who is led back loses nothing"
    if scene.strategy == "canary":
        ways = set(scene.door.users.values())
        users = [one for one in load.notes if one.port in ways and met[0].at <= one.at <= met[-1].at]
        assert sum(one.version == "v2" for one in users) < 0.5 * len(users), "the first step is a fifth at the most"


def turning_bad(scene: Scene) -> None:
    """A version that turns bad while it is watched is undone."""
    with Load(RATE, scene.ports) as load, scene.stage.running(*scene.stage.arguments("v2", 2)) as release:
        latest = time.monotonic() + 300
        while scene.world.percent("api", "v2") < 50:
            assert release.poll() is None, "it ended before most users came to it"
            assert time.monotonic() < latest, "most users never came to it"
            time.sleep(0.05)
        time.sleep(2)
        scene.behave(Manners(errors=1))
        turned = time.time()
        assert release.wait(300) == 3
        time.sleep(scene.ended_seconds)
    failed = load.failed()
    assert failed
    seconds = failed[-1].at - turned
    scene.print(load, f", over {seconds:.0f} s")
    assert seconds < LIMITS[scene.strategy]
    assert {one.version for one in load.notes[-100:]} == {"v1"}
    assert {one.version for one in failed} == {"v2"}, "who is led back loses nothing"


def kept(scene: Scene, code: int, *, by_all: bool = True) -> None:
    """What becomes of a bad version where nothing judges it, or where the way back is gone: users go on coming to it, or to
    nobody, and to no other version unless only a part of them was led there."""
    scene.behave(Manners(errors=0.5))
    with Load(RATE, scene.ports) as load:
        time.sleep(2)
        done = scene.stage.deploy("v2", 2, UNDO_SECONDS="1", HEALTHY_SECONDS="1")
        ended = time.time()
        time.sleep(scene.ended_seconds)
    assert done.returncode == code, done.stderr
    scene.print(load)
    users = [one for one in load.notes if one.port in scene.door.users.values() and one.at > ended]
    assert any(one.failed and one.version != "v1" for one in users)
    assert not by_all or "v1" not in {one.version for one in users[-100:]}


def lost_by_users(scene: Scene, load: Load) -> list[Note]:
    """The requests of users that failed."""
    return [one for one in load.failed() if one.port in scene.door.users.values()]
