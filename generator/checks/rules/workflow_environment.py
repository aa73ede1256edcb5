"""Workflows deploy to environments that exist, and to all of them

GitHub makes an environment that a workflow names and nobody knows, without approval and without
variables. Each name must be an environment of the repository (of `agency-scaffold.yml`), and each
environment be named by some workflow; where one can be chosen, it is chosen from all. Environments of
previews (`preview...`) come and go and are not judged.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import github
from generator.checks.models.environments import wanted
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources
from generator.finding import Severity
from generator.places import ANSWERS_FILE

FORMAT = Format.GITHUB


def files(sources: Sources) -> Iterator[str]:
    if ANSWERS_FILE in sources.tree and wanted(sources):
        yield from (path for path in github.workflow_paths(sources) if list(_named(sources, path)))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    known = wanted(sources)
    for node in _named(sources, path):
        if node.text not in known and not node.text.startswith("preview"):
            yield at(node, f"there is no environment {node.text}{did_you_mean(node.text, known)}")
    for options in _choices(sources, path):
        offered = {option.text for option in options.items}
        if known & offered and known - offered:
            missing = ", ".join(sorted(known - offered))
            yield replace(at(options, f"{missing} cannot be chosen here"), severity=Severity.WARNING)
    if path == next(files(sources)):
        named = {node.text for one in files(sources) for node in _named(sources, one)}
        for name in sorted(known - named):
            yield Flaw(0, f"no workflow deploys to the environment {name}")


def _choices(sources: Sources, path: str) -> Iterator[Node]:
    """The options of each input that chooses an environment."""
    for node in yaml.root(sources, path).at("on", "workflow_dispatch", "inputs").map.values():
        if not any("${{" in option.text for option in node.at("options").items):
            yield node.at("options")


def _named(sources: Sources, path: str) -> Iterator[Node]:
    """The values of every key `environment`, and the choices of an input of that name."""
    for node in yaml.root(sources, path).walk():
        value = node.at("environment")
        for one in (value, value.at("name"), *value.at("options").items):
            if one.text and "${{" not in one.text:
                yield one
