"""Dependabot's configuration fits its schema, and its folders exist

Dependabot ignores a configuration that it cannot read, and an update of a folder that does not exist
fails each time. Folders of the services are the user's and need not exist yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from generator.checks.formats import yaml
from generator.checks.formats.schema import recorded
from generator.checks.models.service_folders import is_of_a_service, service_folders
from generator.checks.rule import Flaw, Format, at, did_you_mean_path, instead_path
from generator.checks.source import Sources, folders
from generator.finding import Severity

FORMAT = Format.GITHUB


def files(sources: Sources) -> Iterator[str]:
    return (path for path in (".github/dependabot.yml", ".github/dependabot.yaml") if path in sources.tree)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    root = yaml.root(sources, path)
    if root:
        for flaw in recorded("github/dependabot").flaws(root):
            # Dependabot knew it until 2025, and passes over it.
            yield replace(flaw, severity=Severity.WARNING) if flaw.message.endswith("unknown key reviewers") else flaw
    for update in root.at("updates").items:
        for node in (update.at("directory"), *update.at("directories").items):
            place = node.text.strip("/")
            if (
                place
                and not re.search(r"[*?\[!{]", place)
                and not sources.has_folder(place)
                and not is_of_a_service(sources, place)
            ):
                near = did_you_mean_path(place, (*folders(sources), *service_folders(sources)))
                fix = instead_path(near, "", "Write a folder that is there, or remove the entry.", "/")
                yield at(node, f"there is no folder {place}{near}", fix)
