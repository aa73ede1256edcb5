"""Scripts say which shell they need

Without `#!/usr/bin/env bash` in the first line whoever starts a script decides which shell reads it,
and `sh` does not know arrays, `[[` or `pipefail`: where `/bin/sh` is dash, such a script stops at the first of them. A
library that is only sourced needs `# shellcheck shell=bash` or the same line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import shell
from generator.checks.models.habits import habit
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources, lines, text

FORMAT = Format.SHELL

_BASH: Final = "Write #!/usr/bin/env bash."
# What busybox's sh reads, unlike dash: it may be all that the script ever meets.
_BUSYBOX: Final = re.compile(r"\[\[|function|&>>?|\$' '|\$\{ \} with [/:]|source|set -o pipefail")
_COMMANDS: Final = frozenset({"source", "declare", "shopt", "mapfile", "readarray"})


def files(sources: Sources) -> Iterator[str]:
    return (path for path in shell.paths(sources) if text(sources, path) and "{{" not in path)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    head = lines(sources, path)[:5]
    if head[0].startswith("#!"):
        name = shell.interpreter(head[0])[0]
        if not name.endswith("sh") and name != "bats" and "{{" not in head[0]:
            yield _weak(f"{head[0]} is no shell")
        elif shell.dialect(sources, path) == "sh":
            yield from _foreign(sources, path)
    elif any("shellcheck shell=" in line for line in head):
        return
    elif shell.is_library(path):
        yield _weak("nothing says for which shell this library is", "Write # shellcheck shell=bash.")
    else:
        yield _weak("the first line does not name a shell")


def _weak(message: str, fix: str = _BASH) -> Flaw:
    return habit(Flaw(1, message, fix, 1))


def _foreign(sources: Sources, path: str) -> Iterator[Flaw]:
    """What sh does not read: of all that is there the first that no sh reads, else the first of all."""
    if "BASH_VERSION" in text(sources, path):
        return
    script = shell.script(sources, path)
    found = sorted([*script.grammar.found.bash_only, *_commands(script)])
    worst = next((one for one in found if not _BUSYBOX.fullmatch(one[1])), found[0] if found else None)
    if worst:
        line = script.place(worst[0]).line
        flaw = _weak(f"the first line asks for {lines(sources, path)[0][2:].strip()}, but line {line} has {worst[1]}")
        yield flaw if _BUSYBOX.fullmatch(worst[1]) else Flaw(1, flaw.message, _BASH, 1)


def _commands(script: shell.Script) -> Iterator[tuple[int, str]]:
    """The commands that only bash has, but those that the script looks for first."""
    looked_for = {word for command in script.grammar.commands for _, word in command.words[1:]}
    for command in script.grammar.commands:
        name = command.words[0][1] if command.words else ""
        if name in _COMMANDS - looked_for and name not in script.grammar.functions:
            yield command.words[0][0], name
        elif name == "set" and any(word == "pipefail" for _, word in command.words):
            yield command.words[0][0], "set -o pipefail"
