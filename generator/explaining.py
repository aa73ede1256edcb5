"""Runs of `explain` from the command line."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

from generator.checks import RULES
from generator.checks.choice import unknown
from generator.checks.external import TOOLS
from generator.checks.rule import Format, about, title
from generator.console import show
from generator.errors import UsageError
from generator.places import IGNORE

_WIDTH: Final = 79
_MARKDOWN: Final = "<!-- {} -->"
_WITHOUT: Final = frozenset(["readable", "text-encoding"])
"""Rules about files in which nobody can read a comment."""


def show_rule(names: Sequence[str]) -> int:
    """Prints what rules say, in full, or what checks a format has; a list of all where none is named.

    Raises:
        UsageError: Names of no check, each with the nearest.
    """
    if not names:
        show("\n\n".join([*(_list(format_) for format_ in Format), "\n".join(["other programs", *_programs(*Format)])]))
        return 0
    wrong = unknown([name.partition("/")[0] for name in names], names)
    wrong += [
        f"{rule} is a rule of ours, and has none of its own"
        for rule, sign, _ in (name.partition("/") for name in names)
        if sign and rule not in TOOLS and rule in {*RULES, *Format}
    ]
    if wrong:
        raise UsageError("; ".join(wrong), hint="agency-scaffold explain lists all.")
    show("\n\n\n".join(_page(name) for name in names))
    return 0


def _list(format_: Format) -> str:
    return "\n".join(
        [format_, *(f"  {name:<28} {title(RULES[name])}" for name in RULES if format_ == RULES[name].FORMAT)]
    )


def _programs(*formats: Format) -> list[str]:
    return [f"  {name:<28} {tool.judges}" for name, tool in TOOLS.items() if tool.format in formats]


def _page(name: str) -> str:
    if name in set(Format):
        programs = _programs(Format(name))
        return _list(Format(name)) + ("\n\nother programs\n" + "\n".join(programs) if programs else "")
    if name in RULES:
        head = f"{name} ({RULES[name].FORMAT}): {title(RULES[name])}"
        return "\n\n".join([_filled(head), _filled(about(RULES[name])), *_meant(name, RULES[name].FORMAT)])
    tool, _, own = name.partition("/")
    source = "shellcheck" if own.startswith("SC") and own[2:].isdigit() else tool  # hadolint asks it, too
    where = TOOLS[source].page(own)
    paragraphs = [f"{name} ({TOOLS[tool].format})", f"{tool} is another program. It judges {TOOLS[tool].judges}."]
    if own:
        paragraphs[1:1] = [
            f"{own} is a rule of {tool}'s own" + (f": {where}" if where else ", which only it explains.")
        ]
    elif where:
        paragraphs.append(f"Its rules: {where}")
        name += "/RULE"
    get = f"To get it: {TOOLS[tool].install}"
    return "\n\n".join([*map(_filled, paragraphs), get, *_meant(name, TOOLS[tool].format)])


def _meant(name: str, format_: Format) -> Iterator[str]:
    """How somebody says that a finding is meant, as files of the format can."""
    if name == "suppression":
        return
    comment = f"agency-scaffold-ignore {name}: why it is meant"
    if format_ is Format.JSON or name in _WITHOUT:
        entry = f"    - rule: {name}\n      path: the file, or a folder\n      reason: why it is meant"
        yield f"Where a finding is meant, say so in {IGNORE}:\n\n{entry}"
        return
    where = "on the line above" if format_ is Format.DOCKER else "on its line or the one above"
    form = _MARKDOWN.format(comment) if format_ is Format.MARKDOWN else f"# {comment}"
    yield f"Where a finding is meant, say so {where}:\n\n    {form}"
    if format_ is Format.TEXT:
        yield f"Or as the file writes its comments; one without comments is named in {IGNORE}."


def _filled(text: str) -> str:
    return textwrap.fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False)
