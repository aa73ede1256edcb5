"""When the scheduled workflows run, and what the weekly scan looks at."""

from __future__ import annotations

import zlib

from generator import facts
from generator.component import Answers


def scan_schedule(answers: Answers) -> str:
    """Weekly, in the night to Monday; hour and minute differ by project, so that not all start at once."""
    spread = zlib.crc32(answers.project.name.encode())
    return f"{7 + spread % 50} {1 + spread // 50 % 5} * * 1"


def drift_schedule(answers: Answers) -> str:
    """Daily, before people come to work in most of Europe and America; the minute differs by project."""
    spread = zlib.crc32(answers.project.name.encode())
    return f"{7 + spread % 50} {4 + spread // 50 % 2} * * *"


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
