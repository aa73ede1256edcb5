"""Services, routes and analyses of a Rollout (rollout/service.go, trafficrouting.go and analysis.go of v1.10.0)."""

from __future__ import annotations

import copy

from tests.support import kubernetes_double as kubernetes
from tests.support.kubernetes_double import Object
from tests.support.rollouts_analysis import Analysis
from tests.support.rollouts_sets import Sets
from tests.support.rollouts_state import DEADLINE, HASH, MANAGED, PLUGIN, REVISION, count, hash_of


class Traffic(Sets):
    """Leads users, and measures what becomes of them."""

    def _switch(self, name: str, stamp: str) -> None:
        service = self.cluster.get("services", self.namespace, name)
        assert service is not None
        notes = service["metadata"].setdefault("annotations", {})
        if service["spec"]["selector"].get(HASH) == stamp and MANAGED in notes:
            return
        notes.setdefault(MANAGED, self.rollout["metadata"]["name"])
        new = copy.deepcopy(service)
        new["spec"]["selector"][HASH] = stamp
        self.cluster.update("services", self.namespace, new)
        self.changed = True

    def _target(self, name: str, one: Object | None, *, careful: bool) -> None:
        if not name or one is None or self._selected(name) == hash_of(one):
            return
        service, available = self.cluster.get("services", self.namespace, name), count([one], "availableReplicas")
        assert service is not None
        adopted = MANAGED in service["metadata"].get("annotations", {})
        if careful and not adopted and not 0 < one["spec"]["replicas"] <= available:
            return
        if careful and not available:
            return
        self._switch(name, hash_of(one))

    def _pair(self) -> tuple[str, str]:
        """The stable and the canary Service of the route."""
        assert self.canary is not None
        pair = self.canary.get("pingPong")
        if not pair:
            return self.canary.get("stableService", ""), self.canary.get("canaryService", "")
        ping = self.status.get("canary", {}).get("stablePingPong") == "ping"
        names = pair["pingService"], pair["pongService"]
        return names if ping else names[::-1]

    def _services(self) -> None:
        assert self.canary is not None
        if self.canary.get("pingPong") and not self.promoted():
            self._target(self._pair()[1], self.new, careful=False)
        self._target(self.canary.get("stableService", ""), self.stable, careful=True)
        back = self.aborted() and not self.routed
        self._target(self.canary.get("canaryService", ""), self.stable if back else self.new, careful=True)

    def _route(self) -> bool:
        """Sets the weights; False where the reconciliation ends with an error."""
        assert self.canary is not None
        assert self.new is not None
        if not self.routed:
            self.weights = None
            return True
        weight, available, index = 0, count([self.new], "availableReplicas"), self.index()
        if self.promoted():
            pass
        elif self.aborted():
            self._target(self.canary.get("canaryService", ""), self.stable, careful=False)
        elif not available:
            pass
        elif self.status.get("promoteFull"):
            weight = (self.status.get("canary", {}).get("weights") or {}).get("canary", {}).get("weight", 0)
        elif index is not None:
            if not self.at_sizes():
                weight = next((s["setWeight"] for s in reversed(self.steps[:index]) if "setWeight" in s), 0)
            else:
                weight = self.set_weight() if index < len(self.steps) else 100
        if self.stable is None or count([self.stable], "availableReplicas") < (100 - weight) * self.replicas // 100:
            return True
        if not self._plugin(weight):
            return False
        sides = {"canary": (weight, self.new), "stable": (100 - weight, self.stable)}
        self.weights = {
            side: {
                "weight": part,
                "podTemplateHash": hash_of(one),
                "serviceName": self.canary.get(f"{side}Service", ""),
            }
            for side, (part, one) in sides.items()
        } | {"verified": True}
        return True

    def _plugin(self, weight: int) -> bool:
        assert self.canary is not None
        config = self.canary["trafficRouting"]["plugins"][PLUGIN]
        route = self.cluster.get("httproutes", config["namespace"], config["httpRoute"])
        if route is None:
            return False
        new, (stable, other) = copy.deepcopy(route), self._pair()
        found = set()
        for rule in new["spec"]["rules"]:
            for one in rule.get("backendRefs", ()):
                if one["name"] in (stable, other):
                    one["weight"] = weight if one["name"] == other else 100 - weight
                    found.add(one["name"])
        if found != {stable, other}:
            return False
        if new != route:
            self.cluster.update("httproutes", config["namespace"], new)
            self.changed = True
        return True

    def _run(self, analysis: Object, infix: str, current: str) -> Object | None:
        """The AnalysisRun of a step, made where there is none."""
        found = self.cluster.get("analysisruns", self.namespace, current) if current else None
        inconclusive = found is not None and found.get("status", {}).get("phase") == "Inconclusive"
        again = bool(self.status.get("controllerPause")) and not self.status.get("pauseConditions") and inconclusive
        if found is not None and not again:
            return found
        assert self.new is not None
        name, number = "-".join([self.rollout["metadata"]["name"], hash_of(self.new), self._revision(), infix]), 0
        while self.cluster.get("analysisruns", self.namespace, name + (f".{number}" if number else "")):
            number += 1
        meta = {
            "name": name + (f".{number}" if number else ""),
            "labels": {HASH: hash_of(self.new)},
            "ownerReferences": [kubernetes._owner(self.rollout)],
        }
        self.changed = True
        return Analysis.made(self.cluster, self.namespace, meta, analysis, self.rollout, hash_of(self.new))

    def _revision(self) -> str:
        return str(self.rollout["metadata"]["annotations"][REVISION])

    def _cancel(self, *names: str | None) -> None:
        for name in filter(None, names):
            run = self.cluster.get("analysisruns", self.namespace, str(name))
            if (
                run
                and run.get("status", {}).get("phase") in (None, "Pending", "Running")
                and not run["spec"].get("terminate")
            ):
                run["spec"]["terminate"] = True
                self.changed = True

    def _judge(self, run: Object | None, words: str) -> None:
        phase, why = (run or {}).get("status", {}).get("phase"), (run or {}).get("status", {}).get("message", "")
        if phase == "Inconclusive":
            self.pauses.add.append("InconclusiveAnalysisRun")
        elif phase in ("Error", "Failed"):
            self.pauses.abort, self.pauses.why = True, words + (f": {why}" if why else "")

    def _skips_analysis(self) -> bool:
        return (
            self.promoted()
            or self.aborted()
            or bool(self.status.get("promoteFull"))
            or self._fast()
            or not self.status.get("stableRS")
        )

    def _back(self) -> bool:
        return (
            self.stable is not None
            and self.new is not None
            and (
                self.status.get("stableRS") == hash_of(self.new)
                or self.cluster.born(self.new) < self.cluster.born(self.stable)
            )
        )

    def _in_window(self) -> bool:
        size = self.spec.get("rollbackWindow", {}).get("revisions", 0)
        if (
            not size
            or not self.stable
            or not self.new
            or not self.cluster.born(self.new) < self.cluster.born(self.stable)
        ):
            return False
        between = [
            s for s in self.sets if self.cluster.born(self.new) < self.cluster.born(s) < self.cluster.born(self.stable)
        ]
        return len(between) < size

    def _fast(self) -> bool:
        if not self._back():
            return False
        assert self.new is not None
        held = (
            self.green is not None and float(self.new["metadata"]["annotations"].get(DEADLINE, 0)) > self.cluster.clock
        )
        return self._in_window() or held or self.status.get("stableRS") == hash_of(self.new)
