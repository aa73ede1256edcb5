"""One look of the controller at one Rollout: what it reads, and whether the Rollout is valid (v1.10.0 of Argo Rollouts)."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.support.kubernetes_double import Object

if TYPE_CHECKING:
    from tests.support.rollouts_double import Cluster

HASH = "rollouts-pod-template-hash"
REVISION = "rollout.argoproj.io/revision"
DESIRED = "rollout.argoproj.io/desired-replicas"
MANAGED = "argo-rollouts.argoproj.io/managed-by-rollouts"
DEADLINE = "scale-down-deadline"
PLUGIN = "argoproj-labs/gatewayAPI"


def template_hash(template: Object) -> str:
    """What the ReplicaSet of a pod template is known by."""
    return hashlib.sha256(json.dumps(template, sort_keys=True).encode()).hexdigest()[:10]


def count(sets: list[Object], name: str) -> int:
    return sum(one.get("status", {}).get(name, 0) for one in sets)


def size_of(sets: list[Object]) -> int:
    return sum(one["spec"]["replicas"] for one in sets)


def hash_of(one: Object | None) -> str:
    return str(one["metadata"]["labels"].get(HASH, "")) if one else ""


def timeless(status: Object) -> Object:
    """Without what changes by the clock alone."""
    made = copy.deepcopy(status)
    for one in made.get("conditions", ()):
        one.pop("lastUpdateTime", None)
    return made


def names(rollout: Object) -> list[str]:
    """The Services that a strategy names."""
    place = rollout["spec"]["strategy"].get("canary") or rollout["spec"]["strategy"].get("blueGreen") or {}
    roles = ("stableService", "canaryService", "activeService", "previewService")
    return [name for name in (*(place.get(role, "") for role in roles), *place.get("pingPong", {}).values()) if name]


@dataclass
class Pauses:
    """What becomes of pauses and of an abort."""

    add: list[str] = field(default_factory=list)
    remove: list[str] = field(default_factory=list)
    clear: bool = False
    abort: bool = False
    no_abort: bool = False
    why: str = ""


class Look:
    """What is known of a Rollout; what is to change is done by the classes below it."""

    new: Object | None
    stable: Object | None
    sets: list[Object]
    others: list[Object]
    replicas: int

    def __init__(self, cluster: Cluster, rollout: Object) -> None:
        self.cluster, self.rollout = cluster, rollout
        self.namespace = rollout["metadata"]["namespace"]
        self.spec: Object = rollout["spec"]
        self.status: Object = rollout.setdefault("status", {})
        self.pauses = Pauses()
        self.changed = False
        self.canary: Object | None = self.spec["strategy"].get("canary")
        self.green: Object | None = self.spec["strategy"].get("blueGreen")
        self.steps: list[Object] = (self.canary or {}).get("steps", [])
        self.routed = bool(self.canary and self.canary.get("trafficRouting"))
        self.weights: Object | None = copy.deepcopy(self.status.get("canary", {}).get("weights"))
        self.step_run: Object | None = None

    def promoted(self) -> bool:
        return bool(self.status.get("stableRS", "") == self.status.get("currentPodHash", ""))

    def aborted(self) -> bool:
        return not self.pauses.no_abort and (self.pauses.abort or bool(self.status.get("abort")))

    def paused_for(self, reason: str) -> bool:
        return any(one["reason"] == reason for one in self.status.get("pauseConditions") or ())

    def halted(self) -> bool:
        return bool(self.spec.get("paused")) or self.paused_for("InconclusiveAnalysisRun")

    def index(self) -> int | None:
        return int(self.status.get("currentStepIndex") or 0) if self.steps else None

    def current_step(self) -> Object | None:
        index = self.index()
        return self.steps[index] if index is not None and index < len(self.steps) else None

    def set_weight(self) -> int:
        """What the steps so far ask for."""
        if self.status.get("abort"):
            return 0
        index = self.index()
        if index is None or self.current_step() is None:
            return 100
        return next((s["setWeight"] for s in reversed(self.steps[: index + 1]) if "setWeight" in s), 0)

    # Validation

    def _invalid(self) -> str:
        return (
            self._invalid_strategy()
            or next((e for n in names(self.rollout) if (e := self._invalid_service(n))), "")
            or next(
                (
                    f"spec.strategy: Invalid value: \"{name}\": AnalysisTemplate '{name}' not found"
                    for name in self._templates()
                    if self.cluster.get("analysistemplates", self.namespace, name) is None
                ),
                "",
            )
        )

    def _invalid_strategy(self) -> str:
        if self.canary is not None:
            pair = self.canary.get("pingPong", {})
            if pair and len(set(pair.values())) < 2:
                return "spec.strategy.canary.pingPong: uses the same service for ping and pong"
            if not self.routed and any("setCanaryScale" in s for s in self.steps):
                return "spec.strategy.canary.trafficRouting: Required value: SetCanaryScale requires TrafficRouting to be set"
            if not self.routed and "scaleDownDelaySeconds" in self.canary:
                return "spec.strategy.canary.scaleDownDelaySeconds: Invalid value: Canary scaleDownDelaySeconds can only be used with traffic routing"
        return ""

    def _invalid_service(self, name: str) -> str:
        service = self.cluster.get("services", self.namespace, name)
        if service is None:
            return f'spec.strategy: Invalid value: "{name}": service "{name}" not found'
        owner = service["metadata"].get("annotations", {}).get(MANAGED, "")
        if owner in ("", self.rollout["metadata"]["name"]):
            return ""
        return f'spec.strategy: Invalid value: "{name}": Service "{name}" is managed by another Rollout'

    def _templates(self) -> Iterator[str]:
        analyses = [s["analysis"] for s in self.steps if "analysis" in s]
        analyses += [
            self.green[k] for k in ("prePromotionAnalysis", "postPromotionAnalysis") if self.green and k in self.green
        ]
        for one in analyses:
            yield from (t["templateName"] for t in one["templates"])

    def _tell_invalid(self, error: str) -> bool:
        message = f'The Rollout "{self.rollout["metadata"]["name"]}" is invalid: {error}'
        before = copy.deepcopy(self.status)
        self._condition("InvalidSpec", "True", "InvalidSpec", message)
        self.status["observedGeneration"] = str(self.rollout["metadata"]["generation"])
        self.status["phase"], self.status["message"] = "Degraded", f"InvalidSpec: {message}"
        self.rollout["status"] = self.status
        return timeless(before) != timeless(self.status)
