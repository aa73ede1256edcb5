"""What a role of CI may do in AWS, and what the calls of scripts need of it.

A double that has a role refuses what its statements do not allow, so every story of the scripts also tells whether the role
has the rights for it. Which action knows which resource, and what a call needs beside itself, stands in AWS's Service
Authorization Reference.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from botocore import xform_name
from botocore.exceptions import UnknownServiceError

from generator.parts import CiPermission
from generator.tree import Tree
from tests.support import generated
from tests.support.aws_cli import Call, model

_PREFIXES: Final = {"elbv2": "elasticloadbalancing", "s3api": "s3"}
"""What policies call a service, where the CLI has another name."""
_FREE: Final = frozenset({"sts:GetCallerIdentity"})
"""What everybody may."""
_BESIDE: Final = {
    "ecs:RegisterTaskDefinition": ("ecs:TagResource", "iam:PassRole"),
    "ecs:RunTask": ("ecs:TagResource",),
    "s3:GetObject": ("s3:ListBucket", "kms:Decrypt"),
    "s3:PutObject": ("kms:GenerateDataKey",),
    "scheduler:UpdateSchedule": ("iam:PassRole",),
}
"""Other actions that a call needs: for what it hands over, for the bucket's key, to be told that an object is not there."""
_COMMAND: Final = re.compile(r"\b(?:ask \S+|_aws|aws|(_ecr)) +([a-z][a-z0-9-]*)(?: +([a-z][a-z0-9-]*))?")


@dataclass(frozen=True)
class Need:
    """An action on a resource; `passed_to` is whom a role is handed to."""

    action: str
    resource: str
    passed_to: str = ""


@dataclass(frozen=True)
class Role:
    """The statements of a role in an environment."""

    statements: tuple[CiPermission, ...]
    names: dict[str, str]
    """What stands for the `{names}` of the statements."""

    @classmethod
    def of(cls, case: Path, role: str, **names: str) -> Role:
        """The role as the components of a case ask for it."""
        found = generated.planned(case).parts.of(CiPermission)
        return cls(tuple(one for one in found if one.role == role), {"partition": "aws", **names})

    @property
    def actions(self) -> set[str]:
        """All that it may do, wherever."""
        return {action for one in self.statements for action in one.actions}

    def refused(self, call: Call) -> list[str]:
        """What the call needs and the role has not; nothing of the registry, whose rights are no part of a platform."""
        return [f"{need.action} on {need.resource}" for need in self._needs(call) if not self._allows(need)]

    def _allows(self, need: Need) -> bool:
        return any(
            need.action in one.actions
            and any(fnmatchcase(need.resource, pattern.format(**self.names)) for pattern in one.resources)
            and need.passed_to in {"", one.condition.get("StringEquals", {}).get("iam:PassedToService")}
            for one in self.statements
        )

    def _needs(self, call: Call) -> Iterator[Need]:
        own = action(call.service, call.operation)
        if own in _FREE or call.service == "ecr":
            return
        resources = _RESOURCES.get(own, lambda _: ("*",))(call.params)
        for resource in resources:
            yield Need(own, self._arn(own, resource))
        yield from self._beside(own, call.params)

    def _beside(self, own: str, params: dict[str, Any]) -> Iterator[Need]:
        if own == "ecs:RegisterTaskDefinition":
            yield Need("ecs:TagResource", self._arn(own, f"task-definition/{params['family']}:1"))
            for role in ("taskRoleArn", "executionRoleArn"):
                yield Need("iam:PassRole", params[role], "ecs-tasks.amazonaws.com")
        elif own == "ecs:RunTask":
            yield Need("ecs:TagResource", self._arn(own, f"task/{params['cluster']}/{'0' * 32}"))
        elif own == "scheduler:UpdateSchedule":
            yield Need("iam:PassRole", params["Target"]["RoleArn"], "scheduler.amazonaws.com")
        elif own == "s3:GetObject":
            yield Need("s3:ListBucket", f"arn:aws:s3:::{params['Bucket']}")
        if own.startswith("s3:"):
            key = self._arn("kms:", "key/00000000-0000-0000-0000-000000000000")
            yield Need(_BESIDE[own][-1], key)

    def _arn(self, own: str, resource: str) -> str:
        if resource == "*" or resource.startswith("arn:"):
            return resource
        return f"arn:aws:{own.partition(':')[0]}:{self.names['region']}:{self.names['account']}:{resource}"


_RESOURCES: Final[dict[str, Callable[[dict[str, Any]], tuple[str, ...]]]] = {
    "application-autoscaling:RegisterScalableTarget": lambda _: (f"scalable-target/{'0' * 32}",),
    "cloudwatch:DescribeAlarms": lambda p: tuple(f"alarm:{name}" for name in p["AlarmNames"]),
    "ecs:DescribeClusters": lambda p: tuple(f"cluster/{name}" for name in p["clusters"]),
    "ecs:DescribeServices": lambda p: tuple(f"service/{p['cluster']}/{name}" for name in p["services"]),
    "ecs:DescribeServiceDeployments": lambda p: tuple(p["serviceDeploymentArns"]),
    "ecs:ListServiceDeployments": lambda p: (f"service/{p['cluster']}/{p['service']}",),
    "ecs:StopServiceDeployment": lambda p: (p["serviceDeploymentArn"],),
    "ecs:DescribeTasks": lambda p: tuple(p["tasks"]),
    "ecs:RunTask": lambda p: (p["taskDefinition"],),
    "ecs:UpdateService": lambda p: (f"service/{p['cluster']}/{p['service']}",),
    "logs:GetLogEvents": lambda p: (f"log-group:{p['logGroupName']}:log-stream:{p['logStreamName']}",),
    "s3:GetObject": lambda p: (f"arn:aws:s3:::{p['Bucket']}/{p['Key']}",),
    "s3:PutObject": lambda p: (f"arn:aws:s3:::{p['Bucket']}/{p['Key']}",),
    "scheduler:GetSchedule": lambda p: (f"schedule/{p['GroupName']}/{p['Name']}",),
    "scheduler:UpdateSchedule": lambda p: (f"schedule/{p['GroupName']}/{p['Name']}",),
    "secretsmanager:DescribeSecret": lambda p: (
        p["SecretId"] if p["SecretId"].startswith("arn:") else f"secret:{p['SecretId']}-AbCdEf",
    ),
}
"""On what an action is allowed, from the parameters of the call; all others know no resource."""


def action(service: str, operation: str) -> str:
    """The action of a policy that a call needs."""
    return f"{_PREFIXES.get(service, service)}:{operation}"


def written(scripts: Tree) -> set[str]:
    """The actions that the calls written in scripts need, also those that no story reaches; but for the registry."""
    found: set[str] = set()
    for path, file in scripts.items():
        lines = [line for line in file.text.splitlines() if not line.lstrip().startswith("#")]
        for match in _COMMAND.finditer("\n".join(lines) if path.startswith("scripts/") else ""):
            found |= _actions(match[2], match[3] or "") if not match[1] else set()
    return found - _FREE


def _actions(service: str, command: str) -> set[str]:
    """The actions of a command of the CLI; none for words that only look like one."""
    try:
        known = model("s3" if service == "s3api" else service)
    except UnknownServiceError:
        return set()
    names = {xform_name(name, "-"): name for name in known.operation_names}
    own = action(service, names[command]) if command in names else ""
    return {own, *_BESIDE.get(own, ())} - {""}
