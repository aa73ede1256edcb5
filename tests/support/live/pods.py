"""Pods as processes see them: an HTTP server each, with the metrics of a usual library, and an end in two steps."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Upper bounds of the durations that are counted, in seconds."""


@dataclass(frozen=True)
class Manners:
    """How a version answers."""

    errors: float = 0
    """The part of the requests that it answers with 500."""
    seconds: float = 0
    """What an answer takes."""
    refuses: bool = False
    """Whether its health path answers 500."""


@dataclass
class Pod:
    """One server. `manners` is asked at each request, so that a version may turn bad while it runs."""

    version: str
    health_path: str
    host: str = "127.0.0.1"
    port: int = 0
    """0 for any that is free."""
    manners: Callable[[], Manners] = Manners
    asked: Counter[str] = field(default_factory=Counter)
    """Requests by status."""
    durations: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    seconds: float = 0
    ending: bool = False
    _server: asyncio.Server | None = None
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def start(self) -> None:
        """Listens on loopback."""
        self._server = await asyncio.start_server(self._serve, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"

    async def end(self, wait: float, grace: float) -> None:
        """First a wait in which all is as before; then no new connections, and when the old ones are over, or after the grace, none."""
        await asyncio.sleep(wait)
        self.ending = True
        if self._server:
            self._server.close()
        over = time.monotonic() + grace
        while self._open and time.monotonic() < over:
            await asyncio.sleep(0.05)
        self.close()

    def close(self) -> None:
        """Ends at once."""
        if self._server:
            self._server.close()
        for writer in list(self._open):
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        # Also at the end of the loop, or asyncio would tell of each task that was cancelled.
        with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                status, text = await self._answer(head.split(b" ", 2)[1].decode())
                last = self.ending or b"connection: close" in head.lower()
                writer.write(_response(status, text, last=last))
                await writer.drain()
                if last:
                    break
        self._open.discard(writer)
        writer.close()

    async def _answer(self, path: str) -> tuple[int, str]:
        if path == "/metrics":
            return 200, self.metrics()
        began, manners = time.monotonic(), self.manners()
        if manners.seconds:
            await asyncio.sleep(manners.seconds)
        bad = manners.refuses if path == self.health_path else random.random() < manners.errors
        status = 500 if bad else 200
        self._count(status, time.monotonic() - began)
        return status, self.version

    def _count(self, status: int, seconds: float) -> None:
        self.asked[str(status)] += 1
        self.seconds += seconds
        self.durations[next((n for n, bound in enumerate(BUCKETS) if seconds <= bound), len(BUCKETS))] += 1

    def metrics(self) -> str:
        """What Prometheus reads."""
        lines = [f'http_requests_total{{status="{status}"}} {count}' for status, count in self.asked.items()]
        total = 0
        for bound, count in zip((*map(str, BUCKETS), "+Inf"), self.durations, strict=True):
            total += count
            lines.append(f'http_request_duration_seconds_bucket{{le="{bound}"}} {total}')
        lines += [f"http_request_duration_seconds_sum {self.seconds}", f"http_request_duration_seconds_count {total}"]
        return "\n".join((*lines, ""))


def _response(status: int, text: str, *, last: bool) -> bytes:
    body = text.encode()
    head = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", "Content-Type: text/plain; version=0.0.4"]
    head += ["Connection: close"] if last else []
    return "\r\n".join((*head, "", "")).encode() + body


class Loop:
    """A thread with an event loop in which pods live; what it is given is done when the call returns."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._pods: list[Pod] = []
        self._thread = threading.Thread(target=self._loop.run_forever)

    def __enter__(self) -> Loop:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        async def cancel() -> None:
            others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            for pod in self._pods:
                pod.close()
            await asyncio.sleep(0.1)  # the transports end in their own time

        asyncio.run_coroutine_threadsafe(cancel(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def start(self, pod: Pod) -> None:
        self._pods.append(pod)
        asyncio.run_coroutine_threadsafe(pod.start(), self._loop).result()

    def end(self, pod: Pod, wait: float, grace: float) -> None:
        """Begins its end; does not wait for it."""
        asyncio.run_coroutine_threadsafe(pod.end(wait, grace), self._loop)
