"""The valid value that was probably meant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

ALIASES: Final[dict[str, str]] = {
    "actions": "github-actions", "aci": "container-apps", "acr": "azure", "aks": "kubernetes", "amazon": "aws",
    "amazon-web-services": "aws", "argo": "argo-rollouts", "azurerm": "azure", "bluegreen": "blue-green",
    "blue_green": "blue-green", "cfn": "cloudformation", "cloudwatch": "cloud-native", "cloudrun": "cloud-run",
    "csharp": "dotnet", "c#": "dotnet", "cron": "job", "eks": "kubernetes", "express": "node", "fargate": "ecs",
    "gcloud": "gcp", "gha": "github-actions", "github": "github-actions", "gitlab": "gitlab-ci", "gke": "kubernetes",
    "golang": "go", "google": "gcp", "grafana": "prometheus", "javascript": "node", "js": "node", "k3s": "kubernetes",
    "k8s": "kubernetes", "kube": "kubernetes", "kotlin": "java", "mail": "email", "mariadb": "mysql",
    "microsoft": "azure", "mvn": "maven", "mysql8": "mysql", "nodejs": "node", "opentofu": "terraform",
    "opentelemetry": "otel", "pager": "pagerduty", "pg": "postgres", "postgresql": "postgres", "prom": "prometheus",
    "py": "python", "python3": "python", "recreate": "rolling", "rails": "ruby", "secrets-manager": "cloud",
    "tf": "terraform", "tofu": "terraform", "ts": "node", "typescript": "node", "valkey": "redis", "vms": "vm",
}  # fmt: skip
"""What people call a choice; read before the spelling is compared."""


def nearest(given: str, valid: Sequence[object]) -> str:
    """The alias' meaning or the valid value with the most similar spelling; "" where nothing is similar."""
    import difflib  # noqa: PLC0415 -- only needed once something is wrong

    words = [str(v).lower() if isinstance(v, bool) else str(v) for v in valid]
    alias = ALIASES.get(given.lower().replace(" ", "-"), "")
    if alias in words:
        return alias
    if given.lower() in words:
        return given.lower()
    return next(iter(difflib.get_close_matches(given.lower(), words, n=1, cutoff=0.5)), "")
