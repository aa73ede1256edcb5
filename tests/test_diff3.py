"""The three-way merge of lines, held to the definition and to git."""

import random
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator import diff3
from generator.diff3 import Favour, Hunks

BASE = b"one\ntwo\nthree\nfour\nfive\n"


def test_what_one_side_left_alone_follows_the_other() -> None:
    merged = diff3.merge(BASE, BASE.replace(b"one", b"ONE"), BASE.replace(b"five\n", b"five\nsix\n"))
    assert merged.content == b"ONE\ntwo\nthree\nfour\nfive\nsix\n"
    assert merged.hunks == Hunks(yours=1, ours=1)
    assert merged.conflicts == ()


def test_both_alike_is_no_conflict() -> None:
    both = BASE.replace(b"three", b"3")
    assert diff3.merge(BASE, both, both).hunks == Hunks(same=1)


def test_a_conflict_stands_between_markers_and_is_counted() -> None:
    merged = diff3.merge(BASE, BASE.replace(b"three", b"mine"), BASE.replace(b"three", b"ours"))
    assert merged.content == (
        b"one\ntwo\n<<<<<<< yours\nmine\n||||||| generated before\nthree\n=======\nours\n>>>>>>> generated now\n"
        b"four\nfive\n"
    )
    assert merged.hunks == Hunks(conflicts=1)
    assert merged.conflicts == (3,)
    assert merged.content.split(b"\n")[merged.conflicts[0] - 1] == diff3.LABELS[0]


@pytest.mark.parametrize(("favour", "word"), [(Favour.YOURS, b"mine"), (Favour.OURS, b"ours")])
def test_a_conflict_may_be_settled_for_one_side(favour: Favour, word: bytes) -> None:
    merged = diff3.merge(BASE, BASE.replace(b"three", b"mine"), BASE.replace(b"three", b"ours"), favour)
    assert merged.content == BASE.replace(b"three", word)
    assert merged.hunks == Hunks(settled=1)


def test_a_marker_begins_a_line_where_the_last_one_is_not_ended() -> None:
    merged = diff3.merge(b"a\n", b"b", b"c")
    assert merged.content.split(b"\n")[:2] == [b"<<<<<<< yours", b"b"]


def edited(lines: list[bytes], chance: random.Random) -> list[bytes]:
    lines = list(lines)
    for _ in range(chance.randint(0, 4)):
        place = chance.randrange(len(lines) + 1)
        kind = chance.random()
        if kind < 0.5:
            lines[place:place] = [b"new %d\n" % chance.randrange(1000)]
        elif kind < 0.8:
            lines[place : place + 1] = [b"other %d\n" % chance.randrange(1000)]
        else:
            del lines[place : place + chance.randint(1, 3)]
    if lines and chance.random() < 0.15:
        lines[-1] = lines[-1].rstrip(b"\n")
    return lines


def test_byte_equal_to_git_where_no_line_stands_twice(tmp_path: Path) -> None:
    chance = random.Random(7)
    conflicts = 0
    for _ in range(150):
        base = [b"%d\n" % number for number in range(chance.randint(0, 30))]
        texts = [b"".join(side) for side in (edited(base, chance), base, edited(base, chance))]
        for name, text in zip("ybo", texts, strict=True):
            (tmp_path / name).write_bytes(text)
        labels = [word for label in ("yours", "generated before", "generated now") for word in ("-L", label)]
        done = subprocess.run(
            ["git", "merge-file", "-p", "--diff3", *labels, "y", "b", "o"],
            cwd=tmp_path,
            capture_output=True,
            check=False,
        )
        merged = diff3.merge(texts[1], texts[0], texts[2])
        assert merged.content == done.stdout
        assert len(merged.conflicts) == done.returncode
        conflicts += bool(merged.conflicts)
    assert 20 < conflicts < 130, "both ways were tried"


LINES = st.lists(st.sampled_from([b"a\n", b"b\n", b"c\n", b"\n", b"d\r\n"]), max_size=12).map(b"".join)


@given(LINES, LINES, LINES)
def test_no_line_of_either_side_is_lost(base: bytes, yours: bytes, ours: bytes) -> None:
    """What a side added stands in the result as often as it added it, at least."""
    merged = diff3.merge(base, yours, ours)
    for side in (yours, ours):
        for line in set(side.split(b"\n")):
            added = side.split(b"\n").count(line) - base.split(b"\n").count(line)
            assert added <= 0 or merged.content.count(line) >= added


@given(LINES, LINES)
def test_with_one_side_as_the_base_the_other_comes_out(base: bytes, other: bytes) -> None:
    assert diff3.merge(base, other, base).content == other
    assert diff3.merge(base, base, other).content == other
    assert diff3.merge(base, other, other).content == other
