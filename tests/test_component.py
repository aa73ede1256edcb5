"""What a component's author calls to read data files."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from generator.component import Flags, fill, load_parts
from generator.errors import BugError
from generator.parts import DiagramNode, Part, SizeRow


def folder(tmp_path: Path, text: str) -> str:
    """The `__file__` of a component whose data file `data.yml` holds the text."""
    (tmp_path / "data.yml").write_text(dedent(text))
    return str(tmp_path / "context.py")


def test_words_are_filled_in_everywhere_and_not_looked_at_again() -> None:
    words = {"A": "<B>", "B": "b", "LIST": ["<A>"]}
    assert fill({"x": ["<A> and <B>", "<LIST>", 3, "<a>", "a < B > c"]}, words) == {
        "x": ["<B> and b", ["<A>"], 3, "<a>", "a < B > c"]
    }
    with pytest.raises(KeyError, match="NOBODY"):
        fill("x <NOBODY>", words)


def test_entries_count_by_flag_and_are_made_for_each_of_a_list(tmp_path: Path) -> None:
    place = folder(
        tmp_path,
        """
        DiagramNode:
          - {each: services, id: "service-<NAME>", label: "<NAME> of <PROJECT>", group: cluster}
          - {when: there, id: a, label: A, group: data}
          - {when: [there, missing], id: b, label: B, group: data}
          - {when: missing, each: services, id: c, label: C, group: data}
        SizeRow:
          - {what: Size, values: "<SIZES>"}
        """,
    )
    made: list[Part] = list(
        load_parts(
            place,
            "data.yml",
            {"PROJECT": "shop", "NAME": "nobody", "SIZES": ["1", "2"]},
            {"there"},
            {"services": [{"NAME": "web"}, {"NAME": "api"}]},
        )
    )
    assert made == [
        DiagramNode(id="service-web", label="web of shop", group="cluster"),
        DiagramNode(id="service-api", label="api of shop", group="cluster"),
        DiagramNode(id="a", label="A", group="data"),
        SizeRow(what="Size", values=("1", "2")),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Colour: []", "there is no part Colour"),
        ("Decision: [{topic: t, choice: c}]", "why"),
        ("Decision: [{topic: t, choice: c, why: w, cost: much}]", "cost"),
        ("Decision: [{topic: t, choice: c, why: <WHO>}]", "nothing is known by the name 'WHO'"),
        ("Decision: [{each: names, topic: t, choice: c, why: w}]", "nothing is known by the name 'names'"),
    ],
)
def test_says_which_file_is_at_fault(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(BugError) as caught:
        list(load_parts(folder(tmp_path, text), "data.yml"))
    assert f"{tmp_path.name}/data.yml: " in caught.value.message
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("flags", "made"),
    [
        ({"here": True, "there": False}, ["one", "both"]),
        ({"here": True, "there": True}, ["one"]),
        ({"here": False, "there": False}, ["other"]),
        (["here"], ["one"]),
    ],
)
def test_a_flag_that_does_not_hold_has_a_name_too(flags: Flags, made: list[str], tmp_path: Path) -> None:
    text = """
        DiagramNode:
          - {when: here, id: one, label: One, group: data}
          - {when: [here, no-there], id: both, label: Both, group: data}
          - {when: no-here, id: other, label: Other, group: data}
        """
    assert [part.key for part in load_parts(folder(tmp_path, text), "data.yml", flags=flags)] == made
