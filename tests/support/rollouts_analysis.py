"""AnalysisRuns as the controller of Argo Rollouts measures and assesses them (analysis/analysis.go of v1.10.0)."""

from __future__ import annotations

import copy
import json
import math
import re
import urllib.parse
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.support.kubernetes_double import NAME, VERSION, Object

if TYPE_CHECKING:
    from tests.support.rollouts_double import Cluster

HASH = "rollouts-pod-template-hash"
_ENDED = ("Successful", "Failed", "Error", "Inconclusive")
_RETRY_SECONDS = 10.0
_SERIES = re.compile(r"service_version:(\w+):\w+\{([^}]*)\}")


class _Sample:
    """The one sample of a series, or none, in what is an operator of Python and of PromQL alike."""

    def __init__(self, value: float | None) -> None:
        self.value = value

    def __bool__(self) -> bool:
        return self.value is not None

    def __gt__(self, limit: float) -> _Sample:
        return _Sample(self.value if self.value is not None and self.value > limit else None)

    def __mul__(self, other: _Sample | float) -> _Sample:
        factor = other.value if isinstance(other, _Sample) else other
        return _Sample(None if self.value is None or factor is None else self.value * factor)


class Analysis:
    """One AnalysisRun."""

    def __init__(self, cluster: Cluster, run: Object) -> None:
        self.cluster, self.run = cluster, run
        self.status: Object = run.setdefault("status", {})

    @staticmethod
    def made(cluster: Cluster, namespace: str, meta: Object, analysis: Object, rollout: Object, stamp: str) -> Object:
        """A run of the templates that an analysis names, with its arguments."""
        metrics: list[Object] = []
        args: dict[str, Any] = {}
        for reference in analysis["templates"]:
            template = cluster.get("analysistemplates", namespace, reference["templateName"])
            assert template is not None
            metrics += copy.deepcopy(template["spec"]["metrics"])
            args |= {one["name"]: one.get("value") for one in template["spec"].get("args", ())}
        for one in analysis.get("args", ()):
            args[one["name"]] = one.get("value") or _from(one.get("valueFrom", {}), rollout, stamp)
        assert None not in args.values(), f"args.{args} was not resolved"
        told = [{"name": key, "value": value} for key, value in args.items()]
        run = cluster.create("analysisruns", namespace, {"metadata": meta, "spec": {"metrics": metrics, "args": told}})
        run["template"] = analysis["templates"][0]["templateName"]
        return run

    def step(self) -> None:
        if self.status.get("phase") in _ENDED:
            return
        self.status.setdefault("startedAt", self.cluster.clock)
        wanted = self.cluster.verdict(self.run["template"])
        if wanted in _ENDED and not self.run["spec"].get("terminate"):
            limit = {
                "Failed": "failed (1) > failureLimit (0)",
                "Inconclusive": "inconclusive (1) > inconclusiveLimit (0)",
            }
            words = limit.get(str(wanted), "consecutiveErrors (5) > consecutiveErrorLimit (4)")
            self.status |= {"phase": wanted}
            if wanted != "Successful":
                self.status["message"] = f'Metric "errors" assessed {wanted} due to {words}'
            return
        for metric in self.run["spec"]["metrics"]:
            # All that are due within a step, one after another.
            while (
                wanted != "Running" and not self.run["spec"].get("terminate") and (at := self._due(metric)) is not None
            ):
                self._measure(metric, at)
                self._assess()
        self._assess()

    def _result(self, metric: Object) -> Object | None:
        return next((r for r in self.status.get("metricResults", ()) if r["name"] == metric["name"]), None)

    def _due(self, metric: Object) -> float | None:
        """When its next measurement was to be taken; None where it is not time yet, or there is none."""
        result = self._result(metric)
        if result is None:
            at = float(self.status["startedAt"]) + _seconds(self._resolved(metric).get("initialDelay", "0s"))
        elif result["phase"] in _ENDED or result.get("count", 0) >= _count(metric):
            return None
        else:
            wait = _RETRY_SECONDS if result["last"] == "Error" else _seconds(metric.get("interval", "10s"))
            at = float(result["at"]) + wait
        return at if at <= self.cluster.clock else None

    def _measure(self, metric: Object, at: float) -> None:
        result = self._result(metric)
        if result is None:
            result = {"name": metric["name"], "phase": "Running", "count": 0}
            self.status.setdefault("metricResults", []).append(result)
        phase, message = self._measured(metric)
        key = {"Successful": "successful", "Failed": "failed", "Inconclusive": "inconclusive", "Error": "error"}[phase]
        result[key] = result.get(key, 0) + 1
        result["count"] += phase != "Error"
        result["consecutiveError"] = result.get("consecutiveError", 0) + 1 if phase == "Error" else 0
        result |= {"last": phase, "at": at, "message": message}

    def _resolved(self, metric: Object) -> Object:
        """With its arguments filled in, in all that it says."""
        args = {one["name"]: one["value"] for one in self.run["spec"]["args"]}
        filled = re.sub(r"\{\{\s*args\.([\w-]+)\s*\}\}", lambda found: args[found[1]], json.dumps(metric))
        resolved: Object = json.loads(filled)
        return resolved

    def _measured(self, metric: Object) -> tuple[str, str]:
        resolved = self._resolved(metric)
        provider = resolved["provider"]
        if "web" in provider:
            code = self._asked(provider["web"]["url"])
            return ("Successful", "") if 200 <= code < 300 else ("Error", f"received non 2xx response code: {code}")
        values = self._told(provider["prometheus"]["query"])
        if values is None:
            return "Error", "Prometheus does not answer"
        bad = _holds(resolved.get("failureCondition"), values)
        good = _holds(resolved.get("successCondition"), values)
        if "successCondition" not in resolved:
            return ("Failed", "") if bad else ("Successful", "")
        if "failureCondition" not in resolved:
            return ("Successful", "") if good else ("Failed", "")
        return ("Failed", "") if bad else ("Successful", "") if good else ("Inconclusive", "")

    def _asked(self, url: str) -> int:
        place = urllib.parse.urlsplit(url)
        name, namespace = str(place.hostname).split(".")[:2]
        return self.cluster.service_answers(namespace, name, str(place.port), place.path)

    def _told(self, query: str) -> list[float] | None:
        """What Prometheus answers: of what the rules count of a version, or how often its containers restarted."""
        if self.cluster.faults.prometheus_down:
            return None
        if _SERIES.search(query):
            return self.cluster.counted(query)
        stamp = next(one["value"] for one in self.run["spec"]["args"] if one["name"] == "hash")
        with self.cluster.lock:
            pods = [p for p in self.cluster.all("pods") if p["metadata"]["labels"].get(HASH) == stamp]
        assert "restarts_total" in query, f"not a query that is played: {query}"
        assert stamp in query, f"restarts of every version: {query}"
        return [float(sum(p["status"]["containerStatuses"][0]["restartCount"] for p in pods))] if pods else []

    def _assess(self) -> None:
        ended = bool(self.run["spec"].get("terminate"))
        worst, why, done = "", "", True
        for metric in self.run["spec"]["metrics"]:
            result = self._result(metric)
            if result is None:
                done = False
                continue
            phase, words = _verdict(metric, result, ended=ended)
            result["phase"] = phase
            if phase not in _ENDED:
                done = False
            elif not worst or (_ENDED.index(phase) in range(1, 4) and worst == "Successful") or phase == "Failed":
                worst = phase
                why = f'Metric "{metric["name"]}" assessed {phase} due to {words}' if words else why
                if words and result.get("message"):
                    why += f': "Error Message: {result["message"]}"'
        if worst in ("Failed", "Error", "Inconclusive"):
            # What is under way is ended, and the run is over.
            self.status |= {"phase": worst, "message": why}
        elif ended:
            self.status |= {"phase": worst or "Successful", "message": "Run Terminated"}
        elif done and worst:
            self.status |= {"phase": worst}
        else:
            self.status["phase"] = "Running"


def counted(query: str, measured: Callable[[str, str, str], float | str | None]) -> list[float]:
    """What a query makes of what the rules count: `measured` tells it by rule, service and version."""
    samples: list[_Sample] = []

    def sampled(found: re.Match[str]) -> str:
        labels = dict(re.findall(r'(\w+)="([^"]*)"', found[2]))
        value = measured(found[1], labels["service"], labels["version"])
        samples.append(_Sample(None if value is None else float(str(value).replace("+Inf", "inf"))))
        return f"samples[{len(samples) - 1}]"

    text = _SERIES.sub(sampled, query)
    # `and` and `or` keep what stands on the left of them, and in these queries that is the first series.
    kept = eval(f"({text})", {"__builtins__": {}}, {"samples": samples})
    value = samples[0].value
    return [value] if kept and value is not None else []


def _verdict(metric: Object, result: Object, *, ended: bool) -> tuple[str, str]:
    for name, key, default, phase in (
        ("failed", "failureLimit", 0, "Failed"),
        ("inconclusive", "inconclusiveLimit", 0, "Inconclusive"),
        ("consecutiveError", "consecutiveErrorLimit", 4, "Error"),
    ):
        limit = int(metric.get(key, default))
        if result.get(name, 0) > limit:
            word = "consecutiveErrors" if name == "consecutiveError" else name
            return phase, f"{word} ({result[name]}) > {key} ({limit})"
    if result["phase"] in _ENDED:
        return result["phase"], ""
    if result["count"] >= _count(metric):
        return "Successful", ""
    return (result["last"] if ended else "Running"), ""


def _count(metric: Object) -> int:
    """How many measurements are taken: for ever where there is an interval and no number."""
    return int(metric["count"]) if "count" in metric else (10**9 if "interval" in metric else 1)


def _seconds(text: str) -> float:
    assert re.fullmatch(r"([\d.]+[hms])+", text), f"not a duration: {text}"
    return sum(float(n) * {"h": 3600, "m": 60, "s": 1}[u] for n, u in re.findall(r"([\d.]+)([hms])", text))


def _holds(condition: str | None, values: list[float]) -> bool:
    """A condition of the small language that the controller evaluates."""
    if condition is None:
        return False
    text = condition.replace("&&", " and ").replace("||", " or ")
    text = re.sub(r"!(?!=)", " not ", text)
    names = {"result": values, "len": len, "isNaN": math.isnan, "isInf": math.isinf, "all": all, "any": any}
    return bool(eval(text, {"__builtins__": {}}, names))


def _from(source: Object, rollout: Object, stamp: str) -> str:
    if "podTemplateHashValue" in source:
        assert source["podTemplateHashValue"] == "Latest"
        return stamp
    found = re.fullmatch(r"metadata\.labels\['([^']+)'\]", source["fieldRef"]["fieldPath"])
    assert found is not None, f"not a field that a Rollout tells: {source}"
    return str(rollout["metadata"]["labels"][found[1]])


__all__ = ["NAME", "VERSION", "Analysis", "counted"]
