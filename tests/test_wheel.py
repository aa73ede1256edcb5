"""What a user installs: the built wheel, in an empty environment, makes a repository."""

from __future__ import annotations

import re
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

from generator.tree import Tree
from tests.support import generated

ROOT = Path(__file__).resolve().parent.parent


def pip(*arguments: str) -> None:
    line = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    subprocess.run(line, check=True)


def test_the_installed_wheel_makes_the_same_repository(tmp_path: Path) -> None:
    pip("wheel", "--no-deps", "-w", str(tmp_path), str(ROOT))
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert any(n.startswith("generator/templates/k8s/files/") for n in names)
    unwanted = re.compile(r"^(templates|tests)/|^generator/templates/[^/]+/tests/|__pycache__")
    assert [n for n in names if unwanted.search(n)] == []
    venv.create(tmp_path / "env")
    bin_ = tmp_path / "env/bin"
    pip("--python", str(bin_ / "python"), "install", "--no-compile", str(wheel))
    out = tmp_path / "made"
    done = subprocess.run(
        [str(bin_ / "agency-scaffold"), "new", str(out), "--answers", str(generated.CASES / "minimal.yml"), "--no-check"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    made = Tree.read(out)
    assert {p: f for p, f in made.items() if not p.endswith("/lock")} == dict(
        generated.tree(generated.CASES / "minimal.yml")
    )
