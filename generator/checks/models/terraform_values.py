"""Files of values for variables: which root they are for, and which of them are alike.

A `.tfvars` file belongs to the nearest folder above it that is a root: one that does more than declare variables. In
folders of their own people also keep files for other roots; a file is this root's where it knows most of the names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Argument
from generator.checks.models.terraform import Module, called, module_of, modules, own
from generator.checks.models.terraform_types import ANY, Type, parse
from generator.checks.source import Sources, folder, join, name, shared, text
from generator.spelling import closest

SUFFIX = ".tfvars"


def files(sources: Sources) -> Iterator[str]:
    """All of them."""
    return (path for path in sources.ending(SUFFIX) if own(path))


@shared
def names(sources: Sources, path: str) -> frozenset[str]:
    """What a file of values, or of settings of a backend, gives."""
    return frozenset(argument.name for argument in hcl.parse(sources, path).body.arguments)


@shared
def root_of(sources: Sources, path: str) -> Module | None:
    """The root that a file is for; None where that is not known."""
    module = module_of(sources, path)
    if module is None or module.broken or not (module.objects or module.modules or module.locals or module.outputs):
        return None
    given = names(sources, path)
    strange = given - module.variables.keys()
    if folder(path) != module.folder and len(strange) * 2 > len(given):
        strange = frozenset(one for one in strange if not closest(one, module.variables, 0.8))
    return module if folder(path) == module.folder or len(strange) * 2 <= len(given) else None


@dataclass(frozen=True, slots=True)
class Given:
    """What a file of values, or a call of a module, gives to the variables of a module."""

    module: Module
    arguments: Sequence[Argument]
    called: bool
    """Whether it is a call, so that what it leaves out has its default."""


def given(sources: Sources, path: str) -> Iterator[Given]:
    """What a file gives to variables; what arguments of a call are none of them stands there, too."""
    body = hcl.parse(sources, path).body
    if path.endswith(SUFFIX):
        root = root_of(sources, path)
        if root:
            yield Given(root, tuple(body.arguments), called=False)
        return
    module = modules(sources)[folder(path)]
    for block in body.of("module"):
        inner = called(sources, module, block.name) if block.name in module.modules else None
        if inner:
            yield Given(inner, tuple(block.body.arguments), called=True)


@shared
def type_of(sources: Sources, place: str, name: str) -> Type:
    """The type of a variable of the module in a folder."""
    declared = modules(sources)[place].variables.get(name)
    wanted = declared.body.get("type") if declared else None
    return parse(wanted.value) if wanted else ANY


@shared
def always(sources: Sources, place: str) -> frozenset[str] | None:
    """What the files of a folder give that Terraform reads without being told; None where one is not HCL."""
    paths = _read_always(sources).get(place, ())
    if any(path.endswith(".json") for path in paths):
        return None
    return frozenset(one for path in paths for one in names(sources, path))


@shared
def _read_always(sources: Sources) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in sources.ending(SUFFIX, f"{SUFFIX}.json"):
        stem = name(path).removesuffix(".json").removesuffix(SUFFIX)
        if stem == "terraform" or stem.endswith(".auto"):
            found.setdefault(folder(path), []).append(path)
    return found


@shared
def _families(sources: Sources) -> dict[tuple[str, str], tuple[str, ...]]:
    """Files by their folder and suffix, and by the folder above that and their name."""
    found: dict[tuple[str, str], list[str]] = {}
    for path in sources.ending(SUFFIX, ".backend.hcl", ".tfbackend"):
        kind = name(path).partition(".")[2]
        for key in {(folder(path), f".{kind}"), (join(folder(path), ".."), name(path))}:
            found.setdefault(key, []).append(path)
    return {key: tuple(paths) for key, paths in found.items()}


def alike(sources: Sources, path: str) -> list[str]:
    """The other files that give nearly the same names: those of the other environments."""
    kind = name(path).partition(".")[2]
    keys = ((folder(path), f".{kind}"), (join(folder(path), ".."), name(path)))
    others = dict.fromkeys(other for key in keys for other in _families(sources)[key] if other != path)
    mine = names(sources, path)
    return [one for one in others if len(mine & names(sources, one)) * 2 > len(mine | names(sources, one))]


@shared
def given_elsewhere(sources: Sources) -> frozenset[str]:
    """The names that a command or its environment gives: `TF_VAR_x`, `-var x=`, `-backend-config=x=`."""
    pattern = re.compile(r"TF_VAR_(\w+)|-(?:var|backend-config)[= ][\"']?(\w+)=")
    found: set[str] = set()
    for path in sources.tree:
        content = text(sources, path) if _may_call(path) else ""
        if "TF_VAR_" in content or "-var" in content or "-backend-config" in content:
            found.update(a or b for a, b in pattern.findall(content))
    return frozenset(found)


def _may_call(path: str) -> bool:
    return not path.endswith((".tf", ".tfvars", ".json", ".lock", ".svg", ".csv"))


def is_root(sources: Sources, module: Module) -> bool:
    """Whether no other module of the tree calls it."""
    return module.folder not in _called(sources)


@shared
def _called(sources: Sources) -> frozenset[str]:
    found = set()
    for module in modules(sources).values():
        for call in module.modules.values():
            source = call.body.get("source")
            if source and (source.literal or "").startswith("."):
                found.add(join(module.folder, source.literal or ""))
    return frozenset(found)
