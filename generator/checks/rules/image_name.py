"""A service's image has one name in the build, in the release and in the workload

A release puts the digest of `web` in the place of `web:undeployed`, and pulls it from the repository that the build
pushed to. A workload whose image has another name keeps `undeployed`, and its pods never start; a build with another
prefix pushes where no release looks. Compared are the workloads, the tables of services in `scripts/lib/release.env.sh`
and `previews.env.sh`, what make and compose build, the registry's Terraform, and the prefix of the registry in scripts
and workflows; the prefix that most of them name is the right one. The last part of a name is the service's.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Argument
from generator.checks.models import compose, github, kubernetes, release_table, service_names
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources, lines, makefiles, shared
from generator.spelling import closest

FORMAT = Format.KUBERNETES

_PREFIXES: Final = "scripts/lib/cloud.env.sh"
_IMAGE: Final = r"(?P<prefix>[\w./-]+)/(?P<name>[\w-]+)"
_ROW: Final = re.compile(rf"^(?:export RELEASE_SERVICES=')?(?P<service>[\w-]+) \w+ \d+ \S+ \w+ {_IMAGE}'?$")
_PREVIEW: Final = re.compile(
    r"^(?:export PREVIEW_SERVICES=')?(?P<service>[\w-]+) (?P<prefix>[\w./-]+)/preview/(?P<name>[\w-]+) \w+'?$"
)
_IN_SCRIPT: Final = re.compile(r"^export REGISTRY_PREFIX=[\"']?(?P<prefix>[\w./-]+)[\"']?$")
_IN_WORKFLOW: Final = re.compile(r"^\s+PREFIX: [\"']?(?P<prefix>[\w./-]+)[\"']?$")
_BUILT: Final = re.compile(rf"^\tdocker build -f \S*?/(?P<service>[\w-]+)\.Dockerfile -t {_IMAGE}:local ")
_COMPOSED: Final = re.compile(rf"^    image: [\"']?{_IMAGE}:local[\"']?$")
_TAG: Final = ":undeployed"
_FIX: Final = "Name the image as the service."


@dataclass(frozen=True, slots=True)
class Place:
    """Where the prefix of the registry is named, and maybe an image below it and the service that it is of."""

    line: int
    prefix: str
    column: int
    name: str
    name_column: int
    service: str
    preview: bool


def files(sources: Sources) -> list[str]:
    workloads = kubernetes.files_of(sources, *kubernetes.WORKLOADS)
    found = {*_places(sources), *_repositories(sources), *workloads}
    return sorted(found) if service_names.known(sources) else []


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    yield from _prefixes(sources, path)
    for place in _places(sources).get(path, ()):
        yield from _named(sources, place)
    yield from _registry(sources).get(path, ())
    known = service_names.known(sources)
    for workload in kubernetes.in_file(sources, path, *kubernetes.WORKLOADS):
        for image in (container.at("image") for container in workload.containers):
            name = image.text.removesuffix(_TAG)
            if image.text.endswith(_TAG) and name not in known:
                message = f"{release_table.PATH} has no service {name}: no release puts an image in its place"
                yield at(image, f"{message}{did_you_mean(name, known)}", _FIX)


def _named(sources: Sources, place: Place) -> Iterator[Flaw]:
    known = service_names.known(sources)
    if place.name and place.service in known and place.name != place.service:
        message = f"the image of {place.service} is called {place.name} here, and {place.service} everywhere else"
        yield Flaw(place.line, message, _FIX, place.name_column)
    elif place.name and not place.service and place.name not in known:
        message = f"there is no service {place.name}{did_you_mean(place.name, known)}"
        yield Flaw(place.line, message, _FIX, place.name_column)


@shared
def _places(sources: Sources) -> Mapping[str, tuple[Place, ...]]:
    """Where the prefix of the registry is named, by file."""
    if not service_names.known(sources):
        return {}
    patterns = {release_table.PATH: _ROW, release_table.PREVIEWS: _PREVIEW, _PREFIXES: _IN_SCRIPT}
    patterns |= dict.fromkeys(github.workflow_paths(sources), _IN_WORKFLOW)
    patterns |= dict.fromkeys(makefiles(sources), _BUILT) | dict.fromkeys(compose.paths(sources), _COMPOSED)
    found = {path: tuple(_in(sources, path, one)) for path, one in patterns.items() if path in sources.tree}
    return {path: those for path, those in found.items() if those}


def _in(sources: Sources, path: str, pattern: re.Pattern[str]) -> Iterator[Place]:
    for number, line in enumerate(lines(sources, path), 1):
        match = pattern.match(line)
        if match:
            groups = match.groupdict("")
            name = match.start("name") + 1 if "name" in groups else 0
            said = (match["prefix"], match.start("prefix") + 1, groups.get("name", ""), name, groups.get("service", ""))
            yield Place(number, *said, pattern is _PREVIEW)


@shared
def _usual(sources: Sources) -> str:
    """The prefix that most places name."""
    counted = Counter(place.prefix for those in _places(sources).values() for place in those)
    return counted.most_common(1)[0][0] if counted else ""


def _prefixes(sources: Sources, path: str) -> Iterator[Flaw]:
    usual = _usual(sources)
    for place in _places(sources).get(path, ()):
        if place.prefix != usual:
            message = f"the images lie below {usual} everywhere else, and below {place.prefix} here"
            yield Flaw(place.line, message, f"Write {usual}: what is pushed there is asked for there.", place.column)


@shared
def _repositories(sources: Sources) -> Mapping[str, tuple[tuple[Argument, str], ...]]:
    """The names of ECR's repositories for each service, as they become, by file; "" for one that is worked out."""
    found = {}
    for path in sources.ending(".tf") if _usual(sources) else ():
        if b"aws_ecr_repository" in sources.tree[path].content:
            blocks = [one for one in hcl.parse(sources, path).body.of("resource") if one.body.get("for_each")]
            names = [one.body.get("name") for one in blocks if one.labels[:1] == ("aws_ecr_repository",)]
            found[path] = tuple((name, _becomes(sources, name)) for name in names if name)
    return {path: those for path, those in found.items() if those}


def _becomes(sources: Sources, name: Argument) -> str:
    text = hcl.word(name.value).strip('"')
    for variable, value in (("var.project", _usual(sources)), ("each.key", "<service>")):
        text = re.sub(rf"\$\{{\s*{re.escape(variable)}\s*\}}", value, text)
    return text if re.fullmatch(r"[\w./<>-]+", text) else ""


@shared
def _registry(sources: Sources) -> dict[str, list[Flaw]]:
    """Repositories by other names than those that are pulled from, where none has such a name."""
    there = {becomes for those in _repositories(sources).values() for _, becomes in those}
    wanted = {}
    for path, those in _places(sources).items():
        for middle in ("/preview" if one.preview else "" for one in those if one.name and one.service == one.name):
            if path in (release_table.PATH, release_table.PREVIEWS):
                wanted[f"{_usual(sources)}{middle}/<service>"] = path
    found: dict[str, list[Flaw]] = {}
    for meant in sorted(set(wanted) - there) if "" not in there else ():
        nearest = closest(meant, sorted(there - set(wanted)))
        for path, repositories in _repositories(sources).items():
            for name in (name for name, becomes in repositories if becomes == nearest):
                message = f"a repository is called {nearest} here, and {meant} in {wanted[meant]}"
                flaw = Flaw(name.line, message, "Name it as it is pulled.", name.column)
                found.setdefault(path, []).append(flaw)
    return found
