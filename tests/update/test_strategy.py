"""Another strategy is an update: what a user edited of the services and of what is shared stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator import places
from generator.answers.write import dump
from tests.support import generated
from tests.update import projects
from tests.update.shop import Shop
from tests.update.test_judged import judged, judged_by

CASE = generated.TEMPLATES / "ecs/tests/cases/no-domain.yml"
SERVICES = "infrastructure/terraform/ecs-services.tf"
SHARED = "scripts/lib/rollouts.sh"
OWN = "scripts/lib/strategy.sh"
BASE = "infrastructure/kubernetes"
NATIVE = """\
project: {name: shop}
services:
  - {name: web, language: node}
  - {name: api, language: go, public: false}
deployment: {strategy: rolling, canary_minutes: 45}
"""
EDITS = {
    f"{BASE}/base/web/workload.yaml": ("terminationGracePeriodSeconds: 60", "terminationGracePeriodSeconds: 90 # ours"),
    f"{BASE}/base/web/service.yaml": ("  type: ClusterIP\n", "  type: ClusterIP\n  sessionAffinity: ClientIP # ours\n"),
    f"{BASE}/base/web/hpa.yaml": ("averageUtilization: 70", "averageUtilization: 55 # ours"),
    f"{BASE}/access/role.yaml": (
        "rules:\n",
        "rules:\n  - apiGroups: [example.org] # ours\n    resources: [widgets]\n    verbs: [get]\n",
    ),
    ".github/workflows/_deploy.yml": (
        "runs-on: ubuntu-24.04\n    # Every",
        "runs-on: [self-hosted] # ours\n    # Every",
    ),
    "scripts/lib/rollout.sh": ("# shellcheck shell=bash\n", "# shellcheck shell=bash\n# ours\n"),
}
"""Of what every native strategy has; of the role and the workflow each strategy makes something else."""
CANARY = generated.TEMPLATES / "k8s-canary/tests/cases/services.yml"


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
    told = "made by ecs-rolling before. It is still what is used, while the files around it are made for that of ecs-shifting"
    assert told in shop.line(OWN)["reason"]
    _, standing = projects.run("status", str(shop.root))
    assert told in next(line["reason"] for line in standing["files"] if line["path"] == OWN)
    assert [line for line in shop.report["upheavals"] if "make infra-bootstrap ENV=" in line]
    # And back again, where nothing was edited.
    shop.path(OWN).write_text(shop.proposed(OWN).read_text())
    shop.update("--set", "deployment.strategy=rolling")
    assert "? 240 : null" in shop.read(SERVICES)
    assert "deployment_configuration" not in shop.read(SERVICES)
    assert not shop.path("infrastructure/terraform/ecs-shifting.tf").exists()


def test_edits_of_workloads_scripts_and_workflows_stay_through_every_native_strategy(tmp_path: Path) -> None:
    shop = Shop.generated(tmp_path / "shop", NATIVE)
    for path, (old, new) in EDITS.items():
        shop.edit(path, old, new)
    minutes = {"blue-green": 70, "canary": 130, "rolling": 70}
    for number, strategy in enumerate(minutes):
        shop.append(OWN, f"# ours, the {number}.\n")
        shop.update("--set", f"deployment.strategy={strategy}")
        assert [p for p, (_, new) in EDITS.items() if new not in shop.read(p)] == [], strategy
        waiting = {one["path"] for one in shop.report["files"] if one["action"] in {"conflict", "propose", "orphan"}}
        assert waiting == {OWN}, strategy
        assert shop.read(OWN).endswith(f"# ours, the {number}.\n"), "of another component: kept, and not mixed"
        assert ("How a version replaces another: " + strategy) in shop.proposed(OWN).read_text()
        assert f"timeout-minutes: {minutes[strategy]}\n" in shop.read(".github/workflows/_deploy.yml")
        assert ("services/proxy" in shop.read(f"{BASE}/access/role.yaml")) is (strategy != "rolling")
        assert shop.path("scripts/lib/sides.sh").exists() is (strategy != "rolling")
        assert shop.run("resolve", OWN, "--new") == 0


def test_what_stays_of_the_old_strategy_is_judged_where_what_it_reads_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged_by(monkeypatch, "shell-source")
    shop = Shop.generated(tmp_path / "shop", dump(generated.answers(CANARY)))
    shop.append(OWN, "# ours\n")
    before = projects.disk(shop.root)
    gone = ["strategy.env.sh", "sides.sh"]
    reads = [
        shop.read(OWN).splitlines().index(f'source "$(dirname "${{BASH_SOURCE[0]}}")/{name}"') + 1 for name in gone
    ]
    for arguments in (("--set", "deployment.strategy=rolling"), (), ("--check",)):
        assert judged(shop, *arguments) == [(OWN, "shell-source")] * 2, arguments
        assert shop.code == 1
        assert [check["status"] for check in shop.report["checks"]] == ["failed"]
        assert [line["line"] for line in shop.report["findings"]] == reads
        assert all(name in line["message"] for name, line in zip(gone, shop.report["findings"], strict=True))
        assert f"agency-scaffold resolve {OWN} --new" in shop.report["findings"][0]["fix"]
    assert not shop.path("scripts/lib/sides.sh").exists()
    back = Shop(projects.copy(shop.root, tmp_path / "back")).update("--set", "deployment.strategy=canary")
    assert set(projects.changed(before, projects.disk(back.root))) <= {places.LOCK}, "all is there again, and theirs"
    assert shop.run("resolve", OWN, "--new") == 0
    assert (judged(shop), shop.code) == ([], 0)
