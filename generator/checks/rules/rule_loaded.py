"""Files of rules come to where Prometheus looks for them

A file of rules on Kubernetes goes a long way: the kustomization puts it into a ConfigMap, the pod mounts the keys of
that, and `rule_files` of the configuration says where Prometheus looks. Where one link is missing the file is never
loaded: its alerts do not exist, and nothing says so. Add the file to the generator that has the others, its key to the
`items` of the volume, and give it a path that `rule_files` covers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes, prometheus
from generator.checks.models.habits import Told, gathered, habit
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, folder, join, name, shared

FORMAT = Format.PROMETHEUS

_NEVER: Final = "Prometheus never loads"


@dataclass(frozen=True, slots=True)
class _Generated:
    """The files of a ConfigMap that a kustomization makes."""

    path: str
    entry: Node
    files: dict[str, str]
    """File -> key."""

    @property
    def name(self) -> str:
        return self.entry.at("name").text


def files(sources: Sources) -> list[str]:
    return sorted({one.path for one in _generated(sources)} | set(_found(sources)))


def check(sources: Sources, path: str) -> list[Flaw]:
    return _found(sources).get(path, [])


@shared
def _generated(sources: Sources) -> tuple[_Generated, ...]:
    """The ConfigMaps with rules or configurations of Prometheus."""
    ours = {*prometheus.rule_files(sources), *prometheus.configurations(sources)}
    found = []
    for path, root in kubernetes.kustomizations(sources).items():
        for entry in root.at("configMapGenerator").items:
            made = {}
            for node in entry.at("files").items:
                key, _, file = node.text.rpartition("=")
                made[join(folder(path), file)] = key or name(file)
            if ours & made.keys():
                found.append(_Generated(path, entry, made))
    return tuple(found)


@shared
def _found(sources: Sources) -> Told:
    return gathered((*_not_generated(sources), *_not_mounted(sources)))


def _not_generated(sources: Sources) -> Iterator[tuple[str, Flaw]]:
    """The files that lie beside those of a ConfigMap, and are in none."""
    every = {file for one in _generated(sources) for file in one.files}
    for one in _generated(sources):
        beside = {folder(file) for file in one.files if file in prometheus.rule_files(sources)}
        for path in prometheus.rule_files(sources):
            if folder(path) in beside and path not in every:
                listed = path.removeprefix(f"{folder(one.path)}/")
                message = f"{_NEVER} {path}: ConfigMap {one.name} has the others of its folder, and not this one"
                fix = f"Add {listed} to `files`, and its key to the volume that mounts {one.name}."
                yield one.path, habit(at(one.entry.key("files"), message, fix))


def _not_mounted(sources: Sources) -> Iterator[tuple[str, Flaw]]:
    """The keys that a pod which mounts rules leaves out, and those that it mounts where nobody looks."""
    by_name: dict[str, list[_Generated]] = {}
    for one in _generated(sources):
        by_name.setdefault(one.name, []).append(one)
    for workload in kubernetes.of_kind(sources, *kubernetes.WORKLOADS) if by_name else ():
        for volume in workload.pod.at("spec", "volumes").items:
            maps = [one.at("configMap") for one in (volume, *volume.at("projected", "sources").items)]
            # Of several ConfigMaps of a name any may be meant.
            known = [(node, by_name[n][0]) for node in maps if len(by_name.get(n := node.at("name").text, ())) == 1]
            for node, made in known:
                if node.at("items"):
                    for flaw in _items(sources, node, made, _patterns(sources, known)):
                        yield workload.path, flaw


def _patterns(sources: Sources, known: list[tuple[Node, _Generated]]) -> list[str]:
    """Where Prometheus looks, from the top of the volume; nothing where its configuration is not in the volume."""
    found = []
    for node, made in known:
        for path in prometheus.configurations(sources):
            key = made.files.get(path)
            items = [one.at("path").text for one in node.at("items").items if one.at("key").text == key]
            places = items if node.at("items") else [key or ""]
            if key and len(places) == 1:
                named = [one.text for one in yaml.root(sources, path).at("rule_files").items]
                found += [one if one.startswith("/") else join(folder(places[0]), one) for one in named]
    return found


def _items(sources: Sources, node: Node, made: _Generated, patterns: list[str]) -> Iterator[Flaw]:
    mounted = {one.at("key").text: one.at("path") for one in node.at("items").items}
    rules = {path: key for path, key in made.files.items() if path in prometheus.rule_files(sources)}
    led = [mounted[key].text for key in rules.values() if key in mounted]
    if not any(_covers(pattern, one) for pattern in patterns for one in led):
        # Of a pattern that fits no file at all, its own place tells.
        patterns = patterns if len(led) == 1 else []
    for path, key in rules.items():
        if key not in mounted and mounted.keys() & set(rules.values()):
            message = f"{_NEVER} {path}: the volume mounts other keys of ConfigMap {made.name}, and not {key}"
            yield habit(at(node.key("items"), message, f"Add an item with `key: {key}`, as the others have it."))
        elif key in mounted and patterns and not any(_covers(one, mounted[key].text) for one in patterns):
            message = f"{_NEVER} {path}: it is mounted as {mounted[key].text}, and rule_files has {', '.join(patterns)}"
            yield at(mounted[key], message, f"Write a path that {patterns[0]} covers.")


def _covers(pattern: str, path: str) -> bool:
    """Whether a pattern covers a path of the volume; of an absolute one, which is of the container, the end decides."""
    if pattern.startswith("/"):
        pattern = "/".join(pattern.split("/")[-len(path.split("/")) :])
    return "[" in pattern or bool(re.fullmatch(re.escape(pattern).replace(r"\*", "[^/]*").replace(r"\?", "[^/]"), path))
