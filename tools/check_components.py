"""Runs mypy over the modules of all components, under the names by which the program imports them.

mypy finds a package by its folder's name, and components have hyphens in theirs; so it gets links with other names.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from generator.catalog import PACKAGE

ROOT: Final = Path(__file__).resolve().parent.parent
LINKS: Final = ROOT / ".mypy_cache" / "components"


def main() -> int:
    """The exit code of mypy."""
    shutil.rmtree(LINKS, ignore_errors=True)
    for module in sorted((ROOT / "templates").glob("*/*.py")):
        link = LINKS / PACKAGE / module.parent.name.replace("-", "_") / module.name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(module)
    line = (sys.executable, "-m", "mypy", "--package", PACKAGE)
    return subprocess.run(line, cwd=ROOT, env={"MYPYPATH": f"{LINKS}:{ROOT}"}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
