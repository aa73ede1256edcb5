"""The exact command lines with which real tools judge a generated repository.

Each command must end with exit code 0; where `silent`, it must also print nothing. `{files}` is
replaced by the paths that match `files`, `{root}` by the repository, `{built}` by the folder with
the built Kustomize trees, `{schemas}` and `{crds}` by the folders of Kubernetes schemas.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Command:
    """One command line; run in the repository."""

    name: str
    line: tuple[str, ...]
    files: tuple[str, ...] = ()
    """Globs; no match = the command is not run, which a test of the case must expect."""
    each: bool = False
    """Run once per file instead of once for all."""
    silent: bool = False
    kubernetes: bool = False
    """Whether it judges manifests, which other platforms do not have."""
    environment: tuple[tuple[str, str], ...] = ()
    inputs: tuple[str, str] = ("", "")
    """A job of security-scan.yml and its value of `matrix.what`: run with what the action makes of the inputs of its scan."""


_WORKFLOWS: Final = (".github/workflows/*.yml",)

COMMANDS: Final = (
    Command("actionlint", ("actionlint", "-no-color", "-pyflakes=", "{files}"), _WORKFLOWS, silent=True),
    Command("zizmor", ("zizmor", "--offline", "--no-progress", "{root}"), _WORKFLOWS),
    Command(
        "check-jsonschema workflows",
        ("check-jsonschema", "--builtin-schema", "vendor.github-workflows", "{files}"),
        _WORKFLOWS,
    ),
    Command(
        "check-jsonschema actions",
        ("check-jsonschema", "--builtin-schema", "vendor.github-actions", "{files}"),
        (".github/actions/*/action.yml",),
    ),
    Command(
        "check-jsonschema dependabot",
        ("check-jsonschema", "--builtin-schema", "vendor.dependabot", "{files}"),
        (".github/dependabot.yml",),
    ),
    Command(
        "check-jsonschema compose",
        ("check-jsonschema", "--builtin-schema", "vendor.compose-spec", "{files}"),
        ("infrastructure/docker/docker-compose.yml",),
    ),
    Command("hadolint", ("hadolint", "{files}"), ("infrastructure/docker/*.Dockerfile",), silent=True),
    Command("shellcheck", ("shellcheck", "-x", "-P", "SCRIPTDIR", "{files}"), ("**/*.sh",), silent=True),
    Command("shfmt", ("shfmt", "-i", "2", "-ci", "-d", "{files}"), ("**/*.sh",), silent=True),
    Command("yamllint", ("yamllint", "--strict", "{root}"), ("**/*.yml", "**/*.yaml"), silent=True),
    Command("terraform fmt", ("terraform", "fmt", "-check", "-recursive", "{root}"), ("**/*.tf",), silent=True),
    Command(
        "promtool check rules",
        ("promtool", "check", "rules", "--lint=all", "--lint-fatal", "{files}"),
        ("monitoring/prometheus/rules/*.yml",),
    ),
    Command("promtool test rules", ("promtool", "test", "rules", "{files}"), ("monitoring/prometheus/tests/*_test.yml",)),
    Command(
        "kubeconform",
        (
            "kubeconform", "-strict", "-summary",
            "-schema-location", "{schemas}/{{ .ResourceKind }}{{ .KindSuffix }}.json",
            "-schema-location", "{crds}/{{ .Group }}/{{ .ResourceKind }}_{{ .ResourceAPIVersion }}.json",
            "{built}",
        ),
        kubernetes=True,
    ),
    Command(
        "check-manifests schemas",
        ("scripts/check-manifests.sh", "schemas"),
        ("infrastructure/kubernetes/**/kustomization.yaml",),
        environment=(
            ("KUBERNETES_SCHEMAS", "{schemas}/{{ .ResourceKind }}{{ .KindSuffix }}.json"),
            ("CRD_SCHEMAS", "{crds}/{{ .Group }}/{{ .ResourceKind }}_{{ .ResourceAPIVersion }}.json"),
        ),
        kubernetes=True,
    ),
    Command("check-manifests hardening", ("scripts/check-manifests.sh", "hardening"), kubernetes=True),
    Command(
        "trivy configuration",
        # Its checks are in the program; nothing is fetched, and nothing is kept.
        ("trivy", "config", "--skip-check-update", "--quiet", "--cache-dir", "{tmp}", "."),
        inputs=("trivy", "configuration"),
    ),
    Command(
        "checkov files",
        (
            "checkov", "-d", "{root}", "--framework", "terraform", "github_actions", "dockerfile", "secrets",
            "--skip-download", "--compact", "--quiet",
        ),
    ),
    Command(
        "checkov kubernetes",
        ("checkov", "-d", "{built}", "--framework", "kubernetes", "--skip-download", "--compact", "--quiet"),
        kubernetes=True,
    ),
)  # fmt: skip

# Per Terraform root, over the recorded schemas of the current provider majors.
TERRAFORM: Final = (
    ("terraform", "init", "-backend=false", "-input=false", "-no-color"),
    ("terraform", "validate", "-no-color"),
    ("terraform", "test", "-no-color"),
)
KUSTOMIZE: Final = ("kubectl", "kustomize", "{directory}")
PROMTOOL_CONFIG: Final = ("promtool", "check", "config", "{file}")
"""On a copy without `kubernetes_sd_configs`, which Debian's promtool does not know, and without the files of a pod."""
AMTOOL_CONFIG: Final = ("amtool", "check-config", "{file}")
AMTOOL_ROUTE: Final = ("amtool", "config", "routes", "test", "--config.file={file}", "{labels}")
"""Both on a copy where a webhook's `url_file` is a `url`: Debian's amtool does not know it yet."""
