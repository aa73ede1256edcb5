"""Images start their process themselves, not by a shell

A command that is no list is run by `sh -c`: the shell is the first process and hands no signal on, so that
each stop waits out the grace time and cuts requests off. A list that is not JSON (single quotes, a comma
too many) is run by the shell as well, which finds no program of that name. Write
`ENTRYPOINT ["program", "argument"]`, or `exec program` where a shell is needed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from generator.checks.formats import dockerfile
from generator.checks.formats.dockerfile import Instruction
from generator.checks.models.habits import habit
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.DOCKER

files = dockerfile.paths


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for number, stage in enumerate(all_stages := dockerfile.stages(sources, path), 1):
        for one in stage.instructions:
            command = _command(one)
            if command.startswith("[") and not _is_list(command):
                yield at(one, f"{one.word} {command} is no list of JSON: a shell runs it", _fix(one.word, command))
            elif number == len(all_stages) and one.word in ("ENTRYPOINT", "CMD") and _by_shell(command):
                message = f"{one.word} {command} is run by a shell, which hands no signal on"
                fix = f"Write {one.word} {_as_list(command)}."
                yield habit(at(one, message, fix))


def _fix(word: str, command: str) -> str:
    """The list that is meant."""
    words = [one.strip(" \"'") for one in command.strip("[] ").split(",")]
    return f"Write {word} {json.dumps([one for one in words if one])}."


def _as_list(command: str) -> str:
    """A command as a list; how one looks where a shell does more than splitting it."""
    if re.search(r"[^\w\s./:=@,+-]", command):
        return '["program", "argument"]'
    return json.dumps(command.split())


def _command(one: Instruction) -> str:
    """What is run, where it may be a list."""
    if one.word in ("ENTRYPOINT", "CMD", "SHELL"):
        return one.rest
    return ""


def _by_shell(command: str) -> bool:
    return bool(command) and not command.startswith(("[", "exec ", "<<"))


def _is_list(command: str) -> bool:
    try:
        value = json.loads(command)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
