"""Of several places the stronger one wins, and the other is named; where equals contradict each other, none does."""

from __future__ import annotations

from generator.assess.evidence import Evidence, Strength, weigh


def shown(value: object, strength: int, line: int = 1, key: str = "port") -> Evidence:
    return Evidence(key, value, "file", line, "somewhere", strength)


def test_the_stronger_wins_and_the_other_is_named() -> None:
    (fact,), unclear = weigh(
        [shown(1, Strength.DECLARED, 1), shown(2, Strength.STARTS, 2), shown(3, Strength.DEFAULT, 3)]
    )
    assert (fact.value, fact.line, unclear) == (2, 2, [])
    assert [(other.value, other.line) for other in fact.others] == [(1, 1), (3, 3)]


def test_equals_that_contradict_each_other_leave_it_open() -> None:
    facts, (unclear,) = weigh(
        [shown(1, Strength.DECLARED, 1), shown(2, Strength.DECLARED, 2), shown(3, Strength.USUAL)], "x."
    )
    assert facts == []
    assert unclear.key == "x.port"
    assert [other.value for other in unclear.says] == [1, 2]


def test_equals_that_agree_are_one_fact() -> None:
    (fact,), unclear = weigh([shown(1, Strength.DECLARED, 7), shown(1, Strength.DECLARED, 3)])
    assert (fact.value, fact.line, fact.others, unclear) == (1, 3, (), [])


def test_what_is_only_usual_says_nothing_against_what_is_written() -> None:
    (fact,), _ = weigh([shown(1, Strength.DECLARED), shown(2, Strength.USUAL + 5)])
    assert fact.others == ()


def test_a_version_that_says_less_agrees() -> None:
    (fact,), _ = weigh(
        [shown("1.90.0", Strength.FIXED), shown("1.90", Strength.DECLARED), shown("1.9", Strength.DECLARED - 1)]
    )
    assert [other.value for other in fact.others] == ["1.9"]
