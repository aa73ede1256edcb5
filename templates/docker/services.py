"""A service as its Dockerfile and the compose file print it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from generator import facts
from generator.component import Answers, Service
from generator.formats import to_json

from .commands import first_word, is_plain, run_form
from .compose import Dependency, Variable, dependencies_of, environment_of, free_name
from .languages import around, client_library_of, id_of, images_of, language_of, manager_of, versions_of

FOLDER: Final = "infrastructure/docker"


@dataclass(frozen=True)
class ServiceView:
    """A service as the templates see it."""

    id: str
    name: str
    path: str
    port: int
    host_port: int
    repository: str
    ours: bool
    yours: bool
    language: str
    manager: str
    versions: dict[str, str]
    builder: str
    runtime: str
    needs_shell: bool
    client_library: str
    has_client_library: bool
    install: str
    build: str
    has_build: bool
    build_shell: str
    has_build_shell: bool
    output: str
    run_time: str
    has_run_time: bool
    health: str
    health_path: str
    entrypoint: tuple[str, ...]
    ignored: tuple[str, ...]
    at_root: bool
    image: str
    compose_context: str
    compose_dockerfile: str
    environment: tuple[Variable, ...]
    depends: tuple[Dependency, ...]
    long_running: bool
    job: bool
    migrates: bool
    migrate: str
    migration: str
    metrics_path: str


def view_of(answers: Answers, service: Service, host_port: int, database: str, names: set[str]) -> ServiceView:
    """The view of one service; `names` are those of all, which its migration must not have."""
    language, manager = language_of(service), manager_of(service)
    builder, runtime = images_of(service)
    build, migrate = service.commands.build or manager.build, service.commands.migrate
    migrates = bool(migrate) and answers.data.database != "none"
    migration = free_name(f"{service.name}-migrate", names)
    run_time = manager.run_time if first_word(migrate) == service.package_manager else ""
    client_library = client_library_of(service, answers.data.database)
    at_root = service.path == "."
    return ServiceView(
        id=id_of(service),
        name=service.name,
        path=service.path,
        port=service.port,
        host_port=host_port,
        repository=facts.repository(answers, service),
        ours=not language.yours,
        yours=language.yours,
        language=service.language,
        manager=service.package_manager,
        versions=versions_of(service),
        builder=builder,
        runtime=runtime,
        needs_shell=bool(migrate and language.runtime_with_shell),
        client_library=client_library,
        has_client_library=bool(client_library),
        install=f"docker/partials/{service.package_manager}.jinja",
        build=run_form(build, language.build_shell, *around(service)),
        has_build=bool(build),
        build_shell=to_json([f"/bin/{language.build_shell}", "-o", "pipefail", "-c"]),
        has_build_shell=not is_plain(build),
        output=manager.output,
        run_time=f"docker/partials/{run_time}.jinja",
        has_run_time=bool(run_time),
        health=_health(service),
        health_path=service.health_path,
        entrypoint=language.entrypoint,
        ignored=(*language.ignored, *(language.ignored_if_built if build else ()), "**/reports"),
        at_root=at_root,
        image=f"{facts.repository(answers, service)}:local",
        compose_context="../.." if at_root else f"../../{service.path}",
        compose_dockerfile=("" if at_root else "../" * len(service.path.split("/")))
        + f"{FOLDER}/{service.name}.Dockerfile",
        environment=environment_of(answers, service, database),
        depends=dependencies_of(answers, database, migration if migrates else ""),
        long_running=service.kind != "job",
        job=service.kind == "job",
        migrates=migrates,
        migrate=migrate,
        migration=migration,
        metrics_path=service.metrics_path,
    )


def _health(service: Service) -> str:
    """The arguments of HEALTHCHECK; each uses what the image has, none has curl."""
    if service.kind == "job":
        return "NONE"
    options = "--interval=10s --timeout=3s --start-period=30s --retries=3"
    return f"{options} CMD {to_json(language_of(service).health)}"
