"""What compose files build from and mount is there

A Dockerfile that does not exist ends the build. In place of a file that does not exist Docker makes an empty
folder and mounts that: the program does not start, or starts without its rules. A folder that is mounted
to be written to is made when it is needed, and is not judged; nor is what Git ignores.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.checks.formats.yaml import Node
from generator.checks.models import compose
from generator.checks.models.habits import habit
from generator.checks.models.ignored import is_ignored
from generator.checks.rule import Flaw, Format, at, did_you_mean_path, instead_path
from generator.checks.source import Sources, folder, join, name

FORMAT = Format.DOCKER

files = compose.paths


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    found = {}
    for service in compose.services(sources, path).values():
        for flaw in (*_built(sources, path, service), *_mounted(sources, path, service)):
            found[flaw.line, flaw.column] = flaw
    yield from found.values()


def _built(sources: Sources, path: str, service: Node) -> Iterator[Flaw]:
    build = service.at("build")
    context = build.at("context").text or build.text
    if (
        not context
        or "://" in context
        or "$" in context
        or build.at("dockerfile_inline")
        or context.startswith(("git@", "/"))
    ):
        return
    given = build.at("dockerfile")
    place = join(folder(path), context)
    dockerfile = join(place, given.text or "Dockerfile")
    # The folder of a service may come later, or from elsewhere.
    if place.startswith("..") or "$" in given.text or given.text.startswith("/"):
        return
    if dockerfile not in sources.tree and (sources.has_folder(place) or not dockerfile.startswith(f"{place}/")):
        near = did_you_mean_path(dockerfile, sources.tree)
        otherwise = f"Add {dockerfile}, or name the one that is meant as `dockerfile`."
        fix = instead_path(near, place, otherwise, "" if given else "dockerfile: ")
        yield at(given or build.at("context") or build, f"there is no {dockerfile}{near}", fix)


def _mounted(sources: Sources, path: str, service: Node) -> Iterator[Flaw]:
    for volume in service.at("volumes").items:
        source, read_only = _source(volume)
        place = join(folder(path), source.text.split(":")[0]) if source.text.startswith(".") else ""
        if not place or place.startswith("..") or "$" in place or place in sources.tree or sources.has_folder(place):
            continue
        is_file = re.search(r"\.(?!d$)[a-z]\w{1,4}$", name(place)) is not None
        if (is_file or read_only) and not is_ignored(sources, place):
            near = did_you_mean_path(place, sources.tree)
            message = f"there is no {place}, so an empty folder is mounted{near}"
            fix = instead_path(near, folder(path), f"Add {place}, or take the mount out.", "./")
            yield habit(at(source, message, fix))


def _source(volume: Node) -> tuple[Node, bool]:
    """What is mounted, and whether it is only read."""
    if volume.is_map:
        bound = volume.at("type").text == "bind" and volume.at("bind", "create_host_path").text != "true"
        return (volume.at("source") if bound else volume), volume.at("read_only").text == "true"
    parts = volume.text.split(":")
    return volume, len(parts) > 2 and "ro" in parts[2].split(",")
