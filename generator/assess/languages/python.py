"""Python: pyproject.toml, requirements, Pipfile; FastAPI, Flask, Django and their servers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Final

from generator.assess import mounted, routes
from generator.assess.evidence import Strength, Unit
from generator.assess.folder import Folder, at, inside, parent
from generator.pins import pins

MANIFEST: Final = r"pyproject\.toml|requirements\.txt|Pipfile|setup\.py|manage\.py"
WEB: Final = (
    "fastapi", "flask", "django", "starlette", "litestar", "sanic", "aiohttp", "tornado", "falcon", "bottle", "quart",
    "streamlit", "djangorestframework", "connexion", "robyn", "gradio",
)  # fmt: skip
_LINTERS: Final = {"ruff": "ruff check .", "flake8": "flake8", "pylint": "pylint --recursive=y ."}
_BIND: Final = r"^bind\s*=.*[:\"'](\d{2,5})[\"')}\s]*$"
_GRAMMAR: Final = routes.Grammar(
    suffixes=(".py",),
    route=r"@(?:app|application|api|server)\.(?:get|route|head|api_route)\(\s*[\"'](/[^\"'{<]*)[\"']"
    r"|\b(?:app|application)\.(?:mount|add_route|add_api_route|add_url_rule)\(\s*[\"'](/[^\"'{<]*)[\"']"
    r"|\b(?:app|application)\.router\.add_get\(\s*[\"'](/[^\"'{<]*)[\"']"
    r"|\.expose\(\s*app(?:lication)?()(?=\s*[,)])(?![^)]*\bendpoint\b)|\bPrometheusMetrics\(app(?:lication)?()\)",
    prefixed=r"root_path\s*=\s*[\"']/|APPLICATION_ROOT|\bapi\s*=\s*\w*(?:Router|Blueprint|Namespace)\(",
    ports=(r"(?:\.run|serve|run_app|uvicorn\.run)\([^()]*\bport\s*=\s*(\d{2,5})\b",),
    defaults=(rf"os\.(?:environ\.get|getenv)\(\s*[\"']{routes.VARIABLE}[\"']\s*,\s*[\"']?(\d{{2,5}})[\"']?\s*\)",),
    comment=r"^[ \t]*#",
)
_MOUNTS: Final = mounted.Grammar(
    made=r"(?m)^(\w+)\s*(?::\s*\w+\s*)?=\s*(?:\w+\.)?(?:APIRouter|Blueprint)\((?:[^()]|\([^()]*\)){0,500}\)",
    mount=r"\b{name}\.(?:include_router|register_blueprint)\(\s*(?P<router>[\w.]+)(?:[^()]|\([^()]*\)){{0,500}}\)",
    route=r"@{name}\.(?:get|route|head|api_route)\(\s*[\"'](/?[^\"'{{<]*)[\"']",
    imported=r"from\s+(?P<module>[\w.]+)\s+import\s+(?:\([^)]{{0,2000}}?|[^\n(]{{0,500}}?)\b(?:(?P<own>\w+)\s+as\s+)?{name}\b",
    before=r"\b(?:url_)?prefix\s*=",
    literal=r"\b(?:url_)?prefix\s*=\s*[\"']([^\"'{<]*)[\"']",
    separator=".",
)


def find(folder: Folder) -> Iterator[Unit]:
    """A unit for each folder with a manifest."""
    for place in sorted({parent(path) for path in folder.named(MANIFEST)}):
        unit = Unit(place, "python")
        unit.dependencies = frozenset(_dependencies(folder, place))
        frameworks = [name for name in WEB if name in (_chosen(folder, place) or unit.dependencies)]
        manage = inside(place, "manage.py")
        if frameworks or manage in folder:
            unit.role = "service"
            name = frameworks[0] if frameworks else "django"
            unit.shows("kind", "web", *_named_in(folder, place, name), f"it needs {name}", Strength.NAMED)
        elif any(inside(place, name) in folder for name in ("main.py", "app.py", "__main__.py")):
            unit.role = "program"
        elif not unit.dependencies and inside(place, "pyproject.toml") in folder and not _is_project(folder, place):
            continue  # a pyproject.toml that only configures tools
        yield unit


def look(folder: Folder, unit: Unit, others: Iterable[str]) -> None:
    """Adds all else that the files of a unit show."""
    _language(folder, unit)
    _manager(folder, unit)
    _version(folder, unit)
    _commands(folder, unit)
    _package(folder, unit)
    _gunicorn(folder, unit)
    # What a server loads is not run itself: its own call of a server stands aside.
    loaded = any(one.key == "kind" and one.strength == Strength.STARTS for one in unit.evidence)
    grammar = replace(_GRAMMAR, ports=(), defaults=()) if loaded else _GRAMMAR
    routes.look(folder, unit, grammar, others, _mounted(folder, unit, others))
    _django(folder, unit)


def _mounted(folder: Folder, unit: Unit, others: Iterable[str]) -> dict[str, tuple[str, int]]:
    """The routes of routers and blueprints, where nothing is put before all of the application."""
    texts = {path: folder.text(path) for path in routes.sources(folder, unit.path, _GRAMMAR.suffixes, others)}
    if any(re.search(r"root_path\s*=\s*[\"']/|APPLICATION_ROOT", text) for text in texts.values()):
        return {}
    return mounted.found(texts, _MOUNTS, "(?:app|application)")


def _is_project(folder: Folder, place: str) -> bool:
    data = folder.data(inside(place, "pyproject.toml"))
    return bool(_table(data, "project") or _table(data, "tool", "poetry"))


def _table(data: dict[str, Any], *way: str) -> dict[str, Any]:
    here = at(data, *way)
    return here if isinstance(here, dict) else {}


def _dependencies(folder: Folder, place: str) -> Iterator[str]:
    """The names of what is needed, for tests and tools too, in lower case with hyphens."""
    data = folder.data(inside(place, "pyproject.toml"))
    listed: list[Any] = [_table(data, "project").get("dependencies")]
    listed += [*_table(data, "project", "optional-dependencies").values(), *_table(data, "dependency-groups").values()]
    listed += [_table(data, "tool", "uv").get("dev-dependencies")]
    for words in (words for words in listed if isinstance(words, list)):
        yield from (_name(word) for word in words if isinstance(word, str))
    poetry = _table(data, "tool", "poetry")
    groups = [_table(group, "dependencies") for group in _table(poetry, "group").values() if isinstance(group, dict)]
    for table in (_table(poetry, "dependencies"), _table(poetry, "dev-dependencies"), *groups):
        yield from map(_name, table)
    for path in folder.below(place):
        if re.fullmatch(r"requirements[\w.-]*\.(txt|in)|requirements/[\w.-]+\.(txt|in)", _relative(place, path)):
            yield from (_name(line) for line in folder.text(path).split("\n") if re.match(r"[A-Za-z0-9]", line))
    pipfile = folder.text(inside(place, "Pipfile"))
    yield from (_name(line) for line in pipfile.split("\n") if re.match(r"[\w.-]+\s*=", line))


def _chosen(folder: Folder, place: str) -> frozenset[str]:
    """What is needed by choice: a requirements.txt that is made from a requirements.in names all that follows, too."""
    text = folder.text(inside(place, "requirements.in"))
    return frozenset(_name(line) for line in text.split("\n") if re.match(r"[A-Za-z0-9]", line))


def _relative(place: str, path: str) -> str:
    return path if place == "." else path[len(place) + 1 :]


def _name(requirement: str) -> str:
    return re.split(r"[^\w.-]", requirement.strip(), maxsplit=1)[0].lower().replace("_", "-").replace(".", "-")


def _manifest(folder: Folder, place: str) -> str:
    names = ("pyproject.toml", "requirements.txt", "Pipfile", "setup.py", "manage.py")
    return next((path for name in names if (path := inside(place, name)) in folder), inside(place, "pyproject.toml"))


def _named_in(folder: Folder, place: str, name: str) -> tuple[str, int]:
    """The manifest that names a dependency, and the line."""
    wanted = rf"(?i)(^|[\"'\s\[]){re.escape(name)}(?![\w.-])"
    paths = [
        path
        for path in folder.below(place)
        if re.search(r"(requirements[^/]*\.(txt|in)|pyproject\.toml|Pipfile)$", path)
    ]
    found = ((path, line) for path in paths if (line := folder.line(path, wanted)))
    return next(found, (_manifest(folder, place), 0))


def _language(folder: Folder, unit: Unit) -> None:
    unit.shows("language", "python", _manifest(folder, unit.path), 0, "the manifest", Strength.FIXED)


def _manager(folder: Folder, unit: Unit) -> None:
    """By the lock file of the folder, else of the workspace that it belongs to."""
    place = unit.path
    workspace = _table(folder.data("pyproject.toml"), "tool", "uv", "workspace")
    for where, strength in ((place, Strength.FIXED), (".", Strength.NAMED if workspace else 0)):
        for name, manager in (("uv.lock", "uv"), ("poetry.lock", "poetry")):
            if strength and (path := inside(where, name)) in folder:
                unit.shows("package_manager", manager, path, 0, "the lock file", strength)
                if where != place:
                    unit.notes.append(f"{path} lies above {place}, whose image is built from that folder alone")
                return
    manifest = inside(place, "pyproject.toml")
    if _table(folder.data(manifest), "tool", "poetry"):
        line = folder.line(manifest, r"^\[tool\.poetry\]")
        unit.shows("package_manager", "poetry", manifest, line, "[tool.poetry]", Strength.NAMED)
    elif (path := inside(place, "requirements.txt")) in folder:
        unit.shows("package_manager", "pip", path, 0, "requirements.txt", Strength.NAMED)
    elif (path := inside(place, "Pipfile")) in folder:
        unit.notes.append(f"{path}: pipenv is none of our package managers")


def _version(folder: Folder, unit: Unit) -> None:
    names = (".python-version", "runtime.txt")  # the second is what platforms that run Procfiles read
    for path in dict.fromkeys(inside(place, name) for place in (unit.path, ".") for name in names):
        if found := re.match(r"(?:python-?|cpython-?)?(\d+\.\d+(?:\.\d+)?)", folder.text(path)):
            unit.shows("version", found[1], path, 1, "the version file", Strength.FIXED)
            break
    path = inside(unit.path, "Pipfile")
    if found := re.search(r"^python_version\s*=\s*[\"'](\d\.\d+)[\"']", folder.text(path), re.M):
        line = folder.line(path, r"^python_version\s*=")
        unit.shows("version", found[1], path, line, "python_version", Strength.NAMED + 1)
    manifest = inside(unit.path, "pyproject.toml")
    data = folder.data(manifest)
    wanted = _table(data, "project").get("requires-python")
    wanted = wanted or _table(data, "tool", "poetry", "dependencies").get("python")
    if isinstance(wanted, str) and (minor := _highest(wanted)):
        line = folder.line(manifest, r"^[ \t]*(requires-)?python\s*=")
        unit.shows("version", minor, manifest, line, f"the newest that {wanted} takes", Strength.NAMED)


def _highest(wanted: str) -> str:
    """The newest minor that a range takes, where it leaves out the usual one; "" where it says nothing of use."""
    usual = tuple(map(int, pins().runtime("python").split(".")))
    if exact := re.fullmatch(r"\s*(?:==|~=|~|\^)?\s*(3\.\d+)(?:\.\d+)?(?:\.\*)?\s*", wanted):
        pinned = not wanted.strip().startswith("^") and not re.match(r"\s*~=\s*3\.\d+\s*$", wanted)
        return exact[1] if pinned else ""
    if upper := re.search(r"<(=?)\s*3\.(\d{1,4})(?!\d)", wanted):
        minor = int(upper[2]) - (0 if upper[1] else 1)
        return f"3.{minor}" if minor < usual[1] else ""
    return ""


def _commands(folder: Folder, unit: Unit) -> None:
    needs, manifest = unit.dependencies, _manifest(folder, unit.path)
    manager = next((one.value for one in unit.evidence if one.key == "package_manager"), "pip")
    prefix = {"uv": "uv run --locked ", "poetry": "poetry run "}.get(str(manager), "")
    linter = next((name for name in _LINTERS if name in needs), "")
    if linter:
        at = _named_in(folder, unit.path, linter)
        unit.shows("commands.lint", prefix + _LINTERS[linter], *at, f"it needs {linter}", Strength.NAMED)
    else:
        unit.shows("commands.lint", "", manifest, 0, "no linter that is known here is named", Strength.NAMED)
    if any(name.startswith("pytest") for name in needs):  # its plugins bring it
        cover = " --cov --cov-report=xml:reports/coverage.xml" if "pytest-cov" in needs else ""
        command = f"{prefix}pytest --junitxml=reports/junit.xml{cover}"
        told = "it needs pytest" + (" and pytest-cov" if cover else ", and not pytest-cov")
        unit.shows("commands.unit", command, *_named_in(folder, unit.path, "pytest"), told, Strength.NAMED)
    elif (manage := inside(unit.path, "manage.py")) in folder:
        unit.shows("commands.unit", f"{prefix}python manage.py test", manage, 0, "manage.py", Strength.NAMED)
    else:
        unit.shows("commands.unit", "", manifest, 0, "no test runner is named", Strength.NAMED)
    if (manage := inside(unit.path, "manage.py")) in folder:
        unit.shows("commands.migrate", "python manage.py migrate --noinput", manage, 0, "manage.py", Strength.NAMED)
    elif "alembic" in needs and (path := inside(unit.path, "alembic.ini")) in folder:
        unit.shows("commands.migrate", "alembic upgrade head", path, 0, "alembic.ini", Strength.NAMED)


def _package(folder: Folder, unit: Unit) -> None:
    """The package that `python -m` can start: what the image starts has the service's name."""
    found = {
        parent(path).rpartition("/")[2]: path
        for path in folder.below(unit.path)
        if re.fullmatch(r"(src/)?[a-z][a-z0-9_]*/__main__\.py", _relative(unit.path, path))
    }
    if len(found) == 1:
        name, path = found.popitem()
        unit.shows("name", name, path, 0, "the package that python -m starts", Strength.FIXED)


def _gunicorn(folder: Folder, unit: Unit) -> None:
    """Where its configuration lets it listen, whatever the code does that it loads."""
    path = inside(unit.path, "gunicorn.conf.py")  # which it reads without being told
    line = folder.line(path, _BIND)
    if line and (found := re.search(_BIND, folder.text(path), re.M)):
        unit.shows("port", int(found[1]), path, line, "bind of gunicorn", Strength.FIXED + 1)


def _django(folder: Folder, unit: Unit) -> None:
    """The routes of the root's urls.py: those of an application have what includes them before them."""
    settings = next(
        (path for path in folder.below(unit.path) if path.endswith("settings.py") or "/settings/" in path), ""
    )
    place = parent(settings).removesuffix("/settings")
    if not settings or (path := inside(place, "urls.py")) not in folder:
        return
    text = folder.text(path)
    for found in re.finditer(
        r"^[ \t]*(?:re_)?path\(\s*r?[\"']\^?([\w/-]*(?:health|live|ready)[\w-]*/?)\$?[\"']", text, re.M
    ):
        line = text.count("\n", 0, found.start(1)) + 1
        if not re.search(r"include\((?!\s*[\"']health_check\.urls)", text.split("\n")[line - 1]):
            unit.shows("health_path", f"/{found[1]}", path, line, "a route in the code", Strength.FIXED)
            break
    if line := folder.line(path, r"path\(\s*[\"'][\"']\s*,\s*include\(\s*[\"']django_prometheus\.urls"):
        unit.shows("metrics_path", "/metrics", path, line, "django_prometheus", Strength.FIXED)
