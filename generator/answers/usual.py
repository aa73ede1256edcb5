"""Defaults that depend on other answers, by dotted key.

Each function takes the answers so far as plain data (the service's own for `services[].x`)
and returns the usual value, or raises KeyError where what it depends on is missing or wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from generator.pins import pins

PACKAGE_MANAGERS: Final[dict[str, tuple[str, ...]]] = {
    "python": ("uv", "poetry", "pip"),
    "node": ("npm", "pnpm", "yarn"),
    "go": ("gomod",),
    "java": ("maven", "gradle"),
    "dotnet": ("nuget",),
    "ruby": ("bundler",),
    "rust": ("cargo",),
    "static": ("npm", "pnpm", "yarn", "none"),
    "other": ("none",),
}
"""The package managers of each language, the usual one first."""

_PYTHON_TEST = "pytest --junitxml=reports/junit.xml --cov --cov-report=xml:reports/coverage.xml"
_NO_COMMANDS: Final = {"lint": "", "unit": "", "integration": "", "e2e": "", "build": "", "migrate": "", "seed": ""}
COMMANDS: Final[dict[str, dict[str, str]]] = {
    "uv": {"lint": "uv run --locked ruff check .", "unit": f"uv run --locked {_PYTHON_TEST}"},
    "poetry": {"lint": "poetry run ruff check .", "unit": f"poetry run {_PYTHON_TEST}"},
    "pip": {"lint": "ruff check .", "unit": _PYTHON_TEST},
    "npm": {"lint": "npm run lint", "unit": "npm test", "build": "npm run build"},
    "pnpm": {"lint": "pnpm run lint", "unit": "pnpm test", "build": "pnpm run build"},
    "yarn": {"lint": "yarn run lint", "unit": "yarn run test", "build": "yarn run build"},
    "gomod": {
        "lint": "go vet ./...",
        "unit": "mkdir -p reports && go test -race -coverprofile=reports/coverage.out ./...",
    },
    "maven": {
        "lint": "mvn -B -ntp checkstyle:check",
        "unit": "mvn -B -ntp test",
        "build": "mvn -B -ntp -DskipTests package",
    },
    "gradle": {
        "lint": "./gradlew --no-daemon checkstyleMain",
        "unit": "./gradlew --no-daemon test",
        "build": "./gradlew --no-daemon -x test assemble",
    },
    "nuget": {
        "lint": "dotnet format --verify-no-changes",
        "unit": 'dotnet test --logger trx --results-directory reports --collect "XPlat Code Coverage"',
        "build": "dotnet publish -c Release -o out",
    },
    "bundler": {
        "lint": "bundle exec rubocop",
        "unit": "bundle exec rspec --format progress --format json --out reports/rspec.json",
    },
    "cargo": {
        "lint": "cargo fmt --check && cargo clippy --locked --all-targets -- -D warnings",
        "unit": "mkdir -p reports && cargo test --locked | tee reports/tests.txt",
        "build": "cargo build --release --locked",
    },
}
"""The commands that a package manager's projects usually have."""

METRICS: Final[dict[str, str]] = {
    "java": "micrometer",
    # Both name requests by OpenTelemetry's conventions: ASP.NET Core itself, and Rust's middlewares.
    "dotnet": "otel",
    "rust": "otel",
    "static": "none",
    "other": "none",
}
"""By which names the services of a language usually report requests; `prometheus` where it is not named."""

REGIONS: Final[dict[str, tuple[str, ...]]] = {
    # Regions with three zones open to every account; the first is the usual one.
    "aws": (
        "us-east-1", "us-east-2", "us-west-2", "af-south-1", "ap-east-1", "ap-northeast-1", "ap-northeast-2",
        "ap-northeast-3", "ap-south-1", "ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3",
        "ap-southeast-4", "ap-southeast-5", "ca-central-1", "ca-west-1", "eu-central-1", "eu-central-2",
        "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3", "il-central-1",
        "me-central-1", "me-south-1", "mx-central-1", "sa-east-1",
    ),
    "gcp": (
        "us-central1", "us-east1", "us-east4", "us-west1", "europe-west1", "europe-west2", "europe-west3",
        "europe-west4", "asia-northeast1", "asia-southeast1", "australia-southeast1",
    ),
    "azure": (
        "eastus", "eastus2", "westus2", "westus3", "centralus", "northeurope", "westeurope", "uksouth",
        "germanywestcentral", "francecentral", "swedencentral", "southeastasia", "australiaeast", "japaneast",
    ),
}  # fmt: skip

Scope = Mapping[str, Any]


def services() -> list[dict[str, Any]]:
    """The services of who names none."""
    return [{"name": "app"}]


def _single(scope: Scope, answers: Scope) -> str:
    return "." if len(answers["services"]) == 1 else f"services/{scope['name']}"


def _commands(scope: Scope) -> dict[str, str]:
    return _NO_COMMANDS | COMMANDS.get(scope["package_manager"], {})


SERVICE: Final[dict[str, Callable[[Scope, Scope], Any]]] = {
    "version": lambda s, a: pins().runtime(s["language"]),
    "package_manager": lambda s, a: PACKAGE_MANAGERS[s["language"]][0],
    "path": _single,
    "host": lambda s, a: s["name"],
    "public": lambda s, a: s["kind"] in {"web", "static"},
    "metrics": lambda s, a: METRICS.get(s["language"], "prometheus"),
}
"""Usual values of `services[].<key>`; a command's usual value is `usual_command`."""

OF_LANGUAGE: Final = ("version", "package_manager", "commands", "metrics")
"""What of a service goes with its language: in another one it is wrong."""

PREVIEW: Final = "preview"
"""What previews have in place of an environment's name: no environment is called so."""


def preview_obstacle(domain: str, environments: Sequence[str], services: Sequence[Scope]) -> str:
    """Why there can be no previews with these answers; "" where there can."""
    if not domain:
        return "a preview has a host below project.domain, and that is not set"
    if len(environments) < 2:
        return "previews run in the first environment, which must not be production, and there is only one"
    if PREVIEW in environments:
        return f"previews use the name {PREVIEW} for secrets and images, and an environment has it"
    if not any(service["public"] for service in services):
        return "a preview is looked at through a public service, and there is none"
    return ""


def _previews(answers: Scope) -> bool:
    domain, services = answers["project"]["domain"], answers["services"]
    return not preview_obstacle(domain, answers["environments"], services)


ANSWERS: Final[dict[str, Callable[[Scope], Any]]] = {
    "cloud.region": lambda a: REGIONS[a["cloud"]["provider"]][0],
    "orchestration.kubernetes_version": lambda a: pins().kubernetes[0],
    "services": lambda a: services(),
    "previews.enabled": _previews,
}
"""Usual values of the other keys."""


def usual_command(name: str, scope: Scope) -> str:
    """The usual command `name` of a service."""
    return _commands(scope)[name]
