"""Every environment has its files everywhere

An environment that has an overlay but no values for Terraform (or the other way round) cannot be
deployed. The environments are those of `agency-scaffold.yml`, else all that occur; each needs a file
in every `environments/` folder of Terraform and a folder in every `overlays/`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.checks.formats import yaml
from generator.checks.rule import Flaw, did_you_mean
from generator.checks.source import Sources, shared
from generator.places import ANSWERS_FILE


def files(sources: Sources) -> Iterator[str]:
    return (next(iter(by.values())) for by in places(sources).values())


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    place, by = next((place, by) for place, by in places(sources).items() if next(iter(by.values())) == path)
    known = wanted(sources)
    for name in sorted(known - set(by)):
        yield Flaw(0, f"environment {name} has no file for {place}")
    for name in sorted(set(by) - known):
        yield Flaw(0, f"{by[name]} belongs to no environment{did_you_mean(name, known)}")


@shared
def places(sources: Sources) -> dict[str, dict[str, str]]:
    """Folder -> environment -> a file of it."""
    found: dict[str, dict[str, str]] = {}
    for path in sources.tree:
        match = re.fullmatch(r"(.*environments)/([^/.]+)(\.tfvars|\.backend\.hcl)", path)
        overlay = re.fullmatch(r"(.*overlays)/([^/]+)/kustomization\.ya?ml", path)
        if match:
            found.setdefault(f"{match[1]}/*{match[3]}", {})[match[2]] = path
        elif overlay:
            found.setdefault(f"{overlay[1]}/*", {})[overlay[2]] = path
    return found


def wanted(sources: Sources) -> set[str]:
    """The environments that there should be."""
    answered = {item.text for item in yaml.root(sources, ANSWERS_FILE).at("environments").items}
    return answered or {name for by in places(sources).values() for name in by}
