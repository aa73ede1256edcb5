"""Users: constant requests over new and over kept connections, each noted with its time and with who answered.

`python -m tests.support.live.load RATE LEAST PORT...` asks until it gets SIGTERM and has asked LEAST times, then prints what
it noted as JSON.
"""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

_REQUEST: Final = b"GET / HTTP/1.1\r\nHost: shop\r\n%b\r\n"
_KEPT: Final = 4
"""Kept connections to each port."""


@dataclass(frozen=True)
class Note:
    """One request: when it was sent (seconds since the epoch), to which port, how, and what came back."""

    at: float
    port: int
    kept: bool
    version: str
    """Who answered; "" for no answer."""
    status: int

    @property
    def failed(self) -> bool:
        return self.status != 200


class Load:
    """Users in a process of their own: `with Load(rate, ports) as load`, afterwards `load.notes`."""

    def __init__(self, rate: int, ports: list[int], least: int = 0) -> None:
        self._line = [sys.executable, "-m", "tests.support.live.load", str(rate), str(least), *map(str, ports)]
        self.notes: list[Note] = []

    def __enter__(self) -> Load:
        self._process = subprocess.Popen(self._line, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        text, _error = self._process.communicate(timeout=300)
        self.notes = [Note(*one) for one in json.loads(text)]

    def failed(self) -> list[Note]:
        return [one for one in self.notes if one.failed]


class _Users:
    def __init__(self, least: int) -> None:
        self.notes: list[tuple[Any, ...]] = []
        self.told = False
        self._least = least

    def over(self) -> bool:
        return self.told and len(self.notes) >= self._least

    def end(self) -> None:
        self.told = True

    async def new(self, port: int, pause: float) -> None:
        """A connection for each request."""
        while not self.over():
            at = time.time()
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                version, status, _ = await _ask(reader, writer, b"Connection: close\r\n")
                writer.close()
            except (OSError, asyncio.IncompleteReadError, ValueError):
                version, status = "", 0
            self.notes.append((at, port, False, version, status))
            await asyncio.sleep(max(0.0, pause - (time.time() - at)))

    async def kept(self, port: int, pause: float) -> None:
        """One connection for as long as the other side keeps it."""
        reader: asyncio.StreamReader | None = None
        writer: asyncio.StreamWriter | None = None
        while not self.over():
            at, last = time.time(), True
            try:
                if reader is None or writer is None or reader.at_eof():
                    reader, writer = await asyncio.open_connection("127.0.0.1", port)
                version, status, last = await _ask(reader, writer, b"")
            except (OSError, asyncio.IncompleteReadError, ValueError):
                version, status = "", 0
            self.notes.append((at, port, True, version, status))
            if last and writer:
                writer.close()
                reader = writer = None
            await asyncio.sleep(max(0.0, pause - (time.time() - at)))


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, headers: bytes) -> tuple[str, int, bool]:
    writer.write(_REQUEST % headers)
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
    body = await reader.readexactly(int(fields["content-length"]))
    status = int(head.split(" ", 2)[1])
    return body.decode() if status in {200, 500} else "", status, fields.get("connection") == "close"


async def _run(rate: int, least: int, ports: list[int]) -> list[tuple[Any, ...]]:
    users = _Users(least)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, users.end)
    # Half of the requests over new connections, half over kept ones.
    each = rate / len(ports) / 2
    tasks = [asyncio.create_task(users.new(port, 1 / each)) for port in ports]
    tasks += [asyncio.create_task(users.kept(port, _KEPT / each)) for port in ports for _ in range(_KEPT)]
    await asyncio.gather(*tasks)
    return users.notes


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        print(json.dumps(asyncio.run(_run(int(sys.argv[1]), int(sys.argv[2]), [int(one) for one in sys.argv[3:]]))))
