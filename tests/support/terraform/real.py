"""Generated Terraform for the real AWS provider of the major before: 5.100, the last of it, knows values and enums.

The output asks for `~> 6.0`. A copy asks for 5.100.0 instead, without what only 6 knows: `NEWER`.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.support import generated

VERSION: Final = "5.100.0"
ACCOUNT: Final = "123456789012"
CASES: Final = {
    "kubernetes": generated.CASES / "example.yml",
    "ecs": generated.TEMPLATES / "ecs/tests/cases/example.yml",
}
MAIN: Final = "infrastructure/terraform"
VALUES: Final = "environments/prod.tfvars"
NEWER: Final = {
    r"^ +deletion_protection +=.*\n": "deletion_protection of aws_eks_cluster",
    r"^ +target_role_arn +=.*\n": "target_role_arn of aws_eks_pod_identity_association",
}
"""Lines that 5.100 does not take: the only differences, which a test holds."""
_ASSERTION: Final = re.compile(r"^  assert \{\n.*?^  \}\n", re.MULTILINE | re.DOTALL)


def mirror() -> Path | None:
    """The folder in which Terraform finds the provider; None where there is none on this computer."""
    named = os.environ.get("TERRAFORM_MIRROR", "")
    found = list(Path(named).glob(f"registry.terraform.io/hashicorp/aws/{VERSION}/*/")) if named else []
    return Path(named) if found else None


def need() -> None:
    """Skips the test where there is no mirror, or fails it where `CI=true`: a proof that nobody ran is none."""
    if mirror():
        return
    message = (
        f"TERRAFORM_MIRROR names no filesystem mirror of Terraform that has hashicorp/aws {VERSION}: write a versions.tf "
        f'that requires exactly "{VERSION}", run `terraform providers mirror FOLDER` beside it, set TERRAFORM_MIRROR=FOLDER'
    )
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


def older(path: str, text: str, kept: str = "") -> str:
    """A file as 5.100 takes it, but for a line that is kept; a test without its assertions on what is left out."""
    text = text.replace('version = "~> 6.0"', f'version = "{VERSION}"') if path.endswith(".tf") else text
    left = {line: name.split()[0] for line, name in NEWER.items() if line != kept} if "/eks" in path else {}
    if path.endswith(".tf"):
        for line in left:
            text = re.sub(line, "", text, flags=re.MULTILINE)
    if path.endswith(".tftest.hcl"):
        text = _ASSERTION.sub(lambda one: "" if any(f".{name}" in one[0] for name in left.values()) else one[0], text)
    return text


def environment(mirror: Path, work: Path) -> dict[str, str]:
    """The variables with which terraform takes the provider from the mirror alone."""
    config = work / "terraformrc"
    config.write_text(
        "disable_checkpoint = true\nprovider_installation {\n  filesystem_mirror {\n"
        f'    path    = "{mirror}"\n    include = ["registry.terraform.io/*/*"]\n  }}\n}}\n'
    )
    return {"TF_CLI_CONFIG_FILE": str(config), "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}


class Root:
    """A root of a case, for production, in one account; `kept` is a line of NEWER that stays."""

    def __init__(self, case: Path, work: Path, root: str = MAIN, kept: str = "") -> None:
        found = mirror()
        assert found
        for path, file in generated.tree(case).items():
            target = work / "made" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(older(path, file.text, kept).encode())
        self.folder = work / "made" / root
        self.environment = {**os.environ, **environment(found, work)}
        values = self.folder / VALUES
        text = re.sub(r'"CHANGEME_AWS_ACCOUNT_ID_\w+"', f'"{ACCOUNT}"', values.read_text())
        values.write_text(
            re.sub(r'"CHANGEME_(ADMINISTRATORS|OPERATORS)_\w+"', rf'"arn:aws:iam::{ACCOUNT}:role/\1"', text)
        )
        versions = self.folder / "versions.tf"
        versions.write_text(versions.read_text().replace('backend "s3" {}', 'backend "local" {}'))
        # What moto lacks is asked for once, not 25 times.
        (self.folder / "test_override.tf").write_text('provider "aws" {\n  max_retries = 1\n}\n')

    def run(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        """terraform in the root."""
        line = ["terraform", *arguments]
        return subprocess.run(
            line, cwd=self.folder, env=self.environment | env, capture_output=True, text=True, check=False, timeout=1500
        )

    def at(self, url: str) -> None:
        """Everything goes to this address from now on."""
        self.environment |= {
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
