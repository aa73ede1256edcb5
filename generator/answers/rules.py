"""Rules across answers: plain functions over whatever fields are valid.

A rule names the keys that it reads; it runs when all of them are valid, so it speaks even
when another field is wrong.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from generator.answers.nearest import nearest
from generator.answers.usual import PACKAGE_MANAGERS, REGIONS
from generator.errors import Problem
from generator.pins import pins

Rule = Callable[..., Iterable[Problem]]
_ANSWERS: Final[list[tuple[tuple[str, ...], Rule]]] = []
_SERVICE: Final[list[tuple[tuple[str, ...], Rule]]] = []


def _on(*keys: str) -> Callable[[Rule], Rule]:
    def mark(rule: Rule) -> Rule:
        _ANSWERS.append((keys, rule))
        return rule

    return mark


def _on_service(*keys: str) -> Callable[[Rule], Rule]:
    def mark(rule: Rule) -> Rule:
        _SERVICE.append((keys, rule))
        return rule

    return mark


def broken(data: Mapping[str, Any], wrong: set[str]) -> Iterator[Problem]:
    """The problems that only several answers together show; `wrong` are the keys already reported."""
    for keys, rule in _ANSWERS:
        values = [_get(data, key) for key in keys]
        if not wrong.intersection(keys) and None not in values:
            yield from rule(*values)
    for number, service in enumerate(data.get("services") or ()):
        for keys, rule in _SERVICE:
            if all(service.get(key) is not None for key in keys):
                yield from (
                    Problem(f"services[{number}].{p.key}", p.message, p.given, p.valid, p.nearest, p.fix)
                    for p in rule(*(service[key] for key in keys))
                )


def _get(data: Mapping[str, Any], key: str) -> Any:
    value: Any = data
    for name in key.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


@_on("cloud.provider", "cloud.region")
def _region(provider: str, region: str) -> Iterator[Problem]:
    if region not in REGIONS[provider]:
        yield Problem(
            "cloud.region", f"no region of {provider} with three open zones", region,
            ", ".join(REGIONS[provider]), nearest(region, REGIONS[provider]) or REGIONS[provider][0],
        )  # fmt: skip


@_on("cloud.provider", "cloud.region", "cloud.secondary_region")
def _secondary(provider: str, region: str, secondary: str) -> Iterator[Problem]:
    if secondary == "none":
        return
    if secondary not in REGIONS[provider]:
        yield Problem(
            "cloud.secondary_region", f"no region of {provider}", secondary, ", ".join(REGIONS[provider]),
            nearest(secondary, REGIONS[provider]),
        )  # fmt: skip
    elif secondary == region:
        yield Problem(
            "cloud.secondary_region",
            "must differ from cloud.region",
            secondary,
            "another region or none",
            "none",
        )


@_on("orchestration.kubernetes_version")
def _kubernetes(version: str) -> Iterator[Problem]:
    if version not in pins().kubernetes:
        yield Problem(
            "orchestration.kubernetes_version", "no version that this release knows", version,
            ", ".join(pins().kubernetes), nearest(version, pins().kubernetes) or pins().kubernetes[0],
        )  # fmt: skip


PLATFORM_OF: Final = {"ecs": "aws", "cloud-run": "gcp", "container-apps": "azure"}
TOOL_OF: Final = {"cloudformation": "aws"}


@_on("cloud.provider", "orchestration.platform")
def _platform(provider: str, platform: str) -> Iterator[Problem]:
    if PLATFORM_OF.get(platform, provider) != provider:
        valid = ["kubernetes", *(p for p, home in PLATFORM_OF.items() if home == provider), "vm"]
        yield Problem(
            "orchestration.platform", f"{platform} exists on {PLATFORM_OF[platform]} only, not on {provider}",
            platform, ", ".join(valid), next((p for p, home in PLATFORM_OF.items() if home == provider), "kubernetes"),
        )  # fmt: skip


@_on("cloud.provider", "iac.tool")
def _tool(provider: str, tool: str) -> Iterator[Problem]:
    if TOOL_OF.get(tool, provider) != provider:
        yield Problem(
            "iac.tool",
            f"{tool} exists on aws only, not on {provider}",
            tool,
            "terraform, cdk, pulumi",
            "terraform",
        )


@_on("orchestration.platform", "orchestration.mesh")
def _mesh(platform: str, mesh: str) -> Iterator[Problem]:
    if mesh != "none" and platform != "kubernetes":
        yield Problem(
            "orchestration.mesh", f"a mesh needs kubernetes, the platform is {platform}", mesh, "none", "none"
        )


@_on("orchestration.platform", "orchestration.delivery")
def _delivery(platform: str, delivery: str) -> Iterator[Problem]:
    if delivery != "native" and platform != "kubernetes":
        yield Problem(
            "orchestration.delivery",
            f"{delivery} needs kubernetes, the platform is {platform}",
            delivery,
            "native",
            "native",
        )


@_on("deployment.canary_steps")
def _canary(steps: list[int]) -> Iterator[Problem]:
    if not steps or list(steps) != sorted(set(steps)) or steps[-1] != 100:
        fixed = sorted({s for s in steps if 0 < s < 100} | {100})
        yield Problem(
            "deployment.canary_steps", "must rise and end at 100", list(steps), "such as 10,25,50,100",
            ",".join(map(str, fixed)),
        )  # fmt: skip


@_on("scaling.min", "scaling.max")
def _scaling(low: int, high: int) -> Iterator[Problem]:
    if low > high:
        yield Problem("scaling.max", f"must be at least scaling.min, which is {low}", high, f"{low} or more", str(low))


@_on("environments")
def _environments(names: list[str]) -> Iterator[Problem]:
    for name, times in Counter(names).items():
        if times > 1:
            yield Problem(
                "environments",
                f"{name} stands {times} times",
                list(names),
                "each name once",
                ",".join(dict.fromkeys(names)),
            )


@_on("environments", "cloud.provider", "cloud.accounts")
def _accounts(environments: list[str], provider: str, accounts: dict[str, str]) -> Iterator[Problem]:
    form = {
        "aws": r"[0-9]{12}",
        "gcp": r"[a-z][-a-z0-9]{4,28}[a-z0-9]",
        "azure": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    }
    says = {"aws": "12 digits, in quotes", "gcp": "a project id", "azure": "a subscription id (a UUID)"}
    for name, account in accounts.items():
        if name not in environments:
            yield Problem(
                f"cloud.accounts.{name}",
                "no such environment",
                account,
                ", ".join(environments),
                nearest(name, environments),
            )
        if not re.fullmatch(form[provider], account):
            yield Problem(f"cloud.accounts.{name}", f"no account of {provider}", account, says[provider])


@_on("monitoring.channels")
def _channels(channels: list[str]) -> Iterator[Problem]:
    yield from _once("monitoring.channels", channels)


@_on("security.scanners")
def _scanners(scanners: list[str]) -> Iterator[Problem]:
    yield from _once("security.scanners", scanners)


def _once(key: str, values: list[str]) -> Iterator[Problem]:
    for value, times in Counter(values).items():
        if times > 1:
            yield Problem(
                key,
                f"{value} stands {times} times",
                list(values),
                "each once",
                ",".join(dict.fromkeys(values)),
            )


@_on("services")
def _services(services: list[dict[str, Any]]) -> Iterator[Problem]:
    for field, what in (
        ("name", "another service has this name"),
        ("host", "another public service has this host"),
    ):
        seen: dict[str, int] = {}
        for number, service in enumerate(services):
            value = service.get(field)
            if value is None or (field == "host" and not service.get("public")):
                continue
            if value in seen:
                yield Problem(
                    f"services[{number}].{field}", f"{what} (services[{seen[value]}])", value, "a name of its own",
                    f"{value}-{number + 1}"[-30:].lstrip("-"),
                )  # fmt: skip
            seen.setdefault(value, number)


@_on_service("language", "package_manager")
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


@_on_service("kind", "schedule")
def _schedule(kind: str, schedule: str) -> Iterator[Problem]:
    if kind == "job" and not schedule:
        yield Problem("schedule", "a job needs a schedule", schedule, "a cron line in UTC", "0 3 * * *")
    if kind != "job" and schedule:
        yield Problem(
            "schedule",
            f"only a job has a schedule, this is a {kind}",
            schedule,
            "empty",
            "",
            "Remove it, or make the kind job.",
        )


@_on_service("kind", "public")
def _public(kind: str, public: bool) -> Iterator[Problem]:
    if public and kind in {"worker", "job"}:
        yield Problem("public", f"a {kind} answers no requests, so it cannot be public", public, "false", "false")


@_on_service("health_path", "metrics_path", "metrics")
def _paths(health: str, metrics: str, source: str) -> Iterator[Problem]:
    if source != "none" and health == metrics:
        yield Problem("metrics_path", "must differ from health_path", metrics, "another path", "/metrics")


@_on_service("path")
def _path(path: str) -> Iterator[Problem]:
    if ".." in path.split("/"):
        yield Problem("path", "must stay inside the repository", path, "a folder below the root", ".")


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


@_on_service("env", "secrets")
def _variables(env: dict[str, str], secrets: list[str]) -> Iterator[Problem]:
    for name in sorted(set(env) & set(secrets)):
        yield Problem(f"env.{name}", "stands in env and in secrets", name, "one of the two", "", "Remove it from env.")
    for name in sorted(RESERVED & (set(env) | set(secrets))):
        yield Problem(f"env.{name}", "is set by the platform", name, "another name")
    for name, times in Counter(secrets).items():
        if times > 1:
            yield Problem("secrets", f"{name} stands {times} times", list(secrets), "each name once")


@_on_service("env", "commands")
def _expressions(env: dict[str, str], commands: dict[str, str]) -> Iterator[Problem]:
    for key, values in (("env", env), ("commands", commands)):
        for name, value in values.items():
            if "${{" in value:
                message = "holds a CI expression (${{ ... }}), which would be evaluated with the pipeline's rights"
                yield Problem(
                    f"{key}.{name}", message, value, "text without ${{", "", "Use a variable that the job sets."
                )
