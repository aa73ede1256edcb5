"""What a start command says: what kind of service it starts, and on which port that listens."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from generator.assess.evidence import Strength, Unit

_WRAPPERS: Final = frozenset({
    "exec", "uv", "poetry", "pipenv", "pdm", "run", "bundle", "npx", "pnpx", "yarn", "dumb-init", "tini", "--", "env",
    "sudo", "nice", "python", "python3", "-m", "ruby", "time", "opentelemetry-instrument", "ddtrace-run",
    "newrelic-admin", "run-program", "thrust", "bin/thrust", "./bin/thrust",
})  # fmt: skip
"""What stands before the program that matters."""
_USUAL_PORTS: Final = {
    "uvicorn": 8000, "hypercorn": 8000, "gunicorn": 8000, "daphne": 8000, "fastapi": 8000, "granian": 8000,
    "flask": 5000, "waitress-serve": 8080, "streamlit": 8501, "next": 3000, "rails": 3000, "puma": 9292,
}  # fmt: skip
"""The programs that serve requests, with the port that they take unless told otherwise."""
_WORKERS: Final = (
    (r"celery\b.*\bworker\b", "celery worker"),
    (r"\b(sidekiq|resque|good_job|rq worker|dramatiq|huey_consumer|arq|taskiq worker|faktory_worker)\b", "{0}"),
    (r"\b(jobs:work|bin/jobs|solid_queue:start|queue:work|qcluster|process_tasks)\b", "{0}"),
)
_SCHEDULERS: Final = r"celery\b.*\bbeat\b|\bclockwork\b|\brqscheduler\b"
_LONGEST: Final = 4000
"""Characters of a command that are looked at: the time to split a longer one grows with its square."""
_ADDRESS: Final = r"(?:(?:\[[0-9a-f:]*\]|[\w.*-]*):)?(\d{2,5})"


@dataclass(frozen=True, slots=True)
class Start:
    """What a command starts."""

    kind: str = ""
    """web, worker, scheduler, or "" where the command does not tell."""
    port: int = 0
    given: bool = False
    """Whether the command names the port, or it is what the program takes."""
    program: str = ""
    module: str = ""
    """Of `python -m app` and `python app.py`: app."""


def words_of(command: object) -> list[str]:
    """The words of a command as a Dockerfile, compose or a script has it; of several in a row, the last."""
    if isinstance(command, (list, tuple)):
        return _unwrapped([str(word) for word in command])
    text = str(command or "").strip().rstrip(";&")[:_LONGEST]
    if (words := _split(text)) != (inner := _unwrapped(words)):
        return inner
    return _split(re.split(r"&&|;|\n|\|\|", text)[-1])


def _unwrapped(words: list[str]) -> list[str]:
    """What a shell is told to run, where the words are a call of one."""
    shell = len(words) > 2 and re.fullmatch(r"(/bin/)?(ba|da|a)?sh", words[0]) and re.fullmatch(r"-\w*c", words[1])
    return words_of(words[2]) if shell else words


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text, comments=True)
    except ValueError:  # a quote that does not end
        return text.split()


def start(command: object, script: Callable[[str], str] = lambda _: "", depth: int = 0) -> Start:
    """What a command starts; `script` gives the text of a script that npm, pnpm and yarn know by name."""
    words = words_of(command)
    whole = " ".join(words)
    if re.search(_SCHEDULERS, whole):
        return Start("scheduler", program=whole)
    for pattern, name in _WORKERS:
        if found := re.search(pattern, whole):
            return Start("worker", program=name.format(*found.groups()))
    if (name := _script_name(words)) and depth < 5:
        return start(script(name), script, depth + 1)
    return _program(words)


def shown(unit: Unit, started: Start, path: str, line: int, read: str) -> None:
    """Adds what a start command shows of the unit that it starts."""
    told = f"{read} ({started.program})" if started.program else read
    if started.kind in {"web", "worker"}:
        unit.shows("kind", started.kind, path, line, told, Strength.STARTS)
    if started.port and started.given:
        unit.shows("port", started.port, path, line, read, Strength.STARTS)
    elif started.port:
        unit.shows("port", started.port, path, line, f"what {started.program} takes", Strength.USUAL + 5)


def _script_name(words: Sequence[str]) -> str:
    """The script that a node package manager is told to run; "" for anything else."""
    if not words or words[0] not in {"npm", "pnpm", "yarn", "bun"}:
        return ""
    rest = [word for word in words[1:] if not word.startswith("-") and word not in {"run", "run-script"}]
    return rest[0] if rest else ""


def _program(words: Sequence[str]) -> Start:
    rest = list(words)
    as_module = "-m" in rest[:4]
    while rest and (rest[0] in _WRAPPERS or re.fullmatch(r"[A-Z_][A-Z0-9_]*=.*", rest[0])):
        rest.pop(0)
    if not rest:
        return Start()
    name, arguments = rest[0].rpartition("/")[2], rest[1:]
    if name == "manage.py":
        name = "manage.py " + (arguments[0] if arguments else "")
    port = _port(name, arguments)
    if name == "manage.py runserver" or name in _USUAL_PORTS:
        serves = not (name == "rails" and not {"server", "s"} & set(arguments))
        usual = _USUAL_PORTS.get(name, 8000)
        told = any("$" in word for word in arguments)  # its number comes from somewhere else
        return Start("web" if serves else "", port or (0 if told or not serves else usual), bool(port), name)
    module = name.removesuffix(".py") if as_module or name.endswith(".py") else ""
    return Start("", port, bool(port), name, module)


def _port(name: str, arguments: Sequence[str]) -> int:
    """The port that the arguments name; 0 for none, or one that they take from a variable."""
    text = " ".join(arguments)
    flags = r"--port|--server\.port|--http-port|--bind|--listen|--address" + (
        r"|-b|-p|-l" if name in _USUAL_PORTS else ""
    )
    found = re.search(rf"(?:^|\s|-D)(?:{flags})(?:=|\s+)?(?:tcp://)?{_ADDRESS}(?:\s|$)", text)
    found = found or re.search(r"-Dserver\.port=(\d{2,5})|--urls[= ]https?://[^:\s]+:(\d{2,5})", text)
    if name == "manage.py runserver":
        found = re.search(rf"(?:^|\s){_ADDRESS}(?:\s|$)", text)
    return int(next(group for group in found.groups() if group)) if found else 0
