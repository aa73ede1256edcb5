"""In front of a stand-in for `aws`: notes every command line, so that at its end a test can ask whether the CLI and AWS take them.

The models are asked in the test's own process: to load them anew takes longer than all that a stand-in does.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support import aws_cli

_FRONT = """#!/usr/bin/env bash
words=()
for word in "$@"; do
  # Files are gone when the test asks.
  [[ "$word" != file://* ]] || word="$(cat "${{word#file://}}")"
  words+=("$word")
done
printf '%s\\0' "${{#words[@]}}" "${{words[@]}}" >>{lines}/"$$"
exec {answers} "$@"
"""


@dataclass(frozen=True)
class Front:
    """The command lines of one stand-in."""

    lines: Path

    def calls(self) -> Iterator[list[str]]:
        """The words of each; one that was killed while it wrote is none."""
        for path in sorted(self.lines.iterdir()):
            words = path.read_text().split("\0")[:-1]
            while words:
                count = int(words[0])
                if len(words) > count:
                    yield words[1 : count + 1]
                words = words[count + 1 :]

    def invalid(self) -> list[str]:
        """What the CLI or AWS would not have taken, and why."""
        found = []
        for words in self.calls():
            try:
                aws_cli.parse(self.lines, words)
            except Exception as error:
                found.append(f"aws {shlex.join(words)}: {type(error).__name__}: {error}")
        return found


def install(tools: Path, text: str) -> Front:
    """Puts a stand-in, the text of a script, into a folder of tools."""
    kept = tools / ".aws"
    (kept / "lines").mkdir(parents=True)
    front = _FRONT.format(lines=shlex.quote(str(kept / "lines")), answers=shlex.quote(str(kept / "answers")))
    for path, script in {tools / "aws": front, kept / "answers": text}.items():
        path.write_text(script)
        path.chmod(0o755)
    return Front(kept / "lines")
