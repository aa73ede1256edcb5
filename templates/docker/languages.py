"""What each language and each package manager does alike in every service: `languages.yml`, read and filled in."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from generator.component import Service, fill, load_yaml, pins

from .commands import first_word


class Manager(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A package manager; `partials/<name>.jinja` is what it does in the build stage."""

    lock: str = ""
    """The file without which the build fails; "" where there is no package manager."""
    how: str = ""
    """How that file is made."""
    pins: tuple[str, ...] = ()
    """Versions of `pins.yml`, for templates and, in upper case, for words."""
    build: str = ""
    """The usual command, where an empty answer cannot mean that nothing is built."""
    before: str = ""
    """What is done before the command of the build, in the same step; `after` it likewise."""
    after: str = ""
    build_file: str = ""
    output: str = ""
    """Where its build leaves what runs."""
    builder: str = ""
    """The image of the build stage, where it is not the language's."""
    run_time: str = ""
    """The partial that brings it into the image, for a `commands.migrate` that calls it."""


class Language(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A language; `files/<name>.Dockerfile.jinja` is its image."""

    builder: str
    runtime: str
    entrypoint: tuple[str, ...]
    start: str
    """What a service must have to start so."""
    accepted: str
    """The command that tells whether it has."""
    health: tuple[str, ...]
    ignored: tuple[str, ...]
    """What its tools make and never belongs into an image."""
    ignored_if_built: tuple[str, ...] = ()
    runtime_with_shell: str = ""
    """The image for a service with `commands.migrate`, where the usual one has no shell."""
    build_shell: str = "bash"
    tools: tuple[str, ...] = ()
    """The commands that `commands.migrate` finds in its image."""
    client_libraries: dict[str, str] = {}
    """By `data.database`: the package of the distribution that a driver needs at run time."""
    yours: bool = False
    """Whether the image is made once and then belongs to its owner, who alone knows what is in it."""


class _Tables(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    managers: dict[str, Manager]
    languages: dict[str, dict[str, Any]]
    build_tools: frozenset[str]


_TABLES: Final = msgspec.convert(load_yaml(__file__, "languages.yml"), _Tables)


def manager_of(service: Service) -> Manager:
    """The package manager of a service."""
    return _TABLES.managers[service.package_manager]


def language_of(service: Service) -> Language:
    """The language of a service, its `<WORDS>` filled in."""
    return msgspec.convert(fill(_TABLES.languages[service.language], _words(service)), Language)


def versions_of(service: Service) -> dict[str, str]:
    """The pinned versions that the package manager needs."""
    return {name: pins().version(name) for name in manager_of(service).pins}


def images_of(service: Service) -> tuple[str, str]:
    """The images of both stages: the same distribution and the same version of the language."""
    language = language_of(service)
    builder = fill(manager_of(service).builder, _words(service)) or language.builder
    runtime = (service.commands.migrate and language.runtime_with_shell) or language.runtime
    first, second = (pins().base_image(*image.rsplit(":", 1)) for image in (builder, runtime))
    return first, second


def id_of(service: Service) -> str:
    """The service's name in the ids of to-do items and placeholders."""
    return service.name.upper().replace("-", "_")


def around(service: Service) -> tuple[str, str]:
    """What is done before and after the command of the build, in the same step."""
    manager, words = manager_of(service), _words(service)
    return fill(manager.before, words), fill(manager.after, words)


def client_library_of(service: Service, database: str) -> str:
    """The package that a driver of the database needs at run time, with its release; "" where it needs none."""
    package = language_of(service).client_libraries.get(database, "")
    return package and f"{package}={pins().version(f'debian/{package}')}"


def migrates_by_build_tool(service: Service) -> bool:
    """Whether `commands.migrate` calls what no image has but that of its own package manager."""
    language = language_of(service)
    return not language.yours and _tool(service) in _TABLES.build_tools.difference(language.tools)


def _tool(service: Service) -> str:
    """What `commands.migrate` calls: the tool of the table that it begins with, else its first word."""
    command = service.commands.migrate
    long = (tool for tool in _TABLES.build_tools if " " in tool and f"{command} ".startswith(f"{tool} "))
    return next(long, first_word(command))


def words_of(service: Service) -> dict[str, str]:
    """What the `<WORDS>` of `parts.yml` stand for."""
    manager, language, words = manager_of(service), language_of(service), _words(service)
    return words | {
        "LOCK": words["IN"] + manager.lock,
        "LOCK_HOW": manager.how,
        "START": language.start,
        "START_ACCEPTED": language.accepted,
        "PLACE": "" if service.path == "." else _where(service),
    }


def _where(service: Service) -> str:
    """What to do where the folder of a service is not there."""
    return (
        f"If {service.path} is not there: make it, or set the path of {service.name} in agency-scaffold.yml and run "
        "agency-scaffold update. "
    )


def _words(service: Service) -> dict[str, str]:
    """What the `<WORDS>` of `languages.yml` stand for; `IN` is the service's folder in front of a file's name."""
    tool = _tool(service)
    return {
        "ID": id_of(service),
        "SERVICE": service.name,
        "MODULE": service.name.replace("-", "_"),
        "PATH": service.path,
        "IN": "" if service.path == "." else f"{service.path}/",
        "VERSION": service.version,
        "MAJOR": service.version.split(".")[0],
        "MANAGER": service.package_manager,
        "BUILD_FILE": manager_of(service).build_file,
        "HEALTH_PATH": service.health_path,
        "TOOL": tool,
        "TOOL_PATTERN": re.escape(tool).replace("\\ ", " "),
        **{name.upper(): version for name, version in versions_of(service).items()},
    }
