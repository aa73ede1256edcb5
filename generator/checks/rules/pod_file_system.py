"""Containers cannot write into their own image

Whoever breaks into a process that may write its image leaves something that stays, and files that a
service writes there are lost with the pod. Write `readOnlyRootFilesystem: true`, and give the container
an `emptyDir` where it must write. A repository that says so nowhere hears of it once.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.models import pods
from generator.checks.models.habits import Lapse, habit, habit_rule, lapse
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.KUBERNETES

_KEY = "readOnlyRootFilesystem"
_FIX = f"Write `{_KEY}: true`."

files = pods.files


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for setting in pods.patched(sources, path, {_KEY: ("false",)}):
        yield habit(at(setting, "this patch lets containers write into their image", _FIX))
    yield from _found(sources, path)


@habit_rule(_FIX)
def _found(sources: Sources) -> Iterator[Lapse | None]:
    for workload in pods.workloads(sources):
        open_ = [one for one in workload.containers if one.at(pods.SECURITY, _KEY).text != "true"]
        if not open_:
            yield None
        elif not pods.is_patched(sources, workload, _KEY):
            names = ", ".join(one.at("name").text for one in open_)
            message = f"{pods.label(workload)}: {names} may write into the image"
            said = open_[0].at(pods.SECURITY, _KEY) or pods.place(workload, open_[0])
            yield lapse(workload.path, said, message)
