"""The health check through the front door: name, connection, certificate, route, target."""

from __future__ import annotations

import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.real.conftest import Stage, digest, rendered, staged
from tests.support import generated

INSIDE = "".join(f"ok      {name}: v1\n" for name in ("web", "api", "worker"))


class Door:
    """A load balancer on loopback: which hosts it was asked for, and what it answers."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answers: dict[str, int] = {}
        self.closed = 0
        """How many requests find no healthy target first."""

    @contextmanager
    def open(self, certificate: Path | None = None) -> Iterator[str]:
        """With TLS where there is a certificate; gives its address."""
        door = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                host = self.headers["Host"].partition(":")[0]
                door.asked.append(f"{host}{self.path}")
                self.send_response(503 if len(door.asked) <= door.closed else door.answers.get(host, 200))
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


def certificate(folder: Path, *hosts: str) -> Path:
    """Key and certificate in one file, which is also its own authority."""
    made = folder / "door.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-days", "1", "-subj", "/CN=door"),
            *("-addext", "subjectAltName=" + ",".join(f"DNS:{host}" for host in hosts)),
            *("-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")),
        ],
        check=True,
        capture_output=True,
    )
    made.write_text((folder / "key.pem").read_text() + (folder / "certificate.pem").read_text())
    return made


def check(stage: Stage, *more: str, **variables: str) -> tuple[int, str]:
    done = stage.script("scripts/health-check.sh", "--environment", "dev", *more, **variables)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
def test_public_services_are_asked_as_users_reach_them(stage: Stage, tmp_path: Path) -> None:
    stage.released("v1", 1)
    pem = certificate(tmp_path, "dev-web.shop.acme.dev", "dev-api.shop.acme.dev")
    door = Door()
    with door.open(pem) as address:
        known = {"FRONT_DOOR": address, "CURL_CA_BUNDLE": str(pem)}
        ways = "ok      web: https://dev-web.shop.acme.dev\nok      api: https://dev-api.shop.acme.dev\n"
        assert check(stage, **known) == (0, INSIDE + ways)
        assert door.asked == ["dev-web.shop.acme.dev/healthz", "dev-api.shop.acme.dev/healthz"]
        # The worker has no way in, and it can be left out.
        assert check(stage, "--service", "worker", **known) == (0, "ok      worker: v1\n")
        assert check(stage, "--inside", **known) == (0, INSIDE)
        assert len(door.asked) == 2
        for status, says in ((503, "the load balancer has no healthy target"), (404, "no route for this host")):
            door.answers = {"dev-api.shop.acme.dev": status}
            code, text = check(stage, **known)
            assert code == 1
            assert f"failed  api: the way in: https://dev-api.shop.acme.dev/healthz answers {status}: " in text
            assert says in text
            assert "ok      web: https" in text
        # A certificate that nobody vouches for.
        code, text = check(stage, "--service", "web", FRONT_DOOR=address)
        assert code == 1
        assert "failed  web: the way in: https://dev-web.shop.acme.dev/healthz: no valid certificate" in text
    code, text = check(stage, "--service", "web", **known)
    assert code == 1
    assert "no connection (load balancer, listener or its security group)" in text
    assert stage.cluster.changes == []


@pytest.mark.slow
def test_a_name_that_does_not_resolve_is_said(stage: Stage) -> None:
    stage.released("v1", 1)
    # RFC 6761: no name below .test resolves.
    stage.edit("scripts/lib/release.env.sh", "dev-web.shop.acme.dev", "dev-web.shop.test")
    code, text = check(stage, "--service", "web")
    assert code == 1
    assert "failed  web: the way in: https://dev-web.shop.test/healthz: the name does not resolve (DNS)" in text


@pytest.mark.slow
def test_a_new_way_in_is_waited_for(stage: Stage, tmp_path: Path) -> None:
    stage.released("v1", 1)
    pem = certificate(tmp_path, "dev-web.shop.acme.dev")
    door = Door()
    door.closed = 3
    with door.open(pem) as address:
        known = {"FRONT_DOOR": address, "CURL_CA_BUNDLE": str(pem)}
        code, text = check(stage, "--service", "web", "--timeout", "1", **known)
        assert code == 0, text
        assert len(door.asked) == 4
        door.answers = {"dev-web.shop.acme.dev": 503}
        code, text = check(stage, "--service", "web", "--timeout", "1", WAY_IN_SECONDS="1", **known)
        assert code == 1, text


def test_without_a_domain_the_gateway_is_asked_for_the_host(tmp_path: Path) -> None:
    with staged(rendered(generated.CASES / "minimal.yml"), tmp_path, "solo") as stage:
        line = ["scripts/deploy.sh", "--environment", "dev", "--version", "v1", "--image", f"app={digest(1)}"]
        done = stage.script(*line)
        assert done.returncode == 0, done.stderr
        code, text = check(stage)
        assert code == 1
        assert "failed  app: the way in: the Gateway has no address" in text
        door = Door()
        with door.open() as address:
            # The listener's port is 80; the double's is another.
            host, _, port = address.partition(":")
            stage.cluster.create(
                "gateways", "gateway", {"metadata": {"name": "gateway"}, "status": {"addresses": [{"value": host}]}}
            )
            stage.edit("scripts/lib/release.env.sh", "dev-app.solo.invalid", f"dev-app.solo.invalid:{port}")
            stage.edit("scripts/lib/front-door.sh", '"$1" != *.invalid', '"$1" != *.invalid:*')
            code, text = check(stage)
            assert code == 0, text
            assert door.asked == ["dev-app.solo.invalid/healthz"]
