"""Runs mypy over what the program imports by its file's name: the modules of all components, and the rules.

mypy finds a package by its folder's name, and components have hyphens in theirs; so it gets links with other names.
That each rule has the functions of a `Rule` is seen in a module that lists them all.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from generator.catalog import PACKAGE
from generator.checks import RULES

ROOT: Final = Path(__file__).resolve().parent.parent
LINKS: Final = ROOT / ".mypy_cache" / "components"


def main() -> int:
    """The exit code of mypy."""
    shutil.rmtree(LINKS, ignore_errors=True)
    for module in sorted((ROOT / "templates").glob("*/*.py")):
        link = LINKS / PACKAGE / module.parent.name.replace("-", "_") / module.name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(module)
    (LINKS / PACKAGE / "rules.py").write_text(_all_rules())
    line = (sys.executable, "-m", "mypy", "--package", PACKAGE)
    return subprocess.run(line, cwd=ROOT, env={"MYPYPATH": f"{LINKS}:{ROOT}"}, check=False).returncode


def _all_rules() -> str:
    names = ", ".join(name.replace("-", "_") for name in RULES)
    return (
        f"from generator.checks.rule import Rule\nfrom generator.checks.rules import {names}\n\n"
        f"RULES: tuple[Rule, ...] = ({names},)\n"
    )


if __name__ == "__main__":
    sys.exit(main())
