"""The ways to the replicas: haproxy as the load balancer of the users, by weight, and as the addresses of services inside.

A share of the users that is led to no known replica gets an error, not another replica. How late a load balancer of a cloud
learns of one is a matter of who tells it here.
"""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

SLOTS: Final = 40
"""Replicas that a way may lead to, one after another."""
FULL: Final = 256
"""The weight of all users."""

_CONFIG: Final = """\
global
  stats socket {socket} mode 600 level admin
  maxconn 4000
defaults
  timeout connect 2s
  timeout client 60s
  timeout server 60s
  # Nothing that goes wrong is hidden by asking again.
  retries 0
  option http-keep-alive
"""
_USERS: Final = """\
frontend users-{name}
  mode http
  bind 127.0.0.1:{port}
  default_backend to-{name}
backend to-{name}
  mode http
  balance roundrobin
  server nobody 127.0.0.1:9 weight 0
  server-template pod 1-{slots} 127.0.0.1:9 disabled
"""
_FRONT: Final = """\
frontend front
  mode http
  bind 127.0.0.1:{port}
{rules}"""
_RULE: Final = "  use_backend to-{name} if {{ req.hdr(host),field(1,.) -m end {name} }}\n"
_INSIDE: Final = """\
listen to-inside-{name}
  mode tcp
  bind 127.0.0.1:{port}
  balance roundrobin
  server nobody 127.0.0.1:9 weight 0
  server-template pod 1-{slots} 127.0.0.1:9 disabled
"""


@dataclass
class _Way:
    """One backend: which replica has which slot, with which weight."""

    slots: dict[str, int] = field(default_factory=dict)
    """Address -> slot."""
    left: set[int] = field(default_factory=set)
    """Slots of replicas that nobody is led to any more."""
    weights: dict[str | None, int] = field(default_factory=dict)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Door:
    """A running haproxy: `with Door(folder, services) as door`. Users have a port for each service, and one that tells
    services apart by host; callers inside have ports of their own where there is such a way."""

    def __init__(self, folder: Path, services: Iterable[str], *, inside: bool) -> None:
        self.users = {name: free_port() for name in services}
        self.inside = {name: free_port() for name in self.users} if inside else {}
        self.front = free_port()
        self._socket = folder / "haproxy.sock"
        self._config = folder / "haproxy.cfg"
        text = _CONFIG.format(socket=self._socket)
        for name, port in self.users.items():
            text += _USERS.format(name=name, port=port, slots=SLOTS)
        for name, port in self.inside.items():
            text += _INSIDE.format(name=name, port=port, slots=SLOTS)
        text += _FRONT.format(port=self.front, rules="".join(_RULE.format(name=name) for name in self.users))
        self._config.write_text(text)
        self._ways: dict[str, _Way] = {}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Door:
        line = ["haproxy", "-q", "-db", "-f", str(self._config)]
        self._process = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(500):
            with suppress(OSError):
                self._tell(["show info"])
                return self
            time.sleep(0.02)
        raise AssertionError("haproxy does not start")

    def __exit__(self, *_: object) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait()

    def lead(self, way: str, weights: Mapping[str | None, int]) -> None:
        """From now on to these addresses by weight, of FULL in all; None stands for users who are led to nobody."""
        one = self._ways.setdefault(way, _Way())
        if weights == one.weights:
            return
        commands = [f"set server to-{way}/nobody weight {weights.get(None, 0)}"]
        for place in weights.keys() - one.slots.keys() - {None}:
            assert place is not None
            slot = min(set(range(1, SLOTS + 1)) - set(one.slots.values()) - one.left)
            one.slots[place] = slot
            host, _, port = place.partition(":")
            server = f"to-{way}/pod{slot}"
            commands += [f"set server {server} addr {host} port {port}", f"set server {server} state ready"]
        for place, slot in list(one.slots.items()):
            server = f"to-{way}/pod{slot}"
            if place in weights:
                commands.append(f"set server {server} weight {weights[place]}")
            else:
                # Requests and connections that are under way go on: its slot is not taken again.
                commands.append(f"set server {server} state drain")
                one.left.add(one.slots.pop(place))
        one.weights = dict(weights)
        self._tell(commands)

    def _tell(self, commands: Iterable[str]) -> str:
        with socket.socket(socket.AF_UNIX) as one:
            one.connect(str(self._socket))
            one.sendall(("; ".join(commands) + "\n").encode())
            answer = b""
            while part := one.recv(65536):
                answer += part
        return answer.decode()
