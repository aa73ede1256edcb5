"""Garbage in: a finding or a skip, never a traceback, in bounded time and memory."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from generator.checks import RULES
from generator.checks.run import run
from generator.cli.main import main
from generator.tree import File, Tree
from tests.checks.faults.fault import TREES
from tests.checks.faults.place import good
from tests.checks.garbage import ODD, WAYS, garbage

SECONDS = 300
"""Of CPU, after which a run is taken for one without end; the slowest takes a twentieth of it."""
MEMORY = 3_000_000_000
"""Bytes of address space."""
PLACES = (
    "a.yml", "kustomization.yaml", ".github/workflows/a.yml", ".github/actions/a/action.yml", ".github/dependabot.yml",
    ".agency/scaffold/todo.yml", "agency-scaffold.yml", "docker-compose.yml", "prometheus/rules/a.rules.yml", "prometheus.yml",
    "alertmanager.yml", "a.json", "a.toml", "a.tf", "a.tfvars", "tests/a.tftest.hcl", ".terraform.lock.hcl", "scripts/a.sh",
    "Dockerfile", "a.md", "Makefile", "a.mk", ".github/CODEOWNERS", ".trivyignore", ".env",
)  # fmt: skip


def broken(tree: Tree) -> list[str]:
    """What rules failed at, and why."""
    return [check.reason for check in run(tree, RULES, edited=True).checks if "could not judge" in check.reason]


def seeds() -> list[object]:
    """Ways of spoiling with seeds: one of each in a quick run."""
    return [
        pytest.param(way, seed, id=f"{way}-{seed}", marks=[pytest.mark.slow] if seed else [])
        for way in WAYS
        for seed in range(25)
    ]


@pytest.mark.parametrize(("way", "seed"), seeds())
def test_no_rule_fails_at_spoilt_files(way: str, seed: int) -> None:
    names = list(TREES)
    tree = good(names[seed % 2 if seed < 2 else seed % len(names)])
    assert broken(garbage(tree, way, seed, 0.3 if seed % 2 else 0.02)) == []


@pytest.mark.parametrize("value", ODD, ids=lambda value: repr(value)[:20])
def test_a_value_of_any_shape_in_any_place(value: object) -> None:
    import yaml

    shapes = (
        "{}", "apiVersion: v1\nkind: {}", "groups: {}", "groups: [{}]", "route: {}\nreceivers: {}", "scrape_configs: {}",
        "jobs: {}", "jobs: {{a: {}}}", "jobs: {{a: {{steps: {}}}}}", "services: {{a: {}}}", "on: {}",
        "kind: Deployment\napiVersion: apps/v1\nmetadata: {}\nspec: {}",
        "kind: Deployment\napiVersion: apps/v1\nmetadata: {{name: a}}\nspec: {{template: {{spec: {{containers: {}}}}}}}",
        "kind: Service\napiVersion: v1\nmetadata: {{name: {}}}\nspec: {{ports: {}, selector: {}}}",
        "kind: ConfigMap\napiVersion: v1\nmetadata: {{name: a, labels: {}}}\ndata: {}",
        "resources: {}\npatches: {}\nconfigMapGenerator: {}\nreplacements: {}", "updates: {}\nversion: {}",
    )  # fmt: skip
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10**6).removesuffix("...\n").strip()
    for shape in shapes:
        content = File(shape.replace("{}", text).replace("{{", "{").replace("}}", "}").encode("utf-8", "replace"))
        assert broken(Tree(dict.fromkeys(PLACES, content))) == []


def limited(code: str, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Runs Python code with bounds on its time and memory."""

    def bounds() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))

    return subprocess.run(
        [sys.executable, "-c", code, *words], cwd=folder, preexec_fn=bounds, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}, check=False,
    )  # fmt: skip


LARGE = {
    "brackets": b"[" * 200_000,
    "braces": b"{" * 200_000,
    "quotes": b'"' * 200_001,
    "stray": b'"\n' * 100_000,
    "signs": b"a = " * 100_000,
    "calls": b"a(b) " * 180_000,
    "one-line": b"a" * 1_000_000,
    "lines": b"a\n" * 200_000,
    "keys": b"".join(b"k%d: {a: 1}\n" % n for n in range(20_000)),
    "twice": b"a: 1\n" * 50_000,
    "items": b"- a: ${{ b }}\n" * 20_000,
    "indents": b"".join(b" " * n + b"a:\n" for n in range(1500)),
    "blocks": b'resource "aws_vpc" "a" {\n}\n' * 5_000,
    "quoting": b"echo \"$(echo '`\n" * 20_000,
    "heredocs": b"cat <<A\n" * 20_000,
    "links": b"[a](b.md#c) " * 20_000,
    "headings": b"# a\n" * 30_000,
    "comments": b"# agency-scaffold-ignore a: b\n" * 10_000,
    "expressions": b"${{ a." * 30_000,
    "templates": b"{{ " * 100_000,
    "dollars": b"${" * 100_000,
    "spaces": b" " * 1_000_000 + b"x",
    "stars": b"*&a" * 100_000,
    "broken": b"".join(b"# heading %d\n\n[a](#heeding-%d) [b](pgae-%d.md)\n" % (n, n, n) for n in range(4_000)),
    "anchors": b"- &a0 {}\n" + b"".join(b"- &a%d {b: *a0}\n" % n for n in range(1, 20_000)),
    "ands": b"a && " * 100_000 + b"a",
    "tags": b"if {{ a" * 50_000 + b"{# " * 50_000,
    "long": b"a: b " * 200_000,
    "nothing": b"\0" * 1_000_000,
    "latin": b"\xe4" * 300_000,
    "wide": ("a: ü\n" * 50_000).encode("utf-16"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGE)
def test_large_files_end_in_time_and_memory(name: str, tmp_path: Path) -> None:
    for place in PLACES:
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_bytes(LARGE[name])
    code = "import sys; from generator.cli.main import main; sys.exit(main(['validate', '--external', 'never', '--format', 'json']))"
    done = limited(code, tmp_path)
    assert done.returncode in {0, 1}, done.stderr[-2000:]
    assert "could not judge" not in done.stdout
    assert done.stderr == ""


def test_whatever_lies_in_a_folder_is_told_or_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for place in PLACES:
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_bytes("a: ü\n".encode("latin-1"))
    (tmp_path / "wide.yml").write_bytes("a: 1\n".encode("utf-16"))
    os.mkfifo(tmp_path / "pipe.yml")
    (tmp_path / "loop").symlink_to(".")
    (tmp_path / "self.yml").symlink_to("self.yml")
    with (tmp_path / "large.json").open("wb") as file:
        file.truncate(50_000_001)
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\n.yml")).write_bytes(b"a: [\n")
    assert main(["validate", str(tmp_path), "--external", "never"]) == 1
    told = capsys.readouterr().out
    assert "large.json: note: 50 MB: it is larger than what is judged [readable]" in told
    assert "self.yml: warning: it cannot be read: " in told
    assert "pipe.yml" not in told
    assert "could not judge" not in told
    assert "wide.yml:1" in told
    for place in PLACES:
        assert f"{place}:1" in told, place
    for format_ in ("json", "sarif", "github"):
        assert main(["validate", str(tmp_path), "--external", "never", "--format", format_]) == 1
        capsys.readouterr().out.encode("utf-8")


@pytest.mark.parametrize("path", ["a.sh", "Makefile", "Dockerfile"])
def test_a_file_of_one_return(path: str) -> None:
    assert broken(Tree({path: File(b"\r")})) == []
