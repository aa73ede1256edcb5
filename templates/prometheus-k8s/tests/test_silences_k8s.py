"""Silences on Kubernetes: by a forwarded port to Alertmanager, and who may do so."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support import generated
from tests.support.alertmanager import Alertmanager, serving

CASE = generated.CASES / "example.yml"
AWS = """#!/usr/bin/env bash
[[ "$1" != --no-cli-pager ]] || shift
case "$*" in
  *Account*) echo 111111111111 ;;
  *Arn*) echo arn:aws:sts::111111111111:assumed-role/on-call/ann@acme.dev ;;
  "eks update-kubeconfig"*) touch "${@: -1}" ;;
esac
"""
KUBECTL = """#!/usr/bin/env bash
printf '%s\\n' "$*" >>"$DOUBLE/calls"
[[ "$*" == "--namespace monitoring port-forward --address 127.0.0.1 pod/$POD :9093" ]] || {
  echo 'Error from server (NotFound): pods not found' >&2
  exit 1
}
echo "Forwarding from 127.0.0.1:$PORT -> 9093"
echo $$ >"$DOUBLE/forwarding"
exec sleep 100
"""


class Story:
    """A cluster whose Alertmanager answers behind one pod's port."""

    def __init__(self, folder: Path, alertmanager: Alertmanager) -> None:
        self.root = generated.write(generated.rendering(CASE).tree, folder / "root")
        self.folder, self.alertmanager, self.pod = folder, alertmanager, "alertmanager-0"
        (folder / "bin").mkdir()
        for name, code in (("aws", AWS), ("kubectl", KUBECTL)):
            (folder / "bin" / name).write_text(code)
            (folder / "bin" / name).chmod(0o755)

    def run(self, *line: str) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "DOUBLE": str(self.folder),
            "POD": self.pod,
            "PORT": str(self.alertmanager.port),
            "AWS_ACCOUNT_ID": "111111111111",
            "AWS_REGION": "us-east-1",
            "CLUSTER_NAME": "shop-prod",
        }
        command = ["bash", "scripts/silence.sh", *line]
        return subprocess.run(
            command, cwd=self.root, env=environment, capture_output=True, text=True, check=False, timeout=60
        )


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    with serving() as alertmanager:
        yield Story(tmp_path, alertmanager)


@pytest.mark.parametrize("pod", ["alertmanager-0", "alertmanager-1"])
def test_a_silence_is_made_listed_and_ended_by_a_pod_that_there_is(pod: str, story: Story) -> None:
    story.pod = pod
    done = story.run("prod", "service=~api|web", "--for", "30m", "--comment", "nodes are replaced")
    assert done.returncode == 0, done.stderr
    ((identity, kept),) = story.alertmanager.silences.items()
    assert done.stdout.strip() == identity
    assert kept["createdBy"] == "assumed-role/on-call/ann@acme.dev"
    assert kept["matchers"] == [{"name": "service", "value": "api|web", "isRegex": True, "isEqual": True}]
    (listed,) = json.loads(story.run("prod", "--list").stdout)
    assert (listed["id"], listed["comment"]) == (identity, "nodes are replaced")
    done = story.run("prod", "--expire", identity)
    assert done.returncode == 0, done.stderr
    assert story.alertmanager.silences == {}


def test_the_port_is_not_left_open(story: Story) -> None:
    assert story.run("prod", "--list").returncode == 0
    with pytest.raises(ProcessLookupError):
        os.kill(int((story.folder / "forwarding").read_text()), 0)


def test_what_alertmanager_refuses_is_said(story: Story) -> None:
    done = story.run("prod", "--expire", "0b9f52b3-0000-0000-0000-000000000000")
    assert done.returncode == 1
    assert "Alertmanager answers 404" in done.stderr


def test_without_a_pod_nothing_is_silenced(story: Story) -> None:
    story.pod = "none"
    done = story.run("prod", "service=api", "--comment", "x")
    assert done.returncode == 1
    assert "pods not found" in done.stderr


def objects() -> dict[tuple[str, str], Any]:
    text = generated.rendering(CASE).tree["monitoring/kubernetes/alertmanager.yaml"].text
    return {(one["kind"], one["metadata"]["name"]): one for one in yaml.safe_load_all(text)}


def test_operators_may_forward_a_port_of_alertmanager_and_of_nothing_else() -> None:
    """Nobody of the network is let in for it: whoever sends from an address of it could silence alerts else."""
    made = objects()
    rules, bound = made["Role", "silence"]["rules"], made["RoleBinding", "silence"]
    assert [one["name"] for one in bound["subjects"]] == ["deployers"]
    assert bound["roleRef"]["name"] == "silence"
    pods = [f"alertmanager-{number}" for number in range(2)]
    assert made["StatefulSet", "alertmanager"]["metadata"]["name"] == "alertmanager"
    allowed = {(rule["resources"][0], *rule["verbs"]) for rule in rules}
    assert allowed == {("pods", "get"), ("pods/portforward", "create", "get")}
    assert all(rule["resourceNames"] == pods for rule in rules)
    policies = generated.rendering(CASE).tree["monitoring/kubernetes/networkpolicies.yaml"].text
    (policy,) = (p for p in yaml.safe_load_all(policies) if p["metadata"]["name"] == "alertmanager")
    assert all("ipBlock" not in peer for rule in policy["spec"]["ingress"] for peer in rule["from"])
