"""Terraform objects are named with a key where there are several, and without one elsewhere

An object or a module with `count` or `for_each` is a collection: an attribute of it needs a key (`[0]`,
`[each.key]`), a splat (`[*]`) or a `for`. An object without them has no keys. Terraform refuses the wrong form, that of
objects also inside `try`.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats.hcl import Reference
from generator.checks.models.terraform import Declared, Module, called, configurations, file_references, modules, tries
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, folder

FORMAT = Format.TERRAFORM

files = configurations


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    module = modules(sources)[folder(path)]
    if module.broken:
        return
    for reference in file_references(sources, path):
        declared, size = _object(module, reference)
        if declared and len(reference.names) > size:
            for flaw in _judge(reference, declared, size):
                if reference.names[0] != "module" or _certain(sources, path, reference):
                    yield flaw


def _certain(sources: Sources, path: str, reference: Reference) -> bool:
    """Of a module: whether the name is an output and no key of its `for_each`, and is needed."""
    inner = called(sources, modules(sources)[folder(path)], reference.names[1])
    follows = reference.names[2]
    is_output = follows.startswith("[") or (inner is not None and follows in inner.outputs)
    return is_output and (reference.line, reference.column) not in tries(sources, path)


def _object(module: Module, reference: Reference) -> tuple[Declared | None, int]:
    """What a reference names first, and how many names that takes."""
    root, *rest = reference.names
    if root == "module" and rest:
        return module.modules.get(rest[0]), 2
    if root in ("data", "ephemeral"):
        return (module.objects.get((root, rest[0], rest[1])), 3) if len(rest) > 1 else (None, 0)
    return (module.objects.get(("resource", root, rest[0])), 2) if rest else (None, 0)


def _judge(reference: Reference, declared: Declared, size: int) -> Iterator[Flaw]:
    several = next((name for name in ("count", "for_each") if declared.body.get(name)), "")
    follows, name = reference.names[size], ".".join(reference.names[:size])
    keyed = follows.startswith("[") or follows.isdigit()
    if several and not keyed:
        key = "[0]" if several == "count" else "[each.key]"
        message = f"{name} has {several}: .{follows} needs a key before it"
        yield at(reference, message, f"Write `{name}{key}.{follows}`, or `{name}[*].{follows}` for all of them.")
    elif not several and keyed and follows != "[]" and len(reference.names) > size + 1:
        message = f"{name} has neither count nor for_each: {follows} is no key of it"
        yield at(reference, message, f"Write `{name}.{reference.names[size + 1]}`.")
