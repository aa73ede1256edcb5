"""What is known of the repository as a whole: its name, its home, its owner, its pipelines and its cloud."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from generator.assess.evidence import Evidence, Strength
from generator.assess.folder import Folder, at
from generator.assess.xml import elements

_GENERIC: Final = frozenset({
    "app", "root", "monorepo", "workspace", "workspaces", "project", "my-app", "my-project", "frontend", "backend",
    "server", "client", "web", "api", "main", "src", "source", "code", "repo", "work", "tmp", "temp", "build",
})  # fmt: skip
"""Names of manifests and folders that say nothing."""
_PLACEHOLDER: Final = re.compile(r"(?i)add your description here|^description$|^a sample|^todo")
_MANIFESTS: Final = (
    ("package.json", "", r'"name"\s*:'),
    ("pyproject.toml", "project", r"^name\s*="),
    ("pyproject.toml", "tool.poetry", r"^name\s*="),
    ("Cargo.toml", "package", r"^name\s*="),
)
"""Manifests with a name and a description, the table that holds them, and the line of the name."""
_PATTERNS: Final = (
    ("go.mod", r"^module\s+(?:\S*/)?((?!v\d+\s*$)[^/\s]+)(?:/v\d+)?\s*$"),
    ("settings.gradle", r"rootProject\.name\s*=\s*[\"']([\w.-]+)"),
    ("settings.gradle.kts", r"rootProject\.name\s*=\s*[\"']([\w.-]+)"),
)
"""Files with a name that a pattern finds."""
_PROVIDERS: Final = {"aws": "aws", "google": "gcp", "azurerm": "azure"}


def shown(folder: Folder, *, code: bool) -> Iterator[Evidence]:
    """What is shown of the whole; `code` is whether there is any code, without which no file's name means anything."""
    origin = _origin(folder.root)
    if origin:
        yield Evidence("project.repository", origin, ".git/config", 0, "the remote origin", Strength.FIXED)
    yield from _names(folder, origin, code=code)
    if code:
        yield from _descriptions(folder)
    yield from _owner(folder)
    yield from _pipelines(folder)
    yield from _infrastructure(folder)


def slug(text: str, longest: int = 63) -> str:
    """A DNS label made of a name; "" where it cannot be one."""
    name = re.sub(r"[^a-z0-9]+", "-", re.sub(r"([a-z0-9])([A-Z])", r"\1-\2", text).lower())
    return name.lstrip("-0123456789")[:longest].rstrip("-")


def _names(folder: Folder, origin: str, *, code: bool) -> Iterator[Evidence]:
    repository = (origin.partition("/")[2], ".git/config", 0, "the name of the repository")
    found = [row for row in (repository, *(_named(folder) if code else ())) if slug(row[0]) not in _GENERIC | {""}]
    if code:
        found.append((folder.root.name, ".", 0, "the name of the folder"))
    for number, (name, path, line, read) in enumerate(found):
        if slug(name):  # the first counts: two that say different things are both right, of different things
            strength = Strength.USUAL if path == "." else Strength.DECLARED - number
            yield Evidence("project.name", slug(name), path, line, read, strength)


def _named(folder: Folder) -> Iterator[tuple[str, str, int, str]]:
    """The names that manifests give, each with its place."""
    for path, table, pattern in _MANIFESTS:
        name = re.sub(r"^@[^/]*/", "", _field(folder, path, table, "name"))
        yield name, path, folder.line(path, pattern), "its name"
    for path, pattern in _PATTERNS:
        named = re.search(pattern, folder.text(path), re.MULTILINE)
        yield named[1] if named else "", path, folder.line(path, pattern), "its name"
    artifact = [e for e in elements(folder.text("pom.xml")) if e.way == ("project", "artifactId")]
    yield from ((one.text, "pom.xml", one.line, "its name") for one in artifact)
    solutions = [path for path in folder.named(r".+\.slnx?") if "/" not in path]
    yield from ((path.rpartition(".")[0], path, 0, "its name") for path in solutions if len(solutions) == 1)


def _descriptions(folder: Folder) -> Iterator[Evidence]:
    for path, table, _ in _MANIFESTS:
        text = _field(folder, path, table, "description").strip()
        if text and not _PLACEHOLDER.search(text):
            line = folder.line(path, r"^[ \t]*\"?description\"?\s*[:=]")
            yield Evidence("project.description", text, path, line, "its description", Strength.NAMED)
            return


def _field(folder: Folder, path: str, table: str, name: str) -> str:
    found = at(folder.data(path), *filter(None, table.split(".")), name)
    return found if isinstance(found, str) else ""


def _origin(root: Path) -> str:
    """org/name of the remote on GitHub; only that, since an address may hold a token."""
    try:
        path = root / ".git" / "config"
        text = path.read_text("utf-8", "replace")[:100_000] if path.is_file() and not path.is_symlink() else ""
    except OSError:
        return ""
    section = re.search(r"^[ \t]*\[remote \"origin\"\]\s*$(.*?)(?=^[ \t]*\[|\Z)", text, re.M | re.S)
    url = re.search(r"^[ \t]*url\s*=\s*(\S+)", section[1], re.M) if section else None
    found = re.search(r"(?:^|[/@.])github\.com[:/]([\w-]+/[\w.-]+?)(?:\.git)?/?$", url[1]) if url else None
    return found[1] if found else ""


def _owner(folder: Folder) -> Iterator[Evidence]:
    for path in (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"):
        line = folder.line(path, r"^\*\s+\S+\s*(#.*)?$")
        if line:
            owner = folder.text(path).split("\n")[line - 1].split()[1]
            yield Evidence("project.owner", owner, path, line, "who owns all", Strength.NAMED)
            return


def workflows(folder: Folder) -> list[str]:
    """The workflows of GitHub."""
    return [path for path in folder.below(".github/workflows") if path.endswith((".yml", ".yaml"))]


def _pipelines(folder: Folder) -> Iterator[Evidence]:
    found = workflows(folder)[:1]
    for path, system in (
        *((path, "github-actions") for path in found),
        (".gitlab-ci.yml", "gitlab-ci"),
        ("Jenkinsfile", "jenkins"),
    ):
        if path in folder:
            yield Evidence("ci.system", system, path, 0, "the pipelines that are there", Strength.NAMED)


def _infrastructure(folder: Folder) -> Iterator[Evidence]:
    terraform = next((path for path in folder.files if path.endswith(".tf")), "")
    for path, tool in ((terraform, "terraform"), ("cdk.json", "cdk"), ("Pulumi.yaml", "pulumi")):
        if path in folder:
            yield Evidence("iac.tool", tool, path, 0, "what is described with it", Strength.NAMED)
    for path in (path for path in folder.files if path.endswith(".tf")):
        for name, provider in _PROVIDERS.items():
            if line := folder.line(path, rf"^[ \t]*provider\s+\"{name}\"\s*\{{"):
                yield Evidence("cloud.provider", provider, path, line, "the provider", Strength.NAMED)
