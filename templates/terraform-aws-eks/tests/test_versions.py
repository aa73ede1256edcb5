"""Each cluster has its version in its environment's own values, so that one is upgraded after the other."""

from __future__ import annotations

import re

from tests.support import generated

EXAMPLE = generated.CASES / "example.yml"
ROOT = "infrastructure/terraform"


def test_a_version_is_raised_in_one_environment_alone() -> None:
    tree, answers = generated.tree(EXAMPLE), generated.answers(EXAMPLE)
    wanted = answers.orchestration.kubernetes_version
    for environment in answers.environments:
        values = tree[f"{ROOT}/environments/{environment}.tfvars"].text
        assert re.findall(r"^kubernetes_version += (.*)$", values, re.M) == [f'"{wanted}"']
    # A default would be a version for all of them.
    (declared,) = re.findall(
        r'^variable "kubernetes_version" \{\n(.*?)^\}', tree[f"{ROOT}/eks-variables.tf"].text, re.M | re.S
    )
    assert "default" not in declared
