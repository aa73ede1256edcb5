"""What a test of Terraform would really ask: the providers and commands of its root and of all modules that this calls.

What cannot be read here may ask anything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Argument, Block, Body
from generator.checks.formats.hcl_expressions import references
from generator.checks.models.terraform import own
from generator.checks.source import Sources, folder, join, name, shared

HARMLESS: Final = {"null", "random", "terraform", "time", "tls"}
"""Providers that reach nothing outside of themselves."""
_READ: Final = (".tf", ".tofu")
_JSON: Final = (".tf.json", ".tofu.json", ".tftest.json", ".tofutest.json")


class UnknownError(Exception):
    """Why it is not known what a test asks; the message says it."""


def asked(sources: Sources, test: str, root: str) -> set[str]:
    """The providers that a test would really ask, and what else it would run.

    Raises:
        UnknownError: Something of it cannot be read, or lies elsewhere.
    """
    body = _read(sources, test)
    for place in (root, join(root, "tests")):
        _no_json(sources, place)
    mocked = set(_named(body, "mock_provider"))
    used = set[tuple[str, str]]()
    for place, blocks in _reached(sources, root):
        used |= {(one, "") for block in blocks for one in _uses(block)}
        if place == root:
            used |= {one for one in _named(Body(blocks=blocks), "provider") if one[1]}
    found = {f"{one}.{alias}" if alias else one for one, alias in used - mocked if one not in HARMLESS}
    found |= {one for one, _ in _named(body, "provider")} - HARMLESS
    for run in body.of("run"):
        found |= {f"the {block.type} of a run" for block in run.body.of("module", "backend")}
    return found


def _reached(sources: Sources, root: str) -> Iterator[tuple[str, list[Block]]]:
    """The root and each module that is called, with all that its files say."""
    waiting, seen = [root], {root}
    while waiting:
        here = waiting.pop()
        _no_json(sources, here)
        blocks = [block for path in _files(sources).get(here, ()) for block in _read(sources, path).blocks]
        yield here, blocks
        for call in (block for block in blocks if block.type == "module"):
            target = _target(here, call.body.get("source"))
            if target is None or target not in _files(sources):
                raise UnknownError(f"the module {call.name} of {here or 'the root folder'} does not lie in the tree")
            waiting += {target} - seen
            seen.add(target)


def _target(here: str, source: Argument | None) -> str | None:
    where = (source.literal if source else None) or ""
    return join(here, where) if where.startswith(("./", "../")) else None


@shared
def _files(sources: Sources) -> dict[str, list[str]]:
    """All that Terraform and OpenTofu read, by folder; names that begin with a dot they pass over."""
    found = defaultdict[str, list[str]](list)
    for path in sources.ending(*_READ, *_JSON):
        if not name(path).startswith("."):
            found[folder(path)].append(path)
    return dict(found)


def _no_json(sources: Sources, place: str) -> None:
    for path in _files(sources).get(place, ()):
        if path.endswith(_JSON):
            raise UnknownError(f"{path} is JSON, which is not read here")


def _read(sources: Sources, path: str) -> Body:
    parsed = hcl.parse(sources, path)
    if not parsed.readable or parsed.error or path in sources.unread or not own(path):
        raise UnknownError(f"{path} cannot be read")
    return parsed.body


def _named(body: Body, kind: str) -> Iterator[tuple[str, str]]:
    """The providers that such blocks are about, each with its alias; "" for none."""
    for block in body.of(kind):
        alias = block.body.get("alias")
        yield block.name, (alias.literal or "" if alias else "")


def _uses(block: Block) -> Iterator[str]:
    """The providers that a block asks for, by their local names, and whether it has commands run."""
    if block.type == "terraform":
        for entry in block.body.of("required_providers"):
            yield from _required(entry.body.arguments)
        yield from {"the encryption" for _ in block.body.of("encryption")}
    elif block.type == "check":
        for inner in block.body.blocks:
            yield from _uses(inner)
    elif len(block.labels) > 1:  # an object, of whatever kind there may be once
        yield block.labels[0].partition("_")[0]
        given = block.body.get("provider")
        yield from {one.names[0] for one in references(given.value)} if given else ()
        yield from {"a provisioner" for _ in block.body.of("provisioner")}


def _required(arguments: Iterable[Argument]) -> Iterator[str]:
    for one in arguments:
        given = {key: hcl.literal(value) for key, _, value in hcl.entries(one.value)}
        plain = "source" not in given or (given["source"] or "").rpartition("/")[2] == one.name
        yield one.name if plain else f"{given['source'] or 'a provider'} as {one.name}"
