"""Jobs of a service run its image, with its settings

A migration or a job that fills a database runs under the account of its service. In the image of another one its
program is not there, and without a setting that the service reads it finds no database: no release gets further. Give
the Job the image and all entries of `envFrom` that the workload of the service has, but those of other services. Judged
in repositories that agency-scaffold generated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes, service_names
from generator.checks.models.kubernetes import Manifest
from generator.checks.models.ours import is_ours
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.KUBERNETES

_JOBS = ("Job", "CronJob")
_SOURCES = {"configMapRef": "ConfigMap", "secretRef": "Secret"}


def files(sources: Sources) -> list[str]:
    return kubernetes.files_of(sources, *_JOBS) if is_ours(sources) else []


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for job in kubernetes.in_file(sources, path, *_JOBS):
        account = job.pod.at("spec", "serviceAccountName").text
        same = [one for one in kubernetes.of_kind(sources, "Deployment", "Rollout") if one.name == account]
        container, own = _first(job), _first(same[0]) if same else Node(None)
        if not own or job.name == account or account not in service_names.known(sources):
            continue
        image = container.at("image")
        name = re.split(r"[:@]", image.text)[0]
        if name not in service_names.known(sources):
            continue
        if name != account:
            message = f"{job.kind} {job.name} runs as {account}, in the image of {name}"
            yield at(image, message, f"Write `image: {own.at('image').text}`.")
        others = service_names.known(sources) - {account}
        for key, source in _read(own):
            if (key, source) not in _read(container) and source not in others:
                message = f"{job.kind} {job.name} does not get {_SOURCES[key]} {source}, which {account} reads"
                place = container.key("envFrom") if container.at("envFrom") else container
                yield at(place, message, f"Add `{key}: {{name: {source}}}` to `envFrom`.")


def _first(one: Manifest) -> Node:
    return next(iter(one.pod.at("spec", "containers").items), one.pod.at("spec", "none"))


def _read(container: Node) -> list[tuple[str, str]]:
    """What a container takes its variables from."""
    every = container.at("envFrom").items
    return [(key, one.at(key, "name").text) for one in every for key in _SOURCES if one.at(key)]
