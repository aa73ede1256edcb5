"""The real AWS provider applies both platforms to moto, then plans again: what is planned then is a gap of moto, or ours.

Slow, and only where the provider lies on this computer: `TERRAFORM_MIRROR` names a folder laid out as a filesystem
mirror of Terraform that has hashicorp/aws 5.100.0.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import botocore.session
import pytest

from tests.support.terraform import real

VALUES: Final = f"-var-file={real.VALUES}"

FAILS: Final = {
    "aws_appautoscaling_target": r"ListTagsForResource, .*StatusCode: 500",
    "aws_budgets_budget": r"DescribeSubscribersForNotification, .*StatusCode: 500",
    "aws_eks_access_entry": r"CreateAccessEntry, .*StatusCode: 404",
    "aws_eks_addon_version": r"DescribeAddonVersions, .*StatusCode: 404",
    "aws_eks_pod_identity_association": r"CreatePodIdentityAssociation, .*StatusCode: 404",
    "aws_prometheus_workspace_configuration": r"UpdateWorkspaceConfiguration, .*StatusCode: 404",
    # It forgets newer_noncurrent_versions, which the provider waits for.
    "aws_s3_bucket_lifecycle_configuration": r"timeout while waiting for state to become 'true'",
    # It has no TLS, and the bucket lets nothing in without.
    "aws_s3_object": r"PutObject, .*StatusCode: 403",
}
"""Type -> the error of moto, which cannot make it."""
AFTER: Final = {
    "aws_appautoscaling_policy": "aws_appautoscaling_target",
    "aws_ecs_service": "aws_s3_object",
    "aws_ecs_task_definition": "aws_s3_object",
    "aws_eks_access_policy_association": "aws_eks_access_entry",
    "aws_eks_addon": "aws_eks_addon_version",
    "aws_eks_node_group": "aws_eks_addon_version",
}
"""Type -> the one before it, which moto cannot make."""
FORGETS: Final[dict[str, set[str]]] = {
    "aws_acm_certificate": {"key_algorithm"},
    "aws_db_instance": {
        "database_insights_mode", "engine_lifecycle_support", "performance_insights_enabled",
        "performance_insights_kms_key_id", "performance_insights_retention_period",
    },
    "aws_db_parameter_group": {"parameter"},
    "aws_ecs_service": {"capacity_provider_strategy"},
    "aws_eks_cluster": {"access_config"},
    "aws_kms_key": {"rotation_period_in_days"},
    "aws_launch_template": {"tag_specifications"},
    "aws_prometheus_workspace": {"kms_key_arn"},
    "aws_s3_bucket_notification": {"eventbridge"},
    "aws_secretsmanager_secret_rotation": {"rotation_rules"},
    "aws_vpc_security_group_egress_rule": {"description"},
    "aws_vpc_security_group_ingress_rule": {"description"},
}  # fmt: skip
"""Type -> attributes that moto does not keep, so that the second plan would set them again."""
FOLLOWS: Final = {
    "aws_acm_certificate_validation": "aws_acm_certificate",
    "aws_route53_record": "aws_acm_certificate",
}
"""Type -> the one that is made anew, and this with it."""
MOST: Final = 10
"""Types that moto may be unable to make."""


@contextmanager
def moto(work: Path) -> Iterator[str]:
    """moto as a server of its own; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    line = [sys.executable, "-m", "tests.support.moto_server", str(port)]
    env = {**os.environ, "MOTO_IAM_LOAD_MANAGED_POLICIES": "true"}
    with (work / "moto.log").open("w") as log, subprocess.Popen(line, stdout=log, stderr=log, env=env) as server:
        try:
            for _ in range(300):
                try:
                    urllib.request.urlopen(f"{url}/moto-api/", timeout=5).close()
                    break
                except OSError:
                    assert server.poll() is None, (work / "moto.log").read_text()
                    time.sleep(0.2)
            yield url
        finally:
            server.terminate()


def zone(url: str) -> None:
    """The DNS zone, which is looked up and not made."""
    client = botocore.session.get_session().create_client(
        "route53", "us-east-1", endpoint_url=url, aws_access_key_id="testing", aws_secret_access_key="testing"
    )
    client.create_hosted_zone(Name="shop.acme.dev", CallerReference="test")


def errors(output: str) -> dict[str, str]:
    """Address -> message, from what `-json` prints."""
    rows = [json.loads(line) for line in output.splitlines()]
    found = [row["diagnostic"] for row in rows if row.get("type") == "diagnostic" and row["@level"] == "error"]
    return {one.get("address") or one["summary"]: f"{one['summary']} {one.get('detail', '')}" for one in found}


def type_of(address: str) -> str:
    """The type in an address."""
    return address.split("[", maxsplit=1)[0].split(".")[-2]


def changes(plan: dict[str, Any]) -> Iterator[tuple[str, str, set[str]]]:
    """Address, action and the attributes that make it necessary; what only follows another change has none."""
    for one in plan["resource_changes"]:
        change = one["change"]
        if one["mode"] != "managed" or change["actions"] in (["no-op"], ["read"]):
            continue
        before, after, unknown = change["before"], change["after"] or {}, change["after_unknown"] or {}
        if not before:
            yield one["address"], "create", set()
        elif change.get("replace_paths"):
            yield one["address"], "replace", {path[0] for path in change["replace_paths"]}
        else:
            known = {name for name in after if unknown.get(name) is not True}
            yield one["address"], "update", {name for name in known if before.get(name) != after[name]}


def expected(address: str, action: str, attributes: set[str]) -> bool:
    """Whether a change of the second plan is a gap of moto that is named above."""
    kind = type_of(address)
    if action == "create":
        return kind in FAILS or kind in AFTER
    return attributes <= FORGETS.get(kind, set()) or (action == "replace" and kind in FOLLOWS)


@pytest.mark.parametrize("case", real.CASES, ids=list(real.CASES))
def test_applied_and_planned_again(case: str, tmp_path: Path) -> None:
    root = real.Root(real.CASES[case], tmp_path)
    done = root.run("init", "-input=false", "-no-color")
    assert done.returncode == 0, done.stderr
    with moto(tmp_path) as url:
        root.at(url)
        zone(url)
        done = root.run("apply", "-input=false", "-auto-approve", "-parallelism=30", "-json", VALUES)
        failed = errors(done.stdout)
        for address in failed:  # what moto cannot read again would end the plan
            root.run("state", "rm", address)
        root.run("plan", "-input=false", VALUES, "-out=second")
        shown = root.run("show", "-json", "second")
    unlike = {one: said for one, said in failed.items() if not re.search(FAILS.get(type_of(one), "^$"), said)}
    assert unlike == {}
    plan = json.loads(shown.stdout)
    assert not plan.get("errored")
    assert [change for change in changes(plan) if not expected(*change)] == []


def test_moto_can_make_nearly_everything() -> None:
    assert len(FAILS) <= MOST
    assert set(AFTER.values()) <= set(FAILS)
