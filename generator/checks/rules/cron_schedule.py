"""Times of CronJobs are times

The API server refuses a CronJob whose `schedule` is none. It has five fields: minute (0-59), hour (0-23), day (1-31),
month (1-12) and weekday (0-6, Sunday is 0 alone), or is a word such as `@daily`.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.models import cron, kubernetes
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.KUBERNETES


def files(sources: Sources) -> list[str]:
    return kubernetes.files_of(sources, "CronJob")


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for job in kubernetes.in_file(sources, path, "CronJob"):
        schedule = job.node.at("spec", "schedule")
        wrong = cron.mistake(schedule.text) if schedule.text else ""
        if wrong and not kubernetes.is_put_in_later(schedule.text):
            yield at(schedule, f"CronJob {job.name}: {schedule.text} is no time: {wrong}")
