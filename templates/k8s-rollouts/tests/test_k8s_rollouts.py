"""Rollouts and analyses: they fit each other and the answers, and every default of the controller that bites is set."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator import facts, rollouts
from generator.answers import Service
from generator.checks import data
from generator.checks.models import prometheus
from tests.support import generated

HERE = Path(__file__).parent
CASES = {path.stem: path for path in sorted((HERE / "cases").glob("*.yml"))}
BASE = "infrastructure/kubernetes/base"
MANAGED = ("k8s", "k8s-rollouts", "k8s-workloads", "prometheus", "prometheus-k8s")
# How Prometheus' own series are called that no rule of ours makes.
FOREIGN = {"kube_pod_container_status_restarts_total"}
# No package brings it and no CI has it, so it is a judge only where somebody installed it.
LINT = shutil.which("kubectl-argo-rollouts") or ""
Object = dict[str, Any]

each_service = pytest.mark.parametrize(
    ("case", "name"),
    [(case, s.name) for case, path in CASES.items() for s in facts.long_running(generated.answers(path))],
)


@cache
def objects(case: str, name: str) -> tuple[Object, ...]:
    """Everything that the manifests have of a service."""
    made = generated.made_by(CASES[case], *MANAGED)
    texts = [file.text for path, file in made.items() if path.startswith(f"{BASE}/{name}/")]
    return tuple(one for text in texts for one in yaml.safe_load_all(text) if one and one["kind"] != "Kustomization")


def named(case: str, name: str, kind: str) -> dict[str, Object]:
    return {one["metadata"]["name"]: one for one in objects(case, name) if one["kind"] == kind}


def service_of(case: str, name: str) -> Service:
    return next(s for s in generated.answers(CASES[case]).services if s.name == name)


def rollout(case: str, name: str) -> Object:
    return named(case, name, "Rollout")[name]["spec"]


def used(spec: Object) -> Iterator[tuple[Object, str]]:
    """Each analysis of a Rollout, with its template."""
    strategy = spec["strategy"]
    steps = [one["analysis"] for one in strategy.get("canary", {}).get("steps", []) if "analysis" in one]
    ways = (
        [strategy["blueGreen"][f"{way}PromotionAnalysis"] for way in ("pre", "post")] if "blueGreen" in strategy else []
    )
    for one in (*steps, *ways):
        for template in one["templates"]:
            yield one, template["templateName"]


# Defaults of the controller that bite, each set on purpose.


@each_service
def test_what_makes_no_progress_ends_and_goes_back(case: str, name: str) -> None:
    spec = rollout(case, name)
    assert spec["progressDeadlineAbort"] is True
    assert spec["progressDeadlineSeconds"] > spec["minReadySeconds"]
    if "blueGreen" in spec["strategy"]:
        # The analysis after the turn is no progress to the controller, and counts against the deadline.
        bake = generated.answers(CASES[case]).deployment.bake_minutes * 60
        assert spec["progressDeadlineSeconds"] >= bake + rollouts.PROGRESS_SECONDS
    else:
        assert spec["progressDeadlineSeconds"] == rollouts.PROGRESS_SECONDS


@each_service
def test_the_way_back_needs_no_steps_to_any_version_that_is_kept(case: str, name: str) -> None:
    spec = rollout(case, name)
    assert spec["rollbackWindow"]["revisions"] == spec["revisionHistoryLimit"] > 0
    assert "replicas" not in spec, "the autoscaler's"


@each_service
def test_old_pods_stay_while_they_are_the_way_back(case: str, name: str) -> None:
    strategy = rollout(case, name)["strategy"]
    if "blueGreen" in strategy:
        kept = strategy["blueGreen"]
        assert kept["scaleDownDelaySeconds"] > generated.answers(CASES[case]).deployment.bake_minutes * 60
        assert kept["abortScaleDownDelaySeconds"] > 0
        assert kept["autoPromotionEnabled"] is True
        assert "autoPromotionSeconds" not in kept
        return
    canary = strategy["canary"]
    assert canary["maxUnavailable"] == 0
    if "trafficRouting" in canary:
        assert canary["dynamicStableScale"] is False
        assert canary["scaleDownDelaySeconds"] > 0
        assert canary["abortScaleDownDelaySeconds"] > 0
    else:
        # Refused by the controller where nothing leads by weight.
        assert not {"dynamicStableScale", "scaleDownDelaySeconds"} & canary.keys()
        assert not any("setCanaryScale" in step for step in canary["steps"])


@each_service
def test_every_look_says_yes_or_no_and_how_often_it_may_be_wrong(case: str, name: str) -> None:
    for template in named(case, name, "AnalysisTemplate").values():
        for metric in template["spec"]["metrics"]:
            said = {"count", "interval", "initialDelay", "failureLimit", "inconclusiveLimit", "consecutiveErrorLimit"}
            assert said | {"successCondition", "failureCondition"} <= metric.keys(), metric["name"]
            assert metric["failureLimit"] < metric["count"], f"{metric['name']}: it could never fail"
            assert metric["inconclusiveLimit"] == 0
            assert 0 < metric["consecutiveErrorLimit"] <= 12


CONDITION = {"||": " or ", "&&": " and ", "true": "True", "false": "False"}


def says(condition: str, result: list[float]) -> bool:
    """What expr makes of a condition, as far as ours go."""
    python = re.sub(r"\|\||&&|\btrue\b|\bfalse\b", lambda found: CONDITION[found[0]], condition)
    python = re.sub(r"!(?=isNaN)", "not ", python)
    return bool(eval(python, {"__builtins__": {}}, {"result": result, "isNaN": math.isnan, "len": len}))


@each_service
def test_no_look_is_inconclusive_whatever_prometheus_answers(case: str, name: str) -> None:
    deployment = generated.answers(CASES[case]).deployment
    limits = {"errors": deployment.max_error_rate, "p95": deployment.max_p95_ms / 1000, "restarts": 1}
    for template in named(case, name, "AnalysisTemplate").values():
        for metric in template["spec"]["metrics"]:
            success, failure = metric["successCondition"], metric["failureCondition"]
            limit = limits.get(metric["name"], 1)
            answers = {
                (): True,
                (math.nan,): True,
                (0.0,): True,
                (limit,): True,
                (limit * 1.001,): False,
                (math.inf,): False,
            }
            for answer, good in answers.items() if metric["name"] != "health" else ():
                result = list(answer)
                assert says(success, result) is good, (metric["name"], result)
                assert says(failure, result) is not good, (metric["name"], result)


# What is asked.


@each_service
def test_queries_are_promql_of_series_that_exist_and_of_this_version_alone(case: str, name: str) -> None:
    rules = [
        f
        for path, f in generated.made_by(CASES[case], *MANAGED).items()
        if path.startswith("monitoring/prometheus/rules/")
    ]
    known = {rule.get("record") for f in rules for group in yaml.safe_load(f.text)["groups"] for rule in group["rules"]}
    asked = set()
    for template in named(case, name, "AnalysisTemplate").values():
        for metric in template["spec"]["metrics"]:
            if "prometheus" not in metric["provider"]:
                continue
            query = metric["provider"]["prometheus"]["query"]
            filled = query.replace("{{args.version}}", "1.2.3").replace("{{args.hash}}", "5d4f6c7b8")
            error, _ = prometheus.parse(filled)
            assert not error, error
            series = re.findall(r"([a-z_:0-9]+)\{([^}]*)\}", filled)
            assert series
            assert len(series) == filled.count("{"), "each series is filtered"
            for record, labels in series:
                assert record in known | FOREIGN, record
                if record in FOREIGN:
                    assert f'pod=~"{name}-5d4f6c7b8-.+"' in labels
                    assert 'namespace="shop"' in labels
                else:
                    assert labels == f'service="{name}",version="1.2.3"'
            asked.add(metric["name"])
    service = service_of(case, name)
    assert asked == {"restarts"} | ({"errors", "p95"} if facts.has_request_metrics(service) else set())


@each_service
def test_what_a_rollout_names_is_there(case: str, name: str) -> None:
    spec, services = rollout(case, name), named(case, name, "Service")
    templates = named(case, name, "AnalysisTemplate")
    canary, blue = spec["strategy"].get("canary", {}), spec["strategy"].get("blueGreen", {})
    fields = ("stableService", "canaryService", "activeService", "previewService", "pingService", "pongService")
    found = {
        key: value
        for part in (canary, blue, canary.get("pingPong", {}))
        for key, value in part.items()
        if key in fields
    }
    assert set(found.values()) <= services.keys()
    assert set(found.values()) | {name} == services.keys(), "no Service without a use"
    assert {template for _, template in used(spec)} == templates.keys(), "no template without a use"
    for one, template in used(spec):
        declared = {arg["name"]: arg.get("value") for arg in templates[template]["spec"].get("args", [])}
        given = {arg["name"] for arg in one.get("args", [])}
        assert {arg for arg, default in declared.items() if default is None} <= given <= declared.keys()
        asked = set(re.findall(r"\{\{args\.([a-z-]+)\}\}", str(templates[template])))
        assert asked <= declared.keys()
    if "trafficRouting" in canary:
        plugin = canary["trafficRouting"]["plugins"]["argoproj-labs/gatewayAPI"]
        (rule,) = named(case, name, "HTTPRoute")[plugin["httpRoute"]]["spec"]["rules"]
        ways = {one["name"]: one["weight"] for one in rule["backendRefs"]}
        assert ways == {canary["pingPong"]["pingService"]: 100, canary["pingPong"]["pongService"]: 0}
    assert spec["selector"]["matchLabels"].items() <= spec["template"]["metadata"]["labels"].items()
    assert named(case, name, "HorizontalPodAutoscaler")[name]["spec"]["scaleTargetRef"] == {
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": name,
    }  # fmt: skip


@each_service
def test_the_version_is_where_the_analyses_read_it(case: str, name: str) -> None:
    # A path into the template cannot be read: the controller cuts it at the dots of the label's name.
    label = "app.kubernetes.io/version"
    made = named(case, name, "Rollout")[name]
    assert made["metadata"]["labels"][label] == made["spec"]["template"]["metadata"]["labels"][label] == "undeployed"
    paths = {
        arg["valueFrom"]["fieldRef"]["fieldPath"]
        for one, _ in used(made["spec"])
        for arg in one.get("args", [])
        if arg["name"] == "version"
    }
    assert paths == {f"metadata.labels['{label}']"}


@each_service
def test_the_controller_reaches_what_it_asks(case: str, name: str) -> None:
    service = service_of(case, name)
    (policy,) = named(case, name, "NetworkPolicy").values()
    (rule,) = policy["spec"]["ingress"]
    labels = [one.get("namespaceSelector", {}).get("matchLabels") for one in rule["from"]]
    assert {"kubernetes.io/metadata.name": rollouts.NAMESPACE} in labels
    assert rule["ports"] == [{"protocol": "TCP", "port": service.port}]
    for template in named(case, name, "AnalysisTemplate").values():
        (health,) = [one for one in template["spec"]["metrics"] if one["name"] == "health"]
        host, port = re.fullmatch(r"http://([a-z-]+)\.shop\.svc:(\d+)(/.*)", health["provider"]["web"]["url"]).group(
            1, 2
        )
        made = named(case, name, "Service")[host]
        assert {str(one["port"]) for one in made["spec"]["ports"]} == {port}
        strategy = rollout(case, name)["strategy"]
        alone = {strategy.get("canary", {}).get("canaryService"), strategy.get("blueGreen", {}).get("previewService")}
        assert host in alone or (alone == {None} and host == name)


# Time.


def seconds(duration: str) -> int:
    return int(duration.removesuffix("s"))


def lasts(template: Object, given: Object) -> int:
    """Seconds until the last look of what is measured by numbers; the requests beside them end no later."""
    args = {arg["name"]: arg["value"] for arg in (*template["spec"]["args"], *given.get("args", [])) if "value" in arg}
    ends = {}
    for metric in template["spec"]["metrics"]:
        delay = re.sub(r"\{\{args\.([a-z-]+)\}\}", lambda found: args[found[1]], metric["initialDelay"])
        ends[metric["name"]] = seconds(delay) + seconds(metric["interval"]) * (metric["count"] - 1)
        assert metric["name"] == "health" or seconds(delay) >= rollouts.WINDOW_SECONDS, "of another share of the users"
    health = ends.pop("health")
    (last,) = set(ends.values())
    assert health <= last
    return last


@each_service
def test_the_steps_take_the_minutes_of_the_answers(case: str, name: str) -> None:
    deployment, spec = generated.answers(CASES[case]).deployment, rollout(case, name)
    templates = named(case, name, "AnalysisTemplate")
    times = [
        (template, lasts(templates[template], one)) for one, template in used(spec) if not template.endswith("-smoke")
    ]
    assert times[-1] == (f"{name}-bake", deployment.bake_minutes * 60)
    parts = [time for template, time in times if template == f"{name}-step"]
    canary = deployment.strategy == "canary"
    assert sum(parts) == (deployment.canary_minutes * 60 if canary else 0)
    weights = [step["setWeight"] for step in spec["strategy"].get("canary", {}).get("steps", []) if "setWeight" in step]
    assert weights == ([] if "blueGreen" in spec["strategy"] else list(deployment.canary_steps) if canary else [100])
    assert len(parts) == (len(weights) - 1 if canary else 0)


@each_service
def test_a_new_version_is_asked_before_it_gets_more_than_its_first_part(case: str, name: str) -> None:
    spec = rollout(case, name)
    if generated.answers(CASES[case]).deployment.strategy == "rolling":
        return
    order = [template for _, template in used(spec)]
    assert order[0] == f"{name}-smoke"
    assert order.count(f"{name}-smoke") == 1
    steps = spec["strategy"].get("canary", {}).get("steps", [])
    if rollouts.weighted(generated.answers(CASES[case]), service_of(case, name)):
        assert steps[0] == {"setCanaryScale": {"weight": 100}}
        assert "analysis" in steps[1], "all pods are up and asked before anybody is led there"


# What else must hold.


@each_service
def test_the_pods_are_those_of_a_deployment(case: str, name: str) -> None:
    native = {"orchestration": {"delivery": "native"}}
    raw = generated.raw(CASES[case])
    tree = generated.tree_of(
        generated.settle({**raw, "orchestration": {**raw["orchestration"], **native["orchestration"]}})[0]
    )
    path = f"{BASE}/{name}/workload.yaml"
    text = tree[path].text
    own = generated.tree(CASES[case])[path].text

    def pods(of: str) -> str:
        return of[of.index("\n  selector:") :].replace("rollouts-pod-template-hash", "pod-template-hash")

    assert pods(own) == pods(text), "so that what was edited stays when the delivery changes"


def test_no_definition_is_older_than_the_controller() -> None:
    recorded = data.load("kubernetes/custom.json")
    canary = recorded["argoproj.io/v1alpha1/Rollout"]["properties"]["spec"]["properties"]
    assert canary["progressDeadlineAbort"] == {"type": "boolean"}
    assert canary["template"]["properties"]["spec"]["additionalProperties"] is False, "pods are judged strictly"
    metric = recorded["argoproj.io/v1alpha1/AnalysisTemplate"]["properties"]["spec"]["properties"]["metrics"]["items"]
    assert {"consecutiveSuccessLimit", "consecutiveErrorLimit"} <= metric["properties"].keys()


@pytest.mark.skipif(not LINT, reason="kubectl-argo-rollouts is not on PATH: the controller's project releases it")
@pytest.mark.parametrize("case", CASES)
def test_the_controllers_own_lint_passes(case: str, tmp_path: Path) -> None:
    kinds = ("AnalysisTemplate", "Rollout", "Service")
    running = facts.long_running(generated.answers(CASES[case]))
    made = [one for s in running for one in objects(case, s.name) if one["kind"] in kinds]
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
