"""What Terraform lets into a network from everywhere, by ports: security groups and firewalls of three clouds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from generator.checks.formats.hcl import Argument, Body
from generator.checks.formats.numbers import whole
from generator.checks.models.terraform_settings import Resource, Value, bodies, certain, of, values
from generator.checks.source import Sources

EVERYWHERE: Final = ("0.0.0.0/0", "::/0")
_AZURE: Final = (*EVERYWHERE, "*", "Internet", "internet", "Any", "any")
ALL: Final = (0, 65535)
_CIDRS: Final = ("cidr_blocks", "ipv6_cidr_blocks")
_ALL: Final = ("-1", "all")
"""What AWS calls every protocol."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A way in from everywhere."""

    resource: Resource
    place: Value
    """The address that lets everybody in."""
    ports: tuple[tuple[int, int], ...] | None
    """The first and last ports; None where they are not known."""


def openings(sources: Sources) -> Iterator[Opening]:
    """All ways in from everywhere."""
    yield from _groups(sources)
    yield from _azure(sources)
    yield from _google(sources)


def everywhere(sources: Sources, path: str, argument: Argument | None, words: tuple[str, ...]) -> Iterator[Value]:
    """The values of an argument, one or a list, that stand for every address."""
    for value in values(sources, path, argument) if argument else ():
        given = value.value if isinstance(value.value, list) else [value.value]
        if any(isinstance(one, str) and one in words for one in given):
            yield value


def _groups(sources: Sources) -> Iterator[Opening]:
    for one in of(sources, "aws_vpc_security_group_ingress_rule"):
        for name in ("cidr_ipv4", "cidr_ipv6"):
            for value in everywhere(sources, one.path, one.body.get(name), EVERYWHERE):
                yield Opening(one, value, _ports(sources, one, one.body, "ip_protocol"))
    for one in of(sources, "aws_security_group_rule"):
        kind = one.body.get("type")
        if kind and kind.literal == "ingress":
            yield from _blocks(sources, one, one.body)
    for one in of(sources, "aws_security_group", "aws_default_security_group"):
        for body in bodies(one.body, ("ingress",)):
            yield from _blocks(sources, one, body)
        given = one.body.get("ingress")
        if given:
            yield from _items(one, given, certain(sources, one.path, given.value))


def _items(one: Resource, given: Argument, rules: Any) -> Iterator[Opening]:
    """The same of rules that are written as a list of objects."""
    for rule in rules if isinstance(rules, list) else ():
        for name in _CIDRS if isinstance(rule, dict) else ():
            blocks = rule.get(name)
            if isinstance(blocks, list) and not set(EVERYWHERE).isdisjoint(map(str, blocks)):
                kind, first, last = (rule.get(key) for key in ("protocol", "from_port", "to_port"))
                ports = ((first, last),) if isinstance(first, int) and isinstance(last, int) else None
                place = Value(one.path, given.line, given.column, blocks, name)
                yield Opening(one, place, (ALL,) if str(kind) in _ALL else ports)


def _blocks(sources: Sources, one: Resource, body: Body) -> Iterator[Opening]:
    for name in _CIDRS:
        for value in everywhere(sources, one.path, body.get(name), EVERYWHERE):
            yield Opening(one, value, _ports(sources, one, body, "protocol"))


def _ports(sources: Sources, one: Resource, body: Body, protocol: str) -> tuple[tuple[int, int], ...] | None:
    kind = _number(sources, one.path, body.get(protocol))
    if kind in _ALL:
        return (ALL,)
    first, last = (_number(sources, one.path, body.get(name)) for name in ("from_port", "to_port"))
    lowest, highest = whole(first), whole(last)
    return ((lowest, highest),) if lowest is not None and highest is not None else None


def _number(sources: Sources, path: str, argument: Argument | None) -> str:
    """What an argument comes to in all its values; "" where it has several, or none that is known."""
    found = {value.text for value in values(sources, path, argument)} if argument else set()
    return found.pop() if len(found) == 1 else ""


def _azure(sources: Sources) -> Iterator[Opening]:
    for one in of(sources, "azurerm_network_security_rule"):
        yield from _azure_rule(sources, one, one.body)
    for one in of(sources, "azurerm_network_security_group"):
        for body in bodies(one.body, ("security_rule",)):
            yield from _azure_rule(sources, one, body)


def _azure_rule(sources: Sources, one: Resource, body: Body) -> Iterator[Opening]:
    words = {name: _number(sources, one.path, body.get(name)).lower() for name in ("access", "direction")}
    if words != {"access": "allow", "direction": "inbound"}:
        return
    ports = [*_listed(sources, one.path, body.get("destination_port_range"))]
    ports += _listed(sources, one.path, body.get("destination_port_ranges"))
    for name in ("source_address_prefix", "source_address_prefixes"):
        for value in everywhere(sources, one.path, body.get(name), _AZURE):
            yield Opening(one, value, _ranges(ports))


def _google(sources: Sources) -> Iterator[Opening]:
    for one in of(sources, "google_compute_firewall"):
        off = _number(sources, one.path, one.body.get("disabled")) == "true"
        if off or _number(sources, one.path, one.body.get("direction")) == "EGRESS" or not any(one.body.of("allow")):
            continue
        ports: list[Any] = []
        for body in bodies(one.body, ("allow",)):
            protocol = _number(sources, one.path, body.get("protocol")).lower()
            given = body.get("ports")
            ports += _listed(sources, one.path, given) if given else ["*"] if protocol in ("all", "tcp") else []
        for value in everywhere(sources, one.path, one.body.get("source_ranges"), EVERYWHERE):
            yield Opening(one, value, _ranges(ports))


def _listed(sources: Sources, path: str, argument: Argument | None) -> list[Any]:
    found = certain(sources, path, argument.value) if argument else []
    return found if isinstance(found, list) else [found]


def _ranges(ports: list[Any]) -> tuple[tuple[int, int], ...]:
    """`22`, `80-90` and `*` as first and last ports; what is not known is left out."""
    found = []
    for port in ports:
        first, _, last = str(port).partition("-")
        if port == "*":
            found.append(ALL)
        lowest, highest = whole(first), whole(last or first)
        if lowest is not None and highest is not None:
            found.append((lowest, highest))
    return tuple(found)
