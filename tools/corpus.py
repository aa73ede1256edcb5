"""Keeps what a released version generated, so that updates from it are tried for as long as anybody may have it.

Run it once, when a version is released: it writes `tests/update/released/<version>/<case>.lock`. The record alone holds
every file. `tests/update/test_released.py` brings each to life, edits it as `edits.json` says, and updates it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from generator import __version__, places

ROOT: Final = Path(__file__).resolve().parent.parent
RELEASED: Final = ROOT / "tests/update/released"
CASES: Final = {
    "kubernetes": ROOT / "tests/cases/example.yml",
    "ecs": ROOT / "templates/ecs-jobs/tests/cases/jobs.yml",
}


def main() -> None:
    """Writes the records of this version; refuses to change what is there."""
    target = RELEASED / __version__
    if target.exists():
        raise SystemExit(f"{target.relative_to(ROOT)} is there already: a released version does not change")
    target.mkdir(parents=True)
    for name, answers in CASES.items():
        with tempfile.TemporaryDirectory() as folder:
            command = ["agency-scaffold", "new", folder, "--answers", str(answers), "--no-check"]
            subprocess.run(
                [str(Path(sys.executable).parent / command[0]), *command[1:]], check=True, capture_output=True
            )
            (target / f"{name}.lock").write_bytes((Path(folder) / places.LOCK).read_bytes())


if __name__ == "__main__":
    main()
