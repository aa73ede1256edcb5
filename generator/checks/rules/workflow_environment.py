"""Workflows deploy to environments that exist, and to all of them

GitHub makes an environment that a workflow names and nobody knows, without approval and without
variables. Each name must be an environment of the repository, and each environment be named by some
workflow. Environments of previews (`preview...`) come and go and are not judged.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import github
from generator.checks.models.environments import wanted
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources

FORMAT = Format.GITHUB


def files(sources: Sources) -> Iterator[str]:
    if wanted(sources):
        yield from (path for path in github.workflow_paths(sources) if list(_named(sources, path)))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    known = wanted(sources)
    for node in _named(sources, path):
        if node.text not in known and not node.text.startswith("preview"):
            yield at(node, f"there is no environment {node.text}{did_you_mean(node.text, known)}")
    if path == next(files(sources)):
        named = {node.text for one in files(sources) for node in _named(sources, one)}
        for name in sorted(known - named):
            yield Flaw(0, f"no workflow deploys to the environment {name}")


def _named(sources: Sources, path: str) -> Iterator[Node]:
    """The values of every key `environment`, and the choices of an input of that name."""
    for node in yaml.root(sources, path).walk():
        value = node.at("environment")
        for one in (value, value.at("name"), *value.at("options").items):
            if one.text and "${{" not in one.text:
                yield one
