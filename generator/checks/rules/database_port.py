"""The database is reached on the port that it listens on

Firewalls, network policies and arguments of modules open one port for the database, and the database listens on its
own: where the two differ, no service reaches it, and connections time out. Compared is the one database that Terraform
makes with what is called `database_port`, with rules of security groups named after the database, and with policies
of the same name that let pods out to addresses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Argument
from generator.checks.models import kubernetes
from generator.checks.models.credentials import is_shown
from generator.checks.models.terraform import Module, modules
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, shared

FORMAT = Format.TERRAFORM

_INSTANCES: Final = ("aws_db_instance", "aws_rds_cluster")
_RULES: Final = ("aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule")
_ENGINES: Final = {"postgres": "5432", "mysql": "3306", "mariadb": "3306", "sqlserver": "1433", "oracle": "1521"}
_NAMES: Final = ("database", "db", "rds")
_ARGUMENTS: Final = ("database_port", "db_port", "rds_port")


@dataclass(frozen=True, slots=True)
class Port:
    """A port that one place has for the database."""

    value: str
    where: str
    path: str
    line: int
    column: int
    own: bool = False
    """Whether it is the database that says it."""


def files(sources: Sources) -> list[str]:
    return sorted({port.path for port in _ports(sources)})


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for wrong, right in _wrong(sources):
        if wrong.path == path:
            message = (
                f"{wrong.where} has port {wrong.value}, but {right.where} ({right.path}:{right.line}) has {right.value}"
            )
            yield at(wrong, message, f"Write {right.value}.")


@shared
def _wrong(sources: Sources) -> tuple[tuple[Port, Port], ...]:
    """What differs from the database; the database itself where all others agree on another port."""
    ports = _ports(sources)
    own = next((port for port in ports if port.own), None)
    others = [port for port in ports if not port.own]
    if own is None or not own.value.isdecimal():
        return ()
    [(common, count)] = Counter(port.value for port in others).most_common(1) or [("", 0)]
    if count == len(others) > 1 and common != own.value:
        return ((own, others[0]),)
    return tuple((port, own) for port in others if port.value != own.value)


@shared
def _ports(sources: Sources) -> tuple[Port, ...]:
    """All places with a port for the database; none unless there is just one."""
    parts = [module for module in modules(sources).values() if not is_shown(f"{module.folder}/")]
    own = [port for module in parts for port in _instances(module)]
    if len({(port.value, port.path) for port in own}) != 1:
        return ()
    return (*own[:1], *(port for module in parts for port in _opened(module)), *_policies(sources))


def _instances(module: Module) -> Iterator[Port]:
    for (kind, type_, name), declared in module.objects.items():
        if kind == "resource" and type_ in _INSTANCES:
            port, engine = declared.body.get("port"), declared.body.get("engine")
            usual = next((number for word, number in _ENGINES.items() if word in (_literal(engine) or "")), "")
            value = _literal(port) if port else usual
            place = port or engine
            # A copy for reading has the port of its source.
            if place and "replicate_source_db" not in {one.name for one in declared.body.arguments}:
                where = hcl.place(place.value)
                yield Port(value or "", f"{type_}.{name}", declared.path, *where, own=True)


def _opened(module: Module) -> Iterator[Port]:
    for name, call in module.modules.items():
        for argument in call.body.arguments:
            if argument.name in _ARGUMENTS and (_literal(argument) or "").isdecimal():
                where = f"{argument.name} of module.{name}"
                yield Port(_literal(argument) or "", where, call.path, *hcl.place(argument.value))
    for (_, type_, name), declared in module.objects.items():
        start, end = declared.body.get("from_port"), declared.body.get("to_port")
        value = _literal(start) or ""
        if type_ in _RULES and name in _NAMES and start and value.isdecimal() and value == _literal(end):
            yield Port(value, f"{type_}.{name}", declared.path, *hcl.place(start.value))


def _literal(argument: Argument | None) -> str | None:
    return argument.literal if argument else None


def _policies(sources: Sources) -> Iterator[Port]:
    """Ports of policies that let pods out to addresses of the database."""
    for policy in kubernetes.of_kind(sources, "NetworkPolicy"):
        for rule in policy.node.at("spec", "egress").items if set(policy.name.split("-")) & set(_NAMES) else ():
            ports = [entry.at("port") for entry in rule.at("ports").items]
            if (
                any(peer.at("ipBlock") for peer in rule.at("to").items)
                and len(ports) == 1
                and ports[0].text.isdecimal()
            ):
                where = f"NetworkPolicy {policy.name}"
                yield Port(ports[0].text, where, policy.path, ports[0].line, ports[0].column)
