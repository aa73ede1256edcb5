"""The bounds of an autoscaler hold each other, and the replicas of its workload

The API server refuses a HorizontalPodAutoscaler whose `minReplicas` is more than its `maxReplicas`, and with it
everything that is applied together; KEDA does the same for a ScaledObject. A workload with `replicas` outside of the
bounds loses pods at every apply, until they are added again. Judged is what every kustomization makes with its patches.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from generator.checks.formats.numbers import whole
from generator.checks.models import built_forms, built_pods, kubernetes, references
from generator.checks.models.habits import Told, habit
from generator.checks.models.kustomize_build import Applied
from generator.checks.models.kustomize_selecting import Built
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, shared

FORMAT = Format.KUBERNETES


def files(sources: Sources) -> list[str]:
    return built_forms.files(sources, *references.SCALERS)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    yield from _found(sources).get(path, [])


@shared
def _found(sources: Sources) -> Told:
    objects = built_forms.of_kind(sources, *references.SCALERS, *kubernetes.SCALED)
    return built_forms.told(objects, partial(_wrong, sources))


def _wrong(sources: Sources, group: Applied, one: Built) -> Iterator[tuple[str, Flaw]]:
    if not one.unclear:
        yield from _crossed(one) if one.manifest.kind in references.SCALERS else _outside(sources, group, one)


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
