"""Every environment has its files everywhere

An environment that has an overlay but no values for Terraform (or the other way round) cannot be
deployed. The environments are those of `agency-scaffold.yml`, else all that occur; each needs a file
in every `environments/` folder of Terraform and a folder in every `overlays/`.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.models.environments import places, wanted
from generator.checks.rule import Flaw, Format, did_you_mean
from generator.checks.source import Sources

FORMAT = Format.TERRAFORM


def files(sources: Sources) -> Iterator[str]:
    return (next(iter(by.values())) for by in places(sources).values())


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    place, by = next((place, by) for place, by in places(sources).items() if next(iter(by.values())) == path)
    known = wanted(sources)
    for name in sorted(known - set(by)):
        yield Flaw(0, f"environment {name} has no file for {place}")
    for name in sorted(set(by) - known):
        yield Flaw(0, f"{by[name]} belongs to no environment{did_you_mean(name, known)}")
