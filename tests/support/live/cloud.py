"""An environment on ECS whose tasks are real servers, behind a real load balancer, scraped by a real Prometheus.

Each task has an address of its own on loopback, as each has one in its network; so the generated rules of relabelling hold as
they are. Requests go where the double's listener rules say by weight, to the targets that it tells as healthy.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping
from typing import Final

from tests.support.ecs_double import Cloud, Object
from tests.support.live.alive import Alive
from tests.support.live.door import FULL, Door
from tests.support.live.metrics import Prometheus
from tests.support.live.pods import Pod

KNOWN_SECONDS: Final = 0.7
"""After which the load balancer has found the target of a task healthy."""
SHORTER: Final = 20
"""How many times shorter than in AWS a target is drained here."""
GRACE_SECONDS: Final = 6.0
"""From the signal until a task is killed."""
KEPT_SECONDS: Final = 60.0
"""For how long ECS keeps the old tasks: as usually, longer than a version is watched."""
PAUSE_SECONDS: Final = 25.0
"""Between two shares of the requests."""


class LiveCloud(Alive, Cloud):
    """The double with servers for the tasks of services."""

    def __init__(
        self, account: str, registry: str, stack: str, environment: str, ports: Mapping[str, int], delay: float
    ) -> None:
        super().__init__(account, registry, stack, environment)
        self.ports = ports
        """Service -> the port of its tasks."""
        self.drain_seconds = delay / SHORTER
        """Between the moment when a target leaves its group and the signal to its task."""
        self.kept_seconds = KEPT_SECONDS
        # Two clouds on one computer have networks of their own.
        self._network = f"127.{random.randrange(16, 240)}"
        self._stages: dict[tuple[str, float, str], float] = {}
        """Deployment, share of the requests, stage -> since when."""

    def scale(self, count: int) -> None:
        """What an autoscaler does to every service."""
        with self.lock:
            for service in self.services.values():
                service["desiredCount"] = count

    def all_healthy(self, count: int) -> bool:
        """Whether every service has so many healthy tasks; the scheduler takes a step."""
        with self.lock:
            self.step()
            return all(len([t for t in self._running(n) if self._healthy(t)]) == count for n in self.services)

    # The tasks

    def _start(self, arn: str, group: str, by: str) -> Object:
        task = super()._start(arn, group, by)
        for one in task["containers"][0]["networkInterfaces"]:
            one["privateIpv4Address"] = f"{self._network}.{self._number // 250 % 250}.{self._number % 250 + 1}"
        return task

    def _age(self, task: Object) -> None:
        super()._age(task)
        kind, _, service = task["group"].partition(":")
        if kind == "service" and task["lastStatus"] == "RUNNING":
            arn = task["taskDefinitionArn"]
            place = task["containers"][0]["networkInterfaces"][0]["privateIpv4Address"]
            self.serve(
                task["taskArn"],
                self.digest(arn),
                Pod(self.version(arn), "/healthz", host=place, port=self.ports[service]),
            )

    def _healthy(self, task: Object) -> bool:
        return super()._healthy(task) and self.age(task["taskArn"]) >= KNOWN_SECONDS

    def _stop(self, task: Object, code: str, why: str, exit_code: int | None = None) -> None:
        super()._stop(task, code, why, exit_code)
        if task["taskArn"] in self.servers:
            dead = exit_code is not None
            self.end(task["taskArn"], 0 if dead else self.drain_seconds, 0 if dead else GRACE_SECONDS)

    # The time of ECS

    def _lasts(self, shift: Object) -> float:
        key = (shift["serviceDeploymentArn"], shift["_share"], shift["lifecycleStage"])
        return time.monotonic() - self._stages.setdefault(key, time.monotonic())

    def _has_paused(self, shift: Object) -> bool:
        return self._lasts(shift) > PAUSE_SECONDS

    def _has_baked(self, shift: Object) -> bool:
        return self._lasts(shift) > self.kept_seconds

    # What users and Prometheus see

    def series(self, expression: str) -> list[Object]:
        with self.lock:
            self.queries.append(expression)
        assert self.prometheus is not None
        found: list[Object] = self.prometheus.query(expression)["data"]["result"]
        return found

    def percent(self, service: str, version: str) -> float:
        with self.lock:
            if self.moves(service):
                return sum(share for arn, share in self.weights[service].items() if self.version(arn) == version)
            healthy = [self.version(t["taskDefinitionArn"]) for t in self._running(service) if self._healthy(t)]
            return 100 * healthy.count(version) / len(healthy) if healthy else 0

    def follow(self, door: Door, prometheus: Prometheus) -> None:
        with self.lock:
            ways = {name: self._way(name) for name in door.users}
            tasks = dict(self._discovered())
        prometheus.targets(tasks)
        for name, way in ways.items():
            door.lead(name, way)

    def _way(self, name: str) -> dict[str | None, int]:
        """The targets of a service with their part of its requests."""
        led: dict[str | None, int] = {}
        for group, percent in self._groups(name):
            share = int(percent * FULL / 100)
            told = self._elbv2_describe_target_health({"TargetGroupArn": group})["TargetHealthDescriptions"]
            healthy = [t["Target"]["Id"] for t in told if t["TargetHealth"]["State"] == "healthy"]
            for place in healthy:
                led[f"{place}:{self.ports[name]}"] = share // len(healthy)
            if share and not healthy:
                led[None] = led.get(None, 0) + share
        return led or {None: FULL}

    def _groups(self, name: str) -> Iterator[tuple[str, float]]:
        """The target groups of a service, each with its percent of the requests."""
        for one in self.services[name]["loadBalancers"]:
            if not self.moves(name):
                yield one["targetGroupArn"], 100
                continue
            both = (one["targetGroupArn"], one["advancedConfiguration"]["alternateTargetGroupArn"])
            for group, arn in zip(both, self.groups[name], strict=True):
                yield group, self.weights[name].get(arn, 0) if arn else 0

    def _discovered(self) -> Iterator[tuple[str, dict[str, str]]]:
        """The tasks as Prometheus discovers them: all, running or not, with the labels that it gives them."""
        for service in self.services:
            for task in self._running(service):
                place = task["containers"][0]["networkInterfaces"][0]["privateIpv4Address"]
                yield (
                    place,
                    {
                        "__meta_ecs_service": service,
                        "__meta_ecs_last_status": task["lastStatus"],
                        "__meta_ecs_ip_address": place,
                        "__meta_ecs_task_arn": task["taskArn"],
                        "__meta_ecs_tag_task_version": self.version(task["taskDefinitionArn"]),
                    },
                )
