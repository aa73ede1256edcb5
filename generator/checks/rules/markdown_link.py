"""Links of pages lead somewhere

A relative link to a file or heading that does not exist wastes the time of whoever follows it, often
at night. Headings have the anchors that GitHub gives them. A page of a site may be linked by where the site puts it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final
from urllib.parse import unquote

from generator import places
from generator.checks.formats import markdown, yaml
from generator.checks.formats.markdown import Link
from generator.checks.models.service_folders import is_of_a_service
from generator.checks.rule import Flaw, Format, at, did_you_mean, did_you_mean_path, instead, instead_path
from generator.checks.source import Sources, folder, join, lines, name, shared
from generator.finding import Severity
from generator.repository import is_foreign

FORMAT = Format.MARKDOWN

# Files that every repository of ours has, but no template makes.
_ALWAYS: Final = {places.ANSWERS_FILE, places.SCHEMA, places.LOCK}

files = markdown.paths


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for link in markdown.links(sources, path):
        message, fix = _broken(sources, path, link)
        if message:
            flaw = at(link, message, fix)
            # A page of a site may be linked by where the site puts it.
            yield replace(flaw, severity=Severity.WARNING) if _is_of_a_site(sources, path) else flaw


def _is_of_a_site(sources: Sources, path: str) -> bool:
    """Whether a page has values for the program that makes a site of it."""
    return lines(sources, path)[0].strip() in ("---", "+++")


def _is_page(sources: Sources, place: str, target: str) -> bool:
    """Whether a site makes the target of a page, or has it at its own root."""
    written = any(f"{target}{end}" in sources.tree for end in (".md", ".mdx", "/index.md", "/README.md"))
    written = written or (folder(target).endswith("wiki") and f"{target}.md".lower() in _lowered(sources))
    html = target.endswith(".html") and f"{target.removesuffix('.html')}.md" in sources.tree
    return written or html or (place.startswith("/") and not sources.has_folder(target.partition("/")[0]))


@shared
def _lowered(sources: Sources) -> frozenset[str]:
    """All paths in small letters: so a wiki looks for its pages."""
    return frozenset(path.lower() for path in sources.tree)


def _is_there(sources: Sources, place: str, target: str) -> bool:
    """Whether a target that is no file is a folder, a page, or what a service has."""
    return sources.has_folder(target) or _is_page(sources, place, target) or is_of_a_service(sources, target)


@shared
def _sites(sources: Sources) -> tuple[str, ...]:
    """The folders of which MkDocs makes a site, each with a slash at its end."""
    found = ((folder(path), yaml.root(sources, path)) for path in sources.ending("mkdocs.yml"))
    return tuple(f"{join(base, root.at('docs_dir').text or 'docs')}/" for base, root in found)


def _is_there_on_the_site(sources: Sources, path: str, place: str) -> bool:
    """Whether a link of a page is right where the site has that page: `a/b.md` is the folder `a/b` there."""
    if not (_is_of_a_site(sources, path) or path.startswith(_sites(sources))) or place.startswith("/"):
        return False
    own = name(path) in {"index.md", "_index.md", "README.md"}
    target = join(folder(path) if own else path.removesuffix(".md"), place)
    return "." not in name(place) and _is_there(sources, place, target)


def _broken(sources: Sources, path: str, link: Link) -> tuple[str, str]:
    """What is wrong with a link, and what to write; "" for nothing."""
    if re.match(r"[a-zA-Z][\w+.-]*:|//|#\{|\[|\(|#:~:|\{\{|\{%", link.target):
        return "", ""
    # What follows a question mark is for the program that shows the file: `a.png?raw=true`.
    written, _, anchor = link.target.partition("#")
    place, anchor = unquote(written.partition("?")[0]), unquote(anchor)
    base = "" if place.startswith("/") else folder(path)
    target = join(base, place) if place else path
    if target in _ALWAYS or target.startswith("../"):
        return "", ""
    if target not in sources.tree:
        if _is_there(sources, place, target) or _is_there_on_the_site(sources, path, place):
            return "", ""
        near = did_you_mean_path(target, _meant(sources, target))
        root = "/" if place.startswith("/") else ""
        fix = instead_path(near, base, "Write the path that it has now, or take the link out.", root)
        return f"there is no {target}{near}", fix
    if anchor and target.endswith(".md") and not _has(sources, target, anchor):
        near = did_you_mean(anchor, markdown.anchors(sources, target))
        fix = instead(near, "Write a heading of the page as its anchor, or leave the anchor out.", f"{place}#")
        return f"{target if place else 'this page'} has no heading #{anchor}{near}", fix
    return "", ""


def _meant(sources: Sources, target: str) -> tuple[str, ...]:
    """What can be meant by a target: files of the same sort."""
    return _ending(sources, target[target.rfind(".") :] if "." in name(target) else "")


@shared
def _ending(sources: Sources, suffix: str) -> tuple[str, ...]:
    """The files with a suffix, or with one that begins so (`.md` for `.mdd`); those without one for ""."""
    fitting = (path for path in sources.tree if path.endswith((suffix, suffix[:3])) and not is_foreign(path))
    return tuple(path for path in fitting if suffix or "." not in name(path))


def _has(sources: Sources, page: str, anchor: str) -> bool:
    """Whether a page has the anchor, in whatever case; or GitHub has it on every page."""
    always = re.fullmatch(r"top|L\d+(-L\d+)?|user-content-.*|:~:.*", anchor, re.IGNORECASE)
    return bool(always) or _alike(anchor) in _anchors(sources, page)


@shared
def _anchors(sources: Sources, page: str) -> frozenset[str]:
    return frozenset(_alike(one) for one in markdown.anchors(sources, page))


def _alike(anchor: str) -> str:
    """What GitHub and the programs that make sites agree on."""
    return re.sub(r"[-_]+", "-", anchor.lower()).strip("-")
