"""The record of releases in a ConfigMap: what is damaged is named, and nothing goes back past it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.support import generated

RECORD = {"version": "v1", "verdict": "good", "images": {"web": "sha256:1"}}
PROGRAM = """
set -Eeuo pipefail
WORK=.
warn() { echo "warning: $*"; }
kube() { cat configmap; }
source "$1"
if store_read; then jq -c '[.records[].key]' releases.json; else echo refused; fi
"""


def read(folder: Path, data: dict[str, str]) -> str:
    (folder / "configmap").write_text(json.dumps({"kind": "ConfigMap", "metadata": {}, "data": data}))
    line = ["bash", "-c", PROGRAM, "read", str(generated.TEMPLATES / "k8s/files/store.sh")]
    return subprocess.run(line, cwd=folder, capture_output=True, text=True, check=False, timeout=60).stdout


@pytest.mark.parametrize(
    "text", ["", "{", "null", "[]", "1 2", *(json.dumps({**RECORD, word: None}) for word in RECORD)]
)
def test_a_damaged_record_is_named_and_not_passed_over(tmp_path: Path, text: str) -> None:
    said = read(tmp_path, {"000001-v1": json.dumps(RECORD), "000002-v2": text})
    assert said.startswith("warning: damaged in ConfigMap releases: 000002-v2: ")
    assert said.endswith("refused\n")


def test_what_a_person_wrote_there_is_no_record(tmp_path: Path) -> None:
    data = {"000001-v1": json.dumps(RECORD), "note": "by hand", "other": "{}"}
    assert read(tmp_path, data) == '["000001-v1"]\n'
