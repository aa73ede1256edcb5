"""Which of the requests that the judge sends count against a version."""

from __future__ import annotations

import http.server
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import generated


class Service(http.server.BaseHTTPRequestHandler):
    """Answers, but not on /hang within the time of a request."""

    def do_GET(self) -> None:
        time.sleep(2 if self.path == "/hang" else 0)
        self.send_response(200 if self.path == "/ok" else 500)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    ("paths", "said"),
    [
        (["/ok", "/hang", "/bad"], "3 2"),
        (["/hang", "/hang"], "0 0"),
        (["/ok", "nobody"], "1 0"),
    ],
    ids=["no answer beside others", "no answer at all", "not sent"],
)
def test_a_request_without_an_answer_counts_when_others_are_answered(
    tmp_path: Path, address: str, paths: list[str], said: str
) -> None:
    source = (generated.TEMPLATES / "release/files/traffic.sh").read_text()
    assert "--max-time 10 " in source
    (tmp_path / "traffic.sh").write_text(source.replace("--max-time 10 ", "--max-time 1 "))
    urls = ["http://127.0.0.1:1/" if path == "nobody" else address + path for path in paths]
    (tmp_path / "targets").write_text("".join(f"web {url}\n" for url in urls))
    rounds = "; ".join(f"_send {n} || true" for n in range(len(urls)))
    program = f'WORK=.; source ./traffic.sh; way_curl() {{ curl -q --silent "$@"; }}; {rounds}; own_answers web'
    done = subprocess.run(
        ["bash", "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout.strip() == said, done.stderr
