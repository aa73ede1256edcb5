"""A service's image has one name in the build, in the release and in the workload

A release puts the digest of `web` in the place of `web:undeployed`, and pulls it from the repository that the build
pushed to. A workload whose image has another name keeps `undeployed`, and its pods never start; a build with another
prefix pushes where no release looks. Compared are the workloads, the table of services in `scripts/lib/release.env.sh`,
and the prefix of the registry in scripts and workflows; the prefix that most of them name is the right one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from generator.checks.models import github, kubernetes, release_table
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources, lines, shared

FORMAT = Format.KUBERNETES

_PREFIXES: Final = "scripts/lib/cloud.env.sh"
_ROW: Final = re.compile(r"^(?:export RELEASE_SERVICES=')?([\w-]+) \w+ \d+ \S+ \w+ ([\w./-]+)/([\w-]+)'?$")
_IN_SCRIPT: Final = re.compile(r"^export REGISTRY_PREFIX=[\"']?([\w./-]+)[\"']?$")
_IN_WORKFLOW: Final = re.compile(r"^\s+PREFIX: [\"']?([\w./-]+)[\"']?$")
_TAG: Final = ":undeployed"


def files(sources: Sources) -> Iterator[str]:
    if _services(sources):
        yield from _places(sources)
        yield from kubernetes.files_of(sources, *kubernetes.WORKLOADS)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    yield from _prefixes(sources, path)
    for workload in kubernetes.in_file(sources, path, *kubernetes.WORKLOADS):
        for image in (container.at("image") for container in workload.containers):
            name = image.text.removesuffix(_TAG)
            if image.text.endswith(_TAG) and name not in _services(sources):
                message = f"{release_table.PATH} has no service {name}: no release puts an image in its place"
                yield at(image, f"{message}{did_you_mean(name, _services(sources))}", "Name the image as the service.")


@shared
def _services(sources: Sources) -> frozenset[str]:
    """The services of the table."""
    return frozenset(row.words[0] for row in release_table.services(sources))


@shared
def _places(sources: Sources) -> Mapping[str, tuple[tuple[int, int, str], ...]]:
    """Where the prefix of the registry is named: line, column and prefix, by file."""
    patterns = {release_table.PATH: _ROW, _PREFIXES: _IN_SCRIPT} | dict.fromkeys(
        github.workflow_paths(sources), _IN_WORKFLOW
    )
    found = {}
    for path, pattern in patterns.items():
        group = 2 if pattern is _ROW else 1
        matches = (
            [(number, pattern.match(line)) for number, line in enumerate(lines(sources, path), 1)]
            if path in sources.tree
            else []
        )
        found[path] = tuple((number, match.start(group) + 1, match[group]) for number, match in matches if match)
    return {path: those for path, those in found.items() if those}


def _prefixes(sources: Sources, path: str) -> Iterator[Flaw]:
    counted = Counter(prefix for those in _places(sources).values() for _, _, prefix in those)
    if len(counted) < 2:
        return
    usual = counted.most_common(1)[0][0]
    for line, column, prefix in _places(sources).get(path, ()):
        if prefix != usual:
            message = f"the images lie below {usual} everywhere else, and below {prefix} here"
            yield Flaw(line, message, f"Write {usual}: what is pushed there is asked for there.", column)
