"""What asks the cloud asks in a region that an environment is in

A store of secrets, an exporter or a script that names another region finds nothing there: no Secret is made, no metric
comes, and nothing says why. In a repository of agency-scaffold each region in manifests, monitoring and scripts is
one that the values of an environment or the answers name. Metrics that AWS keeps in us-east-1 alone may be asked there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import hcl, yaml
from generator.checks.models.environments import places
from generator.checks.models.ours import is_ours
from generator.checks.rule import Flaw, Format, one_of
from generator.checks.source import Sources, lines, shared, text
from generator.places import ANSWERS_FILE

FORMAT = Format.YAML

_OURS: Final = ("infrastructure/", "monitoring/", "scripts/", ".github/")
"""Not the services: their code may ask for a bucket anywhere."""
_REGION: Final = r"(?:us|eu|ap|ca|sa|me|af|il|mx|cn)(?:-gov)?-(?:north|south|east|west|central)+-\d"
_IN_YAML: Final = re.compile(rf"^\s*(?:- )?(?:[\w-]*region: *)?[\"']?({_REGION})[\"']?\s*(?:#.*)?$")
_IN_SCRIPTS: Final = re.compile(rf"\bAWS_(?:DEFAULT_)?REGION(?::-|=)[\"']?({_REGION})\b")
_ONE_PLACE: Final = ("AWS/CloudFront", "AWS/Billing", "AWS/Route53", "AWS/WAFV2")
"""What has its metrics in us-east-1, wherever it is."""


def files(sources: Sources) -> Iterator[str]:
    if known(sources):
        yield from (path for path in (*yaml.paths(sources), *sources.ending(".sh")) if path.startswith(_OURS))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    content = text(sources, path)
    if "region" not in content and "REGION" not in content:
        return
    pattern = _IN_SCRIPTS if path.endswith(".sh") else _IN_YAML
    everywhere = any(one in content for one in _ONE_PLACE)
    for number, line in enumerate(lines(sources, path), 1):
        match = pattern.search(line)
        if match and match[1] not in known(sources) and not (everywhere and match[1] == "us-east-1"):
            yield Flaw(number, f"no environment is in {match[1]}", one_of(known(sources)), match.start(1) + 1)


@shared
def known(sources: Sources) -> frozenset[str]:
    """The regions of the answers and of the values of environments; none where the repository is not one of ours."""
    cloud = yaml.root(sources, ANSWERS_FILE).at("cloud") if is_ours(sources) else yaml.ABSENT
    found = {cloud.at(key).text for key in ("region", "secondary_region")} - {"none"}
    values = [path for by in places(sources).values() for path in by.values() if path.endswith(".tfvars")]
    for path in values if cloud else ():
        given = hcl.parse(sources, path).body.get("region")
        found.add((given.literal if given else None) or "")
    return frozenset(found - {""})
