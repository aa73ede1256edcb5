"""Which name was meant: in time that does not grow with the names."""

from __future__ import annotations

import difflib
from typing import Any

import pytest

from generator.spelling import closest, closest_path

MANY = [f"{word}-{number}" for number in range(1000) for word in ("alpha", "beta", "gamma")]


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many names were compared each time."""
    counts: list[int] = []
    real = difflib.get_close_matches

    def counted(word: str, possibilities: Any, **more: Any) -> list[str]:
        counts.append(len(possibilities))
        return real(word, possibilities, **more)

    monkeypatch.setattr(difflib, "get_close_matches", counted)
    return counts


@pytest.mark.parametrize(
    ("given", "meant"),
    [("alhpa-7", "alpha-7"), ("gamma_999", "gamma-999"), ("aplha-500", "alpha-500")],
)
def test_of_many_names_those_that_begin_or_end_alike_are_compared(given: str, meant: str, compared: list[int]) -> None:
    assert closest(given, MANY) == meant
    assert max(compared) <= 100


def test_few_names_are_all_compared() -> None:
    assert closest("xlphx", ["beta", "alpha"]) == "alpha"
    assert closest("xlphx", []) == closest("beta", ["alpha"]) == ""


def test_of_many_paths_few_are_compared(compared: list[int]) -> None:
    paths = [f"{folder}/page-{number}.md" for folder in ("a", "b") for number in range(1000)]
    assert closest_path("b/pgae-77.md", paths) == "b/page-77.md"
    assert max(compared) <= 100


def test_what_nobody_wrote_by_hand_is_not_compared(compared: list[int]) -> None:
    assert closest("a" * 1_000_000, ["a" * 1_000_000]) == ""
    assert compared == []


def test_a_path_in_the_same_folder_at_the_top_comes_first() -> None:
    paths = ["infrastructure/kubernetes/base/workers", "services/worker", "services/web"]
    assert closest_path("services/workers", paths) == "services/worker"
    assert closest_path("docs/workers", paths) == "infrastructure/kubernetes/base/workers"
