"""Whether a reference in a module leads to something, and what is wrong where it does not."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from generator.checks.models.terraform import Module, called
from generator.checks.models.terraform_schema import BlockSchema, of_type, provider_of
from generator.checks.models.terraform_spots import SECTIONS
from generator.checks.rule import did_you_mean
from generator.checks.source import Sources

_FIXED: Final[dict[str, Collection[str]]] = {
    "each": {"key", "value"},
    "count": {"index"},
    "path": {"module", "root", "cwd"},
    "terraform": {"workspace", "applying"},
}


def undeclared(sources: Sources, module: Module, names: tuple[str, ...]) -> str:
    """What is wrong with a reference in a module; "" for nothing."""
    root, rest = names[0], names[1:]
    if root in ("self", "check"):
        return ""
    simple = {**_FIXED, "var": module.variables, "local": module.locals}
    if root in simple:
        return _missing(f"{root}.", rest, simple[root])
    if root == "module":
        return _missing("module.", rest, module.modules) or _output(sources, module, rest)
    if root in ("data", "ephemeral"):
        return _object(module, root, rest)
    if not rest:
        return f"{root} alone refers to nothing; a text needs quotes"
    return _object(module, "resource", names)


def _missing(prefix: str, rest: tuple[str, ...], declared: Iterable[str]) -> str:
    if not rest:
        return f"{prefix} needs a name"
    known = list(declared)
    return "" if rest[0] in known else f"{prefix}{rest[0]} is not declared{did_you_mean(rest[0], known)}"


def _object(module: Module, kind: str, rest: tuple[str, ...]) -> str:
    prefix = "" if kind == "resource" else f"{kind}."
    if len(rest) < 2:
        return f"{prefix}{rest[0] if rest else ''} needs a type and a name"
    if (kind, rest[0], rest[1]) in module.objects:
        return ""
    same = [f"{rest[0]}.{name}" for name in module.names(kind, rest[0])]
    known = same or [f"{t}.{n}" for k, t, n in module.objects if k == kind]
    return f"{prefix}{rest[0]}.{rest[1]} is not declared{did_you_mean('.'.join(rest[:2]), known)}"


def _output(sources: Sources, module: Module, rest: tuple[str, ...]) -> str:
    inner = called(sources, module, rest[0])
    if inner is None or inner.broken or len(rest) < 2 or rest[1] in inner.outputs:
        return ""
    near = did_you_mean(rest[1], inner.outputs)
    return f"module.{rest[0]}.{rest[1]}: {inner.title} has no output {rest[1]}{near}"


def unknown_attribute(module: Module, names: tuple[str, ...]) -> str:
    """What is wrong with the attributes of a reference; "" for nothing."""
    kind = names[0] if names[0] in ("data", "ephemeral") else "resource"
    rest = names if kind == "resource" else names[1:]
    if len(rest) < 3 or (kind, rest[0], rest[1]) not in module.objects:
        return ""
    provider = provider_of(rest[0], module.sources)
    schema = of_type(provider, SECTIONS[kind], rest[0]) if provider else None
    return follow(rest[0], rest[2:], schema)


def follow(what: str, attributes: tuple[str, ...], schema: BlockSchema | None) -> str:
    """What is wrong with attributes of something that has this schema; "" for nothing."""
    for name in attributes:
        if schema is None:
            return ""
        if name in schema.blocks:
            schema = schema.blocks[name].schema
        elif name in schema.arguments:
            if schema.arguments[name].nesting == "map":
                return ""
            schema = schema.arguments[name].fields
        else:
            return f"{what} has no attribute {name}{did_you_mean(name, [*schema.arguments, *schema.blocks])}"
        what = name
    return ""
