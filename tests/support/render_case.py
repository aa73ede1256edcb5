"""Renders an answers file into a folder, for a look by eye: `python tests/support/render_case.py CASE OUT [COMPONENT...]`."""

import shutil
import sys
from pathlib import Path

import yaml

from generator.answers.read import convert
from generator.plan import plan
from generator.render import render


def main() -> None:
    case, out, *only = sys.argv[1:]
    rendering = render(plan(convert(yaml.safe_load(Path(case).read_text())), only))
    shutil.rmtree(out, ignore_errors=True)
    for path, file in rendering.tree.items():
        target = Path(out) / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.content)
        target.chmod(0o755 if file.executable else 0o644)
    print(f"{len(rendering.tree)} files in {out}")


main()
