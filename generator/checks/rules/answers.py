"""The answers are valid, and served

`agency-scaffold.yml` is what the next `agency-scaffold update` works from: with a name that is misspelt or a value
that cannot be had it stops there. `docs/reference/answers.md` lists what there is.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator import places
from generator.answers import dotted
from generator.answers.load import parse
from generator.answers.migrate import migrate
from generator.checks.formats import yaml
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, text
from generator.errors import AnswersError, Problem, ScaffoldError
from generator.spelling import Guess

FORMAT = Format.YAML


def files(sources: Sources) -> list[str]:
    return [places.ANSWERS_FILE] if places.ANSWERS_FILE in sources.tree else []


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    from generator.served import settle  # noqa: PLC0415 -- the components, which other repositories need not

    parsed = yaml.parse(sources, path)
    if parsed.syntax or parsed.bomb or parsed.duplicates:
        return  # the rules of YAML say so
    try:
        settle(migrate(parse(text(sources, path), path), path))
    except AnswersError as error:
        yield from (_flaw(sources, path, problem) for problem in error.problems)
    except ScaffoldError as error:
        yield Flaw(1, error.message, error.hint)


def _flaw(sources: Sources, path: str, problem: Problem) -> Flaw:
    """A problem, at the key that it is about, or at the nearest one above."""
    steps = list(dotted.steps(problem.key))
    root = yaml.root(sources, path)
    *above, last = steps
    node = root.at(*above).key(str(last)) or next(
        (found for n in range(len(above), 0, -1) if (found := root.at(*above[:n]))), root
    )
    return at(node, f"{problem.key}: {problem.message}", problem.fix, Guess(problem.nearest))
