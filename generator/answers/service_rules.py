"""Rules within one service, and what no text of an answer may hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from generator.answers import cron
from generator.answers.nearest import nearest
from generator.answers.usual import PACKAGE_MANAGERS
from generator.errors import Problem
from generator.pins import pins
from generator.secrets import looks_secret

RESERVED: Final = frozenset(
    {
        "PORT",
        "ENVIRONMENT",
        "PATH",
        "HOME",
        "DATABASE_HOST",
        "DATABASE_PORT",
        "DATABASE_NAME",
        "DATABASE_USERNAME",
        "DATABASE_PASSWORD",
    }
)
"""Variables that the platform sets for every service."""
UNFILLED: Final = "undeployed"
"""Stands in manifests where only a release knows the value: a release refuses what says so when all is filled in."""


def _package_manager(language: str, manager: str) -> Iterator[Problem]:
    valid = PACKAGE_MANAGERS[language]
    if manager not in valid:
        yield Problem(
            "package_manager",
            f"no package manager of {language}",
            manager,
            ", ".join(valid),
            nearest(manager, valid) or valid[0],
        )


def _version(language: str, version: str) -> Iterator[Problem]:
    """Too old a version is mostly a slip: 3.1 is 3.10 that lost its quotes."""
    oldest, usual = pins().oldest(language), pins().runtime(language)
    if _numbers(version) < _numbers(oldest):
        yield Problem("version", f"no {language} that gets security fixes", version, f"{oldest} or later", usual)
    elif language == "dotnet" and any(_numbers(version)[1:]):
        # 10.0.400 is an SDK and 10.0.11 a runtime: neither names the image and the setup of CI alike.
        message = "names one SDK or runtime, not a release of .NET"
        release = str(_numbers(version)[0])
        yield Problem("version", message, version, f"{oldest} or later, without a second number", release)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _schedule(kind: str, schedule: str) -> Iterator[Problem]:
    if kind == "job" and not schedule:
        yield Problem("schedule", "a job needs a schedule", schedule, "a cron line in UTC", "0 3 * * *")
    elif kind == "job" and (wrong := cron.flaw(schedule)):
        yield Problem("schedule", wrong.message, schedule, wrong.valid, wrong.nearest)
    if kind != "job" and schedule:
        yield Problem(
            "schedule",
            f"only a job has a schedule, this is a {kind}",
            schedule,
            "empty",
            "",
            "Remove it, or make the kind job.",
        )


def _public(kind: str, public: bool) -> Iterator[Problem]:
    if public and kind in {"worker", "job"}:
        yield Problem("public", f"a {kind} answers no requests, so it cannot be public", public, "false", "false")


def _paths(health: str, metrics: str, source: str) -> Iterator[Problem]:
    if source != "none" and health == metrics:
        yield Problem("metrics_path", "must differ from health_path", metrics, "another path", "/metrics")


def _path(path: str) -> Iterator[Problem]:
    if ".." in path.split("/"):
        yield Problem("path", "must stay inside the repository", path, "a folder below the root", ".")


def _variables(env: dict[str, str], secrets: list[str]) -> Iterator[Problem]:
    for name in sorted(set(env) & set(secrets)):
        yield Problem(f"env.{name}", "stands in env and in secrets", name, "one of the two", "", "Remove it from env.")
    for name in sorted(RESERVED & set(env)):
        yield Problem(f"env.{name}", "is set by the platform", name, "another name")
    for name in sorted(RESERVED & set(secrets)):
        yield Problem("secrets", f"{name} is set by the platform", name, "another name", "", "Remove it.")
    for name, times in Counter(secrets).items():
        if times > 1:
            yield Problem("secrets", f"{name} stands {times} times", list(secrets), "each name once")


def _expressions(env: dict[str, str], commands: dict[str, str]) -> Iterator[Problem]:
    for key, values in (("env", env), ("commands", commands)):
        for name, value in values.items():
            if "${{" in value:
                message = "holds a CI expression (${{ ... }}), which would be evaluated with the pipeline's rights"
                yield Problem(
                    f"{key}.{name}", message, value, "text without ${{", "", "Use a variable that the job sets."
                )


def _no_secrets(env: dict[str, str], commands: dict[str, str]) -> Iterator[Problem]:
    for group, values in (("env", env), ("commands", commands)):
        for name, text in values.items():
            yield from secret(f"{group}.{name}", text)


def _reserved_word(
    name: str, host: str, health: str, env: dict[str, str], commands: dict[str, str]
) -> Iterator[Problem]:
    own = {"name": name, "host": host, "health_path": health}
    own |= {f"env.{key}": value for key, value in env.items()}
    # What CI and the build of an image run stands in no manifest.
    own |= {f"commands.{key}": commands[key] for key in ("migrate", "seed") if key in commands}
    for key, text in own.items():
        yield from unfilled(key, text)


def unfilled(key: str, text: str) -> Iterator[Problem]:
    """Refuses a text by which a release would take a line for one that nobody filled in, and end each time."""
    if UNFILLED in text:
        message = f'holds the word "{UNFILLED}", which marks what a release must still fill in: none could succeed'
        yield Problem(key, message, text, f'text without "{UNFILLED}"', text.replace(UNFILLED, "unreleased"))


def secret(key: str, text: str) -> Iterator[Problem]:
    """Refuses a text that looks like a credential."""
    if what := looks_secret(text):
        # The value itself is not repeated: a report may be pasted somewhere.
        fix = "Name the variable under the service's secrets; its value goes into the secret store."
        yield Problem(
            key, f"this looks like {what}, and answers hold no secrets", None, "text without secrets", "", fix
        )


RULES: Final[tuple[tuple[tuple[str, ...], Callable[..., Iterable[Problem]]], ...]] = (
    (("language", "version"), _version),
    (("language", "package_manager"), _package_manager),
    (("kind", "schedule"), _schedule),
    (("kind", "public"), _public),
    (("health_path", "metrics_path", "metrics"), _paths),
    (("path",), _path),
    (("env", "secrets"), _variables),
    (("env", "commands"), _expressions),
    (("env", "commands"), _no_secrets),
    (("name", "host", "health_path", "env", "commands"), _reserved_word),
)
"""The keys that a rule reads, and the rule; problems are named within the service."""
