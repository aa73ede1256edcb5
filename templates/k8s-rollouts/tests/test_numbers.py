"""What the analyses ask is what a version is to be judged by: promtool answers their queries over the generated rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator import facts
from tests.support import generated, scraped
from tests.support.scraped import Object, Told

CASES = {path.stem: path for path in sorted((Path(__file__).parent / "cases").glob("*.yml"))}
BASE = "infrastructure/kubernetes/base"
NEW, OLD = "web-5d4f6c7b8-x2x4k", "web-7c9d8f6b5-q8w7z"
"""Pods of the version that is judged, and of the one before."""

pytestmark = pytest.mark.tool("promtool")


def asked(case: Path, service: str) -> Iterator[tuple[str, str]]:
    """Each query of the service's analyses as the controller sends it: the number's name, and the query."""
    made = generated.tree(case)[f"{BASE}/{service}/analysis.yaml"]
    for template in yaml.safe_load_all(made.content):
        for metric in template["spec"]["metrics"]:
            if "prometheus" in metric["provider"]:
                query = metric["provider"]["prometheus"]["query"]
                filled = query.replace("{{args.version}}", "v2").replace("{{args.hash}}", "5d4f6c7b8")
                yield metric["name"], filled


def traffic(case: Path, rate: float, errors: float) -> list[Object]:
    """So much of version v2 of `web`, beside versions and services that are slow and answer nothing but errors."""
    tree = generated.tree(case)
    workload = yaml.safe_load(tree[f"{BASE}/web/workload.yaml"].content)
    new, old = (scraped.scraped(tree, workload, pod, v) for pod, v in ((NEW, "v2"), (OLD, "v1")))
    assert new is not None
    assert old is not None
    others = [old, {**old, "service": "api", "version": "v2"}]
    bad = [one for labels in others for one in scraped.requests(case, "web", labels, 20, errors=1)]
    return [*bad, *(scraped.requests(case, "web", new, rate, errors) if rate else [])]


def restarts(**counts: int) -> list[Object]:
    pods = {"new": ("shop", NEW), "old": ("shop", OLD), "preview": ("shop-pr-1", NEW), "longer": ("shop", f"my-{NEW}")}
    return [
        {
            "series": scraped.series(
                "kube_pod_container_status_restarts_total",
                {"namespace": pods[name][0], "pod": pods[name][1], "container": "web"},
            ),
            "values": f"{count}x20",
        }
        for name, count in counts.items()
    ]


OTHERS: dict[str, Any] = {"old": 9, "preview": 9, "longer": 9}


def expected(case: Path) -> Iterator[Told]:
    own = '{service="web", version="v2"}'
    # Requests a second and the part of them that fails; what is told of errors, and of p95.
    looks: dict[str, tuple[float, float, float | None, float | None]] = {
        "nobody asks it": (0, 0, None, None),
        "too few, of which too few fail": (0.8, 0.1, None, None),
        "too few, but many failures": (0.8, 0.5, 0.5, None),
        "many that fail": (4, 0.25, 0.25, 0.48),
        "many, and none fails": (4, 0, 0, 0.48),
    }
    for name, query in asked(case, "web"):
        if name == "restarts":
            yield Told("restarts of its own", restarts(new=2, **OTHERS), query, {"{}": 2})
            yield Told("none of its own", restarts(new=0, **OTHERS), query, {"{}": 0})
            yield Told("no pod", restarts(**OTHERS), query, {})
            continue
        for what, (rate, errors, ratio, p95) in looks.items():
            number = {"errors": ratio, "p95": p95}[name]
            yield Told(f"{name}: {what}", traffic(case, rate, errors), query, {} if number is None else {own: number})


@pytest.mark.parametrize("case", CASES)
def test_few_requests_and_other_versions_decide_nothing(case: str, tmp_path: Path) -> None:
    tree, every = generated.tree(CASES[case]), list(expected(CASES[case]))
    assert len(every) in {13, 26}, "all numbers, of one analysis or two"
    assert scraped.objections(every, tree, tmp_path) == ""


def test_each_service_that_counts_requests_is_asked_the_same() -> None:
    for path in CASES.values():
        for service in facts.long_running(generated.answers(path)):
            if facts.has_request_metrics(service):
                own = [
                    (name, re.sub(rf"\b{service.name}\b", "web", query)) for name, query in asked(path, service.name)
                ]
                assert own == list(asked(path, "web")), service.name
