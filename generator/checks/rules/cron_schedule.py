"""Times of CronJobs are times

The API server refuses a CronJob whose `schedule` is none, and one that names a day which no month has never runs. It
has five fields: minute (0-59), hour (0-23), day (1-31), month (1-12) and weekday (0-6, Sunday is 0 alone), or is a word
such as `@daily`.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.models import cron, kubernetes
from generator.checks.rule import Flaw, Format, at, one_of
from generator.checks.source import Sources
from generator.spelling import closest

FORMAT = Format.KUBERNETES


def files(sources: Sources) -> list[str]:
    return kubernetes.files_of(sources, "CronJob")


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for job in kubernetes.in_file(sources, path, "CronJob"):
        schedule = job.node.at("spec", "schedule")
        if not schedule.text or kubernetes.is_put_in_later(schedule.text):
            continue
        try:
            cron.of_kubernetes(schedule.text)
        except cron.CronError as wrong:
            message = f"CronJob {job.name}: {schedule.text} is no time: {wrong}"
            yield at(schedule, message, _fix(schedule.text, str(wrong)))


def _fix(time: str, wrong: str) -> str:
    """What to write instead of a time that is none."""
    if wrong.startswith("no such month"):
        return "Write a day that the month has."
    if time.startswith("@"):
        return one_of([closest(time, cron.WORDS)], one_of(cron.WORDS))
    zone, _, rest = time.partition("=")[2].partition(" ")
    if zone:
        return f"Write `schedule: {rest}` and `timeZone: {zone}`."
    return (
        "Write minute (0-59), hour (0-23), day (1-31), month (1-12) and weekday (0-6, 0 is Sunday), as in 0 3 * * 1-5."
    )
