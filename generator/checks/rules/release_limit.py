"""Releases are judged by the limits of the answers

How many errors, how long an answer and how many minutes a release is watched: the answers say it, and the release
scripts (`scripts/lib/*.env.sh`) and the alarms of ECS (`release_limits`) have it in their own units. Where one of them
has another number, a bad release is kept or a good one undone. So are the time that ECS keeps old tasks and its steps
held to what `ecs-strategy.tf` says. Judged in repositories that agency-scaffold generated.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from generator.checks.formats import hcl, yaml
from generator.checks.models import release_table
from generator.checks.models.ours import is_ours
from generator.checks.models.release_table import PATH, STRATEGY, Row
from generator.checks.models.terraform_settings import certain
from generator.checks.rule import Flaw, Format, Point, at
from generator.checks.source import Sources
from generator.places import ANSWERS_FILE

FORMAT = Format.SHELL

_SHIFTING: Final = "scripts/lib/shifting.env.sh"
_STRATEGY: Final = "infrastructure/terraform/ecs-strategy.tf"
_LIMITS: Final = "infrastructure/terraform/ecs-variables.tf"
_TABLE: Final = (
    (PATH, "RELEASE_MAX_ERROR_RATE", "max_error_rate", 1),
    (PATH, "RELEASE_MAX_P95_MS", "max_p95_ms", 1),
    (PATH, "RELEASE_BAKE_SECONDS", "bake_minutes", 60),
    (STRATEGY, "RELEASE_STEPS_SECONDS", "canary_minutes", 60),
    (_SHIFTING, "RELEASE_PAUSE_SECONDS", "canary_minutes", 60),
    (_LIMITS, "error_percent", "max_error_rate", 100),
    (_LIMITS, "p95_seconds", "max_p95_ms", 0.001),
)
"""File, name there, key below `deployment` of the answers, and by how much its number is multiplied."""
_PARTS: Final[tuple[tuple[str, str, tuple[str, str], Callable[[str], bool]], ...]] = (
    (PATH, "RELEASE_DATABASE", ("data", "database"), lambda given: given != "none"),
    (PATH, "RELEASE_PROMETHEUS", ("monitoring", "backend"), lambda given: given == "prometheus"),
)  # fmt: skip
"""File, name there, key of the answers, and whether it is there."""
_MOVED: Final = (
    ("bakeTimeInMinutes", "bake_minutes"),
    ("canaryPercent", "percent"),
    ("stepPercent", "percent"),
    ("canaryBakeTimeInMinutes", "pause_minutes"),
    ("stepBakeTimeInMinutes", "pause_minutes"),
)
"""Keys of RELEASE_SHIFT, and of the Terraform that says the same."""


def files(sources: Sources) -> list[str]:
    known = (PATH, STRATEGY, _SHIFTING, _LIMITS) if is_ours(sources) and ANSWERS_FILE in sources.tree else ()
    return [path for path in known if path in sources.tree]


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    answers = yaml.root(sources, ANSWERS_FILE)
    for file, name, key, factor in _TABLE:
        told = answers.at("deployment", key)
        in_parts = answers.at("deployment", "strategy").text == "canary"
        wanted = _number(told.text)
        if wanted is None or file != path or (key == "canary_minutes" and not in_parts):
            continue
        for place, given in _given(sources, path, name):
            if _number(given) is not None and abs(float(given) - wanted * factor) > 1e-6 * wanted * factor:
                message = (
                    f"{name} is {given}, where deployment.{key} of the answers is {told.text} ({_line(told.line)})"
                )
                yield at(place, message, _fix(f"{wanted * factor:.10g}"))
    for file, name, way, is_there in _PARTS:
        told = answers.at(*way)
        for place, given in _given(sources, path, name) if told and file == path else ():
            wanted_word = "yes" if is_there(told.text) else "no"
            if given in {"yes", "no"} and given != wanted_word:
                message = f"{name} is {given}, where {'.'.join(way)} of the answers is {told.text} ({_line(told.line)})"
                yield at(place, message, _fix(wanted_word))
    if path == _SHIFTING:
        yield from _shifting(sources)


def _line(number: int) -> str:
    return f"{ANSWERS_FILE}:{number}"


def _fix(value: str) -> str:
    return f"Write {value}; if it was changed on purpose, change it in {ANSWERS_FILE}, too."


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\d{1,12}(?:\.\d{1,12})?", text) else None


def _given(sources: Sources, path: str, name: str) -> Iterator[tuple[Point, str]]:
    """A value and where it stands, in a script or as the usual one of a variable of Terraform."""
    if path != _LIMITS:
        for row in release_table.rows(sources, path, name):
            yield Point(row.line, row.column(0)), row.word(0)
        return
    for block in hcl.parse(sources, path).body.of("variable"):
        default = block.body.get("default") if block.name == "release_limits" else None
        for key, place, value in hcl.entries(hcl.unwrap(default.value)) if default else ():
            if key == name:
                yield Point(*hcl.place(place)), hcl.literal(hcl.unwrap(value)) or ""


def _shifting(sources: Sources) -> Iterator[Flaw]:
    """What the scripts know of how ECS moves requests, held to the Terraform that says it to ECS."""
    shift = _shift(sources)
    for row in release_table.rows(sources, _SHIFTING, "RELEASE_KEPT_MINUTES"):
        yield from _held(row, "RELEASE_KEPT_MINUTES", row.word(0), shift.get("bake_minutes"))
    for row in release_table.rows(sources, _SHIFTING, "RELEASE_SHIFT"):
        try:
            given = json.loads(" ".join(row.words))
        except ValueError:
            continue
        flat = {**given, **{k: v for one in given.values() if isinstance(one, dict) for k, v in one.items()}}
        for key, name in _MOVED:
            yield from _held(row, key, str(flat.get(key, "")), shift.get(name))


def _shift(sources: Sources) -> dict[str, Any]:
    for block in hcl.parse(sources, _STRATEGY).body.of("locals") if _STRATEGY in sources.tree else ():
        given = block.body.get("shift")
        found = certain(sources, _STRATEGY, given.value) if given else None
        if isinstance(found, dict):
            return dict(found.items())
    return {}


def _held(row: Row, key: str, given: str, wanted: Any) -> Iterator[Flaw]:
    if isinstance(wanted, int | float) and _number(given) is not None and float(given) != wanted:
        message = f"{key} is {given}, where {_STRATEGY} has {wanted:g}"
        yield at(Point(row.line, row.columns[0]), message, f"Write {wanted:g}, or change both.")
