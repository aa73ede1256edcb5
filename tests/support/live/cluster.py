"""A cluster whose pods are real servers, behind a real load balancer, scraped by a real Prometheus."""

from __future__ import annotations

import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.support.kubernetes_double import NAME, VERSION, Cluster, Object, digest_of, is_ready, leads
from tests.support.live.door import FULL, Door
from tests.support.live.metrics import Prometheus
from tests.support.live.pods import Loop, Manners, Pod

PRE_STOP_SECONDS: Final = 1.0
GRACE_SECONDS: Final = 6.0
"""For connections that are still open then; whoever has none ends at once."""
KNOWN_SECONDS: Final = 0.7
"""After which the load balancer has registered a pod and found it healthy."""
GATE_SECONDS: Final = KNOWN_SECONDS + 0.3
"""After which a pod that runs is ready: the load balancer must know it, as its readiness gate says."""


class LiveCluster(Cluster):
    """The double with servers for pods. How a version answers is in `manners`, by digest."""

    def __init__(self, namespace: str) -> None:
        super().__init__(namespace)
        self.namespace = namespace
        self.manners: dict[str, Manners] = {}
        self.servers: dict[str, Pod] = {}
        """By the names of the pods."""
        self.prometheus: Prometheus | None = None
        self._loop: Loop | None = None
        self._since: dict[str, float] = {}
        """When a server started."""
        self._selected: dict[tuple[str, str], float] = {}
        """Service and pod -> since when the load balancer could know."""

    def _step_pod(self, pod: Object) -> None:
        """A pod runs first, and is ready when the load balancer has found it healthy: its readiness gate."""
        super()._step_pod(pod)
        name = pod["metadata"]["name"]
        if not is_ready(pod):
            return
        if name not in self.servers:
            self.servers[name] = self._server(pod)
            self._since[name] = time.monotonic()
        if time.monotonic() - self._since[name] < GATE_SECONDS:
            pod["status"]["conditions"] = [{"type": "Ready", "status": "False"}]

    def step(self) -> None:
        super().step()
        self._end_servers()

    def _end_servers(self) -> None:
        assert self._loop is not None
        there = {p["metadata"]["name"] for p in self.all("pods", self.namespace)}
        for name in self.servers.keys() - there:
            self._loop.end(self.servers.pop(name), PRE_STOP_SECONDS, GRACE_SECONDS)

    def _server(self, pod: Object) -> Pod:
        assert self._loop is not None
        container, digest = pod["spec"]["containers"][0], digest_of(pod)
        path = container["readinessProbe"]["httpGet"]["path"]
        server = Pod(pod["metadata"]["labels"][VERSION], path, lambda: self.manners.get(digest, Manners()))
        self._loop.start(server)
        return server

    # What the API server passes on

    def pod_answers(self, namespace: str, name: str, port: str, path: str) -> int:
        with self.lock:
            code = self._pod_answers(namespace, name, port, path)
            server = self.servers.get(name)
        if code != 200 or server is None:
            return 503 if code == 200 else code
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}", timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:  # it ended meanwhile
            return 503

    def query(self, text: str) -> Object:
        assert self.prometheus is not None
        found: Object = self.prometheus.query(text)
        return found

    # The controllers of what leads to pods

    def follow(self, door: Door, prometheus: Prometheus, names: tuple[str, ...]) -> None:
        """One look of the controllers at what there is."""
        with self.lock:
            if self._loop is None:
                return
            self._end_servers()
            pods = {
                p["metadata"]["name"]: p
                for p in self.all("pods", self.namespace)
                if p["metadata"]["name"] in self.servers
            }
            behind = {
                s["metadata"]["name"]: [n for n, p in pods.items() if leads(s, p)]
                for s in self.all("services", self.namespace)
            }
            users = {name: self._users(name, behind) for name in names}
            inside = {name: [self.servers[n].port for n in behind.get(name, ()) if is_ready(pods[n])] for name in names}
            labels = {self.servers[n].port: _labels(n, p) for n, p in pods.items()}
        prometheus.targets(labels)
        for name in names:
            door.lead(f"inside-{name}", dict.fromkeys(inside[name], 10) or {None: 10})
            door.lead(name, users[name])

    def _users(self, name: str, behind: Mapping[str, list[str]]) -> dict[int | None, int]:
        """The ports of pods, by the weights of the route."""
        route = self.get("httproutes", self.namespace, name)
        references = route["spec"]["rules"][0]["backendRefs"] if route else []
        total = sum(one.get("weight", 1) for one in references)
        led: dict[int | None, int] = {}
        for one in references:
            share = one.get("weight", 1) * FULL // total
            known = [n for n in behind.get(one["name"], ()) if self._is_known(one["name"], n)]
            ports: list[int | None] = [self.servers[n].port for n in known] or ([None] if share else [])
            for port in ports:
                led[port] = led.get(port, 0) + share // len(ports)
        return led or {None: FULL}

    def _is_known(self, service: str, pod: str) -> bool:
        since = self._selected.setdefault((service, pod), time.monotonic())
        return time.monotonic() - since > KNOWN_SECONDS

    @contextmanager
    def alive(self, folder: Path, rules: str, names: tuple[str, ...]) -> Iterator[Door]:
        """Everything runs; the controllers look many times a second."""
        with Loop() as loop, Door(folder, names) as door, Prometheus(folder / "prometheus", rules) as prometheus:
            self._loop, self.prometheus = loop, prometheus
            over = threading.Event()

            def control() -> None:
                while not over.wait(0.05):
                    self.follow(door, prometheus, names)

            controllers = threading.Thread(target=control)
            controllers.start()
            try:
                yield door
            finally:
                over.set()
                controllers.join()
                self._loop = None


def _labels(name: str, pod: Object) -> dict[str, str]:
    labels = pod["metadata"]["labels"]
    return {"service": labels[NAME], "version": labels[VERSION], "instance": name}
