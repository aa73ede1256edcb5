"""Scripts stop at the first failure

Without `set -euo pipefail` a script goes on after a command that failed, and a deployment that did
not happen ends with exit code 0. Put the line before the first command. A library that has it is not
enough: where the library is missing, so is the mode. For `sh`, which may not know `pipefail`, `set -eu` is enough.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generator.checks.formats import shell
from generator.checks.formats.shell_lists import Command
from generator.checks.models.habits import habit
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, lines

FORMAT = Format.SHELL

_NAMES: Final = {"errexit": "e", "nounset": "u", "pipefail": "pipefail"}


def files(sources: Sources) -> Iterator[str]:
    return (path for path in shell.paths(sources) if shell.dialect(sources, path) and not shell.is_library(path))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    wanted = {"e", "u"} if shell.dialect(sources, path) == "sh" else {"e", "u", "pipefail"}
    flags = _flags(shell.interpreter(lines(sources, path)[0])[1].split())
    script = shell.script(sources, path)
    last: Command | None = None
    commands = (one for one in script.grammar.commands if one.words and not one.function)
    for command in sorted(commands, key=lambda one: one.words[0]):
        if flags >= wanted:
            return
        if command.words[0][1] != "set":
            yield _flaw(sources, path, wanted, flags, last)
            return
        flags |= _flags([word for _, word in command.words[1:]])
        last = command


def _flaw(sources: Sources, path: str, wanted: set[str], flags: set[str], last: Command | None) -> Flaw:
    line = "set -euo pipefail" if "pipefail" in wanted else "set -eu"
    if not last:
        first = next((number for number, _ in shell.code(sources, path)), 1)
        message = f"the script does not begin with `{line}`"
        return habit(Flaw(first, message, f"Write {line} before this line.", 1))
    place = shell.script(sources, path).place(last.words[0][0])
    given = " ".join(word for _, word in last.words)
    message = f"`{given}` before the first command lacks {' and '.join(sorted(wanted - flags))}"
    return habit(at(place, message, f"Write {line}."))


def _flags(words: list[str]) -> set[str]:
    """What options of `set` switch on: `-eu`, `-o pipefail`."""
    found: set[str] = set()
    for before, word in zip(["", *words], words, strict=False):
        if word.startswith("-"):
            found |= set(word[1:])
        elif before.startswith("-") and before.endswith("o"):
            found.add(_NAMES.get(word, word))
    return found
