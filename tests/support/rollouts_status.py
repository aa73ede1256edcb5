"""The status of a Rollout: conditions, pauses, phase (rollout/sync.go, pause.go, utils/conditions of v1.10.0)."""

from __future__ import annotations

import copy
import functools

from tests.support.kubernetes_double import Object
from tests.support.rollouts_state import DEADLINE, count, timeless
from tests.support.rollouts_traffic import Traffic


class Status(Traffic):
    """Says what became of it."""

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
        return (
            found["reason"] == "ProgressDeadlineExceeded" or float(found["lastUpdateTime"]) + limit < self.cluster.clock
        )

    def _indefinite(self) -> bool:
        step = self.current_step() or {}
        waits = any(DEADLINE in s["metadata"]["annotations"] for s in self.others)
        return (
            "analysis" in step or "pause" in step or waits or self._has("Paused", self.status).get("status") == "True"
        )

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
        if timeless(new) != timeless(self.status):
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
            new["pauseConditions"], new["controllerPause"] = (
                kept,
                bool(more) or bool(self.status.get("controllerPause")),
            )

    def _conditions(self, new: Object, *, late: bool) -> None:
        assert self.new is not None
        tell = functools.partial(self._condition, into=new)
        name, paused = self.new["metadata"]["name"], bool(new.get("pauseConditions")) or bool(self.spec.get("paused"))
        was = self._has("Healthy", self.status).get("status")
        healthy = not paused and self._healthy(new)
        if healthy or was:
            tell(
                "Healthy", str(healthy), "RolloutHealthy", "Rollout is healthy" if healthy else "Rollout is not healthy"
            )
        if self.aborted():
            message = f"Rollout aborted update to revision {self._revision()}"
            tell(
                "Progressing", "False", "RolloutAborted", message + (f": {self.pauses.why}" if self.pauses.why else "")
            )
        elif self._healthy(new):
            tell("Progressing", "True", "NewReplicaSetAvailable", f'ReplicaSet "{name}" has successfully progressed.')
        elif self._progress(new) or (was == "True" and not healthy):
            new["conditions"] = [c for c in new["conditions"] if c["type"] != "Progressing"]
            tell("Progressing", "True", "ReplicaSetUpdated", f'ReplicaSet "{name}" is progressing.')
        elif late:
            tell("Progressing", "False", "ProgressDeadlineExceeded", f'ReplicaSet "{name}" has timed out progressing.')
        enough = str(count(self.sets, "availableReplicas") >= self.replicas)
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
        waits = self._waits_for(status)
        return ("Progressing", waits) if waits else ("Healthy", "")

    def _waits_for(self, status: Object) -> str:
        active, updated = status.get("blueGreen", {}).get("activeSelector", ""), status.get("updatedReplicas", 0)
        green, open_end = self.green is not None, not self._complete(status)
        reasons = {
            "more replicas need to be updated": updated < self.spec.get("replicas", 1),
            "updated replicas are still becoming available": status.get("availableReplicas", 0) < updated,
            "active service cutover pending": green and active != status.get("currentPodHash"),
            "waiting for analysis to complete": green and open_end,
            "old replicas are pending termination": not green
            and not self.routed
            and status.get("replicas", 0) > updated,
            "waiting for all steps to complete": not green and open_end,
        }
        return next((words for words, holds in reasons.items() if holds), "")
