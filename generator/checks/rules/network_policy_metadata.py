"""Policies that let pods out to the internet keep the metadata of the node in

`0.0.0.0/0` has 169.254.169.254 in it, where a node hands out its own credentials to whoever asks.
Write `except: [169.254.0.0/16]`, and the private ranges that the pods have no business in. A repository
that excepts nothing anywhere hears of it once.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from typing import Final

from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes
from generator.checks.models.habits import Lapse, habit_rule, lapse
from generator.checks.rule import Format
from generator.checks.source import Sources

FORMAT = Format.KUBERNETES

_METADATA: Final = ipaddress.ip_address("169.254.169.254")


def files(sources: Sources) -> Iterable[str]:
    return kubernetes.files_of(sources, "NetworkPolicy")


@habit_rule("Write `except: [169.254.0.0/16]`.")
def check(sources: Sources) -> Iterator[Lapse | None]:
    for policy in kubernetes.of_kind(sources, "NetworkPolicy"):
        for rule in policy.node.at("spec", "egress").items:
            for block in (one.at("ipBlock") for one in rule.at("to").items):
                if block.at("cidr").text != "0.0.0.0/0":
                    continue
                if any(_covers(one) for one in block.at("except").items):
                    yield None
                    continue
                message = f"NetworkPolicy {policy.name} lets pods out to the metadata of the node (169.254.169.254)"
                ports = {one.at("port").text for one in rule.at("ports").items}
                yield lapse(policy.path, block.at("cidr"), message, alone=not ports or "80" in ports)


def _covers(excepted: Node) -> bool:
    try:
        return _METADATA in ipaddress.ip_network(excepted.text, strict=False)
    except ValueError:
        return False
