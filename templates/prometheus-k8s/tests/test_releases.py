"""How a release ended reaches the alerts: from the script's record, by kube-state-metrics, to the rules."""

from __future__ import annotations

import re
from typing import Any

import yaml

from generator.parts import Alert
from tests.support import generated

CASE = generated.CASES / "example.yml"
NAMED = re.compile(r"label_agency_scaffold_\w+")


def objects() -> list[dict[str, Any]]:
    text = generated.tree(CASE)["monitoring/kubernetes/kube-state-metrics.yaml"].text
    return list(yaml.safe_load_all(text))


def flags() -> dict[str, str]:
    (workload,) = (one for one in objects() if one["kind"] == "Deployment")
    (container,) = workload["spec"]["template"]["spec"]["containers"]
    return dict(flag.removeprefix("--").split("=", 1) for flag in container["args"])


def reported_labels() -> dict[str, list[str]]:
    """Kind -> the labels of its objects that become labels of series."""
    found = re.findall(r"(\w+)=\[([^]]+)\]", flags()["metric-labels-allowlist"])
    return {kind: labels.split(",") for kind, labels in found}


def test_it_may_list_what_it_is_told_to_report_and_nothing_else() -> None:
    (role,) = (one for one in objects() if one["kind"] == "ClusterRole")
    assert {name for rule in role["rules"] for name in rule["resources"]} == set(flags()["resources"].split(","))
    assert {verb for rule in role["rules"] for verb in rule["verbs"]} == {"list", "watch"}


def test_the_labels_of_the_record_are_reported_and_read() -> None:
    written = set(re.findall(r'"(agency-scaffold/\w+)": \$newest', generated.tree(CASE)["scripts/lib/store.sh"].text))
    assert len(written) == 2
    reported = reported_labels()
    assert set(reported["configmaps"]) == written
    alerts = [alert for alert in generated.planned(CASE).parts.of(Alert) if alert.group == "releases"]
    assert len(alerts) == 3
    for alert in alerts:
        assert set(NAMED.findall(alert.expr)) == {f"label_{re.sub(r'[^a-z]', '_', name)}" for name in written}


def test_an_alert_asks_for_a_verdict_that_a_script_writes() -> None:
    tree = generated.tree(CASE)
    scripts = "".join(tree[f"scripts/lib/{name}.sh"].text for name in ("deploying", "rolling-back"))
    written = set(re.findall(r'(?:_record|ledger_write "\$\w+") ([a-z]+)', scripts))
    asked = {
        verdict
        for alert in generated.planned(CASE).parts.of(Alert)
        for verdict in re.findall(r'agency_scaffold_verdict="(\w+)"', alert.expr)
    }
    assert written == {"good", "bad", "failed", "withdrawn", "unchanged"}
    assert asked == written - {"good", "unchanged"}


def test_what_is_kept_of_a_scrape_has_them() -> None:
    config = yaml.safe_load(generated.tree(CASE)["monitoring/prometheus/prometheus.yml"].text)
    (job,) = (one for one in config["scrape_configs"] if one["job_name"] == "kube-state-metrics")
    # The namespace is the record's, not that of the pod that reports it.
    assert job["honor_labels"]
    told = [
        {"__name__": "kube_configmap_labels", "namespace": "shop", "configmap": "releases"},
        {"__name__": "kube_replicaset_labels", "namespace": "shop", "replicaset": "api-1"},
    ]
    for rule in job.get("metric_relabel_configs", ()):
        assert rule["action"] == "drop"
        for series in told:
            assert not re.fullmatch(rule["regex"], ";".join(series.get(name, "") for name in rule["source_labels"]))


def test_the_versions_that_run_are_reported_and_read() -> None:
    workload = yaml.safe_load(generated.tree(CASE)["infrastructure/kubernetes/base/api/workload.yaml"].text)
    pod = workload["spec"]["template"]["metadata"]["labels"]
    reported = reported_labels()["replicasets"]
    assert set(reported) <= set(pod)
    (alert,) = (alert for alert in generated.planned(CASE).parts.of(Alert) if alert.name == "ReleaseLeftHalfWay")
    read = set(re.findall(r"label_app_\w+", alert.expr))
    assert read == {f"label_{re.sub(r'[^a-z]', '_', name)}" for name in reported}
