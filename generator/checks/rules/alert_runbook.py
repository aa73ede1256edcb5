"""Every alert leads to its runbook

Whoever is paged follows `runbook_url`. Each alert must have the annotation, and where it points into
`docs/` of this repository, the page and its heading must exist.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.checks.formats import markdown
from generator.checks.models import prometheus
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources

FORMAT = Format.PROMETHEUS


def files(sources: Sources) -> Iterator[str]:
    return (path for path in prometheus.rule_files(sources) if any(r.alert for r in prometheus.rules_of(sources, path)))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for rule in prometheus.rules_of(sources, path):
        if rule.alert:
            url = rule.node.at("annotations", "runbook_url")
            if not url:
                yield at(rule.node, f"alert {rule.alert} has no annotation runbook_url")
            match = re.search(r"(docs/[\w./-]+\.md)(?:#([\w-]+))?$", url.text)
            message = _missing(sources, match[1], match[2] or "") if match else ""
            if message:
                yield at(url, f"alert {rule.alert}: {message}")


def _missing(sources: Sources, page: str, anchor: str) -> str:
    if page not in sources.tree:
        return f"there is no {page}"
    known = markdown.anchors(sources, page)
    return f"{page} has no heading #{anchor}{did_you_mean(anchor, known)}" if anchor and anchor not in known else ""
