"""The targets of `scaffold.mk`, and how they are shown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from generator.component import Answers
from generator.formats import to_make
from generator.parts import MakeTarget

from .markdown import prose, table
from .words import WORDS


@dataclass(frozen=True)
class Required:
    """A make variable that some target needs."""

    name: str
    check: str
    """The make expression that ends make with a message where the variable is missing or wrong."""


@dataclass(frozen=True)
class Target:
    """A target of `scaffold.mk`; `prerequisites` begins with a space where there are any."""

    name: str
    help: str
    prerequisites: str
    recipe: tuple[str, ...]


def target_of(target: MakeTarget, names: Sequence[str]) -> Target:
    first = [f"scaffold-require-{name}" for name in target.requires]
    needed = [*first, *(f"infra-{need}" for need in target.needs if need in names)]
    recipe = (re.sub(r"\$\(([A-Z_]+)\)", r"$(call scaffold_given,\1)", entry) for entry in target.recipe)
    lines = tuple(line for entry in recipe for line in entry.replace("\n", "\n\t").split("\n"))
    return Target(target.name, target.help, "".join(f" {name}" for name in needed), lines)


def _usage(target: MakeTarget, answers: Answers) -> str:
    examples = WORDS["example"] | {"ENV": answers.environments[0]}
    return " ".join([f"make infra-{target.name}", *(f"{v}={examples.get(v, '<value>')}" for v in target.requires)])


def help_lines(targets: Sequence[MakeTarget], answers: Answers) -> Iterator[str]:
    """The lines of `make help`: groups in their order, descriptions aligned."""
    rows = {"local": [("help", "Show this list")]} if not targets else {}
    for target in targets:
        shown = " ".join([target.name, *(f"{name}=" for name in target.requires)])
        rows.setdefault(target.group, []).append((shown, target.help))
    width = max(len(shown) for group in rows.values() for shown, _ in group)
    yield "Usage: make TARGET [NAME=value ...]"
    yield "Each is also infra-TARGET, which is ours even where the Makefile has a target of the same name."
    for group, lines in rows.items():
        yield ""
        yield WORDS["targets"][group]
        for shown, text in lines:
            yield f"  {shown:<{width}}  {text}"
    yield ""
    yield f"ENV is one of: {' '.join(answers.environments)}"


def check_of(name: str, answers: Answers) -> str:
    if name == "ENV":
        names = " ".join(answers.environments)
        given = "$(call scaffold_given,ENV)"
        ok = f"$(and $(filter 1,$(words {given})),$(filter {names},{given}))"
        example = answers.environments[0]
        return f"$(if {ok},,$(error ENV must be one of: {names}, on the command line (such as ENV={example})))"
    example = WORDS["example"].get(name, "<value>")
    missing = f"{name} is not set on the command line (such as {name}={to_make(example)})"
    return f"$(if $(strip $(call scaffold_given,{name})),,$(error {missing}))"


def commands_table(targets: Sequence[MakeTarget], answers: Answers) -> str:
    rows = [(f"`{_usage(t, answers)}`", prose(t.help)) for t in targets]
    return table(("Command", "What it does"), [("`make infra-help`", "Show this list"), *rows])
