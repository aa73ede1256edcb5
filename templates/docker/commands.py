"""Commands of the answers in the forms of a Dockerfile."""

from __future__ import annotations

import re
import shlex
from typing import Final

from generator.formats import to_json

# A command of plain words reads best as it is. Anything else becomes exec form: there neither a
# trailing backslash, nor <<, nor a leading -- or [ can mean something to the Dockerfile itself.
# A failing pipe must fail the build, so its shell knows pipefail: bash, in alpine images ash.
_PLAIN: Final = re.compile(r"[A-Za-z0-9_./][A-Za-z0-9_./:=@,+ -]*")


def is_plain(command: str) -> bool:
    """Whether a command can stand in a Dockerfile as it is."""
    return not command or bool(_PLAIN.fullmatch(command))


def run_form(command: str, shell: str, before: str = "", after: str = "") -> str:
    """The arguments of RUN for a command, with what is done before and after it in the same step."""
    steps = [step for step in (before, command, after) if step]
    if is_plain(command):
        return " \\\n && ".join(steps)
    return to_json([shell, "-euo", "pipefail", "-c", "\n".join(steps)])


def first_word(command: str) -> str:
    """The program that a command calls; "" where it cannot be told."""
    try:
        words = shlex.split(command)
    except ValueError:
        return ""
    return words[0] if words else ""
