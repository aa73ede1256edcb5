"""What HCL expressions come to, as far as the text says: no provider is asked and nothing is guessed.

A value is plain Python. What only somebody else knows is `UNKNOWN`, and inside a text a `HOLE`.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from generator.checks.formats.hcl import entries, literal, parts, unwrap, word
from generator.checks.formats.hcl_functions import (
    FUNCTIONS,
    HOLE,
    OTHER,
    UNKNOWN,
    WHATEVER,
    Unknown,
    known,
    text_of,
)  # fmt: skip

__all__ = ["HOLE", "OTHER", "UNKNOWN", "Bound", "Unknown", "evaluate", "known", "text_of"]


class Object(dict[str, Any]):
    """An object expression, whose values are worked out when they are asked for."""

    def __getitem__(self, key: str) -> Any:
        value = super().__getitem__(key)
        if isinstance(value, partial):
            value = self[key] = value()
        return value

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a key."""
        return self[key] if key in self else default  # noqa: SIM401 -- this is what `get` is here

    def items(self) -> Any:
        """All keys with their values."""
        return [(key, self[key]) for key in self]

    def values(self) -> Any:
        """All values."""
        return [self[key] for key in self]


_LONGEST: Final = 30
"""Digits of a number that anybody writes."""
Bound = Mapping[str, Any]
Lookup = Callable[[str, Bound], Any]
"""The value of the first name of a reference; the names that `for` binds are given."""


def evaluate(node: Any, lookup: Lookup, bound: Bound) -> Any:
    """The value of an expression."""
    inner = unwrap(node)
    if inner.type in _KINDS:
        return _KINDS[inner.type](inner, lookup, bound)
    if inner.type in ("string_lit", "numeric_lit", "bool_lit", "null_lit"):
        return _literal(inner)
    if inner.type == "expression":
        return _operand(parts(inner), lookup, bound)
    return UNKNOWN


def _literal(node: Any) -> Any:
    text = literal(node) or ""
    if node.type == "string_lit":
        return text
    if node.type == "numeric_lit":
        # The syntax knows numbers of base 16, the language does not.
        if len(text) > _LONGEST or text.startswith(("0x", "0X")):
            return UNKNOWN
        return float(text) if re.search(r"[.eE]", text) else int(text)
    return {"true": True, "false": False}.get(text)


def _operand(nodes: Sequence[Any], lookup: Lookup, bound: Bound) -> Any:
    """A value with the attributes and indexes that follow it."""
    first, *steps = nodes
    if first.type == "variable_expr":
        root = word(first)
        value = bound[root] if root in bound else lookup(root, bound)
    else:
        value = evaluate(first, lookup, bound)
    return _followed(value, steps, lookup, bound)


def _followed(value: Any, steps: Sequence[Any], lookup: Lookup, bound: Bound) -> Any:
    for number, step in enumerate(steps):
        if step.type == "get_attr":
            value = attribute(value, word(step.named_children[-1]))
        elif step.type == "index":
            key = step.named_children[0].named_children
            value = attribute(value, evaluate(key[0], lookup, bound)) if key else UNKNOWN
        elif step.type == "splat":
            rest = [*step.named_children[0].named_children, *steps[number + 1 :]]
            if isinstance(value, Unknown):
                return value
            items = value if isinstance(value, list) else [value]
            return [_followed(item, rest, lookup, bound) for item in items]
        else:
            return UNKNOWN
    return value


def attribute(value: Any, key: Any) -> Any:
    """What a value has under a name or an index."""
    if isinstance(value, Unknown):
        return value
    if isinstance(value, list):
        return value[key] if isinstance(key, int) and -len(value) <= key < len(value) else UNKNOWN
    if isinstance(value, dict):
        return value.get(key, UNKNOWN) if isinstance(key, str) and HOLE not in key else UNKNOWN
    return value.get(key) if hasattr(value, "get") and isinstance(key, str) else UNKNOWN


def _template(node: Any, lookup: Lookup, bound: Bound) -> Any:
    pieces = [child for child in node.named_children if child.type.startswith("template_")]
    if len(pieces) == 1 and pieces[0].type == "template_interpolation":
        return evaluate(_inside(pieces[0]), lookup, bound)
    return "".join(_part(piece, lookup, bound) for piece in pieces)


def _inside(interpolation: Any) -> Any:
    return next(child for child in interpolation.named_children if child.type == "expression")


def _part(part: Any, lookup: Lookup, bound: Bound) -> str:
    if part.type == "template_literal":
        return re.sub(r"\\(.)", r"\1", word(part))
    if part.type != "template_interpolation":
        return HOLE
    return text_of(evaluate(_inside(part), lookup, bound))


def _tuple(node: Any, lookup: Lookup, bound: Bound) -> Any:
    return [evaluate(child, lookup, bound) for child in node.named_children if child.type == "expression"]


def _object(node: Any, lookup: Lookup, bound: Bound) -> Any:
    found = Object()
    for plain, key, value in entries(node):
        name = plain if plain is not None else evaluate(key, lookup, bound)
        if not isinstance(name, str) or HOLE in name:
            return UNKNOWN
        found[name] = partial(evaluate, value, lookup, bound)
    return found


def _conditional(node: Any, lookup: Lookup, bound: Bound) -> Any:
    condition, yes, no = parts(node)[:3]
    chosen = evaluate(condition, lookup, bound)
    return evaluate(yes if chosen else no, lookup, bound) if isinstance(chosen, bool) else UNKNOWN


def _for(node: Any, lookup: Lookup, bound: Bound) -> Any:
    inner = parts(node)[0]
    intro = next(child for child in inner.named_children if child.type == "for_intro")
    condition = next((child for child in inner.named_children if child.type == "for_cond"), None)
    results = [child for child in inner.named_children if child.type == "expression"]
    names = [word(child) for child in intro.named_children if child.type == "identifier"]
    collection = evaluate(parts(intro)[-1], lookup, bound)
    if not isinstance(collection, dict | list):
        return OTHER if collection is OTHER else UNKNOWN
    made = []
    for key, value in _pairs(collection):
        here = {**bound, **dict(zip(names, (key, value)[-len(names) :], strict=True))}
        wanted = evaluate(parts(condition)[0], lookup, here) if condition is not None else True
        if not isinstance(wanted, bool):
            made.append([UNKNOWN, UNKNOWN])
        elif wanted:
            made.append([evaluate(result, lookup, here) for result in results])
    if inner.type == "for_tuple_expr":
        return [values[0] for values in made]
    known = all(isinstance(values[0], str) and HOLE not in values[0] for values in made)
    return {values[0]: values[1] for values in made} if known else UNKNOWN


def _pairs(collection: Any) -> Iterator[tuple[Any, Any]]:
    yield from collection.items() if isinstance(collection, dict) else enumerate(collection)


_BINARY: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge,
    "+": operator.add, "-": operator.sub, "*": operator.mul,
}  # fmt: skip


def _operation(node: Any, lookup: Lookup, bound: Bound) -> Any:
    inner = parts(node)[0]
    sign = next((child.type for child in inner.children if not child.is_named and child.type not in "()"), "")
    if inner.type == "unary_operation":
        value = _operand(parts(inner), lookup, bound)
        if sign == "!":
            return not value if isinstance(value, bool) else UNKNOWN
        return -value if isinstance(value, int | float) else UNKNOWN
    start = next(child.start_byte for child in inner.children if child.type == sign)
    left = _operand([child for child in parts(inner) if child.start_byte < start], lookup, bound)
    right = _operand([child for child in parts(inner) if child.start_byte > start], lookup, bound)
    if sign in ("&&", "||"):
        decided = sign == "||"
        if decided in (left, right):
            return decided
        return not decided if isinstance(left, bool) and isinstance(right, bool) else UNKNOWN
    return _calculated(sign, left, right)


def _calculated(sign: str, left: Any, right: Any) -> Any:
    """What an operation comes to; other than in Python, a text times a number is nothing."""
    numbers = isinstance(left, int | float) and isinstance(right, int | float)
    if not (known(left) and known(right)) or (sign not in ("==", "!=") and not numbers):
        return UNKNOWN
    if sign == "!=" and isinstance(left, dict | list) and isinstance(right, dict | list):
        # What is written and what a variable holds are of different types, and so never equal.
        return UNKNOWN
    try:
        return _BINARY[sign](left, right)
    except (KeyError, TypeError, OverflowError):
        return UNKNOWN


def _call(node: Any, lookup: Lookup, bound: Bound) -> Any:
    name = word(node.named_children[0])
    given = [child for child in node.named_children if child.type == "function_arguments"]
    nodes = [child for child in given[0].named_children if child.type == "expression"] if given else []
    arguments = [evaluate(child, lookup, bound) for child in nodes]
    if given and arguments and given[0].named_children[-1].type == "ellipsis":
        if not isinstance(arguments[-1], list):
            return UNKNOWN
        arguments = [*arguments[:-1], *arguments[-1]]
    if name not in FUNCTIONS or (name not in WHATEVER and not all(map(known, arguments))):
        return UNKNOWN
    if name not in ("concat", "merge", "jsonencode", "can") and any(isinstance(one, Unknown) for one in arguments):
        return UNKNOWN
    try:
        return FUNCTIONS[name](*arguments)
    except (TypeError, AttributeError, KeyError, ValueError):
        return UNKNOWN


_KINDS: Final[Mapping[str, Callable[[Any, Lookup, Bound], Any]]] = {
    "quoted_template": _template,
    "tuple": _tuple,
    "object": _object,
    "conditional": _conditional,
    "for_expr": _for,
    "operation": _operation,
    "function_call": _call,
    "variable_expr": lambda node, lookup, bound: _operand([node], lookup, bound),
}
