"""The valid value that was probably meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from generator.spelling import closest

ALIASES: Final[dict[str, str]] = {
    "actions": "github-actions", "aci": "container-apps", "acr": "azure", "aks": "kubernetes", "amazon": "aws",
    "amazon-web-services": "aws", "argo": "argo-rollouts", "azurerm": "azure", "bluegreen": "blue-green",
    "cfn": "cloudformation", "cloudwatch": "cloud-native", "cloudrun": "cloud-run",
    ".net": "dotnet", "asp.net": "dotnet", "csharp": "dotnet", "c#": "dotnet", "f#": "dotnet", "fsharp": "dotnet",
    "gem": "bundler", "rubygems": "bundler", "rb": "ruby", "rs": "rust",
    "cron": "job", "eks": "kubernetes", "express": "node", "fargate": "ecs",
    "gcloud": "gcp", "gha": "github-actions", "github": "github-actions", "gitlab": "gitlab-ci", "gke": "kubernetes",
    "golang": "go", "google": "gcp", "grafana": "prometheus", "javascript": "node", "js": "node", "k3s": "kubernetes",
    "k8s": "kubernetes", "kube": "kubernetes", "kotlin": "java", "mail": "email", "mariadb": "mysql",
    "microsoft": "azure", "mvn": "maven", "mysql8": "mysql", "nodejs": "node", "opentofu": "terraform",
    "opentelemetry": "otel", "pager": "pagerduty", "pg": "postgres", "postgresql": "postgres", "prom": "prometheus",
    "py": "python", "python3": "python", "recreate": "rolling", "rails": "ruby", "secrets-manager": "cloud",
    "tf": "terraform", "tofu": "terraform", "ts": "node", "typescript": "node", "valkey": "redis", "vms": "vm",
}  # fmt: skip
"""What people call a choice; read before the spelling is compared."""

SCHEDULES: Final[dict[str, str]] = {
    "hourly": "0 * * * *", "every-hour": "0 * * * *", "daily": "0 3 * * *", "every-day": "0 3 * * *",
    "nightly": "0 3 * * *", "midnight": "0 0 * * *", "weekly": "0 3 * * 1", "every-week": "0 3 * * 1",
    "monthly": "0 3 1 * *", "every-month": "0 3 1 * *", "yearly": "0 3 1 1 *", "annually": "0 3 1 1 *",
    "every-minute": "* * * * *",
}  # fmt: skip
"""What people call a schedule."""

PLACES: Final[dict[str, str]] = {
    "virginia": "us-east-1", "ohio": "us-east-2", "oregon": "us-west-2", "cape-town": "af-south-1",
    "hong-kong": "ap-east-1", "tokyo": "ap-northeast-1", "seoul": "ap-northeast-2", "osaka": "ap-northeast-3",
    "mumbai": "ap-south-1", "hyderabad": "ap-south-2", "singapore": "ap-southeast-1", "sydney": "ap-southeast-2",
    "jakarta": "ap-southeast-3", "melbourne": "ap-southeast-4", "canada": "ca-central-1", "calgary": "ca-west-1",
    "frankfurt": "eu-central-1", "zurich": "eu-central-2", "stockholm": "eu-north-1", "milan": "eu-south-1",
    "spain": "eu-south-2", "ireland": "eu-west-1", "dublin": "eu-west-1", "london": "eu-west-2", "paris": "eu-west-3",
    "tel-aviv": "il-central-1", "bahrain": "me-south-1", "uae": "me-central-1", "mexico": "mx-central-1",
    "sao-paulo": "sa-east-1",
}  # fmt: skip
"""Where regions of AWS lie."""


def rising(percents: Iterable[int]) -> list[int]:
    """Percents in their order up to 100; none where there are none."""
    known = set(percents)
    return sorted({percent for percent in known if 0 < percent < 100} | {100}) if known else []


def called_schedule(text: str) -> str:
    """The cron line that a text probably means; "" where it is nothing like one.

    A line may have too many blanks, seconds before it or years after it; and people have names for some.
    """
    words = text.replace("?", "*").split()
    years_last = len(words) == 6 and "?" in text and re.fullmatch(r"\*|[0-9]{4}", words[-1])
    if len(words) == 5 or years_last:
        return " ".join(words[:5])
    if len(words) in {6, 7} and re.fullmatch(r"[0-9*/,]+", words[0]):
        return " ".join(words[1:6])
    return SCHEDULES.get("-".join(words).lower().removeprefix("@"), "")


def nearest(given: str, valid: Sequence[object]) -> str:
    """The alias' meaning or the valid value with the most similar spelling; "" where nothing is similar."""
    words = [str(v).lower() if isinstance(v, bool) else str(v) for v in valid]
    called = given.lower().replace(" ", "-").replace("_", "-")
    alias = ALIASES.get(called, PLACES.get(called, ""))
    if alias in words:
        return alias
    if given.lower() in words:
        return given.lower()
    return closest(given.lower(), words, 0.5)
