"""The tables of `tables.yml`, and what several modules choose from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from generator.component import Answers, load_yaml

TABLES: Final[Mapping[str, Any]] = load_yaml(__file__, "tables.yml")


Row = dict[str, Any]


def scanners_of(answers: Answers) -> set[str]:
    """The scanners of the answers, and what decides about the jobs that they share."""
    chosen = set(answers.security.scanners)
    return chosen | {"always"} | ({"exceptions"} if chosen & set(TABLES["exception_files"]) else set())


def cloud_of(answers: Answers) -> Mapping[str, str]:
    """What the identity, the account and the state are called among the CI variables."""
    clouds: Mapping[str, Mapping[str, str]] = TABLES["cloud"]
    return clouds.get(answers.cloud.provider, clouds["aws"])
