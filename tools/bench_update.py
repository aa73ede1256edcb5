"""CPU of `agency-scaffold update` against `copier update` on trees of the same files, start-up included.

Two runs are compared: one that changes nothing, and one after an answer changed, with 40 edited files. Prints ratios of
medians; each round runs all commands once, so that a slow minute hits all alike. Checks are off on both sides: Copier
has none. At the end, how the time grows from 1 to 30 services.
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

ROUNDS: Final = 5
EDITED: Final = 40
BIN: Final = Path(sys.executable).parent
SCAFFOLD: Final = str(BIN / "agency-scaffold")
COPIER: Final = str(BIN / "copier")
GIT: Final = ("git", "-c", "user.name=Bench", "-c", "user.email=bench@example.org", "-c", "init.defaultBranch=main")


def run(*command: str, cwd: Path) -> None:
    """Runs a command, or fails."""
    subprocess.run(command, cwd=cwd, check=True, capture_output=True, stdin=subprocess.DEVNULL)


def cpu(command: list[str], cwd: Path, codes: tuple[int, ...] = (0,)) -> float:
    """User and system seconds of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=cwd, capture_output=True, stdin=subprocess.DEVNULL, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in codes:
        raise SystemExit(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout.decode()}{done.stderr.decode()}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def generate(root: Path, *settings: str) -> list[str]:
    """A project of ours, and the files in it that a person may edit."""
    from generator import places, record

    words = [
        word
        for setting in ("project.name=shop", "project.domain=shop.example.org", *settings)
        for word in ("--set", setting)
    ]
    run(SCAFFOLD, "new", str(root), "--defaults", "--no-check", *words, cwd=root.parent)
    entries = record.load((root / places.LOCK).read_text()).entries.values()
    return [entry.path for entry in entries if entry.kind in {"file", "exec"} and not entry.path.startswith(".agency/")]


def template(work: Path, root: Path, paths: list[str]) -> Path:
    """A Copier template that makes the same files, with a line at the end that follows an answer."""
    folder = work / "template"
    folder.mkdir()
    (folder / "copier.yml").write_text("_templates_suffix: .jinja\ndomain: {type: str, default: shop.example.org}\n")
    (folder / "{{_copier_conf.answers_file}}.jinja").write_text("{{ _copier_answers|to_nice_yaml }}")
    for path in paths:
        target = folder / f"{path}.jinja"
        target.parent.mkdir(parents=True, exist_ok=True)
        text = (root / path).read_text()
        for word in ("{{", "{%", "{#"):
            text = text.replace(word, f"{word[0]} {word[1]}")
        target.write_text(text.replace("shop.example.org", "{{ domain }}"))
    commit(folder, "v1")
    run(*GIT, "tag", "1.0.0", cwd=folder)
    return folder


def commit(folder: Path, message: str) -> None:
    """Everything in a folder, in git."""
    run(*GIT, "init", "--quiet", cwd=folder)
    run(*GIT, "add", "--all", "--force", cwd=folder)
    run(*GIT, "commit", "--quiet", "-m", message, cwd=folder)


def edit(root: Path, paths: list[str]) -> None:
    """An edit in each of the files that the answer touches, as far as they go, far from what it changes."""
    touched = [path for path in paths if "shop.example.org" in (root / path).read_text()]
    others = [path for path in paths if path not in touched]
    for path in (touched + others)[:EDITED]:
        with (root / path).open("a") as file:
            file.write("# an edit\n")


def measure(commands: dict[str, tuple[list[str], Path, tuple[int, ...]]], work: Path) -> dict[str, float]:
    """Median CPU seconds of each command, each time in a fresh copy of its folder."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(ROUNDS + 1):
        for name, (command, folder, codes) in commands.items():
            out = work / "out"
            shutil.rmtree(out, ignore_errors=True)
            shutil.copytree(folder, out, symlinks=True)
            if number:  # the first round warms the caches
                times[name].append(cpu(command, out, codes))
            else:
                cpu(command, out, codes)
    return {name: statistics.median(values) for name, values in times.items()}


def compare(work: Path) -> None:
    """Ours against Copier."""
    ours, theirs = work / "ours", work / "theirs"
    paths = generate(ours)
    source = template(work, ours, paths)
    run(COPIER, "copy", "--defaults", "--quiet", "--vcs-ref", "1.0.0", str(source), str(theirs), cwd=work)
    for folder in (ours, theirs):
        edit(folder, paths)
        commit(folder, "edited")
    update = [SCAFFOLD, "update", "--no-check"]
    median = measure(
        {
            "no-op": (update, ours, (0,)),
            "real": ([*update, "--set", "project.domain=other.example.net"], ours, (0, 1)),
            "copier no-op": ([COPIER, "update", "--defaults", "--quiet"], theirs, (0,)),
            "copier real": (
                [COPIER, "update", "--defaults", "--quiet", "-d", "domain=other.example.net"],
                theirs,
                (0,),
            ),
        },
        work,
    )
    print(f"{len(paths)} files, {EDITED} edited; CPU seconds, median of {ROUNDS}")
    for name, goal in (("no-op", 40), ("real", 10)):
        mine, peer = median[name], median[f"copier {name}"]
        print(f"update, {name:<6} {mine:.3f} s; copier {peer:.2f} s: {peer / mine:.1f}x of it (goal: at least {goal}x)")


def growth(work: Path) -> None:
    """How a real update grows with the services."""
    seconds: dict[int, float] = {}
    for count in (1, 10, 20, 30):  # the contract has at most 30
        root = work / f"services-{count}"
        workers = [f"s{number}:worker:go" for number in range(1, count)]  # a load balancer has not room for 30 hosts
        generate(root, "services=" + ",".join(["s0:web:node", *workers]))
        command = [SCAFFOLD, "update", "--no-check", "--set", "project.domain=other.example.net"]
        seconds[count] = measure({"real": (command, root, (0, 1))}, work)["real"]
    base = seconds[1]
    for count, value in seconds.items():
        each = (value - base) / (count - 1) if count > 1 else 0
        print(
            f"update, {count:>2} services: {value:.3f} s"
            + (f", {1000 * each:.1f} ms for each more than 1" if each else "")
        )


def main() -> None:
    """Runs everything."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        os.environ["XDG_CACHE_HOME"] = str(work / "xdg")
        compare(work)
        growth(work)


if __name__ == "__main__":
    main()
