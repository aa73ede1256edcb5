"""Scripts that are called exist

A workflow, make target or script that calls a script which is not there fails at that line, and a page that names it
misleads. Correct the path. In a page, in a comment and in a workflow that checks out another
repository it is a warning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.models import github
from generator.checks.models.habits import habit
from generator.checks.models.ignored import is_ignored
from generator.checks.models.ours import restored
from generator.checks.rule import Flaw, Format, did_you_mean_path, instead_path
from generator.checks.source import Sources, lines, name, shared, text

FORMAT = Format.SHELL

# A path that starts with a variable, a glob or a URL is not ours to judge.
_CALL: Final = re.compile(r"(?:^|[\s\"'`(;&|=])(?P<path>(?:\./)?scripts/[\w./-]+\.(?:sh|py))\b")


def files(sources: Sources) -> Iterator[str]:
    if not sources.has_folder("scripts"):
        return
    for path in sources.tree:
        named = path.startswith(".github/") or path.endswith((".sh", ".mk", ".md")) or name(path) == "Makefile"
        if named and not (path.startswith(github.WORKFLOWS) and github.is_for_others(sources, path)):
            yield path


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    page = path.endswith(".md") or b"repository:" in sources.tree[path].content
    for number, line in enumerate(lines(sources, path), 1):
        for match in _CALL.finditer(line) if "scripts/" in line else ():
            target = match["path"].removeprefix("./")
            if target not in _known(sources) and not _is_made(sources, path, target):
                near = did_you_mean_path(target, sources.below("scripts/"))
                fix = instead_path(near, "", "Write the path of a script that is there, or take the call out.")
                fix = restored(sources, target, fix)
                flaw = Flaw(number, f"there is no {target}{near}", fix, match.start("path") + 1)
                yield habit(flaw) if page or line.lstrip().startswith("#") else flaw


def _is_made(sources: Sources, path: str, target: str) -> bool:
    """Whether the file itself writes the script, or git leaves it out."""
    writes = re.compile(rf"(?:>|\btee|\s-\w*[oO]|\s--output)[ =]?\s*[\"']?(?:\./)?{re.escape(target)}(?![\w.-])")
    return writes.search(text(sources, path)) is not None or is_ignored(sources, target)


@shared
def _known(sources: Sources) -> frozenset[str]:
    """Every path from a folder `scripts` on: a line may be run from any folder."""
    return frozenset(path[f"/{path}".index("/scripts/") :] for path in sources.tree if "/scripts/" in f"/{path}")
