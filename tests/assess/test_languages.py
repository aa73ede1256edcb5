"""What the files of each language say, and what they do not say for certain."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.assess.looking import GO, MAIN, found, of, package, service


@pytest.mark.parametrize(
    ("files", "manager"),
    [({"uv.lock": ""}, "uv"), ({"poetry.lock": ""}, "poetry"), ({"requirements.txt": ""}, "pip"), ({}, None)],
    ids=str,
)
def test_manager_of_python(tmp_path: Path, files: dict[str, str], manager: str | None) -> None:
    text = '[project]\nname = "x"\ndependencies = ["flask"]\n'
    assert of(tmp_path, {"pyproject.toml": text, **files}).get("package_manager") == manager


@pytest.mark.parametrize(
    ("bind", "port"),
    [("'0.0.0.0:9000'", 9000), ('"[::]:9000"', 9000), ("f'0.0.0.0:{X}'", 5001), ("'0.0.0.0:' + os.getenv('PORT', '9000')", 9000), ("'unix:/run/x.sock'", 5001), (None, 5001)],
)  # fmt: skip
def test_what_gunicorn_is_configured_with_counts(tmp_path: Path, bind: str | None, port: int) -> None:
    files = {"requirements.txt": "flask\ngunicorn\n", "wsgi.py": "app.run(port=5001)\n"}
    files |= {"gunicorn.conf.py": f"workers = 2\nbind = {bind}\n"} if bind else {}
    assert of(tmp_path, files)["port"] == port


@pytest.mark.parametrize(
    ("needs", "command"),
    [("pytest", "pytest --junitxml=reports/junit.xml"), ("pytest-django", "pytest --junitxml=reports/junit.xml"), ("x", "python manage.py test")],
)  # fmt: skip
def test_tests_of_django(tmp_path: Path, needs: str, command: str) -> None:
    facts = of(tmp_path, {"requirements.txt": f"django\n{needs}\n", "manage.py": ""})
    assert facts["commands.unit"] == command


def test_pipenv_is_told_and_its_pipfile_names_the_version(tmp_path: Path) -> None:
    detected = found(
        tmp_path, {"Pipfile": '[packages]\nflask = "*"\n\n[requires]\npython_version = "3.12"\n', "app.py": ""}
    )
    shown = {fact.key.partition("].")[2]: (fact.value, fact.path, fact.line) for fact in detected.facts}
    assert (shown["kind"], shown["version"]) == (("web", "Pipfile", 2), ("3.12", "Pipfile", 5))
    assert "package_manager" not in shown
    assert detected.notes == ("Pipfile: pipenv is none of our package managers",)


def test_what_is_needed_by_choice_counts_and_not_what_follows_from_it(tmp_path: Path) -> None:
    facts = of(
        tmp_path, {"requirements.txt": "flask==3\nlocust==2\n", "requirements.in": "locust\n", "locustfile.py": ""}
    )
    assert "kind" not in facts


def test_a_pyproject_that_only_configures_tools_is_no_code(tmp_path: Path) -> None:
    assert "services" not in found(tmp_path, {"pyproject.toml": "[tool.ruff]\nline-length = 1\n"}).raw


@pytest.mark.parametrize(
    ("scripts", "commands"),
    [
        ({"lint": "eslint .", "test": "jest", "build": "tsc"}, ("npm run lint", "npm test", "npm run build")),
        ({}, ("", "", "")),
        ({"test": "vitest --watch"}, ("", "", "")),
        ({"test": "jest --watchAll=false"}, ("", "npm test", "")),
        ({"test": 'echo "Error: no test specified" && exit 1'}, ("", "", "")),
        ({"lint": "eslint --fix ."}, ("", "", "")),
        ({"test": "playwright test"}, ("", "", "")),
        ({"test": 7}, ("", "npm test", "")),
    ],
    ids=str,
)
def test_commands_of_node_are_its_scripts(
    tmp_path: Path, scripts: dict[str, Any], commands: tuple[str, str, str]
) -> None:
    facts = of(tmp_path, {"package.json": package(scripts={"start": "node .", **scripts}), "package-lock.json": ""})
    assert tuple(facts[f"commands.{key}"] for key in ("lint", "unit", "build")) == commands
    assert facts.get("commands.e2e") == ("npm test" if "playwright" in str(scripts) else None)


@pytest.mark.parametrize(
    ("files", "manager"),
    [
        ({"package-lock.json": ""}, "npm"), ({"yarn.lock": ""}, "yarn"), ({"pnpm-lock.yaml": ""}, "pnpm"), ({}, None),
        ({"package-lock.json": "", "yarn.lock": ""}, None), ({"bun.lock": ""}, None),
    ],
    ids=str,
)  # fmt: skip
def test_manager_of_node(tmp_path: Path, files: dict[str, str], manager: str | None) -> None:
    assert of(tmp_path, {"package.json": package(), **files}).get("package_manager") == manager


def test_what_package_json_says_of_its_manager_is_stronger(tmp_path: Path) -> None:
    facts = of(tmp_path, {"package.json": package(packageManager="pnpm@9.1.0"), "yarn.lock": ""})
    assert facts["package_manager"] == "pnpm"


@pytest.mark.parametrize(
    ("configuration", "kind"),
    [("const x = {\n  output: 'export',\n}", "static"), ("const x = {\n  // output: 'export',\n}", "web"), ("const x = { output: 'standalone' }", "web")],
)  # fmt: skip
def test_next_that_exports_is_a_site(tmp_path: Path, configuration: str, kind: str) -> None:
    data = package(dependencies={"next": "15"}, scripts={"build": "next build"})
    detected = found(tmp_path, {"package.json": data, "next.config.mjs": configuration})
    assert (service(detected)["kind"], "port" in service(detected)) == (kind, False)
    (fact,) = [fact for fact in detected.facts if fact.key.endswith("].kind")]
    assert (fact.path, fact.line) == (("next.config.mjs", 2) if kind == "static" else ("package.json", 7))


@pytest.mark.parametrize(
    ("dependencies", "development"),
    [({"nuxt": "3"}, {}), ({"@react-router/serve": "7"}, {"vite": "6"}), ({}, {"@sveltejs/adapter-node": "5", "vite": "6"}), ({"astro": "5", "@astrojs/node": "9"}, {})],
    ids=str,
)  # fmt: skip
def test_a_server_that_a_build_leaves_is_a_service(
    tmp_path: Path, dependencies: dict[str, str], development: dict[str, str]
) -> None:
    data = json.dumps({"scripts": {"build": "x"}, "dependencies": dependencies, "devDependencies": development})
    detected = found(tmp_path, {"api/package.json": package(), "api/index.js": "", "web/package.json": data})
    assert [(s["path"], s["kind"]) for s in detected.raw["services"]] == [("api", "web"), ("web", "web")]


def test_libraries_of_a_workspace_are_no_services(tmp_path: Path) -> None:
    detected = found(tmp_path, {
        "package.json": json.dumps({"workspaces": ["apps/*", "libs/*"]}), "apps/a/package.json": package(),
        "libs/b/package.json": json.dumps({"name": "b", "main": "index.js", "dependencies": {"express": "1"}}), "libs/b/index.js": "",
    })  # fmt: skip
    assert [s["path"] for s in detected.raw["services"]] == ["apps/a"]


@pytest.mark.parametrize(
    ("files", "services"),
    [
        ({"main.go": MAIN}, [("app", "web", 9000)]),
        ({"cmd/api/main.go": MAIN}, [("api", "web", 9000)]),
        (
            {"cmd/a/main.go": MAIN, "cmd/b/main.go": MAIN.replace("9000", "9001")},
            [("a", "web", 9000), ("b", "web", 9001)],
        ),
        ({"cmd/api/main.go": MAIN, "cmd/tool/main.go": "package main"}, [("api", "web", 9000)]),
        ({"lib.go": "package x"}, [("app", None, None)]),
        ({"main.go": MAIN, "x_test.go": MAIN.replace("9000", "1111")}, [("app", "web", 9000)]),
    ],
    ids=str,
)
def test_programs_of_go(
    tmp_path: Path, files: dict[str, str], services: list[tuple[str, str | None, int | None]]
) -> None:
    detected = found(tmp_path, {"go.mod": GO, **files})
    assert [(s["name"], s.get("kind"), s.get("port")) for s in detected.raw["services"]] == services


@pytest.mark.parametrize(
    ("code", "noted"), [("s := grpc.NewServer()", True), ("http.ListenAndServe(x, y)\n\tgrpc.NewServer()", False)]
)
def test_what_serves_grpc_alone_is_told(tmp_path: Path, code: str, noted: bool) -> None:
    detected = found(tmp_path, {"go.mod": GO, "main.go": f"package main\n\nfunc main() {{\n\t{code}\n}}\n"})
    assert detected.notes == (("main.go:4 serves gRPC, and ours asks for health by HTTP",) if noted else ())


def test_projects_of_nx_are_told(tmp_path: Path) -> None:
    files = {"package.json": package(), "nx.json": "{}", "project.json": "{}", "index.js": ""}
    assert found(tmp_path / "alone", files).notes == ()
    more = {f"apps/{name}/project.json": "{}" for name in ("a", "b")}
    assert found(tmp_path / "all", {**files, **more}).notes == (
        "package.json is that of 2 projects of Nx, and was taken for one service",
    )


@pytest.mark.parametrize(
    ("sdk", "kind"), [("Microsoft.NET.Sdk.Web", "web"), ("Microsoft.NET.Sdk.Worker", "worker"), ("Microsoft.NET.Sdk", None)]
)  # fmt: skip
def test_projects_of_dotnet(tmp_path: Path, sdk: str, kind: str | None) -> None:
    text = f'<Project Sdk="{sdk}"><PropertyGroup><TargetFramework>net9.0</TargetFramework></PropertyGroup></Project>'
    facts = of(tmp_path, {"Shop.Api/Shop.Api.csproj": text})
    assert (facts["name"], facts.get("kind"), facts["version"]) == ("shop-api", kind, "9")


@pytest.mark.parametrize(
    ("lines", "port"),
    [('port ENV.fetch("PORT") { 9000 }', 9000), ("port 9000", 9000), ("# port 9000", 3000), ('port ENV.fetch("PORT")', 3000)],
)  # fmt: skip
def test_the_port_of_puma(tmp_path: Path, lines: str, port: int) -> None:
    assert of(tmp_path, {"Gemfile": 'gem "rails"\n', "config/puma.rb": f"{lines}\n"})["port"] == port


def test_crates_of_a_workspace(tmp_path: Path) -> None:
    cargo = '[package]\nname = "{0}"\n[dependencies]\naxum = "1"\n'
    detected = found(tmp_path, {
        "Cargo.toml": '[workspace]\nmembers = ["api", "lib"]\n', "api/Cargo.toml": cargo.format("api"), "api/src/main.rs": "",
        "lib/Cargo.toml": cargo.format("lib"), "lib/src/lib.rs": "", "Cargo.lock": "",
    })  # fmt: skip
    assert [s["path"] for s in detected.raw["services"]] == ["api"]
    assert detected.notes == ("Cargo.lock lies above api, whose image is built from that folder alone",)


@pytest.mark.parametrize(
    ("workspace", "store"),
    [('sqlx = { version = "0.8", features = ["postgres"] }', "postgres"), ('sqlx = "0.8"', None), ("", None)],
)
def test_what_a_workspace_says_of_a_driver(tmp_path: Path, workspace: str, store: str | None) -> None:
    crate = '[package]\nname = "a"\n[dependencies]\nsqlx.workspace = true\n'
    root = f"[workspace]\n[workspace.dependencies]\n{workspace}\n"
    detected = found(tmp_path, {"Cargo.toml": root, "a/Cargo.toml": crate, "a/src/main.rs": ""})
    shown = [(f.value, f.path, f.line) for f in detected.facts if f.key == "data.database"]
    assert shown == ([(store, "Cargo.toml", 3)] if store else [])


def test_a_language_of_others_is_none_of_ours_and_not_python(tmp_path: Path) -> None:
    detected = found(tmp_path, {"composer.json": "{}", "Dockerfile": "FROM php:8\nEXPOSE 9000\n"})
    assert service(detected) == {"name": "app", "language": "other", "path": ".", "port": 9000}


@pytest.mark.parametrize(
    ("files", "language"),
    [
        ({"Gemfile": 'gem "rails"', "package.json": '{"scripts": {"build": "vite build"}, "devDependencies": {"vite": "1"}}'}, "ruby"),
        ({"requirements.txt": "django", "package.json": package()}, "python"),
        ({"composer.json": "{}", "package.json": '{"scripts": {"build": "vite build"}, "devDependencies": {"vite": "1"}}'}, "other"),
        ({"composer.json": "{}", "package.json": package()}, "node"),
        ({"go.mod": GO, "main.go": MAIN, "index.html": ""}, "go"),
        ({"pyproject.toml": "[project]\nname = 'x'\n", "package.json": package()}, "node"),
    ],
    ids=str,
)  # fmt: skip
def test_of_two_languages_in_a_folder_the_one_that_serves(tmp_path: Path, files: dict[str, str], language: str) -> None:
    assert of(tmp_path, files)["language"] == language


def test_what_runs_on_a_device_is_no_service(tmp_path: Path) -> None:
    detected = found(tmp_path, {
        "app/package.json": package(dependencies={"react-native": "1", "express": "1"}), "app/Gemfile": 'gem "rails"\n',
        "app/Dockerfile": "FROM node:22\nEXPOSE 9000\n", "app/index.js": "", "api/package.json": package(),
    })  # fmt: skip
    assert [s["path"] for s in detected.raw["services"]] == ["api"]


def test_examples_tests_and_manuals_are_no_services(tmp_path: Path) -> None:
    places = ("examples/a", "tests/app", "docs", "e2e", "api/testdata/x", "Shop.Tests", "themes/x")
    detected = found(
        tmp_path,
        {f"{place}/package.json": package() for place in places} | {"api/package.json": package(), "docs/index.js": ""},
    )
    assert [s["path"] for s in detected.raw["services"]] == ["api"]
    (note,) = detected.notes
    assert note.startswith(
        "left out, as folders of tests, examples and manuals are: Shop.Tests; api/testdata/x; docs; "
    )
