"""CPU of built-in validation, start-up included, against what the real tools need for the same files, and how it grows.

The repository is the example that `make demo` makes. Beside it, the same files so many times side by side that they are
1,000 and 5,000. Prints medians and ratios; each round runs all commands once, so that a slow minute hits all alike.
A tool that is missing, or cannot judge here, is named and counts nothing.
"""

from __future__ import annotations

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


def copies(folder: Path, size: int, into: Path) -> Path:
    """The files of a folder side by side, so many times that they are at least `size`."""
    each = sum(path.is_file() for path in folder.rglob("*"))
    for number in range(-(-size // each)):
        shutil.copytree(folder, into / f"team-{number}")
    return into


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
        seconds, files, findings = built_in(copies(demo, size, work / str(size)))
        rate = 1000 * seconds / files
        print(f"  {rate:.2f} ms of {files} ({seconds:.1f} s, {findings} findings)")


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
