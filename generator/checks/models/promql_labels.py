"""Which labels the result of a query has, where the query says so itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from generator.checks.models import prometheus

Labels = frozenset[str]
"""Names of labels."""
Known = Callable[[str], "Labels | None"]
"""The labels of a series that a rule records; None for one that is not known."""

_SCALARS: Final = frozenset({"scalar", "time", "pi"})
_KEEP_ALL: Final = frozenset({"topk", "bottomk", "limitk", "limit_ratio"})
_DEEPEST: Final = 60


def labels(query: str, recorded: Known) -> Labels | None:
    """The labels that the result of a query can have; None where that depends on what is scraped."""
    tree = prometheus.tree(query)
    return None if tree is None else _of(tree, recorded, 0)


def branches(query: str, recorded: Known) -> list[Labels | None]:
    """The same of each side of `or`: a series of the result comes from one of them."""
    tree = prometheus.tree(query)
    return [] if tree is None else [_of(side, recorded, 0) for side in _sides(tree, 0)]


def _sides(node: Any, depth: int) -> list[Any]:
    kind = type(node).__name__
    if kind == "ParenExpr" and depth < _DEEPEST:
        return _sides(node.expr, depth + 1)
    if kind == "BinaryExpr" and str(node.op) == "or" and depth < _DEEPEST:
        return [*_sides(node.lhs, depth + 1), *_sides(node.rhs, depth + 1)]
    return [node]


def _of(node: Any, recorded: Known, depth: int) -> Labels | None:
    kind = type(node).__name__
    if depth > _DEEPEST:
        return None
    if kind in {"ParenExpr", "UnaryExpr"}:
        return _of(node.expr, recorded, depth + 1)
    if kind == "VectorSelector":
        return recorded(node.name) if node.name else None
    if kind == "AggregateExpr":
        return _aggregated(node)
    if kind == "BinaryExpr":
        return _binary(node, recorded, depth)
    return _called(node, recorded, depth) if kind == "Call" else None


def _is_number(node: Any) -> bool:
    """Whether a part is a number, and no series."""
    kind = type(node).__name__
    if kind in {"ParenExpr", "UnaryExpr"}:
        return _is_number(node.expr)
    if kind == "BinaryExpr":
        return _is_number(node.lhs) and _is_number(node.rhs)
    return kind == "NumberLiteral" or (kind == "Call" and node.func.name in _SCALARS)


def _aggregated(node: Any) -> Labels | None:
    operator = str(node.op)
    if operator in _KEEP_ALL:
        return None
    if node.modifier is None:
        made: Labels = frozenset()
    elif "without" in str(node.modifier):
        return None
    else:
        made = frozenset(node.modifier.labels)
    return made | {str(node.param.val)} if operator == "count_values" else made


def _binary(node: Any, recorded: Known, depth: int) -> Labels | None:
    left, right = (_of(side, recorded, depth + 1) for side in (node.lhs, node.rhs))
    operator, how = str(node.op), str(node.modifier)
    if operator in {"and", "unless"}:
        return left
    if operator == "or":
        return None if left is None or right is None else left | right
    if _is_number(node.lhs) or _is_number(node.rhs):
        return right if _is_number(node.lhs) else left
    if "group_" in how or "ignoring" in how:
        return None
    # Of one series on each side those that are matched by are left, or all, which both have.
    return _matched(node.modifier) if "on (" in how else left if left is not None else right


def _matched(modifier: Any) -> Labels | None:
    names = getattr(modifier.matching, "labels", None)
    return None if names is None else frozenset(names)


def _called(node: Any, recorded: Known, depth: int) -> Labels | None:
    name = node.func.name
    if name == "vector":
        return frozenset()
    if name in {"absent", "absent_over_time"}:
        return _absent(node.args[0])
    if name != "histogram_quantile" or len(node.args) != 2:
        return None
    inner = _of(node.args[1], recorded, depth + 1)
    return None if inner is None else inner - {"le"}


def _absent(node: Any) -> Labels:
    """What is not there has the labels that were asked for by `=`."""
    while type(node).__name__ == "ParenExpr":
        node = node.expr
    inner = getattr(node, "vector_selector", node)
    if type(inner).__name__ != "VectorSelector":
        return frozenset()
    return frozenset(one.name for one in inner.matchers.matchers if str(one.op).endswith("Equal"))
