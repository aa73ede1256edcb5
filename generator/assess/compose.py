"""What compose files and Procfiles show: which folders are run, how, on which port, and beside which stores."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from generator.assess import starts
from generator.assess.dockerfile import probed
from generator.assess.evidence import Evidence, Strength, Unit, port
from generator.assess.folder import Folder, inside, parent

NAME: Final = r"(docker-)?compose(\.[\w-]+)?\.ya?ml"
_RUN: Final = re.compile(r"(docker-)?compose(\.(prod|production|deploy|release|live))?\.ya?ml")
"""The names of compose files that run the whole; others are for development, for tests, or one of several ways."""
_MOST: Final = 200
"""Services of a file that are looked at: no file written by people has more."""
_LONGEST: Final = 1000
"""Characters of a value that are looked at: values of values would grow without end."""
_TESTS: Final = re.compile(r"(^|/)(tests?|e2e|cypress|examples?|samples?|\w+-tests?)/")
_STORES: Final = (
    (r"(^|/)(postgres(?:ql)?|postgis|pgvector|timescaledb)(:|$)", "data.database", "postgres"),
    (r"(^|/)(mysql|mysql-server)(:|$)", "data.database", "mysql"),
    (r"(^|/)(redis|valkey|redis-stack-server)(:|$)", "data.cache", "redis"),
)


@dataclass(frozen=True, slots=True)
class Run:
    """One container that a file says is run from the code of a folder."""

    name: str
    path: str
    line: int
    place: str
    """The folder whose code it runs."""
    dockerfile: str
    command: object
    entry: dict[str, Any]
    """What the file says of it; {} for a line of a Procfile."""


def files(folder: Folder) -> list[str]:
    """The compose files that run the whole, the plain ones before those of production."""
    found = (path for path in folder.named(_RUN.pattern) if path.count("/") < 3 and not _TESTS.search(path))
    return sorted(found, key=lambda path: (len(path), path))


def runs(folder: Folder) -> Iterator[Run]:
    """Every container that compose files and Procfiles start, from code of this repository or by an image's name."""
    for path in files(folder):
        services = _services(folder, path)
        values = _values(folder, inside(parent(path), ".env"))
        made = [entry for entry in services.values() if "build" in entry and "image" in entry]
        built = {str(entry["image"]): _built(path, entry, values) for entry in made}
        for name, entry in services.items():
            image = str(entry.get("image", ""))
            where = _built(path, entry, values) if "build" in entry else built.get(image, ("", ""))
            line = _line(folder, path, name)
            ports = {key: [_filled(one, values) for one in _list(entry, key)] for key in ("ports", "expose")}
            yield Run(name, path, line, *where, entry.get("command"), {**entry, **ports})
    for path in folder.named("Procfile"):
        for number, text in enumerate(folder.text(path).split("\n")[:_MOST], 1):
            if found := re.match(r"([a-z][\w-]*):\s*(\S.*)", text):
                yield Run(found[1], path, number, parent(path), "", found[2], {})


def _values(folder: Folder, path: str) -> dict[str, str]:
    """What compose fills in: of it, only ports and paths are ever looked at."""
    values: dict[str, str] = {}
    for name, value in re.findall(r"^[ \t]*(?:export )?(\w+)=(.*)$", folder.text(path), re.M):
        values[name] = str(_filled(value.strip().strip("\"'"), values))
    return values


def _filled(value: Any, values: Mapping[str, str]) -> Any:
    """A text with its variables filled in, as far as they are known."""
    if not isinstance(value, str):
        return value
    pattern = r"\$\{(\w+)(?::?-([^}]*)|:?\?[^}]*)?\}|\$(\w+)"
    filled = re.sub(pattern, lambda m: values.get(m[1] or m[3], m[0] if m[2] is None else m[2]), value[:_LONGEST])
    return filled[:_LONGEST]


def stores(folder: Folder) -> Iterator[Evidence]:
    """The stores that compose files run."""
    for path in files(folder):
        for name, entry in _services(folder, path).items():
            image = str(entry.get("image", ""))
            for pattern, key, value in _STORES:
                if re.search(pattern, image):
                    line = _line(folder, path, name)
                    yield Evidence(key, value, path, line, f"the image {image}", Strength.DECLARED)


def _services(folder: Folder, path: str) -> dict[str, dict[str, Any]]:
    found = folder.data(path).get("services")
    rows = itertools.islice(found.items() if isinstance(found, dict) else (), _MOST)
    return {str(name): entry for name, entry in rows if isinstance(entry, dict)}


def _line(folder: Folder, path: str, name: str) -> int:
    """Where a service begins: its name may stand deeper, too, where others depend on it."""
    found = re.search(r"^services:.*\n(?:[ \t]*(?:#.*)?\n)*([ \t]+)", folder.text(path), re.M)
    indent = found[1] if found else r"[ \t]+"
    return folder.line(path, rf"^{indent}[\"']?{re.escape(name)}[\"']?[ \t]*:")


def _built(path: str, entry: dict[str, Any], values: Mapping[str, str]) -> tuple[str, str]:
    """The folder and the Dockerfile that a service is built from; a Dockerfile that is not known keeps its `$`."""
    build = entry["build"] if isinstance(entry["build"], dict) else {"context": entry["build"]}
    context, file = (
        str(_filled(build.get(key) or usual, values)) for key, usual in (("context", "."), ("dockerfile", "Dockerfile"))
    )
    place = _joined(parent(path), context)
    return place, _joined(place, file)


def _joined(base: str, relative: str) -> str:
    parts: list[str] = []
    for part in f"{base}/{relative}".split("/"):
        if part == ".." and parts:
            parts.pop()
        elif part not in {"", ".", ".."}:
            parts.append(part)
    return "/".join(parts) or "."


def shown(unit: Unit, run: Run, scripts: Any) -> None:
    """Adds what is said of a container to the unit that it runs."""
    unit.role = "service"
    if run.command:
        line = run.line
        starts.shown(unit, starts.start(run.command, scripts), run.path, line, f"the command of {run.name}")
    source = f"the ports of {run.name}"
    ports = {number for one in _list(run.entry, "ports") if (number := _target(one))}
    if not ports:
        source = f"what {run.name} exposes"
        ports = {number for one in _list(run.entry, "expose") if (number := _target(one))}
    labels = run.entry.get("labels")
    told = (
        [f"{k}={v}" for k, v in labels.items()]
        if isinstance(labels, dict)
        else [str(one) for one in _list(run.entry, "labels")]
    )
    for label in told:
        if found := re.search(r"loadbalancer\.server\.port=(\d{2,5})$", label):
            ports, source = {int(found[1])}, f"the label of {run.name} for Traefik"
    if len(ports) == 1:
        unit.shows("port", ports.pop(), run.path, run.line, source, Strength.DECLARED)
    if number := _variable(run.entry.get("environment"), "PORT"):
        unit.shows("port", number, run.path, run.line, f"PORT of {run.name}", Strength.DECLARED + 6)
    check = run.entry.get("healthcheck")
    test = check.get("test") if isinstance(check, dict) else None
    probed(
        unit,
        " ".join(map(str, test)) if isinstance(test, list) else str(test or ""),
        run.path,
        run.line,
        f"the health check of {run.name}",
    )


def one_off(run: Run) -> str:
    """What a container does that ends by itself: "migrate" or "" for one that stays."""
    words = " ".join(starts.words_of(run.command))
    return "migrate" if re.search(r"\bmigrate\b|db:migrate|alembic upgrade|migrate deploy", words) else ""


def _list(entry: dict[str, Any], key: str) -> list[Any]:
    found = entry.get(key)
    return found if isinstance(found, list) else []


def _target(one: object) -> int:
    """The port inside the container; 0 for a range, another protocol, or what only a variable knows."""
    if isinstance(one, dict):
        text = str(one.get("target", "")) if one.get("protocol", "tcp") == "tcp" else ""
    else:
        text = str(one).removesuffix("/tcp").rpartition(":")[2]
    return port(text)


def _variable(environment: object, name: str) -> int:
    if isinstance(environment, dict):
        text = str(environment.get(name, ""))
    else:
        listed = environment if isinstance(environment, list) else []
        text = next((str(one).partition("=")[2] for one in listed if str(one).startswith(f"{name}=")), "")
    return port(text)
