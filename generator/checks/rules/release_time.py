"""What a release waits for fits into the time that it has

The job of a release lasts as long as the new version is watched (`RELEASE_BAKE_SECONDS`, on the way to all users
`RELEASE_STEPS_SECONDS` or `RELEASE_PAUSE_SECONDS`), and as long as its migrations may take (`MIGRATE_SECONDS` each). A
job or a step with less time ends while users are on both versions, and nobody goes back. Nor does the script wait for a
migration whose Job may take longer (`activeDeadlineSeconds`). Judged in repositories that agency-scaffold generated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats.numbers import whole
from generator.checks.formats.yaml import Node
from generator.checks.models import github, kubernetes, release_table
from generator.checks.models.ours import is_ours
from generator.checks.models.service_names import answered
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, lines, shared

FORMAT = Format.GITHUB

_RELEASES: Final = re.compile(r"(?:^|[\s;&|(])scripts/deploy\.sh (?!--help)")
_MIGRATES: Final = re.compile(r'readonly MIGRATE_SECONDS="\$\{MIGRATE_SECONDS:-(\d{1,7})\}"')
_WATCHED: Final = (
    (release_table.PATH, "RELEASE_BAKE_SECONDS"),
    (release_table.STRATEGY, "RELEASE_STEPS_SECONDS"),
    ("scripts/lib/shifting.env.sh", "RELEASE_PAUSE_SECONDS"),
)
_MIGRATIONS: Final = "infrastructure/kubernetes/migrate/"


def files(sources: Sources) -> Iterator[str]:
    if is_ours(sources) and release_table.services(sources):
        yield from github.workflow_paths(sources)
        yield from (path for path in sources.below(_MIGRATIONS) if path.endswith(".yaml"))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    if path.startswith(_MIGRATIONS):
        yield from _migrations(sources, path)
        return
    for job in github.jobs(sources, path).values():
        for step in job.steps:
            if _RELEASES.search(step.at("run").text):
                yield from _held(sources, f"job {job.id}", job.node.at("timeout-minutes"))
                yield from _held(sources, "this step", step.at("timeout-minutes"))


def _held(sources: Sources, who: str, given: Node) -> Iterator[Flaw]:
    minutes = whole(given.text)
    watched = sum(_seconds(sources, *one) for one in _WATCHED)
    number = sum(1 for one in answered(sources).values() if one.at("commands", "migrate").text)
    migrated = number * _limit(sources)[0]
    if minutes is not None and minutes * 60 < watched + migrated:
        for_them = f", and its migrations may take {_minutes(migrated)}" if migrated else ""
        message = f"{who} ends after {minutes} minutes, and a release is watched for {_minutes(watched)}{for_them}"
        least = -(-(watched + migrated) // 60)
        yield at(given, message, f"Write more than {least}, with what replicas need and going back.")


def _minutes(seconds: int) -> str:
    return f"{-(-seconds // 60)}"


def _seconds(sources: Sources, path: str, name: str) -> int:
    return next((whole(row.word(0)) or 0 for row in release_table.rows(sources, path, name)), 0)


@shared
def _limit(sources: Sources) -> tuple[int, str]:
    """How many seconds the script waits for a migration, and where it says so; 0 where it does not."""
    for path in sources.below("scripts/lib/"):
        for number, line in enumerate(lines(sources, path), 1) if path.endswith(".sh") else ():
            match = _MIGRATES.match(line)
            if match:
                return int(match[1]), f"{path}:{number}"
    return 0, ""


def _migrations(sources: Sources, path: str) -> Iterator[Flaw]:
    limit, where = _limit(sources)
    for job in kubernetes.in_file(sources, path, "Job"):
        given = job.node.at("spec", "activeDeadlineSeconds")
        seconds = whole(given.text)
        if limit and seconds is not None and seconds > limit:
            message = f"this migration may take {seconds} s, and the script waits for {limit} ({where})"
            yield at(given, message, f"Write less than {limit}, or let the script wait for longer.")
