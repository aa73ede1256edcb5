"""What scanners overlook is overlooked in files that exist

An exception is made for one file. When that moves, the scan is red again on the day of some release, and the exception
waits for whatever file gets the old name. Give the new path, or take the exception out. Read are the files of trivy,
checkov and zizmor; patterns are not judged.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.models import exceptions
from generator.checks.rule import Flaw, Format, at, did_you_mean_path, instead_path
from generator.checks.source import Sources, shared
from generator.finding import Severity

FORMAT = Format.YAML


def files(sources: Sources) -> tuple[str, ...]:
    return exceptions.files(sources)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for one in exceptions.named(sources, path):
        wanted = one.text.removeprefix("./").strip("/")
        if wanted not in _known(sources):
            near = did_you_mean_path(wanted, sources.tree)
            message = f"{one.exception} is overlooked in {one.text}, which is not there{near}"
            fix = instead_path(near, "", "Write the path that it has now, or take the exception out.")
            yield at(one, message, fix, severity=Severity.WARNING)


@shared
def _known(sources: Sources) -> frozenset[str]:
    """Every file and folder, also as seen from a folder above it: scanners may start there."""
    found = set()
    for path in sources.tree:
        parts = path.split("/")
        found |= {"/".join(parts[start:end]) for start in range(len(parts)) for end in range(start + 1, len(parts) + 1)}
    return frozenset(found)
