"""The Prometheus files of a tree: configuration, rules and PrometheusRules, tests; and Alertmanager's configuration."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes
from generator.checks.rule import Point
from generator.checks.source import Sources, folder, join, lines, shared


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


# What is left for a template or an environment, and the filters of LogQL.
_FOREIGN: Final = re.compile(r"\{\{(?!\s*args\.)|\{%|\$\{(?!\d)|\$[A-Za-z_]|\}\s*(?:\||!=|!~)|<%")
_LOGS: Final = re.compile(r"(?:^|[(,+*/-])\s*\{(?![^{}]*__name__)[^{}]*\}\s*(?:\[|\||!=|!~)")
_ARGUMENT: Final = re.compile(r"\{\{\s*args\.[\w-]+\s*\}\}")


@dataclass(frozen=True, slots=True)
class Query:
    """A query, where it stands."""

    node: Node
    owner: str
    """The rule or metric that asks it."""

    @property
    def text(self) -> str:
        """The query; an argument that the controller fills in is some number."""
        return _ARGUMENT.sub("1", self.node.text)


def _with(sources: Sources, *keys: str) -> list[str]:
    found = []
    for path in yaml.paths(sources):
        root = yaml.root(sources, path).map
        if all(key in root for key in keys):
            found.append(path)
    return found


@shared
def configurations(sources: Sources) -> list[str]:
    """Files with scrape jobs; not those of Promtail, which have the same key."""
    found = _with(sources, "scrape_configs")
    return [path for path in found if not yaml.root(sources, path).map.keys() & {"clients", "positions", "server"}]


@shared
def rule_files(sources: Sources) -> list[str]:
    """Files with groups of rules, as Prometheus reads them; alerts of Grafana have another form."""
    return [path for path in _with(sources, "groups") if _is_rules(yaml.root(sources, path).at("groups"))]


def _is_rules(groups: Node) -> bool:
    rules = [rule.map for group in groups.items for rule in group.at("rules").items]
    return all(group.at("rules") for group in groups.items) and any("alert" in r or "record" in r for r in rules)


@shared
def rule_places(sources: Sources) -> list[str]:
    """The same, and manifests of PrometheusRules; not those of a chart, which only look like some."""
    found = dict.fromkeys(rule_files(sources))
    for manifest in kubernetes.of_kind(sources, "PrometheusRule"):
        chart, inside, _ = manifest.path.rpartition("/templates/")
        if not inside or f"{chart}/Chart.yaml" not in sources.tree:
            found[manifest.path] = None
    return list(found)


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
    return tuple(rule for path in rule_places(sources) for rule in rules_of(sources, path))


def groups(sources: Sources, path: str) -> list[Node]:
    """The lists of groups in a file: one of a rule file, one of each PrometheusRule."""
    documents = yaml.parse(sources, path).documents
    return [node for one in documents for node in (one.at("groups"), one.at("spec", "groups")) if node]


@shared
def rules_of(sources: Sources, path: str) -> tuple[RuleEntry, ...]:
    """The rules of a file."""
    every = (group for one in groups(sources, path) for group in one.items)
    return tuple(RuleEntry(path, node) for group in every for node in group.at("rules").items)


@shared
def queries(sources: Sources) -> dict[str, tuple[Query, ...]]:
    """The queries of each file: of its rules, and of what judges releases; none that another program still fills in."""
    found: dict[str, list[Query]] = {}
    for rule in rules(sources):
        found.setdefault(rule.path, []).append(Query(rule.node.at("expr"), rule.name))
    for manifest in kubernetes.of_kind(sources, "AnalysisTemplate", "ClusterAnalysisTemplate"):
        for metric in manifest.node.at("spec", "metrics").items:
            query = Query(metric.at("provider", "prometheus", "query"), metric.at("name").text)
            found.setdefault(manifest.path, []).append(query)
    return {
        path: () if _is_of_logs(path, own) else tuple(q for q in own if q.text and not _FOREIGN.search(q.text))
        for path, own in found.items()
    }


def _is_of_logs(path: str, own: list[Query]) -> bool:
    """Whether a file has rules of Loki, whose streams have no name; `fake` is the tenant where there are none."""
    return "rules/fake/" in path or any(_LOGS.search(query.text) for query in own)


@shared
def alerts(sources: Sources) -> frozenset[str]:
    """The names of all alerts."""
    return frozenset(rule.alert for rule in rules(sources) if rule.alert)


@shared
def records(sources: Sources) -> frozenset[str]:
    """The names of all recorded series."""
    return frozenset(rule.record for rule in rules(sources) if rule.record)


@shared
def asked(sources: Sources) -> frozenset[str]:
    """The series that queries read."""
    every = (query for own in queries(sources).values() for query in own)
    return frozenset(selector.name for query in every for selector in parse(query.text)[1])


@shared
def jobs_for(sources: Sources, path: str) -> frozenset[str]:
    """The scrape jobs beside a file of rules: of the configurations that name it by its place, else of all.

    None where some may come from elsewhere: other files, other servers, relabelling.
    """
    near = [config for config in configurations(sources) if _names(sources, config, path)]
    found: set[str] = set()
    for config in near or configurations(sources):
        root = yaml.root(sources, config)
        if root.at("scrape_config_files") or root.at("remote_read"):
            return frozenset()
        for job in root.at("scrape_configs").items:
            relabelled = (*job.at("relabel_configs").items, *job.at("metric_relabel_configs").items)
            if job.at("metrics_path").text == "/federate" or "job" in map(_target, relabelled):
                return frozenset()
            found.add(job.at("job_name").text)
    return frozenset(found)


def _target(relabelling: Node) -> str:
    return relabelling.at("target_label").text


def _names(sources: Sources, config: str, path: str) -> bool:
    """Whether a configuration reads a file of rules by a path from its own folder."""
    for node in yaml.root(sources, config).at("rule_files").items:
        pattern = re.escape(join(folder(config), node.text)).replace(r"\*", "[^/]*")
        if node.text[:1] not in {"", "/"} and re.fullmatch(pattern, path):
            return True
    return False


def existing(sources: Sources, path: str, pattern: str) -> bool:
    """Whether a path, perhaps with `*`, relative to a file's folder, or an absolute one, leads to a file.

    Absolute paths are those of the container; the end of the path decides.
    """
    absolute = pattern.startswith("/")
    wanted = "/".join(pattern.split("/")[-2:]) if absolute else join(folder(path), pattern)
    regex = re.escape(wanted).replace(r"\*", "[^/]*")
    return any(re.search(f"{'(^|/)' if absolute else '^'}{regex}$", one) for one in sources.tree)


_UNITS: Final = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "y": 31536000}


def seconds(duration: str) -> float:
    """How long a duration is; 0 for what is none."""
    parts = re.findall(r"(\d+)(ms|[smhdwy])", duration[:100])
    return sum(int(n) * _UNITS[unit] for n, unit in parts) if "".join(map("".join, parts)) == duration else 0


NO_PATTERN: Final = "Close each bracket that is open, and put \\ before a sign that stands for itself."
"""The fix of what `regex_error` finds."""


def regex_error(pattern: str) -> str:
    """What is wrong with a regular expression, of what Go and Python agree on; "" for nothing."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern)
    except re.error as error:
        same = ("missing )", "unbalanced parenthesis", "unterminated", "nothing to repeat", "bad character range")
        return error.msg if error.msg.startswith(same) else ""
    except OverflowError:
        return ""
    except RecursionError:
        return "nested too deeply to be judged"
    return ""


def spot(sources: Sources, path: str, node: Node, word: str) -> Point:
    """Where a word stands in a text, which may have many lines; the text itself where it cannot be found."""
    wanted = re.compile(rf"(?<![\w:]){re.escape(word)}(?![\w:])")
    for number in range(node.line, node.raw.end_mark.line + 2):
        line = lines(sources, path)[number - 1] if number <= len(lines(sources, path)) else ""
        match = wanted.search(line, node.column - 1 if number == node.line else 0)
        if match:
            return Point(number, match.start() + 1)
    return Point(node.line, node.column)


@dataclass(frozen=True, slots=True)
class Selector:
    """A series that a query reads."""

    name: str
    matchers: tuple[tuple[str, str, str], ...]
    """(label, operator, value)."""


_BINARY: Final = re.compile(r"[-+*/%^]|\b(?:and|or|unless)\b")
_MOST_OPERATORS: Final = 200
"""The parser's time grows with their third power."""
_DEEPEST: Final = 60
"""Brackets in brackets; with them the time grows like that, too."""


@cache
def _read(expression: str) -> tuple[str, Any, tuple[Selector, ...]]:
    import promql_parser  # noqa: PLC0415 -- loaded when the first query is judged

    if len(_BINARY.findall(expression)) > _MOST_OPERATORS:
        return f"it has more than {_MOST_OPERATORS} operators, which is too long to be judged", None, ()
    if _is_deep(expression):
        return f"it has more than {_DEEPEST} levels of brackets, which is too deep to be judged", None, ()
    try:
        read = promql_parser.parse(expression)
    except ValueError as error:
        return str(error).partition("\n")[0], None, ()
    found: list[Selector] = []

    def visit(node: Any) -> bool:
        inner = getattr(node, "vector_selector", node)
        if type(inner).__name__ == "VectorSelector":
            found.append(_selector(inner))
        return True

    promql_parser.walk(read, pre_visit=visit)
    return "", read, tuple(found)


def _is_deep(expression: str) -> bool:
    depth = 0
    for bracket in re.findall(r"[()]", expression):
        depth += 1 if bracket == "(" else -1
        if depth > _DEEPEST:
            return True
    return False


def parse(expression: str) -> tuple[str, tuple[Selector, ...]]:
    """What is wrong with a query ("" for nothing), and the series that it reads."""
    error, _, found = _read(expression)
    return error, found


def tree(expression: str) -> Any:
    """A query as promql_parser reads it; None for one that cannot be read."""
    return _read(expression)[1]


_OPERATORS: Final = {"Equal": "=", "NotEqual": "!=", "Re": "=~", "NotRe": "!~"}


def _selector(node: Any) -> Selector:
    given = [(m.name, _OPERATORS.get(str(m.op).rpartition(".")[2], ""), m.value) for m in node.matchers.matchers]
    named = next((value for label, op, value in given if (label, op) == ("__name__", "=")), "")
    return Selector(node.name or named, tuple(given))
