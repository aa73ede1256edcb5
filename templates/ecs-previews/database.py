"""The throw-away database of a preview, in the shape of RegisterTaskDefinition."""

from __future__ import annotations

from typing import Any, Final

from generator import facts
from generator.component import load_yaml, pins

_UNDEPLOYED: Final = "undeployed"


def image(engine: str) -> str:
    """The image, as local work has it; "" without a database."""
    engines = load_yaml(__file__, "databases.yml")
    return str(pins().image(engines[engine]["image"])) if engine in engines else ""


def definition(engine: str, architecture: str) -> dict[str, Any]:
    """The task definition, `architecture` by its name at Fargate; nothing without a database."""
    engines = load_yaml(__file__, "databases.yml")
    if engine not in engines:
        return {}
    cpu, memory = map(str, facts.task_size(facts.PREVIEW_DATABASE_SIZES[engine]))
    return {
        "family": _UNDEPLOYED,
        "taskRoleArn": _UNDEPLOYED,
        "executionRoleArn": _UNDEPLOYED,
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "runtimePlatform": {"cpuArchitecture": architecture, "operatingSystemFamily": "LINUX"},
        "cpu": cpu,
        "memory": memory,
        "containerDefinitions": [_container(engines[engine], facts.DATABASE_PORTS[engine])],
        "tags": [
            {"key": "service", "value": "database"},
            {"key": "version", "value": _UNDEPLOYED},
            {"key": "managed-by", "value": "agency-scaffold"},
        ],
    }


def _container(engine: dict[str, Any], port: int) -> dict[str, Any]:
    return {
        "name": "database",
        "image": _UNDEPLOYED,
        "essential": True,
        "user": engine["user"],
        # Fargate has no tmpfs, and a volume is root's where the image declares none: the engine, which begins as its
        # own user, could write neither /tmp nor the folder of the socket through which its first start speaks.
        "readonlyRootFilesystem": False,
        "linuxParameters": {"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}},
        "portMappings": [{"name": "database", "containerPort": port, "protocol": "tcp"}],
        "environment": [{"name": name, "value": value} for name, value in engine["environment"].items()],
        "secrets": [
            {"name": name, "valueFrom": f"{_UNDEPLOYED}-database:{key}::"} for name, key in engine["secrets"].items()
        ],
        "stopTimeout": 10,
        "healthCheck": {"command": engine["health"], "interval": 10, "timeout": 3, "retries": 3, "startPeriod": 120},
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": _UNDEPLOYED,
                "awslogs-region": _UNDEPLOYED,
                "awslogs-stream-prefix": "database",
                "mode": "non-blocking",
                "max-buffer-size": "25m",
            },
        },
    }
