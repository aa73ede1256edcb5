"""The exporter of CloudWatch asks where the metrics are

The exporter asks for metrics in the regions that its configuration names; in another region than that of the
environment it finds nothing, and every alert on these metrics is silent. So it is where the configuration looks up an
event rule under a name (`lookup(rules, "tasks-failed", ...)`) that the map which Terraform fills in does not have: it
then asks for a rule that is none. Regions are judged in repositories that agency-scaffold generated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import hcl, yaml
from generator.checks.models.ours import is_ours
from generator.checks.models.terraform import module_of
from generator.checks.models.terraform_settings import certain
from generator.checks.rule import Flaw, Format, Point, at, did_you_mean, one_of
from generator.checks.source import Sources, lines, shared, text
from generator.places import ANSWERS_FILE

FORMAT = Format.PROMETHEUS

_LOOKUP: Final = re.compile(r'lookup\((\w+), "([\w-]+)"')
_FILLED: Final = re.compile(r'templatefile\("[^"]*?([\w-]+/[\w.-]+)",\s*\{\s*(\w+)\s*=\s*local\.(\w+)\s*\}\)')
_EVERYWHERE: Final = frozenset({"AWS/CloudFront", "AWS/Route53", "AWS/Billing", "AWS/WAFV2"})
"""What is measured in one region for all."""


@shared
def files(sources: Sources) -> list[str]:
    return [path for path in yaml.paths(sources) if yaml.root(sources, path).at("apiVersion").text == "v1alpha1"]


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    root = yaml.root(sources, path)
    known = _regions(sources)
    for job in (*root.at("discovery", "jobs").items, *root.at("static").items):
        kind = job.at("type").text or job.at("namespace").text
        for node in job.at("regions").items if known and kind not in _EVERYWHERE else ():
            if re.fullmatch(r"[a-z]{2}(?:-[a-z]+)+-\d", node.text) and node.text not in known:
                message = f"{kind} is asked for in {node.text}, where no environment is"
                yield at(node, message, one_of(known))
    yield from _lookups(sources, path)


@shared
def _regions(sources: Sources) -> frozenset[str]:
    """The regions of the answers and of the environments; none in a repository of others."""
    cloud = yaml.root(sources, ANSWERS_FILE).at("cloud") if is_ours(sources) else None
    if not cloud or not cloud.at("region").text:
        return frozenset()
    given = (hcl.parse(sources, path).body.get("region") for path in sources.ending(".tfvars"))
    told = {one.literal for one in given if one and one.literal}
    return frozenset({cloud.at("region").text, cloud.at("secondary_region").text, *told})


def _lookups(sources: Sources, path: str) -> Iterator[Flaw]:
    for number, line in enumerate(lines(sources, path), 1):
        for match in _LOOKUP.finditer(line) if "${" in line else ():
            known = _maps(sources).get(("/".join(path.split("/")[-2:]), match[1]), frozenset())
            if known and match[2] not in known:
                near = did_you_mean(match[2], known)
                yield at(Point(number, match.start(2) + 1), f"{match[1]} has no {match[2]}", one_of(known), near)


@shared
def _maps(sources: Sources) -> dict[tuple[str, str], frozenset[str]]:
    """The keys of the maps that Terraform fills templates with, by the end of the file's path and the name there."""
    found = {}
    for path in sources.ending(".tf"):
        for match in _FILLED.finditer(text(sources, path)) if b"templatefile(" in sources.tree[path].content else ():
            module = module_of(sources, path)
            declared = module.locals.get(match[3]) if module else None
            value = certain(sources, declared.path, declared.body.arguments[0].value) if declared else None
            if isinstance(value, dict):
                found[match[1], match[2]] = frozenset(value)
    return found
