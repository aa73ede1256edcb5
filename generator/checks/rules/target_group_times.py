"""Load balancers wait for an answer, and for those that leave, no longer than they can

A health check's timeout must be below its interval: AWS refuses the target group, and the controller in the cluster
tries again for ever. Who leaves a target group gets no new requests, and may answer those under way for as long as
`deregistration_delay` says. Where the pod or the task is ended before that, these are cut off at each release: let
the pause of `preStop` and the delay together be at most `terminationGracePeriodSeconds`, or the delay at most
`stopTimeout`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generator.checks.formats.numbers import whole
from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes, pods, release_table, task_definitions
from generator.checks.models.habits import habit
from generator.checks.models.kubernetes import Manifest
from generator.checks.models.ours import is_ours
from generator.checks.models.terraform_settings import Resource, Value, in_file, of, values
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.KUBERNETES

_CONFIGURATION: Final = "TargetGroupConfiguration"
_GROUPS: Final = ("aws_lb_target_group", "aws_alb_target_group")
_DELAY: Final = "deregistration_delay.timeout_seconds"
_BY_REQUEST: Final = ("HTTP", "HTTPS")
"""Protocols of the groups that are judged by requests."""
_INTERVAL: Final = 30
"""Seconds between two checks of which nothing is said."""


def files(sources: Sources) -> Iterator[str]:
    yield from kubernetes.files_of(sources, _CONFIGURATION)
    yield from dict.fromkeys(one.path for one in of(sources, *_GROUPS))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    if path.endswith(".tf"):
        for one in in_file(sources, path, *_GROUPS):
            yield from _of_terraform(sources, one)
    for manifest in kubernetes.in_file(sources, path, _CONFIGURATION):
        holder = manifest.node.at("spec", "defaultConfiguration")
        if holder.at("protocol").text in (*_BY_REQUEST, ""):
            yield from _asked(holder.at("healthCheckConfig"))
        yield from _left(sources, manifest, holder)


def _asked(health: Node) -> Iterator[Flaw]:
    interval, timeout = health.at("healthCheckInterval"), health.at("healthCheckTimeout")
    often, long = whole(interval.text), whole(timeout.text)
    if often is not None and long is not None and long >= often:
        yield _late(timeout, long, often)


def _late(place: Node | Value, long: int, often: int) -> Flaw:
    message = f"the health check waits {long} s for an answer and asks each {often} s: AWS refuses it"
    return at(place, message, f"Write a timeout below {often}.")


def _left(sources: Sources, manifest: Manifest, holder: Node) -> Iterator[Flaw]:
    """Pods that end before the load balancer has let go of them."""
    given = (one.at("value") for one in holder.at("targetGroupAttributes").items if one.at("key").text == _DELAY)
    value = next(given, None)
    delay = whole(value.text) if value else None
    reference = manifest.node.at("spec", "targetReference", "name").text
    services = [one for one in kubernetes.of_kind(sources, "Service") if one.name == reference]
    for service in services if value and delay is not None else ():
        selector = kubernetes.labels(service.node.at("spec", "selector"))
        built = (one.manifest for forms in pods.workloads(sources) for _, one in forms if not one.unclear)
        for workload in (one for one in built if selector and kubernetes.selects(selector, one.pod)):
            period, pause = pods.grace(workload), pods.pause(workload)
            if period is not None and value and delay is not None and pause + delay > period:
                message = (
                    f"the load balancer lets go of pods after {delay} s, and {pods.label(workload)} is ended "
                    f"{period} s after it began to leave, {pause} s of which it waits ({workload.path})"
                )
                fix = f"Write at most {max(period - pause, 0)}, or a longer `terminationGracePeriodSeconds`."
                yield habit(at(value, message, fix))
                return


def _of_terraform(sources: Sources, one: Resource) -> Iterator[Flaw]:
    protocol = one.body.get("protocol")
    judged = protocol is not None and protocol.literal in _BY_REQUEST
    for health in one.body.of("health_check") if judged else ():
        interval, timeout = health.body.get("interval"), health.body.get("timeout")
        often = {v.value for v in values(sources, one.path, interval)} if interval else {_INTERVAL}
        for value in values(sources, one.path, timeout) if timeout else ():
            limit = next(iter(often)) if len(often) == 1 else None
            if isinstance(value.value, int) and isinstance(limit, int) and value.value >= limit:
                yield _late(value, value.value, limit)
    delay = one.body.get("deregistration_delay")
    least = _stopped(sources) if is_ours(sources) else None
    for value in values(sources, one.path, delay) if delay and least else ():
        if least and isinstance(value.value, int) and value.value > least[0]:
            message = f"the load balancer lets go of tasks after {value.value} s, and ECS ends them {least[0]} s after"
            fix = f"Write at most {least[0]}, or a longer `stopTimeout`."
            yield at(value, f"{message} it told them to stop ({least[1]})", fix)


def _stopped(sources: Sources) -> tuple[int, str] | None:
    """The shortest time that a task of a public service has to stop, and where it says so."""
    public = {row.word(1) for row in release_table.routes(sources)}
    found = [
        (number, path)
        for path in task_definitions.paths(sources)
        for container in task_definitions.containers(sources, path)
        if container.at("name").text in public and (number := whole(container.at("stopTimeout").text)) is not None
    ]
    return min(found, default=None)
