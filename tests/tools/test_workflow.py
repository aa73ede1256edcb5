"""What tests/support/workflow.py reckons is what GitHub reckons."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.support.workflow import filled, holds, outputs, reckon

KNOWN: Final[dict[str, Any]] = {
    "github": {"ref": "Main", "event": {"labels": [{"name": "A"}, {"colour": "red"}], "label": None, "number": 7}}
}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("github.ref == 'main'", True),
        ("github.event.label.name", None),
        ("github.event.label == ''", True),
        ("github.event.label && 'a' || 'b'", "b"),
        ("contains(github.event.labels.*.name, 'a')", True),
        ("contains(github.event.labels.*.colour, 'a')", False),
        ("contains('abc', 'B')", True),
        ("github.event.number == '7'", True),
        ("github['event'].number != 8", True),
        ("'it''s' == 'it''s' && !false", True),
        ("true || false && false", True),
        ("format('{0}-{1}', github.ref, 7)", "Main-7"),
    ],
)
def test_values(expression: str, value: object) -> None:
    assert reckon(expression, KNOWN) == value


@pytest.mark.parametrize("expression", ["github.event.number > 6", "fromJSON('1')", "inputs.x", "'a' 'b'", "(true"])
def test_what_is_not_known_is_no_guess(expression: str) -> None:
    with pytest.raises((ValueError, IndexError)):
        reckon(expression, KNOWN)


@pytest.mark.parametrize(
    ("condition", "before", "cancelled", "runs"),
    [
        (None, (), False, True),
        (None, ("success",), False, True),
        (None, ("skipped",), False, False),
        ("true", ("failure",), False, False),
        ("${{ failure() }}", ("failure",), False, True),
        ("${{ !cancelled() && true }}", ("skipped",), False, True),
        ("${{ !cancelled() }}", ("cancelled",), True, False),
        ("always()", ("cancelled",), True, True),
    ],
)
def test_conditions(condition: str | None, before: tuple[str, ...], cancelled: bool, runs: bool) -> None:
    assert holds(condition, KNOWN, before, cancelled) is runs


def test_texts() -> None:
    assert filled("a ${{ github.event.number }} ${{ github.event.label }}|", KNOWN) == "a 7 |"
    assert outputs("url=https://w\nurls<<END\n- a\n- b\nEND\n") == {"url": "https://w", "urls": "- a\n- b"}
