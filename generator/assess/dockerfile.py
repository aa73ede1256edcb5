"""What a Dockerfile shows: how the container starts, where it listens, who asks its health, what it is built from."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from generator.assess import starts
from generator.assess.evidence import Strength, Unit, port
from generator.assess.folder import Folder

NAME: Final = r"(?i)(Dockerfile|Containerfile)(\.[\w-]+)?|[\w.-]+\.(Dockerfile|Containerfile)"
_NOT_RUN: Final = re.compile(
    r"(?i)dockerignore|dev|test|local|debug|ci|lint|playwright|e2e|docs|base|build|dockerignore"
)
"""In a Dockerfile's name: made for something else than to run the service."""
_BASES: Final = {
    "python": "python", "node": "node", "golang": "go", "eclipse-temurin": "java", "openjdk": "java",
    "amazoncorretto": "java", "maven": "java", "gradle": "java", "dotnet/sdk": "dotnet", "dotnet/aspnet": "dotnet",
    "dotnet/runtime": "dotnet", "ruby": "ruby", "rust": "rust", "lukemathwalker/cargo-chef": "rust",
}  # fmt: skip
"""Base images by the language that they bring; that of maven and gradle is not the version of Java."""
_MOST: Final = 1000
"""Instructions that are looked at: no image has that many layers."""
_LONGEST: Final = 4000
"""Characters of an instruction that are looked at."""
_FILE_SERVERS: Final = ("nginx", "nginxinc/nginx-unprivileged", "caddy", "httpd", "joseluisq/static-web-server")


@dataclass(slots=True)
class Dockerfile:
    """The last stage, and the base images and copies of all."""

    path: str
    bases: list[tuple[str, int]] = field(default_factory=list)
    """Of each stage, with the line that names it: the last is what runs."""
    exposed: list[tuple[str, int]] = field(default_factory=list)
    env: dict[str, tuple[str, int]] = field(default_factory=dict)
    command: tuple[object, int] = ("", 0)
    entrypoint: tuple[object, int] = ("", 0)
    health: tuple[str, int] = ("", 0)
    copies: list[str] = field(default_factory=list)

    def serves_files(self, language: str) -> bool:
        """Whether the last stage is a server of plain files: what was built before it, or what is plain anyhow."""
        last = self.bases[-1][0].partition(":")[0] if self.bases else ""
        return last in _FILE_SERVERS and (len(self.bases) > 1 or language in {"node", "static"})

    def starts(self) -> tuple[object, int]:
        """What the container runs: the command, which an entry point of a script only prepares for."""
        entry, command = self.entrypoint[0], self.command[0]
        if not entry:
            return self.command
        first = str(entry[0] if isinstance(entry, list) else entry)
        if command and re.search(r"\.sh$|entrypoint", first):
            return self.command
        both = isinstance(entry, list) and isinstance(command, list)
        return ([*entry, *command], self.command[1]) if both else self.entrypoint  # type: ignore[misc]


def read(folder: Folder, path: str) -> Dockerfile:
    """A Dockerfile of the folder."""
    made = Dockerfile(path)
    arguments: dict[str, str] = {}
    stages: dict[str, Dockerfile] = {}
    for line, word, rest in itertools.islice(_instructions(folder.text(path)), _MOST):
        if word == "FROM":
            image, name = _base(rest, arguments)
            made = _stage(stages.get(image) or Dockerfile(path, [(image, line)]), made)
            stages |= {name: made} if name else {}
        elif word == "ARG" and "=" in rest:
            key, _, value = rest.partition("=")
            arguments[key.strip()] = value.strip().strip("\"'")
        else:
            _take(made, word, rest, line, arguments)
    return made


def _stage(base: Dockerfile, before: Dockerfile) -> Dockerfile:
    """A stage that begins as another is, or as an image; the base images and copies of those before it count, too."""
    bases = [*before.bases, base.bases[-1]]
    return replace(base, bases=bases, exposed=[*base.exposed], env={**base.env}, copies=before.copies)


def _instructions(text: str) -> Iterator[tuple[int, str, str]]:
    """Each with its first line; continued lines joined, comments and here-documents left out."""
    begun, first, end = "", 0, ""
    for number, line in enumerate(text.split("\n"), 1):
        if end:
            end = "" if line.strip() == end else end
            continue
        if line.lstrip().startswith("#") or not line.strip():
            continue
        first = first if begun else number
        begun += " " + line.strip().removesuffix("\\")
        if line.rstrip().endswith("\\"):
            continue
        word, _, rest = begun.strip().partition(" ")
        opened = re.search(r"<<-?[\"']?(\w+)", rest) if word.upper() in {"RUN", "COPY"} else None
        end, begun = opened[1] if opened else "", ""
        yield first, word.upper(), rest.strip()


def _base(rest: str, arguments: Mapping[str, str]) -> tuple[str, str]:
    """The image of a FROM, its registry and digest left out, and the name of the stage."""
    words = [word for word in rest.split() if not word.startswith("--")]
    image = _filled(words[0], arguments) if words else ""
    name = words[2] if len(words) > 2 and words[1].upper() == "AS" else ""
    return re.sub(r"^([\w-]+\.[\w.:-]+/)?(library/)?|@sha256.*$", "", image), name


def _filled(text: str, values: Mapping[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        return values.get(found[1] or found[3], found[2] or found[0])

    # Values of values grow without end, unless each is cut.
    return re.sub(r"\$\{(\w+)(?::-([^}]*))?\}|\$(\w+)", value, text[:_LONGEST])[:_LONGEST]


def _take(made: Dockerfile, word: str, rest: str, line: int, arguments: Mapping[str, str]) -> None:
    known = {**arguments, **{key: value for key, (value, _) in made.env.items()}}
    if word == "EXPOSE":
        made.exposed += [(part.removesuffix("/tcp"), line) for part in _filled(rest, known).split()]
    elif word == "ENV":
        pairs = re.findall(r"(\w+)=(\"[^\"]*\"|'[^']*'|\S+)", rest) or [tuple(rest.split(None, 1))]
        made.env |= {pair[0]: (_filled(pair[1].strip("\"'"), known), line) for pair in pairs if len(pair) == 2}
    elif word in {"CMD", "ENTRYPOINT"}:
        setattr(made, "command" if word == "CMD" else "entrypoint", (_command(_filled(rest, known)), line))
    elif word == "HEALTHCHECK":
        made.health = (_filled(rest, known), line)
    elif word in {"COPY", "ADD"}:
        made.copies.append(rest)


def _command(rest: str) -> object:
    try:
        words = json.loads(rest) if rest.startswith("[") else rest
    except (ValueError, RecursionError):
        return rest
    return [str(word) for word in words] if isinstance(words, list) else rest


def runs_it(path: str) -> bool:
    """Whether the name of a Dockerfile is that of one which runs the service."""
    return not _NOT_RUN.search(re.sub(r"(?i)dockerfile|containerfile", "", path.rpartition("/")[2]))


def language(made: Dockerfile) -> tuple[str, int]:
    """The language that the last stage with one brings, with the line; ("", 0) for none."""
    for image, line in reversed(made.bases):
        if name := _BASES.get(image.partition(":")[0]):
            return name, line
    return "", 0


def shown(unit: Unit, made: Dockerfile, script: Callable[[str], str]) -> None:
    """Adds what a Dockerfile shows of the unit that it builds."""
    unit.role = "service"
    command, line = made.starts()
    starts.shown(unit, starts.start(command, script), made.path, line, "the start command")
    listens(unit, made)
    _version(unit, made)


def listens(unit: Unit, made: Dockerfile) -> None:
    """Adds where a container listens, and who asks its health."""
    for name in ("PORT", "SERVER_PORT", "ASPNETCORE_HTTP_PORTS", "ASPNETCORE_URLS", "HTTP_PORT"):
        value, at = made.env.get(name, ("", 0))
        if found := re.search(r"(?:^|:)(\d{2,5})$", value.rstrip("/")):
            unit.shows("port", int(found[1]), made.path, at, f"ENV {name}", Strength.DECLARED + 5)
    ports = {number for text, _ in made.exposed if (number := port(text))}
    if len(ports) == 1:
        unit.shows("port", ports.pop(), made.path, made.exposed[0][1], "EXPOSE", Strength.DECLARED + 3)
    elif ports:
        listed = ", ".join(map(str, sorted(ports)))
        unit.notes.append(f"{made.path}:{made.exposed[0][1]} exposes several ports ({listed}): none was taken")
    probed(unit, made.health[0], made.path, made.health[1], "HEALTHCHECK")


def _version(unit: Unit, made: Dockerfile) -> None:
    for image, line in reversed(made.bases):
        name, _, tag = image.partition(":")
        builder = name in {"maven", "gradle"}
        number = re.search(r"(?:temurin|jdk|corretto)-?(\d+)" if builder else r"^(\d+(?:\.\d+){0,2})(?![.\d])", tag)
        least = 1 if unit.language in {"node", "java", "dotnet"} else 2
        if _BASES.get(name) == unit.language and number and number[1].count(".") + 1 >= least:
            unit.shows("version", number[1], made.path, line, f"the base image {name}:{tag}", Strength.DECLARED + 3)
            return


def probed(unit: Unit, text: str, path: str, line: int, read: str) -> None:
    """Adds what a health check asks for: the path, and the port that it expects."""
    found = re.search(r"https?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]):?(\d*)(/[A-Za-z0-9._~/-]*)?", text)
    if not found:
        return
    if asked := port(found[1]):
        unit.shows("port", asked, path, line, read, Strength.STARTS - 2)
    if found[2]:
        unit.shows("health_path", found[2], path, line, read, Strength.STARTS)
