"""What is scraped of a pod carries what rules, alerts and releases know it by."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tests.support import generated, scraped
from tests.support.scraped import Object, Told

CASES = {"Deployment": generated.CASES / "example.yml", "Rollout": Path(__file__).parent / "cases/rollouts.yml"}
JUDGE = "scripts/lib/judge.sh"


def workload(case: Path, service: str) -> Object:
    made: Object = yaml.safe_load(
        generated.tree(case)[f"infrastructure/kubernetes/base/{service}/workload.yaml"].content
    )
    return made


@pytest.mark.parametrize("kind", CASES)
def test_a_pod_is_known_by_its_service_its_release_and_itself(kind: str) -> None:
    tree, made = generated.tree(CASES[kind]), workload(CASES[kind], "api")
    assert made["kind"] == kind
    assert scraped.scraped(tree, made, "api-5d4f6c7b8-x2x4k", "v2") == {
        "job": "services",
        "service": "api",
        "version": "v2",
        "namespace": "shop",
        "instance": "api-5d4f6c7b8-x2x4k",
        "pod": "api-5d4f6c7b8-x2x4k",
        "node": "node-1",
    }
    made["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/name"] = "other"
    assert scraped.scraped(tree, made, "other-5d4f6c7b8-x2x4k", "v2") is None


@pytest.mark.tool("promtool")
def test_what_the_judge_asks_for_is_there(tmp_path: Path) -> None:
    """The queries of scripts/judge.sh, over the generated rules: those of the version that it names, and no other's."""
    case = CASES["Deployment"]
    tree = generated.tree(case)
    script = tree[JUDGE].text
    labels = re.search(r'local labels="(\{.*?\})"', script)
    assert labels
    filter_ = labels[1].replace('\\"', '"').replace("$1", "api").replace("$2", "v2")
    records = re.findall(r'prometheus "(service_version:[\w:]+)\$labels"', script)
    answers = {
        "service_version:http_requests:rate1m": 4,
        "service_version:http_errors:ratio_rate1m": 0.25,
        "service_version:http_latency:p95_1m": 0.48,
    }
    assert sorted(records) == sorted(answers)
    new, old = (scraped.scraped(tree, workload(case, "api"), f"api-{v}", v) for v in ("v2", "v1"))
    assert new is not None
    assert old is not None
    given = [*scraped.requests(case, "api", new, 4, errors=0.25), *scraped.requests(case, "api", old, 20, errors=1)]
    own = '{service="api", version="v2"}'
    told = [Told(record, given, record + filter_, {own: answers[record]}) for record in records]
    assert scraped.objections(told, tree, tmp_path) == ""
