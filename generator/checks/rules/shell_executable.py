"""Scripts that are run by their path may be executed, libraries need not

A workflow, make target or script that starts a script by its path ends with "permission denied" where the script has no
executable bit. A library that is only sourced does nothing by itself, and has none. One that is only handed to
a shell (`bash scripts/a.sh`) needs none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatch
from typing import Final

from generator.checks.formats import shell
from generator.checks.models import scripts
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources, shared, text
from generator.finding import Severity

FORMAT = Format.SHELL

_HANDED: Final = re.compile(r"(?<![\w./-])(?:ba|da)?sh[ \t]+(?:-\w+[ \t]+){0,4}[\"']?(?:\./)?([\w./-]+\.(?:ba)?sh)\b")
_CHMOD: Final = re.compile(
    r"\bchmod(?P<options>(?: +-R)*) +(?:[ugoa]*\+[rwx]*x[rwx]*|0?[1357]\d\d) +(?P<files>[^\n;&|]+)"
)


def files(sources: Sources) -> Iterator[str]:
    return (path for path in shell.paths(sources) if path.startswith("scripts/") or path in _run(sources))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    executable = sources.tree[path].executable
    if path in _run(sources) and not executable:
        yield Flaw(0, f"this script is not executable, but {_run(sources)[path]} runs it", f"chmod +x {path}")
    elif shell.is_library(path) and executable:
        message = "this library is executable, but only sourced"
        yield Flaw(0, message, f"chmod -x {path}", severity=Severity.WARNING)
    elif not shell.is_library(path) and not executable and path not in _read(sources):
        yield Flaw(0, "this script is not executable", f"chmod +x {path}", severity=Severity.WARNING)


@shared
def _read(sources: Sources) -> frozenset[str]:
    """The scripts that something hands to a shell."""
    return frozenset(match[1] for path in scripts.callers(sources) for match in _HANDED.finditer(text(sources, path)))


@shared
def _run(sources: Sources) -> dict[str, str]:
    """The scripts that something starts by their path, with the file that does."""
    return {
        call.script: path
        for path in dict.fromkeys(scripts.callers(sources))
        for call in scripts.calls(sources, path)
        if call.runs and not _is_allowed(sources, path, call)
    }


def _is_allowed(sources: Sources, path: str, call: scripts.Call) -> bool:
    """Whether what runs a script makes it executable before."""
    before = text(sources, path)[: call.start] if "chmod" in text(sources, path) else ""
    for match in _CHMOD.finditer(before):
        for word in match["files"].split():
            one = word.strip("\"'").removeprefix("./")
            if fnmatch(call.script, one) or (match["options"] and f"{call.script}/".startswith(f"{one.rstrip('/')}/")):
                return True
    return False
