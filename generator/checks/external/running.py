"""The programs that are running: several at a time, and all of them ended when the user ends the run."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

T = TypeVar("T")
_HEARS: Final = 0.2
"""Seconds after which Ctrl-C is looked for."""


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
        self._lock = threading.Lock()
        self._programs: set[subprocess.Popen[str]] = set()
        self._ended = False

    def run(self, command: Sequence[str], *, cwd: Path, env: Mapping[str, str], seconds: float) -> Output:
        """Runs the command to its end.

        Raises:
            subprocess.TimeoutExpired: It took longer than `seconds`, and was killed.
            OSError: It cannot be started.
        """
        with self._started(command, cwd, env) as program:
            out, err = program.communicate(timeout=max(0.0, seconds))
        return Output(program.returncode, out, err)

    def end(self) -> None:
        """Kills what runs, and lets nothing more start."""
        with self._lock:
            self._ended = True
            for program in self._programs:
                program.kill()

    @contextlib.contextmanager
    def _started(self, command: Sequence[str], cwd: Path, env: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
        with self._lock:  # so that none starts after `end` has looked for those that run
            if self._ended:
                raise InterruptedError("the run was ended")
            program = subprocess.Popen(  # noqa: S603 -- no shell, and the binary was looked up
                command,
                cwd=cwd,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
            )
            self._programs.add(program)
        try:
            with program:
                try:
                    yield program
                except BaseException:
                    program.kill()
                    raise
        finally:
            with self._lock:
                self._programs.discard(program)


def side_by_side(jobs: Sequence[Callable[[Running], T]]) -> list[T]:
    """Does the jobs, as many at a time as there are processors, and gives their results in the jobs' order.

    For the main thread. Ctrl-C ends what they run.

    Raises:
        KeyboardInterrupt: All that ran was ended.
    """
    running = Running()
    with _interrupts() as heard, ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        futures = [pool.submit(job, running) for job in jobs]
        while wait(futures, _HEARS).not_done and not heard.is_set():
            pass
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
