"""The files that Terraform's functions read, by the paths that the text says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Body
from generator.checks.formats.hcl_values import UNKNOWN, Bound, evaluate, known
from generator.checks.models.terraform import Module, module_of, modules
from generator.checks.models.terraform_values import is_root
from generator.checks.source import Sources, folder, join, shared

READING: Final = frozenset({
    "file", "filebase64", "templatefile", "filemd5", "filesha1", "filesha256", "filesha512", "filebase64sha256",
    "filebase64sha512",
})  # fmt: skip
_TREE: Final = "@tree/"
"""Begins what is known from the top of the tree."""
_PASSES: Final = 2
"""How often locals are worked out: one may name another."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A call that reads a file, or lists those of a folder."""

    function: str
    place: str
    """The file or folder, from the top of the tree."""
    pattern: str
    """What the names of the files are like, of `fileset` alone; "" where it is not known."""
    line: int
    column: int
    bare: bool
    """Whether the path stands there without `path.module`, so that it begins where Terraform runs."""


@shared
def readings(sources: Sources, path: str) -> tuple[Reading, ...]:
    """The calls of a file whose paths are known and lie in the tree, but those that may fail or are asked for first."""
    content = sources.tree[path].content
    module = modules(sources).get(folder(path)) or module_of(sources, path)
    if module is None or not re.search(rb"\bfile\w*\(|\btemplatefile\(", content):
        return ()
    values = _values(sources, module.folder)
    found = list(_below(hcl.parse(sources, path).body, values))
    asked = {one.place for one in found if one.function == "fileexists"}
    return tuple(one for one in found if one.place not in asked)


@shared
def _values(sources: Sources, place: str) -> _Values:
    return _Values(sources, modules(sources)[place])


class _Values:
    """What expressions of a module come to."""

    def __init__(self, sources: Sources, module: Module) -> None:
        here = f"{_TREE}{module.folder}"
        self.top = is_root(sources, module)
        self.folder = module.folder
        self.paths = {"module": here, "root": here if self.top else UNKNOWN}
        self.locals: dict[str, Any] = {}
        for _ in range(_PASSES):
            self.locals = {
                name: evaluate(declared.body.arguments[0].value, self.lookup, {})
                for name, declared in module.locals.items()
            }

    def lookup(self, root: str, _bound: Bound) -> Any:
        """The value of the first name of a reference."""
        return {"path": self.paths, "local": self.locals}.get(root, UNKNOWN)

    def text(self, node: Any) -> str:
        """The text that an expression comes to; "" where that is not known."""
        value = evaluate(node, self.lookup, {})
        return value if isinstance(value, str) and known(value) else ""


def _below(body: Body, values: _Values) -> Iterator[Reading]:
    for argument in body.arguments:
        yield from _calls(argument.value, values)
    for block in body.blocks:
        # A test that runs another module is about the files of that one.
        if not (block.type == "run" and list(block.body.of("module"))):
            yield from _below(block.body, values)


def _calls(node: Any, values: _Values) -> Iterator[Reading]:
    if node.type == "function_call":
        function = hcl.word(node.named_children[0])
        if function in ("try", "can"):
            return
        given = [one for child in node.named_children if child.type == "function_arguments" for one in _given(child)]
        if given and function in READING | {"fileset", "fileexists"}:
            yield from _reading(function, given, values)
    for child in node.named_children:
        yield from _calls(child, values)


def _given(arguments: Any) -> list[Any]:
    return [child for child in arguments.named_children if child.type == "expression"]


def _reading(function: str, given: list[Any], values: _Values) -> Iterator[Reading]:
    text = values.text(given[0])
    bare = not text.startswith(_TREE)
    if not text or (bare and not values.top) or re.match(r"[/~]|\w+:", text):
        return
    place = join(values.folder, text) if bare else join("", text.removeprefix(_TREE))
    pattern = values.text(given[1]) if function == "fileset" and len(given) > 1 else ""
    if not place.startswith(".."):
        yield Reading(function, place, pattern, *hcl.place(given[0]), bare)
