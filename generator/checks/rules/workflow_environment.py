"""Workflows deploy to environments that exist, and to all of them

GitHub makes an environment that a workflow names and nobody knows, without approval and without
variables. Each name must be an environment of the repository, and each environment be named by some
workflow; where one can be chosen, it is chosen from all. So must what a release comes from (`previous`), and
the environments in the settings that GitHub gets. Environments of previews (`preview...`) come and go and are not
judged, nor is a repository that is not made by agency-scaffold: GitHub's environments need not be those of Terraform.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from generator.checks.formats import json, yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import github
from generator.checks.models.environments import wanted
from generator.checks.models.ours import is_ours
from generator.checks.rule import Flaw, Format, at, did_you_mean, instead, one_of
from generator.checks.source import Sources, lines
from generator.finding import Severity

FORMAT = Format.GITHUB

SETTINGS: Final = ".github/repository-settings.json"


def files(sources: Sources) -> Iterator[str]:
    if wanted(sources) and is_ours(sources):
        yield from _workflows(sources)
        yield from (path for path in (SETTINGS,) if path in sources.tree)


def _workflows(sources: Sources) -> Iterator[str]:
    return (path for path in github.workflow_paths(sources) if list(_named(sources, path)))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    known = wanted(sources)
    if path == SETTINGS:
        yield from _settings(sources)
        return
    for node in _named(sources, path):
        if node.text not in known | _kinds(sources) and not node.text.startswith("preview"):
            message = f"there is no environment {node.text}{did_you_mean(node.text, known)}"
            yield at(node, message, instead(message, one_of(known)))
    for options in _choices(sources, path):
        offered = {option.text for option in options.items}
        if known & offered and known - offered:
            missing = ", ".join(sorted(known - offered))
            fix = f"Add {missing} to the `options`."
            yield at(options, f"{missing} cannot be chosen here", fix, severity=Severity.WARNING)
    if path == next(_workflows(sources)):
        named = {node.text for one in _workflows(sources) for node in _named(sources, one)}
        for name in sorted(known - named):
            message = f"no workflow deploys to the environment {name}"
            yield Flaw(0, message, f"Add a job with `environment: {name}` to the workflow that deploys.")


def _choices(sources: Sources, path: str) -> Iterator[Node]:
    """The options of each input that chooses an environment."""
    for node in yaml.root(sources, path).at("on", "workflow_dispatch", "inputs").map.values():
        if not any("${{" in option.text for option in node.at("options").items):
            yield node.at("options")


def _named(sources: Sources, path: str) -> Iterator[Node]:
    """The values of every key `environment`, the choices of an input of that name, and what a release comes from."""
    for node in yaml.root(sources, path).walk():
        value = node.at("environment")
        previous = node.at("with", "previous") if node.at("with", "environment") else yaml.ABSENT
        for one in (value, value.at("name"), *value.at("options").items, previous):
            if one.text and "${{" not in one.text:
                yield one


def _environments(sources: Sources) -> Iterator[tuple[str, str]]:
    """(name, the environment that it is a part of) in the settings."""
    given: Any = json.parse(sources, SETTINGS).value if SETTINGS in sources.tree else None
    entries = given.get("environments") if isinstance(given, dict) else None
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("name"), str):
            yield entry["name"], str(entry.get("of", ""))


def _kinds(sources: Sources) -> set[str]:
    """The environments of GitHub that are other ways into one of ours."""
    return {name for name, of in _environments(sources) if of in wanted(sources)}


def _settings(sources: Sources) -> Iterator[Flaw]:
    known = wanted(sources)
    for name, of in _environments(sources):
        if name not in known and of not in known and not name.startswith("preview"):
            place = re.compile(rf'"name"\s*:\s*"(?={re.escape(name)}")')
            found = ((n, match) for n, one in enumerate(lines(sources, SETTINGS), 1) if (match := place.search(one)))
            line, column = next(((n, match.end() + 1) for n, match in found), (0, 0))
            message = f"there is no environment {name}{did_you_mean(name, known)}"
            yield Flaw(line, message, instead(message, one_of(known)), column)
