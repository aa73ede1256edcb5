"""What an HCL expression refers to and calls, with the names that `for` binds left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from generator.checks.formats.hcl import Reference, literal, place, unwrap, word

_PLAIN: Final = frozenset(
    {
        "literal_value", "string_lit", "numeric_lit", "bool_lit", "null_lit", "identifier", "get_attr",
        "template_literal", "quoted_template_start", "quoted_template_end", "template_interpolation_start",
        "template_interpolation_end", "heredoc_start", "heredoc_identifier", "tuple_start", "tuple_end",
        "object_start", "object_end", "comment",
    }
)  # fmt: skip
"""Nodes that neither refer to anything nor call anything, nor have such inside."""
_BINDS: Final = ("for_intro", "template_for_start")
"""The heads of `for`, in an expression and in a text."""


@dataclass(frozen=True, slots=True)
class Call:
    """A function call."""

    name: str
    line: int
    column: int


def references(node: Any, bound: frozenset[str] = frozenset()) -> Iterator[Reference]:
    """The references of an expression, but those to names that an enclosing `for` or `dynamic` binds."""
    kind = node.type
    if kind == "variable_expr":
        root = word(node)
        if root not in bound:
            yield Reference((root, *_attributes(node)), *place(node))
        return
    if kind == "object_elem":
        yield from _object_element(node, bound)
        return
    if kind in ("for_object_expr", "for_tuple_expr", "template_for"):
        yield from _for(node, bound)
        return
    for child in node.named_children:
        if child.type not in _PLAIN:
            yield from references(child, bound)


def _object_element(node: Any, bound: frozenset[str]) -> Iterator[Reference]:
    key, *rest = node.named_children
    if not (
        unwrap(key).type == "variable_expr" and key.named_child_count == 1 and key.children[0].type == "variable_expr"
    ):
        yield from references(key, bound)
    for child in rest:
        yield from references(child, bound)


def _for(node: Any, bound: frozenset[str]) -> Iterator[Reference]:
    intro = next((child for child in node.named_children if child.type in _BINDS), None)
    names = (
        {word(child) for child in intro.named_children if child.type == "identifier"} if intro is not None else set()
    )
    for child in node.named_children:
        yield from references(child, bound if child == intro else bound | names)


def _attributes(node: Any) -> Iterator[str]:
    """The names after a root: `.a`, `["a"]`, and what follows an index or a splat."""
    sibling = node.next_named_sibling
    while sibling is not None:
        if sibling.type == "get_attr":
            yield word(sibling.named_children[-1])
        elif sibling.type == "index":
            key = _index(sibling)
            yield f"[{key}]" if key is not None else "[]"
        elif sibling.type == "splat":
            yield "[]"
            yield from (
                word(c.named_children[-1]) for c in sibling.named_children[0].named_children if c.type == "get_attr"
            )
        else:
            return
        sibling = sibling.next_named_sibling


def _index(node: Any) -> str | None:
    inner = node.named_children[0] if node.named_child_count else None
    if inner is None or not inner.named_child_count:
        return None
    return literal(inner.named_children[0])


def calls(node: Any) -> Iterator[Call]:
    """The function calls of an expression."""
    if node.type == "function_call":
        first = node.named_children[0]
        yield Call(word(first), *place(first))
    for child in node.named_children:
        if child.type not in _PLAIN:
            yield from calls(child)


def tried(node: Any) -> Iterator[Reference]:
    """The references within `try` and `can`, which may lead nowhere when the value is worked out."""
    if node.type == "function_call" and word(node.named_children[0]) in ("try", "can"):
        yield from references(node)
        return
    for child in node.named_children:
        yield from tried(child)
