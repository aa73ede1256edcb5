"""Which checks run: chosen by name or by format."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from generator.checks import RULES, Rule
from generator.checks.external import TOOLS, Tool
from generator.checks.rule import Format, did_you_mean
from generator.errors import UsageError

ALWAYS: Final = frozenset({
    "readable", "text-encoding", "conflict-markers", "yaml-syntax", "yaml-bomb", "json-syntax", "toml-syntax",
    "hcl-syntax", "shell-syntax",
})  # fmt: skip
"""What cannot be read or parsed is told whichever checks were chosen: no other rule could judge it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The checks that run."""

    rules: Mapping[str, Rule]
    tools: Mapping[str, Tool]

    @property
    def whole(self) -> bool:
        """Whether these are all."""
        return len(self.rules) == len(RULES) and len(self.tools) == len(TOOLS)


def choose(only: Iterable[str] = (), skip: Iterable[str] = ()) -> Choice:
    """The checks that `only` names (all when it names none) without those of `skip`.

    Each word is a rule, a tool or a format, or several with commas between them.

    Raises:
        UsageError: Words that name nothing, all of them, each with the nearest that does; or nothing is left.
    """
    wanted, unwanted = _words(only), _words(skip)
    if wrong := unknown((*wanted, *unwanted)):
        raise UsageError("; ".join(wrong), hint="agency-scaffold explain lists all rules, tools and formats.")
    formats = {name: rule.FORMAT for name, rule in RULES.items()} | {name: one.format for name, one in TOOLS.items()}

    def chosen(name: str) -> bool:
        named = {name, formats.get(name, name)}
        if name in ALWAYS:
            return name not in unwanted
        if not named.isdisjoint(unwanted):
            return name in wanted and name not in unwanted  # a rule of a format that is skipped otherwise
        return not wanted or not named.isdisjoint(wanted)

    choice = Choice(
        {name: rule for name, rule in RULES.items() if chosen(name)},
        {name: tool for name, tool in TOOLS.items() if chosen(name)},
    )
    if not (choice.rules or choice.tools):
        raise UsageError("nothing is left to check", hint="Take a word out of --skip.")
    return choice


def _words(given: Iterable[str]) -> tuple[str, ...]:
    return tuple(word.strip() for text in given for word in text.split(",") if word.strip())


def unknown(words: Sequence[str], written: Sequence[str] = ()) -> list[str]:
    """What is said of words that no rule, tool or format has, each with the nearest; `written` is how they stand."""
    valid = {*RULES, *TOOLS, *Format}
    wrong = {given: word for word, given in zip(words, written or words, strict=True) if word not in valid}
    near = {given: did_you_mean(word, valid).replace("; did", ", did") for given, word in wrong.items()}
    return [f"there is no check {given}{near[given]}" for given in wrong]
