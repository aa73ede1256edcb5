"""The record of releases in a ConfigMap: what is damaged is named, what is newest is told, and nothing goes back past it."""

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


WRITE = """
set -Eeuo pipefail
WORK=.
kube() { :; }
source "$1"
echo '{"records": [], "kept": {}}' >releases.json
store_write new.json
jq -c .metadata.labels ledger-patch.json
"""


@pytest.mark.parametrize(
    ("verdicts", "told"),
    [
        (["good"], ("v1", "good")),
        (["good", "bad"], ("v2", "bad")),
        (["good", "failed"], ("v2", "failed")),
        (["good", "good", "withdrawn"], ("v3", "withdrawn")),
        (["bad", "good"], ("v2", "good")),
        # What changed nothing says nothing.
        (["bad", "unchanged"], ("v1", "bad")),
        (["unchanged"], (None, None)),
    ],
)
def test_labels_say_how_the_newest_release_stands(
    tmp_path: Path, verdicts: list[str], told: tuple[str | None, str | None]
) -> None:
    records = [
        RECORD | {"key": f"{number:06}-v{number}", "version": f"v{number}", "verdict": verdict}
        for number, verdict in enumerate(verdicts, 1)
    ]
    (tmp_path / "new.json").write_text(json.dumps({"records": records, "kept": {}}))
    line = ["bash", "-c", WRITE, "write", str(generated.TEMPLATES / "k8s/files/store.sh")]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60)
    assert json.loads(done.stdout) == {"agency-scaffold/version": told[0], "agency-scaffold/verdict": told[1]}
