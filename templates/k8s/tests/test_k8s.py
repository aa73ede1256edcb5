"""The manifests: every overlay builds, objects fit each other, and what is taken away is noticed."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator import facts
from generator.answers.read import convert
from generator.errors import AnswersError
from generator.plan import plan
from tests.support import generated

HERE = Path(__file__).parent
CASES = {path.stem: path for folder in (generated.CASES, HERE / "cases") for path in sorted(folder.glob("*.yml"))}
KUBERNETES = Path("infrastructure/kubernetes")
NAME = "app.kubernetes.io/name"
Objects = list[dict[str, Any]]

pytestmark = pytest.mark.tool("kubectl")


def make_tree(path: Path, folder: Path) -> Path:
    return generated.write(
        generated.made_by(path, "k8s", "k8s-jobs", "k8s-rolling", "k8s-workloads", "release"), folder
    )


@cache
def built(folder: Path) -> Objects:
    done = subprocess.run(
        ["kubectl", "kustomize", str(folder)], capture_output=True, text=True, check=False, timeout=60
    )
    if done.returncode:
        raise AssertionError(f"kustomize build: {done.stderr}")
    return [document for document in yaml.safe_load_all(done.stdout) if document]


def everything(tree: Path, environment: str) -> Objects:
    """What runs in one environment: the application, its migrations, the gateway."""
    root = tree / KUBERNETES
    folders = (root / "overlays" / environment, root / "migrate", root / "gateway" / "overlays" / environment)
    return [one for folder in folders if folder.exists() for one in built(folder)]


def of_kind(objects: Objects, *kinds: str) -> Objects:
    return [one for one in objects if one["kind"] in kinds]


def named(objects: Objects, kind: str, name: str, what: str = "references") -> dict[str, Any]:
    for one in of_kind(objects, kind):
        if one["metadata"]["name"] == name:
            return one
    raise AssertionError(f"{what}: no {kind} {name}")


def template(workload: dict[str, Any]) -> dict[str, Any]:
    spec = workload["spec"]["jobTemplate"]["spec"] if workload["kind"] == "CronJob" else workload["spec"]
    return spec["template"]  # type: ignore[no-any-return]


# Checks across objects; each raises AssertionError with the words that removals.yml gives after "test".


def check_pod_security(objects: Objects) -> None:
    for workload in of_kind(objects, "Deployment", "Job", "CronJob"):
        spec = template(workload)["spec"]
        assert spec["securityContext"].get("runAsNonRoot") is True, "pod-security: runAsNonRoot"
    for namespace in of_kind(objects, "Namespace"):
        labels = namespace["metadata"]["labels"]
        assert labels.get("pod-security.kubernetes.io/enforce") == "restricted", "pod-security: namespace"


def check_service_accounts(objects: Objects) -> None:
    for workload in of_kind(objects, "Deployment", "Job", "CronJob"):
        account = named(objects, "ServiceAccount", template(workload)["spec"]["serviceAccountName"])
        assert account.get("automountServiceAccountToken") is False, "service account: automount"


def check_three_probes(objects: Objects) -> None:
    for workload in of_kind(objects, "Deployment"):
        for container in template(workload)["spec"]["containers"]:
            for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
                assert probe in container, f"three probes: {probe}"
            assert container["livenessProbe"] != container["readinessProbe"], "three probes: alike"


def check_graceful_end(objects: Objects) -> None:
    for workload in of_kind(objects, "Deployment"):
        spec = template(workload)["spec"]
        for container in spec["containers"]:
            wait = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
            assert 0 < wait < spec["terminationGracePeriodSeconds"] - 30, "graceful end"


def check_topology_spread(objects: Objects) -> None:
    for workload in of_kind(objects, "Deployment"):
        spread = template(workload)["spec"].get("topologySpreadConstraints", [])
        keys = {one["topologyKey"] for one in spread}
        assert keys == {"topology.kubernetes.io/zone", "kubernetes.io/hostname"}, "topology spread"
        for one in spread:
            assert one["labelSelector"]["matchLabels"].items() <= labels_of(workload).items(), "topology spread"


def check_references(objects: Objects) -> None:
    for workload in of_kind(objects, "Deployment", "Job", "CronJob"):
        for source in template(workload)["spec"]["containers"][0]["envFrom"]:
            if "configMapRef" in source:
                named(objects, "ConfigMap", source["configMapRef"]["name"])
            else:
                named(objects, "ExternalSecret", source["secretRef"]["name"])


def check_selectors(objects: Objects) -> None:
    for service in of_kind(objects, "Service"):
        selector = service["spec"]["selector"].items()
        chosen = [w for w in of_kind(objects, "Deployment", "Job", "CronJob") if selector <= labels_of(w).items()]
        assert [w["kind"] for w in chosen] == ["Deployment"], "selectors"


def labels_of(workload: dict[str, Any]) -> dict[str, str]:
    return template(workload)["metadata"]["labels"]  # type: ignore[no-any-return]


def check_ports(objects: Objects) -> None:
    for deployment in of_kind(objects, "Deployment"):
        name = deployment["metadata"]["name"]
        ports = {p["containerPort"] for p in template(deployment)["spec"]["containers"][0]["ports"]}
        service = {p["port"] for p in named(objects, "Service", name)["spec"]["ports"]}
        policy = policy_ports(named(objects, "NetworkPolicy", name, "network policy")["spec"]["ingress"])
        assert ports == service == policy, f"ports: {name}"
    for route in of_kind(objects, "HTTPRoute"):
        for rule in route["spec"]["rules"]:
            for backend in rule.get("backendRefs", []):
                service = {p["port"] for p in named(objects, "Service", backend["name"])["spec"]["ports"]}
                assert backend["port"] in service, f"ports: {backend['name']}"


def policy_ports(rules: list[dict[str, Any]]) -> set[int]:
    return {port["port"] for rule in rules for port in rule["ports"]}


def check_network_policy(objects: Objects) -> None:
    named(objects, "NetworkPolicy", "default-deny", "network policy")
    for deployment in of_kind(objects, "Deployment", "CronJob"):
        policy = named(objects, "NetworkPolicy", deployment["metadata"]["name"], "network policy")
        assert policy["spec"]["podSelector"]["matchLabels"].items() <= labels_of(deployment).items(), "network policy"
    dns = named(objects, "NetworkPolicy", "allow-dns", "network policy")["spec"]["egress"][0]["ports"]
    assert sorted((p["protocol"], p["port"]) for p in dns) == [("TCP", 53), ("UDP", 53)], "network policy: DNS"
    for policy in of_kind(objects, "NetworkPolicy"):
        for rule in policy["spec"].get("egress", []):
            for peer in rule["to"]:
                block = peer.get("ipBlock", {})
                if block.get("cidr") == "0.0.0.0/0":
                    assert "169.254.0.0/16" in block["except"], "network policy: metadata"
        peers = [
            p
            for key, way in (("ingress", "from"), ("egress", "to"))
            for r in policy["spec"].get(key, [])
            for p in r[way]
        ]
        for peer in peers:
            nobody = peer.get("ipBlock", {}).get("cidr", "").startswith("192.0.2.")
            assert not nobody, "network policy: the overlay puts its network in place of nobody's range"


def check_gateway(objects: Objects) -> None:
    if not of_kind(objects, "Gateway"):
        assert not of_kind(objects, "HTTPRoute"), "gateway: none for the routes"
        return
    listeners = {one["name"]: one for one in named(objects, "Gateway", "gateway", "gateway")["spec"]["listeners"]}
    if "https" in listeners:
        assert listeners["https"].get("hostname", "").startswith("*."), "gateway: hostname"
        assert listeners["http"]["allowedRoutes"]["namespaces"] == {"from": "Same"}, "gateway: plain"
        named(objects, "HTTPRoute", "https-redirect", "gateway")
    for route in of_kind(objects, "HTTPRoute"):
        listener = listeners[route["spec"]["parentRefs"][0]["sectionName"]]
        allowed = listener["allowedRoutes"]["namespaces"]
        home = route["metadata"]["namespace"]
        fits = home == "gateway" if allowed["from"] == "Same" else home in allowed["selector"]["matchLabels"].values()
        assert fits, "gateway: the listener does not take the route"
        for host in route["spec"].get("hostnames", []):
            wildcard = listener.get("hostname", "*").removeprefix("*")
            assert host.endswith(wildcard), "gateway: host"
            # A certificate's wildcard stands for one label only.
            assert not wildcard or "." not in host.removesuffix(wildcard), "gateway: host"


def check_autoscaling(objects: Objects) -> None:
    for scaler in of_kind(objects, "HorizontalPodAutoscaler"):
        deployment = named(objects, "Deployment", scaler["spec"]["scaleTargetRef"]["name"])
        assert "replicas" not in deployment["spec"], "autoscaling: replicas"
        low, high = scaler["spec"]["minReplicas"], scaler["spec"]["maxReplicas"]
        assert low <= high
        steps = [p for p in scaler["spec"]["behavior"]["scaleUp"]["policies"] if p["type"] == "Pods"]
        assert low + 2 * steps[0]["value"] >= high, "autoscaling: not within two minutes"


def check_quota(objects: Objects) -> None:
    """Every service at its most replicas, a rollout of all at once, and one generation that still shuts down."""
    hard = named(objects, "ResourceQuota", "quota")["spec"]["hard"]
    pods, cpu, memory = 0, 0, 0
    for workload in of_kind(objects, "Deployment", "Job", "CronJob"):
        number = 1
        if workload["kind"] == "Deployment":
            most = named(objects, "HorizontalPodAutoscaler", workload["metadata"]["name"])["spec"]["maxReplicas"]
            number = 2 * most + -(-most // 4)
        if workload["kind"] == "CronJob":
            number = 2
        requests = template(workload)["spec"]["containers"][0]["resources"]["requests"]
        pods += number
        cpu += number * int(requests["cpu"].removesuffix("m"))
        memory += number * int(requests["memory"].removesuffix("Mi"))
    assert pods <= int(hard["pods"]), "quota: pods"
    assert cpu <= int(hard["requests.cpu"]) * 1000, "quota: CPU"
    assert memory <= int(hard["requests.memory"].removesuffix("Gi")) * 1024, "quota: memory"


def check_disk(objects: Objects) -> None:
    """A container that fills its node's disk is evicted alone, and one that needs much is not put where there is little."""
    for workload in of_kind(objects, "Deployment", "Job", "CronJob"):
        for container in template(workload)["spec"]["containers"]:
            for bound in ("requests", "limits"):
                assert "ephemeral-storage" in container["resources"][bound], f"disk: {bound}"


def check_disruption(objects: Objects) -> None:
    """A drain of nodes takes a service's pods one after the other."""
    for budget in of_kind(objects, "PodDisruptionBudget"):
        assert budget["spec"].get("maxUnavailable") == 1, "disruption"


CHECKS = [check for name, check in sorted(globals().items()) if name.startswith("check_")]


def check_hosts(path: Path, tree: Path) -> None:
    answers = generated.answers(path)
    for environment in answers.environments:
        routes = of_kind(built(tree / KUBERNETES / "overlays" / environment), "HTTPRoute")
        hosts = {route["metadata"]["name"]: route["spec"]["hostnames"] for route in routes}
        assert hosts == {s.name: [facts.host(answers, s, environment)] for s in facts.public(answers)}, "hosts"


@pytest.fixture(scope="module", params=sorted(CASES))
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    path = CASES[request.param]
    return path, make_tree(path, tmp_path_factory.mktemp(request.param))


def test_objects_fit_each_other(case: tuple[Path, Path]) -> None:
    path, tree = case
    for environment in generated.answers(path).environments:
        objects = everything(tree, environment)
        for check in CHECKS:
            check(objects)
    check_hosts(path, tree)


def test_overlay_sets_what_differs(case: tuple[Path, Path]) -> None:
    path, tree = case
    answers = generated.answers(path)
    for environment in answers.environments:
        objects = built(tree / KUBERNETES / "overlays" / environment)
        assert named(objects, "ConfigMap", "platform")["data"]["ENVIRONMENT"] == environment
        for service in answers.services:
            if service.secrets:
                data = named(objects, "ExternalSecret", service.name)["spec"]["data"]
                assert [d["secretKey"] for d in data] == list(service.secrets)
                assert {d["remoteRef"]["key"] for d in data} == {facts.secret_id(answers, environment, service)}
            env = named(objects, "ConfigMap", f"{service.name}-config").get("data") or {}
            assert env == dict(service.env)
        bounds = {
            (h["spec"]["minReplicas"], h["spec"]["maxReplicas"]) for h in of_kind(objects, "HorizontalPodAutoscaler")
        }
        if environment == answers.production:
            assert bounds == {(answers.scaling.min, answers.scaling.max)}


def test_only_what_a_release_sets_is_undeployed(case: tuple[Path, Path]) -> None:
    path, tree = case
    allowed = re.compile(r"^\s*(- )?(image: \S+:|app.kubernetes.io/version: |DATABASE_\w+: |key: )undeployed$")
    for environment in generated.answers(path).environments:
        text = yaml.safe_dump_all(everything(tree, environment))
        lines = [line for line in text.splitlines() if "undeployed" in line]
        assert [line for line in lines if not allowed.match(line)] == []


def judge_production(tree: Path) -> None:
    """What tests/removals.yml of the manifests' components calls `test`, on the repository of the example."""
    objects = everything(tree, "prod")
    for check in CHECKS:
        check(objects)
    check_hosts(CASES["example"], tree)


@pytest.mark.parametrize("path", sorted((HERE / "rejects").glob("*.yml")), ids=lambda path: path.stem)
def test_names_of_the_platform_are_refused(path: Path) -> None:
    with pytest.raises(AnswersError) as refused:
        plan(convert(generated.raw(path)), ("k8s", "k8s-rolling", "k8s-workloads"))
    assert [p.key.split("[")[0] for p in refused.value.problems] in (["services"], ["project.name"])


@pytest.mark.parametrize("case", CASES)
def test_policies_name_the_network_of_their_environment(case: str, tmp_path: Path) -> None:
    """The base's range is nobody's; each overlay puts its own network there, which Terraform makes."""
    answers = generated.answers(CASES[case])
    tree = make_tree(CASES[case], tmp_path)
    for environment in answers.environments:
        found = set()
        for policy in built(tree / KUBERNETES / "overlays" / environment):
            for rule in policy["spec"].get("ingress", []) if policy["kind"] == "NetworkPolicy" else ():
                found |= {peer["ipBlock"]["cidr"] for peer in rule["from"] if "ipBlock" in peer}
        assert found == {facts.network_cidr(answers, environment)}
    networks = [facts.network_cidr(answers, e) for e in answers.environments]
    assert len(set(networks)) == len(networks)
    assert "192.0.2." not in "".join(p.read_text() for p in (tree / KUBERNETES / "overlays").rglob("*.yaml"))


@pytest.mark.parametrize("case", CASES)
def test_the_scripts_know_the_answers(case: str, tmp_path: Path) -> None:
    """No number of a release is one of our own."""
    answers, tree = generated.answers(CASES[case]), make_tree(CASES[case], tmp_path)
    names = ("MAX_ERROR_RATE", "MAX_P95_MS", "BAKE_SECONDS", "ENVIRONMENTS", "NAMESPACE", "ROUTES")
    script = (
        f"source {tree}/scripts/lib/release.env.sh; source {tree}/scripts/lib/orchestration.env.sh; printf '%s\\0' "
        + " ".join(f'"$RELEASE_{n}"' for n in names)
    )
    told = subprocess.run(["bash", "-euc", script], capture_output=True, text=True, check=True).stdout.split("\0")[:-1]
    deployment = answers.deployment
    assert [float(told[0]), int(told[1]), int(told[2])] == [
        deployment.max_error_rate,
        deployment.max_p95_ms,
        deployment.bake_minutes * 60,
    ]
    assert told[3:5] == [" ".join(answers.environments), facts.namespace(answers)]
    assert [line.split() for line in told[5].splitlines()] == [
        [e, s.name, "https" if answers.project.domain or e == answers.production else "http", facts.host(answers, s, e)]
        for e in answers.environments
        for s in facts.public(answers)
    ]


@pytest.mark.parametrize(
    "case", [CASES["wide"], HERE.parents[1] / "docker/tests/cases/languages.yml"], ids=lambda path: path.stem
)
def test_a_heap_that_does_not_shrink_scales_nothing(case: Path, tmp_path: Path) -> None:
    """They keep what they once took: with a target of memory they would stay at the most replicas for ever."""
    answers, tree = generated.answers(case), make_tree(case, tmp_path)
    kept = {"java", "dotnet", "ruby"}
    for environment in answers.environments:
        found = {
            one["metadata"]["name"]: [m["resource"]["name"] for m in one["spec"]["metrics"]]
            for one in of_kind(built(tree / KUBERNETES / "overlays" / environment), "HorizontalPodAutoscaler")
        }
        languages = {s.name: s.language for s in facts.long_running(answers)}
        assert kept & set(languages.values())
        assert found == {n: ["cpu"] if lang in kept else ["cpu", "memory"] for n, lang in languages.items()}


def test_a_rollout_may_take_as_long_as_a_batch_needs(tmp_path: Path) -> None:
    """What the scripts add for a slow batch is the Deployment's own deadline, and a Job ends before it is given up."""
    tree = make_tree(CASES["example"], tmp_path)
    objects = everything(tree, "prod")
    for deployment in of_kind(objects, "Deployment"):
        spec = deployment["spec"]
        probe = spec["template"]["spec"]["containers"][0]["startupProbe"]
        slowest = probe["periodSeconds"] * probe["failureThreshold"] + spec["minReadySeconds"]
        assert slowest < spec["progressDeadlineSeconds"] == 300
    release = (tree / "scripts/lib/orchestration.sh").read_text()
    limit = int(re.search(r"MIGRATE_SECONDS:-(\d+)", release)[1])  # type: ignore[index]
    assert of_kind(objects, "Job")
    assert all(job["spec"]["activeDeadlineSeconds"] + 60 <= limit for job in of_kind(objects, "Job"))
