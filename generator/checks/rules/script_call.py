"""Scripts that are called exist and may be executed

A workflow, make target or script that calls a script which is not there, or is not executable,
fails at that line. Correct the path, or `chmod +x` the script.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.rule import Flaw, Format, did_you_mean_path
from generator.checks.source import Sources, lines, name

FORMAT = Format.SHELL

# A path that starts with a variable, a glob or a URL is not ours to judge.
_CALL: Final = re.compile(
    r"(?:^|[\s\"'`(;&|=])(?P<how>bash |sh |source |\. |chmod \S+ )?(?P<path>(?:\./)?scripts/[\w./-]+\.(?:sh|py))\b"
)


def files(sources: Sources) -> Iterator[str]:
    for path in sources.tree:
        if path.startswith(".github/") or path.endswith((".sh", ".mk", ".md")) or name(path) == "Makefile":
            yield path


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    scripts = list(sources.below("scripts/"))
    for number, line in enumerate(lines(sources, path), 1):
        for match in _CALL.finditer(line) if "scripts/" in line else ():
            target = match["path"].removeprefix("./")
            if target not in sources.tree:
                yield Flaw(
                    number, f"there is no {target}{did_you_mean_path(target, scripts)}", column=match.start("path") + 1
                )
            elif not sources.tree[target].executable and not match["how"] and _runs(path, target):
                yield Flaw(number, f"{target} is not executable", f"chmod +x {target}", match.start("path") + 1)


def _runs(path: str, target: str) -> bool:
    """Documents and comments may name a library; only `scripts/lib/` holds what is not run itself."""
    return "/lib/" not in target and not path.endswith(".md")
