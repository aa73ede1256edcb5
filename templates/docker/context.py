"""Images of the services and the compose file for local work.

How a service is started is a convention of its language (README.md); each convention, and each
lock file, is a to-do item with a command that tells whether it is met.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from generator import facts
from generator.component import Answers, Part, Parts, builds, contributes, load_parts, pins
from generator.parts import HealthCommand, ImageVolume, MakeTarget

from .compose import Container, database_of, free_name, free_port, interpolates
from .languages import language_of, manager_of, migrates_by_build_tool, words_of
from .services import FOLDER, ServiceView, view_of

COMPOSE: Final = f"{FOLDER}/docker-compose.yml"


@dataclass(frozen=True)
class Context:
    """What the templates of `docker` print."""

    project: str
    source: str
    services: tuple[ServiceView, ...]
    volumes: tuple[ImageVolume, ...]
    scraped: tuple[ServiceView, ...]
    has_scraped: bool
    has_database: bool
    has_prometheus: bool
    has_volumes: bool
    database: Container
    prometheus: Container


@contributes
def parts(answers: Answers) -> Iterable[Part]:
    """Targets for local work, the check of the Dockerfiles, and what each service must bring."""
    yield from _targets(answers)
    yield from load_parts(__file__, "parts.yml", each=_lists(answers))
    for service in facts.long_running(answers):
        yield HealthCommand(service=service.name, command=language_of(service).health)


def _targets(answers: Answers) -> Iterator[MakeTarget]:
    needs_values = interpolates(answers)
    compose = f"docker compose {'--env-file .env ' if needs_values else ''}-f {COMPOSE}"
    present = 'test -f .env || { echo "There is no .env: cp .env.example .env, then fill it in." >&2; exit 1; }'
    guard = ("source scripts/lib/common.sh; need docker", *((present,) if needs_values else ()))
    yield MakeTarget(
        name="up",
        help="Build and start everything on this computer, and wait until it is healthy",
        recipe=(*guard, f"{compose} up --build --detach --wait --wait-timeout 300", f"{compose} ps"),
        group="local",
    )
    yield MakeTarget(
        name="down",
        help="Stop what runs on this computer; data is kept",
        recipe=(*guard, f"{compose} --profile '*' down"),
        group="local",
    )
    yield MakeTarget(
        name="build",
        help="Build the image of every service",
        recipe=(
            guard[0],
            *(
                f"docker build -f {FOLDER}/{s.name}.Dockerfile -t {facts.repository(answers, s)}:local {s.path}"
                for s in answers.services
            ),
        ),
        group="local",
    )


def _lists(answers: Answers) -> dict[str, list[dict[str, str]]]:
    """The services that `each` of `parts.yml` may name."""
    services = {
        "locked": [s for s in answers.services if manager_of(s).lock],
        "ours": [s for s in answers.services if not language_of(s).yours],
        "yours": [s for s in answers.services if language_of(s).yours],
        "corepack": [s for s in answers.services if "corepack" in manager_of(s).pins],
        "migrates-by-build-tool": [s for s in answers.services if migrates_by_build_tool(s)],
    }
    return {name: [words_of(s) for s in some] for name, some in services.items()}


@builds
def build(answers: Answers, parts: Parts) -> Context:
    """One view per service; names and ports of the compose file never collide with a service's."""
    names = {s.name for s in answers.services}
    taken_ports: set[int] = set()
    ports = {s.name: free_port(s.port, taken_ports) for s in answers.services}
    database = database_of(answers, free_name("database", names))
    has_database = answers.data.database != "none"
    services = tuple(view_of(answers, s, ports[s.name], database.name, names) for s in answers.services)
    scraped = tuple(v for v, s in zip(services, answers.services, strict=True) if facts.is_scraped(s))
    has_prometheus = answers.monitoring.backend == "prometheus"
    return Context(
        project=answers.project.name,
        source=_source(answers),
        services=services,
        volumes=parts.of(ImageVolume),
        scraped=scraped,
        has_scraped=bool(scraped),
        has_database=has_database,
        has_prometheus=has_prometheus,
        has_volumes=has_database or has_prometheus,
        database=database,
        prometheus=Container(
            name=free_name("prometheus", names),
            image=pins().image("prom/prometheus"),
            host_port=free_port(9090, taken_ports),
        ),
    )


def _source(answers: Answers) -> str:
    hosts = {"github-actions": "https://github.com/", "gitlab-ci": "https://gitlab.com/"}
    home = hosts.get(answers.ci.system, "")
    return f"{home}{answers.project.repository}" if home and answers.project.repository else ""
