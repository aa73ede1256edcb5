"""The images and the compose file: what every Dockerfile must hold, and what must never be in one."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator import facts
from generator.answers.read import convert
from generator.parts import TodoItem
from generator.plan import plan
from generator.render import render
from tests.support import generated
from tests.tools.run import need

HERE = Path(__file__).parent
JOBS = generated.TESTS.parent / "templates/k8s/tests/cases/jobs.yml"
CASES = [*sorted(generated.CASES.glob("*.yml")), *sorted((HERE / "cases").glob("*.yml")), JOBS]
LOCKED = {
    "uv": "uv sync --locked",
    "poetry": "poetry install --only main",
    "pip": "pip install --require-hashes",
    "npm": "npm ci ",
    "pnpm": "pnpm install --frozen-lockfile",
    "yarn": "yarn install --immutable",
    "gomod": "go build -mod=readonly",
    "maven": "mvn ",
    "gradle": "./gradlew ",
    "nuget": "RestoreLockedMode=true",
    "bundler": "BUNDLE_FROZEN=true",
    "cargo": "cargo build --release --locked",
    "none": "",
}
CACHES = {
    r"\bnpm (ci|install|prune)\b": "/build/.npm",
    r"\bpnpm (install|prune)\b": "/pnpm/store",
    r"\byarn (install|workspaces)\b": "/opt/yarn-cache",
    r"\bpip install\b": "/build/.cache/pip",
    r"\buv sync\b": "/build/.cache/uv",
    r"\bpoetry install --only main --no-root\b": "/build/.cache/pypoetry",
    r"\bgo build -mod=readonly\b": "/go/pkg/mod",
    r"\bmvn ": "/build/.m2/repository",
    r"gradlew ": "/build/.gradle/caches",
    r"\bdotnet publish\b": "/build/.nuget/packages",
    r"\bbundle install\b": "/usr/local/bundle/cache",
    r"\bcargo build\b": "/usr/local/cargo/registry",
}
"""What fetches packages, and the folder where it looks for those that it has."""


LIBRARIES = {"postgres": "libpq5", "mysql": "libmariadb3"}
"""What the gem of a database needs beside itself."""


class Case:
    """A rendered case: its answers and its folder."""

    def __init__(self, path: Path, folder: Path) -> None:
        self.answers = generated.answers(path)
        self.folder = generated.write(generated.made_by(path, "docker"), folder) / "infrastructure" / "docker"
        self.compose = yaml.safe_load((self.folder / "docker-compose.yml").read_text())

    def dockerfile(self, name: str) -> str:
        return (self.folder / f"{name}.Dockerfile").read_text()


@pytest.fixture(scope="module", params=CASES, ids=lambda p: p.stem)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    return Case(request.param, tmp_path_factory.mktemp("case"))


def instructions(text: str) -> list[tuple[str, str]]:
    """Instructions with their arguments, continued lines joined, comments left out."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n", " ", "\n".join(lines))
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in joined.splitlines() if line.strip()]


def stages(text: str) -> list[list[tuple[str, str]]]:
    found: list[list[tuple[str, str]]] = []
    for name, rest in instructions(text):
        if name == "FROM":
            found.append([])
        found[-1].append((name, rest))
    return found


def check(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_service_has_a_dockerfile_and_its_ignore_file(case: Case) -> None:
    for service in case.answers.services:
        head = "Made once by" if service.language == "other" else "Managed by"
        assert case.dockerfile(service.name).startswith(
            f"# syntax=docker/dockerfile:1\n# {head} agency-scaffold (docker)"
        )
        assert (case.folder / f"{service.name}.Dockerfile.dockerignore").exists()


def test_the_last_stage_runs_as_a_number_in_exec_form(case: Case) -> None:
    for service in case.answers.services:
        *_, last = stages(case.dockerfile(service.name))
        users = [rest for name, rest in last if name == "USER"]
        assert users == ["65532:65532"]
        entry = json.loads(next(rest for name, rest in last if name == "ENTRYPOINT"))
        assert entry[0] not in {"sh", "bash", "npm", "pnpm", "yarn", "uv", "poetry"}, "signals must reach the process"
        assert not [rest for name, rest in last if name == "CMD"]
        after = [name for name, _ in last][[name for name, _ in last].index("USER") :]
        assert "RUN" not in after
        assert "COPY" not in after


def test_there_are_two_stages_and_their_bases_fit(case: Case) -> None:
    for service in case.answers.services:
        build, runtime = stages(case.dockerfile(service.name))
        first, second = (stage[0][1].removesuffix(" AS build") for stage in (build, runtime))
        for image in (first, second):
            assert re.fullmatch(r"[a-z0-9./-]+:[A-Za-z0-9._-]+(@sha256:[0-9a-f]{64})?", image)
            assert not image.endswith(":latest")
        if service.language in {"python", "node"}:
            assert first == second
            assert re.match(rf"{service.language}:{re.escape(service.version)}[.-]", first)
        if service.language == "go":
            assert first.startswith(f"golang:{service.version}")
            assert second.startswith("gcr.io/distroless/static-debian13:")
        if service.language == "java":
            assert re.search(rf"[:-]{service.version.split('.')[0]}(-jdk)?$", first)
            assert second == f"eclipse-temurin:{service.version.split('.')[0]}-jre"
        if service.language == "dotnet":
            release = f"{service.version.split('.')[0]}.0"
            for image, name in ((first, "sdk"), (second, "aspnet")):
                assert re.fullmatch(rf"mcr.microsoft.com/dotnet/{name}:{release}(\.\d+)?-noble(@.*)?", image)
        if service.language == "ruby":
            assert first == second.replace("-slim", "")
        if service.language == "rust":
            assert re.match(rf"rust:{re.escape(service.version)}[.-]", first)
            assert second.startswith("gcr.io/distroless/cc-debian13:")


def test_installs_are_those_of_the_lock_file(case: Case) -> None:
    for service in case.answers.services:
        assert LOCKED[service.package_manager] in case.dockerfile(service.name)


def test_whatever_fetches_packages_has_its_cache(case: Case) -> None:
    for service in case.answers.services:
        found = []
        for name, rest in instructions(case.dockerfile(service.name)):
            for command, folder in CACHES.items():
                if name == "RUN" and re.search(command, rest.replace("\\n", "\n")):
                    found.append(command)
                    assert f"--mount=type=cache,target={folder} " in rest, (service.name, rest)
        assert found or service.package_manager == "none", service.name


def test_no_secret_and_no_download_by_curl(case: Case) -> None:
    for service in case.answers.services:
        text = case.dockerfile(service.name)
        arguments = {rest.split("=")[0] for name, rest in instructions(text) if name == "ARG"}
        assert arguments == {"VERSION", "REVISION", "CREATED", "SOURCE"}
        assert not {*service.secrets, "DATABASE_PASSWORD"} & set(re.findall(r"[A-Z][A-Z0-9_]+", text))
        text = re.sub(r"^#.*$", "", text, flags=re.M)
        installed = re.findall(r'apt-get install --yes --no-install-recommends "(\S+)=\S+" \\\n', text)
        library = LIBRARIES.get(case.answers.data.database) if service.language == "ruby" else None
        assert installed == ([library] if library else []), service.name
        assert text.count("apt-get") == 2 * len(installed)
        assert not re.search(r"\bcurl\b(?!,)|\bwget\b|ADD http", text)


def test_health_is_checked_with_what_the_image_has(case: Case) -> None:
    for service in case.answers.services:
        *_, last = stages(case.dockerfile(service.name))
        health = next(rest for name, rest in last if name == "HEALTHCHECK")
        if service.kind == "job":
            assert health == "NONE"
            assert "EXPOSE" not in dict(last)
            continue
        command = json.loads(health.split(" CMD ", 1)[1])
        assert command[0] in {"python", "node", "ruby", "/app/healthcheck", "bash"}
        text = case.dockerfile(service.name)
        assert service.health_path in text


def test_labels_come_last(case: Case) -> None:
    for service in case.answers.services:
        *_, last = stages(case.dockerfile(service.name))
        names = [name for name, _ in last]
        assert names[-5:] == ["ARG"] * 4 + ["LABEL"]
        assert "ARG" not in names[:-5]


def test_the_ignore_file_keeps_secrets_out_and_the_lock_file_in(case: Case) -> None:
    for service in case.answers.services:
        patterns = (case.folder / f"{service.name}.Dockerfile.dockerignore").read_text().splitlines()
        assert {"**/.env", "**/.env.*", "**/*.pem", "**/*.key", "**/.git", "**/.aws"} <= set(patterns)
        assert not {"README.md", "**/*.md", "LICENSE", "**/*.lock", "**/*.jar"} & set(patterns)
        assert ("/infrastructure" in patterns) == (service.path == ".")


def test_hadolint(case: Case) -> None:
    check(need("hadolint"), *map(str, sorted(case.folder.glob("*.Dockerfile"))))


def test_compose_schema_and_format(case: Case) -> None:
    name = str(case.folder / "docker-compose.yml")
    check(need("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", name)
    rules = "{extends: default, rules: {line-length: disable}}"
    check(need("yamllint"), "-s", "-d", rules, *map(str, case.folder.glob("*.yml")))


def test_compose_is_hardened_and_local(case: Case) -> None:
    for name, service in case.compose["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["tmpfs"]
        assert "privileged" not in service
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))
    ports = [port.split(":")[1] for s in case.compose["services"].values() for port in s.get("ports", ())]
    assert len(set(ports)) == len(ports)


def test_compose_depends_on_what_exists_and_is_healthy(case: Case) -> None:
    services = case.compose["services"]
    for service in services.values():
        for name, how in service.get("depends_on", {}).items():
            assert name in services
            if how["condition"] == "service_healthy":
                assert services[name]["healthcheck"]["test"]


def test_compose_builds_the_services_from_their_dockerfiles(case: Case) -> None:
    for service in case.answers.services:
        build = case.compose["services"][service.name]["build"]
        context = (case.folder / build["context"]).resolve()
        assert context == (case.folder.parents[1] / service.path).resolve()
        dockerfile = Path(re.sub(r"[^/]+/\.\./", "", f"{service.path}/{build['dockerfile']}"))
        assert dockerfile.name == f"{service.name}.Dockerfile"
        assert (context / build["dockerfile"]).resolve().parent == case.folder or not context.exists()


def test_compose_gives_a_service_every_variable_that_production_gives(case: Case) -> None:
    has_database = case.answers.data.database != "none"
    for service in case.answers.services:
        given = case.compose["services"][service.name]["environment"]
        assert given.get("PORT") == (None if service.kind == "job" else str(service.port))
        assert {*service.env, *service.secrets, "ENVIRONMENT"} <= set(given)
        assert ("DATABASE_HOST" in given) == has_database
        for name in service.secrets:
            assert given[name] == f"${{{name}:?set {name} in .env}}"
        for name, value in service.env.items():
            assert given[name].replace("$$", "$") == value


def test_local_prometheus_scrapes_each_service_and_reads_the_rules(case: Case) -> None:
    config = yaml.safe_load((case.folder / "prometheus.local.yml").read_text())
    targets = {
        job["labels"]["service"]: (job["targets"][0], job["labels"]["__metrics_path__"])
        for scrape in config["scrape_configs"]
        if scrape["job_name"] == "services"
        for job in scrape["static_configs"]
    }
    wanted = [s for s in case.answers.services if s.metrics != "none" and s.kind != "job"]
    assert targets == {s.name: (f"{s.name}:{s.port}", s.metrics_path) for s in wanted}
    assert config["rule_files"] == ["/etc/prometheus/rules/*.yml"]
    assert "../../monitoring/prometheus/rules:/etc/prometheus/rules:ro" in next(
        s["volumes"] for s in case.compose["services"].values() if s.get("image", "").startswith("prom/")
    )


def test_local_prometheus_is_valid(case: Case) -> None:
    check(need("promtool"), "check", "config", "--syntax-only", str(case.folder / "prometheus.local.yml"))


def test_old_compose_reads_it_too(case: Case, tmp_path: Path) -> None:
    """The interpolation, by a program: docker-compose 1 knows all but the name."""
    text = (case.folder / "docker-compose.yml").read_text()
    folder = tmp_path / "infrastructure" / "docker"
    for service in case.answers.services:
        (tmp_path / service.path).mkdir(parents=True, exist_ok=True)
    folder.mkdir(parents=True)
    (folder / "docker-compose.yml").write_text(re.sub(r"^name: .*\n", "", text, flags=re.M))
    names = sorted(set(re.findall(r"\$\{([A-Z0-9_]+):\?", text)))
    command = [need("docker-compose"), "-f", str(folder / "docker-compose.yml"), "config", "-q"]
    (folder / ".env").write_text("".join(f"{name}=x\n" for name in names))
    check(*command)
    if names:
        (folder / ".env").write_text("")
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode != 0
        assert "in .env" in done.stderr


def render_one(service: dict[str, Any], **answers: Any) -> dict[str, str]:
    data = {"project": {"name": "x"}, "services": [service], **answers}
    tree = render(plan(convert(data), ("docker",))).tree
    return {path: file.content.decode() for path, file in tree.items()}


@pytest.mark.parametrize(
    "command",
    ["--mount=type=bind npm", '["a"]', "cat <<EOF", "make 'a\\b'", "a && b | c", "echo \"$HOME\" '#'", "echo é `id`"],
)
def test_a_build_command_stays_a_command(command: str, tmp_path: Path) -> None:
    files = render_one({"name": "a", "language": "node", "commands": {"build": command}})
    text = files["infrastructure/docker/a.Dockerfile"]
    words = next(rest for name, rest in instructions(text) if name == "RUN" and rest.startswith('["bash"'))
    assert json.loads(words) == ["bash", "-euo", "pipefail", "-c", command]
    (tmp_path / "a.Dockerfile").write_text(text)
    check(need("hadolint"), str(tmp_path / "a.Dockerfile"))


def test_a_service_may_have_the_name_of_a_store() -> None:
    data = {
        "project": {"name": "x"},
        "services": [{"name": "database"}, {"name": "prometheus", "language": "go"}, {"name": "on"}],
        "data": {"database": "postgres"},
    }
    tree = render(plan(convert(data), ("docker",))).tree
    compose = yaml.safe_load(tree["infrastructure/docker/docker-compose.yml"].content)
    services = compose["services"]
    assert set(services) == {"database", "prometheus", "on", "database-local", "prometheus-local"}
    assert services["database"]["environment"]["DATABASE_HOST"] == "database-local"


def test_a_migration_runs_before_its_service() -> None:
    service = {"name": "a", "path": "src/a", "commands": {"migrate": "uv run x $HOME"}}
    files = render_one(service, data={"database": "postgres"})
    services = yaml.safe_load(files["infrastructure/docker/docker-compose.yml"])["services"]
    assert services["a"]["depends_on"]["a-migrate"] == {"condition": "service_completed_successfully"}
    assert services["a-migrate"]["entrypoint"] == ["sh", "-c", "uv run x $$HOME"]
    assert services["a"]["build"]["dockerfile"] == "../../infrastructure/docker/a.Dockerfile"
    assert "COPY --from=build /opt/uv/bin/uv" in files["infrastructure/docker/a.Dockerfile"]


@pytest.mark.parametrize(
    ("language", "version", "image"),
    [
        ("python", "3.14", r"python:3\.14\.\d+-slim-bookworm@sha256:.*"),
        ("python", "3.11", r"python:3\.11-slim-bookworm"),
        ("python", "3.12", r"python:3\.12-slim-bookworm"),
        ("node", "22", r"node:22-bookworm-slim"),
        ("go", "1.26", r"golang:1\.26-alpine"),
        ("java", "21.0.5", r"maven:3\.9-eclipse-temurin-21"),
        ("dotnet", "10", r"mcr.microsoft.com/dotnet/sdk:10\.0\.\d+-noble@sha256:.*"),
        ("dotnet", "9.0", r"mcr.microsoft.com/dotnet/sdk:9\.0-noble"),
        ("ruby", "3.4", r"ruby:3\.4-bookworm"),
        ("rust", "1.95", r"rust:1\.95\.0-bookworm@sha256:.*"),
        ("rust", "1.88", r"rust:1\.88-bookworm"),
        ("other", "1", r"debian:bookworm-slim"),
    ],
)
def test_the_version_of_the_answers_is_the_images(language: str, version: str, image: str) -> None:
    text = render_one({"name": "a", "language": language, "version": version})["infrastructure/docker/a.Dockerfile"]
    assert re.fullmatch(image, stages(text)[0][0][1].removesuffix(" AS build"))


@pytest.mark.parametrize(
    ("language", "command", "open_"),
    [
        ("go", "go run ./cmd/migrate", True),
        ("go", "/app/a migrate", False),
        ("java", "mvn flyway:migrate", True),
        ("python", "uv run alembic upgrade head", False),
        ("python", "npm run migrate", True),
        ("node", "npx prisma migrate deploy", False),
        ("dotnet", "dotnet ef database update", True),
        ("dotnet", "dotnet /app/a.dll migrate", False),
        ("ruby", "bundle exec rails db:migrate", False),
        ("rust", "sqlx migrate run", True),
        ("rust", "/app/a migrate", False),
        ("other", "make migrate", False),
    ],
)
def test_a_migration_by_a_tool_that_the_image_lacks_is_a_todo(language: str, command: str, open_: bool) -> None:
    data = {
        "project": {"name": "x"},
        "services": [{"name": "a", "language": language, "commands": {"migrate": command}}],
    }
    items = {p.id for p in plan(convert(data), ("docker",)).parts.of(TodoItem)}
    assert ("MIGRATE_A" in items) == open_


def test_a_java_heap_leaves_room_for_what_is_no_heap(case: Case) -> None:
    """Classes, compiled code, threads and buffers of a usual server need about 200 MiB, also in the smallest size."""
    for service in case.answers.services:
        if service.language == "java":
            memory = facts.REPLICA_SIZES[service.size][1]
            found = re.search(r"-XX:MaxRAMPercentage=([\d.]+)", case.dockerfile(service.name))
            assert found
            assert memory * (1 - float(found[1]) / 100) >= 200


def test_an_unknown_language_gets_a_plain_image_that_is_its_owners_and_a_todo() -> None:
    data = {"project": {"name": "x"}, "services": [{"name": "a-b", "language": "other"}]}
    made = plan(convert(data), ("docker",))
    tree = render(made).tree
    text = tree["infrastructure/docker/a-b.Dockerfile"].content.decode()
    assert "CHANGEME_IMAGE_A_B" in text
    assert not re.search(r"^(RUN|ENV) .*(install|make|python|npm)\b", text, re.M), "nothing is invented"
    items = {p.id: p for p in made.parts.of(TodoItem)}
    assert not {"LOCK_A_B", "START_A_B"} & set(items)
    assert (items["IMAGE_A_B"].severity, items["IMAGE_A_B"].file) == (
        "blocking",
        "infrastructure/docker/a-b.Dockerfile",
    )


@pytest.mark.parametrize(("database", "library"), [("none", ""), ("postgres", "libpq5"), ("mysql", "libmariadb3")])
def test_a_gem_of_a_database_finds_its_library(database: str, library: str) -> None:
    files = render_one({"name": "a", "language": "ruby"}, data={"database": database})
    text = files["infrastructure/docker/a.Dockerfile"]
    assert ("apt-get" in text) == bool(library)
    assert library in text
    # What was compiled against another library fails the build.
    assert "exec ldd {} +" in text


def test_start_is_accepted_where_it_holds(tmp_path: Path) -> None:
    """The acceptance of each language, with nothing there and with each of the ways to meet it."""
    ways = {
        "dotnet": [{"a-b.csproj": ""}, {"src/x.fsproj": "<AssemblyName>a-b</AssemblyName>"}],
        "ruby": [{"bin/a-b": ""}],
        "rust": [
            {"Cargo.toml": '[package]\nname = "a-b"\n'},
            {"crates/x/Cargo.toml": '[[bin]]\nname = "a-b"\n'},
            {"src/bin/a-b.rs": ""},
            {"src/bin/a-b/main.rs": ""},
        ],
    }
    for language, trees in ways.items():
        data = {"project": {"name": "x"}, "services": [{"name": "a-b", "language": language, "path": "s"}]}
        items = {p.id: p for p in plan(convert(data), ("docker",)).parts.of(TodoItem)}
        for number, tree in enumerate([{}, {"other.csproj": "", "Cargo.toml": 'name = "a-bc"'}, *trees]):
            folder = tmp_path / f"{language}{number}"
            for name, text in tree.items():
                (folder / "s" / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / "s" / name).write_text(text)
            (folder / "s").mkdir(parents=True, exist_ok=True)
            command = ["bash", "-euo", "pipefail", "-c", items["START_A_B"].acceptance]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
            assert (done.returncode == 0) == (number > 1), (language, tree, done.stderr)


@pytest.mark.parametrize("language", ["go", "other"])
def test_nobody_is_told_that_a_program_is_always_process_1(language: str) -> None:
    """On ECS an init runs before it, and what it must do for SIGTERM is the same."""
    data = {"project": {"name": "x"}, "services": [{"name": "a-b", "language": language}]}
    (item,) = (p for p in plan(convert(data), ("docker",)).parts.of(TodoItem) if p.id in {"START_A_B", "IMAGE_A_B"})
    assert "SIGTERM" in item.how
    assert "as process 1 of its container, which it is wherever no init runs before it" in item.how


def run_steps(text: str) -> list[str]:
    """The commands of RUN in shell form, without their mounts."""
    steps = (re.sub(r"--mount=\S+\s+", "", rest) for name, rest in instructions(text) if name == "RUN")
    return [step.strip() for step in steps if not step.strip().startswith("[")]


def test_a_project_without_a_lock_file_is_refused(tmp_path: Path) -> None:
    """NuGet's locked mode says nothing of it (NuGet/Home issue 13175)."""
    text = render_one({"name": "a", "language": "dotnet"})["infrastructure/docker/a.Dockerfile"]
    step = next(step for step in run_steps(text) if "packages.lock.json" in step)
    for name in ("a.csproj", "my lib/b.fsproj"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    for locked, code in (("", 1), ("packages.lock.json", 1), ("my lib/packages.lock.json", 0)):
        if locked:
            (tmp_path / locked).touch()
        done = subprocess.run(["sh", "-c", step], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stderr
        assert ("b.fsproj" in done.stderr) == bool(code)


@pytest.mark.slow  # CI has no compiler of Rust
@pytest.mark.tool("rustc")
def test_the_health_check_of_rust_asks_the_service(tmp_path: Path) -> None:
    """The program of the image, compiled and run."""
    import http.server
    import threading

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/livez" else 503)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    def status(path: str, port: int) -> int:
        service = {"name": "a", "language": "rust", "health_path": path}
        text = render_one(service)["infrastructure/docker/a.Dockerfile"]
        step = next(s for s in run_steps(text) if "rustc" in s).replace("/out", "out")
        folder = tmp_path / path.strip("/")
        folder.mkdir(exist_ok=True)
        program = folder / "out/healthcheck"
        if not program.exists():
            check("sh", "-c", f"cd {folder} && {step}")
        return subprocess.run([program], env={"PORT": str(port)}, timeout=10, check=False).returncode

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        assert status("/livez", server.server_port) == 0
        assert status("/broken", server.server_port) == 1
    finally:
        server.shutdown()
        server.server_close()
    assert status("/livez", server.server_port) == 1


@pytest.mark.slow  # CI has no compiler of Rust
@pytest.mark.tool("cargo")
def test_a_cached_build_of_rust_is_never_an_older_one(tmp_path: Path) -> None:
    """The step of the image, run twice over one cache: sources older than it count, a binary of another name does not."""
    text = render_one({"name": "a", "language": "rust"})["infrastructure/docker/a.Dockerfile"]
    step = next(s for s in run_steps(text) if "cargo build" in s).replace("/out", "out")

    def build(name: str, said: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "Cargo.toml").write_text(f'[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2021"\n')
        (tmp_path / "Cargo.lock").write_text(f'version = 3\n\n[[package]]\nname = "{name}"\nversion = "0.1.0"\n')
        main = tmp_path / "src/main.rs"
        main.parent.mkdir(exist_ok=True)
        main.write_text(f'fn main() {{ println!("{said}"); }}\n')
        for file in (main, tmp_path / "Cargo.toml", tmp_path / "Cargo.lock"):
            os.utime(file, (946684800, 946684800))
        return subprocess.run(
            ["sh", "-c", step], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
        )

    for said in ("one", "two"):
        assert build("a", said).returncode == 0
        assert subprocess.run([tmp_path / "out/a"], capture_output=True, text=True, check=True).stdout == f"{said}\n"
    (tmp_path / "out/a").unlink()
    assert build("b", "three").returncode != 0
    assert not (tmp_path / "out/a").exists()
