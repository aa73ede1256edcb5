"""CPU of built-in validation, start-up included, against what the real tools need for the same files, and how it grows.

The repository is the example that `make demo` makes. To 1,000 and 5,000 files it grows inside of itself, as repositories do:
more overlays, modules, alerts, scripts and workflows in their places, so that it stays ours and every rule has more to judge.
Prints medians and ratios; each round runs all commands once, so that a slow minute hits all alike. A tool that is missing,
or cannot judge here, is named and counts nothing: kubeconform needs KUBERNETES_SCHEMAS, terraform-validate a mirror of
providers that TF_CLI_CONFIG_FILE names.
"""

from __future__ import annotations

import itertools
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
ROUNDS: Final = 3
SIZES: Final = (1000, 5000)
PEERS: Final = ("actionlint", "kubeconform", "terraform-validate", "promtool")
GROWING: Final = (
    "infrastructure/kubernetes/*/",
    "infrastructure/kubernetes/overlays/*/",
    "infrastructure/terraform/*/",
    "monitoring/prometheus/rules/*.yml",
    "scripts/*.sh",
    ".github/workflows/*.yml",
    "docs/*.md",
)
"""What a repository gets more of: folders, and files."""
SCAFFOLD: Final = (sys.executable, "-m", "generator")


def cpu(*command: str | Path) -> tuple[float, str]:
    """User and system seconds of one run, with all that it starts, and what it printed; 1 is findings."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(list(map(str, command)), cwd=ROOT, capture_output=True, stdin=subprocess.DEVNULL, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in {0, 1}:
        raise SystemExit(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stderr.decode()}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout.decode()


def built_in(folder: Path) -> tuple[float, int, int]:
    """CPU, files and findings of built-in validation."""
    seconds, printed = cpu(*SCAFFOLD, "validate", folder, "--external", "never", "--format", "json")
    report = json.loads(printed)
    return seconds, report["files"], len(report["findings"])


def by_tool(folder: Path, name: str) -> tuple[float, str]:
    """CPU of one tool, as our adapter calls it, without our own; and what became of it."""
    script = (
        "import json, sys, resource; from pathlib import Path; from generator import repository\n"
        "from generator.checks.external import TOOLS, run_external\n"
        "root = Path(sys.argv[1]); tools = {sys.argv[2]: TOOLS[sys.argv[2]]}\n"
        "check = run_external(root, repository.read(root).tree, tools=tools, slow=True).checks[0]\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(json.dumps([used.ru_utime + used.ru_stime, check.status, check.reason]))\n"
    )
    _, printed = cpu(sys.executable, "-c", script, folder, name)
    seconds, status, reason = json.loads(printed)
    return seconds, f"{status}{': ' if reason else ''}{reason}"


def grow(folder: Path, size: int, into: Path) -> Path:
    """A copy of the repository with more of what repositories get more of, until its files are at least `size`."""
    shutil.copytree(folder, into)
    have = sum(path.is_file() for path in into.rglob("*"))
    units = [
        path for pattern in GROWING for path in sorted(folder.glob(pattern)) if path.is_dir() == pattern.endswith("/")
    ]
    for number, unit in ((number, unit) for number in itertools.count(2) for unit in units):
        if have >= size:
            return into
        target = into / unit.relative_to(folder).with_name(f"{unit.stem}-{number}{unit.suffix}")
        if unit.is_dir():
            shutil.copytree(unit, target)
        else:
            shutil.copy(unit, target)
        have += sum(path.is_file() for path in target.rglob("*")) if unit.is_dir() else 1
    raise AssertionError("there is no end to the numbers")


def compared(demo: Path) -> None:
    """Prints our CPU against that of the tools."""
    runs = [(built_in(demo), {name: by_tool(demo, name) for name in PEERS}) for _ in range(ROUNDS)]
    ours = statistics.median(own[0] for own, _ in runs)
    files = runs[0][0][1]
    print(f"built-in validation: {ours:.2f} s for {files} files, {ours * 120 / files:.2f} s for 120 at that rate")
    total = 0.0
    for name in PEERS:
        seconds = statistics.median(tools[name][0] for _, tools in runs)
        told = runs[0][1][name][1]
        total += 0 if told.startswith("skipped") else seconds
        print(f"  {name:<20}{seconds:6.2f} s  {told}")
    print(f"  ours / their sum    {ours / total:6.2f}" if total else "  none of the tools is here")


def grown(demo: Path, work: Path) -> None:
    """Prints how the time of a file grows with their number."""
    base = built_in(demo)
    print(f"CPU for each file: {1000 * base[0] / base[1]:.2f} ms of {base[1]}")
    for size in SIZES:
        seconds, files, findings = built_in(grow(demo, size, work / str(size)))
        rate = 1000 * seconds / files
        ratio = rate / (1000 * base[0] / base[1])
        print(f"  {rate:.2f} ms of {files}, {ratio:.2f} times that ({seconds:.1f} s, {findings} findings)")


def main() -> None:
    """Makes the repositories, runs all, and prints."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        demo = work / "demo"
        cpu(*SCAFFOLD, "new", demo, "--answers", ROOT / "tests/cases/example.yml", "--no-check")
        compared(demo)
        grown(demo, work)


if __name__ == "__main__":
    main()
