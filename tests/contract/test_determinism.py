"""Same answers, same bytes: whatever the locale, time zone, umask, hash seed and parent folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from generator.tree import Tree
from tests.support import generated

EXAMPLE = generated.CASES / "example.yml"


def run(folder: Path, umask: int, **env: str) -> Tree:
    command = [
        str(Path(sys.executable).parent / "agency-scaffold"),
        "new",
        str(folder),
        "--answers",
        str(EXAMPLE),
        "--no-check",
    ]
    clean = {k: v for k, v in os.environ.items() if not k.startswith("LC_") and k != "LANG"}
    done = subprocess.run(command, env={**clean, **env}, umask=umask, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return Tree.read(folder)


def test_same_bytes_everywhere(tmp_path: Path) -> None:
    one = run(tmp_path / "a", 0o022, LC_ALL="C", TZ="UTC", PYTHONHASHSEED="1", XDG_CACHE_HOME=str(tmp_path / "cold"))
    deep = tmp_path / "ünïcode parent" / "b"
    two = run(
        deep,
        0o077,
        LC_ALL="C.UTF-8",
        TZ="Asia/Kathmandu",
        PYTHONHASHSEED="2",
        HOME="/nonexistent",
        XDG_CACHE_HOME="/nonexistent",
    )
    assert dict(one) == dict(two)
    assert len(one) > 100
