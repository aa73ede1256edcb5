"""Scripts in `scripts/` may be executed, libraries may not

A script without the executable bit fails when a workflow calls it by its path.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import shell
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources

FORMAT = Format.SHELL


def files(sources: Sources) -> Iterator[str]:
    return (path for path in shell.paths(sources) if path.startswith("scripts/"))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    executable = sources.tree[path].executable
    if shell.is_library(path) and executable:
        yield Flaw(0, "this library is executable, but only sourced", f"chmod -x {path}")
    elif not shell.is_library(path) and not executable:
        yield Flaw(0, "this script is not executable", f"chmod +x {path}")
