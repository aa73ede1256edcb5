"""Another strategy is an update: what a user edited of the services and of what is shared stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.answers.write import dump
from tests.support import generated
from tests.update.shop import Shop

CASE = generated.TEMPLATES / "ecs/tests/cases/no-domain.yml"
SERVICES = "infrastructure/terraform/ecs-services.tf"
SHARED = "scripts/lib/rollouts.sh"
OWN = "scripts/lib/strategy.sh"


@pytest.mark.parametrize("strategy", ["blue-green", "canary"])
def test_another_strategy_keeps_edits(strategy: str, tmp_path: Path) -> None:
    shop = Shop.generated(tmp_path / "shop", dump(generated.answers(CASE)))
    shop.edit(SERVICES, "? 120 : null", "? 240 : null")
    shop.append(SHARED, "# ours\n")
    shop.append(OWN, "# ours, too\n")
    shop.update("--set", f"deployment.strategy={strategy}")
    assert "? 240 : null" in shop.read(SERVICES)
    assert "deployment_configuration" in shop.read(SERVICES)
    assert shop.read(SHARED).endswith("# ours\n")
    assert "service_judged" in shop.read(SHARED)
    # Of another component: it is not mixed, but kept, and the new one lies beside it.
    assert shop.read(OWN).endswith("# ours, too\n")
    assert "stop-service-deployment" in shop.proposed(OWN).read_text()
    assert [line for line in shop.report["upheavals"] if "told once by hand" in line]
    # And back again, where nothing was edited.
    shop.path(OWN).write_text(shop.proposed(OWN).read_text())
    shop.update("--set", "deployment.strategy=rolling")
    assert "? 240 : null" in shop.read(SERVICES)
    assert "deployment_configuration" not in shop.read(SERVICES)
    assert not shop.path("infrastructure/terraform/ecs-shifting.tf").exists()
