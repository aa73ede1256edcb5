"""The part of the double of AWS that moves requests: service deployments of the strategies BLUE_GREEN, CANARY and LINEAR.

A service has two sets of tasks, each in a target group of its own, and a rule with weights. A deployment goes through the stages of
ECS, one at a time, whenever somebody describes the services; it bakes until nobody asked anything for a few steps, so that a
judge always has its whole time. What ends it takes the requests back at once and the new tasks afterwards.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.aws_cli import AwsError

Object = dict[str, Any]
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
BREAKER = 3
"""Failed tasks after which ECS goes back."""
OVER = frozenset({"SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"})
"""What nothing follows."""


class Shifts(ABC):
    """What `Cloud` knows of requests that are moved."""

    account: str
    region: str
    stack: str
    breaker: bool
    bake: int
    faults: Any
    queries: list[str]
    alarms: dict[str, str]
    services: dict[str, Object]
    shifts: dict[str, list[Object]]
    """Service deployments by service, the newest last."""
    weights: dict[str, dict[str, float]]
    """Service -> revision of a task definition -> percent of the requests."""
    groups: dict[str, list[str]]
    """Service -> the revisions in its first and its second target group, "" for none."""
    pause: int
    """Steps for which it waits between two shares of the requests."""
    waited: tuple[int, int]
    """How often Prometheus and the load balancer had been asked, and for how many steps that has not changed."""
    requests: int
    """Of users, and of the judge, which sends them all the while."""
    keeps_asking: bool
    """Whether a service goes on naming the revision that ECS went back from."""
    stuck_back: bool
    """Going back does not end."""

    def move_requests(self, name: str, configuration: Object) -> None:
        """Makes a service one whose requests are moved, as Terraform does."""
        service = self.services[name]
        service["deploymentConfiguration"] |= configuration
        for one in service["loadBalancers"]:
            one["advancedConfiguration"] = {
                "alternateTargetGroupArn": one["targetGroupArn"].replace(f"-{name}/", f"-{name}-alternate/"),
                "productionListenerRule": f"arn:aws:elasticloadbalancing:{self.region}:{self.account}:listener-rule/app/{name}",
                "roleArn": f"arn:aws:iam::{self.account}:role/{self.stack}-shift",
            }
        self.groups[name] = ["", ""]
        self.weights[name] = {}
        self.shifts[name] = []

    def moves(self, name: str) -> bool:
        """Whether ECS moves the requests of a service."""
        return bool(self.services[name]["deploymentConfiguration"].get("strategy", "ROLLING") != "ROLLING")

    def shift_of(self, name: str) -> Object | None:
        """The newest deployment of a service."""
        found = self.shifts.get(name)
        return found[-1] if found else None

    def gets_most(self, name: str) -> str:
        """The revision that gets the most requests, and has tasks; "" where none does, whatever the service asks for."""
        there = {t["taskDefinitionArn"] for t in self._running(name)}
        shares = {arn: share for arn, share in self.weights[name].items() if share and arn in there}
        return max(shares, key=lambda arn: shares[arn], default="")

    # What the double does otherwise

    @abstractmethod
    def digest(self, arn: str) -> str: ...
    @abstractmethod
    def _running(self, name: str) -> list[Object]: ...
    @abstractmethod
    def _healthy(self, task: Object) -> bool: ...
    @abstractmethod
    def _age(self, task: Object) -> None: ...
    @abstractmethod
    def _start(self, arn: str, group: str, by: str) -> Object: ...
    @abstractmethod
    def _stop(self, task: Object, code: str, why: str, exit_code: int | None = None) -> None: ...
    @abstractmethod
    def _count(self, service: Object) -> None: ...
    @abstractmethod
    def _cluster(self, params: Object) -> None: ...

    # The scheduler

    def begin_shift(self, service: Object, arn: str, before: str) -> None:
        """A deployment of a revision; `before` is what runs, which keeps its target group."""
        name = service["serviceName"]
        for one in self.shifts[name]:
            if one["status"] not in OVER:
                one["status"], one["statusReason"] = "STOPPED", "another deployment began"
        number = sum(map(len, self.shifts.values())) + 1
        by_id = f"{self.stack}/{name}/{number:021d}"
        side = 1 - self.groups[name].index(before) if before in self.groups[name] and before else 0
        if arn != before:
            self.groups[name][side] = arn
        self.shifts[name].append(
            {
                "serviceDeploymentArn": f"arn:aws:ecs:{self.region}:{self.account}:service-deployment/{by_id}",
                "serviceArn": service["serviceArn"],
                "clusterArn": f"arn:aws:ecs:{self.region}:{self.account}:cluster/{self.stack}",
                "createdAt": BEGAN + timedelta(minutes=number),
                # What serves already is not started anew.
                "status": "SUCCESSFUL" if arn == before else "PENDING",
                "lifecycleStage": "CLEAN_UP" if arn == before else "PRE_SCALE_UP",
                "_arn": arn,
                "_before": before,
                "_id": f"ecs-svc/shift-{number:013d}",
                "_share": 0.0,
                "_steps": 0,
                "_failed": 0,
                "_configuration": dict(service["deploymentConfiguration"]),
                "_count": service["desiredCount"],
            }
        )

    def wait_for_judge(self) -> None:
        """Counts the steps for which nobody asks Prometheus or the load balancer."""
        asked = len(self.queries) + self.requests
        self.waited = (asked, self.quiet + 1 if asked == self.waited[0] else 0)

    @property
    def quiet(self) -> int:
        """For how many steps nobody has asked Prometheus or the load balancer, up to now."""
        asked, steps = self.waited
        return steps if asked == len(self.queries) + self.requests else 0

    def step_shift(self, service: Object) -> None:
        """One step for a service whose requests are moved."""
        name, shift = service["serviceName"], self.shift_of(service["serviceName"])
        for task in self._running(name):
            self._age(task)
        if shift is None or shift["status"] in OVER:
            self._keep(service, self.gets_most(name) or service["taskDefinition"], f"ecs-svc/kept-{name}")
        else:
            if shift["_before"]:
                self._keep(service, shift["_before"], "")
            if shift["lifecycleStage"] not in {"PRE_SCALE_UP", "SCALE_UP"} and shift["status"] == "IN_PROGRESS":
                self._keep(service, shift["_arn"], shift["_id"])
            self._go_on(service, shift)
        self._crash(service)
        self._look(service, shift)
        self._count(service)

    def _keep(self, service: Object, arn: str, by: str) -> None:
        """As many tasks of a revision as are wanted."""
        name = service["serviceName"]
        own = [t for t in self._running(name) if t["taskDefinitionArn"] == arn]
        by = by or (own[0]["startedBy"] if own else f"ecs-svc/kept-{name}")
        for _ in range(service["desiredCount"] - len(own)):
            self._start(arn, f"service:{name}", by)
        for task in own[service["desiredCount"] :]:
            self._stop(task, "ServiceSchedulerInitiated", f"Scaling activity initiated by (deployment {by})")

    def _go_on(self, service: Object, shift: Object) -> None:
        """The next stage, if its time has come."""
        name, arn = service["serviceName"], shift["_arn"]
        if shift["status"] == "PENDING":
            shift["status"], shift["lifecycleStage"] = "IN_PROGRESS", "SCALE_UP"
        elif shift["status"].startswith("ROLLBACK"):
            self._go_back(service, shift)
        elif shift["lifecycleStage"] == "SCALE_UP":
            self._scale(service, shift)
        elif shift["lifecycleStage"] in {"TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"}:
            self._next_share(name, shift)
        elif shift["lifecycleStage"] == "POST_PRODUCTION_TRAFFIC_SHIFT":
            shift["lifecycleStage"] = "BAKE_TIME"
        elif shift["lifecycleStage"] == "BAKE_TIME":
            shift["_steps"] += 1
            if self._has_baked(shift):
                shift["lifecycleStage"] = "CLEAN_UP"
        elif shift["lifecycleStage"] == "CLEAN_UP":
            self._leave(name, shift["_before"])
            self.groups[name] = [one if one == arn else "" for one in self.groups[name]]
            shift["status"] = "SUCCESSFUL"
            service["_completed"] = arn

    def _scale(self, service: Object, shift: Object) -> None:
        name, arn = service["serviceName"], shift["_arn"]
        own = [t for t in self._running(name) if t["startedBy"] == shift["_id"]]
        for _ in range(service["desiredCount"] - len(own)):
            self._start(arn, f"service:{name}", shift["_id"])
        if service["desiredCount"] and len([t for t in own if self._healthy(t)]) >= service["desiredCount"]:
            shift["lifecycleStage"] = "TEST_TRAFFIC_SHIFT"

    def _next_share(self, name: str, shift: Object) -> None:
        """More of the requests, when it has waited for long enough."""
        shift["_steps"] += 1
        if 0 < shift["_share"] < 100 and not self._has_paused(shift):
            return
        configuration, step = shift["_configuration"], 100.0
        if configuration["strategy"] == "CANARY" and not shift["_share"]:
            step = configuration["canaryConfiguration"]["canaryPercent"]
        elif configuration["strategy"] == "LINEAR":
            step = configuration["linearConfiguration"]["stepPercent"]
        shift["_share"], shift["_steps"] = min(100.0, shift["_share"] + step), 0
        self._weigh(name, shift, shift["_share"])
        shift["lifecycleStage"] = (
            "PRODUCTION_TRAFFIC_SHIFT" if shift["_share"] < 100 else "POST_PRODUCTION_TRAFFIC_SHIFT"
        )

    def _has_paused(self, shift: Object) -> bool:
        """Whether the pause between two shares is over."""
        return bool(shift["_steps"] > self.pause)

    def _has_baked(self, shift: Object) -> bool:
        """Whether the time is over for which the old tasks are kept."""
        return bool(shift["_steps"] > self.bake and self.quiet > self.bake)

    def _weigh(self, name: str, shift: Object, share: float) -> None:
        before = {shift["_before"]: 100 - share} if shift["_before"] else {}
        self.weights[name] = before | {shift["_arn"]: share}

    def _go_back(self, service: Object, shift: Object) -> None:
        """The requests go back at once; the new tasks leave later."""
        if shift["status"] == "ROLLBACK_IN_PROGRESS":
            if not self.stuck_back:
                self._leave(service["serviceName"], shift["_arn"])
                shift["status"] = "ROLLBACK_SUCCESSFUL"
            return
        shift["status"] = "ROLLBACK_IN_PROGRESS"
        shift["_share"] = 0.0
        self._weigh(service["serviceName"], shift, 0)
        if not self.keeps_asking:
            service["taskDefinition"] = shift["_before"]

    def _leave(self, name: str, arn: str) -> None:
        """A set of tasks ends."""
        for task in self._running(name):
            if task["taskDefinitionArn"] == arn:
                self._stop(task, "ServiceSchedulerInitiated", "Scaling activity initiated by (deployment ecs-svc/0)")

    def _crash(self, service: Object) -> None:
        for task in self._running(service["serviceName"]):
            digest, faults = self.digest(task["taskDefinitionArn"]), self.faults
            crashes = digest in faults.crashing or (digest in faults.crashing_late and self.queries)
            if crashes and self._healthy(task):
                self._stop(task, "EssentialContainerExited", "Essential container in task exited", exit_code=1)
                return

    def _look(self, service: Object, shift: Object | None) -> None:
        """Circuit breaker and alarms."""
        alarm = next(iter(service["deploymentConfiguration"].get("alarms", {}).get("alarmNames", [])), "")
        digests = {self.digest(arn) for arn, share in self.weights[service["serviceName"]].items() if share > 0}
        firing = bool(alarm) and bool(digests & self.faults.alarming)
        briefly = bool(digests & self.faults.alarming_briefly) and bool(self.queries)
        if firing:
            self.alarms[alarm] = "ALARM"
        if shift is None or shift["status"] != "IN_PROGRESS" or not self.breaker or not shift["_before"]:
            return
        if shift["_failed"] >= BREAKER:
            self._roll_back(shift, "Service deployment rolled back because the circuit breaker threshold was exceeded.")
        elif firing or briefly:
            self._roll_back(shift, f"Service deployment rolled back because of CloudWatch alarm {alarm}.")

    def _roll_back(self, shift: Object, why: str) -> None:
        shift["status"], shift["statusReason"] = "ROLLBACK_REQUESTED", why
        shift["rollback"] = {
            "reason": why,
            "startedAt": shift["createdAt"],
            "serviceRevisionArn": f"{shift['serviceArn']}:0",
        }

    def failed_shift(self, task: Object) -> None:
        """A task of a deployment failed."""
        for some in self.shifts.values():
            for one in some:
                if one["_id"] == task["startedBy"]:
                    one["_failed"] += 1

    # The APIs

    def _ecs_list_service_deployments(self, params: Object) -> Object:
        self._cluster(params)
        names = ("serviceDeploymentArn", "serviceArn", "clusterArn", "createdAt", "status", "statusReason")
        found = [{k: one[k] for k in names if k in one} for one in reversed(self.shifts.get(params["service"], []))]
        return {"serviceDeployments": found[: params.get("maxResults", 20)]}

    def _ecs_describe_service_deployments(self, params: Object) -> Object:
        every = {one["serviceDeploymentArn"]: one for some in self.shifts.values() for one in some}
        assert 0 < len(params["serviceDeploymentArns"]) <= 20
        return {
            "serviceDeployments": [self._told(every[arn]) for arn in params["serviceDeploymentArns"] if arn in every],
            "failures": [
                {"arn": arn, "reason": "MISSING"} for arn in params["serviceDeploymentArns"] if arn not in every
            ],
        }

    def _told(self, shift: Object) -> Object:
        name = shift["serviceArn"].rpartition("/")[2]

        def revision(arn: str, share: float) -> Object:
            tasks = [t for t in self._running(name) if t["taskDefinitionArn"] == arn]
            return {
                "arn": f"arn:aws:ecs:{self.region}:{self.account}:service-revision/{self.stack}/{name}/{arn.rpartition(':')[2]}",
                "requestedTaskCount": self.services[name]["desiredCount"],
                "runningTaskCount": len([t for t in tasks if t["lastStatus"] == "RUNNING"]),
                "pendingTaskCount": len([t for t in tasks if t["lastStatus"] != "RUNNING"]),
                "requestedTestTrafficWeight": 0.0,
                "requestedProductionTrafficWeight": share,
            }

        told = {k: v for k, v in shift.items() if not k.startswith("_")}
        before = shift["_before"]
        return told | {
            "sourceServiceRevisions": [revision(before, 100 - shift["_share"])] if before else [],
            "targetServiceRevision": revision(shift["_arn"], shift["_share"]),
        }

    def _ecs_stop_service_deployment(self, params: Object) -> Object:
        every = [one for some in self.shifts.values() for one in some]
        found = next((one for one in every if one["serviceDeploymentArn"] == params["serviceDeploymentArn"]), None)
        if found is None:
            raise AwsError("ServiceDeploymentNotFoundException", "The service deployment was not found.")
        if found["status"] in OVER:
            raise AwsError("ConflictException", "The service deployment is not in progress.")
        if params.get("stopType") != "ROLLBACK" or not found["_before"]:
            raise AwsError("InvalidParameterException", "There is no service revision to roll back to.")
        if found["status"] in {"PENDING", "IN_PROGRESS"}:
            self._roll_back(found, "Service deployment rolled back by a request.")
        return {"serviceDeploymentArn": found["serviceDeploymentArn"]}
