"""The steps of a canary lead users one way, up to all of them

A weight above 100 makes the controller call the Rollout invalid: no release goes on or back. A step that leads fewer
users than the one before sends those who came to the new version back to the old one, and forth again. Where the other
Rollouts of the tree end with a step of 100, one that does not leads the rest of the users at once, when nobody watches.
So it is with the steps of the release scripts (`RELEASE_CANARY_STEPS` in `scripts/lib/strategy.env.sh`), which end with
100: for the rest of the users they make no pods.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats.numbers import whole
from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes
from generator.checks.models.habits import habit
from generator.checks.models.kubernetes import Manifest
from generator.checks.models.release_table import STRATEGY, Row, rows
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, shared

FORMAT = Format.KUBERNETES

_ALL = 100


def files(sources: Sources) -> Iterator[str]:
    for path in kubernetes.files_of(sources, "Rollout"):
        if any(_weights(one) for one in kubernetes.in_file(sources, path, "Rollout")):
            yield path
    if _scripted(sources):
        yield STRATEGY


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    if path == STRATEGY:
        yield from _of_scripts(sources)
    for one in kubernetes.in_file(sources, path, "Rollout"):
        weights = _weights(one)
        most = _most(one)
        before = 0
        for node in weights:
            weight = whole(node.text) or 0
            if weight > most:
                message = f"setWeight {weight} is more than {most}: the controller refuses the Rollout"
                yield at(node, message, f"Write {most} or less.")
            elif weight < before:
                message = f"setWeight {weight} comes after {before}: users of the new version are sent back"
                yield habit(at(node, message, "Let each step lead as many users as the one before, or more."))
            before = max(before, weight) if weight <= most else before
        if weights and whole(weights[-1].text) == before < most and _usually_all(sources):
            message = f"the last step leads {before} % of the users: the rest come at once, when nobody watches"
            yield habit(at(weights[-1], message, f"End with setWeight {most}, as the others do."))


def _scripted(sources: Sources) -> tuple[Row, ...]:
    return tuple(row for row in rows(sources, STRATEGY, "RELEASE_CANARY_STEPS") if row.words)


def _of_scripts(sources: Sources) -> Iterator[Flaw]:
    before = 0
    for row in _scripted(sources):
        for word, column in zip(row.words, row.columns, strict=True):
            step = whole(word)
            if step is None or not 0 < step <= _ALL:
                yield Flaw(
                    row.line, f"{word} is no part of {_ALL} % of the users", f"Write a number of 1 to {_ALL}.", column
                )
            elif step < before:
                message = f"{word} comes after {before}: users of the new version are sent back"
                yield Flaw(row.line, message, "Let each step lead as many users as the one before, or more.", column)
            before = max(before, step or 0)
        if before < _ALL:
            message = f"the last step leads {before} % of the users: the rest find no pods"
            yield Flaw(row.line, message, f"End with {_ALL}.", row.columns[-1])


def _weights(rollout: Manifest) -> list[Node]:
    steps = rollout.node.at("spec", "strategy", "canary", "steps").items
    return [step.at("setWeight") for step in steps if whole(step.at("setWeight").text) is not None]


def _most(rollout: Manifest) -> int:
    """What stands for all users, which traffic routing may say."""
    own = rollout.node.at("spec", "strategy", "canary", "trafficRouting", "maxTrafficWeight").text
    return whole(own) or _ALL


@shared
def _usually_all(sources: Sources) -> bool:
    """Whether half of the Rollouts with steps lead all users in the end, or more."""
    ends = [
        weights[-1].text == str(_ALL) for one in kubernetes.of_kind(sources, "Rollout") if (weights := _weights(one))
    ]
    return sum(ends) > 0 and sum(ends) * 2 >= len(ends)
