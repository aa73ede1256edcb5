"""The bounds of an autoscaler hold each other, and the replicas of its workload

The API server refuses a HorizontalPodAutoscaler whose `minReplicas` is more than its `maxReplicas`, and with it
everything that is applied together; KEDA does the same for a ScaledObject. A workload with `replicas` outside of the
bounds loses pods at every apply, until they are added again. Judged are the files, and what every kustomization makes
of them with its patches.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats.numbers import whole
from generator.checks.models import built_pods, kubernetes, kustomize, references
from generator.checks.models.habits import Told, gathered, habit
from generator.checks.models.kustomize_build import Applied, applied, written
from generator.checks.models.kustomize_selecting import Built
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, shared

FORMAT = Format.KUBERNETES


def files(sources: Sources) -> Iterator[str]:
    scaled = kubernetes.files_of(sources, *references.SCALERS)
    yield from dict.fromkeys((*scaled, *kustomize.patch_files(sources), *_found(sources)) if scaled else ())


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    yield from _found(sources).get(path, [])


@shared
def _found(sources: Sources) -> Told:
    return gathered(_all(sources))


def _all(sources: Sources) -> Iterator[tuple[str, Flaw]]:
    for manifest in kubernetes.of_kind(sources, *references.SCALERS):
        yield from _crossed(written(manifest))
    for group in applied(sources):
        for scaler in group.of_kind(*references.SCALERS):
            yield from _crossed(scaler)
        for one in group.of_kind(*kubernetes.SCALED):
            yield from _outside(sources, group, one)


def _crossed(scaler: Built) -> Iterator[tuple[str, Flaw]]:
    """The lower bound above the upper one; it is told where a patch set one, for there it became so."""
    lower, upper = built_pods.bounds(scaler)
    fewest, highest = whole(lower.text), whole(upper.text)
    if fewest is not None and highest is not None and fewest > highest:
        path, place = built_pods.set_first([(scaler, lower), (scaler, upper)])
        words = (
            ("minReplicas", "maxReplicas")
            if scaler.manifest.kind == references.SCALERS[0]
            else ("the least", "the most")
        )
        message = f"{words[0]} {lower.text} is more than {words[1]} {upper.text}: the API server refuses it"
        yield path, at(place, message, f"Write {lower.text} or more for {words[1]}.")


def _outside(sources: Sources, group: Applied, one: Built) -> Iterator[tuple[str, Flaw]]:
    """A number of replicas that the autoscaler changes at once."""
    scaler, number = built_pods.scaler_of(sources, group, one), one.manifest.node.at("spec", "replicas")
    count = whole(number.text)
    if not scaler or not count:
        return
    lower, upper = built_pods.bounds(scaler)
    fewest, highest = whole(lower.text), whole(upper.text)
    if (fewest is not None and count < fewest) or (highest is not None and count > highest):
        kept = f"{lower.text or 1} to {upper.text}"
        message = f"{one.manifest.kind} {one.manifest.name} has {count} replicas, and its autoscaler keeps {kept}"
        yield one.file_of(number), habit(at(number, message, "Leave `replicas` to the autoscaler."))
