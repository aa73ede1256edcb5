"""The Terraform modules of a tree: what each folder declares, and what its expressions refer to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Argument, Block, Body, Reference
from generator.checks.formats.hcl_expressions import references
from generator.checks.source import Sources, folder, join, shared

TESTS: Final = ".tftest.hcl"


@dataclass(frozen=True, slots=True)
class Declared:
    """A declaration and the file it stands in."""

    path: str
    line: int
    body: Body


@dataclass(slots=True)
class Module:
    """A folder of `.tf` files."""

    folder: str
    files: list[str] = field(default_factory=list)
    broken: bool = False
    """A file cannot be parsed, so what is missing may stand there."""
    variables: dict[str, Declared] = field(default_factory=dict)
    locals: dict[str, Declared] = field(default_factory=dict)
    outputs: dict[str, Declared] = field(default_factory=dict)
    modules: dict[str, Declared] = field(default_factory=dict)
    objects: dict[tuple[str, str, str], Declared] = field(default_factory=dict)
    """By kind of block (resource, data, ephemeral), type and name."""
    providers: set[str] = field(default_factory=set)
    """Local names that `required_providers` gives."""
    sources: dict[str, str] = field(default_factory=dict)
    """The source of each required provider."""

    @property
    def title(self) -> str:
        """The folder, as a message names it."""
        return self.folder or "the root folder"

    def names(self, kind: str, type_: str) -> list[str]:
        """The names of all objects of a type."""
        return [n for k, t, n in self.objects if (k, t) == (kind, type_)]


@shared
def modules(sources: Sources) -> dict[str, Module]:
    """All modules by their folder."""
    found: dict[str, Module] = {}
    for path in sources.ending(".tf"):
        module = found.setdefault(folder(path), Module(folder(path)))
        module.files.append(path)
        parsed = hcl.parse(sources, path)
        module.broken = module.broken or bool(parsed.error)
        for block in parsed.body.blocks:
            _declare(module, path, block)
    return found


def _declare(module: Module, path: str, block: Block) -> None:
    here = Declared(path, block.line, block.body)
    named = {"variable": module.variables, "output": module.outputs, "module": module.modules}
    if block.type in named and len(block.labels) == 1:
        named[block.type][block.name] = here
    elif block.type in ("resource", "data", "ephemeral") and len(block.labels) == 2:
        module.objects[block.type, block.labels[0], block.labels[1]] = here
    elif block.type == "locals":
        module.locals |= {a.name: Declared(path, a.line, Body([a])) for a in block.body.arguments}
    elif block.type == "check":
        for inner in block.body.of("data"):
            _declare(module, path, inner)
    elif block.type == "terraform":
        for entry in block.body.of("required_providers"):
            _require(module, entry.body)


def _require(module: Module, body: Body) -> None:
    for argument in body.arguments:
        module.providers.add(argument.name)
        given = {key: hcl.literal(value) for key, _, value in hcl.entries(argument.value)}
        module.sources[argument.name] = given.get("source") or f"hashicorp/{argument.name}"


def called(sources: Sources, module: Module, name: str) -> Module | None:
    """The module of this tree that the call `name` runs; None for one from elsewhere."""
    call = module.modules.get(name)
    source = call.body.get("source") if call else None
    return target(sources, module, source)


def target(sources: Sources, module: Module, source: Argument | None) -> Module | None:
    """The module of this tree that a `source` argument names."""
    where = source.literal if source else None
    if not where or not where.startswith(("./", "../")):
        return None
    return modules(sources).get(join(module.folder, where))


def module_of(sources: Sources, path: str) -> Module | None:
    """The module that a test or a variables file belongs to: the nearest folder above it with `.tf` files."""
    here = folder(path)
    while True:
        if here in modules(sources):
            return modules(sources)[here]
        if not here:
            return None
        here = folder(here)


# Arguments whose value is a word of the language, not a reference to an object.
_WORDS: Final = {
    ("variable", "type"), ("lifecycle", "ignore_changes"), ("moved", "from"), ("removed", "from"),
    ("resource", "provider"), ("data", "provider"), ("ephemeral", "provider"), ("import", "provider"),
    ("module", "providers"), ("dynamic", "iterator"), ("run", "providers"), ("run", "command"),
    ("provisioner", "when"), ("provisioner", "on_failure"),
    ("plan_options", "mode"), ("plan_options", "target"), ("plan_options", "replace"),
    ("mock_provider", "override_during"), ("mock_resource", "override_during"), ("mock_data", "override_during"),
    ("override_resource", "override_during"), ("override_data", "override_during"),
    ("override_module", "override_during"),
}  # fmt: skip


# Arguments whose value is the address of an object, which may lie within a module that is called.
_ADDRESSES: Final = {("moved", "to"), ("import", "to")}


def _call(address: Reference) -> Reference:
    """Of an address within a module the call; any other as it is."""
    names = address.names[:2] if address.names[0] == "module" else address.names
    return Reference(names, address.line, address.column)


def references_of(body: Body, bound: frozenset[str] = frozenset(), block: str = "") -> Iterator[Reference]:
    """Every reference below a body, but the words of the language and names bound by `for` and `dynamic`."""
    for argument in body.arguments:
        if (block, argument.name) not in _WORDS:
            found = references(argument.value, bound)
            yield from map(_call, found) if (block, argument.name) in _ADDRESSES else found
    for inner in body.blocks:
        if inner.type == "dynamic":
            yield from _dynamic(inner, bound)
        elif inner.type != "required_providers":
            yield from references_of(inner.body, bound, inner.type)


def _dynamic(block: Block, bound: frozenset[str]) -> Iterator[Reference]:
    iterator = block.body.get("iterator")
    name = hcl.word(iterator.value) if iterator else block.name
    for argument in block.body.arguments:
        if argument.name != "iterator":
            yield from references(argument.value, bound)
    for content in block.body.blocks:
        yield from references_of(content.body, bound | {name}, content.type)


@shared
def file_references(sources: Sources, path: str) -> tuple[Reference, ...]:
    """The references in a file."""
    return tuple(references_of(hcl.parse(sources, path).body))


@shared
def used(sources: Sources, place: str) -> frozenset[tuple[str, str]]:
    """(root, name) of every reference in the module at the folder `place`."""
    return frozenset(
        reference.names[:2]  # type: ignore[misc]
        for path in modules(sources)[place].files
        for reference in file_references(sources, path)
        if len(reference.names) > 1
    )


def plain(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names of a reference without indexes."""
    return tuple(name for name in names if not re.match(r"\[", name))
