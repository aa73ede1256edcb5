"""Unit tests of rules are about rules that exist, and expect what those say

A test of an alert that does not exist passes when it expects nothing; one that expects another severity than the alert
has is red, and somebody switches it off. The rule files and alerts that a test names must be in the repository.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import alertmanager, prometheus
from generator.checks.models.prometheus_schema import flaws
from generator.checks.rule import Flaw, Format, at, did_you_mean, did_you_mean_path, instead_path
from generator.checks.source import Sources, folder, join, shared
from generator.finding import Severity

FORMAT = Format.PROMETHEUS

files = prometheus.test_files


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    root = yaml.root(sources, path)
    yield from flaws("tests", root)
    missing = [one for one in root.at("rule_files").items if not prometheus.existing(sources, path, one.text)]
    for node in missing:
        # Where no rule lies in the folder, it may be made before the tests are run.
        place = join(folder(path), folder(node.text))
        here = any(folder(one) == place for one in prometheus.rule_files(sources))
        severity = Severity.ERROR if here else Severity.WARNING
        otherwise = "Write the path of a file of rules, as seen from this one."
        wanted = join(folder(path), node.text)
        near = did_you_mean_path(wanted, prometheus.rule_files(sources))
        fix = instead_path(near, folder(path), otherwise) if here else otherwise
        yield at(node, f"there is no {node.text}", fix, severity=severity)
    known = prometheus.alerts(sources)
    for test in root.at("tests").items:
        for case in test.at("alert_rule_test").items:
            name = case.at("alertname")
            if name.text in known:
                yield from _unlike(sources, name.text, case.at("exp_alerts"))
            elif name and not missing:
                near = did_you_mean(name.text, known)
                message = f"there is no alert {name.text}"
                yield at(name, message, "Name an alert that the files under `rule_files` have.", near)


def _unlike(sources: Sources, alert: str, expected: Node) -> Iterator[Flaw]:
    """Labels that a test expects, and that no alert of the name has."""
    for one in expected.items:
        labels = one.at("exp_labels")
        different = [_different(fixed, labels) for fixed in _labels(sources)[alert]]
        if labels and all(different):
            label, value = min(different, key=len)[0]
            if label == "severity" and alertmanager.is_unrouted(sources, value):
                continue  # `alert-severity` tells it of the alert
            given = labels.at(label)
            expects = f"expects {label} {given.text}" if given else f"expects no {label}"
            message = f"this test {expects}, but the alert {alert} has {value}"
            yield at(given or labels, message, f"Write `{label}: {value}` under `exp_labels`.")


def _different(fixed: dict[str, str], labels: Node) -> list[tuple[str, str]]:
    return [(label, value) for label, value in fixed.items() if labels.at(label).text != value]


@shared
def _labels(sources: Sources) -> dict[str, list[dict[str, str]]]:
    """The labels of each alert that are not filled in from its query."""
    found: dict[str, list[dict[str, str]]] = {}
    for rule in prometheus.rules(sources):
        if rule.alert:
            fixed = {key: node.text for key, node in rule.node.at("labels").map.items() if "{{" not in node.text}
            found.setdefault(rule.alert, []).append(fixed)
    return found
