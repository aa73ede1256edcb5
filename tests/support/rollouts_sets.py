"""ReplicaSets of a Rollout: their sizes (rollout/replicaset.go and utils/replicaset/canary.go of v1.10.0)."""

from __future__ import annotations

import copy
import math

from tests.support import kubernetes_double as kubernetes
from tests.support.kubernetes_double import Object
from tests.support.rollouts_state import DEADLINE, DESIRED, HASH, REVISION, Look, count, hash_of, size_of


class Sets(Look):
    """Makes ReplicaSets and gives them their sizes."""

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
        newest = max(
            (int(s["metadata"]["annotations"].get(REVISION, 0)) for s in self.sets if s is not self.new), default=0
        )
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
                if count([self.stable], "availableReplicas") >= self.replicas:
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
        ended = self.status.get("abort") and self._abort_delay() is not None
        if self.routed and self.current_step() is not None and index is not None and not ended:
            scales = (s["setCanaryScale"] for s in reversed(self.steps[: index + 1]) if "setCanaryScale" in s)
            scale = next(scales, None)
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
        room = self.replicas + surge - size_of([s for s in self.sets if s is not None])
        if apart and old < want_old and room > 0:
            more = min(room, want_old - old)
            old, room = old + more, room - more
        if new < want_new and room > 0:
            new += min(room, want_new - new)
        if size_of(self.others):
            return new, old
        least = self.replicas - unavailable
        growing = want_new >= self.new["spec"]["replicas"]
        spare = (
            _for_down(self.new, blind=not growing) + _for_down(self.stable if apart else None, blind=growing) - least
        )
        if spare > 0 and not growing and self.new["spec"]["replicas"] > want_new:
            new = max(want_new, self.new["spec"]["replicas"] - spare)
        elif spare > 0 and growing and apart and self.stable and self.stable["spec"]["replicas"] > want_old:
            old = max(want_old, self.stable["spec"]["replicas"] - spare)
        return new, old

    def at_sizes(self) -> bool:
        new, old = self._routed_sizes() if self.routed else self._basic_sizes()
        if self.new is None or self.new["spec"]["replicas"] != new or count([self.new], "availableReplicas") != new:
            return False
        if self.stable is None or self.stable["spec"]["replicas"] != old or count([self.stable], "replicas") != old:
            return False
        return self.routed or count(self.others, "availableReplicas") == 0

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
            available = count([one], "availableReplicas")
            if one["spec"]["replicas"] > available:
                scaled |= self._scale(one, available)
        spare = count(self.sets, "availableReplicas") - (self.replicas - self._limits()[1])
        for one in sorted(self.others, key=lambda s: -int(s["metadata"]["annotations"].get(REVISION, 0))):
            size = one["spec"]["replicas"]
            if spare <= 0 or not size or (self.routed and self._referenced(one)):
                continue
            wanted = max(0, size - spare)
            if self.routed:
                wanted = (
                    self._delayed(one, size) if self.promoted() or DEADLINE in one["metadata"]["annotations"] else 0
                )
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
        mine, weights = hash_of(one), self.status.get("canary", {}).get("weights") or {}
        known = [self.status.get("stableRS"), self.status.get("currentPodHash")]
        known += [self.status.get("blueGreen", {}).get(k) for k in ("activeSelector", "previewSelector")]
        known += [weights.get(k, {}).get("podTemplateHash") for k in ("canary", "stable")]
        place, names = (
            (self.canary or self.green or {}),
            ("canaryService", "stableService", "activeService", "previewService"),
        )
        known += [self._selected(place[k]) for k in names if place.get(k)]
        return bool(mine) and mine in known

    def _selected(self, name: str) -> str:
        service = self.cluster.get("services", self.namespace, name)
        return str(service["spec"]["selector"].get(HASH, "")) if service else ""


def _for_down(one: Object | None, *, blind: bool) -> int:
    if one is None:
        return 0
    size, available = one["spec"]["replicas"], count([one], "availableReplicas")
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
    new, total = min(options, key=lambda one: abs(one[0] * 100 / one[1] - weight))
    return new, total - new
