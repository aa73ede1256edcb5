"""Previews page nobody: no series of theirs is kept, by the rules that are generated and by a real Prometheus."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator import facts
from generator.parts import Alert
from tests.support import generated

EXAMPLE = generated.CASES / "example.yml"
WITHOUT = generated.CASES / "minimal.yml"
JOBS = {"kube_": "kube-state-metrics", "container_": "cadvisor", "kubelet_": "kubelet"}
"""The scrape job of a series, by how its name begins."""
SERIES = """kube_pod_status_phase{{namespace="{0}7",pod="web"}} 1
kube_pod_status_phase{{namespace="{0}123456789",pod="web"}} 1
kube_pod_status_phase{{namespace="{1}",pod="web"}} 1
kube_pod_status_phase{{namespace="{0}x",pod="web"}} 1
kube_node_info{{node="a"}} 1
"""


def scrape_jobs(case: Path) -> dict[str, dict[str, Any]]:
    text = generated.made_by(case, "prometheus")["monitoring/prometheus/prometheus.yml"].content
    return {one["job_name"]: one for one in yaml.safe_load(text)["scrape_configs"]}


def dropped(job: dict[str, Any], labels: dict[str, str]) -> bool:
    """Whether Prometheus drops a series: its expressions must fit the whole of the joined labels."""
    for rule in job.get("metric_relabel_configs", []):
        joined = ";".join(labels.get(name, "") for name in rule["source_labels"])
        if (re.fullmatch(rule["regex"], joined) is not None) == (rule["action"] == "drop"):
            return True
    return False


def watched() -> Iterator[tuple[str, dict[str, str]]]:
    """Every series with a namespace that a test of an alert feeds it, as its name and its labels."""
    for alert in generated.planned(EXAMPLE).parts.of(Alert):
        for series in (one["series"] for test in alert.tests for one in test.input_series):
            name, labels = series.split("{")[0], dict(re.findall(r'(\w+)="([^"]*)"', series))
            # The services' own are scraped in their namespace alone.
            if "namespace" in labels and name.startswith(tuple(JOBS)):
                yield name, labels


def test_what_alerts_read_of_a_namespace_is_dropped_for_previews_and_kept_for_others() -> None:
    jobs, prefix = scrape_jobs(EXAMPLE), facts.preview_prefix(generated.answers(EXAMPLE))
    read = list(watched())
    assert {name.split("_")[0] for name, _ in read} == {"kube", "container", "kubelet"}
    for name, labels in read:
        job = jobs[next(job for begin, job in JOBS.items() if name.startswith(begin))]
        assert not dropped(job, {"__name__": name, **labels}), (name, labels)
        for number in ("1", "123456789"):
            assert dropped(job, {"__name__": name, **labels, "namespace": f"{prefix}{number}"}), name


def test_without_previews_nothing_is_dropped_by_namespace() -> None:
    assert not generated.answers(WITHOUT).previews.enabled
    for job in scrape_jobs(WITHOUT).values():
        assert all(rule["source_labels"] != ["namespace"] for rule in job.get("metric_relabel_configs", []))


class Exporter(BaseHTTPRequestHandler):
    """What kube-state-metrics says of previews and of the environment."""

    def do_GET(self) -> None:
        answers = generated.answers(EXAMPLE)
        text = SERIES.format(facts.preview_prefix(answers), facts.namespace(answers))
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *args: object) -> None:
        """Says nothing."""


def asked(port: int, query: str) -> list[dict[str, Any]]:
    url = f"http://127.0.0.1:{port}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return list(json.load(answer)["data"]["result"])
    except OSError:
        return []


@pytest.mark.slow
@pytest.mark.tool("prometheus")
def test_a_real_prometheus_keeps_none_of_a_preview(tmp_path: Path) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Exporter)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    job = scrape_jobs(EXAMPLE)["kube-state-metrics"]
    kept = {key: job[key] for key in ("job_name", "honor_labels", "metric_relabel_configs")}
    target = {"targets": [f"127.0.0.1:{server.server_address[1]}"], "labels": {"namespace": "monitoring"}}
    config = {"global": {"scrape_interval": "1s"}, "scrape_configs": [{**kept, "static_configs": [target]}]}
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(config))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    line = ["prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [*line, f"--web.listen-address=127.0.0.1:{port}"], cwd=tmp_path, stdout=log, stderr=log
        )
    try:
        end = time.monotonic() + 60
        while not (found := asked(port, '{__name__=~"kube_.+"}')) and time.monotonic() < end:
            time.sleep(0.5)
    finally:
        process.terminate()
        process.wait(30)
        server.shutdown()
        server.server_close()
    answers = generated.answers(EXAMPLE)
    names = {one["metric"]["namespace"] for one in found}
    assert names == {facts.namespace(answers), f"{facts.preview_prefix(answers)}x", "monitoring"}
