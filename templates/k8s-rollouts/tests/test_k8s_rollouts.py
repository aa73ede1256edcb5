"""Rollouts and analyses: they fit each other and the answers, and every default of the controller that bites is set."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator import facts, rollouts
from generator.answers import Answers, Service
from generator.checks.models import kubernetes_schema as schemas
from generator.checks.models import prometheus
from tests.support import generated

HERE = Path(__file__).parent
CASES = {path.stem: path for path in sorted((HERE / "cases").glob("*.yml"))}
BASE = "infrastructure/kubernetes/base"
RULES = "monitoring/prometheus/rules"
COMPONENTS = ("k8s", "k8s-rollouts", "k8s-workloads", "prometheus", "prometheus-k8s")
# Series that no rule of ours makes.
FOREIGN = {"kube_pod_container_status_restarts_total"}
# No package brings it and no CI has it, so it is a judge only where somebody installed it.
LINT = shutil.which("kubectl-argo-rollouts") or ""
Object = dict[str, Any]


@dataclass(frozen=True)
class Made:
    """What the manifests have of one service, and what was answered."""

    answers: Answers
    service: Service
    objects: tuple[Object, ...]
    records: frozenset[str]
    """The recording rules beside them."""

    def of(self, kind: str) -> dict[str, Object]:
        return {one["metadata"]["name"]: one for one in self.objects if one["kind"] == kind}

    @property
    def spec(self) -> Object:
        found: Object = self.of("Rollout")[self.service.name]["spec"]
        return found

    @property
    def canary(self) -> Object:
        found: Object = self.spec["strategy"].get("canary", {})
        return found

    @property
    def blue_green(self) -> Object:
        found: Object = self.spec["strategy"].get("blueGreen", {})
        return found

    def metrics(self) -> Iterator[tuple[str, Object]]:
        for name, template in self.of("AnalysisTemplate").items():
            for metric in template["spec"]["metrics"]:
                yield name, metric

    def used(self) -> Iterator[tuple[Object, str]]:
        """Each analysis of the Rollout, with its template."""
        steps = [one["analysis"] for one in self.canary.get("steps", []) if "analysis" in one]
        ways = [self.blue_green[f"{way}PromotionAnalysis"] for way in ("pre", "post")] if self.blue_green else []
        for one in (*steps, *ways):
            for template in one["templates"]:
                yield one, template["templateName"]


def made_of(texts: dict[str, str], answers: Answers) -> Iterator[Made]:
    """The services of a tree; `texts` are its files."""
    rules = [yaml.safe_load(text) for path, text in texts.items() if path.startswith(f"{RULES}/")]
    records = {rule["record"] for file in rules for g in file["groups"] for rule in g["rules"] if "record" in rule}
    for service in facts.long_running(answers):
        own = [text for path, text in texts.items() if path.startswith(f"{BASE}/{service.name}/")]
        objects = [one for text in own for one in yaml.safe_load_all(text) if one]
        yield Made(answers, service, tuple(o for o in objects if o["kind"] != "Kustomization"), frozenset(records))


@cache
def services(case: str) -> tuple[Made, ...]:
    tree = generated.made_by(CASES[case], *COMPONENTS)
    texts = {path: file.text for path, file in tree.items() if path.startswith((BASE, RULES))}
    return tuple(made_of(texts, generated.answers(CASES[case])))


ALL = [(case, s.name) for case, path in CASES.items() for s in facts.long_running(generated.answers(path))]


# Each raises AssertionError with the words that removals.yml gives after "test".


def check_no_progress(made: Made) -> None:
    spec = made.spec
    assert spec.get("progressDeadlineAbort") is True, "no progress: it must go back, not only be called degraded"
    # The analysis after a Service turned is no progress to the controller, and counts against the deadline.
    bake = made.answers.deployment.bake_minutes * 60 if made.blue_green else 0
    assert spec.get("progressDeadlineSeconds") == rollouts.PROGRESS_SECONDS + bake, "no progress: deadline"
    assert spec["progressDeadlineSeconds"] > spec["minReadySeconds"], "no progress: refused by the controller"


def check_way_back(made: Made) -> None:
    spec = made.spec
    kept = spec.get("rollbackWindow", {}).get("revisions")
    # Led by weight, all users would come to the first pod of the version that comes back.
    wanted = None if "trafficRouting" in made.canary else spec["revisionHistoryLimit"]
    assert kept == wanted, "way back: without steps, to every version that is kept"
    assert "replicas" not in spec, "way back: replicas are the autoscaler's"


def check_old_pods(made: Made) -> None:
    if made.blue_green:
        kept = made.blue_green.get("scaleDownDelaySeconds", 30)
        assert kept > made.answers.deployment.bake_minutes * 60, "old pods: they are the way back while it is watched"
        assert made.blue_green.get("abortScaleDownDelaySeconds"), "old pods: after an abort"
        assert made.blue_green.get("autoPromotionEnabled") is True, "old pods: nobody has to promote"
        assert "autoPromotionSeconds" not in made.blue_green, "old pods: no time of its own"
        return
    assert made.canary.get("maxUnavailable") == 0, "old pods: capacity never drops"
    assert made.canary.get("maxSurge") == "25%", "old pods: as of a Deployment"
    weighted = {"dynamicStableScale": False, "scaleDownDelaySeconds": 60, "abortScaleDownDelaySeconds": 60}
    found = {key: value for key, value in made.canary.items() if key in weighted}
    # Where nothing leads by weight the controller refuses them.
    assert found == (weighted if "trafficRouting" in made.canary else {}), "old pods: all of them stay"


def check_looks(made: Made) -> None:
    said = {"count", "interval", "initialDelay", "failureLimit", "inconclusiveLimit", "consecutiveErrorLimit"}
    for _, metric in made.metrics():
        assert said | {"successCondition", "failureCondition"} <= metric.keys(), f"looks: {metric['name']}"
        assert metric["failureLimit"] < metric["count"], f"looks: {metric['name']} could never fail"
        assert metric["inconclusiveLimit"] == 0, f"looks: {metric['name']}"
        assert 0 < metric["consecutiveErrorLimit"] <= 12, f"looks: {metric['name']}"


WORDS = {"||": " or ", "&&": " and ", "true": "True", "false": "False"}


def says(condition: str, result: list[float]) -> bool | None:
    """What expr makes of a condition, as far as ours go; nothing where it ends with an error."""
    python = re.sub(r"\|\||&&|\btrue\b|\bfalse\b", lambda found: WORDS[found[0]], condition)
    python = re.sub(r"!(?=isNaN)", "not ", python)
    try:
        return bool(eval(python, {"__builtins__": {}}, {"result": result, "isNaN": math.isnan, "len": len}))
    except IndexError:
        return None


def check_verdicts(made: Made) -> None:
    deployment = made.answers.deployment
    limits = {"errors": deployment.max_error_rate, "p95": deployment.max_p95_ms / 1000, "restarts": 1}
    for _, metric in made.metrics():
        name, limit = metric["name"], limits.get(metric["name"], 1)
        answers: dict[tuple[float, ...], bool] = {(): True, (math.nan,): True, (0.0,): True, (limit,): True}
        answers |= {(limit * 1.001,): False, (math.inf,): False}
        for answer, good in ({(): True} if name == "health" else answers).items():
            assert says(metric["successCondition"], list(answer)) is good, f"verdicts: {name} {answer}"
            assert says(metric["failureCondition"], list(answer)) is (not good), f"verdicts: {name} {answer}"


def check_queries(made: Made) -> None:
    name, asked = made.service.name, set()
    for _, metric in made.metrics():
        if "prometheus" not in metric["provider"]:
            continue
        asked.add(metric["name"])
        query = metric["provider"]["prometheus"]["query"]
        filled = query.replace("{{args.version}}", "1.2.3").replace("{{args.hash}}", "5d4f6c7b8")
        error, _ = prometheus.parse(filled)
        assert not error, f"queries: {error}"
        series = re.findall(r"([a-z_:0-9]+)\{([^}]*)\}", filled)
        assert len(series) == filled.count("{") > 0, "queries: each series is filtered"
        for record, labels in series:
            assert record in made.records | FOREIGN, f"queries: nothing makes {record}"
            own = f'service="{name}",version="1.2.3"'
            pods = f'namespace="shop",pod=~"{name}-5d4f6c7b8-.+",container="{name}"'
            assert labels == (pods if record in FOREIGN else own), "queries: of this version alone"
    expected = {"restarts"} | ({"errors", "p95"} if facts.has_request_metrics(made.service) else set())
    assert asked == expected, "queries: what is measured"


def check_names(made: Made) -> None:
    fields = ("stableService", "canaryService", "activeService", "previewService", "pingService", "pongService")
    parts = (made.canary, made.blue_green, made.canary.get("pingPong", {}))
    named = {value for part in parts for key, value in part.items() if key in fields}
    assert named | {made.service.name} == made.of("Service").keys(), "names: Services, none without a use"
    templates = made.of("AnalysisTemplate")
    assert {template for _, template in made.used()} == templates.keys(), "names: analyses, none without a use"
    for one, template in made.used():
        declared = {arg["name"]: arg.get("value") for arg in templates[template]["spec"].get("args", [])}
        given = {arg["name"] for arg in one.get("args", [])}
        assert {arg for arg, usual in declared.items() if usual is None} <= given <= declared.keys(), "names: arguments"
        assert set(re.findall(r"\{\{args\.([a-z-]+)\}\}", str(templates[template]))) <= declared.keys(), (
            "names: arguments"
        )
    target = made.of("HorizontalPodAutoscaler")[made.service.name]["spec"]["scaleTargetRef"]
    rollout = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": made.service.name}
    assert target == rollout, "names: the autoscaler's"


def check_route(made: Made) -> None:
    name = made.service.name
    wanted: dict[str, int | None] = {name: None}
    weighted = made.service.public and made.answers.deployment.strategy != "rolling"
    assert ("trafficRouting" in made.canary) is weighted, "route: led by weight"
    assert ("pingPong" in made.canary) is weighted, "route: no selector behind it turns"
    assert made.canary.get("stableService") == (name if weighted else None), "route: callers inside"
    if weighted:
        turns = made.canary["pingPong"]
        wanted = {turns["pingService"]: 100, turns["pongService"]: 0}
        plugin = made.canary["trafficRouting"]["plugins"]
        assert plugin == {"argoproj-labs/gatewayAPI": {"httpRoute": name, "namespace": "shop"}}, "route: the plugin's"
    for route in made.of("HTTPRoute").values():
        (rule,) = route["spec"]["rules"]
        assert {one["name"]: one.get("weight") for one in rule["backendRefs"]} == wanted, "route: weights at first"
    # The own Service has one, too: routes lead there while releases change hands.
    groups = {one["spec"]["targetReference"]["name"] for one in made.of("TargetGroupConfiguration").values()}
    assert groups == ({name, *wanted} if made.service.public else set()), "route: target groups"


def check_version(made: Made) -> None:
    # A path into the template cannot be read: the controller cuts it at the dots of the label's name.
    label, rollout = "app.kubernetes.io/version", made.of("Rollout")[made.service.name]
    pods = rollout["spec"]["template"]["metadata"]["labels"]
    assert rollout["metadata"]["labels"].get(label) == pods[label] == "undeployed", "version: set by a release"
    args = {arg["name"]: arg.get("valueFrom") for one, _ in made.used() for arg in one.get("args", [])}
    assert args["version"] == {"fieldRef": {"fieldPath": f"metadata.labels['{label}']"}}, "version: read"
    assert args["hash"] == {"podTemplateHashValue": "Latest"}, "version: its pods"
    for constraint in rollout["spec"]["template"]["spec"]["topologySpreadConstraints"]:
        assert constraint["matchLabelKeys"] == ["rollouts-pod-template-hash"], "version: spread by itself"


def check_reach(made: Made) -> None:
    (policy,) = made.of("NetworkPolicy").values()
    (rule,) = policy["spec"]["ingress"]
    peers = [one.get("namespaceSelector", {}).get("matchLabels") for one in rule["from"]]
    assert {"kubernetes.io/metadata.name": rollouts.NAMESPACE} in peers, "reach: the controller comes in"
    assert rule["ports"] == [{"protocol": "TCP", "port": made.service.port}], "reach: the port"
    alone = {made.canary.get("canaryService"), made.blue_green.get("previewService")} - {None}
    for _, metric in made.metrics():
        if metric["name"] == "health":
            url = (
                f"http://{(alone or {made.service.name}).pop()}.shop.svc:{made.service.port}{made.service.health_path}"
            )
            assert metric["provider"]["web"]["url"] == url, "reach: what leads to the new version alone is asked"
            alone = {made.canary.get("canaryService"), made.blue_green.get("previewService")} - {None}


def seconds(duration: str) -> int:
    return int(duration.removesuffix("s"))


def lasts(template: Object, given: Object) -> int:
    """Seconds until the last look at a number; the requests beside them end no later."""
    args = {arg["name"]: arg["value"] for arg in (*template["spec"]["args"], *given.get("args", [])) if "value" in arg}
    ends = {}
    for metric in template["spec"]["metrics"]:
        delay = re.sub(r"\{\{args\.([a-z-]+)\}\}", lambda found: args[found[1]], metric["initialDelay"])
        ends[metric["name"]] = seconds(delay) + seconds(metric["interval"]) * (metric["count"] - 1)
        early = metric["name"] != "health" and seconds(delay) < rollouts.WINDOW_SECONDS
        assert not early, "minutes: numbers of another share of the users"
    health = ends.pop("health")
    (last,) = set(ends.values())
    assert health <= last, "minutes: longer than the numbers"
    return last


def check_minutes(made: Made) -> None:
    deployment, name, templates = made.answers.deployment, made.service.name, made.of("AnalysisTemplate")
    times = [(one, lasts(templates[one], given)) for given, one in made.used() if not one.endswith("-smoke")]
    assert times[-1] == (f"{name}-bake", deployment.bake_minutes * 60), "minutes: the bake is last"
    parts = [time for template, time in times if template == f"{name}-step"]
    canary = deployment.strategy == "canary"
    assert sum(parts) == (deployment.canary_minutes * 60 if canary else 0), "minutes: of all parts"
    weights = [step["setWeight"] for step in made.canary.get("steps", []) if "setWeight" in step]
    wanted = [] if made.blue_green else list(deployment.canary_steps) if canary else [100]
    assert weights == wanted, "minutes: the parts"
    assert len(parts) == (len(weights) - 1 if canary else 0), "minutes: each part"


def check_asked_first(made: Made) -> None:
    order = [template for _, template in made.used()]
    smoke, rolling = f"{made.service.name}-smoke", made.answers.deployment.strategy == "rolling"
    assert order.count(smoke) == (0 if rolling else 1), "asked first"
    assert rolling or order[0] == smoke, "asked first"
    if "trafficRouting" in made.canary:
        assert made.canary["steps"][0] == {"setCanaryScale": {"weight": 100}}, "asked first: all pods"
        assert "analysis" in made.canary["steps"][1], "asked first: before anybody is led there"


CHECKS: tuple[Callable[[Made], None], ...] = (
    check_no_progress, check_way_back, check_old_pods, check_looks, check_verdicts, check_queries, check_names,
    check_route, check_version, check_reach, check_minutes, check_asked_first,
)  # fmt: skip


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__.removeprefix("check_"))
@pytest.mark.parametrize(("case", "service"), ALL)
def test_manifests(case: str, service: str, check: Callable[[Made], None]) -> None:
    (made,) = [made for made in services(case) if made.service.name == service]
    check(made)


def judge_production(tree: Path) -> None:
    """What tests/removals.yml calls `test`, on the repository of the case that its file is made from."""
    texts = {
        path.relative_to(tree).as_posix(): path.read_text()
        for folder in (BASE, RULES)
        for path in (tree / folder).rglob("*.y*ml")
    }
    strategy = re.search(r"strategy: ([a-z-]+)", (tree / "agency-scaffold.yml").read_text())
    assert strategy
    for made in made_of(texts, generated.answers(CASES[strategy[1]])):
        for check in CHECKS:
            check(made)


# What holds beyond one service.


@pytest.mark.parametrize("case", CASES)
def test_the_pods_are_those_of_a_deployment(case: str) -> None:
    raw = generated.raw(CASES[case])
    native = generated.settle({**raw, "orchestration": {**raw["orchestration"], "delivery": "native"}})[0]
    tree, own = generated.tree_of(native), generated.tree(CASES[case])

    def pods(of: str) -> str:
        return of[of.index("\n  selector:") :].replace("rollouts-pod-template-hash", "pod-template-hash")

    for service in facts.long_running(native):
        path = f"{BASE}/{service.name}/workload.yaml"
        assert pods(own[path].text) == pods(tree[path].text), "so that edits stay when the delivery changes"


def test_no_definition_is_older_than_the_controller() -> None:
    recorded = {
        kind: schemas.custom_raw(f"argoproj.io/v1alpha1/{kind}") or {} for kind in ("Rollout", "AnalysisTemplate")
    }
    canary = recorded["Rollout"]["properties"]["spec"]["properties"]
    assert canary["progressDeadlineAbort"] == {"type": "boolean"}
    assert canary["template"]["properties"]["spec"]["additionalProperties"] is False, "pods are judged strictly"
    metric = recorded["AnalysisTemplate"]["properties"]["spec"]["properties"]["metrics"]["items"]
    assert {"consecutiveSuccessLimit", "consecutiveErrorLimit"} <= metric["properties"].keys()


@pytest.mark.skipif(not LINT, reason="kubectl-argo-rollouts is not on PATH: the controller's project releases it")
@pytest.mark.parametrize("case", CASES)
def test_the_controllers_own_lint_passes(case: str, tmp_path: Path) -> None:
    kinds = ("AnalysisTemplate", "Rollout", "Service")
    made = [one for service in services(case) for one in service.objects if one["kind"] in kinds]
    file = tmp_path / "all.yaml"
    file.write_text("---\n".join(yaml.safe_dump(one) for one in made))
    done = subprocess.run([LINT, "lint", "--filename", file], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.tool("kubectl")
def test_a_preview_has_nothing_of_the_controller(tmp_path: Path) -> None:
    root = generated.write(
        generated.made_by(CASES["canary"], "k8s", "k8s-jobs", "k8s-previews", "k8s-rollouts", "k8s-workloads"), tmp_path
    )
    folder = root / "infrastructure/kubernetes/preview"
    done = subprocess.run(["kubectl", "kustomize", folder], capture_output=True, text=True, check=True, timeout=60)
    made = [one for one in yaml.safe_load_all(done.stdout) if one]
    assert {one["apiVersion"] for one in made if one["kind"] in {"Rollout", "AnalysisTemplate"}} == set()
    running = {one["metadata"]["name"]: one for one in made if one["kind"] == "Deployment"}
    assert running.keys() == {"api", "web", "worker", "database"}
    for name in ("api", "web", "worker"):
        assert running[name]["apiVersion"] == "apps/v1"
        assert running[name]["spec"]["strategy"] == {
            "type": "RollingUpdate",
            "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0},
        }
        unknown = running[name]["spec"].keys() - {
            "minReadySeconds", "progressDeadlineSeconds", "replicas", "revisionHistoryLimit", "selector", "strategy", "template",
        }  # fmt: skip
        assert not unknown
        assert "app.kubernetes.io/version" not in running[name]["metadata"]["labels"], "only pods are given one"
    routes = [one for one in made if one["kind"] == "HTTPRoute"]
    assert [one["spec"]["rules"][0]["backendRefs"] for one in routes] == [[{"name": "web", "port": 8080}]]
    names = {one["metadata"]["name"] for one in made if one["kind"] in {"Service", "TargetGroupConfiguration"}}
    assert names == {"api", "web", "worker", "database"}


@pytest.mark.parametrize("case", CASES)
def test_the_quota_holds_two_full_sets_and_what_ends(case: str) -> None:
    answers = generated.answers(CASES[case])
    made = generated.made_by(CASES[case], "k8s")
    hard = yaml.safe_load(made["infrastructure/kubernetes/overlays/prod/resourcequota.yaml"].text)["spec"]["hard"]
    sets = 2 if answers.deployment.strategy == "rolling" else 3
    assert int(hard["pods"]) >= sets * answers.scaling.max * len(facts.long_running(answers))


def test_rights_name_what_a_release_asks_and_no_right_to_make_measurements() -> None:
    for case, path in CASES.items():
        role = next(
            yaml.safe_load_all(generated.made_by(path, "k8s")["infrastructure/kubernetes/access/role.yaml"].text)
        )
        own = [rule for rule in role["rules"] if rule["apiGroups"] == ["argoproj.io"]]
        rights = {name: set(rule["verbs"]) for rule in own for name in rule["resources"]}
        assert rights.keys() == {"analysisruns", "analysistemplates", "rollouts", "rollouts/scale", "rollouts/status"}
        assert rights["analysisruns"] == {"get", "list", "watch"}
        assert rights["rollouts/status"] == rights["rollouts/scale"] == {"get", "patch", "update"}
        asked = {
            name for rule in role["rules"] if rule["resources"] == ["services/proxy"] for name in rule["resourceNames"]
        }
        answers = generated.answers(path)
        alone = {rollouts.tried(answers, s): s.port for s in facts.long_running(answers) if rollouts.roles(answers, s)}
        assert asked == {f"http:{name}:{port}" for name, port in alone.items()}, case
