"""Runs of `explain` from the command line."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Final

from generator.checks import RULES
from generator.checks.external import TOOLS
from generator.checks.rule import Format, about, did_you_mean, title
from generator.console import show
from generator.errors import UsageError

_WIDTH: Final = 79


def show_rule(names: Sequence[str]) -> int:
    """Prints what rules say, in full; a list of all where none is named.

    Raises:
        UsageError: Names that no rule has, each with the nearest.
    """
    if not names:
        tools = [f"  {name:<28} {tool.install}" for name, tool in TOOLS.items()]
        lists = ("\n".join([format_, *_of(format_)]) for format_ in Format)
        show("\n\n".join([*lists, "\n".join(["other programs", *tools])]))
        return 0
    known = {*RULES, *TOOLS}
    unknown = [name for name in names if name.partition("/")[0] not in known]
    if unknown:
        told = "; ".join(f"no rule is called {name}{did_you_mean(name, RULES)}" for name in unknown)
        raise UsageError(told, hint="agency-scaffold explain lists all.")
    show("\n\n".join(_page(name) for name in names))
    return 0


def _of(format_: Format) -> list[str]:
    return [f"  {name:<28} {title(rule)}" for name, rule in RULES.items() if format_ == rule.FORMAT]


def _page(name: str) -> str:
    if name not in RULES:
        tool, _, own = name.partition("/")
        whose = f"{own} is a rule of {tool}'s own: its documentation tells more.\n" if own else ""
        return f"{name}\n\n{whose}{tool} is another program; to get it: {TOOLS[tool].install}"
    ignore = f"# agency-scaffold-ignore {name}: why it is meant"
    paragraphs = [
        _filled(f"{name} ({RULES[name].FORMAT}): {title(RULES[name])}"),
        _filled(about(RULES[name])),
        f"Where a finding is meant, say so on its line or the one above:\n\n    {ignore}",
    ]
    return "\n\n".join(paragraphs)


def _filled(text: str) -> str:
    return textwrap.fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False)
