"""Jobs end in time, and do not run twice at once

A migration that hangs holds its lock for ever, and no release gets through: write
`activeDeadlineSeconds`. A CronJob whose run takes longer than its interval runs beside itself: write
`concurrencyPolicy: Forbid`, or `Replace`. A repository that says so nowhere hears of it once.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.models import kubernetes, pods
from generator.checks.models.habits import Lapse, habit_rule, lapse
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources

FORMAT = Format.KUBERNETES


def files(sources: Sources) -> list[str]:
    return kubernetes.files_of(sources, "Job", "CronJob")


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    yield from _endless(sources, path)
    yield from _doubled(sources, path)


@habit_rule("Add `activeDeadlineSeconds` with the seconds that it may take.")
def _endless(sources: Sources) -> Iterator[Lapse | None]:
    for job in kubernetes.of_kind(sources, "Job", "CronJob"):
        holder = job.node.at("spec", "jobTemplate") if job.kind == "CronJob" else job.node
        if holder.at("spec", "activeDeadlineSeconds") or job.pod.at("spec", "activeDeadlineSeconds"):
            yield None
        elif holder.at("spec"):
            message = f"nothing ends {pods.label(job)} when it hangs"
            yield lapse(job.path, holder.key("spec"), message)


@habit_rule("Write `concurrencyPolicy: Forbid`.")
def _doubled(sources: Sources) -> Iterator[Lapse | None]:
    for job in kubernetes.of_kind(sources, "CronJob"):
        policy = job.node.at("spec", "concurrencyPolicy")
        if policy.text in ("Forbid", "Replace"):
            yield None
        elif job.node.at("spec"):
            message = f"{pods.label(job)} may run beside itself"
            yield lapse(job.path, policy or job.node.key("spec"), message)
