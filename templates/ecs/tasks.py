"""The task definition of a service: what ECS runs, with `undeployed` where only a release knows the value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from generator import facts
from generator.component import Answers, Service, pins

_UNDEPLOYED: Final = "undeployed"
_USER: Final = "65532:65532"
"""The user of the images."""
_SCRATCH: Final = "/tmp"  # noqa: S108  # in the container, where nobody else is
_STOP_SECONDS: Final = 60
"""Longer than the 30 s that requests in flight may take."""
_TIMED_OUT: Final = 124
"""How the container that keeps the time of a job ends when it is over; like `timeout` of coreutils."""
_TIMER: Final = "public.ecr.aws/docker/library/busybox"


def definition(answers: Answers, service: Service, health: tuple[str, ...]) -> dict[str, Any]:
    """The task definition of a service, in the shape of RegisterTaskDefinition; `health` is the image's own check."""
    cpu, memory = map(str, facts.task_size(facts.REPLICA_SIZES[service.size]))
    return {
        "family": _UNDEPLOYED,
        "taskRoleArn": _UNDEPLOYED,
        "executionRoleArn": _UNDEPLOYED,
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "runtimePlatform": {
            "cpuArchitecture": facts.FARGATE_ARCHITECTURES[answers.orchestration.architecture],
            "operatingSystemFamily": "LINUX",
        },
        "cpu": cpu,
        "memory": memory,
        "volumes": [{"name": "tmp"}],
        "containerDefinitions": [
            _container(answers, service, health),
            *([_timer(service)] if service.kind == "job" else []),
        ],
        "tags": [
            {"key": "service", "value": service.name},
            {"key": "version", "value": _UNDEPLOYED},
            {"key": "managed-by", "value": "agency-scaffold"},
        ],
    }


def _container(answers: Answers, service: Service, health: tuple[str, ...]) -> dict[str, Any]:
    """The container of the service."""
    return {
        **_contained(service, service.name, _UNDEPLOYED),
        **_ports(service),
        "environment": [{"name": name, "value": value} for name, value in _environment(answers, service).items()],
        "secrets": [{"name": name, "valueFrom": source} for name, source in _secrets(answers, service).items()],
        "mountPoints": [{"sourceVolume": "tmp", "containerPath": _SCRATCH, "readOnly": False}],
        **_health_check(health),
    }


def _timer(service: Service) -> dict[str, Any]:
    """Ends a run of a job whose time is over: when one essential container ends, ECS stops the others."""
    limit = facts.job_limit(service)
    return {
        **_contained(service, f"{service.name}-limit", pins().image(_TIMER)),
        "entryPoint": ["sh", "-c"],
        "command": [f"sleep {limit}; echo 'the run has lasted for {limit} s and is ended'; exit {_TIMED_OUT}"],
    }


def _contained(service: Service, name: str, image: str) -> dict[str, Any]:
    """Every container writes only below /tmp, may do nothing that needs a capability, and ends when told."""
    return {
        "name": name,
        "image": image,
        "essential": True,
        "user": _USER,
        "readonlyRootFilesystem": True,
        "linuxParameters": {"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}},
        "stopTimeout": _STOP_SECONDS,
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


def _ports(service: Service) -> dict[str, Any]:
    """Nobody reaches a job."""
    if service.kind == "job":
        return {}
    port: dict[str, Any] = {"name": "http", "containerPort": service.port, "protocol": "tcp"}
    if facts.has_requests(service):
        port["appProtocol"] = "http"
    return {"portMappings": [port]}


def _environment(answers: Answers, service: Service) -> Mapping[str, str]:
    database = dict.fromkeys(facts.DATABASE_VARIABLES, _UNDEPLOYED) if answers.data.database != "none" else {}
    port = {} if service.kind == "job" else {"PORT": str(service.port)}
    return {"ENVIRONMENT": _UNDEPLOYED, **port, **database, **service.env}


def _secrets(answers: Answers, service: Service) -> Mapping[str, str]:
    """Where each secret comes from: `undeployed` stands for the ARN of the service's secret, or of the database's."""
    database = facts.DATABASE_SECRETS if answers.data.database != "none" else {}
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
