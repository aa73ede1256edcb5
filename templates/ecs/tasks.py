"""The task definition of a service: what ECS runs, with `undeployed` where only a release knows the value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from generator import facts
from generator.component import Answers, Service

_UNDEPLOYED: Final = "undeployed"
_USER: Final = "65532:65532"
"""The user of the images."""
_FARGATE: Final = {"small": ("256", "512"), "medium": ("512", "1024"), "large": ("1024", "2048")}
"""CPU units and MiB that Fargate sells, by size: the next above `facts.REPLICA_SIZES`."""
_SCRATCH: Final = "/tmp"  # noqa: S108  # in the container, where nobody else is
_STOP_SECONDS: Final = 60
"""Longer than the 30 s that requests in flight may take."""
_DATABASE_VARIABLES: Final = ("DATABASE_HOST", "DATABASE_PORT", "DATABASE_NAME")
_DATABASE_SECRETS: Final = {"DATABASE_USERNAME": "username", "DATABASE_PASSWORD": "password"}


def definition(answers: Answers, service: Service, health: tuple[str, ...]) -> dict[str, Any]:
    """The task definition of a service, in the shape of RegisterTaskDefinition; `health` is the image's own check."""
    cpu, memory = _FARGATE[service.size]
    return {
        "family": _UNDEPLOYED,
        "taskRoleArn": _UNDEPLOYED,
        "executionRoleArn": _UNDEPLOYED,
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "runtimePlatform": {"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"},
        "cpu": cpu,
        "memory": memory,
        "volumes": [{"name": "tmp"}],
        "containerDefinitions": [_container(answers, service, health)],
        "tags": [
            {"key": "service", "value": service.name},
            {"key": "version", "value": _UNDEPLOYED},
            {"key": "managed-by", "value": "agency-scaffold"},
        ],
    }


def _container(answers: Answers, service: Service, health: tuple[str, ...]) -> dict[str, Any]:
    """The one container: it writes only below /tmp, may do nothing that needs a capability, and ends when told."""
    port: dict[str, Any] = {"name": "http", "containerPort": service.port, "protocol": "tcp"}
    if facts.has_requests(service):
        port["appProtocol"] = "http"
    return {
        "name": service.name,
        "image": _UNDEPLOYED,
        "essential": True,
        "user": _USER,
        "readonlyRootFilesystem": True,
        "linuxParameters": {"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}},
        "portMappings": [port],
        "environment": [{"name": name, "value": value} for name, value in _environment(answers, service).items()],
        "secrets": [{"name": name, "valueFrom": source} for name, source in _secrets(answers, service).items()],
        "mountPoints": [{"sourceVolume": "tmp", "containerPath": _SCRATCH, "readOnly": False}],
        "stopTimeout": _STOP_SECONDS,
        **_health_check(health),
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": _UNDEPLOYED,
                "awslogs-region": _UNDEPLOYED,
                "awslogs-stream-prefix": service.name,
                "mode": "non-blocking",
                "max-buffer-size": "25m",
            },
        },
    }


def _environment(answers: Answers, service: Service) -> Mapping[str, str]:
    database = dict.fromkeys(_DATABASE_VARIABLES, _UNDEPLOYED) if answers.data.database != "none" else {}
    return {"ENVIRONMENT": _UNDEPLOYED, "PORT": str(service.port), **database, **service.env}


def _secrets(answers: Answers, service: Service) -> Mapping[str, str]:
    """Where each secret comes from: `undeployed` stands for the ARN of the service's secret, or of the database's."""
    database = _DATABASE_SECRETS if answers.data.database != "none" else {}
    return {name: f"{_UNDEPLOYED}-database:{key}::" for name, key in database.items()} | {
        name: f"{_UNDEPLOYED}:{name}::" for name in service.secrets
    }


def _health_check(health: tuple[str, ...]) -> dict[str, Any]:
    """ECS does not read the HEALTHCHECK of an image, so it stands here again."""
    if not health:
        return {}
    return {
        "healthCheck": {"command": ["CMD", *health], "interval": 10, "timeout": 3, "retries": 3, "startPeriod": 120}
    }
