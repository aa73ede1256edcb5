"""Where code listens and what it serves, as far as it says so for certain."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.assess.looking import GO, SPRING, of, package


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
    ("route", "path"),
    [("'healthz/', v", "/healthz/"), ("r'^healthz/$', v", "/healthz/"), ("'health/', include('health_check.urls')", "/health/"), ("'health/', include('app.urls')", None)],
)  # fmt: skip
def test_health_of_django(tmp_path: Path, route: str, path: str | None) -> None:
    files = {"manage.py": "", "shop/settings.py": "", "shop/urls.py": f"urlpatterns = [\n    path({route}),\n]\n"}
    assert of(tmp_path, {"requirements.txt": "django\n", **files}).get("health_path") == path


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


@pytest.mark.parametrize(("code", "path"), [("app.MapMetrics();", "/metrics"), ("app.MapMetrics(x);", None)])
def test_metrics_of_dotnet(tmp_path: Path, code: str, path: str | None) -> None:
    facts = of(tmp_path, {"a/a.csproj": '<Project Sdk="Microsoft.NET.Sdk.Web"/>', "a/Program.cs": f"{code}\n"})
    assert facts.get("metrics_path") == path
