"""A threshold is one that its number can pass

`up == 2` never holds, since `up` is 0 or 1: the alert never fires, and nothing says so. So it is with a share of errors
that is compared with 5, though it is 0.05 where five of a hundred fail. In repositories that agency-scaffold generated
the recorded percentiles of latency are seconds: one that is held to hundreds of them, in an alert or an analysis, was
meant in milliseconds.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes, prometheus
from generator.checks.models.ours import is_ours
from generator.checks.rule import Flaw, Format, Point, at
from generator.checks.source import Sources, lines
from generator.places import ANSWERS_FILE

FORMAT = Format.PROMETHEUS

_SWITCH: Final = re.compile(r"up|(?:pg|mysql|redis|mongodb|memcached|haproxy|nginx)_up|probe_success")
_SHARE: Final = re.compile(r"\w+:\w*errors?:ratio_rate\w+")
_SECONDS: Final = re.compile(r"\w+:http_latency:p\d+_\w+")
_TESTS: Final[dict[str, Callable[[float, float], bool]]] = {
    "==": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_TURNED: Final = {"==": "==", ">": "<", ">=": "<=", "<": ">", "<=": ">="}
_SAME: Final = frozenset({"max", "min", "avg", "topk", "bottomk"})
"""What makes no number of a greater one."""
_SAME_CALLS: Final = frozenset({"avg_over_time", "last_over_time", "max_over_time", "min_over_time"})
_DEEPEST: Final = 60
_MUCH: Final = 20
"""So many times the limit of the answers is another unit."""
_LIMIT: Final = re.compile(r"result\[0\] (?:<=?|>=?) (\d+(?:\.\d+)?)")


def files(sources: Sources) -> Iterable[str]:
    return prometheus.queries(sources)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for query in prometheus.queries(sources)[path]:
        for name, sign, number in _compared(prometheus.tree(query.text), 0):
            message, fix = _wrong(sources, name, sign, number)
            if message:
                yield at(_place(sources, path, query.node, name, number), f"{query.owner}: {message}", fix)
    yield from _analyses(sources, path)


def _place(sources: Sources, path: str, node: Node, name: str, number: float) -> Point:
    """Where a query compares a series: it may name it in several lines."""
    for line in range(node.line, node.raw.end_mark.line + 2):
        text = lines(sources, path)[line - 1] if line <= len(lines(sources, path)) else ""
        if name in text and f" {number:g}" in text:
            return Point(line, text.index(name) + 1)
    return prometheus.spot(sources, path, node, name)


def _compared(node: Any, depth: int) -> Iterator[tuple[str, str, float]]:
    """(series, sign, number) of each comparison of a series with a number in a query."""
    if node is None or depth > _DEEPEST:
        return
    kind = type(node).__name__
    if kind == "BinaryExpr":
        for side, other, sign in (
            (node.lhs, node.rhs, str(node.op)),
            (node.rhs, node.lhs, _TURNED.get(str(node.op), "")),
        ):
            name, number = _series(side), _number(other)
            if name and number is not None and sign in _TESTS:
                yield name, sign, number
            yield from _compared(side, depth + 1)
    elif kind == "Call":
        for one in node.args:
            yield from _compared(one, depth + 1)
    elif kind in {"AggregateExpr", "ParenExpr", "UnaryExpr", "SubqueryExpr"}:
        yield from _compared(node.expr, depth + 1)


def _series(node: Any) -> str:
    """The name of the series whose numbers a part of a query has, none of them greater or less; "" for any other."""
    kind = type(node).__name__
    for _ in range(_DEEPEST):
        if kind == "ParenExpr" or (kind == "AggregateExpr" and str(node.op) in _SAME):
            node = node.expr
        elif kind == "Call" and node.func.name in _SAME_CALLS:
            node = node.args[0]
        else:
            break
        kind = type(node).__name__
    inner = getattr(node, "vector_selector", node)
    return (inner.name or "") if type(inner).__name__ == "VectorSelector" else ""


def _number(node: Any) -> float | None:
    for _ in range(_DEEPEST):
        if type(node).__name__ != "ParenExpr":
            break
        node = node.expr
    return float(node.val) if type(node).__name__ == "NumberLiteral" else None


def _wrong(sources: Sources, name: str, sign: str, number: float) -> tuple[str, str]:
    """What is wrong with a comparison, and how to put it right."""
    test = _TESTS[sign]
    if _SWITCH.fullmatch(name):
        if not test(0, number) and not test(1, number):
            return f"{name} {sign} {number:g} never holds: {name} is 0 or 1", f"Write {name} == 0, or == 1."
    elif _SHARE.fullmatch(name) and number > 1 and sign in {">", ">=", "=="}:
        return (
            f"{name} {sign} {number:g} never holds: a share is 1 at the most",
            f"Write {number / 100:g} for {number:g} percent.",
        )
    elif _SECONDS.fullmatch(name) and sign in {">", ">="} and _is_much(sources, ("slo", "latency_p95_ms"), number):
        return f"{name} {sign} {number:g} is a threshold in seconds", f"Write {number / 1000:g} for {number:g} ms."
    return "", ""


def _is_much(sources: Sources, way: tuple[str, str], seconds: float) -> bool:
    """Whether a threshold is so far above that of the answers, in milliseconds, that it is no number of seconds."""
    told = yaml.root(sources, ANSWERS_FILE).at(*way).text if is_ours(sources) else ""
    return told.isdecimal() and seconds * 1000 > _MUCH * int(told)


def _analyses(sources: Sources, path: str) -> Iterator[Flaw]:
    """The limits of analyses that ask for a share or for seconds alone."""
    for template in kubernetes.in_file(sources, path, "AnalysisTemplate", "ClusterAnalysisTemplate"):
        for metric in template.node.at("spec", "metrics").items:
            asked = metric.at("provider", "prometheus", "query").raw
            name = next((_first(one.text) for one in prometheus.queries(sources)[path] if one.node.raw is asked), "")
            for key in ("successCondition", "failureCondition"):
                for match in _LIMIT.finditer(metric.at(key).text):
                    yield from _limit(sources, metric.at(key), f"{template.name}: {name}", name, float(match[1]))


def _first(query: str) -> str:
    """The series whose number a query gives, where it says under which conditions (`and`), too."""
    node: Any = prometheus.tree(query)
    return _series(node.lhs if type(node).__name__ == "BinaryExpr" and str(node.op) == "and" else node)


def _limit(sources: Sources, node: Node, what: str, name: str, limit: float) -> Iterator[Flaw]:
    if _SECONDS.fullmatch(name) and _is_much(sources, ("deployment", "max_p95_ms"), limit):
        yield at(node, f"{what} is held to {limit:g}, and is in seconds", f"Write {limit / 1000:g} for {limit:g} ms.")
    elif _SHARE.fullmatch(name) and limit > 1:
        message = f"{what} is held to {limit:g}, and a share is 1 at the most"
        yield at(node, message, f"Write {limit / 100:g} for {limit:g} percent.")
