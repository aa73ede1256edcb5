"""What is an error, and what a warning: an error is what fails or misleads whoever wrote it, not what may be meant."""

from __future__ import annotations

import pytest

from generator.finding import Severity
from generator.tree import File, Tree
from tests.support.judge import judge

OURS = {".agency/scaffold/todo.yml": "items: []\n"}
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {%s: hunter2}\n"
POD = "---\nkind: Pod\napiVersion: v1\nmetadata: {name: a, namespace: shop, labels: {app: a}}\n"
POLICY = (
    "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\n"
    "spec: {egress: [{to: [%s], ports: [{port: %s}]}]}\n"
    f"{POD}spec: {{containers: [{{name: a, ports: [{{name: http, containerPort: 80}}]}}]}}\n"
)
BY_LABEL = "{podSelector: {matchLabels: {app: a}}}"
BY_NAMESPACE = "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}}"
HEALTH = {
    "docker/a.Dockerfile": "FROM a\nHEALTHCHECK CMD curl http://localhost%s\n",
    "a.yaml": f"{POD.replace('kind: Pod', 'kind: Deployment').replace('v1', 'apps/v1')}spec: {{template: {{spec: {{containers: ["
    "{name: a, startupProbe: {httpGet: {path: /healthz}}, readinessProbe: {httpGet: {path: /healthz}}}]}}}\n",
}

PROMETHEUS = {
    "prometheus.yml": """scrape_configs:
  - job_name: a
    static_configs: [{targets: ["alertmanager:9093"]}]
  - job_name: b
    kubernetes_sd_configs: [{role: pod, namespaces: {names: [elsewhere]}}]
    relabel_configs: [{action: keep, source_labels: [__meta_kubernetes_pod_label_app], regex: other}]
"""
}
SERVICE = "kind: Service\napiVersion: v1\nmetadata: {name: %s}\nspec: {ports: [{port: 9093}]}\n"


@pytest.mark.parametrize(
    ("rule", "files", "severity"),
    [
        ("secret-token", {"a": "mysql://root:hunter" + "22@db.example.org/a\n"}, Severity.ERROR),
        ("secret-token", {"a": "mysql://root:hunter" + "22@db:3306/a\n"}, Severity.WARNING),
        ("secret-token", {"a": "mysql://root:hunter" + "22@127.0.0.1/a\n"}, Severity.WARNING),
        ("secret-manifest", {"a.yaml": SECRET % "password"}, Severity.ERROR),
        ("secret-manifest", {"a.yaml": SECRET % "url"}, Severity.WARNING),
        ("secret-manifest", {"examples/a.yaml": SECRET % "password"}, Severity.WARNING),
        ("network-policy-egress", {"a.yaml": POLICY % (BY_LABEL, "web")}, Severity.ERROR),
        ("network-policy-egress", {"a.yaml": POLICY % (BY_LABEL, "81")}, Severity.WARNING),
        ("network-policy-egress", {"a.yaml": POLICY % (BY_LABEL, "81"), **OURS}, Severity.ERROR),
        ("network-policy-egress", {"a.yaml": POLICY % (BY_NAMESPACE, "web"), **OURS}, Severity.WARNING),
        (
            "health-path",
            {**HEALTH, **OURS, "docker/a.Dockerfile": HEALTH["docker/a.Dockerfile"] % "/health"},
            Severity.ERROR,
        ),
        ("health-path", {**HEALTH, "docker/a.Dockerfile": HEALTH["docker/a.Dockerfile"] % "/health"}, Severity.WARNING),
        (
            "health-path",
            {**HEALTH, **OURS, "docker/a.Dockerfile": HEALTH["docker/a.Dockerfile"] % "/ping"},
            Severity.WARNING,
        ),
        (
            "container-port",
            {
                "web/Dockerfile": "FROM a\nEXPOSE 8080\n",
                "compose.yaml": 'services: {a: {build: web, ports: ["80:1"]}}\n',
            },
            Severity.WARNING,
        ),
        ("scrape-target", {**PROMETHEUS, "b.yaml": SERVICE % "prom"}, Severity.WARNING),
        ("scrape-target", {**PROMETHEUS, "b.yaml": SERVICE % "alertmanagers"}, Severity.ERROR),
        ("scrape-target", {**PROMETHEUS, "b.yaml": SERVICE % "prom", **OURS}, Severity.ERROR),
        ("scrape-pods", {**PROMETHEUS, "b.yaml": f"{POD}"}, Severity.WARNING),
        ("scrape-pods", {**PROMETHEUS, "b.yaml": f"{POD}", **OURS}, Severity.ERROR),
        ("container-port", {"Dockerfile": "FROM a\nENV PORT=1\nEXPOSE 2\n"}, Severity.ERROR),
        ("environment-list", {"environments/dev.tfvars": "", "environments/a.backend.hcl": ""}, Severity.WARNING),
        ("environment-list", {"environments/dev.tfvars": "", "environments/a.backend.hcl": "", **OURS}, Severity.ERROR),
    ],
)
def test_how_bad_it_is(rule: str, files: dict[str, str], severity: Severity) -> None:
    tree = Tree({path: File(text.encode()) for path, text in files.items()})
    assert {one.severity for one in judge(tree, [rule]).findings} == {severity}


def test_of_two_databases_neither_is_the_one_that_is_meant() -> None:
    text = "".join(
        f'resource "aws_db_instance" "{name}" {{\n  port = {port}\n}}\n' for name, port in (("a", 1), ("b", 2))
    )
    text += 'module "a" {\n  source = "./a"\n  db_port = 3\n}\n'
    assert judge(Tree({"a.tf": File(text.encode())}), ["database-port"]).findings == ()
