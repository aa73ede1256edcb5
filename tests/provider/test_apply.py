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
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import botocore.session
import pytest

from tests.support import generated
from tests.support.terraform import real

VALUES: Final = f"-var-file={real.VALUES}"


@dataclass(frozen=True)
class Unmade:
    """A type that moto cannot make, or whose making it cannot tell again."""

    says: str = ""
    """moto's own error."""
    after: str = ""
    """The type before it, which is not made; there is no error then."""


UNMADE: Final = {
    "aws_budgets_budget": Unmade(r"DescribeSubscribersForNotification, .*StatusCode: 500"),
    "aws_eks_access_entry": Unmade(r"CreateAccessEntry, .*StatusCode: 404"),
    "aws_eks_access_policy_association": Unmade(after="aws_eks_access_entry"),
    "aws_eks_addon": Unmade(after="aws_eks_addon_version"),
    "aws_eks_addon_version": Unmade(r"DescribeAddonVersions, .*StatusCode: 404"),
    "aws_eks_node_group": Unmade(after="aws_eks_addon_version"),
    "aws_eks_pod_identity_association": Unmade(r"CreatePodIdentityAssociation, .*StatusCode: 404"),
    "aws_prometheus_workspace_configuration": Unmade(r"UpdateWorkspaceConfiguration, .*StatusCode: 404"),
    # It forgets newer_noncurrent_versions, which the provider waits for.
    "aws_s3_bucket_lifecycle_configuration": Unmade(r"timeout while waiting for state to become 'true'"),
}
"""Every type that is not made, by its name; a test wants each of them to be needed."""
FORGETS: Final[dict[str, set[str]]] = {
    "aws_acm_certificate": {"key_algorithm"},
    "aws_db_instance": {
        "database_insights_mode", "engine_lifecycle_support", "performance_insights_enabled",
        "performance_insights_kms_key_id", "performance_insights_retention_period",
    },
    "aws_db_parameter_group": {"parameter"},
    "aws_ecs_service": {"availability_zone_rebalancing", "capacity_provider_strategy", "enable_ecs_managed_tags"},
    "aws_eks_cluster": {"access_config"},
    "aws_kms_key": {"rotation_period_in_days"},
    "aws_launch_template": {"tag_specifications"},
    "aws_prometheus_workspace": {"kms_key_arn"},
    "aws_s3_bucket_notification": {"eventbridge"},
    "aws_secretsmanager_secret_rotation": {"rotation_rules"},
    "aws_vpc_security_group_egress_rule": {"description"},
    "aws_vpc_security_group_ingress_rule": {"description"},
}  # fmt: skip
"""Type -> attributes that moto does not keep, so that the second plan would set them again; no others, and each of them."""
ONLY: Final = {
    # Only that of the releases on ECS counts versions.
    "aws_s3_bucket_lifecycle_configuration": "ecs",
    # It forgets the description where a rule names a group; on Kubernetes all name addresses.
    "aws_vpc_security_group_ingress_rule": "ecs",
}
"""Type -> the one case in which what is listed of it occurs, though both have the type."""
MOST: Final = 10
"""Types that may not be made, in both cases together."""


@contextmanager
def moto(work: Path) -> Iterator[str]:
    """moto as a server of its own; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    line = [sys.executable, "-m", "tests.support.moto_server", str(port)]
    # The service of the monitoring is waited for until its one task runs.
    env = {**os.environ, "MOTO_IAM_LOAD_MANAGED_POLICIES": "true", "MOTO_ECS_SERVICE_RUNNING": "1"}
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
            paths = {path[0] for path in change["replace_paths"]}
            yield one["address"], "replace", {name for name in paths if unknown.get(name) is not True}
        else:
            known = {name for name in after if unknown.get(name) is not True}
            yield one["address"], "update", {name for name in known if before.get(name) != after[name]}


def judged(case: str, failed: Mapping[str, str], plan: dict[str, Any]) -> None:
    """What failed, and what a second plan would change, are gaps of moto that are listed; each that is listed is one."""
    elsewhere = {kind for kind, only in ONLY.items() if only != case}
    managed = {one["type"] for one in plan["resource_changes"] if one["mode"] == "managed"} - elsewhere
    there = (managed | {type_of(address) for address in failed}) - elsewhere
    assert {address: said for address, said in failed.items() if not re.search(says(type_of(address)), said)} == {}
    assert {type_of(address) for address in failed} == {kind for kind in there & set(UNMADE) if UNMADE[kind].says}
    created, forgotten = set(), {}
    for address, action, attributes in changes(plan):
        if action == "create":
            created.add(type_of(address))
        elif attributes:
            forgotten.setdefault(type_of(address), set()).update(attributes)
    assert created == managed & set(UNMADE)
    assert forgotten == {kind: attributes for kind, attributes in FORGETS.items() if kind in managed}


def says(kind: str) -> str:
    """The error that is listed for a type; nothing matches where none is."""
    return UNMADE[kind].says or "$^" if kind in UNMADE else "$^"


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
    plan = json.loads(shown.stdout)
    assert not plan.get("errored")
    judged(case, failed, plan)


def test_whatever_is_listed_is_in_a_case() -> None:
    text = "".join(
        file.text for case in real.CASES.values() for path, file in generated.tree(case).items() if path.endswith(".tf")
    )
    assert {kind for kind in {*UNMADE, *FORGETS, *ONLY} if f' "{kind}" "' not in text} == set()


def test_moto_can_make_nearly_everything() -> None:
    assert len(UNMADE) <= MOST
    assert {one.after for one in UNMADE.values()} - {""} <= {kind for kind, one in UNMADE.items() if one.says}
