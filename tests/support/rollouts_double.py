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
import json
import tarfile
from pathlib import Path
from typing import ClassVar

import jsonschema_rs

from tests.support import kubernetes_double as kubernetes
from tests.support.kubernetes_double import VERSION, ConflictError, InvalidError, Object, is_ready
from tests.support.rollouts_analysis import Analysis, counted
from tests.support.rollouts_controller import Reconciliation
from tests.support.rollouts_state import HASH, MANAGED, names

GROUP = "argoproj.io/v1alpha1"
KINDS = {
    "rollouts": (GROUP, "Rollout"),
    "analysistemplates": (GROUP, "AnalysisTemplate"),
    "analysisruns": (GROUP, "AnalysisRun"),
}


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
        if resource in KINDS:
            asked = {key: value for key, value in new.items() if key in ("apiVersion", "kind", "metadata", "spec")}
            for error in _schema(KINDS[resource][1]).iter_errors(asked):
                raise InvalidError(f"{'.'.join(map(str, error.instance_path))}: {error.message}")
        if resource == "rollouts":
            labels = new["spec"].get("template", {}).get("metadata", {}).get("labels", {})
            assert new["spec"]["selector"]["matchLabels"].items() <= labels.items(), "the selector misses its own pods"

    def apply(self, resource: str, namespace: str, new: Object, *, dry: bool = False) -> Object:
        """While a release is ended, the Service that leads to it is turned back and forth: nobody has read it as it is."""
        if (
            resource == "services"
            and "resourceVersion" in new["metadata"]
            and new["metadata"]["name"] in self._turning()
        ):
            raise ConflictError("the object has been modified; please apply your changes to the latest version")
        return super().apply(resource, namespace, new, dry=dry)

    def _turning(self) -> set[str]:
        ended = [one for one in self.all("rollouts") if one.get("status", {}).get("abort")]
        places = [one["spec"]["strategy"].get("canary", {}) for one in ended]
        return {place["canaryService"] for place in places if "trafficRouting" in place}

    def step(self) -> None:
        super().step()
        self.clock += self.tick
        for one in self.all("rollouts"):
            for _ in range(12):
                if not self.controller_runs or not Reconciliation(self, one).run():
                    break
        if self.controller_runs:
            self._let_go()
        for one in self.all("replicasets"):
            if self._is_mine(one):
                self._step_set(one)
        if self.controller_runs:
            self.measure()

    def measure(self) -> None:
        """All that is due of all analyses."""
        for run in self.all("analysisruns"):
            Analysis(self, run).step()

    def counted(self, query: str) -> list[float] | None:
        """What Prometheus answers of what its rules count; None where it gives no answer."""
        return counted(query, self._measured)

    def _let_go(self) -> None:
        """What no Rollout names is narrow no more (service/service.go)."""
        for service in self.all("services"):
            meta, named = (
                service["metadata"],
                [r for r in self.all("rollouts") if service["metadata"]["name"] in names(r)],
            )
            notes = meta.get("annotations", {})
            owner = notes.get(MANAGED)
            if HASH in service["spec"]["selector"] and not [r for r in named if owner in (None, r["metadata"]["name"])]:
                new = copy.deepcopy(service)
                del new["spec"]["selector"][HASH]
                new["metadata"].get("annotations", {}).pop(MANAGED, None)
                self.update("services", meta["namespace"], new)

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
def _schema(kind: str) -> jsonschema_rs.Validator:
    with tarfile.open(Path(__file__).parent / "kubernetes-crds.tar.xz") as archive:
        file = archive.extractfile(f"./argoproj.io/{kind.lower()}_v1alpha1.json")
        assert file is not None
        return jsonschema_rs.validator_for(json.load(file))
