"""Dockerfiles, compose files, Procfiles and manifests: what they say of a service, and when they say nothing for certain."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.assess.looking import found, service

APP = {"requirements.txt": "flask\n", "app.py": ""}


def of(root: Path, files: dict[str, str]) -> dict[str, Any]:
    return service(found(root, {**APP, **files}))


@pytest.mark.parametrize(
    ("text", "port"),
    [
        ("FROM x\nEXPOSE 9000", 9000),
        ("FROM x\nEXPOSE 9000/tcp", 9000),
        ("FROM x\nARG P=9000\nEXPOSE $P", 9000),
        ("FROM x\nENV P 9000\nEXPOSE ${P}", 9000),
        ("FROM x\nEXPOSE ${P:-9000}", 9000),
        ("FROM x\nexpose \\\n  9000", 9000),
        ("FROM x AS a\nEXPOSE 7000\nFROM y\nEXPOSE 9000", 9000),
        ("FROM x AS a\nEXPOSE 7000\nFROM y", None),
        ("FROM x AS a\nEXPOSE 9000\nFROM y AS b\nEXPOSE 7000\nFROM a", 9000),
        ("FROM x AS a\nENV PORT=9000\nFROM a AS b\nENV PORT=7000\nFROM a\nEXPOSE 7000", 9000),
        ("FROM x\nEXPOSE 9000 9001", None),
        ("FROM x\nEXPOSE $UNKNOWN", None),
        ("FROM x\nEXPOSE \u00b2", None),
        ("FROM x\nEXPOSE \u0669\u0669\u0669\u0669", None),
        (f"FROM x\nEXPOSE {'9' * 6000}", None),
        (f"FROM x\nHEALTHCHECK CMD curl http://localhost:{'9' * 6000}/x", None),
        ("FROM x\nEXPOSE 80", None),
        ("FROM x\nEXPOSE 9000-9010", None),
        ("FROM x\n# EXPOSE 9000", None),
        ("FROM x\nRUN <<EOF\nEXPOSE 9000\nEOF", None),
        ("FROM x\nEXPOSE 7000\nENV PORT=9000", 9000),
        ('FROM x\nEXPOSE 7000\nCMD ["gunicorn", "app:app", "-b", "0.0.0.0:9000"]', 9000),
        ("FROM x\nENV PORT=9000\nCMD gunicorn app:app -b 0.0.0.0:$PORT", 9000),
        ('FROM x\nENTRYPOINT ["gunicorn"]\nCMD ["app:app", "-b", ":9000"]', 9000),
        ('FROM x\nENTRYPOINT ["/start.sh"]\nCMD ["gunicorn", "app:app", "-b", ":9000"]', 9000),
        ("FROM x\nHEALTHCHECK CMD curl -f http://localhost:9000/h\nEXPOSE 7000", 9000),
        ("", None),
        ("FROM", None),
        ('FROM x\nCMD ["gunicorn', None),
    ],
    ids=str,
)
def test_the_port_of_a_dockerfile(tmp_path: Path, text: str, port: int | None) -> None:
    assert of(tmp_path, {"Dockerfile": text}).get("port") == port


@pytest.mark.parametrize(
    ("check", "path"),
    [
        ("HEALTHCHECK CMD curl -fsS http://localhost:9000/ok?deep=1 || exit 1", "/ok"),
        ('HEALTHCHECK --interval=5s CMD ["wget", "-q", "http://127.0.0.1:9000/ok"]', "/ok"),
        ("HEALTHCHECK CMD curl -f http://localhost:9000/", "/"),
        ("HEALTHCHECK CMD curl -f http://db:9000/ok", None),
        ("HEALTHCHECK NONE", None),
    ],
)
def test_the_health_of_a_dockerfile(tmp_path: Path, check: str, path: str | None) -> None:
    assert of(tmp_path, {"Dockerfile": f"FROM x\n{check}"}).get("health_path") == path


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("python:3.12-slim", "3.12"), ("python:3.12.4", "3.12"), ("docker.io/library/python:3.12@sha256:00", "3.12"),
        ("registry.example:5000/python:3.12", "3.12"), ("python:3", None), ("python:slim", None), ("alpine:3.20", None),
    ],
)  # fmt: skip
def test_the_version_of_a_base_image(tmp_path: Path, image: str, version: str | None) -> None:
    assert of(tmp_path, {"Dockerfile": f"FROM {image} AS a\nFROM a"}).get("version") == version


def test_the_line_of_a_base_image_is_the_one_that_names_it(tmp_path: Path) -> None:
    text = "ARG V=3.12\nFROM python:$V AS base\nFROM base AS build\nRUN x\nFROM base\n"
    (fact,) = [f for f in found(tmp_path, {**APP, "Dockerfile": text}).facts if f.key.endswith("].version")]
    assert (fact.value, fact.line) == ("3.12", 2)


@pytest.mark.parametrize("port", [8081, 80])
def test_a_server_of_plain_files_says_where_it_listens(tmp_path: Path, port: int) -> None:
    text = f"FROM nginxinc/nginx-unprivileged:1\nCOPY . /usr/share/nginx/html\nEXPOSE {port}\n"
    detected = found(tmp_path, {"index.html": "", "Dockerfile": text})
    assert (service(detected)["kind"], service(detected).get("port")) == ("static", port if port > 80 else None)
    assert bool(detected.notes) == (port == 80)


def test_a_dockerfile_for_something_else_says_nothing(tmp_path: Path) -> None:
    for name in (
        "Dockerfile.dev",
        "Dockerfile.test",
        "dev.Dockerfile",
        "Dockerfile.dockerignore",
        ".devcontainer/Dockerfile",
    ):
        assert "port" not in of(tmp_path, {name: "FROM x\nEXPOSE 9000"}), name


def test_a_dockerfile_elsewhere_belongs_to_what_it_copies_or_is_named_after(tmp_path: Path) -> None:
    files = {"api/requirements.txt": "flask", "shop/requirements.txt": "flask"}
    detected = found(tmp_path, {
        **files, "docker/api.Dockerfile": "FROM x\nEXPOSE 9000", "docker/Dockerfile": "FROM x\nCOPY shop/ .\nEXPOSE 9001",
        "docker/Dockerfile.all": "FROM x\nCOPY . .\nEXPOSE 9002",
    })  # fmt: skip
    assert [service(detected, n)["port"] for n in (0, 1)] == [9000, 9001]
    assert detected.notes == (
        "docker/Dockerfile.all: which service it builds is not clear, so nothing was taken from it",
    )


API = 'FROM python:3.12\nCOPY . .\nEXPOSE 9000\nCMD ["uvicorn", "a:b", "--port", "9000"]\n'
WORKER = "FROM python:3.12\nCOPY . .\nCMD celery -A a worker\n"


@pytest.mark.parametrize(
    ("dockerfiles", "services"),
    [
        ({"Dockerfile": API, "Dockerfile.worker": WORKER}, [("app", "web"), ("worker", "worker")]),
        ({"Dockerfile": WORKER, "web.Dockerfile": API}, [("app", "web"), ("worker", "worker")]),
        ({"docker/api.Dockerfile": API, "docker/jobs.Dockerfile": WORKER}, [("app", "web"), ("jobs", "worker")]),
        ({"Dockerfile": API, "Dockerfile.consumer": "FROM x\nCMD ./run\n"}, [("app", "web"), ("consumer", "worker")]),
        ({"Dockerfile": API, "Dockerfile.queue": API}, [("app", "web")]),
        ({"Dockerfile": API, "Dockerfile.arm": "FROM x\nCMD ./run\n"}, [("app", "web")]),
        ({"Dockerfile": WORKER, "Dockerfile.worker": WORKER}, [("app", "worker")]),
        ({"Dockerfile": API, "Dockerfile.worker": WORKER, "Procfile": "worker: celery worker\n"}, [("app", "web"), ("worker", "worker")]),
        (
            {"Dockerfile": API, "Dockerfile.worker": WORKER, "compose.yaml":
             "services:\n  shop:\n    build: .\n  mail:\n    build: {context: ., dockerfile: Dockerfile.worker}\n"},
            [("shop", "web"), ("mail", "worker")],
        ),
    ],
    ids=str,
)  # fmt: skip
def test_a_dockerfile_of_a_worker_beside_another_is_a_service_more(
    tmp_path: Path, dockerfiles: dict[str, str], services: list[tuple[str, str]]
) -> None:
    detected = found(tmp_path, {**APP, **dockerfiles})
    assert [(s["name"], s["kind"]) for s in detected.raw["services"]] == services
    assert [s.get("port") for s in detected.raw["services"]] == [
        9000 if kind == "web" else None for _, kind in services
    ]
    assert (detected.unclear, detected.notes) == ((), ())


CRATE = '[package]\nname = "{0}"\n[dependencies]\naxum = "1"\n'


@pytest.mark.parametrize(
    ("dockerfile", "crates", "ports"),
    [
        ("FROM rust:1.90\nCOPY . .\nEXPOSE 9000", ("a",), [9000]),
        ("FROM golang:1.26\nCOPY . .\nEXPOSE 9000", ("a",), [None]),
        ("FROM rust:1.90\nCOPY x .\nEXPOSE 9000", ("a",), [None]),
        ("FROM rust:1.90\nCOPY . .\nEXPOSE 9000", ("a", "a-b"), [None, None]),
        ("FROM rust:1.90\nRUN cargo build -p a-b\nEXPOSE 9000", ("a", "a-b"), [None, 9000]),
        ("FROM rust:1.90\nRUN cargo build --bin a\nEXPOSE 9000", ("a", "a-b"), [9000, None]),
    ],
)
def test_a_dockerfile_of_a_workspace_builds_what_it_asks_for(
    tmp_path: Path, dockerfile: str, crates: tuple[str, ...], ports: list[int | None]
) -> None:
    files = {f"crates/{name}/Cargo.toml": CRATE.format(name) for name in crates}
    files |= {f"crates/{name}/src/main.rs": "" for name in crates}
    detected = found(tmp_path, {"Cargo.toml": "[workspace]\n", "Dockerfile": dockerfile, **files})
    assert {s["name"]: s.get("port") for s in detected.raw["services"]} == dict(zip(crates, ports, strict=True))


@pytest.mark.parametrize(
    ("entry", "port"),
    [
        ('ports: ["8080:9000"]', 9000),
        ('ports: ["127.0.0.1:8080:9000/tcp"]', 9000),
        ('ports: ["${PORT:-8080}:9000"]', 9000),
        ("ports: [9000]", 9000),
        ("ports: [{target: 9000, published: 80}]", 9000),
        ('ports: ["9000:9000/udp"]', None),
        ('ports: ["9000-9010:9000-9010"]', None),
        ('ports: ["9000:9000", "9001:9001"]', None),
        ('expose: ["9000"]', 9000),
        ("environment: {PORT: 9000}\n    ports: ['80:7000']", 9000),
        ('environment: ["PORT=9000"]', 9000),
        ('labels: ["traefik.http.services.a.loadbalancer.server.port=9000"]', 9000),
        ("labels: {traefik.http.services.a.loadbalancer.server.port: 9000}", 9000),
        ("command: gunicorn app:app -b :9000\n    ports: ['80:7000']", 9000),
        ("healthcheck: {test: [CMD, curl, 'http://localhost:9000/x']}", 9000),
        ("ports: all", None),
        ("ports: [true]", None),
        ("ports: ['80:\u0669\u0669\u0669\u0669']", None),
        ("healthcheck: off\n    environment: 7\n    labels: 7\n    ports: {a: b}", None),
    ],
    ids=str,
)
def test_the_port_of_compose(tmp_path: Path, entry: str, port: int | None) -> None:
    assert of(tmp_path, {"compose.yaml": f"services:\n  web:\n    build: .\n    {entry}\n"}).get("port") == port


def test_what_a_compose_file_for_development_says_does_not_count(tmp_path: Path) -> None:
    text = "services:\n  web:\n    build: .\n    ports: ['1:9000']\n"
    for name in ("compose.override.yml", "docker-compose.dev.yml", "docker-compose.test.yaml"):
        assert "port" not in of(tmp_path, {name: text}), name
    assert of(tmp_path, {"docker-compose.prod.yml": text})["port"] == 9000


@pytest.mark.parametrize(
    ("image", "data"),
    [
        ("postgres:17", {"database": "postgres"}), ("bitnami/postgresql", {"database": "postgres"}), ("mysql:8", {"database": "mysql"}),
        ("valkey/valkey:8", {"cache": "redis"}), ("postgres-exporter:1", None), ("mongo:8", None),
    ],
)  # fmt: skip
def test_the_stores_of_compose(tmp_path: Path, image: str, data: dict[str, str] | None) -> None:
    assert found(tmp_path, {**APP, "compose.yaml": f"services:\n  x:\n    image: {image}\n"}).raw.get("data") == data


def test_what_runs_only_when_it_is_asked_for_is_no_service(tmp_path: Path) -> None:
    text = "services:\n  seed:\n    build: ./seed\n    profiles: [seed]\n  web:\n    build: .\n"
    detected = found(tmp_path, {**APP, "seed/Dockerfile": "FROM python:3.12", "seed/fill.py": "", "compose.yaml": text})
    assert [s["name"] for s in detected.raw["services"]] == ["web"]
    assert any("seed runs only when it is asked for" in note for note in detected.notes)


def test_one_of_several_ways_to_run_says_nothing_of_the_stores(tmp_path: Path) -> None:
    files = {f"docker-compose.{name}.yml": f"services:\n  db:\n    image: {name}\n" for name in ("postgres", "mysql")}
    assert "data" not in found(tmp_path, {**APP, **files}).raw


def test_variables_of_compose_are_filled_in_from_beside_it(tmp_path: Path) -> None:
    text = (
        "services:\n  web:\n    build: {context: ., dockerfile: \"${WEB_DOCKERFILE}\"}\n    ports: ['${WEB_PORT}']\n"
        "  other:\n    build: {context: ., dockerfile: \"${NOWHERE}\"}\n    ports: ['1:7000']\n"
    )
    files = {".env": "# x\nexport BASE=services\nWEB_DOCKERFILE=./services/web/Dockerfile\nWEB_PORT=9000\nPASSWORD=x\n"}
    files |= {f"services/{name}/requirements.txt": "flask\n" for name in ("web", "other")}
    files |= {"services/web/Dockerfile": "FROM python:3.12\n", "compose.yaml": text}
    detected = found(tmp_path, files)
    assert {s["name"]: s["port"] for s in detected.raw["services"]} == {"web": 9000, "other": 7000}


def test_an_image_is_matched_by_its_name(tmp_path: Path) -> None:
    text = "services:\n  one:\n    image: acme/shop-api:1\n    ports: ['1:9000']\n  two:\n    image: acme/nothing\n    ports: ['1:1234']\n"
    assert service(found(tmp_path, {"api/requirements.txt": "flask\n", "compose.yaml": text}))["port"] == 9000


def test_a_dockerfile_that_copies_nothing_of_a_context_does_not_build_it(tmp_path: Path) -> None:
    text = "services:\n  search:\n    build: {context: ., dockerfile: search/Dockerfile}\n    ports: ['1:9200']\n"
    files = {"search/Dockerfile": "FROM opensearch\nCOPY search/x.yml .\nEXPOSE 9200\n", "compose.yaml": text}
    assert "port" not in of(tmp_path, files)


def test_an_image_that_is_called_as_the_project_is_its_code_in_the_root(tmp_path: Path) -> None:
    text = "services:\n  one:\n    image: ghcr.io/acme/parcels:latest\n    ports: ['1:9000']\n  two:\n    image: acme/x-parcels\n    ports: ['1:1234']\n"
    assert service(found(tmp_path / "parcels", {**APP, "compose.yaml": text}))["port"] == 9000


def test_what_lies_beside_a_dockerfile_in_a_folder_of_tools_is_not_what_it_builds(tmp_path: Path) -> None:
    files = {
        "docker/pyproject.toml": '[project]\nname = "x"\n',
        "docker/tool.py": "",
        "docker/Dockerfile": "FROM python:3.12 AS a\nCOPY . /srv\nFROM a\nEXPOSE 9000\n",
    }
    text = "services:\n  web:\n    build: {context: .., dockerfile: docker/Dockerfile}\n"
    detected = found(tmp_path, {**APP, **files, "docker/compose.yml": text})
    assert [(s["name"], s["path"], s["port"]) for s in detected.raw["services"]] == [("web", ".", 9000)]


def test_the_line_of_a_service_is_that_of_its_definition(tmp_path: Path) -> None:
    text = "services:\n  # all\n  a:\n    image: x\n    depends_on:\n      web:\n        condition: x\n  web:\n    build: .\n    ports: ['1:9000']\n"
    (fact,) = [fact for fact in found(tmp_path, {**APP, "compose.yaml": text}).facts if fact.key.endswith("].port")]
    assert fact.line == 8


def test_a_worker_that_shares_an_image_is_a_service_more(tmp_path: Path) -> None:
    text = (
        "services:\n  web:\n    build: .\n    image: shop:latest\n    ports: ['1:9000']\n"
        "  jobs:\n    image: shop:latest\n    command: [celery, -A, x, worker]\n  db:\n    image: mysql:8\n"
    )
    detected = found(tmp_path, {**APP, "compose.yaml": text})
    assert [(s["name"], s["kind"], s.get("port")) for s in detected.raw["services"]] == [
        ("web", "web", 9000), ("jobs", "worker", None),
    ]  # fmt: skip
    assert detected.raw["data"] == {"database": "mysql"}


def test_a_procfile_names_what_runs(tmp_path: Path) -> None:
    detected = found(tmp_path, {
        **APP, "Procfile": "release: flask db migrate\nweb: gunicorn app:app --bind 0.0.0.0:$PORT\nlate: rq worker\n# x: y\n",
    })  # fmt: skip
    assert [(s["name"], s["kind"]) for s in detected.raw["services"]] == [("web", "web"), ("late", "worker")]
    assert detected.raw["services"][0]["commands"]["migrate"] == "flask db migrate"


def manifest(container: str, more: str = "") -> str:
    return (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\nspec:\n  template:\n    spec:\n      containers:\n"
        f"        - image: registry.example/api:1\n{container}{more}"
    )


SERVICE = "---\napiVersion: v1\nkind: Service\nspec:\n  type: {0}\n  selector: {{app: {1}}}\n"


def test_probes_and_ports_of_manifests(tmp_path: Path) -> None:
    text = manifest(
        "          ports: [{containerPort: 9000}]\n          livenessProbe: {httpGet: {path: '/live?x=1', port: 9000}}\n",
        SERVICE.format("ClusterIP", "api") + SERVICE.format("LoadBalancer", "front"),
    )
    facts = service(found(tmp_path, {"api/requirements.txt": "flask", "k8s/api.yaml": text}))
    assert (facts["port"], facts["health_path"], facts["public"]) == (9000, "/live", False)
    text = manifest("          ports: [{containerPort: 9000}]\n", SERVICE.format("LoadBalancer", "api"))
    assert service(found(tmp_path, {"k8s/api.yaml": text}))["public"] is True


@pytest.mark.parametrize(
    ("image", "port"),
    [("api", 9000), ("shop-api:1", 9000), ("r.example:5000/x/shop_api@sha256:0", 9000), ("apis", None), ("rapi", None), ("", None), ("-", None)],
)  # fmt: skip
def test_an_image_is_called_as_what_it_is_built_from(tmp_path: Path, image: str, port: int | None) -> None:
    text = manifest("          ports: [{containerPort: 9000}]\n").replace("registry.example/api:1", f"'{image}'")
    assert service(found(tmp_path, {"api/requirements.txt": "flask", "k8s/a.yaml": text})).get("port") == port


@pytest.mark.parametrize(
    ("image", "port"), [("parcels", 9000), ("x/parcels:2", 9000), ("acme-parcels", None), ("parcels-db", None)]
)
def test_an_image_of_a_manifest_may_be_called_as_the_project(tmp_path: Path, image: str, port: int | None) -> None:
    text = manifest("          ports: [{containerPort: 9000}]\n").replace(
        "registry.example/api:1", f"r.example/{image}"
    )
    assert service(found(tmp_path / "parcels", {**APP, "k8s/a.yaml": text})).get("port") == port


@pytest.mark.parametrize("port", ["true", "'9000'", "-9000", "9000.5", "[9000]", "900000"])
def test_what_is_no_number_is_no_port_of_a_manifest(tmp_path: Path, port: str) -> None:
    text = manifest(f"          ports: [{{containerPort: {port}}}]\n")
    shown = service(found(tmp_path, {"api/requirements.txt": "flask", "k8s/api.yaml": text}))
    assert shown.get("port") == (9000 if port == "'9000'" else None)


def test_manifests_that_say_nothing_of_services_are_not_parsed(tmp_path: Path) -> None:
    """Definitions of resources are megabytes of YAML."""
    crd = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nspec: [\n"
    files = {"api/requirements.txt": "flask", "k8s/crd.yaml": crd}
    for kind, noted in (("ConfigMap", False), ("Deployment", True), ("'Service'", True), ("Ingress", True)):
        detected = found(tmp_path, {**files, "k8s/a.yaml": f"apiVersion: v1\nkind: {kind}\nspec: [\n"})
        assert detected.notes == (("k8s/a.yaml is no valid YAML: nothing was read from it",) if noted else ()), kind


def test_manifests_that_contradict_each_other_leave_it_open(tmp_path: Path) -> None:
    one, other = (
        manifest("          ports: [{containerPort: 9000}]\n", SERVICE.format("NodePort", name))
        for name in ("api", "x")
    )
    detected = found(tmp_path, {"api/requirements.txt": "flask", "k8s/a/api.yaml": one, "k8s/b/api.yaml": other})
    assert [unclear.key for unclear in detected.unclear] == ["services[0].public"]


def test_the_variable_of_a_manifest_says_where_it_listens(tmp_path: Path) -> None:
    text = manifest(
        "          env: [{name: X, value: '1'}, {name: PORT, value: '9000'}]\n          ports: [{containerPort: 7000}]\n"
    )
    assert service(found(tmp_path, {"api/requirements.txt": "flask", "k8s/api.yaml": text}))["port"] == 9000


def test_what_no_manifest_opens_is_not_known_where_none_opens_anything(tmp_path: Path) -> None:
    text = manifest("          ports: [{containerPort: 9000}]\n")
    assert "public" not in service(found(tmp_path, {"api/requirements.txt": "flask", "k8s/api.yaml": text}))


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: apps/v1\nkind: Deployment\nspec: 7\n",
        "apiVersion: apps/v1\nkind: Deployment\nspec: {template: {spec: {containers: [7, {image: 7, ports: [7]}]}}}\n",
        "apiVersion: v1\nkind: Service\nspec: {type: LoadBalancer, selector: 7}\n",
        "apiVersion: x\nkind: Ingress\n",
        "apiVersion: x\nkind: [Ingress]\n",
        "apiVersion: v1\nkind: Service\nspec: {type: [NodePort]}\n",
        "apiVersion: apps/v1\nkind: Deployment\nspec: {{ .Values.spec }}\n",
    ],
)
def test_manifests_of_another_form_say_nothing(tmp_path: Path, text: str) -> None:
    assert "port" not in service(found(tmp_path, {"api/requirements.txt": "flask", "k8s/api.yaml": text}))
