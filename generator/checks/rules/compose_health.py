"""Services that others wait for until they are healthy are asked for their health

`docker compose` gives up at once when a service is to be healthy and neither its compose file nor its image
asks for its health. Add a `healthcheck`, or wait for `service_started`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generator.checks.formats import dockerfile
from generator.checks.formats.yaml import Node
from generator.checks.models import compose
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, folder, join

FORMAT = Format.DOCKER

_WITHOUT: Final = frozenset((
    "alpine", "busybox", "debian", "elasticsearch", "golang", "httpd", "kafka", "mariadb", "memcached", "mongo",
    "mysql", "nginx", "node", "php", "postgres", "prom/prometheus", "python", "rabbitmq", "redis", "ruby", "ubuntu",
    "valkey/valkey",
))  # fmt: skip
"""Images that ask for nothing themselves; of others it is not known."""

files = compose.paths


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    services = compose.services(sources, path)
    alone = compose.declared(sources, path, "services") == frozenset(services)
    for name, node in services.items() if alone else ():
        for other, how in node.at("depends_on").map.items():
            wanted = how.at("condition")
            if wanted.text == "service_healthy" and other in services and _unasked(sources, path, services[other]):
                message = f"{name} waits until {other} is healthy, and nothing asks {other} for its health"
                fix = f"Give {other} a `healthcheck` with a `test` that asks whether it answers."
                yield at(wanted, message, fix)


def _unasked(sources: Sources, path: str, service: Node) -> bool:
    health = service.at("healthcheck")
    if health:
        return (
            health.at("disable").text == "true"
            or (health.at("test").items[:1] or [health.at("test")])[0].text == "NONE"
        )
    build, image = service.at("build"), service.at("image").text
    if service.at("extends") or "$" in image:
        return False
    if build:
        place = join(folder(path), build.at("context").text or build.text)
        own = join(place, build.at("dockerfile").text or "Dockerfile")
        stages = dockerfile.stages(sources, own) if own in sources.tree and not build.at("target") else ()
        # What the last stage is made from may ask already.
        return (
            bool(stages)
            and not any(one.word == "HEALTHCHECK" for stage in stages for one in stage.instructions)
            and (stages[-1].base.partition(":")[0] in _WITHOUT)
        )
    return image.partition("@")[0].partition(":")[0].removeprefix("docker.io/").removeprefix("library/") in _WITHOUT
