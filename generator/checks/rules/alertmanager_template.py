"""What notices say can be filled in

The texts of receivers are Go templates. A notice with one that Go refuses is not sent; that notices fail is told by a
notice, which fails as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generator.checks.formats import go_template, yaml
from generator.checks.models import prometheus
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources

FORMAT = Format.PROMETHEUS

_FUNCTIONS: Final = frozenset(
    {"toUpper", "toLower", "title", "trimSpace", "join", "match", "safeHtml", "safeUrl", "urlUnescape", "reReplaceAll"}
    | {"stringSlice", "routeLabels", "date", "tz", "now", "since", "humanizeDuration", "toDate", "mustToDate", "toJson"}
    | {"base64encode", "base64decode", "list", "append", "dict"}
)


def files(sources: Sources) -> Iterator[str]:
    return (path for path in prometheus.alertmanagers(sources) if yaml.root(sources, path).at("receivers").items)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for receiver in yaml.root(sources, path).at("receivers").items:
        for node in receiver.walk():
            for mistake in go_template.wrong(node.text, _FUNCTIONS, frozenset()) if "{{" in node.text else ():
                place = prometheus.spot(sources, path, node, mistake.text)
                message = f"{receiver.at('name').text}: {mistake.message}"
                yield at(place, message, mistake.fix, did_you_mean(mistake.name, _FUNCTIONS))
