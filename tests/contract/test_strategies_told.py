"""Each way of releasing says why it is there, and what people do with it: in a decision, and in the runbook of releases."""

from __future__ import annotations

import pytest

from generator import catalog
from generator.parts import Decision, Runbook
from tests.support import generated

WAYS = [
    (component.id, strategy)
    for component in catalog.components()
    for strategy in component.manifest.serves.get("deployment.strategy", ())
]


def test_every_strategy_is_served_on_every_platform_and_delivery() -> None:
    assert len(WAYS) >= 9, "Kubernetes by scripts and by Argo Rollouts, and ECS, by three strategies each"


@pytest.mark.parametrize(("name", "strategy"), WAYS)
def test_it_brings_a_decision_and_a_section_of_the_runbook(name: str, strategy: str) -> None:
    (component,) = (one for one in catalog.components() if one.id == name)
    platform, delivery = (
        str(component.manifest.when.get(f"orchestration.{key}", "")) for key in ("platform", "delivery")
    )
    steps = {"canary_steps": [10, 100]} if strategy == "canary" else {}
    answers = generated.settle(
        {
            "project": {"name": "shop"},
            "services": [{"name": "web"}, {"name": "api", "public": False}],
            "orchestration": {"platform": platform} | ({"delivery": delivery} if delivery else {}),
            "deployment": {"strategy": strategy, **steps},
        }
    )[0]
    parts = list(component.function("parts")(answers))
    (decision,) = (one for one in parts if isinstance(one, Decision) and one.topic == "Release strategy")
    assert decision.choice.startswith(strategy.capitalize())
    assert decision.why
    assert decision.costs
    assert decision.instead
    sections = [one for one in parts if isinstance(one, Runbook) and one.book == "deployment"]
    (does,) = (one for one in sections if one.title == f"What a {strategy} release does")
    assert len(does.text) > 200, "what happens to users, and what of it can be undone"
