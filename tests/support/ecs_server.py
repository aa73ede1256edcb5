"""The double of AWS as servers on loopback: for the stand-in of `aws`, for users at the load balancer, for Prometheus."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.support import aws_cli
from tests.support.ecs_double import Cloud

KEY, SECRET, TOKEN = "ASIAEXAMPLE", "not-a-real-secret", "session/token=="
WORKSPACE = "ws-12345678"


class Server:
    """One address for the three, told apart by path and host."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.invalid: list[str] = []
        """Calls that neither the CLI nor AWS would have taken, and answers that AWS could not have given."""

    @contextmanager
    def running(self) -> Iterator[str]:
        """Gives its address, `127.0.0.1:PORT`."""
        bound = type("Bound", (_Handler,), {"server_": self})
        server = ThreadingHTTPServer(("127.0.0.1", 0), bound)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def call(self, body: bytes) -> tuple[int, str]:
        """A command line of `aws`: 200 and standard output, or 400 and standard error."""
        folder, *argv = body.decode().split("\0")[:-1]
        if self.cloud.down:
            return 400, 'Could not connect to the endpoint URL: "https://sts.amazonaws.com/"\n'
        try:
            call = aws_cli.parse(Path(folder), argv)
            if call.service == "configure":
                return 200, json.dumps(
                    {"Version": 1, "AccessKeyId": KEY, "SecretAccessKey": SECRET, "SessionToken": TOKEN}
                )
            return 200, aws_cli.answer(call, self.cloud.answer(call))
        except aws_cli.AwsError as error:
            return 400, f"\nAn error occurred ({error.code}) when calling the {call.operation} operation: {error}\n"
        except Exception as error:
            self.invalid.append(f"{' '.join(argv)}: {type(error).__name__}: {error}")
            return 400, f"{error}"

    def prometheus(self, request: BaseHTTPRequestHandler, body: bytes) -> tuple[int, str]:
        """A query of Amazon Managed Service for Prometheus, if it is signed with our key."""
        if self.cloud.faults.prometheus_down:
            return 503, "{}"
        if not _signed(request, body):
            self.invalid.append(f"the query is not signed: {request.headers}")
            return 403, '{"message": "The request signature we calculated does not match"}'
        expression = urllib.parse.parse_qs(body.decode())["query"][0]
        return 200, json.dumps(
            {"status": "success", "data": {"resultType": "vector", "result": self.cloud.series(expression)}}
        )


def _signed(request: BaseHTTPRequestHandler, body: bytes) -> bool:
    """Whether the signature (AWS Signature Version 4) is that of our key for this very request."""
    scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
    fields = dict(part.strip().split("=", 1) for part in rest.split(","))
    if scheme != "AWS4-HMAC-SHA256" or request.headers.get("x-amz-security-token") != TOKEN:
        return False
    key, date, region, service, end = fields["Credential"].split("/")
    if (key, region, service, end) != (KEY, "us-east-1", "aps", "aws4_request"):
        return False
    names = fields["SignedHeaders"].split(";")
    headers = "".join(f"{name}:{request.headers[name].strip()}\n" for name in names)
    path, _, query = request.path.partition("?")
    canonical = "\n".join(
        (request.command, path, query, headers, fields["SignedHeaders"], hashlib.sha256(body).hexdigest())
    )
    scope = f"{date}/{region}/{service}/{end}"
    text = "\n".join((scheme, request.headers["x-amz-date"], scope, hashlib.sha256(canonical.encode()).hexdigest()))
    secret = f"AWS4{SECRET}".encode()
    for part in (date, region, service, end):
        secret = hmac.digest(secret, part.encode(), "sha256")
    return hmac.compare_digest(hmac.digest(secret, text.encode(), "sha256").hex(), fields["Signature"])


class _Handler(BaseHTTPRequestHandler):
    server_: Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == f"/workspaces/{WORKSPACE}/api/v1/query":
            self._say(*self.server_.prometheus(self, body))
        else:
            self._say(*self.server_.call(body))

    def do_GET(self) -> None:
        self._say(self.server_.cloud.status(self.headers["Host"].partition(":")[0]), "")

    def _say(self, code: int, text: str) -> None:
        content = text.encode()
        self.send_response(code)
        if code >= 400:
            self.send_header("x-error", " ".join(text.split()))
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass
