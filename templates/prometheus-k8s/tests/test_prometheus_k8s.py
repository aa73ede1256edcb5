"""The overlays of the monitoring build, and name what is the environment's own."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator import facts
from generator.answers import Answers
from generator.answers.read import convert
from generator.parts import Alert, DatabaseSession, Diagnosis, Runbook
from generator.plan import plan
from generator.render import render
from tests.support import generated

CASES = generated.CASES
COMPONENTS = ("prometheus", "prometheus-k8s")
WORDS = ("on", "y", "null", "true")
"""Names that a YAML reader takes for something other than text."""

pytestmark = pytest.mark.tool("kubectl")


def given(case: str, **more: Any) -> Answers:
    return convert(yaml.safe_load((CASES / f"{case}.yml").read_text()) | more)


def written(answers: Answers, folder: Path) -> Path:
    return generated.write(render(plan(answers, COMPONENTS)).tree, folder)


def built(root: Path, environment: str) -> list[dict[str, Any]]:
    line = ["kubectl", "kustomize", str(root / "monitoring/overlays" / environment)]
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return [one for one in yaml.safe_load_all(done.stdout) if one]


def rules(objects: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Each rule of each NetworkPolicy with each of its peers: name, rule, peer."""
    for policy in objects:
        if policy["kind"] == "NetworkPolicy":
            for direction, peers in (("ingress", "from"), ("egress", "to")):
                for rule in policy["spec"].get(direction, []):
                    assert rule["ports"], "without ports a rule opens all of them"
                    yield from ((f"{policy['metadata']['name']} {direction}", rule, peer) for peer in rule[peers])


@pytest.mark.parametrize("case", ["example", "minimal", "wide"])
def test_policies_name_the_network_of_their_environment(case: str, tmp_path: Path) -> None:
    answers = given(case)
    root = written(answers, tmp_path)
    for environment in answers.environments:
        found = {
            (name, port["port"]): peer["ipBlock"]["cidr"]
            for name, rule, peer in rules(built(root, environment))
            if "ipBlock" in peer
            for port in rule["ports"]
        }
        everywhere = {key for key, cidr in found.items() if cidr == "0.0.0.0/0"}
        assert {port for _, port in everywhere} <= {443, 587}, "APIs and mail have no known address, all else has"
        network = {key for key in found if key not in everywhere}
        assert {found[key] for key in network} == {facts.network_cidr(answers, environment)}
        wanted = {("prometheus ingress", 9090), ("prometheus egress", 9100), ("prometheus egress", 10250)}
        if answers.data.database != "none":
            wanted.add(("database-exporter egress", {"postgres": 5432, "mysql": 3306}[answers.data.database]))
        assert network == wanted


def test_without_metrics_nothing_is_opened_towards_the_services(tmp_path: Path) -> None:
    answers = given("minimal", services=[{"name": "app", "metrics": "none"}])
    objects = built(written(answers, tmp_path), answers.production)
    namespaces = {
        label
        for _, _, peer in rules(objects)
        for label in peer.get("namespaceSelector", {}).get("matchLabels", {}).values()
    }
    assert namespaces == {"kube-system"}


@pytest.mark.parametrize("word", WORDS)
def test_words_of_yaml_stay_names(word: str, tmp_path: Path) -> None:
    root = written(given("minimal", project={"name": word}, environments=[word], services=[{"name": word}]), tmp_path)
    for path in sorted(root.rglob("*.y*ml")):
        for document in yaml.safe_load_all(path.read_text()):
            assert not list(untexts(document)), f"{path.relative_to(root)}: {list(untexts(document))}"
    for one in built(root, word):
        assert not list(untexts(one)), f"{one['kind']}: {list(untexts(one))}"
        assert one["metadata"]["labels"]["app.kubernetes.io/part-of"] == word


def untexts(node: Any, place: str = "") -> Iterator[str]:
    """Where a name, a label, a key or an annotation is something other than text."""
    if isinstance(node, dict):
        for key, value in node.items():
            here = f"{place}.{key}"
            if not isinstance(key, str) or (key in {"name", "value", "key", "group"} and not isinstance(value, str)):
                if not (key == "value" and place.endswith("exp_samples[]")):
                    yield here
            elif key in {"labels", "matchLabels", "pairs", "annotations"} and isinstance(value, dict):
                yield from (f"{here}.{k}" for k, v in value.items() if not isinstance(v, str))
            yield from untexts(value, here)
    elif isinstance(node, list):
        for one in node:
            yield from untexts(one, f"{place}[]")


def one(objects: list[dict[str, Any]], kind: str, name: str) -> dict[str, Any]:
    (found,) = (o for o in objects if o["kind"] == kind and o["metadata"]["name"].startswith(name))
    return found


def container(workload: dict[str, Any]) -> dict[str, Any]:
    (found,) = workload["spec"]["template"]["spec"]["containers"]
    return dict(found)


@pytest.mark.parametrize("case", ["example", "minimal", "wide"])
def test_prometheus_reads_every_rule_that_there_is(case: str, tmp_path: Path) -> None:
    """What is written, what the ConfigMap holds, what is mounted and what prometheus.yml lists are the same files."""
    answers = given(case)
    root = written(answers, tmp_path)
    objects = built(root, answers.production)
    files = {f"rules/{path.name}" for path in (root / "monitoring/prometheus/rules").glob("*.yml")}
    assert {f"rules/{key}" for key in one(objects, "ConfigMap", "prometheus-rules")["data"]} == files
    workload = one(objects, "StatefulSet", "prometheus")
    (mount,) = (m for m in container(workload)["volumeMounts"] if m["mountPath"] == "/etc/prometheus")
    (volume,) = (v for v in workload["spec"]["template"]["spec"]["volumes"] if v["name"] == mount["name"])
    mounted = {
        i["path"]: s["configMap"]["name"] for s in volume["projected"]["sources"] for i in s["configMap"]["items"]
    }
    config = yaml.safe_load(one(objects, "ConfigMap", "prometheus-config")["data"]["prometheus.yml"])
    assert mounted["prometheus.yml"] == "prometheus-config"
    assert config["rule_files"] == ["rules/*.yml"]
    assert {path for path in mounted if fnmatch(path, "rules/*.yml")} == files
    assert {mounted[path] for path in files} == {"prometheus-rules"}
    discovered = {
        path for job in config["scrape_configs"] for sd in job.get("file_sd_configs", []) for path in sd["files"]
    }
    assert discovered == set(mounted) - files - {"prometheus.yml"}


@pytest.mark.parametrize("case", ["example", "minimal", "wide"])
def test_retention_leaves_the_volume_its_room(case: str, tmp_path: Path) -> None:
    """PersistentVolumeLow fires above 80 %; the log and compaction need some beside what is kept."""
    answers = given(case)
    root = written(answers, tmp_path)
    for environment in answers.environments:
        workload = one(built(root, environment), "StatefulSet", "prometheus")
        env = {e["name"]: e["value"] for e in container(workload)["env"]}
        (claim,) = workload["spec"]["volumeClaimTemplates"]
        storage = claim["spec"]["resources"]["requests"]["storage"]
        assert int(env["RETENTION_SIZE"].removesuffix("GB")) <= 0.7 * int(storage.removesuffix("Gi"))


@pytest.mark.parametrize("case", ["example", "wide"])
def test_each_environment_asks_for_its_own_hosts(case: str, tmp_path: Path) -> None:
    answers = given(case)
    root = written(answers, tmp_path)
    for environment in answers.environments:
        objects = built(root, environment)
        targets = yaml.safe_load(one(objects, "ConfigMap", "prometheus-probes")["data"]["probes.yml"])
        assert {(t["labels"]["service"], *t["targets"]) for t in targets} == {
            (s.name, f"https://{facts.host(answers, s, environment)}{s.health_path}") for s in facts.public(answers)
        }
        exporter = one(objects, "Deployment", "blackbox-exporter")
        (volume,) = exporter["spec"]["template"]["spec"]["volumes"]
        modules = yaml.safe_load(one(objects, "ConfigMap", volume["configMap"]["name"])["data"]["blackbox.yml"])[
            "modules"
        ]
        config = yaml.safe_load(one(objects, "ConfigMap", "prometheus-config")["data"]["prometheus.yml"])
        (job,) = (j for j in config["scrape_configs"] if j["job_name"] == "probes")
        assert set(job["params"]["module"]) <= set(modules)


def test_without_a_domain_nothing_is_asked_for(tmp_path: Path) -> None:
    root = written(given("minimal"), tmp_path)
    assert not [path for path in root.rglob("*") if path.is_file() and "blackbox" in path.read_text()]


def test_a_database_that_does_not_answer_is_reported_within_the_scrape(tmp_path: Path) -> None:
    answers = given("example")
    objects = built(written(answers, tmp_path), answers.production)
    env = {e["name"]: e.get("value", "") for e in container(one(objects, "Deployment", "database-exporter"))["env"]}
    wait = re.search(r"[?&]connect_timeout=(\d+)", env["DATA_SOURCE_URI"])
    config = yaml.safe_load(one(objects, "ConfigMap", "prometheus-config")["data"]["prometheus.yml"])
    (job,) = (j for j in config["scrape_configs"] if j["job_name"] == "database-exporter")
    assert wait
    # A second attempt fits in as well.
    assert 2 * int(wait[1]) < int(job["scrape_timeout"].removesuffix("s"))


@pytest.mark.parametrize("case", ["example", "wide"])
def test_a_session_on_the_database_can_be_opened(case: str, tmp_path: Path) -> None:
    """The pod of the runbook is admitted by the namespace, and what it names is what the application's manifests make."""
    (section,) = (
        p
        for p in generated.planned(CASES / f"{case}.yml").parts.of(Runbook)
        if p.title == "Open a session on the database"
    )
    start = section.steps[0][1]
    subprocess.run(["bash", "-n"], input=start, text=True, check=True, timeout=30)
    pod = yaml.safe_load(start.partition("<<<'")[2].partition("'")[0])
    spec = pod["spec"]
    (session,) = spec["containers"]
    assert spec["securityContext"]["runAsNonRoot"]
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert session["securityContext"]["allowPrivilegeEscalation"] is False
    assert session["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert set(session["resources"]["requests"]) == {"cpu", "memory"}
    assert "memory" in session["resources"]["limits"]

    base = generated.write(generated.made_by(CASES / f"{case}.yml", "k8s"), tmp_path) / "infrastructure/kubernetes/base"
    platform = yaml.safe_load((base / "platform-configmap.yaml").read_text())
    secret = yaml.safe_load((base / "database-externalsecret.yaml").read_text())
    made = {("configMapKeyRef", platform["metadata"]["name"], key) for key in platform["data"]}
    made |= {("secretKeyRef", secret["spec"]["target"]["name"], entry["secretKey"]) for entry in secret["spec"]["data"]}
    named = {(kind, ref["name"], ref["key"]) for e in session["env"] for kind, ref in e.get("valueFrom", {}).items()}
    assert len(named) == 5
    assert named <= made


@pytest.mark.parametrize("case", ["example", "wide"])
def test_queries_of_the_runbooks_run_in_that_session(case: str) -> None:
    answers = given(case)
    client = {"postgres": "psql", "mysql": "mysql"}[answers.data.database]
    queries = 0
    parts = generated.planned(CASES / f"{case}.yml").parts
    (session,) = parts.of(DatabaseSession)
    assert session.command == f"kubectl -n {facts.namespace(answers)} exec database-session --"
    for alert in parts.of(Alert):
        queries += len(alert.session)
        assert all(line.startswith(f"{client} ") for line in alert.session), alert.name
        assert not [line for line in alert.diagnose if re.search(rf"\b{client} ", line)], alert.name
        said = "(incident-response.md#open-a-session-on-the-database)" in alert.meaning
        assert bool(alert.session) == said, alert.name
    assert queries >= 5


@pytest.mark.parametrize("case", ["example", "minimal", "wide"])
def test_every_alert_tells_how_it_is_looked_into_here(case: str) -> None:
    """An alert that holds everywhere has commands of this platform, and none is diagnosed that no answers call for."""
    parts = generated.planned(CASES / f"{case}.yml").parts
    added = {one.alert: one for one in parts.of(Diagnosis)}
    for alert in parts.of(Alert):
        lines = [*alert.diagnose, *added[alert.name].diagnose] if alert.name in added else alert.diagnose
        assert alert.session or any("kubectl" in line or "aws " in line for line in lines), alert.name


def test_only_alerts_that_there_are_get_a_diagnosis() -> None:
    known, added = set(), set()
    for case in ("example", "minimal", "wide"):
        parts = generated.planned(CASES / f"{case}.yml").parts
        known |= {alert.name for alert in parts.of(Alert)}
        added |= {one.alert for one in parts.of(Diagnosis)}
    assert added <= known


ROLLOUTS = generated.TEMPLATES / "prometheus-k8s/tests/cases/rollouts.yml"
CONTROLLER = {
    "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "argo-rollouts"}},
    "podSelector": {"matchLabels": {"app.kubernetes.io/name": "argo-rollouts"}},
}
"""The controller's pods, by the labels that its chart gives them."""


def test_the_controller_of_releases_is_scraped_and_asks_for_numbers(tmp_path: Path) -> None:
    answers = generated.answers(ROLLOUTS)
    objects = built(written(answers, tmp_path), answers.production)
    assert {
        (name, port["port"]) for name, rule, peer in rules(objects) if peer == CONTROLLER for port in rule["ports"]
    } == {
        ("prometheus ingress", 9090),
        ("prometheus egress", 8090),
    }
    config = yaml.safe_load(one(objects, "ConfigMap", "prometheus-config")["data"]["prometheus.yml"])
    (job,) = (j for j in config["scrape_configs"] if j["job_name"] == "argo-rollouts")
    # The namespace of a series is the Rollout's.
    assert job["honor_labels"]
    assert job["kubernetes_sd_configs"] == [{"role": "pod", "namespaces": {"names": ["argo-rollouts"]}}]
    kept = {tuple(r["source_labels"]): r["regex"] for r in job["relabel_configs"] if r.get("action") == "keep"}
    assert kept == {
        ("__meta_kubernetes_pod_label_app_kubernetes_io_name",): "argo-rollouts",
        ("__meta_kubernetes_pod_container_port_name",): "metrics",
    }


def test_without_the_controller_nothing_is_opened_to_it(tmp_path: Path) -> None:
    answers = given("example")
    root = written(answers, tmp_path)
    assert not [path for path in root.rglob("*") if path.is_file() and "argo-rollouts" in path.read_text()]


def test_no_alert_on_pods_asks_the_controller_whether_they_serve() -> None:
    """When it is away, somebody must still be told of a service that is down."""
    found = {alert.name: alert.expr for alert in generated.planned(ROLLOUTS).parts.of(Alert)}
    for name in ("ServiceWithoutReplica", "ProductUnavailable"):
        assert "rollout_info" not in found[name]
        assert 'owner_kind="Rollout"' in found[name]
        assert "kube_deployment_status_replicas_available" in found[name]
    native = {alert.name: alert.expr for alert in generated.planned(CASES / "example.yml").parts.of(Alert)}
    assert not [name for name, expr in native.items() if "ollout" in expr]


def test_an_alert_on_the_pods_of_deployments_has_one_for_those_of_rollouts() -> None:
    """Whatever reads `kube_deployment_*` counts Rollouts as well, or another alert says the same of them."""
    found = {alert.name: alert.expr for alert in generated.planned(ROLLOUTS).parts.of(Alert)}
    alone = {name for name, expr in found.items() if "kube_deployment_" in expr and "kube_replicaset_" not in expr}
    others = {"DeploymentReplicasMissing": "RolloutReplicasMissing", "DeploymentRolloutStuck": "RolloutDegraded"}
    assert alone == set(others)
    assert set(others.values()) <= set(found)
