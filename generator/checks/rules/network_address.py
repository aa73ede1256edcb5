"""Each environment has a network of its own, and its policies name that

Two environments with the same addresses can never be connected, and an address of the one means a pod of the other.
An overlay whose network policies name a range that lies outside the network of its environment lets nobody in: no pod
reaches its database, and the load balancer no pod. Compared are `vpc_cidr` of the variables files and the ranges in
the overlay of the same name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from typing import Final

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Argument
from generator.checks.models import kubernetes
from generator.checks.models.environments import places
from generator.checks.models.habits import habit
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, folder, lines, name, shared

FORMAT = Format.TERRAFORM

_NETWORK: Final = ("vpc_cidr", "vpc_cidr_block", "network_cidr")
_PATCH: Final = re.compile(r"^\s*value:\s*[\"']?(\d+\.\d+\.\d+\.\d+/\d+)[\"']?\s*$")
_FIELD: Final = re.compile(r"^\s*(?:- )?path:\s*\S*/ipBlock/cidr[\"']?\s*$")


def files(sources: Sources) -> Iterator[str]:
    yield from (path for paths in _networks(sources).values() for path in paths)
    yield from (path for path in kubernetes.kustomizations(sources) if name(folder(path)) in _own(sources))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    if kubernetes.is_kustomization(path):
        yield from _policies(sources, path)
    for paths in _networks(sources).values():
        if path in paths:
            yield from _shared(paths, path)


@shared
def _networks(sources: Sources) -> Mapping[str, dict[str, tuple[Argument, IPv4Network]]]:
    """By folder of variables files: the network of each file."""
    found: dict[str, dict[str, tuple[Argument, IPv4Network]]] = {}
    for place, by_environment in places(sources).items():
        for path in sorted(by_environment.values()) if place.endswith(".tfvars") else ():
            body = hcl.parse(sources, path).body
            for argument in (given for key in _NETWORK if (given := body.get(key))):
                network = _network(argument.literal or "")
                if network:
                    found.setdefault(place, {})[path] = (argument, network)
    return found


@shared
def _own(sources: Sources) -> Mapping[str, tuple[str, IPv4Network]]:
    """By environment: the file that gives it its network; none for one that has several."""
    found: dict[str, list[tuple[str, IPv4Network]]] = {}
    for by_path in _networks(sources).values():
        for path, (_, network) in by_path.items():
            found.setdefault(name(path).removesuffix(".tfvars"), []).append((path, network))
    return {environment: those[0] for environment, those in found.items() if len(those) == 1}


def _network(written: str) -> IPv4Network | None:
    try:
        return IPv4Network(written, strict=False)
    except ValueError:
        return None


def _shared(networks: Mapping[str, tuple[Argument, IPv4Network]], path: str) -> Iterator[Flaw]:
    argument, network = networks[path]
    for other, (_, theirs) in networks.items():
        if other == path:
            return
        if network.overlaps(theirs):
            message = f"{argument.name} {network} overlaps {theirs} of {other}: the two can never be connected"
            yield habit(at(argument, message, "Give each a range of its own."))


def _policies(sources: Sources, path: str) -> Iterator[Flaw]:
    environment = name(folder(path))
    given, own = _own(sources)[environment]
    before = ""
    for number, line in enumerate(lines(sources, path), 1):
        match = _PATCH.match(line) if _FIELD.match(before) else None
        network = _network(match[1]) if match else None
        if match and network and network.is_private and not network.overlaps(own):
            message = f"{network} lies outside {own}, which {given} gives to {environment}: nothing there is let in"
            yield habit(Flaw(number, message, f"Write {own}.", match.start(1) + 1))
        before = line
