"""Rules across answers: plain functions over whatever fields are valid.

A rule names the keys that it reads; it runs when all of them are valid, so it speaks even
when another field is wrong.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from generator.answers import dotted
from generator.answers.nearest import nearest, rising
from generator.answers.service_rules import RULES as SERVICE_RULES
from generator.answers.service_rules import secret, unfilled
from generator.answers.usual import REGIONS, preview_obstacle
from generator.errors import Problem
from generator.pins import pins

Rule = Callable[..., Iterable[Problem]]


def broken(data: Mapping[str, Any], wrong: set[str]) -> Iterator[Problem]:
    """The problems that only several answers together show; `wrong` are the keys already reported."""
    for keys, rule in RULES:
        values = [dotted.get(data, key) for key in keys]
        if not wrong.intersection(keys) and None not in values:
            yield from rule(*values)
    for number, service in enumerate(data.get("services") or ()):
        for keys, rule in SERVICE_RULES:
            if all(service.get(key) is not None for key in keys):
                yield from (
                    Problem(f"services[{number}].{p.key}", p.message, p.given, p.valid, p.nearest, p.fix)
                    for p in rule(*(service[key] for key in keys))
                )


def _region(provider: str, region: str) -> Iterator[Problem]:
    if region not in REGIONS[provider]:
        yield Problem(
            "cloud.region", f"no region of {provider} with three open zones", region,
            ", ".join(REGIONS[provider]), nearest(region, REGIONS[provider]),
        )  # fmt: skip


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


def _kubernetes(version: str) -> Iterator[Problem]:
    if version not in pins().kubernetes:
        yield Problem(
            "orchestration.kubernetes_version", "no version that this release knows", version,
            ", ".join(pins().kubernetes), nearest(version, pins().kubernetes) or pins().kubernetes[0],
        )  # fmt: skip


PLATFORM_OF: Final = {"ecs": "aws", "cloud-run": "gcp", "container-apps": "azure"}
TOOL_OF: Final = {"cloudformation": "aws"}


def _platform(provider: str, platform: str) -> Iterator[Problem]:
    if PLATFORM_OF.get(platform, provider) != provider:
        valid = ["kubernetes", *(p for p, home in PLATFORM_OF.items() if home == provider), "vm"]
        yield Problem(
            "orchestration.platform", f"{platform} exists on {PLATFORM_OF[platform]} only, not on {provider}",
            platform, ", ".join(valid), next((p for p, home in PLATFORM_OF.items() if home == provider), "kubernetes"),
        )  # fmt: skip


def _tool(provider: str, tool: str) -> Iterator[Problem]:
    if TOOL_OF.get(tool, provider) != provider:
        yield Problem(
            "iac.tool",
            f"{tool} exists on aws only, not on {provider}",
            tool,
            "terraform, cdk, pulumi",
            "terraform",
        )


def _mesh(platform: str, mesh: str) -> Iterator[Problem]:
    if mesh != "none" and platform != "kubernetes":
        yield Problem(
            "orchestration.mesh", f"a mesh needs kubernetes, the platform is {platform}", mesh, "none", "none"
        )


def _delivery(platform: str, delivery: str) -> Iterator[Problem]:
    if delivery != "native" and platform != "kubernetes":
        yield Problem(
            "orchestration.delivery",
            f"{delivery} needs kubernetes, the platform is {platform}",
            delivery,
            "native",
            "native",
        )


def _canary(steps: list[int]) -> Iterator[Problem]:
    if not steps or list(steps) != sorted(set(steps)) or steps[-1] != 100:
        yield Problem(
            "deployment.canary_steps", "must rise and end at 100", list(steps), "such as 10,25,50,100",
            ",".join(map(str, rising([*steps, 100]))),
        )  # fmt: skip


def _scaling(low: int, high: int) -> Iterator[Problem]:
    if low > high:
        yield Problem("scaling.max", f"must be at least scaling.min, which is {low}", high, f"{low} or more", str(low))


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


def _production(names: list[str]) -> Iterator[Problem]:
    """The last environment is production: one that is called so and stands elsewhere was put there by mistake."""
    called = [name for name in names if name in {"prod", "production", "live"}]
    if called and names[-1] not in called:
        yield Problem(
            "environments",
            f"the last one is production, and that is not {called[-1]}",
            list(names),
            "from the first to production",
            ",".join([*(name for name in names if name != called[-1]), called[-1]]),
        )


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


def _channels(channels: list[str]) -> Iterator[Problem]:
    yield from _once("monitoring.channels", channels)


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


def _always_running(services: list[dict[str, Any]]) -> Iterator[Problem]:
    """What runs an application around its jobs (entry, scaling, the judge of a release) needs something that runs."""
    if services and all(service.get("kind") == "job" for service in services):
        yield Problem(
            "services[0].kind", "all services are jobs, and at least one must run all the time", "job", "web, worker",
            "worker", "Make one a worker, or put the jobs beside the service that they belong to.",
        )  # fmt: skip


def _previews(enabled: bool, domain: str, environments: list[str], services: list[dict[str, Any]]) -> Iterator[Problem]:
    if not enabled or any(service.get("public") is None for service in services):
        return
    if obstacle := preview_obstacle(domain, environments, services):
        yield Problem("previews.enabled", obstacle, True, "false", "false")


def _no_secret(description: str, owner: str) -> Iterator[Problem]:
    for key, text in (("project.description", description), ("project.owner", owner)):
        yield from secret(key, text)


def _reserved_word(name: str, domain: str, environments: list[str]) -> Iterator[Problem]:
    for key, text in (("project.name", name), ("project.domain", domain)):
        yield from unfilled(key, text)
    for number, text in enumerate(environments):
        yield from unfilled(f"environments[{number}]", text)


RULES: Final[tuple[tuple[tuple[str, ...], Rule], ...]] = (
    (("cloud.provider", "cloud.region"), _region),
    (("cloud.provider", "cloud.region", "cloud.secondary_region"), _secondary),
    (("orchestration.kubernetes_version",), _kubernetes),
    (("cloud.provider", "orchestration.platform"), _platform),
    (("cloud.provider", "iac.tool"), _tool),
    (("orchestration.platform", "orchestration.mesh"), _mesh),
    (("orchestration.platform", "orchestration.delivery"), _delivery),
    (("deployment.canary_steps",), _canary),
    (("scaling.min", "scaling.max"), _scaling),
    (("environments",), _environments),
    (("environments",), _production),
    (("environments", "cloud.provider", "cloud.accounts"), _accounts),
    (("monitoring.channels",), _channels),
    (("security.scanners",), _scanners),
    (("services",), _services),
    (("services",), _always_running),
    (("previews.enabled", "project.domain", "environments", "services"), _previews),
    (("project.description", "project.owner"), _no_secret),
    (("project.name", "project.domain", "environments"), _reserved_word),
)
"""The rules, each with the keys that it reads."""
