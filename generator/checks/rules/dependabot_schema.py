"""Dependabot's configuration fits its schema, and its folders exist

Dependabot ignores a configuration that it cannot read, and an update of a folder that does not exist
fails each time. Folders of the services are the user's and need not exist yet.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import yaml
from generator.checks.formats.schema import recorded
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.GITHUB


def files(sources: Sources) -> Iterator[str]:
    return (path for path in (".github/dependabot.yml", ".github/dependabot.yaml") if path in sources.tree)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    root = yaml.root(sources, path)
    if root:
        yield from recorded("github/dependabot").flaws(root)
    for update in root.at("updates").items:
        for node in (update.at("directory"), *update.at("directories").items):
            place = node.text.strip("/")
            ours = place.startswith(("infrastructure", ".github", "monitoring", "security"))
            if ours and "*" not in place and not sources.has_folder(place):
                yield at(node, f"there is no folder {place}")
