"""Words of Terraform's language are those that it has

Terraform refuses a variable whose `type` is not made of `string`, `number`, `bool`, `any` and of `list`, `set`,
`map`, `object`, `tuple`, `optional`; and other words than its own where it takes one of a few, as in `when` of a
provisioner and in `command` of a test.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Body
from generator.checks.models.terraform import judged
from generator.checks.models.terraform_language import CONSTRUCTORS, KEYWORDS, PRIMITIVES
from generator.checks.rule import Flaw, Format, Point, at, did_you_mean, one_of
from generator.checks.source import Sources

FORMAT = Format.TERRAFORM


files = judged

# Types as they were written before Terraform 0.12, quoted or not, which it still takes.
_OLD: Final = frozenset({"string", "list", "map"})


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    yield from _body(hcl.parse(sources, path).body, "file")


def _body(body: Body, block: str) -> Iterator[Flaw]:
    for argument in body.arguments:
        if (block, argument.name) == ("variable", "type"):
            if hcl.word(argument.value).strip('"') not in _OLD:
                yield from _type(argument.value)
        elif (block, argument.name) in KEYWORDS:
            yield from _known(argument.value, KEYWORDS[block, argument.name], "word")
    for inner in body.blocks:
        yield from _body(inner.body, inner.type)


def _type(node: Any) -> Iterator[Flaw]:
    inner = hcl.unwrap(node)
    if inner.type == "function_call":
        name, *rest = inner.named_children
        yield from _known(name, CONSTRUCTORS)
        yield from _argument(rest)
    elif inner.type == "object":
        for _, _, value in hcl.entries(node):
            yield from _type(value)
    elif inner.type == "tuple":
        for element in hcl.elements(node):
            yield from _type(element)
    else:
        # An expression of several nodes, as `a.b`, is judged by its first.
        yield from _known(inner.named_children[0] if inner.type == "expression" else inner, PRIMITIVES)


def _argument(nodes: list[Any]) -> Iterator[Flaw]:
    """The one type that a constructor takes: what follows it, in `optional`, is a value."""
    for node in nodes:
        found = [child for child in node.named_children if child.type == "expression"]
        yield from _type(found[0]) if found else ()


def _known(node: Any, known: frozenset[str], what: str = "type") -> Iterator[Flaw]:
    name = hcl.word(node).strip('"')
    if name not in known:
        yield at(Point(*hcl.place(node)), f"there is no {what} {name}", one_of(known), did_you_mean(name, known))
