"""What Prometheus knows a pod's numbers by, and what it answers then: the generated scrape job, rules and queries together."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from generator.tree import Tree
from tests.support import generated
from tests.tools import run

PROMETHEUS = "monitoring/prometheus"
Object = dict[str, Any]


def relabelled(job: Object, meta: Mapping[str, str]) -> dict[str, str] | None:
    """The labels of a target after Prometheus has relabelled it; None where it is dropped."""
    found = {"__address__": "10.0.0.1:80", "__metrics_path__": "/metrics", **meta}
    for rule in job["relabel_configs"]:
        value = rule.get("separator", ";").join(found.get(name, "") for name in rule["source_labels"])
        match = re.fullmatch(rule.get("regex", "(.*)"), value, re.S)
        action = rule.get("action", "replace")
        if (action == "keep" and not match) or (action == "drop" and match):
            return None
        if action == "replace" and match:
            found[rule["target_label"]] = match.expand(re.sub(r"\$(\d)", r"\\\1", rule.get("replacement", "$1")))
    return {name: value for name, value in found.items() if not name.startswith("__meta_")}


def discovered(pod: Object, name: str) -> dict[str, str]:
    """What discovery tells of a running pod, or of one that is made by such a template."""
    (port,) = pod["spec"]["containers"][0]["ports"]
    told = pod["metadata"]["labels"]
    return {
        "__meta_kubernetes_namespace": "shop",
        "__meta_kubernetes_pod_name": name,
        "__meta_kubernetes_pod_node_name": "node-1",
        "__meta_kubernetes_pod_phase": "Running",
        "__meta_kubernetes_pod_container_port_name": port["name"],
        **{f"__meta_kubernetes_pod_label_{re.sub('[^a-zA-Z0-9_]', '_', key)}": value for key, value in told.items()},
    }


def services_job(tree: Tree) -> Object:
    """The generated scrape job of the services."""
    jobs = yaml.safe_load(tree[f"{PROMETHEUS}/prometheus.yml"].content)["scrape_configs"]
    (job,) = (one for one in jobs if one["job_name"] == "services")
    return dict(job)


def scraped(tree: Tree, workload: Object, name: str, version: str) -> dict[str, str] | None:
    """The labels of every series of a workload's pod of a version; None where it is not scraped."""
    pod = copy.deepcopy(workload["spec"]["template"])
    pod["metadata"]["labels"]["app.kubernetes.io/version"] = version
    job = services_job(tree)
    labels = relabelled(job, discovered(pod, name))
    if labels is None:
        return None
    return {"job": job["job_name"]} | {key: value for key, value in labels.items() if not key.startswith("__")}


def requests(case: Path, service: str, labels: Mapping[str, str], rate: float, errors: float = 0) -> list[Object]:
    """Series of five minutes with so many requests a second, by the names of the service's library; each took 0.1 to 0.5 s."""
    known = generated.module("prometheus", "services").watched(generated.answers(case))
    (source,) = (one for one in known.sources if service in one.services)
    scheme, step = source.scheme, rate * 15
    shares = [
        (scheme.requests, {scheme.status: "500"}, step * errors),
        (scheme.requests, {scheme.status: "200"}, step * (1 - errors)),
        *((scheme.buckets, {"le": bound}, step * share) for bound, share in (("0.1", 0), ("0.5", 1), ("+Inf", 1))),
    ]
    return [{"series": series(name, {**labels, **more}), "values": f"0+{count:.3f}x20"} for name, more, count in shares]


def series(name: str, labels: Mapping[str, str]) -> str:
    """A series as a test of rules writes it."""
    return name + "{" + ", ".join(f'{key}="{value}"' for key, value in labels.items()) + "}"


class Told(NamedTuple):
    """What a query must answer, over so many series."""

    name: str
    given: list[Object]
    query: str
    answer: dict[str, float]
    """The numbers, rounded to 0.01, by the labels that are left of the series."""


def objections(expected: list[Told], tree: Tree, folder: Path) -> str:
    """What promtool objects to, where the generated rules stand between the series and the queries."""
    generated.write(Tree((path, file) for path, file in tree.items() if path.startswith(PROMETHEUS)), folder)
    tests = [
        {
            "name": one.name,
            "interval": "15s",
            "input_series": one.given,
            "promql_expr_test": [
                {
                    "expr": f"round(({one.query}), 0.01)",
                    "eval_time": "5m",
                    "exp_samples": [{"labels": labels, "value": value} for labels, value in one.answer.items()],
                }
            ],
        }
        for one in expected
    ]
    file = folder / PROMETHEUS / "tests/told_test.yml"
    rules = {
        "rule_files": ["../rules/recording.yml"],
        "evaluation_interval": "15s",
        "group_eval_order": ["service-requests", "version-requests"],
        "tests": tests,
    }
    file.write_text(yaml.safe_dump(rules))
    done = run.run(("promtool", "test", "rules", str(file)), folder)
    return "" if done.returncode == 0 else done.stdout
