"""A release to production needs somebody's approval

The environment of production without reviewers is open to whoever can push a tag or start a workflow:
no second pair of eyes sees what is released. Where nobody may approve their own release
(`prevent_self_review` in `.github/repository-settings.json`), name a team in `reviewers`.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import yaml
from generator.checks.models import repository
from generator.checks.models.habits import habit
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.GITHUB


def files(sources: Sources) -> Iterator[str]:
    if repository.production(sources):
        yield repository.SETTINGS


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    name = repository.production(sources)
    for one in yaml.root(sources, path).at("environments").items:
        asked = one.at("prevent_self_review").text == "true"
        if one.at("name").text == name and asked and not one.at("reviewers").items:
            message = (
                f"the environment {name} wants another person's approval, and has no reviewers: whoever pushes releases"
            )
            yield habit(at(one.key("reviewers"), message, "Name a team or a user."))
