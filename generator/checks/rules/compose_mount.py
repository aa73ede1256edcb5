"""Files of a compose service are mounted where its program looks for them, each place once

Of two mounts at one place Docker takes one, or does not start the container. A configuration that is mounted beside the
path that an argument names (`--config.file=...`) leaves the program with the one of its image: it starts, and does
something else. The files that a mounted configuration names (`rule_files`, `..._file`) are compared with the mounts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import compose, mounts
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, folder, join, name
from generator.spelling import closest

FORMAT = Format.DOCKER

files = compose.paths

_ALIKE: Final = 0.9


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    found = {}
    for service, node in compose.services(sources, path).items():
        mounted = {target: volume for volume in node.at("volumes").items if (target := _target(volume))}
        for flaw in (*_twice(service, node), *_arguments(sources, path, service, node, mounted)):
            found[flaw.line, flaw.column] = flaw
        for flaw in _configurations(sources, path, service, mounted):
            found.setdefault((flaw.line, flaw.column), flaw)
    yield from found.values()


def _target(volume: Node) -> str:
    """Where a volume is mounted; "" where that is not known."""
    parts = volume.text.split(":")
    text = volume.at("target").text if volume.is_map else parts[min(1, len(parts) - 1)]
    return "" if "$" in volume.text or "$" in text or not text.startswith("/") else text.rstrip("/") or "/"


def _source(sources: Sources, path: str, volume: Node) -> str:
    """The file or folder of the tree that is mounted; "" for what is none."""
    text = volume.at("source").text if volume.is_map else volume.text.split(":")[0]
    place = join(folder(path), text) if text.startswith(".") else ""
    return place if place in sources.tree or (place and sources.has_folder(place)) else ""


def _twice(service: str, node: Node) -> Iterator[Flaw]:
    there: set[str] = set()
    for volume in node.at("volumes").items:
        target = _target(volume)
        if target in there:
            message = f"{service} mounts two at {target}, and has one of them"
            yield at(volume, message, "Write a path of its own, or take the mount out.")
        there |= {target} - {""}


def _arguments(sources: Sources, path: str, service: str, node: Node, mounted: dict[str, Node]) -> Iterator[Flaw]:
    """The arguments that name a file which is mounted at another path."""
    words = [*node.at("entrypoint").items, *node.at("command").items]
    for word in words if not any(name(one.text) in mounts.SHELLS for one in words) else ():
        match = mounts.ARGUMENT.fullmatch(word.text)
        if match and not mounts.is_below(match[1], mounted):
            place = _brought(sources, path, match[1], mounted)
            if place:
                message = f"{service} reads {match[1]}, and what is mounted is {place}"
                yield at(word, message, f"Write {word.text.replace(match[1], place)}.")


def _brought(sources: Sources, path: str, wanted: str, mounted: dict[str, Node]) -> str:
    """The path at which a file is mounted that was probably meant; "" where there is none."""
    given = {target: _source(sources, path, volume) for target, volume in mounted.items()}
    single = [target for target, source in given.items() if source in sources.tree]
    near = closest(wanted, [target for target in single if folder(target) == folder(wanted)], _ALIKE)
    same = [target for target in single if name(target) == name(wanted)]
    within = [target for target, source in given.items() if source and f"{source}/{name(wanted)}" in sources.tree]
    return next(iter([*([near] if near else []), *same, *(f"{target}/{name(wanted)}" for target in within)]), "")


def _configurations(sources: Sources, path: str, service: str, mounted: dict[str, Node]) -> Iterator[Flaw]:
    """The mounts whose path is nearly the folder that a mounted configuration names."""
    for volume in mounted.values():
        source = _source(sources, path, volume)
        read = mounts.named(yaml.root(sources, source)) if source.endswith((".yml", ".yaml")) else ()
        for wanted in read:
            near = "" if mounts.is_below(wanted, mounted) else closest(folder(wanted), sorted(mounted), _ALIKE)
            if near and near != folder(wanted):
                message = f"{service} has {near}, and {source} names {wanted}"
                yield at(mounted[near], message, f"Write {folder(wanted)} as where it is mounted.")
