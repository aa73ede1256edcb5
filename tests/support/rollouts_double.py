"""A controller of Argo Rollouts beside the double of Kubernetes, as v1.10.0 of its source behaves.

Played are: ReplicaSets by the hash of the pod template, canary with and without traffic routing (the plugin for the Gateway API
sets the weights of an HTTPRoute, ping-pong), blueGreen, steps, AnalysisRuns, aborts, deadlines, pauses, the window of
rollbacks, the phase and its message. Not played are experiments, step plugins, header routes, `workloadRef`, dynamic scaling of
the stable ReplicaSet, `restartAt`. One look of a client is one step: the controller does all that it can, then pods and
measurements go on; a step takes `Cluster.tick` seconds of a clock of its own, so that durations of manifests hold without anybody
waiting for them.
"""

from __future__ import annotations

import copy
import functools
import hashlib
import json
import math
import re
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import jsonschema

from tests.support import kubernetes_double as kubernetes
from tests.support.kubernetes_double import NAME, VERSION, InvalidError, Object, digest_of, is_ready
from tests.support.rollouts_analysis import Analysis

GROUP = "argoproj.io/v1alpha1"
KINDS = {
    "rollouts": (GROUP, "Rollout"),
    "analysistemplates": (GROUP, "AnalysisTemplate"),
    "analysisruns": (GROUP, "AnalysisRun"),
}
HASH = "rollouts-pod-template-hash"
REVISION = "rollout.argoproj.io/revision"
DESIRED = "rollout.argoproj.io/desired-replicas"
MANAGED = "argo-rollouts.argoproj.io/managed-by-rollouts"
DEADLINE = "scale-down-deadline"
PLUGIN = "argoproj-labs/gatewayAPI"


class Cluster(kubernetes.Cluster):
    """The double with the controller of Rollouts."""

    scaled: ClassVar[dict[str, str]] = {"Deployment": "deployments", "Rollout": "rollouts"}

    def __init__(self, namespace: str) -> None:
        super().__init__(namespace)
        self.kinds |= KINDS
        self.statuses = {"rollouts", "analysisruns"}
        self.clock = 0.0
        self.tick = 60.0
        """Seconds that a step takes."""
        self.controller_runs = True
        self.phases: dict[str, str] = {}
        """What a story wants an analysis to end as, by template: Failed, Error, Inconclusive, or Running for ever."""
        self._born: dict[str, int] = {}

    def check(self, resource: str, new: Object) -> None:
        if resource in KINDS and "status" not in new:
            for error in _schema(KINDS[resource][1]).iter_errors(new):
                raise InvalidError(f"{'.'.join(map(str, error.absolute_path))}: {error.message}")
        if resource == "rollouts":
            labels = new["spec"].get("template", {}).get("metadata", {}).get("labels", {})
            assert new["spec"]["selector"]["matchLabels"].items() <= labels.items(), "the selector misses its own pods"

    def step(self) -> None:
        super().step()
        self.clock += self.tick
        for one in self.all("rollouts"):
            for _ in range(12):
                if not self.controller_runs or not _Reconciliation(self, one).run():
                    break
        for one in self.all("replicasets"):
            if self._is_mine(one):
                self._step_set(one)
        if self.controller_runs:
            for run in self.all("analysisruns"):
                Analysis(self, run).step()

    def _is_mine(self, replica_set: Object) -> bool:
        owners = replica_set["metadata"].get("ownerReferences", [])
        return not owners or owners[0]["kind"] == "Rollout"

    def _step_set(self, one: Object) -> None:
        """A ReplicaSet keeps its size; pods that are not ready leave first."""
        pods = self._pods_of(one)
        for pod in pods:
            self._step_pod(pod)
        wanted = one["spec"]["replicas"]
        for _ in range(wanted - len(pods)):
            self._new_pod(one)
        for pod in sorted(pods, key=is_ready)[: max(0, len(pods) - wanted)]:
            self.delete("pods", pod["metadata"]["namespace"], pod["metadata"]["name"])
        pods = self._pods_of(one)
        ready = sum(map(is_ready, pods))
        one["status"] = {"replicas": len(pods), "readyReplicas": ready, "availableReplicas": ready}

    def born(self, one: Object) -> int:
        """In which order objects were made: time stamps of the double are all the same."""
        return self._born.setdefault(one["metadata"]["uid"], int(one["metadata"]["uid"][-12:]))

    def verdict(self, template: str) -> str | None:
        """What a story says of an analysis."""
        return self.phases.get(template)

    # What tests ask

    def rollout(self, name: str) -> Object:
        return next(one for one in self.all("rollouts") if one["metadata"]["name"] == name)

    def phase(self, name: str) -> str:
        return str(self.rollout(name).get("status", {}).get("phase", ""))

    def weights(self, service: str) -> dict[str, int]:
        """As the double says; a Service that no ReplicaSet was injected into may lead to several versions."""
        found: dict[str, float] = {}
        for route in self.all("httproutes"):
            references = route["spec"]["rules"][0]["backendRefs"] if route["metadata"]["name"] == service else ()
            total = sum(one.get("weight", 1) for one in references)
            for one in references:
                share = one.get("weight", 1) * 100 / total
                pods = [p["metadata"]["labels"][VERSION] for p in self.behind(one["name"])]
                for version in pods or [""]:
                    if share:
                        found[version] = found.get(version, 0) + share / len(pods or [""])
        return {version: round(share) for version, share in found.items()}


@functools.cache
def _schema(kind: str) -> jsonschema.Draft7Validator:
    with tarfile.open(Path(__file__).parent / "kubernetes-crds.tar.xz") as archive:
        file = archive.extractfile(f"./argoproj.io/{kind.lower()}_v1alpha1.json")
        assert file is not None
        return jsonschema.Draft7Validator(json.load(file))


def template_hash(template: Object) -> str:
    """What the ReplicaSet of a pod template is known by."""
    return hashlib.sha256(json.dumps(template, sort_keys=True).encode()).hexdigest()[:10]


def _count(sets: list[Object], name: str) -> int:
    return sum(one.get("status", {}).get(name, 0) for one in sets)


def _size(sets: list[Object]) -> int:
    return sum(one["spec"]["replicas"] for one in sets)


def _hash(one: Object | None) -> str:
    return str(one["metadata"]["labels"].get(HASH, "")) if one else ""


@dataclass
class _Pauses:
    """What becomes of pauses and of an abort."""

    add: list[str] = field(default_factory=list)
    remove: list[str] = field(default_factory=list)
    clear: bool = False
    abort: bool = False
    no_abort: bool = False
    why: str = ""


class _Reconciliation:
    """One look of the controller at one Rollout; `run` says whether it changed anything."""

    def __init__(self, cluster: Cluster, rollout: Object) -> None:
        self.cluster, self.rollout = cluster, rollout
        self.namespace = rollout["metadata"]["namespace"]
        self.spec: Object = rollout["spec"]
        self.status: Object = rollout.setdefault("status", {})
        self.pauses = _Pauses()
        self.changed = False
        self.canary: Object | None = self.spec["strategy"].get("canary")
        self.green: Object | None = self.spec["strategy"].get("blueGreen")
        self.steps: list[Object] = (self.canary or {}).get("steps", [])
        self.routed = bool(self.canary and self.canary.get("trafficRouting"))
        self.weights: Object | None = copy.deepcopy(self.status.get("canary", {}).get("weights"))
        self.step_run: Object | None = None

    # Reading

    def run(self) -> bool:
        if self.rollout["metadata"].get("deletionTimestamp"):
            return False
        cluster = self.cluster
        cluster._adopt(self.rollout)
        self.sets = [s for s in cluster.all("replicasets", self.namespace) if cluster._owned(s, self.rollout)]
        stamp = template_hash(self.spec["template"])
        self.new = next((s for s in self.sets if _hash(s) == stamp), None)
        if error := self._invalid():
            return self._tell_invalid(error)
        if self.new is None:
            self.new = self._create_set(stamp)
            self.sets.append(self.new)
            return True
        stable = self.status.get("stableRS", "")
        self.stable = next((s for s in self.sets if stable and _hash(s) == stable), None)
        self.others = [s for s in self.sets if s is not self.new and s is not self.stable]
        if self.promoted() and self.status.get("abort"):
            self.pauses.no_abort = True
        if "replicas" not in self.spec:
            self.spec["replicas"] = 1
            self.rollout["metadata"]["generation"] += 1
            return True
        self.replicas: int = self.spec["replicas"]
        self._sync_revision()
        if self._pauses_told():
            return True
        if any(
            s["spec"]["replicas"] and int(s["metadata"]["annotations"].get(DESIRED, -1)) != self.replicas
            for s in (self.new, self.stable)
            if s and DESIRED in s["metadata"]["annotations"]
        ):
            self._scale_only()
        elif self.green is not None:
            self._blue_green()
        else:
            self._canary()
        return self.changed

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
        names: list[str] = []
        if self.canary is not None:
            pair = self.canary.get("pingPong", {})
            names += [self.canary.get("stableService", ""), self.canary.get("canaryService", ""), *pair.values()]
            if pair and len(set(pair.values())) < 2:
                return "spec.strategy.canary.pingPong: uses the same service for ping and pong"
            if not self.routed and any("setCanaryScale" in s for s in self.steps):
                return "spec.strategy.canary.trafficRouting: Required value: SetCanaryScale requires TrafficRouting to be set"
            if not self.routed and "scaleDownDelaySeconds" in self.canary:
                return "spec.strategy.canary.scaleDownDelaySeconds: Invalid value: Canary scaleDownDelaySeconds can only be used with traffic routing"
        if self.green is not None:
            names += [self.green["activeService"], self.green.get("previewService", "")]
        for name in filter(None, names):
            service = self.cluster.get("services", self.namespace, name)
            if service is None:
                return f'spec.strategy: Invalid value: "{name}": service "{name}" not found'
            owner = service["metadata"].get("annotations", {}).get(MANAGED, "")
            if owner not in ("", self.rollout["metadata"]["name"]):
                return f'spec.strategy: Invalid value: "{name}": Service "{name}" is managed by another Rollout'
        for name in self._templates():
            if self.cluster.get("analysistemplates", self.namespace, name) is None:
                return f"spec.strategy: Invalid value: \"{name}\": AnalysisTemplate '{name}' not found"
        return ""

    def _templates(self) -> Iterator[str]:
        analyses = [s["analysis"] for s in self.steps if "analysis" in s]
        analyses += [self.green[k] for k in ("prePromotionAnalysis", "postPromotionAnalysis") if self.green and k in self.green]
        for one in analyses:
            yield from (t["templateName"] for t in one["templates"])

    def _tell_invalid(self, error: str) -> bool:
        message = f'The Rollout "{self.rollout["metadata"]["name"]}" is invalid: {error}'
        before = copy.deepcopy(self.status)
        self._condition("InvalidSpec", "True", "InvalidSpec", message)
        self.status["observedGeneration"] = str(self.rollout["metadata"]["generation"])
        self.status["phase"], self.status["message"] = "Degraded", f"InvalidSpec: {message}"
        self.rollout["status"] = self.status
        return _timeless(before) != _timeless(self.status)

    # ReplicaSets

    def _create_set(self, stamp: str) -> Object:
        labelled = copy.deepcopy(self.spec["template"])
        labelled["metadata"]["labels"][HASH] = stamp
        newest = max((int(s["metadata"]["annotations"].get(REVISION, 0)) for s in self.sets), default=0)
        meta = {
            "name": f"{self.rollout['metadata']['name']}-{stamp}",
            "labels": labelled["metadata"]["labels"],
            "annotations": {REVISION: str(newest + 1), DESIRED: str(self.spec.get("replicas", 1))},
            "ownerReferences": [kubernetes._owner(self.rollout)],
        }
        spec = {
            "replicas": 0,
            "selector": {"matchLabels": self.spec["selector"]["matchLabels"] | {HASH: stamp}},
            "template": labelled,
        }
        made = self.cluster.create("replicasets", self.namespace, {"metadata": meta, "spec": spec})
        self.rollout["metadata"].setdefault("annotations", {})[REVISION] = str(newest + 1)
        self._condition("Progressing", "True", "NewReplicaSetCreated", f'Created new replica set "{meta["name"]}"')
        return made

    def _sync_revision(self) -> None:
        assert self.new is not None
        newest = max((int(s["metadata"]["annotations"].get(REVISION, 0)) for s in self.sets if s is not self.new), default=0)
        mine = self.new["metadata"]["annotations"]
        if int(mine[REVISION]) < newest + 1:
            mine[REVISION] = str(newest + 1)
        self.rollout["metadata"].setdefault("annotations", {})[REVISION] = mine[REVISION]

    def _scale(self, one: Object, size: int) -> bool:
        notes = one["metadata"]["annotations"]
        if one["spec"]["replicas"] == size and notes.get(DESIRED) == str(self.replicas):
            return False
        scaled = one["spec"]["replicas"] != size
        notes[DESIRED] = str(self.replicas)
        if size == 0 and not self._delays_on_abort():
            notes.pop(DEADLINE, None)
        one["spec"]["replicas"] = size
        self.changed = True
        return scaled

    def _scale_only(self) -> None:
        if self.green is not None:
            self._green_sets()
        else:
            self._canary_sets()
        self._persist(copy.deepcopy(self.status) | self._base())

    def _delays_on_abort(self) -> bool:
        if not self.aborted() or self.stable is None or (self.canary is not None and not self.routed):
            return False
        return self._abort_delay() is not None

    def _abort_delay(self) -> int | None:
        """None: what was aborted stays."""
        seconds = (self.canary or self.green or {}).get("abortScaleDownDelaySeconds", 30)
        return seconds or None

    def _no_deadlines(self) -> None:
        for one in {id(s): s for s in ([] if self._delays_on_abort() else [self.new]) + [self.stable] if s}.values():
            self.changed |= one["metadata"]["annotations"].pop(DEADLINE, None) is not None

    def _new_set(self) -> bool:
        assert self.new is not None
        size = self._new_size()
        if self._delays_on_abort():
            notes, delay = self.new["metadata"]["annotations"], self._abort_delay()
            if DEADLINE in notes:
                if float(notes[DEADLINE]) > self.cluster.clock:
                    return False
                size = 0
            elif delay is not None:
                assert self.stable is not None
                if _count([self.stable], "availableReplicas") >= self.replicas:
                    notes[DEADLINE] = str(self.cluster.clock + delay)
                    self.changed = True
                return False
        return self._scale(self.new, size)

    def _new_size(self) -> int:
        if self.green is not None:
            return self.replicas
        return self._routed_sizes()[0] if self.routed else self._basic_sizes()[0]

    def _wanted_weight(self) -> tuple[int | None, int]:
        """A number of replicas, or a weight."""
        if self.status.get("promoteFull") or not self.status.get("stableRS") or self.promoted():
            return None, 100
        index = self.index()
        if self.routed and self.current_step() is not None and index is not None:
            if not (self.status.get("abort") and self._abort_delay() is not None):
                scale = next((s["setCanaryScale"] for s in reversed(self.steps[: index + 1]) if "setCanaryScale" in s), None)
                if scale and not scale.get("matchTrafficWeight"):
                    return (scale["replicas"], 0) if "replicas" in scale else (None, scale["weight"])
        return None, self.set_weight()

    def _routed_sizes(self) -> tuple[int, int]:
        exact, weight = self._wanted_weight()
        return (exact if exact is not None else math.ceil(weight * self.replicas / 100)), self.replicas

    def _fence(self, name: str) -> int:
        value = (self.canary or {}).get(name, "25%")
        if isinstance(value, str):
            part = int(value.rstrip("%")) * self.replicas / 100
            return math.ceil(part) if name == "maxSurge" else math.floor(part)
        return int(value)

    def _limits(self) -> tuple[int, int]:
        surge, unavailable = self._fence("maxSurge"), self._fence("maxUnavailable")
        return surge, (unavailable if surge or unavailable else 1)

    def _basic_sizes(self) -> tuple[int, int]:
        """Of the new and of the stable ReplicaSet, without traffic routing: a step towards the share, within surge and
        availability."""
        assert self.new is not None
        surge, unavailable = self._limits()
        weight = self._wanted_weight()[1]
        new, apart = self.new["spec"]["replicas"], self.stable is not None and self.stable is not self.new
        old = self.stable["spec"]["replicas"] if apart and self.stable else 0
        want_new, want_old = _shares(self.replicas, weight, surge) if apart else (self.replicas, 0)
        room = self.replicas + surge - _size([s for s in self.sets if s is not None])
        if apart and old < want_old and room > 0:
            more = min(room, want_old - old)
            old, room = old + more, room - more
        if new < want_new and room > 0:
            new += min(room, want_new - new)
        if _size(self.others):
            return new, old
        least = self.replicas - unavailable
        growing = want_new >= self.new["spec"]["replicas"]
        spare = _for_down(self.new, blind=not growing) + _for_down(self.stable if apart else None, blind=growing) - least
        if spare > 0 and not growing and self.new["spec"]["replicas"] > want_new:
            new = max(want_new, self.new["spec"]["replicas"] - spare)
        elif spare > 0 and growing and apart and self.stable and self.stable["spec"]["replicas"] > want_old:
            old = max(want_old, self.stable["spec"]["replicas"] - spare)
        return new, old

    def at_sizes(self) -> bool:
        new, old = self._routed_sizes() if self.routed else self._basic_sizes()
        if self.new is None or self.new["spec"]["replicas"] != new or _count([self.new], "availableReplicas") != new:
            return False
        if self.stable is None or self.stable["spec"]["replicas"] != old or _count([self.stable], "replicas") != old:
            return False
        return self.routed or _count(self.others, "availableReplicas") == 0

    def _canary_sets(self) -> bool:
        """Whether something was scaled."""
        if self.halted():
            return False
        self._no_deadlines()
        if self.stable is not None and self.stable is not self.new:
            size = self._routed_sizes()[1] if self.routed else self._basic_sizes()[1]
            if self._scale(self.stable, size):
                return True
        return self._new_set() or self._old_sets_of_canary()

    def _old_sets_of_canary(self) -> bool:
        scaled = False
        for one in [s for s in self.others if s["spec"]["replicas"]]:
            available = _count([one], "availableReplicas")
            if one["spec"]["replicas"] > available:
                scaled |= self._scale(one, available)
        spare = _count(self.sets, "availableReplicas") - (self.replicas - self._limits()[1])
        for one in sorted(self.others, key=lambda s: -int(s["metadata"]["annotations"].get(REVISION, 0))):
            size = one["spec"]["replicas"]
            if spare <= 0 or not size or (self.routed and self._referenced(one)):
                continue
            wanted = max(0, size - spare)
            if self.routed:
                wanted = self._delayed(one, size) if self.promoted() or DEADLINE in one["metadata"]["annotations"] else 0
            if wanted != size:
                scaled |= self._scale(one, wanted)
                spare -= size - wanted
        return scaled

    def _delayed(self, one: Object, keeps: int) -> int:
        """The size of an old ReplicaSet that goes after a while."""
        notes = one["metadata"]["annotations"]
        delay = (self.canary or self.green or {}).get("scaleDownDelaySeconds", 30)
        if DEADLINE not in notes:
            if delay:
                notes[DEADLINE] = str(self.cluster.clock + delay)
                self.changed = True
            return int(one["spec"]["replicas"])
        return keeps if float(notes[DEADLINE]) > self.cluster.clock else 0

    def _referenced(self, one: Object) -> bool:
        mine, weights = _hash(one), self.status.get("canary", {}).get("weights") or {}
        known = [self.status.get("stableRS"), self.status.get("currentPodHash")]
        known += [self.status.get("blueGreen", {}).get(k) for k in ("activeSelector", "previewSelector")]
        known += [weights.get(k, {}).get("podTemplateHash") for k in ("canary", "stable")]
        place, names = (self.canary or self.green or {}), ("canaryService", "stableService", "activeService", "previewService")
        known += [self._selected(place[k]) for k in names if place.get(k)]
        return bool(mine) and mine in known

    # Services and routes

    def _selected(self, name: str) -> str:
        service = self.cluster.get("services", self.namespace, name)
        return str(service["spec"]["selector"].get(HASH, "")) if service else ""

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
        if not name or one is None or self._selected(name) == _hash(one):
            return
        service, available = self.cluster.get("services", self.namespace, name), _count([one], "availableReplicas")
        assert service is not None
        adopted = MANAGED in service["metadata"].get("annotations", {})
        if careful and not adopted and not 0 < one["spec"]["replicas"] <= available:
            return
        if careful and not available:
            return
        self._switch(name, _hash(one))

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
        assert self.canary is not None and self.new is not None
        if not self.routed:
            self.weights = None
            return True
        weight, available, index = 0, _count([self.new], "availableReplicas"), self.index()
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
        if self.stable is None or _count([self.stable], "availableReplicas") < (100 - weight) * self.replicas // 100:
            return True
        if not self._plugin(weight):
            return False
        sides = {"canary": (weight, self.new), "stable": (100 - weight, self.stable)}
        self.weights = {
            side: {"weight": part, "podTemplateHash": _hash(one), "serviceName": self.canary.get(f"{side}Service", "")}
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

    # Analysis

    def _run(self, analysis: Object, infix: str, current: str) -> Object | None:
        """The AnalysisRun of a step, made where there is none."""
        found = self.cluster.get("analysisruns", self.namespace, current) if current else None
        inconclusive = found is not None and found.get("status", {}).get("phase") == "Inconclusive"
        again = bool(self.status.get("controllerPause")) and not self.status.get("pauseConditions") and inconclusive
        if found is not None and not again:
            return found
        assert self.new is not None
        name, number = "-".join([self.rollout["metadata"]["name"], _hash(self.new), self._revision(), infix]), 0
        while self.cluster.get("analysisruns", self.namespace, name + (f".{number}" if number else "")):
            number += 1
        meta = {
            "name": name + (f".{number}" if number else ""),
            "labels": {HASH: _hash(self.new)},
            "ownerReferences": [kubernetes._owner(self.rollout)],
        }
        self.changed = True
        return Analysis.made(self.cluster, self.namespace, meta, analysis, self.rollout, _hash(self.new))

    def _revision(self) -> str:
        return str(self.rollout["metadata"]["annotations"][REVISION])

    def _cancel(self, *names: str | None) -> None:
        for name in filter(None, names):
            run = self.cluster.get("analysisruns", self.namespace, str(name))
            if run and run.get("status", {}).get("phase") in (None, "Pending", "Running") and not run["spec"].get("terminate"):
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
        return self.stable is not None and self.new is not None and (
            self.status.get("stableRS") == _hash(self.new) or self.cluster.born(self.new) < self.cluster.born(self.stable)
        )

    def _in_window(self) -> bool:
        size = self.spec.get("rollbackWindow", {}).get("revisions", 0)
        if not size or not self.stable or not self.new or not self.cluster.born(self.new) < self.cluster.born(self.stable):
            return False
        between = [s for s in self.sets if self.cluster.born(self.new) < self.cluster.born(s) < self.cluster.born(self.stable)]
        return len(between) < size

    def _fast(self) -> bool:
        if not self._back():
            return False
        assert self.new is not None
        held = self.green is not None and float(self.new["metadata"]["annotations"].get(DEADLINE, 0)) > self.cluster.clock
        return self._in_window() or held or self.status.get("stableRS") == _hash(self.new)

    # Canary

    def _changed_template(self) -> bool:
        steps = template_hash({"steps": self.steps})
        if self.canary is not None and self.status.get("currentStepHash") != steps:
            return True
        return bool(self.status.get("currentPodHash")) and self.status["currentPodHash"] != _hash(self.new)

    def _canary(self) -> None:
        assert self.canary is not None
        if self._changed_template():
            self._canary_status()
            return
        self._services()
        if not self._route():
            return
        old = self.status.get("canary", {}).get("currentStepAnalysisRunStatus") or {}
        step, index = self.current_step(), self.index()
        if self._skips_analysis():
            self._cancel(old.get("name"))
        elif self.status.get("pauseConditions") or self.status.get("abort"):
            self.step_run = self.cluster.get("analysisruns", self.namespace, old.get("name", ""))
        elif step is not None and "analysis" in step:
            name = old.get("name", "")
            self.step_run = self._run(step["analysis"], str(index), name)
            self._judge(self.step_run, "Step-based analysis phase error/failed")
        else:
            self._cancel(old.get("name"))
        if self.pauses.add:
            self._canary_status()
            return
        if self._canary_sets():
            self._canary_status()
            return
        if step and "pause" in step and not self.paused_for("CanaryPauseStep") and not self.status.get("controllerPause"):
            self.pauses.add.append("CanaryPauseStep")
        self._canary_status()

    def _completed_step(self, new: Object) -> bool:
        step = self.current_step()
        if self.spec.get("paused") or step is None:
            return False
        if "pause" in step:
            return bool(self.status.get("controllerPause")) and not self.paused_for("CanaryPauseStep")
        if "analysis" in step:
            return (self.step_run or {}).get("status", {}).get("phase") == "Successful"
        assert {"setWeight", "setCanaryScale"} & step.keys(), f"not played: {step}"
        return self.at_sizes()

    def _base(self) -> Object:
        pods = [s for s in self.sets if s]
        assert self.new is not None
        selector = ",".join(f"{k}={v}" for k, v in self.spec["selector"]["matchLabels"].items())
        return {
            "currentPodHash": _hash(self.new),
            "replicas": _count(pods, "replicas"),
            "updatedReplicas": _count([self.new], "replicas"),
            "readyReplicas": _count(pods, "readyReplicas"),
            "availableReplicas": _count(pods, "availableReplicas"),
            "HPAReplicas": _count(pods, "replicas"),
            "selector": selector,
        }

    def _reset(self, new: Object) -> None:
        self.pauses.clear = self.pauses.no_abort = True
        new["promoteFull"] = False
        new["blueGreen"] = {k: v for k, v in new.get("blueGreen", {}).items() if "Selector" in k}
        new.get("canary", {}).pop("currentStepAnalysisRunStatus", None)
        if self.steps:
            new["currentStepIndex"] = 0
        else:
            new.pop("currentStepIndex", None)

    def _canary_status(self) -> None:
        new: Object = {k: copy.deepcopy(self.status[k]) for k in ("stableRS", "conditions", "promoteFull") if k in self.status}
        new |= self._base()
        new["currentStepHash"] = template_hash({"steps": self.steps})
        new["canary"] = {"stablePingPong": self.status.get("canary", {}).get("stablePingPong", "")}
        if self.weights is not None:
            new["canary"]["weights"] = self.weights
        if self.step_run is not None:
            told = self.step_run.get("status", {})
            new["canary"]["currentStepAnalysisRunStatus"] = {
                "name": self.step_run["metadata"]["name"],
                "status": told.get("phase", ""),
                "message": told.get("message", ""),
            }
        if self._changed_template():
            self._reset(new)
            if self.steps and (
                self.status.get("stableRS") == _hash(self.new)
                or (self._in_window() and self.new is not None and self.new["spec"]["replicas"])
            ):
                new["currentStepIndex"] = len(self.steps)
            self._persist(new)
            return
        index = self.index()
        if self.status.get("promoteFull") or self._in_window():
            self.pauses.clear = self.pauses.no_abort = True
            index = len(self.steps) if self.steps else index
        if self._promotes_canary():
            self._promote(new)
        elif self.aborted():
            if self.steps:
                new["currentStepIndex"] = len(self.steps) if new.get("stableRS") == new["currentPodHash"] else 0
        else:
            if index is not None and self._completed_step(new):
                index += 1
                new["canary"].pop("currentStepAnalysisRunStatus", None)
                self.pauses.remove.append("CanaryPauseStep")
            if index is not None:
                new["currentStepIndex"] = index
        self._persist(new)

    def _promotes_canary(self) -> bool:
        if self.stable is None:
            return True
        if self.aborted() or _count([s for s in [self.new] if s], "availableReplicas") < self.replicas:
            return False
        index = self.index()
        return bool(self.status.get("promoteFull")) or self._fast() or not self.steps or index == len(self.steps)

    def _promote(self, new: Object) -> None:
        self.pauses.clear = self.pauses.no_abort = True
        new["promoteFull"] = False
        if self.canary is not None and self.steps:
            new["currentStepIndex"] = len(self.steps)
        if new.get("stableRS", "") != new["currentPodHash"]:
            if self.canary is not None and self.canary.get("pingPong"):
                was = self.status.get("canary", {}).get("stablePingPong") == "ping"
                new["canary"]["stablePingPong"] = "pong" if was else "ping"
            new["stableRS"] = new["currentPodHash"]

    # Blue-green

    def _saturated(self) -> bool:
        assert self.new is not None
        notes = self.new["metadata"]["annotations"]
        size = _count([self.new], "availableReplicas")
        return self.new["spec"]["replicas"] == size == self.replicas and notes.get(DESIRED) == str(self.replicas)

    def _green_sets(self) -> None:
        self._no_deadlines()
        if self.stable is not None:
            self._scale(self.stable, self.replicas)
        self._new_set()
        if self.paused_for("InconclusiveAnalysisRun"):
            return
        for one in self.others:
            if one["spec"]["replicas"] and not self._referenced(one):
                self._scale(one, self._delayed(one, self.replicas))

    def _blue_green(self) -> None:
        assert self.green is not None and self.new is not None
        active, preview = self.green["activeService"], self.green.get("previewService", "")
        told = self.status.get("blueGreen", {})
        runs: dict[str, Object | None] = {}
        if preview and not self.halted():
            self._switch(preview, _hash(self.new))
        if not self._changed_template():
            self._green_sets()
            before = self._selected(active)
            fast = self._fast() or bool(self.status.get("promoteFull")) or before in ("", _hash(self.new))
            for name, label in (("prePromotionAnalysis", "pre"), ("postPromotionAnalysis", "post")):
                current = (told.get(f"{name}RunStatus") or {}).get("name", "")
                runs[name] = self.cluster.get("analysisruns", self.namespace, current)
            if not self.halted() and self._saturated():
                first = runs["prePromotionAnalysis"]
                passed = "prePromotionAnalysis" not in self.green or (first or {}).get("status", {}).get("phase") == "Successful"
                assert self.green.get("autoPromotionEnabled", True), "a promotion by hand is not played"
                target = _hash(self.new) if fast or passed else before
                if self.status.get("abort"):
                    target = self.status.get("stableRS", "")
                if target:
                    self._switch(active, target)
            self._green_analysis(told, runs)
        self._green_status(active, preview, runs)

    def _green_analysis(self, told: Object, runs: dict[str, Object | None]) -> None:
        assert self.green is not None
        if self._skips_analysis():
            self._cancel(*((run or {}).get("metadata", {}).get("name") for run in runs.values()))
            return
        active, mine = told.get("activeSelector", ""), _hash(self.new)
        for name, skip, words in (
            ("prePromotionAnalysis", not active or active == mine, "pre-promotion"),
            ("postPromotionAnalysis", active != mine, "post-promotion"),
        ):
            if name not in self.green or skip or (runs[name] is None and not self._saturated()):
                continue
            if not self.paused_for("InconclusiveAnalysisRun"):
                current = (runs[name] or {}).get("metadata", {}).get("name", "")
                runs[name] = self._run(self.green[name], words[: words.index("-")], current)
            self._judge(runs[name], f"Blue/green {words} analysis phase error/failed")

    def _green_status(self, active: str, preview: str, runs: dict[str, Object | None]) -> None:
        new: Object = {k: copy.deepcopy(self.status[k]) for k in ("stableRS", "conditions", "promoteFull") if k in self.status}
        new |= self._base()
        new["blueGreen"] = {"activeSelector": self._selected(active), "previewSelector": self._selected(preview)}
        for name, run in runs.items():
            if run is not None:
                phase = run.get("status", {})
                new["blueGreen"][f"{name}RunStatus"] = {
                    "name": run["metadata"]["name"],
                    "status": phase.get("phase", ""),
                    "message": phase.get("message", ""),
                }
        if self._changed_template():
            self._reset(new)
        if self.status.get("promoteFull") or self._in_window():
            self.pauses.clear = self.pauses.no_abort = True
        if self._promotes_green(new, runs):
            self._promote(new)
        serving = [s for s in self.sets if _hash(s) == new["blueGreen"]["activeSelector"]]
        if serving:
            new["availableReplicas"] = _count(serving, "availableReplicas")
            new["HPAReplicas"] = _count(serving, "replicas")
        self._persist(new)

    def _promotes_green(self, new: Object, runs: dict[str, Object | None]) -> bool:
        assert self.green is not None
        if self.stable is None or not new["blueGreen"]["activeSelector"]:
            return True
        if new["blueGreen"]["activeSelector"] != new["currentPodHash"]:
            return False
        if self.status.get("promoteFull") or self._fast():
            return True
        if self.aborted():
            return False
        last = (runs.get("postPromotionAnalysis") or {}).get("status", {}).get("phase")
        return "postPromotionAnalysis" not in self.green or last == "Successful"

    # Status

    def _condition(self, kind: str, status: str, reason: str, message: str, into: Object | None = None) -> None:
        place = self.status if into is None else into
        all_of = place.setdefault("conditions", [])
        old = next((c for c in all_of if c["type"] == kind), None)
        if old and (old["status"], old["reason"]) == (status, reason) and kind != "InvalidSpec":
            return
        place["conditions"] = [c for c in all_of if c["type"] != kind]
        made = {"type": kind, "status": status, "reason": reason, "message": message}
        place["conditions"].append(made | {"lastUpdateTime": str(self.cluster.clock)})

    def _has(self, kind: str, status: Object) -> Object:
        return next((c for c in status.get("conditions", ()) if c["type"] == kind), {})

    def _pauses_told(self) -> bool:
        """A pause, its end and a retry get their conditions before anything else is done."""
        paused = bool(self.status.get("pauseConditions")) or bool(self.spec.get("paused"))
        progress = self._has("Progressing", self.status).get("reason", "")
        changed = False
        if paused != (progress == "RolloutPaused") and progress != "RolloutAborted" and not self._complete(self.status):
            words = ("RolloutPaused", "Rollout is paused") if paused else ("RolloutResumed", "Rollout is resumed")
            self._condition("Progressing", "Unknown", *words)
            changed = True
        if not self.status.get("abort") and progress == "RolloutAborted":
            self._condition("Progressing", "Unknown", "RolloutRetry", "Retrying Rollout after abort")
            changed = True
        if changed:
            self.status["observedGeneration"] = str(self.rollout["metadata"]["generation"])
            self.status["phase"], self.status["message"] = self._phase(self.status)
        return changed

    def _complete(self, status: Object) -> bool:
        return bool(status.get("stableRS")) and status["stableRS"] == status.get("currentPodHash")

    def _healthy(self, new: Object) -> bool:
        sizes = new["updatedReplicas"] == self.replicas == new["availableReplicas"]
        if self.status.get("observedGeneration") != str(self.rollout["metadata"]["generation"]) or not sizes:
            return False
        if self.green is not None:
            told = new["blueGreen"]
            seen = not self.green.get("previewService") or told["previewSelector"] == new["currentPodHash"]
            return bool(told["activeSelector"] == new["currentPodHash"] and seen)
        done = not self.steps or new.get("currentStepIndex") == len(self.steps)
        return done and self._complete(new) and new["replicas"] == self.replicas

    def _progress(self, new: Object) -> bool:
        old = self.status
        mine = ["stableRS", "currentStepIndex", "currentStepHash"]
        moved = any(old.get(k) != new.get(k) for k in mine) if self.canary is not None else False
        if self.green is not None:
            told = old.get("blueGreen", {})
            moved = any(told.get(k, "") != new["blueGreen"].get(k, "") for k in ("activeSelector", "previewSelector"))
        left = [one.get("replicas", 0) - one.get("updatedReplicas", 0) for one in (old, new)]
        return (
            moved
            or old.get("updatedReplicas", 0) != new["updatedReplicas"]
            or left[1] < left[0]
            or new["readyReplicas"] > old.get("readyReplicas", 0)
            or new["availableReplicas"] > old.get("availableReplicas", 0)
        )

    def _timed_out(self) -> bool:
        found = self._has("Progressing", self.status)
        if not found or found["reason"] in ("RolloutAborted", "RolloutPaused"):
            return False
        limit = self.spec.get("progressDeadlineSeconds", 600)
        return found["reason"] == "ProgressDeadlineExceeded" or float(found["lastUpdateTime"]) + limit < self.cluster.clock

    def _indefinite(self) -> bool:
        step = self.current_step() or {}
        waits = any(DEADLINE in s["metadata"]["annotations"] for s in self.others)
        return "analysis" in step or "pause" in step or waits or self._has("Paused", self.status).get("status") == "True"

    def _persist(self, new: Object) -> None:
        new["observedGeneration"] = str(self.rollout["metadata"]["generation"])
        new["conditions"] = [c for c in copy.deepcopy(new.get("conditions", [])) if c["type"] != "InvalidSpec"]
        late = not self._progress(new) and not self._indefinite() and self._timed_out()
        if self.spec.get("progressDeadlineAbort") and late and not self.aborted() and not self._complete(new):
            name = self.new["metadata"]["name"] if self.new else ""
            self.pauses.abort, self.pauses.why = True, f'ReplicaSet "{name}" has timed out progressing.'
        self._pause_fields(new)
        self._conditions(new, late=late)
        new["phase"], new["message"] = self._phase(new)
        new = {k: v for k, v in new.items() if v not in (None, "", {})} | {"message": new["message"]}
        if _timeless(new) != _timeless(self.status):
            self.changed = True
        self.rollout["status"] = new
        self.cluster._store("rollouts", self.namespace, self.rollout) if self.changed else None

    def _pause_fields(self, new: Object) -> None:
        for name in ("abort", "abortedAt", "pauseConditions", "controllerPause"):
            new.pop(name, None)
        if self.pauses.abort or (not self.pauses.no_abort and self.status.get("abort")):
            new["abort"], new["abortedAt"] = True, self.status.get("abortedAt") or str(self.cluster.clock)
            return
        if self.pauses.clear:
            return
        old = self.status.get("pauseConditions") or []
        kept = [c for c in old if c["reason"] not in self.pauses.remove]
        more = [r for r in self.pauses.add if r not in {c["reason"] for c in old}]
        kept += [{"reason": r, "startTime": str(self.cluster.clock)} for r in more]
        if kept:
            new["pauseConditions"], new["controllerPause"] = kept, bool(more) or bool(self.status.get("controllerPause"))

    def _conditions(self, new: Object, *, late: bool) -> None:
        assert self.new is not None
        tell = functools.partial(self._condition, into=new)
        name, paused = self.new["metadata"]["name"], bool(new.get("pauseConditions")) or bool(self.spec.get("paused"))
        was = self._has("Healthy", self.status).get("status")
        healthy = not paused and self._healthy(new)
        if healthy or was:
            tell("Healthy", str(healthy), "RolloutHealthy", "Rollout is healthy" if healthy else "Rollout is not healthy")
        if self.aborted():
            message = f"Rollout aborted update to revision {self._revision()}"
            tell("Progressing", "False", "RolloutAborted", message + (f": {self.pauses.why}" if self.pauses.why else ""))
        elif self._healthy(new):
            tell("Progressing", "True", "NewReplicaSetAvailable", f'ReplicaSet "{name}" has successfully progressed.')
        elif self._progress(new) or (was == "True" and not healthy):
            new["conditions"] = [c for c in new["conditions"] if c["type"] != "Progressing"]
            tell("Progressing", "True", "ReplicaSetUpdated", f'ReplicaSet "{name}" is progressing.')
        elif late:
            tell("Progressing", "False", "ProgressDeadlineExceeded", f'ReplicaSet "{name}" has timed out progressing.')
        enough = str(_count(self.sets, "availableReplicas") >= self.replicas)
        tell("Available", enough, "AvailableReason", "Rollout has minimum availability")
        tell("Completed", str(self._complete(new)), "RolloutCompleted", "RolloutCompleted")

    def _phase(self, status: Object) -> tuple[str, str]:
        for one in status.get("conditions", ()):
            if one["reason"] in ("RolloutAborted", "ProgressDeadlineExceeded"):
                return "Degraded", f"{one['reason']}: {one['message']}"
        if self.spec.get("paused"):
            return "Paused", "manually paused"
        for one in status.get("pauseConditions") or ():
            return "Paused", one["reason"]
        size = self.spec.get("replicas", 1)
        if status.get("updatedReplicas", 0) < size:
            return "Progressing", "more replicas need to be updated"
        if status.get("availableReplicas", 0) < status.get("updatedReplicas", 0):
            return "Progressing", "updated replicas are still becoming available"
        if self.green is not None:
            if status.get("blueGreen", {}).get("activeSelector", "") != status.get("currentPodHash"):
                return "Progressing", "active service cutover pending"
            if not self._complete(status):
                return "Progressing", "waiting for analysis to complete"
        elif not self.routed and status.get("replicas", 0) > status.get("updatedReplicas", 0):
            return "Progressing", "old replicas are pending termination"
        elif not self._complete(status):
            return "Progressing", "waiting for all steps to complete"
        return "Healthy", ""


def _timeless(status: Object) -> Object:
    """Without what changes by the clock alone."""
    made = copy.deepcopy(status)
    for one in made.get("conditions", ()):
        one.pop("lastUpdateTime", None)
    return made


def _for_down(one: Object | None, *, blind: bool) -> int:
    if one is None:
        return 0
    size, available = one["spec"]["replicas"], _count([one], "availableReplicas")
    return int(size if blind or size < available else available)


def _shares(replicas: int, weight: int, surge: int) -> tuple[int, int]:
    """The counts of new and stable pods that come closest to a weight."""
    if replicas == 0:
        return 0, 0
    up, down = math.ceil(replicas * weight / 100), replicas * weight // 100
    zero = weight in (0, 100) or (replicas == 1 and surge == 0)
    options: list[tuple[int, int]] = []
    if up < replicas or zero:
        options.append((up, replicas))
    if math.modf(replicas * weight / 100)[0] != 0.5 and (down or zero):
        options.append((down, replicas))
    if surge > 0:
        options.append((up, replicas + 1))
        if math.modf((replicas + 1) * weight / 100)[0] != 0.5 and (down or zero):
            options.append((down, replicas + 1))
    if not options:
        return 0, replicas
    far: Callable[[tuple[int, int]], float] = lambda one: abs(one[0] * 100 / one[1] - weight)
    new, total = min(options, key=far)
    return new, total - new


__all__ = ["HASH", "MANAGED", "NAME", "Any", "Cluster", "digest_of", "re"]
