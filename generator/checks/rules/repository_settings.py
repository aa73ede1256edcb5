"""The settings of the repository keep the main branch behind reviews

`.github/repository-settings.json` is what `scripts/repository-settings.sh` gives to GitHub. A switch that
was turned off there lets unreviewed code reach production: reviews that stay after a push, a check of an
old state, an action that follows a tag. Set it back to `true`. Owners are asked where anybody is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generator.checks.formats import yaml
from generator.checks.models import repository
from generator.checks.models.habits import habit
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, name

FORMAT = Format.GITHUB

_SWITCHES: Final = {
    "require_code_owner_review": "nobody who owns the code must look at a change",
    "dismiss_stale_reviews_on_push": "an approval holds for what is pushed after it",
    "strict_required_status_checks_policy": "a change is merged that was never tested with what is on main",
    "sha_pinning_required": "an action may follow a tag",
}


def files(sources: Sources) -> Iterator[str]:
    if repository.settings(sources).is_map:
        yield repository.SETTINGS


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    owned = any(name(one) == "CODEOWNERS" for one in sources.tree)
    for node in yaml.root(sources, path).walk():
        reviewed = owned and node.at("required_approving_review_count").text not in ("", "0")
        for switch, consequence in _SWITCHES.items():
            if node.at(switch).text == "false" and (reviewed or switch != "require_code_owner_review"):
                yield habit(at(node.key(switch), f"{switch} is off: {consequence}", f"Set {switch} to true."))
