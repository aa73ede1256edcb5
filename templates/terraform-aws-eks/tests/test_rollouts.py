"""The controller of Argo Rollouts may do what it needs, reaches whom it asks, and is not taken away from under Rollouts."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator import catalog, facts
from tests.support import generated

CASE = generated.TEMPLATES / "prometheus-k8s/tests/cases/rollouts.yml"
BASE = "infrastructure/kubernetes/platform/base/"
ROOT = "infrastructure/terraform/platform/"

LOOKED_AT = {
    "argoproj.io": {"rollouts", "experiments", "analysisruns", "analysistemplates"},
    "apps": {"replicasets"},
    "": {"services", "pods"},
    "batch": {"jobs"},
    "networking.k8s.io": {"ingresses"},
}
"""What the controller, of one namespace, waits for before it begins: the caches that `Manager.startLeading` syncs."""
CHANGED = {
    ("argoproj.io", "rollouts", "patch"),
    ("argoproj.io", "rollouts", "update"),
    ("argoproj.io", "rollouts/status", "patch"),
    ("argoproj.io", "rollouts/status", "update"),
    ("argoproj.io", "analysisruns", "create"),
    ("argoproj.io", "analysisruns", "patch"),
    ("argoproj.io", "analysisruns", "delete"),
    ("apps", "replicasets", "create"),
    ("apps", "replicasets", "patch"),
    ("apps", "replicasets", "update"),
    ("apps", "replicasets", "delete"),
    ("", "services", "patch"),
    ("", "pods/eviction", "create"),
    ("", "events", "create"),
    ("gateway.networking.k8s.io", "httproutes", "get"),
    ("gateway.networking.k8s.io", "httproutes", "update"),
}
"""What it writes for what our Rollouts use, and what its plugin does."""


def documents(path: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(generated.tree(CASE)[path].text))


def allowed() -> set[tuple[str, str, str]]:
    """Group, resource and verb of each right in the application's namespace."""
    role, _ = documents(f"{BASE}rollouts-role.yaml")
    return {
        (group, resource, verb)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def test_the_controller_may_do_what_it_does_and_reads_no_secret() -> None:
    rights = allowed()
    assert {(g, r, v) for g, kinds in LOOKED_AT.items() for r in kinds for v in ("list", "watch")} <= rights
    assert rights >= CHANGED
    assert not [right for right in rights if "*" in right]
    kinds = {(group, resource) for group, resource, _ in rights}
    assert not kinds & {("", "secrets"), ("", "configmaps"), ("apps", "deployments"), ("", "serviceaccounts")}
    writes = {(g, r, v) for g, r, v in rights if v not in {"get", "list", "watch"}}
    assert {(g, r) for g, r, _ in writes} <= {(g, r) for g, r, _ in CHANGED} | {
        ("argoproj.io", "rollouts/finalizers"),
        ("argoproj.io", "analysisruns/finalizers"),
    }


def test_it_may_do_so_in_the_application_alone_and_nobody_else_may() -> None:
    role, binding = documents(f"{BASE}rollouts-role.yaml")
    namespace = facts.namespace(generated.answers(CASE))
    assert {role["kind"], binding["kind"]} == {"Role", "RoleBinding"}
    assert {one["metadata"]["namespace"] for one in (role, binding)} == {namespace}
    text = generated.tree(CASE)[f"{ROOT}argo-rollouts.tf"].text
    assert f'namespace = "{namespace}"' in text
    assert 'serviceAccount              = { create = true, name = "argo-rollouts" }' in text
    (subject,) = binding["subjects"]
    assert (subject["kind"], subject["name"]) == ("User", "system:serviceaccount:argo-rollouts:argo-rollouts")
    assert binding["roleRef"]["name"] == role["metadata"]["name"]


def test_it_reaches_whom_it_asks_and_is_reached_by_whom_asks_it() -> None:
    answers = generated.answers(CASE)
    (policy,) = documents(f"{BASE}rollouts-networkpolicy.yaml")
    assert policy["metadata"]["namespace"] == "argo-rollouts"
    assert policy["spec"]["podSelector"] == {}
    assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]

    def opened(direction: str, peers: str) -> set[tuple[str, int]]:
        return {
            (peer.get("namespaceSelector", {}).get("matchLabels", {}).get("kubernetes.io/metadata.name", ""), p["port"])
            for rule in policy["spec"][direction]
            for peer in rule[peers]
            for p in rule["ports"]
        }

    ports = {(facts.namespace(answers), s.port) for s in facts.long_running(answers)}
    assert opened("egress", "to") == {("kube-system", 53), ("monitoring", 9090), ("", 443), *ports}
    assert opened("ingress", "from") == {("monitoring", 8090)}


def test_rollouts_ask_for_the_plugin_by_the_name_that_the_controller_is_told() -> None:
    tree = generated.tree(CASE)
    (told,) = re.findall(r'^ +name += "(.+/.+)"$', tree[f"{ROOT}argo-rollouts.tf"].text, re.M)
    made = [
        yaml.safe_load(tree[f"infrastructure/kubernetes/base/{name}/workload.yaml"].text) for name in ("web", "api")
    ]
    routed = [one["spec"]["strategy"]["canary"].get("trafficRouting", {}).get("plugins", {}) for one in made]
    # As its project calls it: of another name the controller would look for a program that is not there.
    assert [list(one) for one in routed] == [[told], []] == [["argoproj-labs/gatewayAPI"], []]


def test_the_sum_of_the_plugin_is_known_for_every_architecture_that_is_served() -> None:
    (component,) = (c for c in catalog.components() if c.id == "terraform-aws-eks")
    served = component.manifest.serves["orchestration.architecture"]
    assert served
    controller = generated.module("terraform-aws-eks", "controller")
    for architecture in served:
        assert len(controller.pins().version(f"gatewayapi-plugin/linux-{architecture}")) == 64


# --- the way back to releases by the scripts -------------------------------------------------------

KUBECTL = """\
#!/usr/bin/env bash
printf 'kubectl %s\\n' "$*" >>"$LOG"
case "$*" in
  "get crd/rollouts.argoproj.io"*) [[ ! -e "$CLUSTER/kind" ]] || echo crd/rollouts.argoproj.io ;;
  "get rollouts.argoproj.io --namespace shop --selector app.kubernetes.io/managed-by=agency-scaffold"*) cat "$CLUSTER/left" ;;
  "get rollouts"*) echo "all of them were asked for" >&2; exit 1 ;;
esac
"""
TERRAFORM = """\
#!/usr/bin/env bash
printf 'terraform %s\\n' "$*" >>"$LOG"
echo '{"load_balancer_logs_bucket": {"value": "some-bucket"}}'
"""
NOTHING = "#!/usr/bin/env bash\n"


@pytest.fixture
def platform(tmp_path: Path) -> Path:
    """The scripts of the example, whose delivery is native, with a cluster and Terraform that only write down what is asked."""
    tree = generated.made_by(generated.CASES / "example.yml", "scripts", "terraform-aws-eks")
    root = generated.write(tree, tmp_path / "shop")
    for name, text in {"bin/kubectl": KUBECTL, "bin/aws": NOTHING, "bin/terraform": NOTHING}.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
    (root / "scripts/terraform.sh").write_text(TERRAFORM)
    (root / "scripts/terraform.sh").chmod(0o755)
    # Which cluster it is others ask.
    (root / "scripts/lib/cloud.sh").write_text("cloud_guard() { :; }\n")
    (root / "scripts/lib/cluster.sh").write_text("cloud_cluster_access() { :; }\n")
    (tmp_path / "cluster").mkdir()
    return root


def run(root: Path, *arguments: str, left: str | None) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """What the script says, and what it asked for; `left` are the Rollouts, None where the kind is not known."""
    home = root.parent
    (home / "cluster/left").write_text(left or "")
    if left is not None:
        (home / "cluster/kind").touch()
    log = home / "log"
    environment = {
        "PATH": f"{home}/bin:/usr/bin:/bin",
        "HOME": str(home),
        "LOG": str(log),
        "CLUSTER": f"{home}/cluster",
    }
    line = [str(root / "scripts/platform.sh"), "--environment", "prod", *arguments]
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=60, env=environment)
    return done, log.read_text().splitlines()


APPLIED = "terraform platform prod apply"


def test_the_controller_stays_while_it_runs_something(platform: Path) -> None:
    done, asked = run(platform, left="rollout.argoproj.io/api\nrollout.argoproj.io/web\n")
    assert done.returncode == 1, done.stderr
    assert "rollout.argoproj.io/api, rollout.argoproj.io/web" in done.stderr
    assert not [line for line in asked if line.startswith("terraform")]


def test_a_plan_is_shown_nevertheless(platform: Path) -> None:
    done, asked = run(platform, "--dry-run", left="rollout.argoproj.io/web\n")
    assert done.returncode == 0, done.stderr
    assert "rollout.argoproj.io/web" in done.stderr
    assert "terraform platform prod plan" in asked
    assert APPLIED not in asked


@pytest.mark.parametrize("left", ["", None], ids=["nothing is left", "no such kind"])
def test_it_goes_when_nothing_is_left(platform: Path, left: str | None) -> None:
    done, asked = run(platform, left=left)
    assert APPLIED in asked, done.stderr
    assert done.returncode == 0, done.stderr


def test_where_it_carries_out_releases_nobody_asks() -> None:
    assert "no_rollouts_left" not in generated.tree(CASE)["scripts/platform.sh"].text
