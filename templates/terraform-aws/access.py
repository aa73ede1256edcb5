"""What CI's roles may do for the components that run and watch the containers: statements of policies, as HCL."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from generator.component import Parts
from generator.formats import to_hcl
from generator.parts import CiPermission, CloudService

_NAMES: Final = {
    "partition": "local.partition",
    "region": "var.region",
    "account": "var.account_id",
    "stack": "local.name",
    "project": "var.project",
    "environment": "var.environment",
    "bucket_prefix": "var.bucket_prefix",
}
"""What the names in a part's texts are called in the bootstrap root."""
_WIDTH: Final = 120
_FITS: Final = 90


@dataclass(frozen=True)
class Statements:
    """The statements of a policy, each as lines of HCL."""

    name: str
    statements: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Access:
    """What `bootstrap/platform.tf` prints: lists of services as lines, and statements by policy."""

    boundary: tuple[str, ...]
    reads: tuple[str, ...]
    passed_to: tuple[str, ...]
    linked: tuple[str, ...]
    plan: tuple[tuple[str, ...], ...]
    deploy: tuple[tuple[str, ...], ...]
    preview: tuple[tuple[str, ...], ...]
    apply: tuple[Statements, ...]


def access_of(parts: Parts) -> Access:
    """The parts about access, as the bootstrap root has them."""
    services = parts.of(CloudService)
    permissions = parts.of(CiPermission)
    lists = {
        name: tuple(wrapped({item for service in services for item in getattr(service, name)}, 6))
        for name in ("boundary", "reads", "passed_to", "linked")
    }
    by_role = {role: [p for p in permissions if p.role == role] for role in ("plan", "deploy", "preview", "apply")}
    groups = groupby(sorted(by_role["apply"], key=lambda p: (p.group, p.order)), lambda p: p.group)
    return Access(
        **lists,
        plan=tuple(_statement(p) for p in by_role["plan"]),
        deploy=tuple(_statement(p) for p in by_role["deploy"]),
        preview=tuple(_statement(p) for p in by_role["preview"]),
        apply=tuple(Statements(name, tuple(_statement(p) for p in some)) for name, some in groups),
    )


def wrapped(items: Iterable[str], indent: int) -> Iterator[str]:
    """The items of a list, sorted, as lines that fit."""
    line = ""
    for item in sorted(items):
        text = f"{_text(item)},"
        if line and indent + len(line) + 1 + len(text) > _WIDTH:
            yield line
            line = ""
        line = f"{line} {text}" if line else text
    if line:
        yield line


def _statement(permission: CiPermission) -> tuple[str, ...]:
    attributes = [
        ("Sid", ['"' + permission.name + '"']),
        ("Effect", ['"Allow"']),
        ("Action", _values(permission.actions)),
        ("Resource", _values(permission.resources)),
    ]
    if permission.condition:
        attributes.append(("Condition", [_value(permission.condition)]))
    why = [f"# {permission.why}"] if permission.why else []
    return (*why, *_aligned(attributes))


def _values(items: Sequence[str]) -> list[str]:
    """One value, a list on one line, or a list over several."""
    if len(items) == 1:
        return [_text(items[0])]
    short = "[" + ", ".join(map(_text, items)) + "]"
    if len(short) <= _FITS:
        return [short]
    return ["[", *(f"  {line}" for line in wrapped(items, 12)), "]"]


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {_value(one)}" for key, one in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_value, value)) + "]"
    return _text(str(value))


def _key(name: str) -> str:
    return name if name.isalnum() else _text(name)


def _text(text: str) -> str:
    """A string of HCL in which the names of the environment stand for what the root calls them."""
    quoted = to_hcl(text)
    for name, expression in _NAMES.items():
        quoted = quoted.replace(f"{{{name}}}", f"${{{expression}}}")
    alone = re.fullmatch(r'"\$\{([a-z_.]+)\}"', quoted)
    return alone[1] if alone else quoted


def _aligned(attributes: Iterable[tuple[str, list[str]]]) -> Iterator[str]:
    """Attributes as `terraform fmt` aligns them: a value over several lines stands in no column, and ends one."""
    column: list[tuple[str, list[str]]] = []
    for name, value in attributes:
        if len(value) > 1:
            yield from _column(column)
            yield from _column([(name, value)])
            column = []
        else:
            column.append((name, value))
    yield from _column(column)


def _column(column: Sequence[tuple[str, list[str]]]) -> Iterator[str]:
    width = max((len(name) for name, _ in column), default=0)
    for name, value in column:
        yield f"{name:<{width}} = {value[0]}"
        yield from value[1:]
