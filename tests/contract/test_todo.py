"""What a person must provide is never taken for provided because the files that should say so are gone."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.support import generated

KEPT = {"scripts/check-todo.sh", "scripts/lib/common.sh", ".agency/scaffold/todo.yml"}
"""What the list itself needs."""


@pytest.mark.slow
@pytest.mark.parametrize("case", generated.cases(), ids=generated.case_id)
def test_no_item_that_greps_is_done_where_every_file_is_gone(case: Path, tmp_path: Path) -> None:
    tree = generated.tree(case)
    for path in tree:
        # Folders stay: a search in one that is gone fails by itself.
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        if path in KEPT:
            (tmp_path / path).write_bytes(tree[path].content)
    for name in ("aws", "dig", "gh"):
        (tmp_path / name).write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / name).chmod(0o755)
    env = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    line = ["bash", "scripts/check-todo.sh", "--list", "--format", "json"]
    told = subprocess.run(line, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120, check=True)
    settled = {item["id"] for item in json.loads(told.stdout)["items"] if item["state"] == "done"}
    looking = greps(tree[".agency/scaffold/todo.yml"].text)
    assert looking
    assert settled & looking == set()


def greps(text: str) -> set[str]:
    """The items whose acceptance looks into files."""
    return {i["id"] for i in yaml.safe_load(text)["items"] if "grep" in i["acceptance"]}
