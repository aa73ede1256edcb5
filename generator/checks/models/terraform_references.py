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
from generator.spelling import NO_GUESS, Guess, closest

_FIXED: Final[dict[str, Collection[str]]] = {
    "each": {"key", "value"},
    "count": {"index"},
    "path": {"module", "root", "cwd"},
    "terraform": {"workspace", "applying"},
}


@dataclass(frozen=True, slots=True)
class Undeclared:
    """What is wrong with a reference."""

    message: str
    near: Guess = NO_GUESS
    """The name that was probably meant, as it stands behind `prefix` in a reference."""
    prefix: str = ""
    what: str = "it"
    """What to declare where no name is near."""

    def __str__(self) -> str:
        return f"{self.message}{self.near}"

    def fix(self, names: tuple[str, ...]) -> str:
        """What to do: to write the reference that was probably meant, whole."""
        if len(names) == 1:
            return f'Write "{names[0]}" with quotes.'
        return instead(self.near, f"Declare {self.what}, or write one that is declared.", self.prefix)


def undeclared(sources: Sources, module: Module, names: tuple[str, ...]) -> Undeclared | None:
    """What is wrong with a reference in a module; None for nothing."""
    root, rest = names[0], names[1:]
    if root in ("self", "check"):
        return None
    simple = {**_FIXED, "var": module.variables, "local": module.locals}
    if root in simple:
        return _missing(f"{root}.", rest, simple[root])
    if root == "module":
        return _missing("module.", rest, module.modules) or _output(sources, module, rest)
    if root in ("data", "ephemeral"):
        return _object(sources, module, root, rest)
    if not rest:
        return Undeclared(f"{root} alone refers to nothing; a text needs quotes")
    return _object(sources, module, "resource", names)


def _missing(prefix: str, rest: tuple[str, ...], declared: Collection[str]) -> Undeclared | None:
    if not rest:
        return Undeclared(f"{prefix} needs a name")
    return None if rest[0] in declared else _not_declared(prefix, rest[0], did_you_mean(rest[0], declared))


def _not_declared(prefix: str, name: str, near: Guess) -> Undeclared:
    return Undeclared(f"{prefix}{name} is not declared", near, prefix, f"{prefix}{name}")


def _object(sources: Sources, module: Module, kind: str, rest: tuple[str, ...]) -> Undeclared | None:
    prefix = "" if kind == "resource" else f"{kind}."
    if len(rest) < 2:
        return Undeclared(f"{prefix}{rest[0] if rest else ''} needs a type and a name")
    type_, name = rest[:2]
    if (kind, type_, name) in module.objects:
        return None
    near = closest(name, module.names(kind, type_))
    if near:
        return _not_declared(prefix, f"{type_}.{name}", Guess(f"{type_}.{near}"))
    # One of another type is none, however alike the two are written, unless it is the type that is misspelt.
    alike = closest(type_, sorted(t for k, t, n in module.objects if k == kind and n == name), 0.85)
    if alike and _is_type(sources, module, kind, type_) and not _is_type(sources, module, kind, alike):
        return None  # `terraform-type` tells it where it is declared
    return _not_declared(prefix, f"{type_}.{name}", Guess(f"{alike}.{name}" if alike else ""))


def _is_type(sources: Sources, module: Module, kind: str, type_: str) -> bool:
    """Whether a recorded provider has the type, or none is recorded that would."""
    editions = judges(sources, module.folder, type_.partition("_")[0]).editions
    return not editions or any(of_type(edition, SECTIONS[kind], type_) for edition in editions)


def _output(sources: Sources, module: Module, rest: tuple[str, ...]) -> Undeclared | None:
    inner = called(sources, module, rest[0])
    if inner is None or inner.broken or len(rest) < 2 or rest[1] in inner.outputs:
        return None
    prefix = f"module.{rest[0]}."
    message = f"{prefix}{rest[1]}: {inner.title} has no output {rest[1]}"
    return Undeclared(message, did_you_mean(rest[1], inner.outputs), prefix)


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
    message = f"{wrong.what} has no attribute {wrong.name}"
    flaw = at(place, message, f"Write an attribute that {wrong.what} has.", did_you_mean(wrong.name, wrong.known))
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
