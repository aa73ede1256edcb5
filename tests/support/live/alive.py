"""What a double has in common with any other whose replicas are real servers: they are behind a load balancer, and scraped."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.live.door import Door
from tests.support.live.metrics import Prometheus
from tests.support.live.pods import Loop, Manners, Pod


class Alive(ABC):
    """Servers by the names of the replicas. How a version answers is in `manners`, by the digest of its image."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.manners: dict[str, Manners] = {}
        self.look_seconds = 0.05
        """How late what leads to the replicas learns of them."""
        self.servers: dict[str, Pod] = {}
        self.prometheus: Prometheus | None = None
        self._loop: Loop | None = None
        self._since: dict[str, float] = {}
        """When a server started."""

    @abstractmethod
    def follow(self, door: Door, prometheus: Prometheus) -> None:
        """One look of what leads to the replicas, and of what scrapes them, at what there is."""

    @abstractmethod
    def percent(self, service: str, version: str) -> float:
        """How many percent of the requests to a service go to a version."""

    @property
    def is_alive(self) -> bool:
        return self._loop is not None

    def serve(self, name: str, digest: str, pod: Pod) -> None:
        """A replica runs from now on, unless it does already."""
        if name not in self.servers:
            assert self._loop is not None
            pod.manners = self._manners(digest)
            self._loop.start(pod)
            self.servers[name] = pod
            self._since[name] = time.monotonic()

    def _manners(self, digest: str) -> Callable[[], Manners]:
        return lambda: self.manners.get(digest, Manners())

    def age(self, name: str) -> float:
        """For how many seconds a replica has been running; less than none where it is not."""
        return time.monotonic() - self._since[name] if name in self.servers else -1

    def end(self, name: str, wait: float, grace: float) -> None:
        """Begins the end of a replica; see `Pod.end`."""
        assert self._loop is not None
        self._loop.end(self.servers.pop(name), wait, grace)

    def controllers(self, door: Door, prometheus: Prometheus) -> list[tuple[Callable[[], float], Callable[[], None]]]:
        """What looks again and again, each by itself: after how many seconds, and at what."""
        return [(lambda: self.look_seconds, lambda: self.follow(door, prometheus))]

    @contextmanager
    def alive(self, door: Door, prometheus: Prometheus) -> Iterator[None]:
        """Everything runs; the controllers look again and again."""
        with Loop() as loop, door, prometheus:
            self._loop, self.prometheus = loop, prometheus
            over, failed = threading.Event(), []

            def control(seconds: Callable[[], float], look: Callable[[], None]) -> None:
                try:
                    while not over.wait(seconds()):
                        look()
                except Exception as error:
                    failed.append(error)

            threads = [threading.Thread(target=control, args=one) for one in self.controllers(door, prometheus)]
            for one in threads:
                one.start()
            try:
                yield
            finally:
                over.set()
                for one in threads:
                    one.join()
                self._loop = None
                # Also where the story has failed: this may be why.
                assert not failed, failed
