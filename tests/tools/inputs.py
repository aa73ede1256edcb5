"""What a command reads of a repository, and what of it has passed already.

Repositories share most of their files. A command gets a folder with nothing but an input: the same program with the same words
over the same paths, modes and bytes says the same, so each input is judged once in a run of the tests.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from posixpath import dirname, join, normpath

from generator.tree import Tree
from tests.tools.commands import Command

SETTINGS = {
    "checkov": ("**/.checkov.y*ml",),
    "hadolint": (".hadolint.y*ml",),
    "shellcheck": ("**/.shellcheckrc",),
    "shfmt": ("**/.editorconfig",),
    "trivy": (".trivyignore*", "trivy*.yaml"),
    "yamllint": (".yamllint*",),
}
"""What a tool takes its settings from, where a repository has it: it is there with every input."""
RUNS = "runs of tools"
"""The property of a test that says whether its tool had to run."""
_CALLED = re.compile(r'^\s*source\s*=\s*"(\.[^"]+)"', re.MULTILINE)
_READ = re.compile(r'"\$\{path\.(?:root|module)\}/(\.\./[^"$]+)"')


@dataclass(frozen=True)
class Input:
    """Files that are judged together."""

    judged: tuple[str, ...]
    """What the tool is asked about: paths of files, or a folder's."""
    files: Tree
    """All that it can read."""


class Passed:
    """The inputs that passed, as marks in a folder that all processes of one run of the tests share."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def without(self, inputs: Iterable[Input], *words: object) -> list[Input]:
        """Those of the inputs that have not passed with these words."""
        return [one for one in inputs if not self._mark(one, words).exists()]

    def add(self, inputs: Iterable[Input], *words: object) -> None:
        """Says that they pass."""
        for one in inputs:
            self._mark(one, words).touch()

    def _mark(self, one: Input, words: tuple[object, ...]) -> Path:
        read = [(path, file.digest) for path, file in one.files.items()]
        return self._folder / sha256(repr((words, one.judged, read)).encode()).hexdigest()


def merged(inputs: Iterable[Input]) -> Tree:
    """The files of several inputs."""
    return Tree(item for one in inputs for item in one.files.items())


def inputs(command: Command, tree: Tree) -> list[Input]:
    """What the command reads of a repository."""
    together = matching(command.together, tree)
    alone = [path for path in matching(command.alone, tree) if path not in together]
    settings = matching(SETTINGS.get(command.line[0], ()), tree)
    made = [Input((path,), _only(tree, {*settings, *_named(command.names, path, tree)})) for path in alone]
    return [*([Input(tuple(together), _only(tree, {*settings, *together}))] if together else []), *made]


def roots(tree: Tree) -> list[Input]:
    """The Terraform roots that have tests, each with the modules that it calls and the folders outside that it reads."""
    folders = sorted({dirname(dirname(path)) for path in matching(("**/tests/*.tftest.hcl",), tree)})
    return [Input((folder,), _only(tree, _root(folder, folders, tree))) for folder in folders]


def _root(folder: str, folders: list[str], tree: Tree) -> set[str]:
    others = tuple(f"{other}/" for other in folders if other.startswith(f"{folder}/"))
    own = {path for path in tree if path.startswith(f"{folder}/") and not path.startswith(others)}
    called = {normpath(join(folder, name)) for path in own for name in _CALLED.findall(tree[path].text)}
    read = tuple(f"{normpath(join(folder, n))}/" for path in own for n in _READ.findall(tree[path].text))
    return own | {path for path in tree if dirname(path) in called or path.startswith(read)}


def matching(globs: Iterable[str], tree: Tree) -> list[str]:
    """The paths that one of the globs matches, as `Path.glob` would find them."""
    patterns = [re.compile(_pattern(glob)) for glob in globs]
    return [path for path in tree if any(pattern.fullmatch(path) for pattern in patterns)]


def _pattern(glob: str) -> str:
    return re.escape(glob).replace(r"\*\*/", "(?:.*/)?").replace(r"\*\*", ".*").replace(r"\*", "[^/]*")


def _named(names: str, path: str, tree: Tree) -> Iterator[str]:
    """The file, and those that it names, and those that they name."""
    found = [path]
    for one in found:
        yield one
        other = [normpath(join(dirname(one), n)) for n in re.findall(names, tree[one].text, re.M)] if names else []
        found += [name for name in dict.fromkeys(other) if name in tree and name not in found]


def _only(tree: Tree, paths: Iterable[str]) -> Tree:
    return Tree((path, tree[path]) for path in paths)
