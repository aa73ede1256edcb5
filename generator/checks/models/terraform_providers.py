"""Which providers a Terraform module requires, configures and uses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Argument, Block, Reference
from generator.checks.formats.hcl_expressions import Call, references
from generator.checks.models.terraform import Module, called, file_calls, modules
from generator.checks.models.terraform_spots import SECTIONS
from generator.checks.source import Sources, shared

BUILT_IN = "terraform"
"""The provider of `terraform_data`, which nothing has to require."""


@dataclass(frozen=True, slots=True)
class Use:
    """A place that needs a provider, by the name that the module gives it."""

    name: str
    path: str
    line: int
    column: int
    configuration: str = ""
    """`aws.other`, where one is named."""
    by_type: bool = False
    """Named by nothing but the type of an object."""


@dataclass(slots=True)
class Providers:
    """The providers of one module."""

    entries: dict[str, tuple[str, Argument]] = field(default_factory=dict)
    """What `required_providers` names, each with its file."""
    configurations: set[str] = field(default_factory=set)
    """`aws.other` for each alias that is configured here or handed in by the caller."""
    uses: list[Use] = field(default_factory=list)
    listed: bool = False
    """There is a `required_providers`, with entries or without."""


@shared
def providers(sources: Sources, place: str) -> Providers:
    """The providers of the module in the folder `place`."""
    found = Providers()
    for path in modules(sources)[place].files:
        for block in hcl.parse(sources, path).body.blocks:
            _take(found, path, block)
        found.uses += _functions(path, file_calls(sources, path))
    return found


def _take(found: Providers, path: str, block: Block) -> None:
    if block.type == "terraform":
        for listed in block.body.of("required_providers"):
            found.listed = True
            for argument in listed.body.arguments:
                found.entries[argument.name] = (path, argument)
                found.configurations |= {str(one) for one in handed_in(argument)}
    elif block.type == "provider" and block.labels:
        found.uses.append(Use(block.name, path, block.line, block.column))
        alias = block.body.get("alias")
        if alias and alias.literal:
            found.configurations.add(f"{block.name}.{alias.literal}")
    found.uses += _named(path, block)
    for inner in block.body.of("data") if block.type == "check" else ():
        _take(found, path, inner)


def handed_in(entry: Argument) -> Iterator[Reference]:
    """The configurations that an entry takes from the caller: its `configuration_aliases`."""
    for key, _, value in hcl.entries(entry.value):
        if key == "configuration_aliases":
            yield from references(value)


def _named(path: str, block: Block) -> Iterator[Use]:
    """By the argument `provider` of an object, else by its type; by the argument `providers` of a call."""
    chosen = block.body.get("provider") if block.type in (*SECTIONS, "import") else None
    given = [chosen.value] if chosen else []
    handed = block.body.get("providers") if block.type == "module" else None
    given += [value for _, _, value in hcl.entries(handed.value)] if handed else []
    for value in given:
        for one in references(value):
            yield Use(one.names[0], path, one.line, one.column, str(one) if len(one.names) > 1 else "")
    if block.type in SECTIONS and chosen is None and len(block.labels) == 2:
        name = block.labels[0].partition("_")[0]
        if name != BUILT_IN:
            yield Use(name, path, block.line, block.column, by_type=True)


def _functions(path: str, found: tuple[Call, ...]) -> Iterator[Use]:
    for call in found:
        words = call.name.split("::")
        if words[0] == "provider" and len(words) > 1 and words[1] != BUILT_IN:
            yield Use(words[1], path, call.line, call.column)


def needed(sources: Sources, module: Module) -> frozenset[str] | None:
    """The providers that a module or one that it calls uses; None where it calls one that is not in this tree."""
    names: set[str] = set()
    waiting, seen = [module], {module.folder}
    while waiting:
        here = waiting.pop()
        names |= {use.name for use in providers(sources, here.folder).uses}
        for name in here.modules:
            inner = called(sources, here, name)
            if inner is None:
                return None
            if inner.folder not in seen:
                seen.add(inner.folder)
                waiting.append(inner)
    return frozenset(names)
