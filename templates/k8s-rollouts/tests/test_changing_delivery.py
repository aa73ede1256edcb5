"""Who changes the delivery, or the strategy, keeps what was edited of workloads and routes."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.update.shop import Shop

BASE = "infrastructure/kubernetes/base"
WORKLOAD, ROUTE, HPA = (f"{BASE}/web/{name}.yaml" for name in ("workload", "httproute", "hpa"))
NATIVE = """\
project: {name: shop}
services:
  - {name: web, language: node}
  - {name: api, language: go, public: false}
orchestration: {delivery: native}
deployment: {strategy: rolling}
"""


@pytest.fixture
def edited(tmp_path: Path) -> Shop:
    """Edits of pods, of what a rollout waits for, and of a route, in files that both deliveries have."""
    shop = Shop.generated(tmp_path / "shop", NATIVE)
    shop.edit(WORKLOAD, "terminationGracePeriodSeconds: 60", "terminationGracePeriodSeconds: 90 # user-token-1-1")
    shop.edit(
        WORKLOAD,
        "            - name: PORT\n",
        "            - name: NODE_OPTIONS # user-token-2-2\n              value: --max-old-space-size=384\n            - name: PORT\n",
    )
    shop.edit(WORKLOAD, "revisionHistoryLimit: 5", "revisionHistoryLimit: 8 # user-token-3-3")
    shop.edit(ROUTE, "            value: /\n", "            value: /shop # user-token-4-4\n")
    shop.edit(f"{BASE}/api/workload.yaml", "periodSeconds: 2\n", "periodSeconds: 4 # user-token-5-5\n")
    return shop


def kept(shop: Shop, kind: str) -> None:
    text = shop.read(WORKLOAD)
    for token in ("1-1", "2-2", "3-3"):
        assert f"# user-token-{token}" in text, token
    assert "# user-token-4-4" in shop.read(ROUTE)
    assert "# user-token-5-5" in shop.read(f"{BASE}/api/workload.yaml")
    made = yaml.safe_load(text)
    assert made["kind"] == kind
    assert made["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] == 90
    assert made["spec"]["template"]["spec"]["containers"][0]["env"][0]["name"] == "NODE_OPTIONS"
    assert yaml.safe_load(shop.read(HPA))["spec"]["scaleTargetRef"]["kind"] == kind


def change(shop: Shop, old: str, new: str) -> Shop:
    shop.answer(old, new)
    shop.update()
    waiting = [line for line in shop.report["files"] if line["action"] in {"conflict", "propose", "orphan"}]
    assert waiting == []
    assert shop.unchanged()
    return shop


def backends(shop: Shop) -> list[str]:
    (rule,) = yaml.safe_load(shop.read(ROUTE))["spec"]["rules"]
    assert rule["matches"][0]["path"]["value"] == "/shop"
    return [one["name"] for one in rule["backendRefs"]]


def test_edits_of_workloads_and_routes_go_along_through_every_delivery_and_strategy(edited: Shop) -> None:
    shop = change(edited, "delivery: native", "delivery: argo-rollouts")
    kept(shop, "Rollout")
    assert backends(shop) == ["web"]
    change(shop, "strategy: rolling", "strategy: blue-green")
    kept(shop, "Rollout")
    assert backends(shop) == ["web-ping", "web-pong"]
    assert "blueGreen" in yaml.safe_load(shop.read(f"{BASE}/api/workload.yaml"))["spec"]["strategy"]
    change(shop, "strategy: blue-green", "strategy: canary")
    kept(shop, "Rollout")
    assert "canary" in yaml.safe_load(shop.read(f"{BASE}/api/workload.yaml"))["spec"]["strategy"]
    change(shop, "delivery: argo-rollouts", "delivery: native")
    kept(shop, "Deployment")
    assert backends(shop) == ["web"]
    assert not shop.path(f"{BASE}/web/analysis.yaml").exists(), "what nobody edited goes with its reason"


def test_what_was_edited_of_steps_stays_when_the_strategy_changes_around_it(edited: Shop) -> None:
    shop = change(edited, "delivery: native", "delivery: argo-rollouts")
    shop.edit(WORKLOAD, "progressDeadlineSeconds: 300", "progressDeadlineSeconds: 450 # user-token-6-6")
    shop.edit(
        f"{BASE}/web/analysis.yaml",
        "count: 19\n      failureLimit: 0\n",
        "count: 19\n      failureLimit: 3 # user-token-7-7\n",
    )
    change(shop, "strategy: rolling", "strategy: canary")
    kept(shop, "Rollout")
    assert "progressDeadlineSeconds: 450 # user-token-6-6" in shop.read(WORKLOAD)
    assert "failureLimit: 3 # user-token-7-7" in shop.read(f"{BASE}/web/analysis.yaml")
