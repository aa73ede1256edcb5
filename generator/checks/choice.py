"""Which checks run: chosen by name or by format."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Final

from generator.checks import RULES, Rule
from generator.checks.consequences import BROKEN
from generator.checks.external import TOOLS, Tool
from generator.checks.models import file_formats
from generator.checks.rule import Format
from generator.checks.source import Sources
from generator.errors import UsageError
from generator.spelling import closest

ALWAYS: Final = BROKEN | {"readable"}
"""What cannot be read or parsed is told whichever checks were chosen: no other rule could judge it."""

_CALLED: Final = {
    "actions": Format.GITHUB, "alertmanager": Format.PROMETHEUS, "cfn": Format.CLOUDFORMATION, "compose": Format.DOCKER,
    "docker-compose": Format.DOCKER, "dockerfile": Format.DOCKER, "github-actions": Format.GITHUB,
    "hcl": Format.TERRAFORM, "k8s": Format.KUBERNETES, "makefile": Format.MAKE, "manifests": Format.KUBERNETES,
    "md": Format.MARKDOWN, "opentofu": Format.TERRAFORM, "sam": Format.CLOUDFORMATION, "sh": Format.SHELL,
    "tf": Format.TERRAFORM, "tofu": Format.TERRAFORM, "workflows": Format.GITHUB, "yml": Format.YAML,
}  # fmt: skip
"""What else people call the formats."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The checks that run."""

    rules: Mapping[str, Rule]
    tools: Mapping[str, Tool]
    only: frozenset[str] = frozenset()
    skip: frozenset[str] = frozenset()

    @property
    def whole(self) -> bool:
        """Whether these are all."""
        return not (self.only or self.skip)

    def takes(self, sources: Sources, rule: str, path: str) -> bool:
        """Whether a rule judges a file: a format chooses by what the file is."""
        if (self.only | self.skip).isdisjoint(Format):
            return True
        return _is_chosen(rule, file_formats.at(sources, RULES[rule].FORMAT, path), self.only, self.skip)


def choose(only: Sequence[str] = (), skip: Sequence[str] = ()) -> Choice:
    """The checks that `only` names (all when it names none) without those of `skip`.

    Each word is a rule, a tool or a format, or several with commas between them.

    Raises:
        UsageError: Words that name nothing, all of them, each with the nearest that does; or nothing is left.
    """
    wanted, unwanted = frozenset(_words(only)), frozenset(_words(skip))
    if wrong := unknown([*_words([*only, *skip])]):
        raise UsageError("; ".join(wrong), hint="agency-scaffold explain lists all rules, programs and formats.")

    def may(name: str, *formats: Format) -> bool:
        return any(_is_chosen(name, frozenset((one,)), wanted, unwanted) for one in formats)

    choice = Choice(
        {name: rule for name, rule in RULES.items() if may(name, rule.FORMAT, *_elsewhere(rule.FORMAT))},
        {name: tool for name, tool in TOOLS.items() if may(name, tool.format)},
        wanted,
        unwanted,
    )
    every = {**choice.rules, **choice.tools}
    if not every or (wanted and all(_runs_anyway(name, wanted, unwanted) for name in every)):
        raise UsageError("nothing is left to check", hint="Take a word out of --skip.")
    return choice


def _is_chosen(name: str, formats: Set[str], only: Set[str], skip: Set[str]) -> bool:
    """Whether a check is chosen where it is of these formats."""
    if name in ALWAYS:
        return name not in skip
    return _is_asked(name, formats, only, skip)


def _runs_anyway(name: str, only: Set[str], skip: Set[str]) -> bool:
    """Whether nobody asked for a check, which runs all the same."""
    return name in ALWAYS and not _is_asked(name, {RULES[name].FORMAT}, only, skip)


def _is_asked(name: str, formats: Set[str], only: Set[str], skip: Set[str]) -> bool:
    """The same of a check that is not run anyway."""
    if name in skip:
        return False
    if formats <= skip:
        return name in only  # a rule of a format that is skipped otherwise
    return not only or name in only or not formats.isdisjoint(only)


def _elsewhere(own: Format) -> Set[Format]:
    """The formats of other files that a rule of a format may judge."""
    return set(Format) - file_formats.SYNTAX if own is not Format.TEXT else set()


def _words(given: Iterable[str]) -> dict[str, None]:
    return dict.fromkeys(word.strip() for text in given for word in text.split(",") if word.strip())


def unknown(words: Sequence[str], written: Sequence[str] = ()) -> list[str]:
    """What is said of words that no rule, tool or format has, each with the nearest; `written` is how they stand."""
    valid = {*RULES, *TOOLS, *Format}
    wrong = {given: word for word, given in zip(words, written or words, strict=True) if word not in valid}
    return [f"there is no check {given}{_rather(word, valid)}" for given, word in wrong.items()]


def _rather(word: str, valid: Set[str]) -> str:
    """What is to be chosen instead of a word that names nothing."""
    program = word.partition("/")[0]
    if program in TOOLS:
        return f", choose {program}: a program runs with all of its own rules"
    near = _CALLED.get(word.lower()) or closest(word, valid)
    return f", did you mean {near}?" if near else ""
