"""Jobs run when the answers say

A service that is a job has its `schedule` in the answers, in UTC, and a second time in its CronJob or in Terraform
(`job_settings`). Where they differ, the job runs at a time that nobody believes, and the next `agency-scaffold update`
takes it for an edit. `suspend: true` that was left behind ends all runs, and each release applies it again: pause a job
with the script that shows the jobs. Judged in repositories that agency-scaffold generated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from generator.checks.formats import hcl
from generator.checks.formats.yaml import Node
from generator.checks.models import built_forms, cron, kubernetes
from generator.checks.models.habits import Told
from generator.checks.models.kustomize_build import Applied
from generator.checks.models.kustomize_selecting import Built
from generator.checks.models.ours import is_ours
from generator.checks.models.repository import production
from generator.checks.models.service_names import answered
from generator.checks.rule import Flaw, Format, Placed, Point, at
from generator.checks.source import Sources, shared
from generator.finding import Severity
from generator.places import ANSWERS_FILE

FORMAT = Format.KUBERNETES

_SETTINGS: Final = "infrastructure/terraform/ecs-jobs-variables.tf"
_UTC: Final = frozenset({"", "Etc/UTC", "UTC"})
_OF_AWS: Final = re.compile(r"cron\(((?:\S+ ){4})([A-Za-z?*,-]+) \*\)")
"""Days of the week as names alone: their numbers are others than those of cron."""
_OVERLAY: Final = re.compile(r"(?:^|/)overlays/([^/]+)/")


def files(sources: Sources) -> Iterator[str]:
    if _wanted(sources):
        yield from built_forms.files(sources, "CronJob")
        yield from (path for path in (_SETTINGS,) if path in sources.tree)


def check(sources: Sources, path: str) -> list[Flaw]:
    return list(_of_aws(sources)) if path == _SETTINGS else _told(sources).get(path, [])


@shared
def _wanted(sources: Sources) -> Mapping[str, Node]:
    """The schedules of the answers, by the name of the job."""
    services = answered(sources) if is_ours(sources) else {}
    return {name: one.at("schedule") for name, one in services.items() if one.at("schedule").text}


@shared
def _told(sources: Sources) -> Told:
    def judge(_: Applied, one: Built) -> Iterator[tuple[str, Flaw]]:
        for place, flaw in _of_job(sources, one.manifest.name, one.manifest.node.at("spec")):
            path = one.file_of(place)
            overlay = _OVERLAY.search(path)
            meant = overlay and overlay[1] != production(sources)
            yield path, replace(flaw, severity=Severity.WARNING) if meant else flaw

    return built_forms.told(built_forms.of_kind(sources, "CronJob"), judge)


def _of_job(sources: Sources, name: str, spec: Node) -> Iterator[tuple[Node, Flaw]]:
    wanted, given, zone = _wanted(sources).get(name), spec.at("schedule"), spec.at("timeZone")
    if wanted is None:
        return
    if not kubernetes.is_put_in_later(given.text):
        yield from ((given, flaw) for flaw in _differs(name, wanted, given, given.text, wanted.text))
    if zone.text not in _UTC and not kubernetes.is_put_in_later(zone.text):
        message = f"job {name} runs by the clock of {zone.text}, and its schedule in the answers is in UTC"
        yield zone, at(zone, message, "Write `timeZone: Etc/UTC`.")
    if spec.at("suspend").text == "true":
        message = f"job {name} is suspended, and the answers have it run at {wanted.text}"
        yield spec.at("suspend"), at(spec.at("suspend"), message, "Take `suspend` out.")


def _differs(name: str, wanted: Node, place: Placed, given: str, instead: str) -> Iterator[Flaw]:
    """A schedule, as cron has it, that is not the one of the answers; one that is none is told elsewhere."""
    try:
        same = cron.of_kubernetes(given.lower()) == cron.of_kubernetes(wanted.text.lower())
    except cron.CronError:
        return
    if not same or ("@" in given + wanted.text and given != wanted.text):
        told = f"{ANSWERS_FILE}:{wanted.line}"
        message = f"job {name} runs at {given}, where the answers have {wanted.text} ({told})"
        yield at(place, message, f"Write {instead}; if it was changed on purpose, change it in {ANSWERS_FILE}, too.")


def _of_aws(sources: Sources) -> Iterator[Flaw]:
    for block in hcl.parse(sources, _SETTINGS).body.of("variable"):
        default = block.body.get("default") if block.name == "job_settings" else None
        for name, _, settings in hcl.entries(default.value) if default else ():
            for key, where, value in hcl.entries(settings):
                wanted = _wanted(sources).get(name or "")
                match = _OF_AWS.fullmatch(hcl.literal(value) or "") if key == "schedule" else None
                if wanted and match:
                    given = f"{match[1]}{match[2]}".replace("?", "*")
                    place = Point(*hcl.place(where))
                    yield from _differs(name or "", wanted, place, given, f"it as {wanted.text} is in the form of AWS")
