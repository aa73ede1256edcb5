"""The reconciliation of a Rollout, by steps or by two Services (rollout/canary.go and bluegreen.go of v1.10.0)."""

from __future__ import annotations

import copy

from tests.support.kubernetes_double import Object
from tests.support.rollouts_state import DESIRED, count, hash_of, template_hash
from tests.support.rollouts_status import Status


class Reconciliation(Status):
    """One look of the controller at one Rollout; `run` says whether it changed anything."""

    def run(self) -> bool:
        if self.rollout["metadata"].get("deletionTimestamp"):
            return False
        cluster = self.cluster
        cluster._adopt(self.rollout)
        self.sets = [s for s in cluster.all("replicasets", self.namespace) if cluster._owned(s, self.rollout)]
        stamp = template_hash(self.spec["template"])
        self.new = next((s for s in self.sets if hash_of(s) == stamp), None)
        if error := self._invalid():
            return self._tell_invalid(error)
        if self.new is None:
            self.new = self._create_set(stamp)
            self.sets.append(self.new)
            return True
        stable = self.status.get("stableRS", "")
        self.stable = next((s for s in self.sets if stable and hash_of(s) == stable), None)
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

    # Canary

    def _changed_template(self) -> bool:
        steps = template_hash({"steps": self.steps})
        if self.canary is not None and self.status.get("currentStepHash") != steps:
            return True
        return bool(self.status.get("currentPodHash")) and self.status["currentPodHash"] != hash_of(self.new)

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
        if (
            step
            and "pause" in step
            and not self.paused_for("CanaryPauseStep")
            and not self.status.get("controllerPause")
        ):
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
            "currentPodHash": hash_of(self.new),
            "replicas": count(pods, "replicas"),
            "updatedReplicas": count([self.new], "replicas"),
            "readyReplicas": count(pods, "readyReplicas"),
            "availableReplicas": count(pods, "availableReplicas"),
            "HPAReplicas": count(pods, "replicas"),
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
        new: Object = {
            k: copy.deepcopy(self.status[k]) for k in ("stableRS", "conditions", "promoteFull") if k in self.status
        }
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
            again = self._in_window() and self.new is not None and self.new["spec"]["replicas"]
            if self.steps and (self.status.get("stableRS") == hash_of(self.new) or again):
                new["currentStepIndex"] = len(self.steps)
        else:
            self._canary_index(new)
        self._persist(new)

    def _canary_index(self, new: Object) -> None:
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

    def _promotes_canary(self) -> bool:
        if self.stable is None:
            return True
        if self.aborted() or count([s for s in [self.new] if s], "availableReplicas") < self.replicas:
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
        size = count([self.new], "availableReplicas")
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
        assert self.green is not None
        assert self.new is not None
        active, preview = self.green["activeService"], self.green.get("previewService", "")
        told = self.status.get("blueGreen", {})
        runs: dict[str, Object | None] = {}
        if preview and not self.halted():
            self._switch(preview, hash_of(self.new))
        if not self._changed_template():
            self._green_sets()
            before = self._selected(active)
            fast = self._fast() or bool(self.status.get("promoteFull")) or before in ("", hash_of(self.new))
            for name in ("prePromotionAnalysis", "postPromotionAnalysis"):
                current = (told.get(f"{name}RunStatus") or {}).get("name", "")
                runs[name] = self.cluster.get("analysisruns", self.namespace, current)
            if not self.halted() and self._saturated():
                first = runs["prePromotionAnalysis"]
                passed = (
                    "prePromotionAnalysis" not in self.green
                    or (first or {}).get("status", {}).get("phase") == "Successful"
                )
                assert self.green.get("autoPromotionEnabled", True), "a promotion by hand is not played"
                target = hash_of(self.new) if fast or passed else before
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
        active, mine = told.get("activeSelector", ""), hash_of(self.new)
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
        new: Object = {
            k: copy.deepcopy(self.status[k]) for k in ("stableRS", "conditions", "promoteFull") if k in self.status
        }
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
        serving = [s for s in self.sets if hash_of(s) == new["blueGreen"]["activeSelector"]]
        if serving:
            new["availableReplicas"] = count(serving, "availableReplicas")
            new["HPAReplicas"] = count(serving, "replicas")
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
