"""A marked region inside a file that is the user's."""

import pytest

from generator import blocks
from generator.errors import ScaffoldError

REGION = "one\ntwo\n"


def begin(path: str = ".gitignore") -> str:
    return blocks.markers(path)[0]


def test_appended_after_the_users_lines() -> None:
    text = blocks.insert(".gitignore", "mine\n", REGION)
    assert text == f"mine\n\n{begin()}\none\ntwo\n# END agency-scaffold\n"


@pytest.mark.parametrize(("content", "joint"), [("", ""), ("mine", "mine\n\n"), ("mine\n", "mine\n\n")])
def test_joints(content: str, joint: str) -> None:
    assert blocks.insert("Makefile", content, REGION).startswith(joint + begin("Makefile"))


@pytest.mark.parametrize(
    ("content", "start", "end"), [("", "", ""), ("mine\r\n", "", "\r\nmine\r\n"), ("\ufeffmine", "\ufeff", "\nmine")]
)
def test_put_at_the_top(content: str, start: str, end: str) -> None:
    block = blocks.wrap("OWNERS", REGION).replace("\n", "\r\n" if "\r" in content else "\n")
    text = blocks.insert("OWNERS", content, REGION, "top")
    assert text == start + block + end
    moved = f"{content}\n{block}"
    assert blocks.insert("OWNERS", moved, REGION, "top") == moved, "where the user has put it, it stays"


def test_replaced_where_it_stands() -> None:
    first = blocks.insert("Makefile", "before\n", REGION) + "after\n"
    second = blocks.insert("Makefile", first, "three\n")
    assert second == "before\n\n" + blocks.wrap("Makefile", "three\n") + "after\n"
    assert blocks.insert("Makefile", second, "three\n") == second


def test_line_ends_follow_the_file() -> None:
    text = blocks.insert(".gitignore", "a\r\nb\r\n", REGION)
    assert "\n" not in text.replace("\r\n", "")
    assert blocks.insert(".gitignore", text, REGION) == text


def test_markdown_uses_html_comments() -> None:
    text = blocks.insert("README.md", "# Mine\n", REGION)
    assert text == f"# Mine\n\n{begin('README.md')}\n\n{REGION}\n<!-- END agency-scaffold -->\n"
    assert begin("README.md").startswith("<!-- BEGIN agency-scaffold")


@pytest.mark.parametrize(
    "broken",
    ["{b}\nx\n", "# END agency-scaffold\nx\n", "# END agency-scaffold\n{b}\n", "{b}\n{b}\n# END agency-scaffold\n"],
)
def test_broken_markers_are_refused(broken: str) -> None:
    with pytest.raises(ScaffoldError, match="markers"):
        blocks.insert("Makefile", broken.format(b=begin("Makefile")), REGION)


def test_not_a_byte_outside_of_the_region_changes() -> None:
    mixed = "a\r\nb\nc\nd\n"
    once = blocks.insert("x", mixed, "ours")
    assert once.startswith(mixed)
    more = f"{once}\x0btail\u2028without end"
    again = blocks.insert("x", more, "other")
    assert again.startswith(mixed)
    assert again.endswith("\x0btail\u2028without end")
    assert "other" in again
    assert "ours" not in again.replace("yours", "")
