"""Files that scripts source exist

A script that sources a file which is not there stops at that line. Paths that start at the script's own folder or at
the repository are judged, and of those behind a variable that nothing sets one that is nearly that of a script; one
that the script tests for (`[[ -f x ]]`) or that Git ignores may be missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import shell
from generator.checks.models.ignored import is_ignored
from generator.checks.rule import Flaw, Format, did_you_mean_path, instead
from generator.checks.source import Sources, folder, join, text

FORMAT = Format.SHELL

_PREFIX: Final = re.compile(r"\s*(?:source|\.) [\"']?(?:\$\{?(?P<name>\w+)\}?|\$\(.*?\)(?=[\"/])|/)")
"""What a path begins with that is no name."""
_HERE: Final = re.compile(r"dirname|BASH_SOURCE|\$0|%/\*|rev-parse|\bpwd\b|\$\{?(?:PWD|GITHUB_WORKSPACE)\b")
"""What leads to the script's own folder, or to the repository."""
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
            begins = _begins(sources, path, line)
            if begins is False or (begins is None and not near):
                continue
            fix = instead(near, "Write the path that it has now, or take the line out.")
            yield Flaw(number, f"there is no {target} to source{near}", fix)


def _begins(sources: Sources, path: str, line: str) -> bool | None:
    """Whether a path that is sourced begins in the repository; None where nobody can tell."""
    match = _PREFIX.match(line)
    if match is None:
        return True
    if match["name"]:
        return _holds(text(sources, path), match["name"])
    return match[0].endswith(")") and _HERE.search(match[0]) is not None


def _holds(script: str, name: str) -> bool | None:
    """Whether a variable of a script holds a folder of the repository; None where the script does not set it."""
    seen, waiting, found = set[str](), [name], None
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        for value in re.findall(rf"\b{one}=(.*)", script):
            if re.search(r"readlink|realpath", value):
                return False  # Where a link leads is not known.
            found = bool(found) or _HERE.search(value) is not None
            waiting += re.findall(r"\$\{?([A-Za-z_]\w*)", value)
    return found
