"""Names that services may not have."""

from __future__ import annotations

import pytest

from generator import taken
from generator.answers.read import convert


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        (["web"], {}),
        (["taken"], {0: "taken-app"}),
        # What is behind a name does not take the prefix away.
        (["web", "pr-1"], {1: "app-pr-1"}),
        (["api", "api-seed"], {1: "api-seed-app"}),
        (["api-seed", "api"], {0: "api-seed-app"}),
        # A suffix alone takes nothing.
        (["api-seed", "web"], {}),
        (["api", "seed-api", "apiseed"], {}),
        (["p" + 27 * "x", "p" + 27 * "x" + "-a"], {}),
        (["pr-" + 27 * "x"], {0: "app-pr-" + 23 * "x"}),
    ],
)
def test_names_prefixes_and_suffixes_are_refused_with_a_name_that_is_free(
    given: list[str], refused: dict[int, str]
) -> None:
    answers = convert({"project": {"name": "shop"}, "services": [{"name": name} for name in given]})
    found = list(taken.clashes(answers, "why", names={"taken"}, prefixes={"pr-"}, suffixes={"-seed"}))
    assert {(p.key, p.message) for p in found} == {(f"services[{n}].name", "why") for n in refused}
    assert [p.nearest for p in found] == list(refused.values())
