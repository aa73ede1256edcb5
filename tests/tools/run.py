"""Runs the real tools; a missing one skips with its reason on a user's machine and fails in CI."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import kubernetes_validate
import pytest

from generator.checks.models import kubernetes_schema as schemas
from tests.support.generated import TESTS

BIN = Path(sys.executable).parent
LOCAL = TESTS.parent / ".tools/bin"

HOW = {
    "actionlint": "make tools", "kubeconform": "make tools", "checkov": "make tools",
    "cargo": "https://rustup.rs", "rustc": "https://rustup.rs",
    "docker-compose": "apt-get install docker-compose", "promtool": "apt-get install prometheus", "amtool": "apt-get install prometheus-alertmanager",
    "terraform": "https://developer.hashicorp.com/terraform/install", "kubectl": "https://kubernetes.io/docs/tasks/tools/",
}  # fmt: skip


def need(tool: str) -> str:
    """The path of a tool; skips the test where it is missing, or fails it where `CI=true`."""
    path = os.pathsep.join([str(BIN), str(LOCAL), os.environ.get("PATH", "")])
    found = shutil.which(tool, path=path)
    if found is None:
        message = f"{tool} is not installed: {HOW.get(tool, 'make test installs it')}"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return found


def run(
    line: tuple[str, ...], cwd: Path, env: dict[str, str] | None = None, limit: int = 600
) -> subprocess.CompletedProcess[str]:
    """Runs one command line to its end."""
    path = os.pathsep.join([str(BIN), str(LOCAL), os.environ.get("PATH", "")])
    return subprocess.run(
        [need(line[0]), *line[1:]],
        cwd=cwd,
        env={**os.environ, "PATH": path, "LC_ALL": "C.UTF-8", **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=limit,
        check=False,
    )


def kubernetes_schemas(version: str, work: Path) -> Path:
    """The strict JSON Schemas of a Kubernetes minor version, copied to `work` with references that kubeconform follows."""
    folder = Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema"
    (found,) = folder.glob(f"v{version}.*-local-strict")
    out = work / found.name
    if not out.exists():
        out.mkdir(parents=True)
        for path in found.glob("*.json"):
            schema = json.loads(path.read_text().replace('"/api/_definitions.json#', '"_definitions.json#'))
            schema.pop("$id", None)  # a base URL, against which the references would be fetched
            (out / path.name).write_text(json.dumps(schema))
    return out


def custom_resources(work: Path) -> Path:
    """The schemas of custom resources, unpacked to `work`."""
    out = work / "custom-resources"
    if not out.exists():
        with tarfile.open(TESTS / "support/kubernetes-crds.tar.xz") as archive:
            archive.extractall(out, filter="data")
        for kind in schemas.custom_kinds():
            group, version, name = kind.split("/")
            path = out / group / f"{name.lower()}_{version}.json"
            # Of what the archive lacks, as recorded from the definitions themselves.
            if not path.exists():
                path.parent.mkdir(exist_ok=True)
                # kubeconform takes no empty list.
                path.write_text(json.dumps(schemas.custom_raw(kind)).replace('"required": [], ', ""))
    return out


def kustomizations(root: Path) -> list[Path]:
    """The folders that somebody applies: kustomizations that no other one includes."""
    folders = {p.parent for p in root.rglob("kustomization.yaml")}
    included = {
        (folder / line.strip().removeprefix("- ").strip().strip("\"'")).resolve()
        for folder in folders
        for line in (folder / "kustomization.yaml").read_text().splitlines()
        if line.strip().startswith("- ")
    }
    return sorted(f for f in folders if f.resolve() not in included)
