"""Ports of a development stack are open to this computer alone

`5432:5432` listens on every address of the computer: whoever is in the same network reads the database.
Write `127.0.0.1:5432:5432`. A repository that binds no port hears of it once.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import compose
from generator.checks.models.habits import Lapse, habit_rule, lapse
from generator.checks.rule import Format
from generator.checks.source import Sources

FORMAT = Format.DOCKER

files = compose.paths


@habit_rule()
def check(sources: Sources) -> Iterator[Lapse | None]:
    for path in compose.paths(sources):
        for name, service in yaml.root(sources, path).at("services").map.items():
            ports = service.at("ports").items
            loose = [one for one in ports if not _is_bound(one)]
            if ports and not loose:
                yield None
            if loose:
                shown = loose[0].text or loose[0].at("published").text
                fix = "Add `host_ip: 127.0.0.1` to it." if loose[0].is_map else f'Write "127.0.0.1:{shown}".'
                yield lapse(path, loose[0], f"{name}: everybody in the network reaches port {shown}", fix)


def _is_bound(port: Node) -> bool:
    """Whether a port has an address, or none that is known; one of the container alone is any that is free."""
    if port.is_map:
        return bool(port.at("host_ip")) or not port.at("published")
    text = port.text
    return ":" not in text or text.count(":") > 1 or "$" in text
