"""What the record says of a version, and what of it is never dropped."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.support import generated

STORE = 'STORE_BYTES=900000; store_read() { :; }; store_write() { mv "$1" "$WORK/releases.json"; }; platform_pack() { echo text; }'


def said(folder: Path, records: list[tuple[str, str, str]], program: str) -> tuple[str, dict[str, Any]]:
    """What commands of ledger.sh print over these records (version, verdict, kind), and the record afterwards."""
    entries = [
        {"key": f"{n:06d}-{version}", "version": version, "verdict": verdict, "kind": kind, "images": {}, "why": ""}
        for n, (version, verdict, kind) in enumerate(records, 1)
    ]
    kept = {one["key"]: "text" for one in entries if one["verdict"] == "good"}
    (folder / "releases.json").write_text(json.dumps({"records": entries, "kept": kept}))
    (folder / "images").write_text("")
    source = generated.TEMPLATES / "release/files/ledger.sh"
    done = subprocess.run(
        [
            "bash",
            "-c",
            f'set -Eeuo pipefail; WORK="$1"; {STORE}; source "$2"; {program}',
            "-",
            str(folder),
            str(source),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, json.loads((folder / "releases.json").read_text())


def test_a_rollback_that_fails_does_not_take_away_that_its_target_was_good(tmp_path: Path) -> None:
    records = [
        ("v0", "good", "deploy"),
        ("v1", "good", "deploy"),
        ("v2", "good", "deploy"),
        ("v2", "withdrawn", "rollback"),
        ("v1", "failed", "rollback"),
    ]
    printed, _ = said(tmp_path, records, "ledger_good | jq -r .version; ledger_verdict v1; ledger_list")
    assert printed.splitlines() == ["v1", "good: ", "v0 (good), v1 (good), v2 (withdrawn)"]


def test_what_is_gone_back_to_is_kept_whatever_comes_after_it(tmp_path: Path) -> None:
    records = [("v1", "good", "deploy"), ("v2", "good", "deploy")]
    bad = "".join(f"ledger_write b{n} bad why deploy ''; " for n in range(25))
    _, left = said(tmp_path, records, bad)
    assert [one["version"] for one in left["records"]] == ["v1", "v2", *(f"b{n}" for n in range(5, 25))]
    assert list(left["kept"]) == ["000002-v2", "000001-v1"]


def test_texts_of_what_was_withdrawn_do_not_push_out_that_of_what_is_gone_back_to(tmp_path: Path) -> None:
    records = [
        *((f"v{n}", "good", "deploy") for n in range(1, 8)),
        *((f"v{n}", "withdrawn", "rollback") for n in range(2, 8)),
    ]
    _, left = said(tmp_path, records, "ledger_write v8 bad why deploy ''")
    assert next(iter(left["kept"])) == "000001-v1"
    assert len(left["kept"]) == 5
