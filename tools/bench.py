"""CPU of a whole `new` against a bare render of the same templates, and against Copier on a tree of the same size.

Prints ratios of medians; each round runs all commands once, so that a slow minute hits all alike.
"""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

ROUNDS: Final = 11
BIN: Final = Path(sys.executable).parent

_BARE: Final = """
import sys, pickle
from pathlib import Path
import jinja2
work, out = Path(sys.argv[1]), Path(sys.argv[2])
with (work / "contexts.pickle").open("rb") as file:
    jobs = pickle.load(file)
env = jinja2.Environment(
    variable_start_string="#{", variable_end_string="}#", block_start_string="#%", block_end_string="%#",
    comment_start_string="#|", comment_end_string="|#", trim_blocks=True, lstrip_blocks=True,
    keep_trailing_newline=True, undefined=jinja2.StrictUndefined, auto_reload=False,
    loader=jinja2.FileSystemLoader(sys.argv[3]), bytecode_cache=jinja2.FileSystemBytecodeCache(str(work / "cache")),
)
sys.path.insert(0, sys.argv[4])
from generator import formats
env.filters.update(formats.FILTERS)
for path, template, context, verbatim in jobs:
    target = out / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(verbatim if template is None else env.get_template(template).render(context).encode())
"""


def prepare(work: Path) -> None:
    """Writes what the bare script renders: per file its template and plain context, and a Copier template of equal size."""
    import pickle

    from generator.plan import plan
    from generator.render import _targets, render
    from generator.served import settle

    answers, _ = settle({"project": {"name": "shop"}})
    planned = plan(answers)
    tree = render(planned).tree
    jobs = []
    for one in planned:
        for entry in one.component.manifest.files:
            for path, source, items in _targets(entry, one.context):
                rendered = source.endswith(".jinja")
                name = f"{one.component.id}/files/{source}" if rendered else None
                jobs.append((path, name, _plain({**one.context, **items}) if rendered else {}, tree[path].content))
    (work / "contexts.pickle").write_bytes(pickle.dumps(jobs))
    copier = work / "copier"
    copier.mkdir()
    (copier / "copier.yml").write_text("_templates_suffix: .jinja\nname: {type: str, default: shop}\n")
    for path, file in tree.items():
        target = copier / f"{path}.jinja"
        target.parent.mkdir(parents=True, exist_ok=True)
        text = file.text.replace("{{", "{ {").replace("{%", "{ %").replace("{#", "{ #")
        target.write_text(f"{text}{{{{ name }}}}\n")


def _plain(value: object) -> object:
    """Contexts without the components' classes, which the bare script does not load."""
    import dataclasses
    from types import SimpleNamespace

    import msgspec

    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [n for n in dir(value) if not n.startswith("_")]
        return SimpleNamespace(**{n: _plain(getattr(value, n)) for n in names if not callable(getattr(value, n))})
    if isinstance(value, msgspec.Struct):
        return SimpleNamespace(**{f: _plain(getattr(value, f)) for f in value.__struct_fields__})
    return value


def cpu(command: list[str], out: Path) -> float:
    """User and system seconds of one run into a fresh folder."""
    shutil.rmtree(out, ignore_errors=True)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Runs the rounds and prints the ratios with their goals."""
    root = Path(__file__).resolve().parent.parent
    with tempfile.TemporaryDirectory() as folder:
        work, out = Path(folder), Path(folder) / "out"
        os.environ["XDG_CACHE_HOME"] = str(work / "xdg")
        (work / "cache").mkdir()
        prepare(work)
        commands = {
            "new": [
                str(BIN / "agency-scaffold"),
                "new",
                str(out),
                "--defaults",
                "--set",
                "project.name=shop",
                "--no-check",
            ],
            "bare": [sys.executable, "-c", _BARE, str(work), str(out), str(root / "templates"), str(root)],
            "copier": [str(BIN / "copier"), "copy", "--defaults", "--quiet", str(work / "copier"), str(out)],
            "help": [str(BIN / "agency-scaffold"), "--help"],
        }
        for command in commands.values():
            cpu(command, out)  # warm caches
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(ROUNDS):
            for name, command in commands.items():
                times[name].append(cpu(command, out))
    median = {name: statistics.median(values) for name, values in times.items()}
    print(f"new     {median['new']:.3f} s CPU (median of {ROUNDS})")
    print(f"bare    {median['bare']:.3f} s: new is {median['new'] / median['bare']:.2f}x (goal: at most 2.5x)")
    print(f"copier  {median['copier']:.3f} s: {median['copier'] / median['new']:.2f}x of new (goal: at least 3x)")
    print(f"--help  {median['help']:.3f} s (goal: at most 0.12 s)")


if __name__ == "__main__":
    main()
