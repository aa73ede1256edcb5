"""One file, three ways: content, line ends, the right to execute, and what cannot be merged."""

import pytest

from generator.diff3 import Hunks
from generator.merge import conflicts, has_markers, merge, pristine
from generator.tree import File

BASE = File(b"one\ntwo\nthree\nfour\n")
NEW = File(b"one\ntwo\nthree\nFOUR\n")
MARKERS = b"<<<<<<< HEAD\na\n=======\nb\n>>>>>>> other\n"


def test_an_untouched_file_becomes_the_new_one() -> None:
    assert merge(BASE, BASE, NEW).file == NEW


def test_an_edit_stays_and_ours_goes_in() -> None:
    merged = merge(BASE, File(b"ONE\ntwo\nthree\nfour\n"), NEW)
    assert merged.file.content == b"ONE\ntwo\nthree\nFOUR\n"
    assert merged.hunks == Hunks(yours=1, ours=1)


def test_a_file_of_crlf_is_merged_and_keeps_them() -> None:
    merged = merge(BASE, File(b"ONE\r\ntwo\r\nthree\r\nfour\r\n"), NEW)
    assert merged.file.content == b"ONE\r\ntwo\r\nthree\r\nFOUR\r\n"
    assert merge(BASE, File(BASE.content.replace(b"\n", b"\r\n")), NEW).file.content == NEW.content.replace(
        b"\n", b"\r\n"
    )
    assert pristine(BASE.content, BASE.content.replace(b"\n", b"\r\n"))
    assert not pristine(BASE.content, BASE.content.replace(b"\n", b"\r\n", 1)), "mixed ones are an edit"


def test_what_we_make_with_crlf_is_merged_as_it_is() -> None:
    ours = [File(text.replace(b"\n", b"\r\n")) for text in (BASE.content, b"ONE\ntwo\nthree\nfour\n", NEW.content)]
    merged = merge(*ours)
    assert merged.file.content == b"ONE\r\ntwo\r\nthree\r\nFOUR\r\n"
    assert merged.hunks == Hunks(yours=1, ours=1)
    assert not pristine(ours[0].content, BASE.content), "nor is it as we made it without"


def test_a_file_without_a_final_newline() -> None:
    merged = merge(BASE, File(b"ONE\ntwo\nthree\nfour"), File(b"one\ntwo\n2.5\nthree\nfour\n"))
    assert merged.file.content == b"ONE\ntwo\n2.5\nthree\nfour"


@pytest.mark.parametrize(
    ("base", "there", "new", "result"),
    [
        (False, False, True, True),
        (True, True, False, False),
        (False, True, False, True),
        (True, False, True, False),
        (False, True, True, True),
    ],
)
def test_the_right_to_execute_is_merged_like_content(base: bool, there: bool, new: bool, result: bool) -> None:
    files = (File(b"a\n", base), File(b"a\nmine\n", there), File(b"ours\na\n", new))
    assert merge(*files).file.executable is result


@pytest.mark.parametrize(
    ("there", "reason"),
    [
        (b"one\0", "a binary file, which you changed"),
        (b"x\n" + MARKERS, "a conflict is left in it"),
        (b"x\n" * 20_001, "more than 20,000 lines, which are not merged"),
    ],
)
def test_what_cannot_be_merged_stays(there: bytes, reason: str) -> None:
    merged = merge(BASE, File(there, True), NEW)
    assert (merged.file, merged.refused) == (File(there, True), reason)
    assert merged.hunks.deferred == 1
    untouched = merge(BASE, File(there), BASE)
    assert (untouched.file.content, untouched.refused) == (there, ""), "where ours has nothing new, nothing is refused"


def test_an_untouched_binary_file_is_replaced() -> None:
    assert merge(File(b"\0a"), File(b"\0a"), File(b"\0b")).file.content == b"\0b"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (MARKERS, 1),
        (b"a\n" + MARKERS.replace(b"\n", b"\r\n"), 2),
        (b"<<<<<<< HEAD\n", 0),
        (b"a\n<<<<<<< yours\n", 2),
        (b"a\n>>>>>>> generated now\r\n", 2),
        (b"cat <<<<<<< x\n=======\n>>>>>>> y\n", 0),
        (b"Title\n=======\n", 0),
    ],
)
def test_markers_are_whole(text: bytes, line: int) -> None:
    assert has_markers(text) is bool(line)
    if line:
        assert conflicts(text) == (line,)
