"""Jobs end in time, and do not run twice at once

A migration that hangs holds its lock for ever, and no release gets through: write
`activeDeadlineSeconds`. A CronJob whose run takes longer than its interval runs beside itself: write
`concurrencyPolicy: Forbid`, or `Replace`. A repository that says so nowhere hears of it once.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.models import built_forms, pods
from generator.checks.models.habits import Lapse, habit_rule
from generator.checks.models.kustomize_build import Applied
from generator.checks.models.kustomize_selecting import Built
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources

FORMAT = Format.KUBERNETES


def files(sources: Sources) -> list[str]:
    return built_forms.files(sources, "Job", "CronJob")


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    yield from _endless(sources, path)
    yield from _doubled(sources, path)


@habit_rule("Add `activeDeadlineSeconds` with the seconds that it may take.")
def _endless(sources: Sources) -> Iterator[Lapse | None]:
    return built_forms.places(built_forms.of_kind(sources, "Job", "CronJob"), _ends)


def _ends(_: Applied, one: Built) -> Iterator[Lapse | None]:
    job = one.manifest
    holder = job.node.at("spec", "jobTemplate") if job.kind == "CronJob" else job.node
    if holder.at("spec", "activeDeadlineSeconds") or job.pod.at("spec", "activeDeadlineSeconds"):
        yield None
    elif holder.at("spec"):
        yield built_forms.lapsed(one, holder.key("spec"), f"nothing ends {pods.label(job)} when it hangs")


@habit_rule("Write `concurrencyPolicy: Forbid`.")
def _doubled(sources: Sources) -> Iterator[Lapse | None]:
    return built_forms.places(built_forms.of_kind(sources, "CronJob"), _doubles)


def _doubles(_: Applied, one: Built) -> Iterator[Lapse | None]:
    spec = one.manifest.node.at("spec")
    policy = spec.at("concurrencyPolicy")
    if policy.text in ("Forbid", "Replace"):
        yield None
    elif spec:
        place = policy or one.manifest.node.key("spec")
        yield built_forms.lapsed(one, place, f"{pods.label(one.manifest)} may run beside itself")
