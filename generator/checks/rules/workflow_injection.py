"""Words of others do not become commands of a script

GitHub puts `${{ }}` into a script as text before the shell sees it. A pull request with the title
`"; curl ...` runs its commands with the rights of the job; so does whoever fills in an input. Hand it
over by `env` and write `"$TITLE"` in the script, where the shell takes it as a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import deploys, github
from generator.checks.models.habits import Lapse, habit, habit_rule, lapse
from generator.checks.models.workflow_text import expressions
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.GITHUB

_STRANGE: Final = re.compile(
    r"github\.(?:head_ref|event\.(?:(?:issue|pull_request|discussion)\.(?:title|body)|(?:comment|review|review_comment)"
    r"\.body|pull_request\.head\.(?:ref|label)|head_commit\.(?:message|author\.\w+)|commits\b[^}]{0,200}\.(?:message|author)"
    r"|workflow_run\.(?:head_branch|display_title|head_commit\.message)|pages\b[^}]{0,200}\.page_name))"
)
_UNPRINTED: Final = re.compile(
    r"(?i:contains|startswith|endswith)\((?:'[^']*'|[^()'])*\)|![\w.*-]+|(?<![\w.*-])[\w.*-]+(?=\s*&&)"
    r"|(?<![\w.*-])[\w.*-]+\s*[=!]=\s*(?:'[^']*'|[\w.*-]+)|'[^']*'\s*[=!]=\s*[\w.*-]+"
)
"""What an expression asks for, and comes to no more than true or false of it."""
_INPUT: Final = re.compile(r"^\s*(?:github\.event\.)?inputs\.([\w-]+)\s*$")
_TRUSTING: Final = {
    "pull_request_target",
    "workflow_run",
    "issues",
    "issue_comment",
    "discussion",
    "discussion_comment",
}
_FIX: Final = 'Hand it over by `env`, and write "$NAME" in the script.'

files = github.paths


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    events = deploys.triggers(yaml.root(sources, path))
    for script in _scripts(sources, path):
        for one in expressions(sources, path, script):
            found = _STRANGE.search(_UNPRINTED.sub("", one.text))
            if found:
                flaw = at(one, f"{found[0]} is text of a stranger, and becomes commands of this script", _FIX)
                yield flaw if set(events) & _TRUSTING else habit(flaw)
    yield from _found(sources, path)


@habit_rule(_FIX)
def _found(sources: Sources) -> Iterator[Lapse | None]:
    for path in github.paths(sources):
        free = {name for name, node in github.inputs(sources, path).items() if _is_free(node)}
        pieces = [one for script in _scripts(sources, path) for one in expressions(sources, path, script)]
        places = [(one, found[1]) for one in pieces if (found := _INPUT.match(one.text)) and found[1] in free]
        if free and not places:
            yield None
        if places:
            names = ", ".join(sorted({name for _, name in places}))
            message = f"what is given for {names} becomes commands of this script"
            yield lapse(path, places[0][0], message)


def _scripts(sources: Sources, path: str) -> Iterator[Node]:
    for job in github.jobs(sources, path).values():
        for step in job.steps:
            yield step.at("run")
            if step.at("uses").text.startswith("actions/github-script@"):
                yield step.at("with", "script")


def _is_free(declared: Node) -> bool:
    """Whether an input takes any text."""
    return declared.at("type").text in ("", "string")
