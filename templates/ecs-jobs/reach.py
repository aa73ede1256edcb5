"""Addresses that a job is given and cannot reach: Service Connect is for services, and a run has no part in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator import facts
from generator.component import Answers, Problem

_ADDRESS: Final = re.compile(
    r"(?:\A|(?<=[,\s]))(?:[a-z][a-z0-9+.-]*://(?:[^/@\s]*@)?)?([a-z0-9-]+)(?=[:/]|\Z|[,\s])", re.IGNORECASE
)
"""The host of each address of a value, with or without a scheme, where it is a single word."""


def unreachable(answers: Answers) -> Iterator[Problem]:
    """Settings of jobs that name another service of the cluster as a host, by URL or with its port."""
    ports = {s.name: s.port for s in facts.long_running(answers)}
    for number, job in enumerate(answers.services):
        for name, value in job.env.items() if job.kind == "job" else ():
            for found in _ADDRESS.finditer(value):
                host = found[1].lower()
                if host in ports and _is_address(value, found, ports[host]):
                    yield _problem(number, name, value, host)


def _is_address(value: str, found: re.Match[str], port: int) -> bool:
    """A word alone may be anything: `web`, `api/v1` and `worker:blue` are no addresses."""
    return "://" in found[0] or re.match(rf":{port}(?!\d)", value[found.end() :]) is not None


def _problem(number: int, name: str, value: str, host: str) -> Problem:
    return Problem(
        f"services[{number}].env.{name}",
        f"on ECS a job does not reach {host} by its name: a run has no part in Service Connect",
        value,
        "an address outside the cluster, or none",
        fix=f"reach {host} by its public host, or by a queue or the database; or make this a worker, which reaches it",
    )
