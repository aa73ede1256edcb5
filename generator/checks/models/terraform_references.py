"""Whether a reference in a module leads to something, and what is wrong where it does not."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from generator.checks.formats.hcl import Block, Reference
from generator.checks.models.terraform import Module, called, plain
from generator.checks.models.terraform_editions import Judges, chosen, judges, strange, weighed
from generator.checks.models.terraform_schema import BlockSchema, of_type
from generator.checks.models.terraform_spots import SECTIONS
from generator.checks.rule import Flaw, Placed, at, did_you_mean, instead
from generator.checks.source import Sources
from generator.spelling import closest

_FIXED: Final[dict[str, Collection[str]]] = {
    "each": {"key", "value"},
    "count": {"index"},
    "path": {"module", "root", "cwd"},
    "terraform": {"workspace", "applying"},
}
_ROOTS: Final = {"var", "local", "module", "data", "ephemeral", "run", "output", *_FIXED}
"""What a reference begins with that is to no resource."""


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
        return _object(sources, module, root, rest)
    if not rest:
        return f"{root} alone refers to nothing; a text needs quotes"
    return _object(sources, module, "resource", names)


def declared_instead(message: str, names: tuple[str, ...]) -> str:
    """What to do about a reference that `undeclared` refuses: the one that was probably meant, written whole."""
    if len(names) == 1:
        return f'Write "{names[0]}" with quotes.'
    output = names[:2] if names[0] == "module" and "has no output" in message else names[:1]
    prefix = "" if names[0] not in _ROOTS else f"{'.'.join(output)}."
    what = message.partition(" is not declared")[0] if " is not declared" in message else "it"
    return instead(message, f"Declare {what}, or write one that is declared.", prefix)


def _missing(prefix: str, rest: tuple[str, ...], declared: Collection[str]) -> str:
    if not rest:
        return f"{prefix} needs a name"
    return "" if rest[0] in declared else f"{prefix}{rest[0]} is not declared{did_you_mean(rest[0], declared)}"


def _object(sources: Sources, module: Module, kind: str, rest: tuple[str, ...]) -> str:
    prefix = "" if kind == "resource" else f"{kind}."
    if len(rest) < 2:
        return f"{prefix}{rest[0] if rest else ''} needs a type and a name"
    if (kind, rest[0], rest[1]) in module.objects:
        return ""
    near = did_you_mean(rest[1], module.names(kind, rest[0])).replace("did you mean ", f"did you mean {rest[0]}.")
    if near:
        return f"{prefix}{rest[0]}.{rest[1]} is not declared{near}"
    # One of another type is none, however alike the two are written, unless it is the type that is misspelt.
    alike = closest(rest[0], sorted(t for k, t, n in module.objects if k == kind and n == rest[1]), 0.85)
    if alike and _is_type(sources, module, kind, rest[0]) and not _is_type(sources, module, kind, alike):
        return ""  # `terraform-type` tells it where it is declared
    return f"{prefix}{rest[0]}.{rest[1]} is not declared{f'; did you mean {alike}.{rest[1]}?' if alike else ''}"


def _is_type(sources: Sources, module: Module, kind: str, type_: str) -> bool:
    """Whether a recorded provider has the type, or none is recorded that would."""
    editions = judges(sources, module.folder, type_.partition("_")[0]).editions
    return not editions or any(of_type(edition, SECTIONS[kind], type_) for edition in editions)


def _output(sources: Sources, module: Module, rest: tuple[str, ...]) -> str:
    inner = called(sources, module, rest[0])
    if inner is None or inner.broken or len(rest) < 2 or rest[1] in inner.outputs:
        return ""
    near = did_you_mean(rest[1], inner.outputs)
    return f"module.{rest[0]}.{rest[1]}: {inner.title} has no output {rest[1]}{near}"


def unknown_attribute(sources: Sources, module: Module, reference: Reference) -> Flaw | None:
    """What is wrong with the attributes of a reference; None for nothing."""
    names = plain(reference.names)
    kind = names[0] if names[0] in ("data", "ephemeral") else "resource"
    rest = names if kind == "resource" else names[1:]
    declared = module.objects.get((kind, rest[0], rest[1])) if len(rest) > 2 else None
    if declared is None:
        return None
    judged = judges(sources, module.folder, chosen(Block(kind, rest[:2], 0, 0, declared.body)))
    return unfollowed(reference, judged, SECTIONS[kind], rest[0], rest[2:])


def unfollowed(place: Placed, judged: Judges, section: str, kind: str, attributes: tuple[str, ...]) -> Flaw | None:
    """What is wrong with the attributes of a type, which stand at this place; None for nothing."""
    found = [(edition, _follow(kind, attributes, of_type(edition, section, kind))) for edition in judged.editions]
    wrong = found[0][1] if found else None
    if wrong is None:
        return None
    message = f"{wrong.what} has no attribute {wrong.name}{did_you_mean(wrong.name, wrong.known)}"
    flaw = at(place, message, instead(message, f"Write an attribute that {wrong.what} has."))
    accepting = (edition for edition, other in found[1:] if other is None)
    return weighed(flaw, judged, accepting, strange=strange(wrong.name, wrong.known))


@dataclass(frozen=True, slots=True)
class _Wrong:
    """A name that leads nowhere."""

    what: str
    name: str
    known: list[str]


def _follow(what: str, attributes: tuple[str, ...], schema: BlockSchema | None) -> _Wrong | None:
    for name in attributes:
        if schema is None:
            return None
        if name in schema.blocks:
            schema = schema.blocks[name].schema
        elif name in schema.arguments:
            if schema.arguments[name].nesting == "map":
                return None
            schema = schema.arguments[name].fields
        else:
            return _Wrong(what, name, [*schema.arguments, *schema.blocks])
        what = name
    return None
