"""What the files of each language say, and what they do not say for certain."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.assess.looking import found, service

GO = "module x\n\ngo 1.26\n"


def of(root: Path, files: dict[str, str]) -> dict[str, Any]:
    return service(found(root, files))


def package(**more: Any) -> str:
    return json.dumps({"name": "x", "scripts": {"start": "node ."}, "dependencies": {"express": "1"}, **more}, indent=1)


@pytest.mark.parametrize(
    ("files", "path"),
    [
        ({"main.py": "app = FastAPI()\n@app.get('/healthz')\n"}, "/healthz"),
        ({"main.py": "app = FastAPI()\n# @app.get('/healthz')\n"}, None),
        ({"main.py": "app = FastAPI(root_path='/api')\n@app.get('/healthz')\n"}, None),
        ({"main.py": "router = APIRouter()\n@router.get('/healthz')\n"}, None),
        (
            {"api.py": "router = APIRouter()\n@router.get('/healthz')\n", "main.py": "app.include_router(router)\n"},
            "/healthz",
        ),
        (
            {
                "api.py": "router = APIRouter(tags=['x'])\n@router.get('/healthz')\n",
                "main.py": "app.include_router(api.router)\n",
            },
            "/healthz",
        ),
        (
            {
                "api.py": "router = APIRouter()\n@router.get('/healthz')\n",
                "main.py": "app.include_router(router, prefix='/v1')\n",
            },
            None,
        ),
        (
            {
                "api.py": "router = APIRouter(prefix='/v1')\n@router.get('/healthz')\n",
                "main.py": "app.include_router(router)\n",
            },
            None,
        ),
        (
            {
                "api.py": "router = APIRouter()\n@router.get('/healthz')\n",
                "main.py": "app.include_router(x.router)\napp.mount('/v1', other)\n",
            },
            None,
        ),
        (
            {
                "health.py": "router = APIRouter()\n@router.get('/live')\n",
                "main.py": "from health import router as a\napp.include_router(a)\napp.include_router(b, prefix='/v1')\n",
            },
            "/live",
        ),
        (
            {
                "health.py": "router = APIRouter(prefix='/health')\n@router.get('')\n",
                "pay.py": "router = APIRouter()\n",
                "main.py": "from x import (\n  health, pay)\napp.include_router(health.router)\n",
            },
            "/health",
        ),
        (
            {
                "health.py": "bp = Blueprint('x', __name__)\n@bp.route('/live')\n",
                "main.py": "from .health import bp\ndef f(app):\n  app.register_blueprint(bp)\n",
            },
            "/live",
        ),
        (
            {
                "health.py": "bp = Blueprint('x', __name__)\n@bp.route('/')\n",
                "main.py": "app.register_blueprint(health.bp, url_prefix='/health')\n",
            },
            "/health/",
        ),
        (
            {
                "a.py": "api = APIRouter()\napi.include_router(h, dependencies=[Depends(x)], prefix='/health')\n",
                "h.py": "h = APIRouter()\n@h.get('')\n",
                "main.py": "app.include_router(api, prefix='/api')\n",
            },
            "/api/health",
        ),
        ({"h.py": "h = APIRouter()\n@h.get('/health')\n", "main.py": "app.include_router(h, prefix=V1)\n"}, None),
        ({"h.py": "h = APIRouter()\n@h.get('/health')\n", "main.py": "app.include_router(h, prefix=f'/{x}')\n"}, None),
        (
            {
                "h.py": "h = APIRouter()\n@h.get('/health')\n",
                "main.py": "app = FastAPI(root_path='/x')\napp.include_router(h)\n",
            },
            None,
        ),
        (
            {
                "a.py": "r = APIRouter()\n",
                "b.py": "r = APIRouter()\n@r.get('/health')\n",
                "main.py": "app.include_router(r)\n",
            },
            None,
        ),
        ({"main.py": "app = web.Application()\napp.router.add_get('/healthz', h)\n"}, "/healthz"),
        ({"main.py": "sub = web.Application()\nsub.router.add_get('/healthz', h)\n"}, None),
        ({"main.py": "api = APIRouter(prefix='/v1')\n@api.get('/healthz')\n"}, None),
        ({"main.py": "@app.route('/health')\n@app.get('/healthz')\n@app.get('/ready')\n"}, "/healthz"),
        ({"main.py": "@app.get('/health/{name}')\n"}, None),
        ({"tests/main.py": "@app.get('/healthz')\n"}, None),
        ({"main.py": "requests.get('/healthz')\n"}, None),
    ],
    ids=str,
)
def test_health_of_python(tmp_path: Path, files: dict[str, str], path: str | None) -> None:
    assert of(tmp_path, {"requirements.txt": "fastapi\n", **files}).get("health_path") == path


@pytest.mark.parametrize(
    ("wanted", "version"),
    [("==3.12.*", "3.12"), (">=3.10,<3.13", "3.12"), (">=3.10,<=3.12", "3.12"), ("~=3.12.1", "3.12"), (">=3.11", None),
     ("^3.11", None), (">=3.11,<4", None), ("<3.99", None), ("", None), ("garbage", None)],
)  # fmt: skip
def test_version_of_python(tmp_path: Path, wanted: str, version: str | None) -> None:
    text = f'[project]\nname = "x"\nrequires-python = "{wanted}"\ndependencies = ["flask"]\n'
    assert of(tmp_path, {"pyproject.toml": text}).get("version") == version


@pytest.mark.parametrize(
    ("files", "version"),
    [
        ({"runtime.txt": "python-3.12.7\n"}, "3.12"),
        ({"runtime.txt": "python-3.12.7\n", ".python-version": "3.13\n"}, "3.13"),
        ({"runtime.txt": "nodejs\n"}, None),
    ],
    ids=str,
)
def test_version_files_of_python(tmp_path: Path, files: dict[str, str], version: str | None) -> None:
    assert of(tmp_path, {"requirements.txt": "flask\n", **files}).get("version") == version


@pytest.mark.parametrize(
    ("files", "manager"),
    [({"uv.lock": ""}, "uv"), ({"poetry.lock": ""}, "poetry"), ({"requirements.txt": ""}, "pip"), ({}, None)],
    ids=str,
)
def test_manager_of_python(tmp_path: Path, files: dict[str, str], manager: str | None) -> None:
    text = '[project]\nname = "x"\ndependencies = ["flask"]\n'
    assert of(tmp_path, {"pyproject.toml": text, **files}).get("package_manager") == manager


@pytest.mark.parametrize(
    "code",
    [
        "PrometheusMetrics(app)",
        "Instrumentator().instrument(app).expose(app)",
        "x.expose(app, include_in_schema=False)",
    ],
)
def test_metrics_of_python(tmp_path: Path, code: str) -> None:
    assert (
        of(tmp_path, {"requirements.txt": "flask\n", "main.py": f"app = Flask()\n{code}\n"})["metrics_path"]
        == "/metrics"
    )


def test_metrics_that_python_puts_elsewhere_are_not_the_usual(tmp_path: Path) -> None:
    facts = of(tmp_path, {"requirements.txt": "fastapi\n", "main.py": "x.expose(app, endpoint='/x')\n"})
    assert "metrics_path" not in facts


@pytest.mark.parametrize(
    ("bind", "port"),
    [("'0.0.0.0:9000'", 9000), ('"[::]:9000"', 9000), ("f'0.0.0.0:{X}'", 5001), ("'0.0.0.0:' + os.getenv('PORT', '9000')", 9000), ("'unix:/run/x.sock'", 5001), (None, 5001)],
)  # fmt: skip
def test_what_gunicorn_is_configured_with_counts(tmp_path: Path, bind: str | None, port: int) -> None:
    files = {"requirements.txt": "flask\ngunicorn\n", "wsgi.py": "app.run(port=5001)\n"}
    files |= {"gunicorn.conf.py": f"workers = 2\nbind = {bind}\n"} if bind else {}
    assert of(tmp_path, files)["port"] == port


@pytest.mark.parametrize(
    ("command", "port"),
    [
        ("uvicorn a:app", 8000),
        ("gunicorn a:app", 8000),
        ("uvicorn a:app --port 9000", 9000),
        ("python a.py", 5001),
        ("./start", 5001),
    ],
)
@pytest.mark.parametrize("code", ["uvicorn.run(app, port=5001)", "app.run(port=os.getenv('PORT', 5001))"])
def test_what_a_server_loads_does_not_say_where_it_listens(tmp_path: Path, command: str, port: int, code: str) -> None:
    files = {"requirements.txt": "fastapi\n", "a.py": f"{code}\n", "Dockerfile": f"FROM x\nCMD {command}\n"}
    assert of(tmp_path, files)["port"] == port


@pytest.mark.parametrize(
    ("needs", "command"),
    [("pytest", "pytest --junitxml=reports/junit.xml"), ("pytest-django", "pytest --junitxml=reports/junit.xml"), ("x", "python manage.py test")],
)  # fmt: skip
def test_tests_of_django(tmp_path: Path, needs: str, command: str) -> None:
    facts = of(tmp_path, {"requirements.txt": f"django\n{needs}\n", "manage.py": ""})
    assert facts["commands.unit"] == command


@pytest.mark.parametrize(
    ("route", "path"),
    [("'healthz/', v", "/healthz/"), ("r'^healthz/$', v", "/healthz/"), ("'health/', include('health_check.urls')", "/health/"), ("'health/', include('app.urls')", None)],
)  # fmt: skip
def test_health_of_django(tmp_path: Path, route: str, path: str | None) -> None:
    files = {"manage.py": "", "shop/settings.py": "", "shop/urls.py": f"urlpatterns = [\n    path({route}),\n]\n"}
    assert of(tmp_path, {"requirements.txt": "django\n", **files}).get("health_path") == path


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
    ("engines", "version"), [("22", "22"), ("22.x", "22"), ("^22.1.0", "22"), (">=22 <23", "22"), (">=20", None), (">=20 <25", None), ("*", None)]
)  # fmt: skip
def test_version_of_node(tmp_path: Path, engines: str, version: str | None) -> None:
    assert of(tmp_path, {"package.json": package(engines={"node": engines})}).get("version") == version


@pytest.mark.parametrize(
    ("more", "version", "at"),
    [
        ({}, "20", ("a/package.json", 1)), ({".nvmrc": "24\n"}, "24", (".nvmrc", 1)),
        ({".tool-versions": "ruby 3.4.1\nnodejs 22.1.0\n"}, "22", (".tool-versions", 2)),
        ({".tool-versions": "# nodejs 22\nnodejs lts\nnodejs 22x\n"}, "20", ("a/package.json", 1)),
        ({".tool-versions": "nodejs 22\n", "a/.nvmrc": "24\n"}, "24", ("a/.nvmrc", 1)),
        ({"mise.toml": "[env]\nX = '1'\n[tools]\nnode = '22.1'\n"}, "22", ("mise.toml", 4)),
        ({".mise.toml": '[tools]\n"core:node" = ["22", "20"]\n'}, "22", (".mise.toml", 2)),
        ({"mise.toml": '[tools]\nnode = {version = "22", x = 1}\n'}, "22", ("mise.toml", 2)),
        ({"mise.toml": "[tools]\nnode = 'lts'\n[env]\nnode = '22'\n"}, "20", ("a/package.json", 1)),
        ({"mise.toml": "tools = 7\n", ".mise.toml": "[tools]\nnode = []\n"}, "20", ("a/package.json", 1)),
        ({"mise.toml": "[tools]\nnode = '20'\n", ".tool-versions": "nodejs 22\n"}, "22", (".tool-versions", 1)),
    ],
    ids=str,
)  # fmt: skip
def test_version_files_of_tools(tmp_path: Path, more: dict[str, str], version: str, at: tuple[str, int]) -> None:
    data = json.dumps({"scripts": {"start": "x"}, "dependencies": {"express": "5"}, "volta": {"node": "20.1.0"}})
    (fact,) = [f for f in found(tmp_path, {"a/package.json": data, **more}).facts if f.key.endswith("].version")]
    assert (fact.value, (fact.path, fact.line)) == (version, at)


@pytest.mark.parametrize(
    ("files", "line", "version"),
    [
        ({"requirements.txt": "flask"}, "python 3.12.7 3.11.1", "3.12"), ({"go.mod": GO, "main.go": "package main"}, "golang 1.25.1", "1.25"),
        ({"Gemfile": "gem 'rails'"}, "ruby 3.4.1", "3.4.1"), ({"pom.xml": "<project/>"}, "java temurin-21.0.2+13.0.LTS", "21"),
    ],
    ids=str,
)  # fmt: skip
def test_tools_of_each_language(tmp_path: Path, files: dict[str, str], line: str, version: str) -> None:
    facts = found(tmp_path, {**files, ".tool-versions": f"x 1\n{line}\n"}).facts
    fact = next(fact for fact in facts if fact.key.endswith("].version"))
    assert fact.value == version


@pytest.mark.parametrize(
    ("code", "port", "health"),
    [
        ("app.listen(9000)\napp.get('/health', x)", 9000, "/health"),
        ("app.listen(process.env.PORT ?? 9000)", 9000, None),
        ("fastify.listen({ host: '::', port: 9000 })", 9000, None),
        ("const router = Router()\nrouter.get('/health', x)", None, None),
        ("module.exports = (app) => { app.get('/health', x) }", None, None),
        ("export default async function (fastify) { fastify.get('/health', x) }", None, None),
        ("// app.listen(9000)\n * app.get('/health')", None, None),
        ("app.get(`/health/${x}`)", None, None),
        ("app.listen(9000)\nother.listen(9001)", None, None),
        ("app.listen(9000)\nmetrics.listen(9001)", 9000, None),
        ("connect(process.env.DB_PORT || 5432)", None, None),
        ("app.listen(process.env.APP_PORT || 9000)", 9000, None),
        ("app.listen(config.get<number>('PORT', 9000))", 9000, None),
        ("app.listen({ port: Number(process.env.PORT) || 9000 })", 9000, None),
        ("const port = parseInt(process.env.PORT, 10) || 9000", 9000, None),
        ("app.use('/health', router)", None, None),
        ("app.get('/health', x)\nmodule.exports = app;", None, "/health"),
        ("const app = new Hono()\napp.get('/health', x)\nexport default app;", None, "/health"),
        ("const a = express()\nconst app = express()\napp.get('/health', x)\nmodule.exports = app;", None, "/health"),
        ("app.get('/', x)", None, None),
    ],
    ids=str,
)
def test_code_of_node(tmp_path: Path, code: str, port: int | None, health: str | None) -> None:
    facts = of(tmp_path, {"package.json": package(), "server.js": code})
    assert (facts.get("port"), facts.get("health_path")) == (port, health)


ROUTER = "const router = require('express').Router()\nrouter.get('/', x)\nmodule.exports = router\n"
NAMED = "export const healthRouter: Router = Router();\nhealthRouter.get('/', x)\n"


@pytest.mark.parametrize(
    ("files", "path"),
    [
        ({"app.js": "app.use('/health', require('./routes/health'))", "routes/health.js": ROUTER}, "/health"),
        ({"app.js": "app.use('/health', auth, log(), require('./health'))", "health/index.js": ROUTER}, "/health"),
        ({"app.js": "const h = require('./health.routes')\napp.use('/health', h)", "health.routes.js": ROUTER}, "/health"),
        ({"app.ts": "import { healthRouter } from './x/health.js'\napp.use('/health', healthRouter)", "x/health.ts": NAMED}, "/health"),
        ({"app.ts": "import { healthRouter } from './x'\napp.use(healthRouter)", "x.ts": NAMED.replace("'/'", "'/live'")}, "/live"),
        ({"app.ts": "app.use('/health', healthRouter)", "a.ts": NAMED}, "/health"),
        ({"app.ts": "app.use('/health', healthRouter)", "a.ts": NAMED, "b.ts": NAMED}, None),
        ({"app.js": f"{ROUTER}app.use('/health', router)"}, "/health"),
        ({"app.js": "app.use('/api', require('./api'))", "api.js": "const api = Router()\napi.use('/health', require('./health'))", "health.js": ROUTER}, "/api/health"),
        ({"src/app.js": "app.use('/health', require('./a/b'))", "src/a/b.js": ROUTER, "a/b.js": "", "src/a/b/c.js": ROUTER, "x/a/b.js": ROUTER}, "/health"),
        ({"app.js": "app.use('/v1', require('./health'))", "health.js": ROUTER.replace("'/'", "'/health'")}, None),
        ({"app.js": "app.use(`/${V}`, require('./health'))", "health.js": ROUTER.replace("'/'", "'/health'")}, None),
        ({"app.js": "app.use(PREFIX, require('./health'))", "health.js": ROUTER.replace("'/'", "'/health'")}, None),
        ({"app.js": "// app.use('/health', require('./health'))", "health.js": ROUTER}, None),
        ({"app.js": "app.use('/health', require('./other'))", "health.js": ROUTER, "other.js": ""}, None),
        ({"app.js": "app.use('/health', require('./health'))", "health.js": ROUTER.replace("get", "post")}, None),
        ({"app.js": "app.use('/health', require('./health'))", "health.js": f"{ROUTER}router.use('/x', router)\n"}, "/health"),
        (
            {"app.js": "const app = express()\napp.use('/a', require('./b'))", "b.js":
             "const app = express()\napp.get('/health', x)\nmodule.exports = app\n"},
            None,
        ),
    ],
    ids=str,
)  # fmt: skip
def test_routers_of_express(tmp_path: Path, files: dict[str, str], path: str | None) -> None:
    assert of(tmp_path, {"package.json": package(), **files}).get("health_path") == path


PLUGIN = "export default async function (fastify, options) {\n  fastify.get('/', x)\n}\n"


@pytest.mark.parametrize(
    ("files", "path"),
    [
        ({"app.js": "fastify.register(require('./health'), { prefix: '/health' })", "health.js": PLUGIN}, "/health"),
        ({"app.ts": "import h from './routes/health.js'\nawait app.register(h, { prefix: '/health' })", "routes/health.ts": PLUGIN}, "/health"),
        ({"app.ts": "app.register(cors)\napp.register(healthRoutes)", "a.ts": "export async function healthRoutes(app: FastifyInstance) {\n  app.get('/health', x)\n}"}, None),
        ({"app.ts": "import { healthRoutes } from './a'\napp.register(healthRoutes)", "a.ts": "export async function healthRoutes(app: FastifyInstance) {\n  app.get('/health', x)\n}"}, "/health"),
        ({"app.ts": "import { healthRoutes } from './a'\napp.register(healthRoutes, {prefix: V1})", "a.ts": "export async function healthRoutes(app: FastifyInstance) {\n  app.get('/health', x)\n}"}, None),
        ({"app.js": "app.register(require('./v1'), { prefix: '/v1' })", "v1.js": "module.exports = async (app) => {\n  app.register(require('./health'))\n}", "health.js": PLUGIN.replace("'/'", "'/health'")}, None),
        ({"app.js": "app.register(require('./api'), { prefix: '/api' })", "api.js": "module.exports = async (app) => {\n  app.register(require('./health'))\n}", "health.js": PLUGIN.replace("'/'", "'/health'")}, "/api/health"),
    ],
    ids=str,
)  # fmt: skip
def test_plugins_of_fastify(tmp_path: Path, files: dict[str, str], path: str | None) -> None:
    assert of(tmp_path, {"package.json": package(dependencies={"fastify": "5"}), **files}).get("health_path") == path


def test_applications_of_hono(tmp_path: Path) -> None:
    main = "import health from './health'\nconst app = new Hono()\napp.route('/health', health)\nexport default app\n"
    sub = "const health = new Hono()\nhealth.get('/', x)\nexport default health\n"
    files = {"package.json": package(dependencies={"hono": "4"}), "src/index.ts": main}
    assert (
        of(tmp_path / "a", {**files, "src/health.ts": sub.replace("new Hono", "new Thing")}).get("health_path") is None
    )
    assert of(tmp_path / "b", {**files, "src/health.ts": sub})["health_path"] == "/health"


@pytest.mark.parametrize(
    ("files", "path"),
    [
        ({"app/api/health/route.ts": ""}, "/api/health"), ({"pages/api/healthz.js": ""}, "/api/healthz"),
        ({"src/app/health/route.js": ""}, "/health"), ({"app/health/page.tsx": ""}, None),
        ({"app/api/health/route.ts": "", "next.config.js": "module.exports = {basePath: '/x'}"}, None),
    ],
    ids=str,
)  # fmt: skip
def test_routes_of_next(tmp_path: Path, files: dict[str, str], path: str | None) -> None:
    data = package(dependencies={"next": "15"}, scripts={"start": "next start"})
    facts = of(tmp_path, {"package.json": data, **files})
    assert (facts["port"], facts.get("health_path")) == (3000, path)


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
    ("main", "controller", "path"),
    [
        ("", "@Controller('health')\nclass H {\n  @Get()\n}", "/health"),
        ("", "@Controller('health')\nclass H {\n  @Get('live')\n}", "/health/live"),
        ("", "@Controller()\nclass H {\n  @Get('healthz')\n}", "/healthz"),
        ("", "@Controller('health')\nclass H {\n  @Post()\n}", None),
        ("", "@Controller({path: 'health'})\nclass H {\n  @Get()\n}", None),
        ("", "@Controller('health')\n@Controller({path: 'x'})\n  @Get()\n}", None),
        ("", "// @Controller('health')\n// @Get()", None),
        ("app.setGlobalPrefix('api')", "@Controller('health')\nclass H {\n  @Get()\n}", "/api/health"),
        ("app.setGlobalPrefix('v1')", "@Controller('health')\nclass H {\n  @Get()\n}", None),
        ("app.setGlobalPrefix(x)", "@Controller('health')\nclass H {\n  @Get()\n}", None),
        ("app.setGlobalPrefix('api', {exclude: x})", "@Controller('health')\nclass H {\n  @Get()\n}", None),
        ("app.enableVersioning()", "@Controller('health')\nclass H {\n  @Get()\n}", None),
    ],
)
def test_controllers_of_nest(tmp_path: Path, main: str, controller: str, path: str | None) -> None:
    facts = of(tmp_path, {
        "package.json": package(dependencies={"@nestjs/core": "11"}), "src/main.ts": main, "src/health.ts": controller,
    })  # fmt: skip
    assert facts.get("health_path") == path


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


MAIN = "package main\n\nfunc main() {\n\thttp.ListenAndServe(\":9000\", nil)\n}\n"  # fmt: skip


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
    ("code", "path"),
    [
        ('http.HandleFunc("/healthz", x)', "/healthz"), ('mux.HandleFunc("GET /healthz", x)', "/healthz"),
        ('r := gin.Default()\n\tr.GET("/ping", x)', "/ping"), ('g := r.Group("/api")\n\tg.GET("/live", y)\n\tr.GET("/healthz", x)', "/healthz"),
        ('r = r.Group("/api")\n\tr.GET("/healthz", x)', None), ('s := x.PathPrefix("/a").Subrouter()\n\ts.Handle("/healthz", x)', None),
        ('func a(r *gin.RouterGroup) {\n\tr.GET("/healthz", x)\n}', None), ('r.Mount("/a", b())\n\tr.Get("/healthz", x)', None),
        ('r.Route("/v1", func(r chi.Router) {\n\tr.Get("/a/{b}", x)\n\tr.Get("/health", x)\n})\n\tr.Get("/ping", x)', "/ping"),
        ('r.Route("/v1", func(r chi.Router) {\n\tr.Route("/v2", func(r chi.Router) { x() })\n\tr.Get("/health", x)', None),
        ('r.Route("/v1", routes)\n\tr.Get("/healthz", x)', None), ('r.Group(func(r chi.Router) { r.Get("/healthz", x) })', "/healthz"),
        ('http.Get("/healthz")', None), ('r.GET("/healthz/:x", y)', None),
    ],
    ids=str,
)  # fmt: skip
def test_health_of_go(tmp_path: Path, code: str, path: str | None) -> None:
    text = f"package main\n\nfunc main() {{\n\t{code}\n\thttp.ListenAndServe(x, nil)\n}}\n"
    assert of(tmp_path, {"go.mod": GO, "main.go": text}).get("health_path") == path


@pytest.mark.parametrize(
    ("code", "port"),
    [
        ('go http.ListenAndServe("localhost:6060", nil)\n\thttp.ListenAndServe(":9000", nil)', 9000),
        ('go http.ListenAndServe(":9090", promhttp.Handler())\n\thttp.ListenAndServe(":9000", nil)', 9000),
        ('port := os.Getenv("PORT")\n\tif port == "" {\n\t\tport = "9000"\n\t}', 9000),
        ('flag.IntVar(&cfg.port, "port", 9000, "x")', 9000), ('addr := flag.String("addr", ":9000", "x")', 9000),
        ('flag.String("db-addr", ":9000", "x")', None), ('flag.String("addr", "", "x")', None), ('flag.Int("metrics", 9000, "x")', None),
        ('port = "9000"', None), ('getenv("DB_PORT", "5432")', None), ('getenv("HTTP_PORT", "9000")', 9000),
    ],
    ids=str,
)  # fmt: skip
def test_port_of_go(tmp_path: Path, code: str, port: int | None) -> None:
    text = f"package main\n\nfunc main() {{\n\t{code}\n\thttp.ListenAndServe(x, nil)\n}}\n"
    assert of(tmp_path, {"go.mod": GO, "main.go": text}).get("port") == port


@pytest.mark.parametrize(
    ("code", "noted"), [("s := grpc.NewServer()", True), ("http.ListenAndServe(x, y)\n\tgrpc.NewServer()", False)]
)
def test_what_serves_grpc_alone_is_told(tmp_path: Path, code: str, noted: bool) -> None:
    detected = found(tmp_path, {"go.mod": GO, "main.go": f"package main\n\nfunc main() {{\n\t{code}\n}}\n"})
    assert detected.notes == (("main.go:4 serves gRPC, and ours asks for health by HTTP",) if noted else ())


def test_a_toolchain_says_more_than_the_least_that_is_needed(tmp_path: Path) -> None:
    facts = found(tmp_path, {"go.mod": f"{GO.replace('1.26', '1.25.0')}\ntoolchain go1.26.1\n", "main.go": MAIN}).facts
    assert [(f.value, f.others) for f in facts if f.key.endswith("].version")] == [("1.26", ())]


def test_an_old_line_in_go_mod_is_only_the_least_that_it_needs(tmp_path: Path) -> None:
    assert "version" not in of(tmp_path, {"go.mod": "module x\n\ngo 1.15\n", "main.go": MAIN})


SPRING = """
<project>
  <properties><java.version>21</java.version></properties>
  <dependencies>
    <dependency><artifactId>spring-boot-starter-web</artifactId></dependency>
    <dependency><artifactId>spring-boot-starter-actuator</artifactId></dependency>
  </dependencies>
  <build><plugins><plugin><artifactId>spring-boot-maven-plugin</artifactId></plugin></plugins></build>
</project>
"""


@pytest.mark.parametrize(
    ("name", "text", "port", "health"),
    [
        ("application.properties", "", 8080, "/actuator/health"),
        ("application.properties", "server.port=9000\n", 9000, "/actuator/health"),
        ("application.properties", "# server.port=9000\n", 8080, "/actuator/health"),
        ("application.properties", "server.port=${PORT:9000}\n", 9000, "/actuator/health"),
        ("application.properties", "server.port=${PORT}\n", 8080, "/actuator/health"),
        ("application.properties", "management.server.port=9001\n", 8080, None),
        (
            "application.yml",
            "server:\n  port: 9000\n  servlet: {context-path: /shop/}\n",
            9000,
            "/shop/actuator/health",
        ),
        ("application.yaml", "management: {endpoints: {web: {base-path: /manage}}}\n", 8080, "/manage/health"),
        ("application.yml", "server: [\n", 8080, "/actuator/health"),
        ("application.yaml", "ktor: {deployment: {port: 9000}}\n", 9000, "/actuator/health"),
        ("application-dev.yml", "server: {port: 9000}\n", 8080, "/actuator/health"),
    ],
    ids=str,
)
def test_configuration_of_spring(tmp_path: Path, name: str, text: str, port: int, health: str | None) -> None:
    facts = of(tmp_path, {"pom.xml": SPRING, f"src/main/resources/{name}": text})
    assert (facts["port"], facts.get("health_path"), facts["version"]) == (port, health, "21")


@pytest.mark.parametrize("language", ["gradle", "kotlin"])
def test_a_plugin_that_is_only_named_for_others_makes_no_service(tmp_path: Path, language: str) -> None:
    name = "build.gradle" if language == "gradle" else "build.gradle.kts"
    build = 'plugins {\n  id("org.springframework.boot") version "3.4.0" apply false\n}\n'
    detected = found(tmp_path, {
        name: build, "settings.gradle": "include 'a', 'b'\n", f"a/{name}": build.replace(" apply false", ""), f"b/{name}": "",
    })  # fmt: skip
    assert [s["path"] for s in detected.raw["services"]] == ["a"]


CATALOG = """
[versions]
jdk = "21"
[libraries]
web = { module = "org.springframework.boot:spring-boot-starter-web" }
actuator = { group = "org.springframework.boot", name = "spring-boot-starter-actuator" }
db-postgres = "org.postgresql:postgresql:42"
[bundles]
server = ["web", "actuator"]
[plugins]
spring_boot = { id = "org.springframework.boot", version = "3.4.0" }
format = "com.diffplug.spotless:7.0.0"
"""
BUILD = (
    "plugins {\n    alias(libs.plugins.spring.boot)\n    alias(libs.plugins.format)\n}\n"
    "kotlin { jvmToolchain(libs.versions.jdk.get().toInt()) }\n"
    "dependencies {\n    implementation(libs.bundles.server)\n    implementation(libs.db.postgres)\n}\n"
)


@pytest.mark.parametrize("catalog", [CATALOG, "", "plugins = 7\nlibraries = []\n[bundles]\nserver = 7\n", "[x"])
def test_a_catalog_says_what_a_build_file_needs(tmp_path: Path, catalog: str) -> None:
    detected = found(tmp_path, {
        "gradle/libs.versions.toml": catalog, "api/build.gradle.kts": BUILD, "api/src/main/java/A.java": "@SpringBootApplication\n",
    })  # fmt: skip
    shown = {fact.key.rpartition("].")[2]: (fact.value, fact.line) for fact in detected.facts}
    assert {key: shown.get(key) for key in ("kind", "version", "health_path", "commands.lint", "data.database")} == (
        {
            "kind": ("web", 7), "version": ("21", 5), "health_path": ("/actuator/health", 7),
            "commands.lint": ("./gradlew --no-daemon spotlessCheck", 3), "data.database": ("postgres", 0),
        } if catalog == CATALOG else {"kind": None, "version": None, "health_path": None, "commands.lint": ("", 0), "data.database": None}
    )  # fmt: skip


def test_an_alias_that_is_only_named_for_others_makes_no_service(tmp_path: Path) -> None:
    build = "plugins { alias(libs.plugins.spring.boot) apply false }\n"
    files = {
        "gradle/libs.versions.toml": CATALOG,
        "a/build.gradle": build.replace(" apply false", ""),
        "b/build.gradle": build,
    }
    assert [s["path"] for s in found(tmp_path, files).raw["services"]] == ["a"]


@pytest.mark.parametrize(
    ("above", "notes"),
    [
        ("<project><artifactId>all</artifactId></project>", ("pom.xml lies above a, whose image is built from that folder alone",)),
        ("<project><artifactId>other</artifactId></project>", ()), ("<project/>", ()),
    ],
)  # fmt: skip
def test_a_parent_above_a_module_is_told(tmp_path: Path, above: str, notes: tuple[str, ...]) -> None:
    module = SPRING.replace("<project>", "<project><parent><artifactId>all</artifactId></parent>")
    detected = found(tmp_path, {"pom.xml": above.replace("<project>", "<project><modules/>"), "a/pom.xml": module})
    assert [s["path"] for s in detected.raw["services"]] == ["a"]
    assert detected.notes == notes


def test_projects_of_nx_are_told(tmp_path: Path) -> None:
    files = {"package.json": package(), "nx.json": "{}", "project.json": "{}", "index.js": ""}
    assert found(tmp_path / "alone", files).notes == ()
    more = {f"apps/{name}/project.json": "{}" for name in ("a", "b")}
    assert found(tmp_path / "all", {**files, **more}).notes == (
        "package.json is that of 2 projects of Nx, and was taken for one service",
    )


def test_a_wrapper_above_a_module_is_told(tmp_path: Path) -> None:
    detected = found(tmp_path, {"gradlew": "", "a/build.gradle": "plugins { id 'org.springframework.boot' }\n"})
    assert detected.notes == ("gradlew lies above a, whose image is built from that folder alone",)


@pytest.mark.parametrize(
    ("files", "path"),
    [
        ({"A.java": '@RestController\nclass A {\n  @GetMapping("/healthz")\n  x\n}'}, "/healthz"),
        ({"A.kt": '@RestController\nclass A {\n  @GetMapping(value = ["/healthz"], produces = ["x"])\n  x\n}'}, "/healthz"),
        ({"A.java": '@RestController\nclass A {\n  @RequestMapping(path = "healthz", method = RequestMethod.GET)\n}'}, "/healthz"),
        ({"A.java": '@RestController\nclass A {\n  @RequestMapping(path = "healthz", method = RequestMethod.POST)\n}'}, None),
        ({"A.java": '@RestController\n@RequestMapping("/health")\nclass A {\n  @GetMapping\n  x\n}'}, "/health"),
        ({"A.java": '@RestController @RequestMapping("/api")\nclass A {\n  @GetMapping("/health")\n}'}, "/api/health"),
        ({"A.java": '@RestController\n@RequestMapping("/v1")\nclass A {\n  @GetMapping("/health")\n}'}, None),
        ({"A.java": '@RestController\n@RequestMapping(V1)\nclass A {\n  @GetMapping("/health")\n}'}, None),
        ({"A.java": '@RestController\n// @RequestMapping("/v1")\nclass A {\n  @GetMapping("/health")\n}'}, "/health"),
        ({"A.java": '@RestController\nclass A {\n  // @GetMapping("/healthz")\n}'}, None),
        ({"A.java": '@RestController\nclass A {\n  @GetMapping("/health/{id}")\n}'}, None),
        ({"A.java": '@FeignClient\ninterface A {\n  @GetMapping("/healthz")\n}'}, None),
        ({"A.java": '@RestController\nclass A {\n  @GetMapping("/healthz")\n}', "B.java": "c.addPathPrefix(x)"}, None),
        ({"A.java": '@RestController\nclass A {\n  @GetMapping("/live")\n}', "../resources/application.yml": "server.servlet.context-path: /a/"}, "/a/live"),
        ({"A.java": '@RestController\nclass A {\n  @GetMapping("/live")\n}', "../resources/application.properties": "spring.mvc.servlet.path=${X}"}, None),
    ],
    ids=str,
)  # fmt: skip
def test_controllers_of_spring(tmp_path: Path, files: dict[str, str], path: str | None) -> None:
    pom = SPRING.replace("<dependency><artifactId>spring-boot-starter-actuator</artifactId></dependency>", "")
    facts = of(tmp_path, {"pom.xml": pom, **{f"src/main/java/{name}": text for name, text in files.items()}})
    assert facts.get("health_path") == path


@pytest.mark.parametrize(
    ("code", "configuration", "port", "health"),
    [
        ('routing {\n  get("/health") { x }\n}', "ktor {\n  deployment {\n    port = 9000 # x\n    port = ${?PORT}\n  }\n}\n", 9000, "/health"),
        ('routing { get("health") { x } }', "ktor.deployment.port = 9000\n", 9000, "/health"),
        ('route("/v1") { get("/health") { x } }\nget("/ping") { x }', "ktor = {\n} }\n{\n", None, "/ping"),
        ('fun Route.a() { get("/health") { x } }', "// port = 1\n", None, None),
        ('client.get("/health") { x }', "port = 9000\n", None, None),
        ('get("/health") { x }', 'ktor {\n  deployment {\n    rootPath = "/x"\n  }\n}\n', None, None),
    ],
    ids=str,
)  # fmt: skip
def test_code_and_configuration_of_ktor(
    tmp_path: Path, code: str, configuration: str, port: int | None, health: str | None
) -> None:
    build = 'plugins { id("io.ktor.plugin") }\ndependencies { implementation("io.ktor:ktor-server-netty") }\n'
    facts = of(tmp_path, {
        "build.gradle.kts": build, "src/main/kotlin/A.kt": f"fun Application.module() {{\n{code}\n}}\n",
        "src/main/resources/application.conf": configuration,
    })  # fmt: skip
    assert (facts.get("port"), facts.get("health_path")) == (port, health)


def test_a_package_called_example_is_code(tmp_path: Path) -> None:
    code = '@RestController\nclass A {\n  @GetMapping("/healthz")\n  static void main(String[] a) {}\n}'
    pom = SPRING.partition("<build>")[0] + "</project>"
    assert of(tmp_path, {"pom.xml": pom, "src/main/java/com/example/A.java": code})["health_path"] == "/healthz"


def test_what_needs_a_server_and_has_no_beginning_is_a_library(tmp_path: Path) -> None:
    library = SPRING.partition("<build>")[0] + "</project>"
    main = "@SpringBootApplication\nclass App {}\n"
    detected = found(tmp_path, {
        "pom.xml": "<project><modules><module>a</module></modules><build><plugin><artifactId>spring-boot-maven-plugin</artifactId></plugin></build></project>",
        "shop-a/pom.xml": library, "shop-a/src/main/java/App.java": main, "shop-b/pom.xml": library, "shop-c/pom.xml": library,
        "shop-b/src/main/java/B.java": "class B { public static void main(String[] a) {} }\n",
    })  # fmt: skip
    assert [(s["name"], s["path"]) for s in detected.raw["services"]] == [("a", "shop-a"), ("b", "shop-b")]


def test_what_a_pom_excludes_is_not_needed(tmp_path: Path) -> None:
    excluded = "<dependency><artifactId>x</artifactId><exclusions><exclusion><artifactId>jedis</artifactId></exclusion></exclusions></dependency>"
    pom = SPRING.replace("<dependencies>", f"<dependencies>{excluded}")
    assert "data" not in found(tmp_path, {"pom.xml": pom}).raw


def test_the_dockerfiles_of_quarkus_are_those_of_their_module(tmp_path: Path) -> None:
    pom = "<project><plugin><artifactId>quarkus-maven-plugin</artifactId></plugin><artifactId>quarkus-rest</artifactId></project>"
    files = {f"src/main/docker/Dockerfile.{name}": "FROM x\nEXPOSE 9000\n" for name in ("jvm", "native")}
    for place in ("", "shop/"):
        detected = found(
            tmp_path / (place or "root"), {f"{place}{path}": text for path, text in {**files, "pom.xml": pom}.items()}
        )
        assert (service(detected)["port"], detected.notes) == (9000, ())


def test_a_broken_pom_says_what_stands_before_the_break(tmp_path: Path) -> None:
    facts = of(tmp_path, {"pom.xml": SPRING.partition("<build>")[0]})
    assert (facts["language"], facts["version"]) == ("java", "21")


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


@pytest.mark.parametrize(
    ("code", "port", "health"),
    [
        ('Router::new().route("/health", get(x));\nTcpListener::bind("0.0.0.0:9000")', 9000, "/health"),
        ('Router::new().nest("/api", api()).route("/health", get(x))', None, None),
        ('Router::new().nest("/api", v1::api()).route("/health", get(x))', None, "/health"),
        ('Router::new().nest("/a", Router::new().route("/live", get(x))).route("/ping", y)', None, "/ping"),
        ('#[get("/healthz")]\nasync fn h() {}\nHttpServer::new(f).bind(("0.0.0.0", 9000))', 9000, "/healthz"),
        ("let a = SocketAddr::from(([0, 0, 0, 0], 9000));", 9000, None),
        ('env::var("PORT").ok().and_then(|p| p.parse().ok()).unwrap_or(9000)', 9000, None),
    ],
    ids=str,
)
def test_code_of_rust(tmp_path: Path, code: str, port: int | None, health: str | None) -> None:
    cargo = '[package]\nname = "links"\n[dependencies]\naxum = "1"\n'
    facts = of(tmp_path, {"Cargo.toml": cargo, "src/main.rs": f"fn main() {{\n{code}\n}}\n"})
    assert (facts["name"], facts.get("port"), facts.get("health_path")) == ("links", port, health)


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


@pytest.mark.parametrize(("code", "path"), [("app.MapMetrics();", "/metrics"), ("app.MapMetrics(x);", None)])
def test_metrics_of_dotnet(tmp_path: Path, code: str, path: str | None) -> None:
    facts = of(tmp_path, {"a/a.csproj": '<Project Sdk="Microsoft.NET.Sdk.Web"/>', "a/Program.cs": f"{code}\n"})
    assert facts.get("metrics_path") == path


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
