"""The check of manifests refuses a resource that was emptied: kubectl takes it, and its object silently is no more."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.support import generated
from tests.tools.run import kustomizations

DENY = "infrastructure/kubernetes/base/networkpolicy-default-deny.yaml"


@pytest.mark.parametrize(("text", "code"), [(None, 0), ("", 1), ("# kind: NetworkPolicy\n", 1)])
def test_a_resource_that_renders_nothing_is_refused(tmp_path: Path, text: str | None, code: int) -> None:
    root = generated.write(generated.tree(generated.CASES / "example.yml"), tmp_path / "repository")
    for name in ("kubectl", "kubeconform"):
        (tmp_path / name).write_text("#!/bin/sh\nexit 0\n")
        (tmp_path / name).chmod(0o755)
    if text is not None:
        (root / DENY).write_text(text)
    env = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    line = ["bash", "scripts/check-manifests.sh", "schemas"]
    done = subprocess.run(line, cwd=root, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, f"{DENY} renders nothing" in done.stderr) == (code, code == 1), done.stderr
    assert (f" {len(kustomizations(root))} folders built" in done.stderr) == (code == 0), done.stderr
