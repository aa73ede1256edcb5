"""What makes a tree one of ours is the same for all rules."""

from __future__ import annotations

import pytest

from generator.checks.models.ours import is_ours
from generator.checks.source import Sources
from generator.tree import File, Tree


@pytest.mark.parametrize(
    ("path", "ours"),
    [
        ("agency-scaffold.yml", True),
        (".agency/scaffold/lock", True),
        (".agency/scaffold/todo.yml", True),
        ("main.tf", False),
    ],
)
def test_answers_or_what_lies_beside_them_make_a_tree_ours(path: str, ours: bool) -> None:
    assert is_ours(Sources(Tree({path: File(b"")}))) is ours
