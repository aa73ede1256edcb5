"""Answers that meet: every pair of values that are served is tried, and every row passes all built-in checks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from copy import deepcopy
from functools import cache, partial
from itertools import combinations, product
from pathlib import Path
from typing import Any

import msgspec
import pytest

from generator import new, served
from generator.answers import dotted, rules, service_rules
from generator.answers.keys import keys, listed
from generator.errors import AnswersError
from generator.generation import verify
from tests.support import generated, matrix


@cache
def _offered() -> frozenset[tuple[str, Any]]:
    """Every choice of the contract with every value that is served beside some row."""
    beside = [partial(_answer, msgspec.to_builtins(generated.answers(case))) for case in matrix.paths()]
    choices = [key.name for key in keys() if served.is_choice(key)]
    return frozenset((name, value) for row in beside for name in choices for value in served.offers(name, row))


def _answer(data: dict[str, Any], key: str) -> object:
    return dotted.get(data, key.replace("[]", "[0]"))


@pytest.mark.slow
def test_the_rows_are_those_that_are_made() -> None:
    """Slow, since what the rows must cover is asked below of the rows themselves."""
    assert matrix.rows() == matrix.made(), "write them anew: python -m tests.support.matrix"


def test_every_value_that_is_served_is_in_a_row() -> None:
    tried = set()
    for case in matrix.paths():
        for _, key, value in listed(msgspec.to_builtins(generated.answers(case))):
            if served.is_choice(key):
                tried |= {(key.name, one) for one in (value if key.many else (value,))}
    assert sorted({str(one) for one in _offered() - tried}) == []


def test_every_key_that_has_an_effect_has_two_values_or_more() -> None:
    values: dict[str, set[str]] = {}
    for case in matrix.paths():
        for name, _, value in listed(msgspec.to_builtins(generated.answers(case))):
            values.setdefault(name, set()).add(str(value))
    alone = {name for name, found in values.items() if len(found) == 1 and not name.startswith("services[1]")}
    one_choice = {name for name, count in Counter(name for name, _ in _offered()).items() if count == 1}
    assert {name for name in alone if name.replace("[0]", "[]") not in one_choice} <= {
        "version", "project.name", "project.description", "services[0].name", "services[0].host", "services[0].kind",
        "services[0].version", "services[0].schedule", "deployment.canary_steps", "deployment.canary_minutes",
    }  # fmt: skip


def test_every_two_values_meet_in_a_row_or_cannot() -> None:
    met = {frozenset(pair) for row in matrix.rows() for pair in combinations(row.items(), 2)}
    missing = [
        ((one, a), (other, b))
        for one, other in combinations(matrix.FACTORS, 2)
        for a, b in product(matrix.FACTORS[one], matrix.FACTORS[other])
        if (one, other) != matrix.APART
        and matrix.possible({one: a, other: b})
        and frozenset({(one, a), (other, b)}) not in met
    ]
    assert missing == []


Pair = frozenset[tuple[str, Any]]
"""Two answers to closed choices, each as key and value; two of a service's keys are meant of the same service."""


@cache
def _closed() -> dict[str, set[Any]]:
    """Every key with a closed set of values, and those of them that are served or need nobody to serve them."""
    values = {key.name: set(key.choices) for key in keys() if key.choices and not served.is_choice(key)}
    for name, value in _offered():
        values.setdefault(name, set()).add(value)
    return {name: found for name, found in values.items() if len(found) > 1}


def _pairs(data: dict[str, Any]) -> Iterator[Pair]:
    """The pairs of closed choices that answers have, service by service."""
    given = [
        (n, k.name, v) for n, k, value in listed(data) if k.name in _closed() for v in (value if k.many else (value,))
    ]
    project = [(key, value) for name, key, value in given if not key.startswith("services[]")]
    for number in range(len(data["services"])):
        own = [(key, value) for name, key, value in given if name.startswith(f"services[{number}]")]
        yield from (frozenset(pair) for pair in combinations((*project, *own), 2) if pair[0][0] != pair[1][0])


def _bases() -> Iterator[dict[str, Any]]:
    """What a user would write: a row for each platform and kind of second service."""
    seen = set()
    for case, row in zip(matrix.paths(), matrix.rows(), strict=True):
        sort = (row["platform"].split()[0], row["second"])
        if sort not in seen:
            seen.add(sort)
            yield matrix.raw(case)


def _refused_alone(pair: Pair) -> bool:
    """Whether a rule that reads these two answers and nothing else refuses them: then no other answer helps."""
    given = dict(pair)
    tables = (("", rules.RULES), ("services[].", service_rules.RULES))
    about = [([at + name for name in names], rule) for at, table in tables for names, rule in table]
    return any(list(rule(*map(given.get, names))) for names, rule in about if given.keys() == set(names))


def _taken(pair: Pair) -> bool:
    """Whether the program takes both answers in some row that has these instead of its own."""
    for base in _bases():
        for number in range(len(base["services"])):
            data = deepcopy(base)
            for name, value in pair:
                many = next(key for key in keys() if key.name == name).many
                dotted.put(data, name.replace("[]", f"[{number}]"), [value] if many else value)
            with suppress(AnswersError):
                if pair in set(_pairs(msgspec.to_builtins(served.settle(data)[0]))):
                    return True
    return False


def test_two_choices_of_the_contract_that_the_program_takes_together_are_in_a_row() -> None:
    met = {pair for case in matrix.paths() for pair in _pairs(msgspec.to_builtins(generated.answers(case)))}
    wanted = {
        frozenset({(one, a), (other, b)})
        for (one, some), (other, others) in combinations(_closed().items(), 2)
        for a, b in product(some, others)
    }
    assert len(wanted & met) > 800, "nearly nothing is asked"
    left = [pair for pair in wanted - met if not _refused_alone(pair)]
    assert sorted(str(sorted(map(str, pair))) for pair in left if _taken(pair)) == []


@pytest.mark.parametrize("reason", matrix.IMPOSSIBLE)
def test_what_is_called_impossible_is_refused(reason: str) -> None:
    wanted = matrix.IMPOSSIBLE[reason]
    row = {**next(r for r in matrix.rows() if r["second"] == wanted.get("second", "worker")), **wanted}
    with pytest.raises(AnswersError):
        served.settle(matrix.answers(row))


def _rows() -> Iterator[Any]:
    """Every third row is judged in every run; the others in `make test-all`."""
    for number, path in enumerate(matrix.paths()):
        yield pytest.param(path, id=path.stem, marks=[pytest.mark.slow] if number % 3 else [])


@pytest.mark.parametrize("case", list(_rows()))
def test_a_row_passes_all_built_in_checks(case: Path) -> None:
    generation = new.prepare(Path("/nonexistent"), generated.answers(case), ())
    verdict = verify(generation.rendering)
    assert verdict.findings == ()


BUILT_FOR = {"ecs": ("linux/amd64", "X86_64"), "ecs arm64": ("linux/arm64", "ARM64")}
"""What an image is built for, and what Fargate must have to run it."""


@pytest.mark.parametrize("platform", BUILT_FOR)
def test_ecs_runs_images_on_the_processors_that_they_are_built_for(platform: str) -> None:
    beside_a_job = {"platform": platform, "second": "job"}.items()
    number = next(n for n, row in enumerate(matrix.rows()) if beside_a_job <= row.items())
    files = {path: file.text for path, file in generated.rendering(matrix.path(number)).tree.items()}
    wanted, runs_on = BUILT_FOR[platform]
    assert re.findall(r"platforms: (\S+)", files[".github/workflows/_image.yml"]) == [wanted]
    (runner,) = re.findall(r"runs-on: (\S+)", files[".github/workflows/_image.yml"])
    assert runner.endswith("-arm") == (wanted == "linux/arm64")
    tasks = [path for path in files if path.startswith("infrastructure/ecs/")]
    assert len(tasks) > 1
    for path in (*tasks, "infrastructure/terraform/ecs-tasks.tf", "infrastructure/terraform/ecs-jobs.tf"):
        assert re.findall(r'cpu_?[aA]rchitecture"?\s*[:=]\s*"(\w+)"', files[path]) == [runs_on], path
