"""Every alert leads to its runbook

Whoever is paged follows `runbook_url`. Where alerts have one, each must, and where it points into
`docs/` of this repository, the page and its heading must exist.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import markdown
from generator.checks.models import prometheus
from generator.checks.models.ours import is_ours
from generator.checks.rule import Flaw, Format, at, did_you_mean, instead
from generator.checks.source import Sources, folder, shared
from generator.finding import Severity
from generator.spelling import NO_GUESS, Guess

FORMAT = Format.PROMETHEUS

_PAGE: Final = re.compile(r"(docs/[\w./-]+\.md)(?:#([\w-]+))?$")


def files(sources: Sources) -> Iterator[str]:
    if _have(sources):
        for path in prometheus.rule_places(sources):
            if any(rule.alert for rule in prometheus.rules_of(sources, path)):
                yield path


@shared
def _have(sources: Sources) -> bool:
    """Whether any alert has a runbook."""
    return any(rule.node.at("annotations", "runbook_url") for rule in prometheus.rules(sources))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for rule in prometheus.rules_of(sources, path):
        if rule.alert:
            url = rule.node.at("annotations", "runbook_url")
            if not url:
                message = f"alert {rule.alert} has no annotation runbook_url"
                fix = "Name the page that says what to do under `annotations`, as `runbook_url`."
                yield at(rule.node, message, fix, severity=Severity.WARNING)
            match = _PAGE.search(url.text)
            judged = match and _is_here(sources, url.text[: match.start()])
            missing = _missing(sources, match[1], match[2] or "") if match and judged else None
            if match and missing:
                message, near = missing
                fix = f"Add the heading to {match[1]}." if match[1] in sources.tree else f"Add the page {match[1]}."
                yield at(url, f"alert {rule.alert}: {message}{near}", instead(near, fix, "#"))


def _is_here(sources: Sources, before: str) -> bool:
    """Whether an address leads into this repository: pages that are here begin so."""
    return "://" not in before or is_ours(sources) or before in _addresses(sources)


@shared
def _addresses(sources: Sources) -> frozenset[str]:
    """What stands before the pages of this repository in the addresses of its runbooks."""
    urls = (rule.node.at("annotations", "runbook_url").text for rule in prometheus.rules(sources))
    found = ((url, match) for url in urls if (match := _PAGE.search(url)))
    return frozenset(url[: match.start()] for url, match in found if match[1] in sources.tree)


def _missing(sources: Sources, page: str, anchor: str) -> tuple[str, Guess] | None:
    if page not in sources.tree:
        # A page in a folder that is not here is one of another repository.
        return (f"there is no {page}", NO_GUESS) if sources.has_folder(folder(page)) else None
    known = markdown.anchors(sources, page)
    told = anchor and anchor not in known
    return (f"{page} has no heading #{anchor}", did_you_mean(anchor, known)) if told else None
