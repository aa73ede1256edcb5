"""The recorded schemas of Kubernetes, by minor version, and of custom resources.

The files are compressed lines (`tools/record_kubernetes.py` writes them): what a tree does not name is never parsed.
"""

from __future__ import annotations

import json
import re
import zlib
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from generator.checks.data import FOLDER
from generator.checks.formats.schema import Schema

_GZIP: Final = 31
_REFERENCE: Final = re.compile(r'"#/\$defs/([^"]+)"')


@dataclass(frozen=True, slots=True)
class _Api:
    minors: tuple[str, ...]
    kinds: dict[str, str]
    definitions: dict[str, list[tuple[str, str]]]
    """By name: the ranges of minors, as indexes, and the schema in them."""


def _lines(name: str) -> list[str]:
    return zlib.decompress((FOLDER / "kubernetes" / name).read_bytes(), _GZIP).decode().split("\n")


@cache
def _api() -> _Api:
    head, *rows = _lines("api.txt.gz")
    told = json.loads(head)
    definitions: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        name, ranges, schema = row.split("\t")
        definitions.setdefault(name, []).append((ranges, schema))
    return _Api(tuple(told["minors"]), told["kinds"], definitions)


@cache
def _custom() -> dict[str, str]:
    return dict(row.split("\t") for row in _lines("custom.txt.gz"))


def minors() -> tuple[str, ...]:
    """The recorded minor versions, the newest first."""
    return _api().minors


def kinds() -> tuple[str, ...]:
    """The kinds that any recorded version has, as `group/version/Kind`."""
    return tuple(_api().kinds)


def custom_kinds() -> tuple[str, ...]:
    """The recorded custom resources, as `group/version/Kind`."""
    return tuple(_custom())


@cache
def groups() -> frozenset[str]:
    """The API groups of Kubernetes itself; "" is the core."""
    return frozenset(kind.rpartition("/")[0].rpartition("/")[0] for kind in kinds())


@cache
def _definition(name: str, minor: str) -> str:
    """The definition as JSON; "" where the version has none."""
    index = _api().minors.index(minor)
    for ranges, schema in _api().definitions.get(name, ()):
        bounds = (one.split("-") for one in ranges.split(","))
        if any(int(first) <= index <= int(last) for first, last in bounds):
            return schema
    return ""


@cache
def has(kind: str, minor: str) -> bool:
    """Whether a version has `group/version/Kind`."""
    return bool(_definition(_api().kinds.get(kind, ""), minor))


@cache
def raw(kind: str, minor: str) -> dict[str, Any] | None:
    """The JSON Schema of `group/version/Kind` in a minor version; None where that version has no such kind."""
    name = _api().kinds.get(kind, "")
    if not _definition(name, minor):
        return None
    needed: dict[str, str] = {}
    _collect(name, minor, needed)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": f"#/$defs/{name}",
        "$defs": {one: json.loads(schema) for one, schema in sorted(needed.items())},
    }


def _collect(name: str, minor: str, needed: dict[str, str]) -> None:
    if name not in needed:
        needed[name] = _definition(name, minor)
        for other in _REFERENCE.findall(needed[name]):
            _collect(other, minor, needed)


@cache
def compiled(kind: str, minor: str) -> Schema | None:
    """The compiled schema of `group/version/Kind` in a minor version; None where that version has no such kind."""
    found = raw(kind, minor)
    return Schema(found) if found else None


@cache
def custom_raw(kind: str) -> dict[str, Any] | None:
    """The JSON Schema of a custom resource; None where it is not recorded."""
    found: dict[str, Any] | None = json.loads(_custom().get(kind, "null"))
    return found


@cache
def custom(kind: str) -> Schema | None:
    """The compiled schema of a custom resource; None where it is not recorded."""
    found = custom_raw(kind)
    return Schema(found) if found else None
