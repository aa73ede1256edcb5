"""The keys of ExternalSecrets are held to Terraform in every repository that we generate, and nowhere else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from generator import facts
from generator.checks.formats import hcl
from generator.checks.formats.hcl_values import HOLE, OTHER, UNKNOWN, Bound, evaluate
from generator.checks.models import secrets
from generator.checks.source import Sources
from generator.tree import File, Tree
from tests.support import generated
from tests.support.judge import judge

KEY, ACCESS = "external-secret-key", "external-secret-access"
MAIN = "infrastructure/terraform"
KUBERNETES = [path for path in generated.cases() if generated.answers(path).orchestration.platform == "kubernetes"]
"""ExternalSecrets are Kubernetes'."""
LOSING = [path for path in KUBERNETES if path.parent == generated.CASES or "previews" in generated.case_id(path)]
"""Those in which something is lost: the repository's, and one with secrets of previews."""


def judged(tree: Tree) -> set[tuple[str, str]]:
    """(environment, key) of everything that both rules judge."""
    sources = Sources(tree)
    found = set()
    for key in (key for keys in secrets.keys(sources).values() for key in keys):
        for environment in secrets.resolved(sources, key) or ():
            arns = secrets.readable(sources, environment, key.reader)
            assert arns is not None
            assert secrets.ANY not in arns
            found.add((environment, key.text))
    return found


@pytest.mark.parametrize("path", KUBERNETES, ids=generated.case_id)
def test_every_secret_of_every_environment_is_judged(path: Path) -> None:
    answers = generated.answers(path)
    services = [service for service in answers.services if service.secrets]
    expected = set()
    for environment in answers.environments:
        start = f"{facts.project(answers)}/{environment}"
        expected |= {(environment, facts.secret_id(answers, environment, service)) for service in services}
        expected |= {(environment, f"{start}/alertmanager")} if answers.monitoring.backend == "prometheus" else set()
        expected |= {(environment, f"{start}/database-exporter")} if facts.database_exporter(answers) else set()
    if answers.previews.enabled:
        first = answers.environments[0]
        expected |= {(first, f"{facts.project(answers)}/preview/{service.name}") for service in services}
    assert expected
    assert judged(generated.tree(path)) == expected


@pytest.mark.parametrize("path", LOSING, ids=generated.case_id)
@pytest.mark.parametrize(
    ("rule", "file", "old", "new"),
    [
        (KEY, f"{MAIN}/secrets.tf", "/alertmanager", "/alertmanger"),
        (ACCESS, f"{MAIN}/eks-iam.tf", "    [aws_secretsmanager_secret.alertmanager.arn],\n", ""),
        (ACCESS, "security/iam/eks/policies.tf", ', "secretsmanager:GetSecretValue"', ""),
    ],
)
def test_what_is_lost_is_missed_in_every_environment(path: Path, rule: str, file: str, old: str, new: str) -> None:
    tree = generated.tree(path)
    text = tree[file].text.replace(old, new)
    assert text != tree[file].text
    found = judge(Tree({**tree, file: File(text.encode())}), [rule]).findings
    answers = generated.answers(path)
    places = set(answers.environments)
    if file == "security/iam/eks/policies.tf" and answers.previews.enabled and any(s.secrets for s in answers.services):
        places.add("infrastructure/kubernetes/preview")
    assert {one.message.partition(":")[0] for one in found} == places
    # The overlay gives the key of Alertmanager's, so it is edited there.
    overlays = {f"monitoring/overlays/{environment}/kustomization.yaml" for environment in answers.environments}
    assert {one.path for one in found} >= overlays


STORE = """apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: {name: cloud}
spec: {provider: {aws: {service: SecretsManager}}}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: api}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: cloud}
  dataFrom: [{extract: {key: shop/api}}]
"""
SECRET = 'resource "aws_secretsmanager_secret" "a" {\n  name = "shop/%s"\n}\n'


@pytest.mark.parametrize(
    "files",
    [
        {"a.yaml": STORE},
        {"a.yaml": STORE, "main.tf": 'resource "aws_vpc" "main" {}\n'},
        {"a.yaml": STORE.replace("SecretsManager", "ParameterStore"), "main.tf": SECRET % "b"},
        {"a.yaml": STORE.replace("aws: {service: SecretsManager}", "vault: {}"), "main.tf": SECRET % "b"},
        {"a.yaml": STORE.replace("name: cloud}\nspec", "name: other}\nspec"), "main.tf": SECRET % "b"},
        {"a.yaml": STORE, "main.tf": SECRET % "${var.name}" + 'variable "name" {}\n'},
        {"a.yaml": STORE, "main.tf": SECRET % "b" + SECRET.replace('"a"', '"c"') % "${random_pet.a.id}"},
        {"a.yaml": STORE, "main.tf": (SECRET % "").replace("name ", "name_prefix ")},
        {"a.yaml": STORE, "main.tf": 'module "a" {\n  source = "terraform-aws-modules/secrets-manager/aws"\n}\n'},
        {"a.yaml": STORE, "main.tf": SECRET % "b", "a.sh": "echo 'target: {kind: ExternalSecret, name: api}'\n"},
    ],
)
def test_what_the_tree_does_not_say_is_skipped(files: dict[str, str]) -> None:
    tree = Tree({path: File(text.encode()) for path, text in files.items()})
    report = judge(tree, [KEY, ACCESS])
    assert report.findings == ()
    assert {(one.name, one.status) for one in report.checks} == {(KEY, "skipped"), (ACCESS, "skipped")}


ROLE = """resource "aws_eks_pod_identity_association" "a" {
  service_account = "external-secrets"
  role_arn        = aws_iam_role.a.arn
}
resource "aws_iam_role" "a" {}
"""
POLICY = """resource "aws_iam_role_policy" "a" {
  role   = aws_iam_role.a.id
  policy = %s
}
"""
ATTACHED = """resource "aws_iam_role_policy_attachment" "a" {
  role       = aws_iam_role.a.name
  policy_arn = "arn:aws:iam::aws:policy/SecretsManagerReadWrite"
}
"""


@pytest.mark.parametrize(
    "roles",
    [
        "",
        ROLE,
        ROLE.replace('"external-secrets"', '"api"') + POLICY % "jsonencode({ Statement = [] })",
        ROLE + POLICY % 'file("policy.json")',
        ROLE + POLICY % 'jsonencode({ Statement = [{ Action = "*", Resource = var.all }] })' + 'variable "all" {}\n',
        ROLE + ATTACHED,
    ],
)
def test_a_role_that_the_tree_does_not_show_is_not_judged(roles: str) -> None:
    tree = Tree({"a.yaml": File(STORE.encode()), "main.tf": File((SECRET % "api" + roles).encode())})
    assert [(one.name, one.status) for one in judge(tree, [KEY, ACCESS]).checks] == [
        (ACCESS, "skipped"),
        (KEY, "passed"),
    ]


VALUES = {
    "var": {"on": True, "list": ["a", "b"], "map": {"x": {"s": [1]}, "y": {"s": []}}, "no": UNKNOWN},
    "other": OTHER,
    "many": {"p": {"id": "1"}, "q": {"id": "2"}},
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"a-${var.list[0]}-${1 + 1}"', "a-a-2"),
        ('"a-${var.no}"', f"a-{HOLE}"),
        ('"${var.list}"', ["a", "b"]),
        ('var.on ? "yes" : "no"', "yes"),
        ('var.no ? "yes" : "no"', UNKNOWN),
        ("{ for k, v in var.map : k => v.s if length(v.s) > 0 }", {"x": [1]}),
        ("[for v in var.list : upper(v)]", ["A", "B"]),
        ("[for k, v in many : v.id]", ["1", "2"]),
        ("[for v in other : v.id]", OTHER),
        ("[for v in var.list : v if var.no]", [UNKNOWN, UNKNOWN]),
        ("concat(var.list, other.x[0].y, [var.no])", ["a", "b", OTHER, UNKNOWN]),
        ('join("/", toset(["b", "a"]))', "a/b"),
        ("merge(var.map, { z = 1 }).z", 1),
        ('{ (var.list[1]) = 1, "c" = 2 }', {"b": 1, "c": 2}),
        ("!var.on || -1 > 0", False),
        ("var.no && false", False),
        ("var.no || false", UNKNOWN),
        ('var.map["x"].s[0]', 1),
        ("var.list[7]", UNKNOWN),
        ("var.list[*]", ["a", "b"]),
        ("many.p[*].id", ["1"]),
        ('(!var.on\n# why\n? "yes"\n# and why not\n: "no")', "no"),
        ("(\n# why\n1 +\n# and more\n2)", 3),
        ("[for v in var.list /* all */ : v if /* any */ var.on]", ["a", "b"]),
        ('concat([["a"], ["b"]]...)', ["a", "b"]),
        ("concat(var.list, var.no...)", UNKNOWN),
        ("max([1, 3]...)", 3),
        ("max([]...)", UNKNOWN),
        ("range(1, 10, 0)", UNKNOWN),
        ('length("a-${var.no}")', UNKNOWN),
        ('length("abc")', 3),
        ('sha256("a")', UNKNOWN),
        ("0x1F", UNKNOWN),
        ("null", None),
    ],
)
def test_values_of_expressions(text: str, value: object) -> None:
    def lookup(root: str, _bound: Bound) -> object:
        return VALUES.get(root, UNKNOWN)

    sources = Sources(Tree({"a.tf": File(f"a = {text}\n".encode())}))
    found = evaluate(hcl.parse(sources, "a.tf").body.arguments[0].value, lookup, {})
    if isinstance(found, dict):
        found = dict(found.items())
    assert found == value
    assert type(found) is type(value)


def test_no_key_of_the_example_is_left_to_a_script_but_the_databases() -> None:
    tree = generated.tree(generated.CASES / "example.yml")
    named = {
        name
        for path, file in tree.items()
        if path.endswith(".yaml")
        for name in re.findall(r"^kind: ExternalSecret\nmetadata:\n  name: (\S+)", file.text, re.MULTILINE)
    }
    assert named - {key.rpartition("/")[2] for _, key in judged(tree)} == {"database"}
