"""A stand-in for Alertmanager's API of silences: what version 2 answers, and what it keeps."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

API: Final = "/api/v2"


class Alertmanager(ThreadingHTTPServer):
    """Listens on a port of its own; `silences` are those that were not ended."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.silences: dict[str, dict[str, Any]] = {}

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def comments(self) -> list[str]:
        return sorted(one["comment"] for one in self.silences.values())


class _Handler(BaseHTTPRequestHandler):
    server: Alertmanager

    def do_GET(self) -> None:
        if self.path == f"{API}/silences":
            state = {"status": {"state": "active"}}
            return self._say(200, [{"id": key, **value, **state} for key, value in self.server.silences.items()])
        known = self.path.rpartition("/")[2] in self.server.silences
        return self._say(200 if known else 404, {})

    def do_POST(self) -> None:
        if self.path != f"{API}/silences" or self.headers["Content-Type"] != "application/json":
            return self._say(415, "not what is taken here")
        wanted = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not wanted["matchers"]:
            return self._say(422, {"code": 612, "message": "matchers in body should have at least 1 items"})
        if datetime.fromisoformat(wanted["endsAt"]) < datetime.now(UTC):
            return self._say(400, "Failed to create silence: end time can't be in the past")
        key = str(uuid.uuid4())
        self.server.silences[key] = wanted
        return self._say(200, {"silenceID": key})

    def do_DELETE(self) -> None:
        found = self.server.silences.pop(self.path.rpartition("/")[2], None)
        self._say(404 if found is None else 200, {})

    def _say(self, code: int, body: Any) -> None:
        text = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args: object) -> None:
        """Says nothing."""


@contextmanager
def serving() -> Iterator[Alertmanager]:
    """One that runs."""
    server = Alertmanager()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
