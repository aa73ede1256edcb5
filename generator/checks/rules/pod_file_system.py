"""Containers cannot write into their own image

Whoever breaks into a process that may write its image leaves something that stays, and files that a
service writes there are lost with the pod. Write `readOnlyRootFilesystem: true`, and give the container
an `emptyDir` where it must write. A repository that says so nowhere hears of it once.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.models import built_forms, pods
from generator.checks.models.habits import Lapse, habit_rule
from generator.checks.models.kustomize_build import Applied
from generator.checks.models.kustomize_selecting import Built
from generator.checks.rule import Format
from generator.checks.source import Sources

FORMAT = Format.KUBERNETES

_KEY = "readOnlyRootFilesystem"

files = pods.files


@habit_rule(f"Write `{_KEY}: true`.")
def check(sources: Sources) -> Iterator[Lapse | None]:
    return built_forms.places(pods.workloads(sources), _open)


def _open(_: Applied, one: Built) -> Iterator[Lapse | None]:
    found = [each for each in pods.containers(one) if each.at(pods.SECURITY, _KEY).text != "true"]
    if not found:
        yield None
    else:
        message = (
            f"{pods.label(one.manifest)}: {', '.join(each.at('name').text for each in found)} may write into the image"
        )
        said = found[0].at(pods.SECURITY, _KEY) or pods.place(one, found[0], pods.SECURITY)
        yield built_forms.lapsed(one, said, message)
