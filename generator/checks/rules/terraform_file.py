"""Files that Terraform reads are there

`file`, `templatefile` and their like stop every plan where the file is not there; `fileset` finds nothing, without a
word. The paths are those that the text says: with `path.module`, `path.root` in a root, locals made of them, or from
the folder of a root. What Git leaves out, archives that a build makes, and what `fileexists` or `try` asks for first
may be missing. Examples and tests of others are not judged. Correct the path.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import patterns
from generator.checks.models import ignored
from generator.checks.models.credentials import is_shown
from generator.checks.models.ours import is_ours
from generator.checks.models.terraform import judged
from generator.checks.models.terraform_files import READING, Reading, readings
from generator.checks.rule import Flaw, Format, did_you_mean_path
from generator.checks.source import Sources, folder, folders, name
from generator.finding import Severity
from generator.spelling import Guess

FORMAT = Format.TERRAFORM

_MADE: Final = (".zip", ".jar", ".war", ".tar", ".gz", ".tgz", ".whl", ".pub", ".pem", ".key", ".crt", ".cer", ".p12")
"""Ends of what a build makes, or nobody keeps in a repository."""
_STARS: Final = 4
"""Those that a pattern may have: the time grows with this power of the length of a path."""


def files(sources: Sources) -> Iterator[str]:
    shown = (path for path in judged(sources) if is_ours(sources) or not is_shown(path))
    yield from (path for path in shown if readings(sources, path))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for one in readings(sources, path):
        if one.function == "fileset":
            yield from _listed(sources, one)
        elif one.function in READING and one.place not in sources.tree and not _may_be_made(sources, one.place):
            if one.bare and not is_ours(sources):
                continue  # It may run elsewhere.
            near = _near(sources, one.place)
            message = f"{one.function} reads {one.place}, which is not there{near}"
            yield _flaw(sources, one, message, sure=bool(near))


def _may_be_made(sources: Sources, place: str) -> bool:
    return place.endswith(_MADE) or ignored.is_ignored(sources, place)


def _near(sources: Sources, place: str) -> Guess:
    """The nearest path of the same folder, or of the tree."""
    beside = [path for path in sources.tree if folder(path) == folder(place)]
    alike = [path for path in sources.tree if name(path) == name(place)]
    return did_you_mean_path(place, beside) or did_you_mean_path(place, alike)


def _listed(sources: Sources, one: Reading) -> Iterator[Flaw]:
    if _may_be_made(sources, one.place) or (one.bare and not is_ours(sources)):
        return
    if not sources.has_folder(one.place):
        near = did_you_mean_path(one.place, folders(sources))
        yield _flaw(sources, one, f"there is no folder {one.place}: fileset finds nothing in it{near}", sure=bool(near))
    elif _can_be_told(one.pattern) and not any(_fits(sources, one)):
        message = f"{one.place} has no files like {one.pattern}: fileset finds nothing"
        yield _flaw(sources, one, message, sure=False)


def _can_be_told(pattern: str) -> bool:
    """Whether a pattern is known, and one that is matched in time."""
    return bool(pattern) and pattern.count("*") <= _STARS and not re.search(r"[\[\]\\]", pattern)


def _fits(sources: Sources, one: Reading) -> Iterator[bool]:
    top = f"{one.place}/" if one.place else ""
    fits = re.compile("".join(map(_piece, re.split(r"(\{[^{}*?]*\})", one.pattern))))
    for path in sources.below(top) if top else sources.tree:
        if fits.fullmatch(path.removeprefix(top)):
            yield True


def _piece(part: str) -> str:
    choice = re.fullmatch(r"\{([^{}*?]*)\}", part)
    return f"(?:{'|'.join(map(re.escape, choice[1].split(',')))})" if choice else patterns.of_glob(part)


def _flaw(sources: Sources, one: Reading, message: str, *, sure: bool) -> Flaw:
    """An error where it is ours or almost the path of something; else it may be made before Terraform runs."""
    severity = Severity.ERROR if sure or is_ours(sources) else Severity.WARNING
    return Flaw(one.line, message, "Write the path of a file that is there.", one.column, severity)
