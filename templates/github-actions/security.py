"""When the scheduled workflows run, and what they look at."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Final

from generator import facts
from generator.component import Answers
from generator.parts import TerraformRoot

from .environments import Environment
from .tables import Row

_COMPARED: Final = frozenset({"bootstrap", "main"})
"""Roots that the reading role can plan; the platform's resources are known from Secrets, of which it reads none."""


def scan_schedule(answers: Answers) -> str:
    """Weekly, in the night to Monday; hour and minute differ by project, so that not all start at once."""
    spread = zlib.crc32(answers.project.name.encode())
    return f"{7 + spread % 50} {1 + spread // 50 % 5} * * 1"


def drift_schedule(answers: Answers) -> str:
    """Daily, before people come to work in most of Europe and America; the minute differs by project."""
    spread = zlib.crc32(answers.project.name.encode())
    return f"{7 + spread % 50} {4 + spread // 50 % 2} * * *"


def drift_plans(environments: Iterable[Environment], roots: Iterable[TerraformRoot]) -> tuple[Row, ...]:
    """What is planned every day: each environment's root main, which needs no other name, and its root bootstrap."""
    named = [(root, "" if root.name == "main" else f".{root.name}") for root in roots if root.name in _COMPARED]
    return tuple(
        {
            "name": f"{environment.name}{suffix}",
            "environment": environment.name,
            "suffix": environment.suffix,
            "root": root.name,
            "folder": root.path,
        }
        for environment in environments
        for root, suffix in named
    )


def zap_hosts(answers: Answers) -> tuple[str, ...]:
    """The public hosts of the environment before production, if there is one."""
    before = answers.environments[-2:-1] if answers.project.domain else ()
    return tuple(facts.host(answers, s, name) for name in before for s in facts.public(answers))


def zap_notice(answers: Answers) -> str:
    """Why nothing is scanned, where there is no host."""
    if len(answers.environments) == 1:
        return "There is no environment before production, and production is not scanned"
    if not facts.public(answers):
        return "No service is public, so there is no host to scan"
    return "The answers name no domain (project.domain), so there is no host to scan"
