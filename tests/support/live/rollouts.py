"""The same cluster where the controller of Argo Rollouts carries out releases, by what the real Prometheus tells it.

It looks by itself, many times a second. Its clock goes as much faster as the windows of the rules are shorter.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from tests.support import rollouts_double
from tests.support.live.cluster import LiveCluster
from tests.support.live.door import Door
from tests.support.live.metrics import WINDOW_SECONDS, Prometheus
from tests.support.rollouts_analysis import Analysis

SPEED: Final = 60 / WINDOW_SECONDS
"""Seconds of its clock in one."""


class LiveRollouts(LiveCluster, rollouts_double.Cluster):
    """The double with its controller, and with servers for pods."""

    def __init__(self, namespace: str, names: tuple[str, ...]) -> None:
        super().__init__(namespace, names)
        self._began = time.monotonic()

    def step(self) -> None:
        self.tick = (time.monotonic() - self._began) * SPEED - self.clock
        super().step()

    def controllers(self, door: Door, prometheus: Prometheus) -> list[tuple[Callable[[], float], Callable[[], None]]]:
        return [*super().controllers(door, prometheus), (lambda: 0.3, self._look), (lambda: 0.1, self._measure)]

    def _look(self) -> None:
        with self.lock:
            self.step()

    def measure(self) -> None:
        """Not in a step: an answer that takes its time keeps nobody waiting but who asked."""

    def _measure(self) -> None:
        with self.lock:
            runs = self.all("analysisruns")
        for run in runs:
            Analysis(self, run).step()

    def counted(self, query: str) -> list[float] | None:
        assert self.prometheus is not None
        try:
            return list(self.prometheus.values(query))
        except OSError:
            return None
