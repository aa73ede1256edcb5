"""The tools that judge what ours do not, or that stand in for one that is missing.

Where a tool cannot be had in CI its answer was recorded: of tflint 0.64.0, conftest (OPA 1.21.1) and cfn-lint 1.58.0
by running them on these files, of kyverno from its documentation and from `printReports` in its source, of tofu (which
answers as Terraform does) from its source. Where one of them is installed it is run besides.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest

from generator.checks.external import TOOLS, missing, run_external
from generator.checks.external.programs import OFFLINE, find
from generator.checks.external.running import Running
from generator.checks.external.tool import Work
from generator.checks.source import Sources
from generator.finding import Severity
from generator.tree import File, Tree
from tests.checks.test_external import BROKEN, Result, alone, fake, mirror, result
from tests.support.generated import TESTS, write
from tests.tools.run import BIN, LOCAL, kubernetes_schemas, need

__all__ = ["alone", "mirror"]

TEMPLATE = b"Resources:\n  A:\n    Type: AWS::S3::Bucket\n    Properties:\n      Bucketname: x\n"
DEPLOYMENT = b"kind: ConfigMap\napiVersion: v1\nmetadata: {name: c}\n---\nkind: Deployment\napiVersion: apps/v1\nmetadata: {name: web}\nspec: {}\n"
REGO = b'package main\n\ndeny contains msg if {\n\tinput.kind == "Deployment"\n\tmsg := "no"\n}\n\nwarn contains "hm" if input.kind == "Deployment"\n'
POLICY = b"apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: replicas}\n"


def files_of(**given: bytes) -> dict[str, File]:
    return {name: File(content) for name, content in given.items()}


def seen(found: Result) -> list[tuple[str, int, str, str]]:
    return [(one.path, one.line, one.rule, str(one.severity)) for one in found.findings]


def answering(folder: Path, name: str, out: Any, code: int = 0, before: str = "") -> None:
    """A program that says what was recorded."""
    answer = folder / f"{name}.answer"
    answer.write_text(out if isinstance(out, str) else json.dumps(out))
    fake(folder, name, f"PATH=/bin:/usr/bin; {before}\ncat {answer}; exit {code}")


def really(name: str, root: Path, files: dict[str, File], monkeypatch: pytest.MonkeyPatch) -> Result:
    """What the installed tool says; the test ends well where there is none."""
    monkeypatch.setenv("PATH", os.pathsep.join([str(BIN), str(LOCAL), os.environ["PATH"]]))
    if not shutil.which(TOOLS[name].program.binary):
        pytest.skip(f"{name} is not installed: {TOOLS[name].program.install}")
    return result(name, root, files)


CFN = {"stack.yaml": File(TEMPLATE), "values.yaml": File(b"Resources: [AWS]\n"), "AWS.yaml": File(b"[]")}
CFN_SEEN = [("stack.yaml", 5, "cfn-lint/E3002", "error")]


def test_cfn_lint(alone: Path, tmp_path: Path) -> None:
    item = {
        "Filename": "stack.yaml",
        "Level": "Error",
        "Location": {"End": {"ColumnNumber": 17, "LineNumber": 5}, "Start": {"ColumnNumber": 7, "LineNumber": 5}},
        "Message": "Additional properties are not allowed ('Bucketname' was unexpected. Did you mean 'BucketName'?)",
        "Rule": {"Id": "E3002", "ShortDescription": "Resource properties are invalid"},
    }
    said = [item, item | {"Level": "Warning"}, item | {"Level": "Informational"}]
    answering(alone, "cfn-lint", said, 14, f'echo "$@" >{tmp_path}/asked')
    found = result("cfn-lint", write(Tree(CFN), tmp_path / "tree"), CFN)
    assert [str(one.severity) for one in found.findings] == ["error", "note", "warning"]
    assert seen(found)[:1] == CFN_SEEN
    assert (tmp_path / "asked").read_text() == "--format json -- stack.yaml\n"


def test_the_real_cfn_lint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert seen(really("cfn-lint", write(Tree(CFN), tmp_path), CFN, monkeypatch)) == CFN_SEEN


def test_a_template_of_json_is_one_too(alone: Path, tmp_path: Path) -> None:
    answering(alone, "cfn-lint", [], 0, f'echo "$@" >{tmp_path}/asked')
    files = {
        "a.json": File(b'{"AWSTemplateFormatVersion": "2010-09-09", "Resources": {}}'),
        "b.template": File(b"Resources: {A: {Type: AWS::SNS::Topic}}\n"),
        "c.json": File(b'{"Resources": {"A": {"Type": "no AWS"}}}'),
    }
    assert result("cfn-lint", write(Tree(files), tmp_path / "tree"), files).status == "passed"
    assert (tmp_path / "asked").read_text() == "--format json -- a.json b.template\n"


TFLINT = {"m/a.tf": File(b'variable "a" {}\n'), "n/b.tf": File(b'locals {\n  a = "\n}\n')}
TFLINT_SEEN = [
    ("m/a.tf", 1, "tflint/terraform_required_version", "warning"),
    ("m/a.tf", 1, "tflint/terraform_typed_variables", "warning"),
    ("m/a.tf", 1, "tflint/terraform_unused_declarations", "warning"),
    ("n/b.tf", 2, "tflint", "error"),
]


def issue(rule: str, path: str = "m/a.tf") -> dict[str, Any]:
    where = {"filename": path, "start": {"line": 1, "column": 1}, "end": {"line": 1, "column": 13}}
    return {"rule": {"name": rule, "severity": "warning", "link": ""}, "message": "x", "range": where, "callers": []}


BROKEN_HCL = (
    "Failed to run in n; exit status 1\n\nFailed to load the root module; n/b.tf:2,7-3,1: Invalid multi-line string;"
    " Quoted strings may not be split over multiple lines., and 2 other diagnostic(s):\n\n\x1b[31mError\x1b[0m: x"
)
NO_PLUGIN = 'Failed to run in m; exit status 1\n\nFailed to initialize plugins; Plugin "aws" not found. Did you run "tflint --init"?\n'


def test_tflint(alone: Path, tmp_path: Path) -> None:
    rules = ("terraform_required_version", "terraform_typed_variables", "terraform_unused_declarations")
    errors = [{"message": BROKEN_HCL, "severity": "error"}]
    answering(alone, "tflint", {"issues": [issue(rule) for rule in rules], "errors": errors}, 1)
    found = result("tflint", write(Tree(TFLINT), tmp_path / "tree"), TFLINT)
    assert seen(found) == TFLINT_SEEN
    message = "Invalid multi-line string; Quoted strings may not be split over multiple lines."
    assert found.findings[-1].message == message


def test_the_real_tflint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert seen(really("tflint", write(Tree(TFLINT), tmp_path), TFLINT, monkeypatch)) == TFLINT_SEEN


def test_tflint_without_a_plugin_that_its_settings_name_is_skipped(alone: Path, tmp_path: Path) -> None:
    answering(alone, "tflint", {"issues": [], "errors": [{"message": NO_PLUGIN, "severity": "error"}]}, 1)
    found = result("tflint", write(Tree(TFLINT), tmp_path / "tree"), TFLINT)
    assert found.status == "skipped"
    assert found.reason.startswith("nothing is fetched for it: Failed to run in m;")


@pytest.mark.parametrize(("own", "named"), [(".tflint.hcl", True), ("m/.tflint.hcl", False)])
def test_the_settings_at_the_top_hold_for_all_folders(own: str, named: bool, alone: Path, tmp_path: Path) -> None:
    answering(alone, "tflint", {"issues": [], "errors": []}, 0, f'echo "$@" >{tmp_path}/asked')
    files = TFLINT | {own: File(b"")}
    assert result("tflint", write(Tree(files), tmp_path / "tree"), files).status == "passed"
    assert bool(re.search(r"--config=\S+/tree/\.tflint\.hcl\n", (tmp_path / "asked").read_text())) is named


def test_tflint_sees_the_folders_of_the_tree_alone(alone: Path, tmp_path: Path) -> None:
    saw = f'find . -type f >{tmp_path}/saw; echo "$TFLINT_PLUGIN_DIR" >{tmp_path}/plugins'
    answering(alone, "tflint", {"issues": [], "errors": []}, 0, saw)
    root = write(Tree(TFLINT | {"docs/a.md": File(b"")}), tmp_path / "tree")
    (root / ".tflint.d/plugins").mkdir(parents=True)
    write(Tree({"node_modules/a/a.tf": File(b"")}), root)
    assert result("tflint", root, TFLINT | {"docs/a.md": File(b"")}).status == "passed"
    assert sorted((tmp_path / "saw").read_text().split()) == ["./m/a.tf", "./n/b.tf"]
    assert (tmp_path / "plugins").read_text() == f"{root}/.tflint.d/plugins\n"


CONFTEST = {"policy/a.rego": File(REGO), "web.yaml": File(DEPLOYMENT), "a.tf": File(b"\n"), "b.tf": File(b"a {\n")}
CONFTEST_SEEN = [
    ("web.yaml", 0, "conftest/main.deny", "error"),
    ("web.yaml", 0, "conftest/main.warn", "warning"),
]


def test_conftest(alone: Path, tmp_path: Path) -> None:
    said = [
        {
            "filename": "web.yaml",
            "namespace": "main",
            "successes": 2,
            "warnings": [{"msg": "hm", "metadata": {"query": "data.main.warn"}}],
            "failures": [{"msg": "no", "metadata": {"query": "data.main.deny"}}],
        },
        {"filename": "a.tf", "namespace": "main", "successes": 2},
    ]
    answering(alone, "conftest", said, 1, f'echo "$@" >{tmp_path}/asked')
    found = result("conftest", write(Tree(CONFTEST), tmp_path / "tree"), CONFTEST)
    assert seen(found) == CONFTEST_SEEN
    assert (tmp_path / "asked").read_text() == "test --no-color --output json web.yaml a.tf\n"


def test_the_real_conftest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert seen(really("conftest", write(Tree(CONFTEST), tmp_path), CONFTEST, monkeypatch)) == CONFTEST_SEEN


def test_a_policy_that_conftest_cannot_read_is_a_finding_there(alone: Path, tmp_path: Path) -> None:
    said = (
        "Error: running test: load: loading policies: load: 1 error occurred during loading:\n"
        "policy/a.rego:1: rego_parse_error: package expected\n"
    )
    fake(alone, "conftest", f"echo '{said}' >&2; exit 1")
    found = result("conftest", write(Tree(CONFTEST), tmp_path / "tree"), CONFTEST)
    assert seen(found) == [("policy/a.rego", 1, "conftest", "error")]


def test_policies_in_old_rego_are_tried_as_such(alone: Path, tmp_path: Path) -> None:
    old = "policy/a.rego:3: rego_parse_error: `if` keyword is required before rule body"
    new = json.dumps([{"filename": "web.yaml", "namespace": "main", "successes": 1}])
    fake(alone, "conftest", f"case \"$2\" in --rego-version) echo '{new}' ;; *) echo '{old}' >&2; exit 1 ;; esac")
    assert result("conftest", write(Tree(CONFTEST), tmp_path / "tree"), CONFTEST).status == "passed"


def test_conftest_downloads_no_policies(alone: Path, tmp_path: Path) -> None:
    fake(alone, "conftest", f"touch {tmp_path}/called")
    files = CONFTEST | {"conftest.toml": File(b'update = ["https://example.org/p.rego"]\n')}
    assert result("conftest", write(Tree(files), tmp_path / "tree"), files).status == "skipped"
    assert not (tmp_path / "called").exists()
    assert result("conftest", tmp_path, {"web.yaml": File(DEPLOYMENT)}).reason == "no file to check"


KYVERNO = {"policies/replicas.yaml": File(POLICY), "web.yaml": File(DEPLOYMENT)}


def report(*results: tuple[str, str]) -> str:
    """What `kyverno apply --policy-report --output-format json` prints."""
    web = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "namespace": "default"}
    entries = [
        {"message": message, "policy": "replicas", "rule": "most", "resources": [web], "result": how, "scored": True}
        for how, message in results
    ]
    document = {"apiVersion": "openreports.io/v1alpha1", "kind": "ClusterReport", "results": entries}
    return json.dumps(document) + "\n"


def test_kyverno(alone: Path, tmp_path: Path) -> None:
    said = report(("fail", "too many"), ("warn", "many"), ("error", "no such variable"), ("pass", ""), ("skip", ""))
    namespaced = "---\n" + report(("fail", "of its namespace"))
    answering(alone, "kyverno", said + namespaced, 1, f'echo "$@" >{tmp_path}/asked')
    found = result("kyverno", write(Tree(KYVERNO), tmp_path / "tree"), KYVERNO)
    assert {(one.path, one.line, one.rule, one.message, one.severity) for one in found.findings} == {
        ("web.yaml", 5, "kyverno/replicas/most", "Deployment web: too many", Severity.ERROR),
        ("web.yaml", 5, "kyverno/replicas/most", "Deployment web: of its namespace", Severity.ERROR),
        ("web.yaml", 5, "kyverno/replicas/most", "Deployment web: many", Severity.WARNING),
        ("web.yaml", 5, "kyverno/replicas/most", "Deployment web: no such variable", Severity.WARNING),
    }
    assert (tmp_path / "asked").read_text().startswith("apply policies/replicas.yaml --resource web.yaml --policy-")


def test_a_kyverno_that_knows_no_json_is_too_old(alone: Path, tmp_path: Path) -> None:
    fake(alone, "kyverno", "echo 'Error: unknown flag: --output-format' >&2; exit 1")
    found = result("kyverno", write(Tree(KYVERNO), tmp_path / "tree"), KYVERNO)
    assert (found.status, found.reason) == ("skipped", "this kyverno is too old to report as JSON: 1.13 and newer do")


BUILT = {
    "base/kustomization.yaml": File(b"resources: [web.yaml, part.yaml]\n"),
    "base/part.yaml": File(b"apiVersion: v1\nkind: Service\nmetadata: {name: p}\nspec: {externalName: 1}\n"),
    "base/web.yaml": File(DEPLOYMENT),
    "prod/kustomization.yaml": File(b"resources: [../base]\npatches: [{path: patch.yaml}]\n"),
    "prod/patch.yaml": File(b"apiVersion: v1\nkind: Service\nmetadata: {name: p}\nspec: {externalName: a}\n"),
    "alone.yaml": File(b"apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  ports:\n    - port: x\n"),
}
KUBECONFORM_SEEN = {("alone.yaml", 6, "kubeconform", "error"), ("base/web.yaml", 8, "kubeconform", "error")}


def test_kubeconform_judges_what_is_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What kustomize builds is told of the file that it comes from; what it includes is not judged a second time."""
    monkeypatch.setenv("PATH", f"{Path(need('kubeconform')).parent}:{Path(need('kubectl')).parent}:/usr/bin:/bin")
    schemas = kubernetes_schemas("1.36", tmp_path)
    monkeypatch.setenv("KUBERNETES_SCHEMAS", f"{schemas}/{{{{ .ResourceKind }}}}{{{{ .KindSuffix }}}}.json")
    found = result("kubeconform", write(Tree(BUILT), tmp_path / "tree"), BUILT)
    assert set(seen(found)) == KUBECONFORM_SEEN
    assert "Service a: /spec/ports/0/port: got string, want integer" in {one.message for one in found.findings}
    monkeypatch.setattr("generator.checks.external.manifests.find", lambda _: "")
    as_it_stands = ("base/part.yaml", 4, "kubeconform", "error")
    assert set(seen(result("kubeconform", tmp_path / "tree", BUILT))) == KUBECONFORM_SEEN | {as_it_stands}


@pytest.mark.parametrize("place", ["", "https://example.org/{{ .ResourceKind }}.json"])
def test_kubeconform_fetches_no_schemas(
    place: str, alone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake(alone, "kubeconform", f"touch {tmp_path}/called")
    monkeypatch.setenv("KUBERNETES_SCHEMAS", place)
    monkeypatch.delenv("CRD_SCHEMAS", raising=False)
    assert result("kubeconform", write(Tree(BUILT), tmp_path / "tree"), BUILT).status == "skipped"
    assert not (tmp_path / "called").exists()


def test_trivy_tells_what_the_generated_ci_tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """High and critical findings but those that are excepted; all where the repository's own settings say so."""
    monkeypatch.setenv("PATH", f"{Path(need('trivy')).parent}:/usr/bin:/bin")
    files = files_of(**{"a.tf": b'resource "aws_instance" "a" {\n  ami = "ami-1"\n}\n'})
    root = write(Tree(files), tmp_path / "tree")
    whole = {one.rule for one in result("trivy", root, files).findings}
    assert len(whole) == 2
    excepted = files | {".trivyignore.yaml": File(f"misconfigurations:\n  - id: {min(whole)[6:]}\n".encode())}
    assert {one.rule for one in result("trivy", root, excepted).findings} == whole - {min(whole)}
    quiet = files | {"trivy.yaml": File(b"severity: [CRITICAL]\n")}
    assert result("trivy", root, quiet).status == "passed"


def test_trivy_fetches_no_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{Path(need('trivy')).parent}:/usr/bin:/bin")
    remote = b'module "vpc" {\n  source  = "terraform-aws-modules/vpc/aws"\n  version = "5.0.0"\n}\n'
    files = files_of(**{"a.tf": remote, "b.tf": b'module "b" {\n  source = "git::https://example.org/b.git"\n}\n'})
    assert result("trivy", write(Tree(files), tmp_path / "tree"), files).status == "passed"


def test_an_older_trivy_is_asked_in_its_words(alone: Path, tmp_path: Path) -> None:
    refuse = '[ "$2" = --skip-check-update ] && echo "unknown flag: --skip-check-update" >&2 && exit 1'
    answering(alone, "trivy", {"SchemaVersion": 2, "Results": []}, 0, refuse)
    assert result("trivy", tmp_path, files_of(**{"a.tf": b""})).status == "passed"


@pytest.mark.parametrize(
    ("path", "content", "line"),
    [
        (".gitlab-ci.yml", b"b:\n  script: [a]\n  retry:\n    max: 9\n", 4),
        ("renovate.json", b'{\n  "automerge": 3\n}\n', 2),
        (".circleci/config.yml", b"version: 2.1\njobs: 3\n", 2),
        ("azure-pipelines.yml", b"trigger: {}\nsteps: 3\n", 0),
        (".mergify.yml", b"pull_request_rules: 3\n", 1),
    ],
)
def test_the_settings_of_others_by_their_schemas(
    path: str, content: bytes, line: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{Path(need('check-jsonschema')).parent}:/usr/bin:/bin")
    files = {path: File(content), "docker-compose.yml": File(b"a: 1\n"), ".github/workflows/a.yml": File(b"a: 1\n")}
    found = result("check-jsonschema", write(Tree(files), tmp_path), files)
    assert found.status == "failed"
    assert {one.path for one in found.findings} == {path}
    assert not line or line in {one.line for one in found.findings}, found.findings


@pytest.mark.parametrize(
    ("path", "content"),
    [
        (".gitlab-ci.yml", b"a:\n  script: [make]\nb:\n  script:\n    - !reference [a, script]\n"),
        ("azure-pipelines.yml", b"steps:\n  - ${{ if eq(1, 1) }}:\n      - script: make\n"),
    ],
)
def test_what_their_own_syntax_allows_is_no_mistake(
    path: str, content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{Path(need('check-jsonschema')).parent}:/usr/bin:/bin")
    files = {path: File(content)}
    assert result("check-jsonschema", write(Tree(files), tmp_path), files).status == "passed"


TF = {"root/main.tf": File(b"locals {}\n"), "root/tests/a.tftest.hcl": File(b'mock_provider "aws" {}\n')}
SAYS = 'case "$1" in fmt) echo root/main.tf ;; validate) echo \'{"diagnostics": []}\' ;; test) echo \'{"type": "test_summary"}\' ;; esac'


@pytest.mark.usefixtures("mirror")
@pytest.mark.parametrize("name", ["terraform-fmt", "terraform-test", "terraform-validate"])
def test_tofu_judges_where_terraform_is_missing(name: str, alone: Path, tmp_path: Path) -> None:
    root = write(Tree(TF), tmp_path / "tree")
    assert result(name, root, TF).reason == "not installed: https://developer.hashicorp.com/terraform/install"
    fake(alone, "tofu", f"{SAYS}\nPATH=/bin:/usr/bin; touch {tmp_path}/tofu")
    found = result(name, root, TF)
    assert found.status == ("failed" if name == "terraform-fmt" else "passed"), found
    assert [one.message for one in found.findings] in ([], ["is not formatted: tofu fmt"])
    assert all(one.fix == f"Run tofu fmt {one.path}." for one in found.findings)
    (tmp_path / "tofu").unlink()
    fake(alone, "terraform", SAYS)
    result(name, root, TF)
    assert not (tmp_path / "tofu").exists(), "where both are there, Terraform judges"


def test_what_is_missing_is_missing_for_the_tree(alone: Path) -> None:
    tools = {name: tool for name, tool in TOOLS.items() if name.startswith("terraform-f")}
    both = TF | {"root/more.tofu": File(b"locals {}\n")}
    terraform, tofu = ("https://developer.hashicorp.com/terraform/install", "https://opentofu.org/docs/intro/install/")
    assert missing(Sources(Tree(TF)), tools) == {"terraform-fmt": terraform}
    assert missing(Sources(Tree(both)), tools) == {"terraform-fmt": tofu}
    fake(alone, "terraform", "")
    assert missing(Sources(Tree(TF)), tools) == {}
    assert missing(Sources(Tree(both)), tools) == {"terraform-fmt": tofu}
    fake(alone, "tofu", "")
    (alone / "terraform").unlink()
    assert missing(Sources(Tree(TF)), tools) == missing(Sources(Tree(both)), tools) == {}
    assert missing(Sources(Tree(both), quiet=set(both)), tools) == {}


@pytest.mark.usefixtures("mirror")
@pytest.mark.parametrize("name", ["terraform-fmt", "terraform-test", "terraform-validate"])
def test_only_tofu_judges_what_only_tofu_reads(name: str, alone: Path, tmp_path: Path) -> None:
    files = TF | {"root/more.tofu": File(b"locals {}\n")}
    root = write(Tree(files), tmp_path / "tree")
    fake(alone, "terraform", f"touch {tmp_path}/called")
    assert result(name, root, files).reason == "not installed: https://opentofu.org/docs/intro/install/"
    fake(alone, "tofu", SAYS.replace("echo root/main.tf", "true"))
    assert result(name, root, files).status == "passed"
    assert not (tmp_path / "called").exists()


@pytest.mark.usefixtures("mirror")
@pytest.mark.parametrize(
    ("files", "asks"),
    [
        ({"root/main.tf": b'resource "google_x" "a" {}\n'}, "google"),
        ({"root/main.tf": b'module "m" {\n  source = "../m"\n}\n', "m/a.tf": b'data "datadog_x" "a" {}\n'}, "datadog"),
        ({"root/main.tf": b"", "root/a.tofu": b'resource "google_x" "a" {}\n'}, "google"),
        (
            {
                "root/main.tf": b"",
                "root/a.tofu": b'module "m" {\n  source = "../m"\n}\n',
                "m/a.tf": b'data "datadog_x" "a" {}\n',
            },
            "datadog",
        ),
        (
            {"root/main.tf": b'terraform {\n  required_providers {\n    null = { source = "hashicorp/aws" }\n  }\n}\n'},
            "hashicorp/aws as null",
        ),
        ({"root/main.tf": b'action "local_command" "a" {}\n'}, "local"),
        (
            {"root/tests/a.tftest.hcl": b'run "a" {\n  backend "local" {}\n}\n', "root/main.tf": b""},
            "the backend of a run",
        ),
        (
            {"root/tests/a.tftest.hcl": b'run "a" {\n  module {\n    source = "./x"\n  }\n}\n', "root/main.tf": b""},
            "the module of a run",
        ),
        ({"root/main.tf": b'resource "terraform_data" "a" {\n  provisioner "local-exec" {}\n}\n'}, "a provisioner"),
    ],
    ids=[
        "itself",
        "its-module",
        "only-tofu",
        "module-of-tofu",
        "renamed",
        "action",
        "backend",
        "module-of-a-run",
        "commands",
    ],
)
def test_a_test_that_would_change_a_cloud_is_not_run(
    files: dict[str, bytes], asks: str, alone: Path, tmp_path: Path
) -> None:
    for name in ("terraform", "tofu"):
        fake(alone, name, f"{SAYS}\nPATH=/bin:/usr/bin; touch {tmp_path}/called")
    tree = TF | {path: File(content) for path, content in files.items()}
    found = result("terraform-test", write(Tree(tree), tmp_path / "tree"), tree)
    assert found.status == "skipped"
    assert found.reason == f"root/tests/a.tftest.hcl does not mock {asks}, and a test may apply"
    assert not (tmp_path / "called").exists()


MOCKED: dict[str, bytes] = {"a.tf": b'resource "aws_vpc" "a" {}\n', "a.tftest.hcl": b'mock_provider "aws" {}\n'}


@pytest.mark.usefixtures("mirror")
@pytest.mark.parametrize("folder", ["", "root/"])
def test_tests_beside_the_configuration_are_run(folder: str, alone: Path, tmp_path: Path) -> None:
    tree = {f"{folder}{path}": File(content) for path, content in MOCKED.items()}
    tree[f"{folder}tests/b.tftest.hcl"] = tree[f"{folder}a.tftest.hcl"]
    fake(alone, "terraform", f'{SAYS}\nPATH=/bin:/usr/bin; echo "$@" >>{tmp_path}/called')
    assert result("terraform-test", write(Tree(tree), tmp_path / "tree"), tree).status == "passed"
    asked = (tmp_path / "called").read_text().splitlines()[1:]
    assert asked == ["test -json -filter=a.tftest.hcl -filter=tests/b.tftest.hcl"]


@pytest.mark.usefixtures("mirror")
@pytest.mark.parametrize(
    ("test", "asks"),
    [
        (b"", "aws"),
        (b'mock_provider "aws" {\n  alias = "other"\n}\n', "aws"),
        (b'mock_provider "aws" {}\nprovider "aws" {\n  alias = "real"\n}\n', "aws"),
    ],
    ids=["nothing", "another", "not-all"],
)
def test_a_test_beside_the_configuration_is_not_run_either(test: bytes, asks: str, alone: Path, tmp_path: Path) -> None:
    fake(alone, "terraform", f"{SAYS}\nPATH=/bin:/usr/bin; touch {tmp_path}/called")
    tree = {path: File(content) for path, content in (MOCKED | {"a.tftest.hcl": test}).items()}
    found = result("terraform-test", write(Tree(tree), tmp_path / "tree"), tree)
    assert (found.status, found.reason) == ("skipped", f"a.tftest.hcl does not mock {asks}, and a test may apply")
    assert not (tmp_path / "called").exists()


@pytest.mark.usefixtures("mirror")
@pytest.mark.parametrize(
    ("mocked", "status"), [("", "skipped"), ('mock_provider "aws" {\n  alias = "b"\n}\n', "passed")]
)
def test_a_second_provider_is_to_be_mocked_too(mocked: str, status: str, alone: Path, tmp_path: Path) -> None:
    fake(alone, "terraform", f"{SAYS}\nPATH=/bin:/usr/bin; touch {tmp_path}/called")
    tree = {path: File(content) for path, content in MOCKED.items()}
    tree["b.tf"] = File(b'provider "aws" {}\nprovider "aws" {\n  alias = "b"\n}\n')
    tree["a.tftest.hcl"] = File(MOCKED["a.tftest.hcl"] + mocked.encode())
    found = result("terraform-test", write(Tree(tree), tmp_path / "tree"), tree)
    assert found.status == status
    assert (tmp_path / "called").exists() == (status == "passed")
    assert found.reason in {"", "a.tftest.hcl does not mock aws.b, and a test may apply"}


@pytest.mark.usefixtures("mirror")
def test_a_test_that_terraform_does_not_find_has_not_passed(alone: Path, tmp_path: Path) -> None:
    fake(alone, "terraform", f'{SAYS}\nPATH=/bin:/usr/bin; echo "$@" >>{tmp_path}/called')
    tree = {path: File(content) for path, content in MOCKED.items()} | {"checks/b.tftest.hcl": File(b"")}
    found = result("terraform-test", write(Tree(tree), tmp_path / "tree"), tree)
    assert found.status == "skipped"
    assert (
        found.reason == "checks/b.tftest.hcl is not where terraform test looks: beside a configuration, or in its tests"
    )
    assert "test -json -filter=a.tftest.hcl" in (tmp_path / "called").read_text()


@pytest.mark.usefixtures("mirror")
def test_a_root_that_cannot_be_initialised_does_not_keep_others_from_being_judged(alone: Path, tmp_path: Path) -> None:
    place = {"filename": "a.tf", "start": {"line": 1}}
    told = json.dumps({"diagnostics": [{"severity": "error", "summary": "No", "detail": "x", "range": place}]})
    refuse = '[ "$1" = init ] && [ -e remote ] && echo "no module" >&2 && exit 1'
    fake(alone, "terraform", f"{refuse}\ncase \"$1\" in validate) echo '{told}' ;; esac")
    files = files_of(**{"a.tf": b"", ".terraform.lock.hcl": b"", "remote": b"", "b/a.tf": b"", "b/tests/a": b""})
    found = result("terraform-validate", write(Tree(files), tmp_path / "tree"), files)
    assert seen(found) == [("b/a.tf", 1, "terraform-validate", "error")]
    assert found.reason == ".: init failed: no module"


@pytest.mark.parametrize(
    "resource", ["https://example.org/a.yaml", "github.com/example/a?ref=v1", "git@example.org:a/b.git"]
)
def test_what_a_kustomization_takes_from_elsewhere_is_not_fetched(
    resource: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{Path(need('kubectl')).parent}:/usr/bin:/bin")
    files = files_of(**{"kustomization.yaml": f"resources: ['{resource}']\n".encode()})
    found = result("kustomize", write(Tree(files), tmp_path), files)
    assert found.status == "skipped"
    assert found.reason == "kustomization.yaml takes in what lies elsewhere, and nothing is downloaded"


OLD = "error: accumulating resources: no such file"
ONE_LINE = (
    """E1130 15:51:02.243041   28726 run.go:72] "command failed" err="invalid Kustomization: x \\"y\\"" """.rstrip()
)
LINES = (
    'E1130 15:13:04.384879    4429 run.go:72] "command failed" err=<\n\taccumulating resources: no such file\n\t: x\n >'
)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (OLD, "accumulating resources: no such file"),
        (ONE_LINE, 'invalid Kustomization: x \\"y\\"'),
        (LINES, "accumulating resources: no such file"),
    ],
    ids=["old", "line", "lines"],
)
def test_kubectl_is_understood_whichever_way_it_tells(said: str, message: str, alone: Path, tmp_path: Path) -> None:
    (alone / "said").write_text(said)
    fake(alone, "kubectl", f"PATH=/bin; cat {alone}/said >&2; exit 1")
    files = {"kustomization.yaml": File(b"resources: [a.yaml]\n")}
    found = result("kustomize", write(Tree(files), tmp_path / "tree"), files)
    assert [one.message for one in found.findings] == [message]


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"a/b.yaml": b"# made later\n"}, "passed"),
        ({"a/b.yaml": b"apiVersion: v1\nkind: A\n"}, "failed"),
        ({"a/kustomization.yaml": b"configMapGenerator: [{name: a}]\n"}, "failed"),
    ],
    ids=["nothing", "object", "generator"],
)
def test_a_kustomization_of_nothing_builds_nothing(
    more: dict[str, bytes], status: str, alone: Path, tmp_path: Path
) -> None:
    fake(alone, "kubectl", "exit 0")
    loop = {"kustomization.yaml": b"resources: [a]\n", "a/kustomization.yaml": b"resources: [b.yaml, ..]\n"}
    files = {path: File(content) for path, content in (loop | more).items()}
    assert result("kustomize", write(Tree(files), tmp_path / "tree"), files).status == status


SEVERITIES = {
    "actionlint": [
        ("shellcheck reported issue in this script: SC2086:info:3:10: Double quote", "note"),
        ("shellcheck reported issue in this script: SC2148:error:1:1: No shell", "error"),
        ('unexpected key "usess"', "error"),
    ],
    "checkov": [("Ensure x", "warning")],
    "trivy": [("CRITICAL", "error"), ("HIGH", "warning"), ("MEDIUM", "warning"), ("LOW", "note")],
    "zizmor": [("High", "error"), ("High unpinned-uses", "warning"), ("Medium", "warning"), ("Informational", "note")],
}


def answer_of(name: str, said: str) -> Any:
    """What a tool tells of one finding."""
    if name == "actionlint":
        return [{"filepath": ".github/workflows/a.yml", "line": 1, "kind": "a", "message": said}]
    if name == "checkov":
        item = {"file_path": "/a.tf", "file_line_range": [1, 2], "check_name": said, "check_id": "CKV_A"}
        return {"results": {"failed_checks": [item]}}
    if name == "trivy":
        item = {"ID": "A", "Message": "x", "Severity": said, "CauseMetadata": {"StartLine": 1}}
        return {"SchemaVersion": 2, "Results": [{"Target": "a.tf", "Misconfigurations": [item]}]}
    key = {"Local": {"verbatim_path": ".github/workflows/a.yml"}}
    place = {"symbolic": {"kind": "Primary", "key": key}, "concrete": {"location": {"start_point": {"row": 0}}}}
    severity, _, ident = said.partition(" ")
    return [{"ident": ident or "x", "desc": "x", "determinations": {"severity": severity}, "locations": [place]}]


@pytest.mark.parametrize(("name", "said", "severity"), [(n, *one) for n, told in SEVERITIES.items() for one in told])
def test_what_may_be_meant_is_a_warning(name: str, said: str, severity: str, alone: Path, tmp_path: Path) -> None:
    """Hardening, pinning and habits are: their tools call many of them errors."""
    answering(alone, name, answer_of(name, said))
    files = files_of(**{"a.tf": b"", ".github/workflows/a.yml": b"on: push\n"})
    found = result(name, write(Tree(files), tmp_path / "tree"), files)
    assert [str(one.severity) for one in found.findings] == [severity]


@pytest.mark.parametrize("own", [False, True])
def test_a_form_that_nobody_promised_is_not_asked_for(own: bool, tmp_path: Path) -> None:
    files = files_of(**{"a.yaml": b"a:   1\n", "b.yaml": b"a: [\n", "c.yaml": b"a: 010\n"})
    settings = "extends: default\nrules: {document-start: disable, octal-values: enable}\n"
    files |= {".yamllint": File(settings.encode())} if own else {}
    found = seen(result("yamllint", write(Tree(files), tmp_path), files))
    assert (("a.yaml", 1, "yamllint/colons", "error") in found) is own
    assert [rule for path, _, rule, _ in found if path == "a.yaml"] == ["yamllint/colons"] * own
    assert ("b.yaml", 2, "yamllint/syntax", "error") in found
    assert ("c.yaml", 1, "yamllint/octal-values", "error" if own else "warning") in found


def test_no_tool_reaches_the_network(alone: Path, tmp_path: Path) -> None:
    work = Work("sh", "/bin/sh", tmp_path, Sources(Tree({})), (), Running())
    told = work.run("-c", "/usr/bin/env").out.splitlines()
    assert {f"{name}={value}" for name, value in OFFLINE.items()} <= set(told)
    assert {"https_proxy", "HTTPS_PROXY", "GIT_ALLOW_PROTOCOL", "CHECKPOINT_DISABLE"} <= set(OFFLINE)
    fetched = work.run("-c", "/usr/bin/git ls-remote https://example.org/a.git")
    assert "transport 'https' not allowed" in fetched.err


@pytest.mark.parametrize("name", ["-x.sh", "--help.sh"])
def test_a_file_that_is_called_like_an_option_is_judged(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{Path(need('shellcheck')).parent}:/usr/bin:/bin")
    files = {name: File(b"#!/bin/bash\necho $1\n")}
    found = result("shellcheck", write(Tree(files), tmp_path), files)
    assert seen(found) == [(name, 2, "shellcheck/SC2086", "note")]


def test_nothing_is_said_about_what_others_made(alone: Path, tmp_path: Path) -> None:
    comment = '{"file": "vendor/a.sh", "line": 3, "level": "warning", "code": 2086, "message": "quote"}'
    fake(alone, "shellcheck", f"""echo "$@" >{tmp_path}.asked; echo '{{"comments": [{comment}]}}'; exit 1""")
    files = Tree(files_of(**{"vendor/a.sh": b"#!/bin/sh\n", "b.sh": b"#!/bin/sh\n"}))
    sources = Sources(files, quiet={"vendor/a.sh"})
    verdict = run_external(write(files, tmp_path), sources, tools={"shellcheck": TOOLS["shellcheck"]})
    assert not verdict.findings
    assert Path(f"{tmp_path}.asked").read_text().endswith("json1 b.sh\n")
    fake(alone, "shellcheck", "exit 1")
    (one,) = run_external(tmp_path, Sources(files, quiet=set(files)), tools={"shellcheck": TOOLS["shellcheck"]}).checks
    assert one.reason == "no file to check"


SHAPES = ("", "\n", "a", "- 1\n", "null\n", "[]\n", "a: &a [*a]\n", "{", "\t", "Resources: 1\n", "Resources: {A: AWS}\n",
          "Resources: {1: {Type: [AWS]}}\n", "AWSTemplateFormatVersion: 1\nResources: {A: }\n", "apiVersion: v1\nkind: []\n",
          "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\n", "kind: Component\nresources: {a: b}\n",
          "mock_provider {}\nresource {}\n", 'resource "a" "b" "c" {}\nmodule {}\n')  # fmt: skip
PLACES = ("a.yml", "a.json", "a.template", "kustomization.yaml", "policy/a.rego", "conftest.toml", "a.tf", "a.tofu",
          "tests/a.tftest.hcl", "tests/a.tofutest.hcl", ".terraform.lock.hcl", ".tflint.hcl", ".gitlab-ci.yml", "Dockerfile",
          "renovate.json", "trivy.yaml")  # fmt: skip


@pytest.mark.parametrize("text", SHAPES)
@pytest.mark.usefixtures("mirror")
def test_any_text_in_any_place_is_given_to_tools(text: str, alone: Path, tmp_path: Path) -> None:
    """Which files a tool judges, what is built for it, and where a finding lies is found out whatever stands there."""
    for program in {tool.program.binary for tool in TOOLS.values()} - {"cat"}:
        fake(alone, program, "echo '[]'")
    item = {"filename": "a.yml", "kind": "A", "name": "b", "status": "statusInvalid", "msg": "- at '/a/0': x"}
    answering(alone, "kubeconform", {"resources": [item]}, 1)
    answering(alone, "kyverno", report(("fail", "x")), 1)
    tree = Tree({place: File(text.encode()) for place in PLACES})
    verdict = run_external(write(tree, tmp_path / "tree"), tree, slow=True)
    assert {check.name for check in verdict.checks} == set(TOOLS)


def test_which_tools_run_can_be_chosen(alone: Path, tmp_path: Path) -> None:
    files = files_of(**{"a.tf": b"", "a.sh": b"#!/bin/sh\n"})
    chosen = {name: tool for name, tool in TOOLS.items() if tool.format == "terraform"}
    for tool in chosen.values():
        fake(alone, tool.program.binary, "exit 1")
    begun: list[str] = []
    verdict = run_external(write(Tree(files), tmp_path / "tree"), Tree(files), begun.extend, tools=chosen, slow=True)
    assert begun == ["checkov", "terraform-fmt", "tflint", "trivy"]
    assert [one.name for one in verdict.checks] == list(chosen)


EXTRA = tomllib.loads((TESTS.parent / "pyproject.toml").read_text())["project"]["optional-dependencies"]["tools"]
PROGRAMS = {re.split("[=;]", line)[0].removesuffix("-bin").removesuffix("-py") for line in EXTRA}


def test_the_extra_brings_programs_with_their_versions_pinned() -> None:
    assert {"check-jsonschema", "hadolint", "shellcheck", "shfmt", "yamllint", "zizmor"} == PROGRAMS
    assert all(re.match(r"[a-z-]+==\d+(\.\d+)+(; |$)", line) for line in EXTRA)
    told = {tool.program.install.removeprefix("pip install ") for tool in TOOLS.values()}
    assert {line.partition("==")[0] for line in EXTRA} <= told, "who has not the extra is told how to get each"


def test_nothing_is_given_twice() -> None:
    groups = tomllib.loads((TESTS.parent / "pyproject.toml").read_text())["dependency-groups"]
    named = [re.split("[=<>~;]", line)[0] for group in groups.values() for line in group if isinstance(line, str)]
    assert not {line.partition("==")[0] for line in EXTRA} & set(named)


def test_the_extra_is_found_beside_the_program_with_nothing_on_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    assert {find(name) for name in PROGRAMS} == {str(BIN / name) for name in PROGRAMS}
    assert find("sh") == ""
    names = ("check-jsonschema", "hadolint", "shellcheck", "shfmt", "yamllint", "zizmor")
    files = {path: File(content) for name in names for path, content in BROKEN[name].items()}
    tools = {name: TOOLS[name] for name in names}
    verdict = run_external(write(Tree(files), tmp_path), Tree(files), tools=tools)
    assert {one.name: one.status for one in verdict.checks} == dict.fromkeys(names, "failed")
    assert {one.rule.partition("/")[0] for one in verdict.findings} == set(names)


@pytest.mark.parametrize(
    ("path", "content", "asked"),
    [
        ("conftest.toml", b'namespace = "main"\npolicy = "/x"\n', "--namespace=main"),
        (
            "conftest.yaml",
            b"Namespace: [a, b]\nall-namespaces: true\n",
            "--namespace=a --namespace=b --all-namespaces=true",
        ),
        ("conftest.json", b'{"upd\\u0061te": ["https://example.org/p.rego"]}', ""),
        ("conftest.ini", b"update", ""),
    ],
)
def test_settings_of_conftest_only_choose(path: str, content: bytes, asked: str, alone: Path, tmp_path: Path) -> None:
    said = [{"filename": "web.yaml", "namespace": "main", "successes": 1}]
    answering(alone, "conftest", said, 0, f'test -e {path} && exit 9; echo "$@" >{tmp_path}/asked')
    files = CONFTEST | {path: File(content)}
    found = result("conftest", write(Tree(files), tmp_path / "tree"), files)
    assert found.status == ("passed" if asked else "skipped"), found
    if asked:
        assert sorted((tmp_path / "asked").read_text().split()) == sorted(
            ["test", "--no-color", "--output", "json", *asked.split(), "web.yaml", "a.tf"]
        )


@pytest.mark.usefixtures("mirror")
@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"root/main.tf.json": b'{"resource": {}}'}, "root/main.tf.json is JSON, which is not read here"),
        ({"root/a.tofu.json": b"{}"}, "root/a.tofu.json is JSON, which is not read here"),
        ({"root/tests/b.tftest.json": b"{}"}, "root/tests/b.tftest.json is JSON, which is not read here"),
        ({"root/b.tf": b"locals {\n"}, "root/b.tf cannot be read"),
        ({"root/#b.tf": b"locals {}\n"}, "root/#b.tf cannot be read"),
        ({"root/tests/a.tftest.hcl": b"run {\n"}, "root/tests/a.tftest.hcl cannot be read"),
        ({"root/b.tf": b'module "m" {\n  source = "../m"\n}\n', "m/a.tf.json": b"{}"}, "m/a.tf.json is JSON"),
        ({"root/b.tf": b'module "m" {\n  source = "../../m"\n}\n'}, "the module m of root does not lie in the tree"),
        ({"root/b.tf": b'module "m" {\n  source = "a/b/c"\n}\n'}, "the module m of root does not lie in the tree"),
    ],
)
def test_a_test_of_what_cannot_be_read_is_not_run(
    files: dict[str, bytes], why: str, alone: Path, tmp_path: Path
) -> None:
    for name in ("terraform", "tofu"):
        fake(alone, name, f"{SAYS}\nPATH=/bin:/usr/bin; touch {tmp_path}/called")
    tree = TF | {path: File(content) for path, content in files.items()}
    found = result("terraform-test", write(Tree(tree), tmp_path / "tree"), tree)
    assert (found.status, found.reason.partition(": ")[2].partition(",")[0]) == ("skipped", why.partition(",")[0])
    assert not (tmp_path / "called").exists()


@pytest.mark.usefixtures("mirror")
def test_providers_that_a_repository_brings_are_not_taken_for_installed(alone: Path, tmp_path: Path) -> None:
    fake(alone, "terraform", f"test -d .terraform && exit 9; test -d terraform.d && exit 9; {SAYS}")
    brought = {"root/.terraform/providers/x": File(b""), "root/terraform.d/plugins/x": File(b"")}
    assert result("terraform-validate", write(Tree(TF | brought), tmp_path / "tree"), TF | brought).status == "passed"


@pytest.mark.usefixtures("mirror")
@pytest.mark.parametrize(
    "brought",
    [
        {"root/a.tofu": b'terraform {\n  encryption {\n    key_provider "external" "a" {}\n  }\n}\n'},
        {"root/a.tofu": b"", "root/b.tf.json": b'{"terraform": {"encryption": {}}}'},
        {"root/a.tofu": b"terraform {\n"},
    ],
)
def test_tofu_runs_no_program_for_a_key(brought: dict[str, bytes], alone: Path, tmp_path: Path) -> None:
    fake(alone, "tofu", f"{SAYS}\nPATH=/bin:/usr/bin; touch {tmp_path}/called")
    tree = TF | {path: File(content) for path, content in brought.items()}
    found = result("terraform-validate", write(Tree(tree), tmp_path / "tree"), tree)
    assert (found.status, found.reason) == ("skipped", "root: tofu may run programs for its encryption")
    assert not (tmp_path / "called").exists()
