"""No two services of a compose file take the same port of the computer

The second one does not start: the port is taken. Services of different profiles need not run together and
are not compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from generator.checks.formats.yaml import Node
from generator.checks.models import compose
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.DOCKER

files = compose.paths


@dataclass(frozen=True, slots=True)
class _Taken:
    service: str
    address: str
    profiles: frozenset[str]
    node: Node


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    taken: dict[tuple[str, str], list[_Taken]] = {}
    every = [port for one in compose.services(sources, path).values() for port in one.at("ports").items]
    numbers = {_published(port)[1] for port in every}
    for service, node in compose.services(sources, path).items():
        profiles = frozenset(item.text for item in node.at("profiles").items)
        for port in node.at("ports").items:
            address, number, protocol = _published(port)
            if not number:
                continue
            ours = _Taken(service, address, profiles, port)
            before = taken.setdefault((number, protocol), [])
            other = next((one for one in before if _meet(one, ours)), None)
            if other:
                free = next(
                    one for one in range(int(number) + 1, int(number) + len(numbers) + 2) if str(one) not in numbers
                )
                message = f"{service} takes port {number}, which {other.service} has taken"
                yield at(port, message, f"Publish {service} at another port, such as {free}.")
            before.append(ours)


def _meet(one: _Taken, other: _Taken) -> bool:
    """Whether two of them want the same at the same time; an alias stands for the same lines."""
    if one.service == other.service or (one.node.line, one.node.column) == (other.node.line, other.node.column):
        return False
    together = not one.profiles or not other.profiles or one.profiles & other.profiles
    return bool(together) and (one.address == other.address or "" in (one.address, other.address))


def _published(port: Node) -> tuple[str, str, str]:
    """Address, port and protocol on the computer; a range and a variable are not known."""
    if port.is_map:
        number = port.at("published").text
        address, protocol = port.at("host_ip").text, port.at("protocol").text or "tcp"
    else:
        match = re.fullmatch(r"(?:(.+):)?(\d+):\d+(?:/(\w+))?", port.text)
        if match is None:
            return "", "", ""
        address, number, protocol = match[1] or "", match[2], match[3] or "tcp"
    return (
        ("" if re.fullmatch(r"(?:0\.){3}0|\[::\]", address) else address),
        number if number.isdigit() else "",
        protocol,
    )
