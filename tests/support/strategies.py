"""The strategies of releases that there are, as the components say: a new one comes to stand here by itself."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any, Final

from generator import catalog, served
from generator.answers import Answers
from generator.answers.keys import by_name
from generator.errors import AnswersError

SCRIPT: Final = "scripts/lib/strategy.sh"


def offered(platform: str, delivery: str) -> tuple[str, ...]:
    """The strategies that are served on a platform with a delivery."""
    given = {"orchestration.platform": platform, "orchestration.delivery": delivery}
    return tuple(served.offers("deployment.strategy", given.get))


def carrying_out() -> tuple[str, ...]:
    """The components that carry out releases; which of them count follows from the answers."""
    return tuple(
        component.id
        for component in catalog.components()
        if "deployment.strategy" in component.manifest.condition or makes_script(component)
    )


def makes_script(component: catalog.Component) -> bool:
    """Whether it makes the script of a strategy."""
    return any(file.to == SCRIPT for file in component.manifest.files)


def ways() -> Iterator[tuple[str, str, str, Answers]]:
    """Platform, delivery and strategy, all that the program takes together, with such answers of a public service and a worker."""
    choices = [by_name()[f"orchestration.{key}"].choices for key in ("platform", "delivery")]
    for platform, delivery in product(*choices):
        for strategy in offered(platform, delivery):
            data: dict[str, Any] = {
                "project": {"name": "shop", "domain": "example.org"},
                "services": [{"name": "web"}, {"name": "mail", "kind": "worker"}],
                "orchestration": {"platform": platform, "delivery": delivery},
                "deployment": {"strategy": strategy},
            }
            try:
                yield platform, delivery, strategy, served.settle(data)[0]
            except AnswersError:
                continue
