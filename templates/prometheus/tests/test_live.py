"""A real Prometheus scrapes a small exporter with all three naming schemes, and the recording rules agree."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from tests.support import generated

WIDE = generated.CASES / "wide.yml"
NAMES = {
    "storefront": ("http_requests_total", "status", "http_request_duration_seconds"),
    "api": (
        "http_server_request_duration_seconds_count",
        "http_response_status_code",
        "http_server_request_duration_seconds",
    ),
    "orders": ("http_server_requests_seconds_count", "status", "http_server_requests_seconds"),
}
DEADLINE = 90
ERROR_RATIO = 0.25

pytestmark = [
    pytest.mark.slow,
    pytest.mark.tool("prometheus"),
]


class Exporter(BaseHTTPRequestHandler):
    """Answers `/<service>` in the names of its library: one request in four fails, all take 0.1 to 0.5 s."""

    started = time.monotonic()

    def do_GET(self) -> None:
        count = int((time.monotonic() - self.started) * 40) // 4 * 4
        requests, status, duration = NAMES[self.path.strip("/")]
        lines = [
            f'{requests}{{{status}="200"}} {count * 3 // 4}',
            f'{requests}{{{status}="500"}} {count // 4}',
            f'{duration}_bucket{{le="0.1"}} 0',
            f'{duration}_bucket{{le="0.5"}} {count}',
            f'{duration}_bucket{{le="+Inf"}} {count}',
        ]
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(("\n".join(lines) + "\n").encode())

    def log_message(self, *args: object) -> None:
        """Says nothing."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def prometheus(folder: Path, exporter: int) -> Iterator[str]:
    """A running Prometheus with the rules of the case and one target for each service."""
    for path, file in generated.made_by(WIDE, "prometheus").items():
        if "/rules/recording" in path:
            (folder / Path(path).name).write_bytes(file.content)
    target = f"127.0.0.1:{exporter}"
    labels = [
        {"targets": [target], "labels": {"service": name, "__metrics_path__": f"/{name}", "version": "v1"}}
        for name in NAMES
    ]
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": ["recording*.yml"],
        "scrape_configs": [{"job_name": "services", "static_configs": labels}],
    }
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
    port = free_port()
    command = ["prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data"]
    command.append(f"--web.listen-address=127.0.0.1:{port}")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(30)


def ask(base: str, expr: str) -> dict[str, float]:
    url = f"{base}/api/v1/query?{urllib.parse.urlencode({'query': expr})}"
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            found = json.load(answer)["data"]["result"]
    except OSError:
        return {}
    return {sample["metric"].get("service", ""): float(sample["value"][1]) for sample in found}


def until_all(base: str, expr: str) -> dict[str, float]:
    """What the expression gives once it has a value for every service."""
    end = time.monotonic() + DEADLINE
    values: dict[str, float] = {}
    while time.monotonic() < end:
        values = ask(base, expr)
        if set(values) == set(NAMES):
            return values
        time.sleep(0.5)
    return values


def test_every_scheme_gives_the_same_series(tmp_path: Path) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Exporter)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with prometheus(tmp_path, server.server_address[1]) as base:
            for record in ("service:http_errors:ratio_rate5m", "service_version:http_errors:ratio_rate1m"):
                ratios = until_all(base, record)
                assert set(ratios) == set(NAMES), (tmp_path / "log").read_text()[-2000:]
                assert all(abs(ratio - ERROR_RATIO) < 0.05 for ratio in ratios.values()), (record, ratios)
            # 95 % of the way from 0.1 to 0.5 s, by interpolation
            slow = until_all(base, "service:http_latency:p95_5m")
            assert set(slow) == set(NAMES)
            assert all(abs(p95 - 0.48) < 0.01 for p95 in slow.values()), slow
            assert set(until_all(base, "service:http_errors:ratio_rate1h")) == set(NAMES)
    finally:
        server.shutdown()
        server.server_close()
