"""The container images that files name, and which of them the repository builds itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from generator.checks.formats import dockerfile, yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import compose, github, kubernetes
from generator.checks.source import Sources, lines, name, shared, text

_IMAGE: Final = re.compile(
    r"(?P<name>(?:[\w.-]+(?::\d+)?/)?[\w./-]+?)(?::(?P<tag>[\w.-]+))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
_IN_SCRIPT: Final = re.compile(r"\bdocker (?:create|pull) ([\w./-]+:[\w.-]+(?:@sha256:[0-9a-f]{64})?)")
_IN_TERRAFORM: Final = re.compile(r'^\s*image\s*=\s*"([\w.-]+(?:/[\w.-]+)*:[\w.-]+(?:@sha256:[0-9a-f]{64})?)"')

_LONGEST: Final = 500
"""Characters of a name that may be one."""


@dataclass(frozen=True, slots=True)
class Image:
    """An image by the name that a file has for it."""

    text: str
    name: str
    """Registry and repository."""
    tag: str
    digest: str
    line: int
    column: int


@shared
def images(sources: Sources, path: str) -> tuple[Image, ...]:
    """The images of a file that the repository does not build itself, and whose names are plain text.

    Beside them what a workload runs as `latest`, whoever builds it.
    """
    found = [_image(*one) for one in _named(sources, path)]
    runs = bool(kubernetes.in_file(sources, path, *kubernetes.WORKLOADS))
    return tuple(one for one in found if one and (not _is_own(sources, one) or (runs and _is_latest(sources, one))))


def paths(sources: Sources) -> list[str]:
    """The files that may name images."""
    terraform = (path for path in sources.ending(".tf") if "image" in text(sources, path))
    found = {*dockerfile.paths(sources), *kubernetes.files_of(sources, *kubernetes.WORKLOADS), *compose.paths(sources)}
    return sorted(found | {*github.paths(sources), *terraform})


def _image(written: str, line: int, column: int) -> Image | None:
    match = _IMAGE.fullmatch(written) if len(written) < _LONGEST else None
    return Image(written, match["name"], match["tag"] or "", match["digest"] or "", line, column) if match else None


def _is_own(sources: Sources, image: Image) -> bool:
    return image.tag in ("undeployed", "local") or image.name.rpartition("/")[2] in _built(sources)


def _is_latest(sources: Sources, image: Image) -> bool:
    """Whether that is what runs: no kustomization puts another image in its place."""
    return image.tag == "latest" and not image.digest and image.name.rpartition("/")[2] not in _replaced(sources)


@shared
def _built(sources: Sources) -> frozenset[str]:
    """The last names of images that are built here, or that a kustomization puts another in the place of."""
    found = {dockerfile.title(path) for path in dockerfile.paths(sources)}
    for path in compose.paths(sources):
        services = yaml.root(sources, path).at("services").map
        found |= {key for key, one in services.items() if one.at("build")}
    return frozenset(found - {""}) | _replaced(sources)


@shared
def _replaced(sources: Sources) -> frozenset[str]:
    """The last names of the images that a kustomization puts another in the place of."""
    roots = kubernetes.kustomizations(sources).values()
    return frozenset(name(one.at("name").text) for root in roots for one in root.at("images").items) - {""}


def _named(sources: Sources, path: str) -> Iterator[tuple[str, int, int]]:
    """Everything that stands where an image is named: text, line, column."""
    if path.endswith(".tf"):
        yield from _matches(sources, path, _IN_TERRAFORM)
    elif path.startswith(".github/"):
        yield from _of_workflow(sources, path)
    elif path.endswith((".yml", ".yaml")):
        workloads = kubernetes.in_file(sources, path, *kubernetes.WORKLOADS)
        nodes = [container.at("image") for one in workloads for container in one.containers]
        services = yaml.root(sources, path).at("services").map.values()
        nodes += [one.at("image") for one in services if not one.at("build")]
        yield from ((node.text, node.line, node.column) for node in nodes)
    else:
        yield from _of_dockerfile(sources, path)


def _of_workflow(sources: Sources, path: str) -> Iterator[tuple[str, int, int]]:
    nodes: list[Node] = []
    for job in github.jobs(sources, path).values():
        container = job.node.at("container")
        nodes += [container, container.at("image"), *(one.at("image") for one in job.node.at("services").map.values())]
        for env in (job.node.at("env"), *(step.at("env") for step in job.steps)):
            nodes += [value for key, value in env.map.items() if key.endswith("IMAGE") and ":" in value.text]
    yield from ((node.text, node.line, node.column) for node in nodes if node.text)
    yield from _matches(sources, path, _IN_SCRIPT)


def _matches(sources: Sources, path: str, pattern: re.Pattern[str]) -> Iterator[tuple[str, int, int]]:
    for number, line in enumerate(lines(sources, path), 1):
        match = pattern.search(line)
        if match and not line.lstrip().startswith("#"):
            yield match[1], number, match.start(1) + 1


def _of_dockerfile(sources: Sources, path: str) -> Iterator[tuple[str, int, int]]:
    stages = {"scratch"}
    for one in dockerfile.parse(sources, path):
        if one.word == "FROM":
            words = [word for word in one.rest.split() if not word.startswith("--")]
            if words and words[0].lower() not in stages:
                yield words[0], one.line, lines(sources, path)[one.line - 1].find(words[0]) + 1
            stages |= {word.lower() for word in words[2:3]}
