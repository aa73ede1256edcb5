"""The rights of previews, as the API server would judge them; what a preview runs."""

from __future__ import annotations

import re
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import celpy
import pytest
import yaml

from tests.support import generated

EXAMPLE = generated.CASES / "example.yml"
JOBS = Path(__file__).parent / "cases/jobs.yml"
ACCESS = "infrastructure/kubernetes/preview-access"
RESOURCES = {
    "namespaces": ("", "namespaces"),
    "rolebindings": ("rbac.authorization.k8s.io", "rolebindings"),
    "externalsecrets": ("external-secrets.io", "externalsecrets"),
    "passwords": ("generators.external-secrets.io", "passwords"),
}
Object = dict[str, Any]


def documents(path: str, case: Path = EXAMPLE) -> list[Object]:
    return [one for one in yaml.safe_load_all(generated.tree(case)[path].text) if one]


@cache
def policy(case: Path = EXAMPLE) -> Object:
    found: Object = documents(f"{ACCESS}/admission.yaml", case)[0]
    return found


def value(expression: str, known: dict[str, Any]) -> Any:
    environment = celpy.Environment()
    return environment.program(environment.compile(expression)).evaluate(known)


def denied(
    resource: str, name: str, new: Object | None, namespace: str = "", groups: tuple[str, ...] = ()
) -> list[str]:
    """The messages with which the policy refuses a request of previewers; of others, none is judged."""
    group, plural = RESOURCES[resource]
    request = {
        "resource": {"group": group, "version": "v1", "resource": plural},
        "operation": "UPDATE" if new else "DELETE",
        "name": name,
        "namespace": namespace or name,
        "userInfo": {"groups": list(groups or ("previewers", "system:authenticated"))},
    }
    known = {"request": celpy.json_to_cel(request), "object": celpy.json_to_cel(new)}
    spec = policy()["spec"]
    if not all(value(one["expression"], known) for one in spec["matchConditions"]):
        return []
    variables = celpy.celtypes.MapType()
    for one in spec["variables"]:
        variables[celpy.celtypes.StringType(one["name"])] = value(one["expression"], known | {"variables": variables})
    known |= {"variables": variables}
    return [str(one["message"]) for one in spec["validations"] if not value(one["expression"], known)]


def namespace(number: str = "7", **labels: str | None) -> Object:
    usual: dict[str, str | None] = {
        "agency-scaffold/preview": number,
        "pod-security.kubernetes.io/enforce": "restricted",
        "pod-security.kubernetes.io/enforce-version": "v1.36",
    }
    changed = usual | {name.replace("__", "/").replace("_", "-"): text for name, text in labels.items()}
    return {"metadata": {"labels": {name: text for name, text in changed.items() if text is not None}}}


def binding(kind: str = "ClusterRole", role: str = "preview-namespace", subject: str = "previewers") -> Object:
    subjects = [{"kind": "Group", "name": subject}]
    return {"metadata": {"name": "previewers"}, "roleRef": {"kind": kind, "name": role}, "subjects": subjects}


def external(key: str, **spec: Any) -> Object:
    data = [{"secretKey": "KEY", "remoteRef": {"key": key, "property": "KEY"}}]
    return {"metadata": {"name": "api"}, "spec": {"data": data} | spec}


def made(entry: Object | None = None, **changed: Any) -> Object:
    """An ExternalSecret that has a password made: by the usual generator, by a changed one, or by a whole other entry."""
    usual = {"apiVersion": "generators.external-secrets.io/v1alpha1", "kind": "Password", "name": "database"}
    return {
        "metadata": {"name": "database"},
        "spec": {"dataFrom": [generator(**(usual | changed)) if entry is None else entry]},
    }


def generator(**reference: Any) -> Object:
    return {"sourceRef": {"generatorRef": {key: text for key, text in reference.items() if text}}}


USUAL = made()["spec"]["dataFrom"][0]


def test_what_the_script_does_is_let_through() -> None:
    assert denied("namespaces", "shop-pr-7", namespace()) == []
    assert denied("namespaces", "shop-pr-123456789", namespace("123456789")) == []
    assert denied("namespaces", "shop-pr-7", None) == [], "a deletion has no object"
    assert denied("rolebindings", "previewers", binding(), "shop-pr-7") == []
    assert denied("externalsecrets", "api", external("shop/preview/api"), "shop-pr-7") == []
    for kind, resource in {"ExternalSecret": "externalsecrets", "Password": "passwords"}.items():
        for name, one in of_kind(EXAMPLE, kind).items():
            assert denied(resource, name, one, "shop-pr-7") == []
    assert set(of_kind(EXAMPLE, "Password")) == {"database"}


@pytest.mark.parametrize(
    "new",
    [
        made(kind="Webhook"),
        made(kind="ECRAuthorizationToken"),
        made(kind="ClusterGenerator"),
        made(name="other"),
        made(apiVersion="generators.external-secrets.io/v1"),
        made(apiVersion=""),
        made({"sourceRef": {"storeRef": {"name": "cloud", "kind": "ClusterSecretStore"}}}),
        made({"sourceRef": {"storeRef": {"name": "cloud"}} | USUAL["sourceRef"]}),
        made({"sourceRef": {}}),
        made({}),
        made({"extract": {"key": "shop/preview/api"}}),
        made(USUAL | {"extract": {"key": "shop/dev/api"}}),
        made({"find": {"name": {"regexp": ".*"}}}),
        made(USUAL | {"find": {"path": "shop"}}),
        made(USUAL | {"rewrite": [{"regexp": {"source": "a", "target": "b"}}]}),
        {"spec": {"dataFrom": [USUAL, {"extract": {"key": "shop/dev/api"}}]}},
        {"spec": external("shop/preview/api")["spec"] | {"dataFrom": [{"extract": {"key": "shop/dev/api"}}]}},
    ],
)
def test_nothing_but_the_databases_password_comes_from_a_generator_or_in_bulk(new: Object) -> None:
    assert any("password of its database" in message for message in denied("externalsecrets", "x", new, "shop-pr-7"))


@pytest.mark.parametrize("spec", [{"length": 65}, {"length": 10**9}, {"length": 48, "secretKeys": ["a"]}])
def test_a_password_that_keeps_the_operator_busy_is_refused(spec: Object) -> None:
    assert any("at most 64" in message for message in denied("passwords", "x", {"spec": spec}, "shop-pr-7"))
    assert denied("passwords", "x", {"spec": {"length": 64}}, "shop-pr-7") == []
    assert denied("passwords", "x", {"spec": {"length": 64}}, "shop") != []


@pytest.mark.parametrize(
    "name", ["shop", "kube-system", "shop-pr-", "shop-pr-07", "shop-pr-7x", "x-shop-pr-7", "other-pr-7", ""]
)
def test_namespaces_of_others_are_out_of_reach(name: str) -> None:
    for new in (namespace(), None):
        assert any("act in namespaces called" in message for message in denied("namespaces", name, new))
    assert denied("rolebindings", "previewers", binding(), name or "default")
    assert denied("externalsecrets", "api", external("shop/preview/api"), name or "default")


@pytest.mark.parametrize(
    "labels",
    [
        {"agency_scaffold__preview": "8"},
        {"agency_scaffold__preview": None},
        {"pod_security.kubernetes.io__enforce": "baseline"},
        {"pod_security.kubernetes.io__enforce": None},
        {"pod_security.kubernetes.io__enforce_version": "v1.20"},
        {"pod_security.kubernetes.io__enforce_version": None},
    ],
)
def test_a_namespace_without_its_number_or_the_restricted_profile_is_refused(labels: dict[str, str | None]) -> None:
    assert denied("namespaces", "shop-pr-7", namespace(**labels)) != []
    assert denied("namespaces", "shop-pr-7", {"metadata": {}}) != []


@pytest.mark.parametrize(
    "new",
    [
        binding(role="cluster-admin"),
        binding(kind="Role"),
        binding(subject="system:authenticated"),
        {"roleRef": binding()["roleRef"]},
    ],
)
def test_previewers_take_no_other_rights(new: Object) -> None:
    assert any("bind the ClusterRole" in message for message in denied("rolebindings", "x", new, "shop-pr-7"))


@pytest.mark.parametrize(
    "new",
    [
        external("shop/dev/api"),
        external("shop/preview"),
        external("x/shop/preview/api"),
        made() | {"spec": made()["spec"] | {"data": external("shop/dev/database")["spec"]["data"]}},
        {
            "spec": {
                "data": [external("shop/preview/api")["spec"]["data"][0] | {"sourceRef": {"storeRef": {"name": "x"}}}]
            }
        },
        {"spec": {}},
    ],
)
def test_secrets_of_an_environment_are_out_of_reach(new: Object) -> None:
    assert any("asks for secrets by name" in message for message in denied("externalsecrets", "api", new, "shop-pr-7"))


def test_the_policy_is_about_previewers_alone_and_is_enforced() -> None:
    assert denied("namespaces", "shop", None, groups=("deployers", "system:authenticated")) == []
    spec = policy()["spec"]
    assert spec["failurePolicy"] == "Fail"
    (bound,) = documents(f"{ACCESS}/admission.yaml")[1:]
    assert bound["spec"] == {"policyName": policy()["metadata"]["name"], "validationActions": ["Deny"]}
    # Every right of previewers that is not held by a name is among what is judged.
    judged = {name for rule in spec["matchConstraints"]["resourceRules"] for name in rule["resources"]}
    role = next(one for one in documents(f"{ACCESS}/clusterrole.yaml") if one["metadata"]["name"] == "previews")
    writing = {"create", "delete", "patch", "update", "deletecollection"}
    free = [rule for rule in role["rules"] if "resourceNames" not in rule and writing & set(rule["verbs"])]
    assert {name for rule in free for name in rule["resources"]} <= judged


def test_the_rights_of_previewers_are_few() -> None:
    roles = {one["metadata"]["name"]: one["rules"] for one in documents(f"{ACCESS}/clusterrole.yaml") if "rules" in one}
    assert set(roles) == {"previews", "preview-namespace"}
    rights = {
        (role, resource): set(rule["verbs"])
        for role, rules in roles.items()
        for rule in rules
        for resource in rule["resources"]
    }
    assert not [key for key, verbs in rights.items() if "*" in verbs or "*" in key[1]]
    assert not {role for role, resource in rights if resource == "secrets"}, "the operator makes them"
    assert rights[("previews", "rolebindings")] == {"create"}
    assert rights[("previews", "clusterroles")] == {"bind"}
    bind = next(rule for rule in roles["previews"] if rule["verbs"] == ["bind"])
    assert bind["resourceNames"] == ["preview-namespace"]
    forbidden = {
        "pods/exec",
        "pods/attach",
        "serviceaccounts/token",
        "roles",
        "nodes",
        "persistentvolumes",
        "secretstores",
    }
    assert not forbidden & {resource for _, resource in rights}
    assert "create" not in rights[("preview-namespace", "pods")], "what runs is described by a Deployment or a Job"


@cache
def built(case: Path) -> list[Object]:
    """What `kubectl kustomize` makes of the folder of previews."""
    made = generated.made_by(case, "k8s", "k8s-jobs", "k8s-rolling", "k8s-workloads", "k8s-previews")
    with tempfile.TemporaryDirectory() as folder:
        root = generated.write(made, Path(folder) / "repository")
        line = ["kubectl", "kustomize", str(root / "infrastructure/kubernetes/preview")]
        done = subprocess.run(line, check=True, capture_output=True, text=True)
    return [one for one in yaml.safe_load_all(done.stdout) if one]


def of_kind(case: Path, kind: str) -> dict[str, Object]:
    return {one["metadata"]["name"]: one for one in built(case) if one["kind"] == kind}


@pytest.mark.parametrize("case", [EXAMPLE, JOBS], ids=lambda path: path.stem)
def test_a_preview_is_small_and_reaches_its_own_database_alone(case: Path) -> None:
    kinds = {one["kind"] for one in built(case)}
    assert not kinds & {"HorizontalPodAutoscaler", "PodDisruptionBudget", "CronJob", "PersistentVolumeClaim"}
    assert all(one["spec"]["replicas"] == 1 for name, one in of_kind(case, "Deployment").items())
    policies = of_kind(case, "NetworkPolicy")
    (egress,) = policies["allow-database"]["spec"]["egress"]
    assert egress["to"] == [{"podSelector": {"matchLabels": {"app.kubernetes.io/name": "database"}}}]
    assert policies["database"]["spec"]["egress"] == []
    assert [one["from"] for one in policies["database"]["spec"]["ingress"]] == [[{"podSelector": {}}]]
    assert "secretStoreRef" not in of_kind(case, "ExternalSecret")["database"]["spec"], "that of the environment"
    assert not re.search(r"192\.0\.2\.", yaml.safe_dump(built(case))), "an address that is nobody's is left"
    # Everything is in one namespace, which the script names.
    (place,) = of_kind(case, "Namespace")
    assert {one["metadata"]["namespace"] for one in built(case) if one["kind"] != "Namespace"} == {place}
    assert of_kind(case, "Namespace")[place]["metadata"]["labels"]["agency-scaffold/phase"] == "place"


@pytest.mark.parametrize("case", [EXAMPLE, JOBS], ids=lambda path: path.stem)
def test_the_database_is_held_to_the_restricted_profile(case: Path) -> None:
    pod = of_kind(case, "Deployment")["database"]["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] >= 10_000, "lower ones may be somebody's on the node"
    assert pod["securityContext"]["fsGroup"] == pod["securityContext"]["runAsGroup"]
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    (container,) = pod["containers"]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["allowPrivilegeEscalation"] is False
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert all(set(volume) == {"name", "emptyDir"} and volume["emptyDir"]["sizeLimit"] for volume in pod["volumes"])
    given = {one["name"]: one.get("valueFrom") for one in container["env"]}
    assert all(source for name, source in given.items() if name.endswith("PASSWORD")), (
        "a password comes from the secret"
    )
    assert not any("RANDOM" in name for name in given), "it would be printed into the log"


@pytest.mark.parametrize("case", [EXAMPLE, JOBS], ids=lambda path: path.stem)
def test_the_databases_password_is_made_once_with_the_keys_that_pods_read(case: Path) -> None:
    spec = of_kind(case, "ExternalSecret")["database"]["spec"]
    assert spec["refreshPolicy"] == "CreatedOnce", "a database takes its password when it is first started"
    assert spec["target"]["name"] == "database"
    (entry,) = spec["dataFrom"]
    assert entry["sourceRef"]["generatorRef"]["name"] in of_kind(case, "Password")
    asked = {
        source["secretKeyRef"]["key"]
        for deployment in of_kind(case, "Deployment").values()
        for container in deployment["spec"]["template"]["spec"]["containers"]
        for variable in container.get("env", ())
        if "secretKeyRef" in (source := variable.get("valueFrom", {})) and source["secretKeyRef"]["name"] == "database"
    }
    assert asked
    assert asked <= set(spec["target"]["template"]["data"])


@pytest.mark.parametrize("case", [EXAMPLE, JOBS], ids=lambda path: path.stem)
def test_a_quota_has_room_for_a_whole_deployment(case: Path) -> None:
    hard = of_kind(case, "ResourceQuota")["quota"]["spec"]["hard"]
    templates = [
        one["spec"]["template"]["spec"] for kind in ("Deployment", "Job") for one in of_kind(case, kind).values()
    ]
    templates += [one["spec"]["template"]["spec"] for one in of_kind(case, "Deployment").values()]
    asked = [pod["containers"][0]["resources"]["requests"] for pod in templates]
    assert len(asked) <= int(hard["pods"]) <= len(asked) + len(generated.answers(case).services)
    assert sum(int(one["cpu"].removesuffix("m")) for one in asked) <= int(hard["requests.cpu"]) * 1000
    assert (
        sum(int(one["memory"].removesuffix("Mi")) for one in asked)
        <= int(hard["requests.memory"].removesuffix("Gi")) * 1024
    )
    assert hard["persistentvolumeclaims"] == "0"
    assert hard["services.loadbalancers"] == "0"


@pytest.mark.parametrize(
    ("path", "has"),
    [
        ("infrastructure/kubernetes/gateway/overlays/dev/kustomization.yaml", True),
        ("infrastructure/kubernetes/gateway/overlays/staging/kustomization.yaml", False),
        ("infrastructure/kubernetes/gateway/overlays/prod/kustomization.yaml", False),
    ],
)
def test_only_the_first_environment_has_a_way_in(path: str, has: bool) -> None:
    text = generated.tree(EXAMPLE)[path].text
    assert ('hostname: "*.preview.shop.acme.dev"' in text) is has
    assert ("agency-scaffold/preview" in text) is has


def test_the_rights_are_applied_where_previews_run_alone() -> None:
    text = generated.tree(EXAMPLE)["scripts/platform.sh"].text
    line = '[[ "$environment" != dev ]] || apply_folder preview-access "$ROOT/infrastructure/kubernetes/preview-access"'
    assert line in text.splitlines()


@pytest.mark.parametrize(
    ("case", "platform"),
    [(EXAMPLE, "the group `previewers`"), (generated.TEMPLATES / "ecs-previews/tests/cases/jobs.yml", "`pr-*`")],
)
def test_the_security_policy_says_what_a_pull_request_can_do(case: Path, platform: str) -> None:
    text = generated.tree(case)["SECURITY.md"].text
    section = text.partition("## What a pull request can do\n")[2].partition("\n## ")[0]
    paragraphs = section.strip().split("\n\n")
    assert len(paragraphs) == 4
    assert "Whoever can push a branch" in paragraphs[0]
    assert platform in paragraphs[2]
    assert "## What a pull request can do" not in generated.tree(generated.CASES / "minimal.yml")["SECURITY.md"].text
