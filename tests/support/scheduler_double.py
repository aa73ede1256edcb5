"""The part of the double of AWS that is EventBridge Scheduler: schedules of jobs, and the runs that they start."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from datetime import UTC, datetime
from typing import Any

from tests.support.aws_cli import AwsError

Object = dict[str, Any]
MADE = datetime(2026, 1, 1, tzinfo=UTC)
EXITS = {"Complete": (0, 143), "Failed": (1, 143), "TimedOut": (137, 124), "CutOff": (0, 124)}
"""How a run ends: the exit codes of the job's container, and of the one that keeps the time. One that is cut off handles SIGTERM."""


class Schedules(ABC):
    """What `Cloud` knows of jobs."""

    account: str
    region: str
    stack: str
    faults: Any
    revisions: dict[str, Object]
    schedules: dict[str, Object]

    def add_job(self, name: str) -> None:
        """A schedule as Terraform leaves it: not enabled, of a placeholder."""
        family = f"{self.stack}-{name}"
        arn = self._register({"family": family, "containerDefinitions": [{"name": name, "image": "undeployed"}]}, [])
        self.schedules[name] = {
            "Arn": f"arn:aws:scheduler:{self.region}:{self.account}:schedule/{self.stack}/{name}",
            "GroupName": self.stack,
            "Name": name,
            "Description": "",
            "ScheduleExpression": "cron(0 3 * * ? *)",
            "ScheduleExpressionTimezone": "UTC",
            "State": "DISABLED",
            "CreationDate": MADE,
            "LastModificationDate": MADE,
            "ActionAfterCompletion": "NONE",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {
                "Arn": f"arn:aws:ecs:{self.region}:{self.account}:cluster/{self.stack}",
                "RoleArn": f"arn:aws:iam::{self.account}:role/{self.stack}-{name}-schedule",
                "DeadLetterConfig": {"Arn": f"arn:aws:sqs:{self.region}:{self.account}:{self.stack}-jobs"},
                "RetryPolicy": {"MaximumEventAgeInSeconds": 600, "MaximumRetryAttempts": 20},
                "EcsParameters": {
                    "TaskDefinitionArn": arn,
                    "TaskCount": 1,
                    "LaunchType": "FARGATE",
                    "EnableECSManagedTags": True,
                    "PropagateTags": "TASK_DEFINITION",
                    "NetworkConfiguration": {
                        "awsvpcConfiguration": {
                            "Subnets": ["subnet-1"],
                            "SecurityGroups": ["sg-1"],
                            "AssignPublicIp": "DISABLED",
                        }
                    },
                },
            },
        }

    def next_run(self, name: str) -> tuple[str, str]:
        """Version and digest of the revision that the schedule names."""
        arn = self.schedules[name]["Target"]["EcsParameters"]["TaskDefinitionArn"]
        return self.version(arn), self.digest(arn)

    def run_of(self, name: str, how: str) -> Object:
        """A run that has ended."""
        arn = self.schedules[name]["Target"]["EcsParameters"]["TaskDefinitionArn"]
        task = self._start(arn, f"family:{self.stack}-{name}", f"chronos-schedule/{name}")
        task["containers"].append({"name": f"{name}-limit"})
        self._stop(task, "EssentialContainerExited", "Essential container in task exited")
        for container, code in zip(task["containers"], EXITS[how], strict=True):
            container["exitCode"] = code
        return task

    def _scheduler_get_schedule(self, params: Object) -> Object:
        told = copy.deepcopy(self._schedule(params))
        how = self.faults.runs.get(self.next_run(params["Name"])[1])
        arn = told["Target"]["EcsParameters"]["TaskDefinitionArn"]
        if how and told["State"] == "ENABLED" and not any(t["taskDefinitionArn"] == arn for t in self.tasks.values()):
            self.run_of(params["Name"], how)
        return told

    def _scheduler_update_schedule(self, params: Object) -> Object:
        schedule = self._schedule(params)
        arn = params["Target"]["EcsParameters"]["TaskDefinitionArn"]
        if self.revisions.get(arn, {}).get("status") != "ACTIVE":
            raise AwsError("ValidationException", "The task definition is not there.")
        # What is not given is not kept.
        own = {name: schedule[name] for name in ("Arn", "CreationDate", "LastModificationDate")}
        self.schedules[params["Name"]] = own | {"State": "ENABLED", "GroupName": "default"} | copy.deepcopy(params)
        return {"ScheduleArn": schedule["Arn"]}

    def _ecs_stop_task(self, params: Object) -> Object:
        if params["cluster"] != self.stack:
            raise AwsError("ClusterNotFoundException", "Cluster not found.")
        task = next(t for arn, t in self.tasks.items() if params["task"] in {arn, arn.rpartition("/")[2]})
        self._stop(task, "UserInitiated", params.get("reason", ""), exit_code=143)
        return {"task": {"taskArn": task["taskArn"], "desiredStatus": "STOPPED"}}

    def _schedule(self, params: Object) -> Object:
        found = self.schedules.get(params["Name"])
        if found is None or params.get("GroupName") != self.stack:
            raise AwsError("ResourceNotFoundException", f"Schedule {params['Name']} does not exist.")
        return found

    # Of the cluster

    tasks: dict[str, Object]

    @abstractmethod
    def _register(self, definition: Object, tags: list[Object]) -> str: ...

    @abstractmethod
    def _start(self, arn: str, group: str, by: str) -> Object: ...

    @abstractmethod
    def _stop(self, task: Object, code: str, why: str, exit_code: int | None = None) -> None: ...

    @abstractmethod
    def version(self, arn: str) -> str:
        """The tag `version` of a revision."""

    @abstractmethod
    def digest(self, arn: str) -> str:
        """The digest of a revision's image."""
