"""One typing mistake in any name of a Terraform file is found, in the line where it was made.

The names come from a plain walk of the syntax (`tests/support/hcl_words.py`), which knows nothing of what our rules look at. What
may be called otherwise without harm stands in FREE, with its reason.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from generator.checks import RULES
from generator.checks.models.terraform_language import LANGUAGE
from generator.checks.models.terraform_spots import SECTIONS
from generator.tree import File, Tree
from tests.support import generated
from tests.support.hcl_words import Word, words
from tests.support.judge import judge

TERRAFORM: Final = tuple(rule for rule in RULES if rule.startswith(("terraform-", "hcl-")))
LANGUAGE_FOLDER: Final = Path(__file__).parent / "language"
CASES: Final = {
    "kubernetes": generated.CASES / "example.yml",
    "ecs": generated.TEMPLATES / "ecs/tests/cases/example.yml",
    "language": LANGUAGE_FOLDER,
}
"""Two generated repositories, and a folder with every block that the language has."""

HIDES: Final = "required_providers"
"""Without it no type belongs to a provider: mistakes in other files of the folder would hide."""

MOST_HIDDEN: Final = 0.05
"""Which part of the mistakes of one round may hide behind others, as in references to what is misspelt where it is declared."""

STEPS: Final = {
    "var": 1, "local": 1, "each": 1, "count": 1, "path": 1, "terraform": 1, "self": 1, "aws": 1,
    "module": 2, "data": 3, "ephemeral": 3,
}  # fmt: skip
"""By the root of a reference: how many names after it Terraform must know; after the name of an object there is one."""

FREE: Final[dict[str, Callable[[Word], bool]]] = {
    "an object's keys are its author's, but those that Terraform reads": lambda w: (
        w.kind == "key" and w.argument != "providers" and w.blocks not in {("terraform", HIDES), ("provider",)}
    ),
    "an iterator and a configuration of the caller are called so here; where they are used is looked at": lambda w: (
        w.argument == "iterator" or (w.blocks == ("terraform", HIDES) and w.kind == "step")
    ),
    "what `for` binds has any name; where it is used is looked at": lambda w: w.kind == "bound",
    "the second label names an object; references to it are looked at": lambda w: w.kind == "label" and bool(w.before),
    "outputs, calls and checks have any name; references to them are looked at": lambda w: (
        w.kind == "label" and w.blocks[-1] in {"output", "module", "check"}
    ),
    "fields of a value depend on the value": lambda w: w.kind == "step" and len(w.before) > STEPS.get(w.before[0], 0),
    "what has moved or was removed is not there": lambda w: w.argument == "from" and w.kind in {"root", "step"},
}
"""What is not looked for: the reason, and which names it holds for."""

LEAST: Final = {
    "block": 12, "block in a block": 18, "argument": 35, "argument in a block": 30, "label": 18, "root": 35, "step": 35,
    "function": 3, "key": 8, "within dynamic": 9,
}  # fmt: skip
"""How many names of each sort a case has at the least: a walk that loses some of them fails."""


def sort(word: Word) -> str:
    """What kind of name it is, and whether it stands in a block in a block."""
    if "dynamic" in word.blocks and word.kind in {"argument", "block"}:
        return "within dynamic"
    nested = {"argument": 1, "block": 0}.get(word.kind, 9) < len(word.blocks)
    return f"{word.kind} in a block" if nested else word.kind


@cache
def terraform(case: str) -> Tree:
    """The Terraform files of a case, but its tests."""
    path = CASES[case]
    if path == LANGUAGE_FOLDER:
        return Tree((p.relative_to(path).as_posix(), File(p.read_bytes())) for p in sorted(path.rglob("*.tf")))
    tree = generated.rendering(path).tree
    return Tree((name, file) for name, file in tree.items() if name.endswith((".tf", ".tfvars", ".hcl")))


@cache
def walked(case: str) -> dict[str, list[Word]]:
    """By file: all names."""
    return {path: list(words(path, file.text)) for path, file in terraform(case).items() if path.endswith(".tf")}


@cache
def named(case: str) -> dict[str, list[Word]]:
    """By file: all names that must be right."""
    found = walked(case)
    types = {
        w.name for ws in found.values() for w in ws if w.kind == "label" and not w.before and w.blocks[-1] == "resource"
    }
    return {
        path: [w for w in ws if _of_an_object(w, types) or not any(free(w) for free in FREE.values())]
        for path, ws in found.items()
    }


def _of_an_object(word: Word, types: set[str]) -> bool:
    """Whether it is the name or the first attribute in a reference to a resource."""
    moved = FREE["what has moved or was removed is not there"]
    return word.kind == "step" and word.before[0] in types and len(word.before) <= 2 and not moved(word)


def misspell(name: str, chance: random.Random) -> str:
    """The name with one typing mistake."""
    at = chance.randrange(len(name))
    swapped = name[:at] + name[at + 1 : at + 2] + name[at] + name[at + 2 :]
    made = chance.choice([name[:at] + name[at] + name[at:], name[:at] + name[at + 1 :], swapped])
    return made if made not in (name, "") else name + "x"


def mistake(word: Word, known: set[str], chance: random.Random) -> str:
    """A misspelling that is no other name by accident; a second mistake in it where all with one are names."""
    wrong = misspell(word.name, chance)
    while wrong in known or not re.fullmatch(r"[a-zA-Z_][\w-]*", wrong):
        wrong = misspell(chance.choice([word.name, wrong]), chance)
    return wrong


def written(file: File, word: Word, wrong: str) -> File:
    """The file with another name in place of the word."""
    lines = file.content.split(b"\n")
    line, at, end = lines[word.line - 1], word.column - 1, word.column - 1 + len(word.name.encode())
    assert line[at:end] == word.name.encode()
    lines[word.line - 1] = line[:at] + wrong.encode() + line[end:]
    return File(b"\n".join(lines))


def chosen(found: list[Word], chance: random.Random) -> Word:
    """A word of a sort that the file has: rare sorts come as often as others."""
    which = chance.choice(sorted({sort(word) for word in found}))
    return chance.choice([word for word in found if sort(word) == which])


@pytest.mark.parametrize("case", CASES)
def test_the_walk_sees_names_of_every_sort(case: str) -> None:
    count = Counter(sort(word) for found in named(case).values() for word in found)
    assert {name: count[name] for name, least in LEAST.items() if count[name] < least} == {}
    assert set(count) == set(LEAST)


def test_every_block_of_the_language_is_misspelt() -> None:
    there = {word.name for word in named("language")["main.tf"] if word.kind == "block" and not word.blocks}
    assert there == {*LANGUAGE, *SECTIONS, "provider"}


def test_the_language_as_it_is_has_no_findings() -> None:
    assert judge(terraform("language"), TERRAFORM).findings == ()


@pytest.mark.parametrize("reason", FREE)
def test_what_is_free_is_there(reason: str) -> None:
    assert any(FREE[reason](word) for case in CASES for found in walked(case).values() for word in found)


@pytest.mark.parametrize("rounds", [4, pytest.param(40, marks=pytest.mark.slow)])
@pytest.mark.parametrize("case", ["kubernetes", "ecs"])
def test_a_misspelt_name_is_found(case: str, rounds: int) -> None:
    """One mistake in each file at a time. What hides behind another is found once that one is put right."""
    chance = random.Random(20261124 + rounds)
    known = {HIDES, *(word.name for found in named(case).values() for word in found)}
    for _ in range(rounds):
        files, made = dict(terraform(case)), []
        for path, found in named(case).items():
            word = chosen([word for word in found if word.name != HIDES], chance)
            wrong = mistake(word, known, chance)
            files[path] = written(files[path], word, wrong)
            known.add(wrong)
            made.append((word, wrong))
        hidden = unfound(files, made)
        assert len(hidden) < len(made) * MOST_HIDDEN
        mended = {path: terraform(case)[path] for path in files.keys() - {word.path for word, _ in hidden}}
        assert unfound({**files, **mended}, hidden) == []


def unfound(files: dict[str, File], made: list[tuple[Word, str]]) -> list[tuple[Word, str]]:
    """Which mistakes no finding stands at."""
    places = {(f.path, f.line) for f in judge(Tree(files), TERRAFORM).findings} if made else set()
    return [(word, wrong) for word, wrong in made if (word.path, word.line) not in places]


def test_every_misspelt_name_of_the_language_is_found() -> None:
    chance = random.Random(20261124)
    known = {word.name for found in named("language").values() for word in found}
    missed = []
    for path, found in named("language").items():
        for word in found:
            wrong = mistake(word, known, chance)
            tree = Tree({**terraform("language"), path: written(terraform("language")[path], word, wrong)})
            if (path, word.line) not in {(f.path, f.line) for f in judge(tree, TERRAFORM).findings}:
                missed.append((word, wrong))
    assert missed == []
