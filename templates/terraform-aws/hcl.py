"""Assignments of HCL as `terraform fmt` wants them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from generator.formats import hcl_attributes, to_hcl


def rows(values: Mapping[str, Any]) -> str:
    """An assignment a line."""
    return "\n".join(hcl_attributes(values))


def blocks(values: Mapping[str, Any]) -> Iterator[str]:
    """Blocks of assignments: what stands on a line together, each map over several lines."""
    plain = {name: value for name, value in values.items() if not isinstance(value, dict)}
    if plain:
        yield rows(plain)
    for name, value in values.items():
        if isinstance(value, dict):
            yield mapping(name, value) if value else f"{name} = {{}}"


def _key(name: str) -> str:
    """A key of a map: bare where HCL allows it."""
    return name if name.replace("_", "a").replace("-", "a").isalnum() else to_hcl(name)


def mapping(name: str, values: Mapping[str, Any]) -> str:
    """A map over several lines; a map in it stands on one line with bare keys."""
    width = max(len(_key(key)) for key in values)
    lines = [f"  {_key(key):<{width}} = {_inner(value)}" for key, value in values.items()]
    return "\n".join([f"{name} = {{", *lines, "}"])


def _inner(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {to_hcl(one)}" for key, one in value.items()) + " }"
    return to_hcl(value)


def comment(lines: Iterable[str], block: str) -> str:
    """The block below comment lines."""
    return "\n".join([*(f"# {line}" for line in lines), block])
