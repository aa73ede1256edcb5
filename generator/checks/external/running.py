"""The programs that are running: several at a time, and all of them ended when the user ends the run."""

from __future__ import annotations

import contextlib
import math
import os
import resource
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

T = TypeVar("T")
_HEARS: Final = 0.2
"""Seconds between two looks: whether Ctrl-C was pressed, and whether a program has ended."""
_REST: Final = 3.0
"""Seconds for what a program that has ended wrote last: on a busy machine its pipes are not read at once."""
_PIECE: Final = 65_536
"""Bytes that are read at once."""
MOST: Final = 64_000_000
"""Bytes that a program may write, on both streams; a report of 10,000 findings takes a tenth of it."""
MEMORY: Final = 4 << 30
"""Bytes of data that each process may hold. What Go and Haskell only reserve is not counted."""


class FloodError(Exception):
    """A program wrote more than anybody could read, and was killed."""


@dataclass(frozen=True, slots=True)
class Output:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """Both streams, without colours and empty lines at the ends."""
        return "\n".join(part.strip() for part in (self.err, self.out) if part.strip())

    @property
    def silence(self) -> str:
        """What is said when this is how the command failed, and nothing that we can read says why."""
        last = self.text.splitlines()[-1:]
        return ": ".join([f"ended with exit code {self.code} without a finding", *last])


class Running:
    """The programs that run now. Any thread may start one; `end` ends them all and lets no more start."""

    def __init__(self) -> None:
        self._starting = threading.Lock()
        self._ended = threading.Event()

    def run(self, command: Sequence[str], *, cwd: Path, env: Mapping[str, str], seconds: float) -> Output:
        """Runs the command to its end. What it started itself ends with it.

        Raises:
            FloodError: It wrote more than `MOST`, and was killed.
            subprocess.TimeoutExpired: It took longer than `seconds`, and was killed.
            InterruptedError: `end` was called.
            OSError: It cannot be started.
        """
        program = self._started(command, cwd, env)
        _bound(program.pid)
        try:
            out, err = self._answer(program, seconds)
        finally:
            _kill(program)
        return Output(program.returncode, out, err)

    def end(self) -> None:
        """Has all that runs killed, and lets nothing more start."""
        with self._starting:
            self._ended.set()

    def _started(self, command: Sequence[str], cwd: Path, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
        with self._starting:
            if self._ended.is_set():
                raise InterruptedError("the run was ended")
            return subprocess.Popen(  # noqa: S603 -- no shell, and the binary was looked up
                command,
                cwd=cwd,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,  # so that it can be killed with all that it starts
            )

    def _answer(self, program: subprocess.Popen[bytes], seconds: float) -> tuple[str, str]:
        """What it wrote. A child that it left behind may hold its streams: then what came until now is all."""
        written: dict[Any, bytearray] = {program.stdout: bytearray(), program.stderr: bytearray()}
        until, rests = time.monotonic() + seconds, math.inf
        with selectors.DefaultSelector() as streams:
            for stream in written:
                streams.register(stream, selectors.EVENT_READ)
            while True:
                over = program.poll() is not None
                if over and (not streams.get_map() or time.monotonic() >= rests):
                    return _text(written[program.stdout]), _text(written[program.stderr])
                rests = min(rests, time.monotonic() + _REST) if over else rests
                _read(streams, written)
                if sum(map(len, written.values())) > MOST:
                    raise FloodError(f"it wrote more than {MOST // 1_000_000} MB")
                if self._ended.is_set():
                    raise InterruptedError("the run was ended")
                if not over and time.monotonic() >= until:
                    raise subprocess.TimeoutExpired(program.args, seconds)


def _bound(process: int) -> None:
    """Keeps a program, and what it starts, from taking all the memory of the machine, where the system can."""
    if sys.platform == "linux":
        with contextlib.suppress(ProcessLookupError, PermissionError, ValueError):  # it has ended; a lower limit holds
            resource.prlimit(process, resource.RLIMIT_DATA, (MEMORY, MEMORY))


def _read(streams: selectors.BaseSelector, written: Mapping[Any, bytearray]) -> None:
    """Takes what is there now, or waits a little for more."""
    if not streams.get_map():
        time.sleep(_HEARS / 20)  # it closed them and goes on
    for key, _ in streams.select(_HEARS) if streams.get_map() else ():
        piece = os.read(key.fd, _PIECE)
        if piece:
            written[key.fileobj] += piece
        else:
            streams.unregister(key.fileobj)


def _kill(program: subprocess.Popen[bytes]) -> None:
    """Ends the program and what it started, as far as that stayed with it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(program.pid, signal.SIGKILL)
    program.wait()
    for stream in (program.stdout, program.stderr):
        if stream:
            stream.close()


def _text(written: bytearray) -> str:
    return written.decode(errors="replace").replace("\r\n", "\n")


def side_by_side(
    jobs: Sequence[Callable[[Running], T]], left: Callable[[Sequence[int]], None] = lambda _: None
) -> list[T]:
    """Does the jobs, as many at a time as there are processors, and gives their results in the jobs' order.

    For the main thread. Ctrl-C ends what they run. `left` is told, about five times a second, which are not done yet.

    Raises:
        KeyboardInterrupt: All that ran was ended.
    """
    running = Running()
    with _interrupts() as heard, ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        futures = [pool.submit(job, running) for job in jobs]
        while wait(futures, _HEARS).not_done and not heard.is_set():
            left([i for i, future in enumerate(futures) if not future.done()])
        if heard.is_set():
            running.end()
            pool.shutdown(cancel_futures=True)
            raise KeyboardInterrupt
        return [future.result() for future in futures]


@contextlib.contextmanager
def _interrupts() -> Iterator[threading.Event]:
    """Notes Ctrl-C instead of raising, which may happen anywhere: also where a pool of threads holds a lock."""
    heard = threading.Event()
    before = signal.getsignal(signal.SIGINT)
    if before == signal.SIG_IGN:
        yield heard
        return
    signal.signal(signal.SIGINT, lambda *_: heard.set())
    try:
        yield heard
    finally:
        signal.signal(signal.SIGINT, before)
