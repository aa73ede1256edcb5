"""Images of the services and the compose file for local work.

How a service is started is a convention of its language (README.md); each convention, and each
lock file, is a to-do item with a command that tells whether it is met.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from generator import facts
from generator.component import Answers, Part, Parts, Service, builds, contributes, fill, load_parts, load_yaml, pins
from generator.formats import compose_quote
from generator.parts import MakeTarget

FOLDER: Final = "infrastructure/docker"
COMPOSE: Final = f"{FOLDER}/docker-compose.yml"

_TABLES: Final[dict[str, Any]] = load_yaml(__file__, "languages.yml")
MANAGERS: Final[dict[str, dict[str, str]]] = _TABLES["managers"]
LANGUAGES: Final[dict[str, dict[str, Any]]] = _TABLES["languages"]
BUILD_TOOLS: Final = frozenset(_TABLES["build_tools"])

# A command of plain words reads best as it is. Anything else becomes exec form: there neither a
# trailing backslash, nor <<, nor a leading -- or [ can mean something to the Dockerfile itself.
# A failing pipe must fail the build, so its shell knows pipefail: bash, in alpine images ash.
_PLAIN: Final = re.compile(r"[A-Za-z0-9_./][A-Za-z0-9_./:=@,+ -]*")


@dataclass(frozen=True)
class Variable:
    """An environment variable of the compose file; `text` is YAML, `$` doubled unless it interpolates."""

    name: str
    text: str


@dataclass(frozen=True)
class Dependency:
    """What must be so before a container starts."""

    name: str
    condition: str


@dataclass(frozen=True)
class Container:
    """A container of the compose file that is no service of the answers."""

    name: str
    image: str
    host_port: int = 0
    user: str = ""
    folder: str = ""
    tmpfs: tuple[str, ...] = ()
    health: tuple[str, ...] = ()
    environment: tuple[Variable, ...] = ()


@dataclass(frozen=True)
class ServiceView:
    """A service as its Dockerfile and the compose file print it."""

    name: str
    path: str
    port: int
    host_port: int
    python: bool
    node: bool
    go: bool
    java: bool
    uv: bool
    poetry: bool
    pip: bool
    npm: bool
    pnpm: bool
    yarn: bool
    maven: bool
    gradle: bool
    manager: str
    builder: str
    runtime: str
    build: str
    build_shell: str
    has_build_shell: bool
    health: str
    health_path: str
    entrypoint: tuple[str, ...]
    jars: str
    has_build: bool
    checks_health: bool
    needs_shell: bool
    uv_at_run_time: bool
    poetry_at_run_time: bool
    corepack_at_run_time: bool
    uv_version: str
    poetry_version: str
    corepack_version: str
    ignored: tuple[str, ...]
    at_root: bool
    image: str
    compose_context: str
    compose_dockerfile: str
    environment: tuple[Variable, ...]
    depends: tuple[Dependency, ...]
    publishes: bool
    job: bool
    migrates: bool
    migrate: str
    migration: str
    metrics_path: str


@dataclass(frozen=True)
class Context:
    """What the templates of `docker` print."""

    project: str
    namespace: str
    source: str
    services: tuple[ServiceView, ...]
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


def _targets(answers: Answers) -> Iterator[MakeTarget]:
    needs_values = bool(_interpolated(answers))
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
    return {
        "service": [_words(s) for s in answers.services],
        "corepack": [_words(s) for s in answers.services if s.package_manager in {"pnpm", "yarn"}],
        "migrates-by-build-tool": [_words(s) for s in answers.services if _migrates_by_build_tool(s)],
    }


def _migrates_by_build_tool(service: Service) -> bool:
    return _first_word(service.commands.migrate) in BUILD_TOOLS - _tools_at_run_time(service)


def _words(service: Service) -> dict[str, str]:
    """What the `<WORDS>` of the data files stand for; `IN` is the service's folder in front of a file's name."""
    manager, language = MANAGERS[service.package_manager], LANGUAGES[service.language]
    tool = _first_word(service.commands.migrate)
    words = {
        "ID": service.name.upper().replace("-", "_"),
        "SERVICE": service.name,
        "MODULE": service.name.replace("-", "_"),
        "PATH": service.path,
        "IN": "" if service.path == "." else f"{service.path}/",
        "MANAGER": service.package_manager,
        "LOCK_HOW": manager["how"],
        "BUILD_FILE": manager.get("accepted", ""),
        "HEALTH_PATH": service.health_path,
        "TOOL": tool,
        "TOOL_PATTERN": re.escape(tool),
    }
    return words | {
        "LOCK": words["IN"] + manager["lock"],
        "START": fill(language["start"], words),
        "START_ACCEPTED": fill(language["accepted"], words),
    }


@builds
def build(answers: Answers, parts: Parts) -> Context:
    """One view per service; names and ports of the compose file never collide with a service's."""
    del parts
    names = {s.name for s in answers.services}
    taken_ports: set[int] = set()
    ports = {s.name: _free_port(s.port, taken_ports) for s in answers.services}
    database = _database(answers, _free_name("database", names))
    has_database = answers.data.database != "none"
    services = tuple(_service(answers, s, ports[s.name], database.name, names) for s in answers.services)
    scraped = tuple(v for v, s in zip(services, answers.services, strict=True) if facts.is_scraped(s))
    has_prometheus = answers.monitoring.backend == "prometheus"
    return Context(
        project=answers.project.name,
        namespace=facts.namespace(answers),
        source=_source(answers),
        services=services,
        scraped=scraped,
        has_scraped=bool(scraped),
        has_database=has_database,
        has_prometheus=has_prometheus,
        has_volumes=has_database or has_prometheus,
        database=database,
        prometheus=Container(
            name=_free_name("prometheus", names),
            image=pins().image("prom/prometheus"),
            host_port=_free_port(9090, taken_ports),
        ),
    )


def _service(answers: Answers, service: Service, host_port: int, database: str, names: set[str]) -> ServiceView:
    builder, runtime = _images(service)
    language, manager = service.language, service.package_manager
    up = "" if service.path == "." else "../" * len(service.path.split("/"))
    migrates = bool(service.commands.migrate) and answers.data.database != "none"
    migration = _free_name(f"{service.name}-migrate", names)
    command = service.commands.build or MANAGERS[manager].get("build", "")
    calls = _first_word(service.commands.migrate)
    shell = "ash" if language == "go" else "bash"
    return ServiceView(
        name=service.name,
        path=service.path,
        port=service.port,
        host_port=host_port,
        python=language == "python",
        node=language == "node",
        go=language == "go",
        java=language == "java",
        uv=manager == "uv",
        poetry=manager == "poetry",
        pip=manager == "pip",
        npm=manager == "npm",
        pnpm=manager == "pnpm",
        yarn=manager == "yarn",
        maven=manager == "maven",
        gradle=manager == "gradle",
        manager=manager,
        builder=builder,
        runtime=runtime,
        build=_run(command, shell),
        build_shell=_exec(f"/bin/{shell}", "-o", "pipefail", "-c"),
        has_build_shell=not _PLAIN.fullmatch(command) and bool(command),
        has_build=bool(command),
        health=_health(service),
        health_path=service.health_path,
        checks_health=service.kind != "job",
        entrypoint=tuple(fill(word, _words(service)) for word in LANGUAGES[language]["entrypoint"]),
        jars="target" if manager == "maven" else "build/libs",
        needs_shell=language == "go" and bool(service.commands.migrate),
        uv_at_run_time=calls == manager == "uv",
        poetry_at_run_time=calls == manager == "poetry",
        corepack_at_run_time=calls == manager and manager in {"pnpm", "yarn"},
        uv_version=pins().version("uv"),
        poetry_version=pins().version("poetry"),
        corepack_version=pins().version("corepack"),
        ignored=(
            *LANGUAGES[language]["ignored"],
            *(("**/dist",) if language == "node" and command else ()),
            "**/reports",
        ),
        at_root=service.path == ".",
        image=f"{facts.repository(answers, service)}:local",
        compose_context="../.." if service.path == "." else f"../../{service.path}",
        compose_dockerfile=f"{up}{FOLDER}/{service.name}.Dockerfile",
        environment=_environment(answers, service, database),
        depends=_depends(answers, database, migration if migrates else ""),
        publishes=service.kind != "job",
        job=service.kind == "job",
        migrates=migrates,
        migrate=service.commands.migrate,
        migration=migration,
        metrics_path=service.metrics_path,
    )


def _images(service: Service) -> tuple[str, str]:
    """The images of both stages: the same distribution and the same version of the language."""
    if service.language == "python":
        image = _versioned("python", service.version, "slim-bookworm")
        return image, image
    if service.language == "node":
        image = _versioned("node", service.version, "bookworm-slim")
        return image, image
    if service.language == "go":
        # A release of distroless has no patch level; its tags name a variant and are rebuilt.
        static, shell = "gcr.io/distroless/static-debian13", "debug-nonroot"
        runtime = pins().base_image(static, shell) if service.commands.migrate else pins().image(static)
        return _versioned("golang", service.version, "alpine"), runtime
    # Temurin and Maven publish tags by major; a full version carries a build number that nobody can guess.
    major = service.version.split(".")[0]
    maven = f"maven:{pins().version('maven')}-eclipse-temurin-{major}"
    builder = maven if service.package_manager == "maven" else pins().base_image("eclipse-temurin", f"{major}-jdk")
    return builder, pins().base_image("eclipse-temurin", f"{major}-jre")


def _versioned(repository: str, version: str, variant: str) -> str:
    """The pinned image where its version is the wanted one, or the newest known of it; otherwise the tag."""
    pinned = pins().image(repository)
    tag = pinned.split("@")[0].removeprefix(f"{repository}:")
    if tag == f"{version}-{variant}" or (tag.startswith(f"{version}.") and tag.endswith(f"-{variant}")):
        return pinned
    return f"{repository}:{version}-{variant}"


def _health(service: Service) -> str:
    """The arguments of HEALTHCHECK; each uses what the image has, none has curl."""
    if service.kind == "job":
        return "NONE"
    options = "--interval=10s --timeout=3s --start-period=30s --retries=3"
    command = (fill(word, _words(service)) for word in LANGUAGES[service.language]["health"])
    return f"{options} CMD {_exec(*command)}"


def _exec(*words: str) -> str:
    """Exec form: a JSON list."""
    escaped = (word.replace("\\", "\\\\").replace('"', '\\"') for word in words)
    return "[" + ", ".join(f'"{word}"' for word in escaped) + "]"


def _run(command: str, shell: str) -> str:
    """The arguments of RUN for a command of the answers."""
    return command if _PLAIN.fullmatch(command) else _exec(shell, "-euo", "pipefail", "-c", command)


def _database(answers: Answers, name: str) -> Container:
    kinds = load_yaml(__file__, "databases.yml")
    row = kinds[answers.data.database if answers.data.database in kinds else "postgres"]
    return msgspec.convert(row | {"name": name, "image": pins().image(row["image"])}, Container)


def _environment(answers: Answers, service: Service, database: str) -> tuple[Variable, ...]:
    """The variables that the platform sets in production, then the service's own."""
    given = {"ENVIRONMENT": "local", "PORT": str(service.port)}
    if answers.data.database != "none":
        port = str(facts.DATABASE_PORTS[answers.data.database])
        given |= {"DATABASE_HOST": database, "DATABASE_PORT": port, "DATABASE_NAME": "app", "DATABASE_USERNAME": "app"}
    secrets = (("DATABASE_PASSWORD",) if answers.data.database != "none" else ()) + service.secrets
    plain = (Variable(name, compose_quote(value)) for name, value in (given | service.env).items())
    return (*plain, *(Variable(name, f'"${{{name}:?set {name} in .env}}"') for name in secrets))


def _interpolated(answers: Answers) -> set[str]:
    """The variables that the compose file takes from .env."""
    database = {"DATABASE_PASSWORD"} if answers.data.database != "none" else set()
    return database.union(*(service.secrets for service in answers.services))


def _depends(answers: Answers, database: str, migration: str) -> tuple[Dependency, ...]:
    if answers.data.database == "none":
        return ()
    healthy = Dependency(database, "service_healthy")
    return (healthy, Dependency(migration, "service_completed_successfully")) if migration else (healthy,)


def _source(answers: Answers) -> str:
    hosts = {"github-actions": "https://github.com/", "gitlab-ci": "https://gitlab.com/"}
    home = hosts.get(answers.ci.system, "")
    return f"{home}{answers.project.repository}" if home and answers.project.repository else ""


def _tools_at_run_time(service: Service) -> set[str]:
    """The tools that the runtime image has for commands.migrate."""
    if service.language == "node":
        return {"npm", "npx", service.package_manager}
    return {service.package_manager} if service.language == "python" else set()


def _first_word(command: str) -> str:
    try:
        words = shlex.split(command)
    except ValueError:
        return ""
    return words[0] if words else ""


def _free_name(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "-local"
    return name


def _free_port(port: int, taken: set[int]) -> int:
    while port in taken:
        # 65535 is the last one; going on from 1024 stays below the ports that only root may use.
        port = port + 1 if port < 65535 else 1024
    taken.add(port)
    return port
