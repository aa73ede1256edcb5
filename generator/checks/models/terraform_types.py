"""The types of Terraform's variables, and whether what is written can be converted to them, as far as the text says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from generator.checks.formats import hcl
from generator.checks.formats.hcl_values import UNKNOWN, text_of

_COLLECTIONS: Final = ("list", "set", "map")
_PRIMITIVES: Final = ("string", "number", "bool")
_LITERALS: Final = {"string_lit": "string", "numeric_lit": "number", "bool_lit": "bool"}
_BOOLS: Final = {"true": True, "1": True, "false": False, "0": False}
"""The texts that are converted to a bool."""
_A: Final = {kind: f"a {kind}" for kind in (*_COLLECTIONS, *_PRIMITIVES)} | {"object": "an object"}


@dataclass(frozen=True, slots=True)
class Type:
    """A type; `any` where nothing is known of it."""

    kind: str = "any"
    inner: Type | None = None
    """What a collection holds."""
    fields: Mapping[str, Type] = field(default_factory=dict)
    """What an object has."""
    required: frozenset[str] = frozenset()
    """Those of its fields that must be given."""


ANY: Final = Type()


@dataclass(frozen=True, slots=True)
class Misfit:
    """A value that cannot be converted."""

    line: int
    column: int
    message: str
    fix: str


def parse(node: Any) -> Type:
    """The type that an expression names."""
    inner = hcl.unwrap(node)
    if inner.type == "function_call":
        return _constructed(inner)
    word = hcl.word(inner)
    return Type(word) if word in _PRIMITIVES else Type(word, ANY) if word in _COLLECTIONS else ANY


def _constructed(node: Any) -> Type:
    name, *rest = node.named_children
    given = [child for part in rest for child in part.named_children if child.type == "expression"]
    kind = hcl.word(name)
    if kind in _COLLECTIONS and given:
        return Type(kind, parse(given[0]))
    if kind != "object" or not given:
        return ANY
    entries = [(key, value) for key, _, value in hcl.entries(given[0]) if key is not None]
    optional = {key for key, value in entries if _is_optional(value)}
    fields = {key: parse(_bare(value)) for key, value in entries}
    return Type("object", fields=fields, required=frozenset(fields.keys() - optional))


def converted(value: Any, wanted: Type) -> Any:
    """A value as its variable holds it; UNKNOWN where it is not of the type, or nobody knows how it is converted."""
    if wanted.kind in _PRIMITIVES and value is not None:
        return _plain(value, wanted.kind)
    if wanted.kind in ("list", "set") and isinstance(value, list):
        items = [converted(one, wanted.inner or ANY) for one in value]
        return sorted(set(items)) if wanted.kind == "set" and all(isinstance(one, str) for one in items) else items
    if wanted.kind == "map" and isinstance(value, dict):
        return {key: converted(one, wanted.inner or ANY) for key, one in value.items()}
    if wanted.kind == "object" and isinstance(value, dict):
        return {key: converted(value[key], one) for key, one in wanted.fields.items() if key in value}
    return value if wanted.kind == "any" or value is None else UNKNOWN


def _plain(value: Any, kind: str) -> Any:
    given = "bool" if isinstance(value, bool) else "number" if isinstance(value, int | float) else "string"
    if given == kind and isinstance(value, str | int | float):
        return value
    if kind == "string" and given in ("bool", "number"):
        return text_of(value) if not isinstance(value, float) else UNKNOWN
    if isinstance(value, str) and kind == "bool":
        return _BOOLS.get(value, UNKNOWN)
    return int(value) if isinstance(value, str) and kind == "number" and re.fullmatch(r"\d{1,15}", value) else UNKNOWN


def _is_optional(node: Any) -> bool:
    inner = hcl.unwrap(node)
    return inner.type == "function_call" and hcl.word(inner.named_children[0]) == "optional"


def _bare(node: Any) -> Any:
    """The type within `optional(...)`; any other as it is."""
    if not _is_optional(node):
        return node
    parts = hcl.unwrap(node).named_children[1:]
    return next((c for part in parts for c in part.named_children if c.type == "expression"), node)


def misfits(node: Any, wanted: Type, what: str) -> Iterator[Misfit]:
    """What of a value cannot be converted; `what` is its name."""
    inner = hcl.unwrap(node)
    if inner.type in _LITERALS:
        yield from _primitive(inner, wanted, what)
    elif inner.type == "tuple":
        yield from _list(inner, wanted, what)
    elif inner.type == "object":
        yield from _map(inner, wanted, what)


def _primitive(node: Any, wanted: Type, what: str) -> Iterator[Misfit]:
    given, literal = _LITERALS[node.type], hcl.literal(node) or ""
    if wanted.kind in (*_COLLECTIONS, "object"):
        fix = f"Write [{hcl.word(node)}]." if wanted.kind in ("list", "set") else "Write { <name> = <value> }."
        yield _misfit(node, f"{what} takes {_A[wanted.kind]}, not {_A[given]}", fix)
    elif wanted.kind == "number" and not (given == "number" or (given == "string" and _is_number(literal))):
        yield _misfit(node, f"{what} takes a number, not {hcl.word(node)}", "Write the number alone, without quotes.")
    elif wanted.kind == "bool" and not (given == "bool" or (given == "string" and literal in _BOOLS)):
        meant = {"yes": "true", "on": "true", "no": "false", "off": "false"}.get(literal.lower(), "true or false")
        yield _misfit(node, f"{what} takes true or false, not {hcl.word(node)}", f"Write {meant}.")


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", text))


def _list(node: Any, wanted: Type, what: str) -> Iterator[Misfit]:
    if wanted.kind in (*_PRIMITIVES, "map", "object"):
        fix = (
            "Write it as { <name> = <value> }."
            if wanted.kind in ("map", "object")
            else "Write one value, without brackets."
        )
        yield _misfit(node, f"{what} takes {_A[wanted.kind]}, not a list", fix)
    elif wanted.inner:
        for item in hcl.elements(node):
            yield from misfits(item, wanted.inner, f"an item of {what}")


def _map(node: Any, wanted: Type, what: str) -> Iterator[Misfit]:
    if wanted.kind in (*_PRIMITIVES, "list", "set"):
        fix = "Write it as [<value>, ...]." if wanted.kind in ("list", "set") else "Write one value, without braces."
        yield _misfit(node, f"{what} takes {_A[wanted.kind]}, not a map", fix)
        return
    entries = hcl.entries(node)
    for key, _, value in entries:
        inner = wanted.fields.get(key or "", ANY) if wanted.kind == "object" else wanted.inner
        if inner:
            yield from misfits(value, inner, f"{what}.{key}" if key else what)
    keys = {key for key, _, _ in entries}
    if wanted.kind == "object" and None not in keys and not _is_for(node):
        for name in sorted(wanted.required - keys):
            yield _misfit(node, f"{what} needs {name}", f"Add `{name} = ...`.")


def _is_for(node: Any) -> bool:
    return any("for" in child.type for child in node.named_children if child.type != "object_elem")


def _misfit(node: Any, message: str, fix: str) -> Misfit:
    line, column = hcl.place(node)
    return Misfit(line, column, message, fix)
