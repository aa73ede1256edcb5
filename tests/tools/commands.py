"""The exact command lines with which real tools judge a generated repository.

Each command must end with exit code 0; where `silent`, it must also print nothing. `{files}` is
replaced by the paths that it judges, `{root}` by the repository, `{schemas}` and `{crds}` by the
folders of Kubernetes schemas. It finds nothing of the repository but what its fields name: `inputs.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Command:
    """One command line; run in the repository."""

    name: str
    line: tuple[str, ...]
    together: tuple[str, ...] = ()
    """Globs of what the command judges as a whole."""
    alone: tuple[str, ...] = ()
    """Globs of files of which it judges each by itself: what it says of one does not depend on the others."""
    names: str = ""
    """How such a file names others that are read with it: a pattern of their paths, seen from the file."""
    files: tuple[str, ...] = ("**",)
    """Globs of the judged files that `{files}` stands for."""
    silent: bool = False
    kubernetes: bool = False
    """Whether it judges manifests, which other platforms do not have."""
    environment: tuple[tuple[str, str], ...] = ()
    inputs: tuple[str, str] = ("", "")
    """A job of security-scan.yml and its value of `matrix.what`: run with what the action makes of the inputs of its scan."""


_WORKFLOWS: Final = (".github/workflows/*.yml",)
_GITHUB: Final = (".github/**",)
_SCRIPTS: Final = ("**/*.sh",)
_DOCKERFILES: Final = ("infrastructure/docker/*.Dockerfile",)
_TERRAFORM: Final = ("**/*.tf", "**/*.tfvars", "**/*.hcl")
_YAML: Final = ("**/*.yml", "**/*.yaml")
_MANIFESTS: Final = (
    "scripts/check-manifests.sh",
    "scripts/lib/common.sh",
    "infrastructure/kubernetes/**",
    *(f"monitoring/{folder}" for folder in ("*/*", "kubernetes/**", "overlays/**", "prometheus/rules/*")),
)

COMMANDS: Final = (
    Command("actionlint", ("actionlint", "-no-color", "-pyflakes=", "{files}"), _GITHUB, files=_WORKFLOWS, silent=True),
    Command("zizmor", ("zizmor", "--offline", "--no-progress", "{root}"), _GITHUB),
    Command(
        "check-jsonschema workflows",
        ("check-jsonschema", "--builtin-schema", "vendor.github-workflows", "{files}"),
        alone=_WORKFLOWS,
    ),
    Command(
        "check-jsonschema actions",
        ("check-jsonschema", "--builtin-schema", "vendor.github-actions", "{files}"),
        alone=(".github/actions/*/action.yml",),
    ),
    Command(
        "check-jsonschema dependabot",
        ("check-jsonschema", "--builtin-schema", "vendor.dependabot", "{files}"),
        alone=(".github/dependabot.yml",),
    ),
    Command(
        "check-jsonschema compose",
        ("check-jsonschema", "--builtin-schema", "vendor.compose-spec", "{files}"),
        alone=("infrastructure/docker/docker-compose.yml",),
    ),
    Command("hadolint", ("hadolint", "{files}"), alone=_DOCKERFILES, silent=True),
    Command(
        "shellcheck",
        ("shellcheck", "-x", "-P", "SCRIPTDIR", "{files}"),
        alone=_SCRIPTS,
        names=r"# shellcheck source=(\S+)",
        silent=True,
    ),
    Command("shfmt", ("shfmt", "-i", "2", "-ci", "-d", "{files}"), alone=_SCRIPTS, silent=True),
    Command("yamllint", ("yamllint", "--strict", "{root}"), alone=_YAML, silent=True),
    Command("terraform fmt", ("terraform", "fmt", "-check", "-recursive", "{root}"), alone=_TERRAFORM, silent=True),
    Command(
        "promtool check rules",
        ("promtool", "check", "rules", "--lint=all", "--lint-fatal", "{files}"),
        ("monitoring/prometheus/rules/*.yml",),
    ),
    Command(
        "promtool test rules",
        ("promtool", "test", "rules", "{files}"),
        alone=("monitoring/prometheus/tests/*_test.yml",),
        names=r"^ +- (\S+\.yml)$",
    ),
    Command(
        "check-manifests schemas",
        ("scripts/check-manifests.sh", "schemas"),
        _MANIFESTS,
        environment=(
            ("KUBERNETES_SCHEMAS", "{schemas}/{{ .ResourceKind }}{{ .KindSuffix }}.json"),
            ("CRD_SCHEMAS", "{crds}/{{ .Group }}/{{ .ResourceKind }}_{{ .ResourceAPIVersion }}.json"),
        ),
        kubernetes=True,
    ),
    Command("check-manifests hardening", ("scripts/check-manifests.sh", "hardening"), _MANIFESTS, kubernetes=True),
    Command(
        "trivy configuration",
        # Its checks are in the program; nothing is fetched, and nothing is kept.
        ("trivy", "config", "--skip-check-update", "--quiet", "--cache-dir", "{tmp}", "."),
        together=_TERRAFORM,
        alone=(*_YAML, "**/*.json", *_DOCKERFILES),
        inputs=("trivy", "configuration"),
    ),
    Command(
        "checkov files",
        (
            "checkov", "-d", "{root}", "--framework", "terraform", "github_actions", "dockerfile", "secrets",
            "--skip-download", "--compact", "--quiet",
        ),
        together=_TERRAFORM,
        alone=("**",),
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
