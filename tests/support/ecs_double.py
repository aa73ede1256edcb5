"""A double of the parts of AWS that releases on ECS use, on loopback: ECS, S3, ECR, load balancer, alarms, secrets, AMP.

The stand-in for `aws` (`aws-call.sh`) carries command lines here; `aws_cli.py` holds them, and what is answered, to
botocore's models. Nothing happens by the clock: the scheduler of ECS takes one step whenever somebody describes the
services, so that a test never depends on how fast the computer is. What a version does wrong is said by the digest of its
image: see `Faults`.
"""

from __future__ import annotations

import copy
import hashlib
import json
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore import xform_name

from tests.support.aws_cli import AwsError, Call
from tests.support.scheduler_double import Schedules
from tests.support.shifts_double import Shifts

Object = dict[str, Any]
NOW = datetime(2026, 1, 1, tzinfo=UTC)
BREAKER = 3
"""Failed tasks after which the circuit breaker gives a deployment up."""
CHANGES = frozenset(
    {
        "application-autoscaling:RegisterScalableTarget",
        "ecr:PutImage",
        "ecs:RegisterTaskDefinition",
        "ecs:RunTask",
        "ecs:StopServiceDeployment",
        "ecs:StopTask",
        "ecs:UpdateService",
        "s3:PutObject",
        "scheduler:UpdateSchedule",
    }
)


@dataclass
class Faults:
    """What goes wrong, by the digest of the image or by name."""

    never_start: set[str] = field(default_factory=set)
    """Digests whose image cannot be pulled."""
    unhealthy: set[str] = field(default_factory=set)
    """Digests whose tasks run and fail their health check."""
    slow: dict[str, int] = field(default_factory=dict)
    """Digest -> steps until a task is healthy (usually 2)."""
    crashing: set[str] = field(default_factory=set)
    """Digests whose tasks end again and again once they were healthy."""
    crashing_late: set[str] = field(default_factory=set)
    """The same, but not before the judge asked Prometheus."""
    refusing: set[str] = field(default_factory=set)
    """Digests that answer users with 500."""
    errors: dict[str, float | str] = field(default_factory=dict)
    """Digest -> error ratio that Prometheus tells (usually 0)."""
    latencies: dict[str, float] = field(default_factory=dict)
    """Digest -> p95 in seconds that Prometheus tells (usually 0.05)."""
    rate: float = 5.0
    """Requests a second that Prometheus tells."""
    uncounted: bool = False
    """Prometheus has no series."""
    prometheus_down: bool = False
    alarming: set[str] = field(default_factory=set)
    """Digests under which the service's alarm fires."""
    alarming_briefly: set[str] = field(default_factory=set)
    """The same between two looks at the alarms, once the judge asked Prometheus: nobody but ECS sees it."""
    bad_migrations: set[str] = field(default_factory=set)
    endless_migrations: set[str] = field(default_factory=set)
    runs: dict[str, str] = field(default_factory=dict)
    """Digest of a job -> how its first run of a revision ends: Complete, Failed, TimedOut, CutOff."""


class Cloud(Schedules, Shifts):
    """The state of one environment, and the scheduler."""

    remembered: tuple[str, ...] = (
        "revisions",
        "services",
        "fewest",
        "schedules",
        "tasks",
        "objects",
        "tags",
        "secrets",
        "alarms",
        "shifts",
        "weights",
        "groups",
        "_number",
    )

    def __init__(self, account: str, registry: str, stack: str, environment: str) -> None:
        self.account, self.registry, self.stack, self.environment = account, registry, stack, environment
        self.region = "us-east-1"
        self.caller = account
        self.down = False
        self.cluster_status = "ACTIVE"
        self.breaker = True
        self.bake = 0
        """Steps for which ECS goes on watching the alarms when all tasks are replaced, before a deployment is completed."""
        self.faults = Faults()
        self.lock = threading.RLock()
        self.calls: list[Call] = []
        self.rights: Callable[[Call], list[str]] | None = None
        """What a call needs that the role of the scripts has not; without it, everything is allowed."""
        self.refused: list[str] = []
        self.watchers: list[Callable[[Cloud, Call], None]] = []
        """Called before a call is answered."""
        self.revisions: dict[str, Object] = {}
        self.services: dict[str, Object] = {}
        self.fewest: dict[str, int] = {}
        """The minimum of each service's autoscaler."""
        self.schedules: dict[str, Object] = {}
        self.tasks: dict[str, Object] = {}
        self.objects: dict[str, tuple[bytes, str]] = {}
        self.tags: dict[str, dict[str, str]] = {}
        self.secrets: dict[str, Object] = {}
        self.alarms: dict[str, str] = {}
        self.queries: list[str] = []
        self.shifts: dict[str, list[Object]] = {}
        self.weights: dict[str, dict[str, float]] = {}
        self.groups: dict[str, list[str]] = {}
        self.pause = 0
        self.waited = (0, 0)
        self.requests = 0
        self.keeps_asking = self.stuck_back = False
        self._number = 0

    # What a test sets up and looks at

    def add_service(self, name: str, *, public: bool) -> None:
        """A service as Terraform leaves it: a placeholder, of which no task runs, and an autoscaler that lets it be."""
        self.fewest[name] = 0
        arn = self._register(
            {"family": f"{self.stack}-{name}", "containerDefinitions": [{"name": name, "image": "undeployed"}]}, []
        )
        group = f"arn:aws:elasticloadbalancing:{self.region}:{self.account}:targetgroup/{self.stack}-{name}/0123456789abcdef"
        self.alarms[f"{self.stack}-{name}-errors"] = "OK"
        self.services[name] = {
            "serviceArn": f"arn:aws:ecs:{self.region}:{self.account}:service/{self.stack}/{name}",
            "serviceName": name,
            "status": "ACTIVE",
            "taskDefinition": arn,
            "desiredCount": 0,
            "runningCount": 0,
            "pendingCount": 0,
            "launchType": "FARGATE",
            "loadBalancers": [{"targetGroupArn": group, "containerName": name, "containerPort": 8080}]
            if public
            else [],
            "networkConfiguration": {
                "awsvpcConfiguration": {
                    "subnets": ["subnet-1"],
                    "securityGroups": ["sg-1"],
                    "assignPublicIp": "DISABLED",
                }
            },
            "deploymentConfiguration": {
                "maximumPercent": 200,
                "minimumHealthyPercent": 100,
                "alarms": {"alarmNames": [f"{self.stack}-{name}-errors"], "enable": True, "rollback": True},
            },
            "deployments": [],
            "events": [],
        }
        self._deploy(self.services[name], arn)

    def add_secret(self, name: str, *, value: bool = True) -> str:
        """A secret; gives its ARN."""
        arn = f"arn:aws:secretsmanager:{self.region}:{self.account}:secret:{name}-AbCdEf"
        self.secrets[name] = {
            "ARN": arn,
            "Name": name,
            "VersionIdsToStages": {"1" * 32: ["AWSCURRENT"]} if value else {},
        }
        return arn

    def digest(self, arn: str) -> str:
        """The digest of a revision's image; "" for a placeholder."""
        image: str = self.revisions[arn]["containerDefinitions"][0]["image"]
        return image.partition("@")[2]

    def version(self, arn: str) -> str:
        """The tag `version` of a revision."""
        return next((t["value"] for t in self.revisions[arn]["tags"] if t["key"] == "version"), "")

    def serving(self, name: str) -> set[tuple[str, str]]:
        """Version and digest of the healthy tasks of a service."""
        return {
            (self.version(t["taskDefinitionArn"]), self.digest(t["taskDefinitionArn"]))
            for t in self._running(name)
            if self._healthy(t)
        }

    @property
    def changes(self) -> list[str]:
        """Every call that changes something, but of the lock."""
        return [c.name for c in self.calls if c.name in CHANGES and c.params.get("Key") != "lock.json"]

    def put(self, key: str, text: str) -> None:
        """An object, whatever was there."""
        content = text.encode()
        self.objects[key] = (content, f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"')

    def text(self, key: str) -> Any:
        """An object as JSON; nothing when there is none."""
        return json.loads(self.objects[key][0]) if key in self.objects else None

    def saved(self) -> Object:
        """All that is remembered, to be put back by `restore`."""
        return {name: copy.deepcopy(getattr(self, name)) for name in self.remembered}

    def restore(self, saved: Object) -> None:
        """As it was."""
        for name, value in saved.items():
            setattr(self, name, copy.deepcopy(value))

    # The scheduler

    def step(self) -> None:
        """One step for every service."""
        self.wait_for_judge()
        for service in self.services.values():
            self._step(service)

    def _step(self, service: Object) -> None:
        if self.moves(service["serviceName"]):
            self.step_shift(service)
            return
        name, primary = service["serviceName"], service["deployments"][0]
        faults, digest = self.faults, self.digest(primary["taskDefinition"])
        for task in self._running(name):
            self._age(task)
        own = [t for t in self._running(name) if t["startedBy"] == primary["id"]]
        if primary["rolloutState"] != "FAILED":
            for _ in range(service["desiredCount"] - len(own)):
                self._start(primary["taskDefinition"], f"service:{name}", primary["id"])
        for task in own[service["desiredCount"] :]:
            self._stop(task, "ServiceSchedulerInitiated", f"Scaling activity initiated by (deployment {primary['id']})")
        healthy = [t for t in own if self._healthy(t)]
        # With alarms, ECS waits a while for them before a deployment is completed.
        alarmed = self.breaker and digest in faults.alarming
        if len(healthy) >= service["desiredCount"] and len(own) <= service["desiredCount"] and not alarmed:
            self._complete(service, primary)
        if healthy and (digest in faults.crashing or (digest in faults.crashing_late and self.queries)):
            self._stop(healthy[0], "EssentialContainerExited", "Essential container in task exited", exit_code=1)
        self._watch(service, primary, digest, healthy=bool(healthy))
        self._count(service)

    def _watch(self, service: Object, primary: Object, digest: str, *, healthy: bool) -> None:
        """Circuit breaker and alarms."""
        alarm = next(iter(service["deploymentConfiguration"].get("alarms", {}).get("alarmNames", [])), "")
        firing = bool(alarm) and healthy and digest in self.faults.alarming
        briefly = healthy and digest in self.faults.alarming_briefly and bool(self.queries)
        if self.breaker and primary["rolloutState"] == "IN_PROGRESS":
            if primary["failedTasks"] >= BREAKER:
                self._give_up(service, primary, "ECS deployment circuit breaker: tasks failed to start.")
            elif firing or briefly:
                self._give_up(service, primary, f"ECS deployment alarm(s) triggered: {alarm}")
        if firing:
            self.alarms[alarm] = "ALARM"

    def _count(self, service: Object) -> None:
        running = self._running(service["serviceName"])
        if self.moves(service["serviceName"]):
            self._tell_sides(service)
        for one, tasks in (
            (service, running),
            *((d, [t for t in running if t["startedBy"] == d["id"]]) for d in service["deployments"]),
        ):
            one["runningCount"] = len([t for t in tasks if t["lastStatus"] == "RUNNING"])
            one["pendingCount"] = len(tasks) - one["runningCount"]

    def _tell_sides(self, service: Object) -> None:
        """What is told of the sides of a service beside its deployments: the revision that is asked for, and any other that runs."""
        name, asked = service["serviceName"], service["taskDefinition"]
        others = {t["taskDefinitionArn"] for t in self._running(name)} - {asked}
        shift = self.shift_of(name)
        ids = {t["taskDefinitionArn"]: t["startedBy"] for t in self._running(name)}
        service["deployments"] = [
            {
                "id": ids.get(arn, "ecs-svc/0"),
                "status": "PRIMARY" if arn == asked else "ACTIVE",
                "taskDefinition": arn,
                "desiredCount": service["desiredCount"],
                "failedTasks": shift["_failed"] if shift and shift["_arn"] == arn else 0,
            }
            for arn in (asked, *sorted(others))
        ]

    def _complete(self, service: Object, primary: Object) -> None:
        """Tasks of the new deployment are healthy: those of others go, and it is completed when the alarms were quiet."""
        for task in self._running(service["serviceName"]):
            if task["startedBy"] != primary["id"]:
                self._stop(
                    task, "ServiceSchedulerInitiated", f"Scaling activity initiated by (deployment {primary['id']})"
                )
        if primary["rolloutState"] == "IN_PROGRESS":
            primary["_baked"] = primary.get("_baked", 0) + 1
            if primary["_baked"] <= self.bake:
                return
            primary["rolloutState"], primary["failedTasks"] = "COMPLETED", 0
            service["_completed"] = primary["taskDefinition"]
        service["deployments"] = [primary]

    def _give_up(self, service: Object, primary: Object, why: str) -> None:
        """As the circuit breaker does: the deployment has failed, and the last completed revision comes back."""
        primary["rolloutState"], primary["rolloutStateReason"] = "FAILED", why
        for task in self._running(service["serviceName"]):
            if task["startedBy"] == primary["id"]:
                self._stop(
                    task, "ServiceSchedulerInitiated", f"Scaling activity initiated by (deployment {primary['id']})"
                )
        if service.get("_completed"):
            service["taskDefinition"] = service["_completed"]
            self._deploy(service, service["_completed"])

    def _deploy(self, service: Object, arn: str) -> None:
        self._number += 1
        for deployment in service["deployments"]:
            deployment["status"] = "ACTIVE"
        made = {
            "id": f"ecs-svc/{self._number:019d}",
            "status": "PRIMARY",
            "taskDefinition": arn,
            "desiredCount": service["desiredCount"],
            "runningCount": 0,
            "pendingCount": 0,
            "failedTasks": 0,
            "rolloutState": "IN_PROGRESS",
            "createdAt": NOW + timedelta(seconds=self._number),
        }
        service["deployments"].insert(0, made)

    def _start(self, arn: str, group: str, by: str) -> Object:
        self._number += 1
        task_arn = f"arn:aws:ecs:{self.region}:{self.account}:task/{self.stack}/{self._number:032x}"
        self.tasks[task_arn] = {
            "taskArn": task_arn,
            "taskDefinitionArn": arn,
            "group": group,
            "startedBy": by,
            "lastStatus": "PENDING",
            "desiredStatus": "RUNNING",
            "healthStatus": "UNKNOWN",
            "createdAt": NOW + timedelta(seconds=self._number),
            "containers": [
                {
                    "name": self.revisions[arn]["containerDefinitions"][0]["name"],
                    "lastStatus": "PENDING",
                    "networkInterfaces": [
                        {"privateIpv4Address": f"10.0.{self._number // 250 % 250}.{self._number % 250 + 1}"}
                    ],
                }
            ],
            "_age": 0,
        }
        return self.tasks[task_arn]

    def _age(self, task: Object) -> None:
        digest, faults = self.digest(task["taskDefinitionArn"]), self.faults
        task["_age"] += 1
        if digest in faults.never_start:
            self._fail(
                task, "TaskFailedToStart", "CannotPullContainerError: pull image manifest has been retried 1 time(s)"
            )
            return
        task["lastStatus"] = "RUNNING"
        if task["_age"] < faults.slow.get(digest, 2):
            return
        # Of a task that nothing asks AWS knows nothing.
        task["healthStatus"] = "HEALTHY" if self._checked(task) else "UNKNOWN"
        if digest in faults.unhealthy:
            task["healthStatus"] = "UNHEALTHY"
            self._fail(task, "ServiceSchedulerInitiated", "Task failed container health checks")

    def _fail(self, task: Object, code: str, why: str) -> None:
        self._stop(task, code, why)
        self.failed_shift(task)
        for service in self.services.values():
            for deployment in service["deployments"]:
                if deployment["id"] == task["startedBy"] and not self.moves(service["serviceName"]):
                    deployment["failedTasks"] += 1

    def _stop(self, task: Object, code: str, why: str, exit_code: int | None = None) -> None:
        self._number += 1
        task |= {"desiredStatus": "STOPPED", "lastStatus": "STOPPED", "stopCode": code, "stoppedReason": why}
        task["stoppedAt"] = NOW + timedelta(seconds=self._number)
        for container in task["containers"]:
            container["lastStatus"] = "STOPPED"
            if exit_code is not None:
                container["exitCode"] = exit_code

    def _running(self, name: str) -> list[Object]:
        return [t for t in self.tasks.values() if t["group"] == f"service:{name}" and t["desiredStatus"] == "RUNNING"]

    def _healthy(self, task: Object) -> bool:
        started = task["_age"] >= self.faults.slow.get(self.digest(task["taskDefinitionArn"]), 2)
        good = task["healthStatus"] == "HEALTHY" if self._checked(task) else started
        return bool(task["lastStatus"] == "RUNNING" and good)

    def _checked(self, task: Object) -> bool:
        """Whether its revision has a health check."""
        return any("healthCheck" in one for one in self.revisions[task["taskDefinitionArn"]]["containerDefinitions"])

    def _register(self, definition: Object, tags: list[Object]) -> str:
        family = definition["family"]
        number = 1 + Counter(r["family"] for r in self.revisions.values())[family]
        arn = f"arn:aws:ecs:{self.region}:{self.account}:task-definition/{family}:{number}"
        self.revisions[arn] = definition | {
            "taskDefinitionArn": arn,
            "revision": number,
            "status": "ACTIVE",
            "tags": tags,
        }
        return arn

    # The APIs

    def answer(self, call: Call) -> Object:
        """What AWS answers; raises AwsError."""
        with self.lock:
            self.calls.append(call)
            for watcher in self.watchers:
                watcher(self, call)
            if call.region not in {self.region, ""}:
                raise AwsError("UnrecognizedClientException", f"nothing is in {call.region}")
            if self.rights is not None and (refused := self.rights(call)):
                self.refused += refused
                raise AwsError("AccessDeniedException", f"the role may not {', '.join(refused)}")
            handler = getattr(self, f"_{call.service.replace('-', '_')}_{xform_name(call.operation)}", None)
            if handler is None:
                raise AwsError("AccessDeniedException", f"the role may not {call.name}")
            told: Object = handler(call.params)
            return told

    def _sts_get_caller_identity(self, _: Object) -> Object:
        return {
            "Account": self.caller,
            "UserId": "AROA:session",
            "Arn": f"arn:aws:sts::{self.caller}:assumed-role/deploy/session",
        }

    def _ecs_describe_clusters(self, params: Object) -> Object:
        if params["clusters"] != [self.stack]:
            return {"clusters": [], "failures": [{"arn": params["clusters"][0], "reason": "MISSING"}]}
        tags = [{"key": "Environment", "value": self.environment}]
        return {
            "clusters": [
                {
                    "clusterName": self.stack,
                    "status": self.cluster_status,
                    "tags": tags if "TAGS" in params.get("include", []) else [],
                }
            ],
            "failures": [],
        }

    def _ecs_describe_services(self, params: Object) -> Object:
        assert len(params["services"]) <= 10
        self._cluster(params)
        self.step()
        found = [told_of(self.services[n]) for n in params["services"] if n in self.services]
        return {
            "services": found,
            "failures": [{"arn": n, "reason": "MISSING"} for n in params["services"] if n not in self.services],
        }

    def _ecs_update_service(self, params: Object) -> Object:
        self._cluster(params)
        service = self.services.get(params["service"])
        if service is None:
            raise AwsError("ServiceNotFoundException", "Service not found.")
        before = service["taskDefinition"] if service["desiredCount"] else ""
        service["desiredCount"] = params.get("desiredCount", service["desiredCount"])
        service["deploymentConfiguration"] = params.get("deploymentConfiguration", service["deploymentConfiguration"])
        arn = params.get("taskDefinition", service["taskDefinition"])
        if self.revisions.get(arn, {}).get("status") != "ACTIVE":
            raise AwsError("ClientException", "TaskDefinition is inactive")
        if arn != service["taskDefinition"] or params.get("forceNewDeployment"):
            service["taskDefinition"] = arn
            if self.moves(params["service"]):
                self.begin_shift(service, arn, self.gets_most(params["service"]) or before)
            else:
                self._deploy(service, arn)
        return {"service": told_of(service)}

    def _application_autoscaling_register_scalable_target(self, params: Object) -> Object:
        name = params["ResourceId"].removeprefix(f"service/{self.stack}/")
        if name not in self.fewest:
            raise AwsError("ValidationException", "MaxCapacity cannot be null")
        self.fewest[name] = params["MinCapacity"]
        # At once, whatever the revision.
        self.services[name]["desiredCount"] = max(self.services[name]["desiredCount"], params["MinCapacity"])
        return {
            "ScalableTargetARN": f"arn:aws:application-autoscaling:{self.region}:{self.account}:scalable-target/{name}"
        }

    def _ecs_register_task_definition(self, params: Object) -> Object:
        definition = {k: v for k, v in params.items() if k != "tags"}
        arn = self._register(definition, params.get("tags", []))
        return {
            "taskDefinition": told_of({k: v for k, v in self.revisions[arn].items() if k != "tags"}),
            "tags": params.get("tags", []),
        }

    def _ecs_describe_task_definition(self, params: Object) -> Object:
        name = params["taskDefinition"]
        found = self.revisions.get(name)
        if found is None:
            of_family = [r for r in self.revisions.values() if r["family"] == name and r["status"] == "ACTIVE"]
            found = max(of_family, key=lambda r: int(r["revision"]), default=None)
        if found is None:
            raise AwsError("ClientException", "Unable to describe task definition.")
        told = {"taskDefinition": told_of({k: v for k, v in found.items() if k != "tags"})}
        return told | ({"tags": found["tags"]} if "TAGS" in params.get("include", []) else {})

    def _ecs_list_tasks(self, params: Object) -> Object:
        self._cluster(params)
        if "startedBy" in params and len(params) > 2:
            raise AwsError("InvalidParameterException", "startedBy must be the only filter")
        status = params.get("desiredStatus", "RUNNING")
        return {
            "taskArns": [
                t["taskArn"]
                for t in self.tasks.values()
                if t["desiredStatus"] == status
                and params.get("family") in {None, self.revisions[t["taskDefinitionArn"]]["family"]}
                and params.get("startedBy") in {None, t["startedBy"]}
            ]
        }

    def _ecs_describe_tasks(self, params: Object) -> Object:
        self._cluster(params)
        assert 0 < len(params["tasks"]) <= 100
        for arn in params["tasks"]:
            if self.tasks.get(arn, {}).get("group", "").endswith(("-migrate", "-seed")):
                self._step_migration(self.tasks[arn])
        found = [told_of(self.tasks[arn]) for arn in params["tasks"] if arn in self.tasks]
        return {
            "tasks": found,
            "failures": [{"arn": arn, "reason": "MISSING"} for arn in params["tasks"] if arn not in self.tasks],
        }

    def _ecs_run_task(self, params: Object) -> Object:
        self._cluster(params)
        arn = params["taskDefinition"]
        if not params.get("networkConfiguration", {}).get("awsvpcConfiguration", {}).get("subnets"):
            raise AwsError(
                "InvalidParameterException",
                "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
            )
        task = self._start(arn, f"family:{self.revisions[arn]['family']}", params["startedBy"])
        return {"tasks": [told_of(task)], "failures": []}

    def _step_migration(self, task: Object) -> None:
        task["_age"] += 1
        digest = self.digest(task["taskDefinitionArn"])
        if task["desiredStatus"] == "STOPPED" or digest in self.faults.endless_migrations:
            task["lastStatus"] = "RUNNING" if task["desiredStatus"] == "RUNNING" else "STOPPED"
        elif task["_age"] >= 2:
            self._stop(
                task,
                "EssentialContainerExited",
                "Essential container in task exited",
                exit_code=int(digest in self.faults.bad_migrations),
            )

    def _cluster(self, params: Object) -> None:
        if params.get("cluster") != self.stack:
            raise AwsError("ClusterNotFoundException", "Cluster not found.")

    def _elbv2_describe_target_health(self, params: Object) -> Object:
        name = params["TargetGroupArn"].split("/")[1].removeprefix(f"{self.stack}-")
        first = name.removesuffix("-alternate")
        told = []
        for task in self._running(first):
            # In which group a revision is.
            if self.moves(first) and task["taskDefinitionArn"] != self.groups[first][int(name != first)]:
                continue
            state = (
                {"State": "healthy"}
                if self._healthy(task)
                else {
                    "State": "initial",
                    "Reason": "Elb.RegistrationInProgress",
                    "Description": "Target registration is in progress",
                }
            )
            told.append(
                {
                    "Target": {"Id": task["containers"][0]["networkInterfaces"][0]["privateIpv4Address"], "Port": 8080},
                    "TargetHealth": state,
                }
            )
        return {"TargetHealthDescriptions": told}

    def _elbv2_describe_load_balancers(self, params: Object) -> Object:
        if params["Names"] != [self.stack]:
            raise AwsError("LoadBalancerNotFound", "One or more load balancers not found")
        return {"LoadBalancers": [{"LoadBalancerName": self.stack, "DNSName": "127.0.0.1"}]}

    def _cloudwatch_describe_alarms(self, params: Object) -> Object:
        return {
            "MetricAlarms": [
                {"AlarmName": n, "StateValue": s} for n, s in self.alarms.items() if n in params["AlarmNames"]
            ],
            "CompositeAlarms": [],
        }

    def _logs_get_log_events(self, params: Object) -> Object:
        return {"events": [{"timestamp": 1, "message": f"last words of {params['logStreamName'].split('/')[0]}"}]}

    def _secretsmanager_describe_secret(self, params: Object) -> Object:
        for name, secret in self.secrets.items():
            if params["SecretId"] in {name, secret["ARN"]}:
                return dict(secret)
        raise AwsError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")

    def _s3_get_object(self, params: Object) -> Object:
        self._bucket(params)
        if params["Key"] not in self.objects:
            raise AwsError("NoSuchKey", "The specified key does not exist.")
        content, tag = self.objects[params["Key"]]
        return {"ETag": tag, "ContentLength": len(content), "Body": content}

    def _s3_put_object(self, params: Object) -> Object:
        self._bucket(params)
        key, there = params["Key"], self.objects.get(params["Key"])
        if params.get("IfNoneMatch") == "*" and there:
            raise AwsError("PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
        if "IfMatch" in params:
            if not there:
                raise AwsError("NoSuchKey", "The specified key does not exist.")
            if there[1] != params["IfMatch"]:
                raise AwsError("PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
        self.put(key, params["Body"].decode())
        return {"ETag": self.objects[key][1]}

    def _bucket(self, params: Object) -> None:
        if params["Bucket"] != f"{self.stack}-releases-{self.account}":
            raise AwsError("NoSuchBucket", "The specified bucket does not exist")

    def _ecr_describe_images(self, params: Object) -> Object:
        self._registry(params)
        tag = params["imageIds"][0]["imageTag"]
        found = self.tags.get(params["repositoryName"], {}).get(tag)
        if found is None:
            raise AwsError("ImageNotFoundException", f"The image with imageId {tag} does not exist")
        return {"imageDetails": [{"imageDigest": found}]}

    def _ecr_batch_get_image(self, params: Object) -> Object:
        self._registry(params)
        image = {
            "imageManifest": '{\n  "schemaVersion": 2\n}',
            "imageManifestMediaType": "application/vnd.oci.image.index.v1+json",
        }
        return {"images": [image], "failures": []}

    def _ecr_put_image(self, params: Object) -> Object:
        self._registry(params)
        tags = self.tags.setdefault(params["repositoryName"], {})
        if params["imageTag"] in tags:
            raise AwsError("ImageTagAlreadyExistsException", "the tag is immutable")
        tags[params["imageTag"]] = params["imageDigest"]
        return {"image": {"repositoryName": params["repositoryName"]}}

    def _registry(self, params: Object) -> None:
        if params.get("registryId") != self.registry:
            raise AwsError("RepositoryNotFoundException", "The repository does not exist in this registry")

    # What users and Prometheus see

    def status(self, host: str) -> int:
        """What a user gets: of one of the service's tasks, in turn."""
        with self.lock:
            names = [n for n, s in self.services.items() if s["loadBalancers"] and n in host.partition(".")[0]]
            self.requests += 1
            there = [t for n in names for t in self._running(n) if self._healthy(t) and self._gets_requests(n, t)]
            if not there:
                return 503
            digest = self.digest(there[self.requests % len(there)]["taskDefinitionArn"])
            return 500 if digest in self.faults.refusing else 200

    def _gets_requests(self, name: str, task: Object) -> bool:
        """Whether the next request may go to the task: of a hundred each revision gets as many as its weight says."""
        if not self.moves(name):
            return True
        turn, here = self.requests * 37 % 100, 0.0
        for arn, share in sorted(self.weights[name].items()):
            here += share
            if turn < here:
                return bool(task["taskDefinitionArn"] == arn)
        return False

    def series(self, expression: str) -> list[Object]:
        """What Prometheus answers to a question of the judge."""
        with self.lock:
            self.queries.append(expression)
            if self.faults.uncounted:
                return []
            name, _, labels = expression.partition("{")
            wanted = dict(pair.split("=") for pair in labels.rstrip("}").replace('"', "").split(","))
            digests = {
                self.digest(t["taskDefinitionArn"])
                for t in self._running(wanted["service"])
                if self.version(t["taskDefinitionArn"]) == wanted["version"]
            }
            value: float | str = {"rate1m": self.faults.rate, "p95_1m": 0.05}.get(name.rpartition(":")[2], 0.0)
            if name.endswith("p95_1m"):
                value = next((self.faults.latencies[d] for d in digests if d in self.faults.latencies), value)
            if name.endswith("ratio_rate1m"):
                value = next((self.faults.errors[d] for d in digests if d in self.faults.errors), 0.0)
            return [{"metric": {}, "value": [1, str(value)]}] if digests else []


def told_of(one: Object) -> Object:
    """Without what only the double knows."""
    told: Object = json_copy(one)
    return told


def json_copy(value: Any) -> Any:
    """A copy of plain data, without what only the double knows."""
    if isinstance(value, dict):
        return {k: json_copy(v) for k, v in value.items() if not k.startswith("_")}
    return [json_copy(v) for v in value] if isinstance(value, list) else value
