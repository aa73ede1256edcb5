"""Images are named with a tag or digest of their own

An image without a tag, or with `latest`, is another one each time it is pulled: two replicas of one
Deployment can run different code, and going back to the last release is not possible. Name a version,
or better a digest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import compose, kubernetes
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.KUBERNETES


def files(sources: Sources) -> Iterator[str]:
    yield from kubernetes.files_of(sources, *kubernetes.WORKLOADS)
    yield from compose.paths(sources)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for image in _images(sources, path):
        tag = re.search(r"(?::([^/:@]+))?(@sha256:[0-9a-f]{64})?$", image.text)
        if image.text and "$" not in image.text and tag and not tag[2] and tag[1] in (None, "latest"):
            yield at(image, f"{image.text} is another image each time it is pulled", "Name a version or a digest.")


def _images(sources: Sources, path: str) -> Iterator[Node]:
    for workload in kubernetes.in_file(sources, path, *kubernetes.WORKLOADS):
        yield from (container.at("image") for container in workload.containers)
    for service in yaml.root(sources, path).at("services").map.values():
        if not service.at("build"):
            yield service.at("image")
