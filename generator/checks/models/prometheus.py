"""The Prometheus files of a tree: configuration, rules, unit tests; and Alertmanager's configuration."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.source import Sources, folder, join, shared


@dataclass(frozen=True, slots=True)
class RuleEntry:
    """An alerting or recording rule."""

    path: str
    node: Node

    @property
    def alert(self) -> str:
        return self.node.at("alert").text

    @property
    def record(self) -> str:
        return self.node.at("record").text

    @property
    def name(self) -> str:
        return self.alert or self.record


def _with(sources: Sources, *keys: str) -> list[str]:
    found = []
    for path in yaml.paths(sources):
        root = yaml.root(sources, path).map
        if all(key in root for key in keys):
            found.append(path)
    return found


@shared
def configurations(sources: Sources) -> list[str]:
    """Files with scrape jobs."""
    return _with(sources, "scrape_configs")


@shared
def rule_files(sources: Sources) -> list[str]:
    """Files with groups of rules."""
    return [
        path
        for path in _with(sources, "groups")
        if all(item.at("rules") for item in yaml.root(sources, path).at("groups").items)
        and yaml.root(sources, path).at("groups").is_list
    ]


@shared
def test_files(sources: Sources) -> list[str]:
    """Unit tests of rules."""
    return _with(sources, "rule_files", "tests")


@shared
def alertmanagers(sources: Sources) -> list[str]:
    """Alertmanager configurations."""
    return _with(sources, "route", "receivers")


@shared
def rules(sources: Sources) -> tuple[RuleEntry, ...]:
    """All rules."""
    return tuple(rule for path in rule_files(sources) for rule in rules_of(sources, path))


def rules_of(sources: Sources, path: str) -> Iterator[RuleEntry]:
    """The rules of a file."""
    for group in yaml.root(sources, path).at("groups").items:
        for node in group.at("rules").items:
            yield RuleEntry(path, node)


@shared
def alerts(sources: Sources) -> frozenset[str]:
    """The names of all alerts."""
    return frozenset(rule.alert for rule in rules(sources) if rule.alert)


@shared
def records(sources: Sources) -> frozenset[str]:
    """The names of all recorded series."""
    return frozenset(rule.record for rule in rules(sources) if rule.record)


@shared
def job_names(sources: Sources) -> frozenset[str]:
    """The scrape jobs of all configurations."""
    return frozenset(
        job.at("job_name").text
        for path in configurations(sources)
        for job in yaml.root(sources, path).at("scrape_configs").items
    )


def existing(sources: Sources, path: str, pattern: str) -> bool:
    """Whether a path, perhaps with `*`, relative to a file's folder, or an absolute one, leads to a file.

    Absolute paths are those of the container; the end of the path decides.
    """
    absolute = pattern.startswith("/")
    wanted = "/".join(pattern.split("/")[-2:]) if absolute else join(folder(path), pattern)
    regex = re.escape(wanted).replace(r"\*", "[^/]*")
    return any(re.search(f"{'(^|/)' if absolute else '^'}{regex}$", one) for one in sources.tree)


@dataclass(frozen=True, slots=True)
class Selector:
    """A series that a query reads."""

    name: str
    matchers: tuple[tuple[str, str, str], ...]
    """(label, operator, value)."""


@cache
def parse(expression: str) -> tuple[str, tuple[Selector, ...]]:
    """What is wrong with a query ("" for nothing), and the series that it reads."""
    import promql_parser  # noqa: PLC0415 -- loaded when the first query is judged

    try:
        tree = promql_parser.parse(expression)
    except ValueError as error:
        return str(error).partition("\n")[0], ()
    found: list[Selector] = []

    def visit(node: Any) -> bool:
        inner = getattr(node, "vector_selector", node)
        if type(inner).__name__ == "VectorSelector":
            found.append(_selector(inner))
        return True

    promql_parser.walk(tree, pre_visit=visit)
    return "", tuple(found)


_OPERATORS: Final = {"Equal": "=", "NotEqual": "!=", "Re": "=~", "NotRe": "!~"}


def _selector(node: Any) -> Selector:
    given = [(m.name, _OPERATORS.get(str(m.op).rpartition(".")[2], ""), m.value) for m in node.matchers.matchers]
    named = next((value for label, op, value in given if (label, op) == ("__name__", "=")), "")
    return Selector(node.name or named, tuple(given))
