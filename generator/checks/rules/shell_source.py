"""Files that scripts source exist

A script that sources a file which is not there stops at that line. Paths that start at the script's
own folder or at the repository are judged; one that the script tests for (`[[ -f x ]]`)
or that Git ignores may be missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import shell
from generator.checks.models.ignored import is_ignored
from generator.checks.rule import Flaw, Format, did_you_mean_path, instead_path
from generator.checks.source import Sources, folder, join

FORMAT = Format.SHELL

_OF_HOOKS: Final = "_/husky.sh"
"""What husky puts beside its hooks when it is installed."""

files = shell.paths


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    tested, bases = "", {"", folder(path)}
    for number, line in shell.code(sources, path):
        target = shell.source_target(line)
        tested += line if re.search(r"-[efrs] ", line) else ""
        may_be_made = target.endswith(_OF_HOOKS) or any(is_ignored(sources, join(base, target)) for base in bases)
        if target and target not in tested and not may_be_made and not shell.sourced(sources, path, line):
            others = [other for other in sources.ending(".sh") if other != path]
            near = did_you_mean_path(target, others)
            fix = instead_path(near, "", "Write the path that it has now, or take the line out.")
            yield Flaw(number, f"there is no {target} to source{near}", fix)
