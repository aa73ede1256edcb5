"""Links of pages lead somewhere

A relative link to a file or heading that does not exist wastes the time of whoever follows it, often
at night. Headings have the anchors that GitHub gives them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote

from generator import places
from generator.checks.formats import markdown
from generator.checks.formats.markdown import Link
from generator.checks.rule import Flaw, Format, at, did_you_mean, did_you_mean_path
from generator.checks.source import Sources, folder, join

FORMAT = Format.MARKDOWN

# Files that every repository of ours has, but no template makes.
_ALWAYS: Final = {places.ANSWERS_FILE, places.SCHEMA, places.LOCK}

files = markdown.paths


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for link in markdown.links(sources, path):
        message = _broken(sources, path, link)
        if message:
            yield at(link, message)


def _broken(sources: Sources, path: str, link: Link) -> str:
    if re.match(r"[a-z][a-z0-9+.-]*:|//|#\{", link.target):
        return ""
    place, _, anchor = unquote(link.target).partition("#")
    base = "" if place.startswith("/") else folder(path)
    target = join(base, place) if place else path
    if target in _ALWAYS or target.startswith("../"):
        return ""
    if target not in sources.tree:
        return "" if sources.has_folder(target) else f"there is no {target}{did_you_mean_path(target, sources.tree)}"
    if anchor and target.endswith(".md") and anchor not in markdown.anchors(sources, target):
        near = did_you_mean(anchor, markdown.anchors(sources, target))
        return f"{target if place else 'this page'} has no heading #{anchor}{near}"
    return ""
