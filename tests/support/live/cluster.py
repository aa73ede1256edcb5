"""A cluster whose pods are real servers, behind a real load balancer, scraped by a real Prometheus."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Final

from tests.support import scraped
from tests.support.kubernetes_double import VERSION, Cluster, Object, digest_of, is_ready, leads
from tests.support.live.alive import Alive
from tests.support.live.door import FULL, Door
from tests.support.live.metrics import Prometheus
from tests.support.live.pods import Pod

PRE_STOP_SECONDS: Final = 1.0
GRACE_SECONDS: Final = 6.0
"""For connections that are still open then; whoever has none ends at once."""
KNOWN_SECONDS: Final = 0.7
"""After which the load balancer has registered a pod and found it healthy."""
GATE_SECONDS: Final = KNOWN_SECONDS + 0.3
"""After which a pod that runs is ready: the load balancer must know it, as its readiness gate says."""


class LiveCluster(Alive, Cluster):
    """The double with servers for pods."""

    def __init__(self, namespace: str, names: tuple[str, ...]) -> None:
        super().__init__(namespace)
        self.namespace, self.names = namespace, names
        self.meets_seconds = KNOWN_SECONDS
        """After which the load balancer knows the pods of a Service that it has not met before."""
        self._named: dict[str, float] = {}
        """Service -> since when a route names it."""
        self._selected: dict[tuple[str, str], float] = {}
        """Service and pod -> since when the load balancer could know."""
        self.known: set[tuple[str, str]] = set()
        """Services and pods that it knows."""

    def _step_pod(self, pod: Object) -> None:
        """A pod runs first, and is ready when the load balancer has found it healthy: its readiness gate, which it gets when
        it is made, if the load balancer knows of a Service of it then."""
        super()._step_pod(pod)
        name = pod["metadata"]["name"]
        if not is_ready(pod):
            return
        labels, container = pod["metadata"]["labels"], pod["spec"]["containers"][0]
        path = container["readinessProbe"]["httpGet"]["path"]
        self.serve(name, digest_of(pod), Pod(labels[VERSION], path))
        gated = any(leads(s, pod) and self._has_met(s["metadata"]["name"], name) for s in self.all("services"))
        if gated and self.age(name) < GATE_SECONDS:
            pod["status"]["conditions"] = [{"type": "Ready", "status": "False"}]

    def step(self) -> None:
        super().step()
        self._end_servers()

    def _end_servers(self) -> None:
        there = {p["metadata"]["name"] for p in self.all("pods", self.namespace)}
        for name in self.servers.keys() - there:
            self.end(name, PRE_STOP_SECONDS, GRACE_SECONDS)

    def percent(self, service: str, version: str) -> float:
        with self.lock:
            return self.weights(service).get(version, 0)

    # What the API server passes on

    def pod_answers(self, namespace: str, name: str, port: str, path: str) -> int:
        with self.lock:
            code = self._pod_answers(namespace, name, port, path)
            server = self.servers.get(name)
        if code != 200 or server is None:
            return 503 if code == 200 else code
        try:
            with urllib.request.urlopen(f"http://{server.address}{path}", timeout=10) as answer:
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

    def follow(self, door: Door, prometheus: Prometheus) -> None:
        with self.lock:
            self._end_servers()
            self._forget()
            pods = {
                p["metadata"]["name"]: p
                for p in self.all("pods", self.namespace)
                if p["metadata"]["name"] in self.servers
            }
            behind = {
                s["metadata"]["name"]: [n for n, p in pods.items() if leads(s, p)]
                for s in self.all("services", self.namespace)
            }
            users = {name: self._users(name, behind) for name in self.names}
            inside = {
                name: [self.servers[n].address for n in behind.get(name, ()) if is_ready(pods[n])]
                for name in self.names
            }
            found = {self.servers[n].address: scraped.discovered(p, n) for n, p in pods.items()}
        prometheus.targets(found)
        for name in self.names:
            door.lead(f"inside-{name}", dict.fromkeys(inside[name], 10) or {None: 10})
            door.lead(name, users[name])

    def _users(self, name: str, behind: Mapping[str, list[str]]) -> dict[str | None, int]:
        """The addresses of pods, by the weights of the route."""
        route = self.get("httproutes", self.namespace, name)
        references = route["spec"]["rules"][0]["backendRefs"] if route else []
        total = sum(one.get("weight", 1) for one in references)
        led: dict[str | None, int] = {}
        for one in references:
            self._named.setdefault(one["name"], time.monotonic())
            share = one.get("weight", 1) * FULL // total
            known = [n for n in behind.get(one["name"], ()) if self._is_known(one["name"], n)]
            places: list[str | None] = [self.servers[n].address for n in known] or ([None] if share else [])
            for place in places:
                led[place] = led.get(place, 0) + share // len(places)
        return led or {None: FULL}

    def _forget(self) -> None:
        """Of a pod that a Service does not select any more the load balancer knows nothing; one that ends gets nobody anyway."""
        services = {s["metadata"]["name"]: s for s in self.all("services", self.namespace)}
        pods = {p["metadata"]["name"]: p for p in self.all("pods", self.namespace)}
        for pair in list(self._selected):
            service, pod = services.get(pair[0]), pods.get(pair[1])
            if service is None or pod is None or not leads(service, pod):
                del self._selected[pair]
                self.known.discard(pair)

    def _has_met(self, service: str, pod: str) -> bool:
        """Whether the load balancer knew of a Service when a pod was made."""
        began = time.monotonic() - self.age(pod)
        return service in self._named and began - self._named[service] > self.meets_seconds

    def _is_known(self, service: str, pod: str) -> bool:
        since = self._selected.setdefault((service, pod), time.monotonic())
        if time.monotonic() - since > (KNOWN_SECONDS if self._has_met(service, pod) else self.meets_seconds):
            self.known.add((service, pod))
        return (service, pod) in self.known
