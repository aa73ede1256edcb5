"""Editing the answers file in place: the new answers, and of the text only what must change."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generator.answers import edit as module
from generator.answers.align import same
from generator.answers.edit import edit
from generator.answers.load import parse
from generator.answers.read import AsWritten, convert
from generator.answers.write import dump
from generator.errors import BugError, ScaffoldError
from tests.conftest import CASES
from tests.support.answer_texts import DATA, ODD, SCALARS, changes, found, texts, untouched

# Always the same examples, and no clock: a slow computer finds the same as a fast one.
HELD = settings(
    max_examples=80, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
EXAMPLE = dump(convert(parse((CASES / "example.yml").read_text(), "x")))


def edited(text: str, change: Callable[[Any], object]) -> str:
    """The text after a change of its data, which it then holds."""
    wanted = copy.deepcopy(parse(text, "x"))
    change(wanted)
    out = edit(text, wanted, "x")
    assert same(parse(out, "x"), wanted)
    return out


def differences(before: str, after: str) -> tuple[list[str], list[str]]:
    """The lines that went and those that came."""
    old, new = before.splitlines(), after.splitlines()
    return [line for line in old if line not in new], [line for line in new if line not in old]


def in_order(lines: list[str], text: str) -> bool:
    rest = iter(text.split("\n"))
    return all(any(line == one for one in rest) for line in lines)


def moved(have: Any, want: Any) -> bool:
    """Whether services that stay have another order."""
    old, new = (
        [one.get("name") if isinstance(one, dict) else one for one in data.get("services", [])] for data in (have, want)
    )
    return [name for name in old if name in new] != [name for name in new if name in old]


@HELD
@given(st.data())
def test_any_change_of_any_text_gives_the_answers_and_keeps_every_other_line(data: st.DataObject) -> None:
    lines, value, newline = data.draw(texts())
    text = "".join(f"{line.text}\n" for line in lines)
    assert same(parse(text, "x"), value)
    assert edit(text, value, "x") == text
    want = data.draw(changes(value))
    after = edit(text, want, "x")
    assert same(parse(after, "x"), want)
    kept = [line for one in untouched(lines, value, want) for line in one.split("\n")]
    assert moved(value, want) or in_order(kept, after)
    assert set(kept) <= set(after.split("\n"))

    def variant(one: str) -> str:
        return "\ufeff" + one.removesuffix("\n").replace("\n", newline)

    if newline in variant(text) and not text.endswith("\n\n") and same(parse(variant(text), "x"), value):
        assert edit(variant(text), want, "x") == variant(after)


@settings(HELD, max_examples=10)
@given(st.data())
def test_there_and_back_gives_the_first_text(data: st.DataObject) -> None:
    lines = EXAMPLE.splitlines()
    for number in range(data.draw(st.integers(0, 5))):
        lines.insert(data.draw(st.integers(0, len(lines))), f"{' ' * data.draw(st.integers(0, 8))}# {number}: a [")
    text = "\n".join(lines) + "\n"
    have = parse(text, "x")
    names = ["project.name", "services.1.port", "services.0.env.API_URL", "services.2.secrets.0", "environments.1"]
    names += ["cloud.region", "slo.availability", "deployment.canary_steps.2", "data.cdn", "services.1.commands.unit"]
    want = copy.deepcopy(have)
    for name in data.draw(st.lists(st.sampled_from(names), min_size=1, unique=True)):
        *way, last = [int(word) if word.isdigit() else word for word in name.split(".")]
        found(want, tuple(way))[last] = data.draw(SCALARS)
    after = edit(text, want, "x")
    assert same(parse(after, "x"), want)
    assert len(after.splitlines()) == len(lines)
    assert edit(after, have, "x") == text


@HELD
@given(st.data())
def test_json_stays_json(data: st.DataObject) -> None:
    value = json.loads(json.dumps(data.draw(DATA)))
    text = json.dumps(value, indent=data.draw(st.sampled_from([None, 2])), ensure_ascii=False)
    text = re.sub("[\x7f-\x9f\ufeff\ufffe\uffff]", lambda found: f"\\u{ord(found[0]):04x}", text)  # as YAML wants it
    want = json.loads(json.dumps(data.draw(changes(value))))
    after = edit(text, want, "x")
    assert json.loads(after) == want
    assert edit(text, value, "x") == text


VALUES = [*ODD, "no: yes", 7, 0.05, 1e-7, True, None, [], {}, ["no", 1], AsWritten("3.10", 3.1), "\x7f\uffff"]


@pytest.mark.parametrize(
    "form", ["k: {} # c", "k: {{a: {}, b: c}} # d", "k:\n- {}\n- b\n", "k: [{}, b]", '{{"k": {}}}']
)
@pytest.mark.parametrize("old", ["old", "'old'", '"old"', "3"])
def test_a_value_reads_back_exactly(form: str, old: str) -> None:
    text = form.format(old)
    start, end = form.format("\0").split("\0")
    for value in VALUES:

        def change(data: Any, value: Any = value) -> None:
            if isinstance(data["k"], (dict, list)):
                data["k"]["a" if isinstance(data["k"], dict) else 0] = value
            else:
                data["k"] = value

        after = edited(text, change)
        assert after.startswith(start)
        assert after.endswith(end)


# What it is about, the text, the change, the text after it.
NAMED: list[tuple[str, str, Callable[[Any], object], str]] = [
    (
        "a comment behind a changed value stays, however the value is written",
        "project:\n  name: |  # why\n    shop\n  # between\n  owner: 'me'  # whose\n",
        lambda d: d["project"].update(name="x", owner="012"),
        "project:\n  name: x  # why\n  # between\n  owner: \"012\"  # whose\n",
    ),
    (
        "a value of many lines is replaced with all of them",
        "project:\n  description: a text\n    of two lines # c\n  owner: >-\n    folded\n    text\n\n# end\n",
        lambda d: d["project"].update(description="one", owner="two"),
        "project:\n  description: one # c\n  owner: two\n\n# end\n",
    ),
    (
        "a value where there was none",
        "cloud:\n  region:   # which\n  provider:\n",
        lambda d: d["cloud"].update(region="eu-west-1", provider="aws"),
        "cloud:\n  region: eu-west-1   # which\n  provider: aws\n",
    ),
    (
        "a value where there was none, at the end of a group",
        "cloud:\n  region: a\n  provider:  # which\n\n# ci\nci: {}\n",
        lambda d: d["cloud"].update(provider="aws"),
        "cloud:\n  region: a\n  provider: aws  # which\n\n# ci\nci: {}\n",
    ),
    (
        "a key behind one without a value, and that one",
        "services:\n  - name: a\n    env:  # none\n  - name: b\n    port:\ncloud:\n  region:\n",
        lambda d: (d["services"][0].update(size="small"), d["services"].pop(1), d.pop("cloud")),
        "services:\n  - name: a\n    env:  # none\n"
        "    size: small                               # CPU and memory of one replica (small, medium, large)\n",
    ),
    (
        "a new key stands behind the one before it in the contract",
        "data:\n    cdn: true\n    database: none  # later\n    # cache: redis\n\n# end\n",
        lambda d: d["data"].update(cache="redis"),
        "data:\n    cdn: true\n    database: none  # later\n"
        "    cache: redis                              # Managed cache (none, redis)\n    # cache: redis\n\n# end\n",
    ),
    (
        "a new key among others, and the first of a list",
        "data:\n  database: none\n  cdn: true\nenvironments: []\n",
        lambda d: (d["data"].update(cache="none"), d.update(environments=["dev"])),
        "data:\n  database: none\n  cache: none                               # Managed cache (none, redis)\n"
        '  cdn: true\nenvironments: ["dev"]\n',
    ),
    (
        "a new key that nothing stands before goes to the end of its group",
        "data:\n  cdn: true\n\nci: {}\n",
        lambda d: d["data"].update(database="mysql"),
        "data:\n  cdn: true\n"
        "  database: mysql                           # Managed relational database (none, postgres, mysql)\n\nci: {}\n",
    ),
    (
        "a new group gets its title, and the comments of the one before it stay there",
        "cloud:\n  region: a\n  # accounts: {}\nci:\n  system: x",
        lambda d: d.update(iac={"tool": "pulumi"}, data={"cdn": True}),
        "cloud:\n  region: a\n  # accounts: {}\nci:\n  system: x\n\n# Infrastructure as code\niac:\n"
        "  tool: pulumi                              # What describes the cloud resources "
        "(terraform, cloudformation, cdk, pulumi)\n\n# Data stores\ndata:\n"
        "  cdn: true                                 # Content delivery network before static files",
    ),
    (
        "an empty map gets lines of its own, and loses them",
        "cloud:\n  accounts: {}  # ids\n  region: a\n",
        lambda d: d["cloud"].update(accounts={"dev": "012", "prod": "x"}),
        'cloud:\n  accounts:  # ids\n    dev: "012"\n    prod: "x"\n  region: a\n',
    ),
    (
        "a map that gets empty keeps its comments",
        "services:\n- name: a\n  env:  # plain\n    # first\n    A: b  # own\n    # last\n  port: 8080\n",
        lambda d: d["services"][0].update(env={}),
        "services:\n- name: a\n  env: {}  # plain\n    # first\n    # last\n  port: 8080\n",
    ),
    (
        "a service that is gone takes its lines along",
        "services:\n  # shop\n  - name: web\n    env:\n      A: b\n      # C: d\n\n    # port: 1\n\n  # jobs\n"
        "  - name: jobs\n\n# end\n",
        lambda d: d["services"].pop(0),
        "services:\n  # shop\n\n  # jobs\n  - name: jobs\n\n# end\n",
    ),
    (
        "a service that moves takes its lines along",
        "services:\n- name: a  # 1\n  port: 1\n# about b\n- name: b  # 2\n",
        lambda d: d["services"].reverse(),
        "services:\n- name: b  # 2\n- name: a  # 1\n  port: 1\n# about b\n",
    ),
    (
        "of a service with another name only that is changed",
        "services:\n  - kind: web\n    name: shop  # its name\n    path: services/shop\n  - name: api\n",
        lambda d: d["services"][0].update(name="front"),
        "services:\n  - kind: web\n    name: front  # its name\n    path: services/shop\n  - name: api\n",
    ),
    (
        "a service whose first key goes",
        "services:\n  - port: 1  # p\n    # named\n    name: a\n",
        lambda d: d["services"][0].pop("port"),
        "services:\n  -\n    # named\n    name: a\n",
    ),
    (
        "a list on lines of its own",
        "environments:\n- dev # d\n- staging # s\n# the real one\n- prod\n",
        lambda d: d.update(environments=["staging", "qa", "prod", "no"]),
        "environments:\n- staging # s\n- qa\n# the real one\n- prod\n- \"no\"\n",
    ),
    (
        "a list in brackets on many lines",
        "environments: [\n  dev,  # d\n  # stage\n  staging,\n  prod  # p\n]\n",
        lambda d: d.update(environments=["staging", "prod", "x"]),
        "environments: [\n  # stage\n  staging,\n  prod,  # p\n  x\n]\n",
    ),
    (
        "one within a list in brackets, and a key without a value",
        "environments: [\n  dev,\n  staging, # s\n  # real\n  prod]\nproject: {name}\n",
        lambda d: (d["environments"].remove("staging"), d["project"].update(name="a")),
        "environments: [\n  dev,\n  # real\n  prod]\nproject: {name: a}\n",
    ),
    (
        "the last ones of a list in brackets",
        "environments: [dev, staging, prod] # e\nx: [\n  a, # a\n  b,\n]\n",
        lambda d: d.update(environments=["dev"], x=["a"]),
        "environments: [dev] # e\nx: [\n  a, # a\n]\n",
    ),
    (
        "the last one of a list in brackets, behind a comment",
        "environments: [dev, # d\n  prod]\nx: [a # a\n  ]\ny: [a, # a\n  b # b\n  ]\n",
        lambda d: (d["environments"].pop(), d["x"].append("c"), d["y"].pop()),
        "environments: [dev, # d\n]\nx: [a, # a\n    c\n  ]\ny: [a, # a\n # b\n  ]\n",
    ),
    (
        "a text of many lines that ends without a line break",
        "x: 1\ny: |\n  a\n  b",
        lambda d: d.update(z=2),
        'x: 1\ny: "a\\nb"\n\nz: 2',
    ),
    (
        "maps in braces",
        "project: {name: a, 'owner':b}\nservices: [{name: w, port: 1}, {name: v, env: {}}] # s\n",
        lambda d: (
            d["project"].update(owner="c", domain="a.b"),
            d["services"].pop(0),
            d["services"][0].update(env={"A": "1"}, size="small"),
            d["services"].append({"port": 2, "name": "new"}),
        ),
        "project: {name: a, 'owner': c, domain: a.b}\n"
        'services: [{name: v, env: {A: "1"}, size: small}, {name: new, port: 2}] # s\n',
    ),
    (
        "JSON",
        '{\n  "project": {"name": "a"},\n  "services": [\n    {\n      "name":"w"\n    }\n  ]\n}\n',
        lambda d: (d["project"].update(name="b"), d["services"][0].update(port=1), d.update(x={"y": ["z"]})),
        '{\n  "project": {"name": "b"},\n  "services": [\n    {\n      "name":"w",\n      "port": 1\n    }\n  ],\n'
        '  "x": {"y": ["z"]}\n}\n',
    ),
    (
        "another kind of value",
        "project: # p\n  # in\n  name: a\ndata: none  # d\nci: {}\n",
        lambda d: d.update(project="a", data={"cdn": True}, ci=[1]),
        "project: a # p\n  # in\n"
        "data:  # d\n  cdn: true                                 # Content delivery network before static files\n"
        "ci: [1]\n",
    ),
    (
        "what ends a document stays behind it",
        "%YAML 1.2\n---\nproject: {name: a}\n...\n# end\n",
        lambda d: d.update(x=1),
        "%YAML 1.2\n---\nproject: {name: a}\n\nx: 1\n...\n# end\n",
    ),
    (
        "what was merged is written out",
        "# top\ncloud:\n  <<: {region: a}\n  provider: b # p\nci: {} # c\n",
        lambda d: d["cloud"].update(region="c"),
        "# top\ncloud:\n  provider: b                               # Where it runs (aws, gcp, azure)\n"
        "  region: c                                 # Main region, with three zones\nci: {} # c\n",
    ),
    (
        "what was merged into the first level is written out",
        "# top\n<<: {a: 1}\nb: 2 # two\n# end\n",
        lambda d: d.update(b=3),
        "# top\n\na: 1\n\nb: 3\n# end\n",
    ),
    (
        "a key with its own sign",
        "# top\n? a\n: b\nc: 1\n",
        lambda d: d.pop("a"),
        "# top\n\nc: 1\n",
    ),
    (
        "a text without an answer",
        "# only this",
        lambda d: d.update(x="z"),
        "# only this\n\nx: z",
    ),
    (
        "nothing, said in a word",
        "# top\nnull\n# end\n",
        lambda d: d.update(x=1),
        "# top\n\nx: 1\n# end\n",
    ),
    (
        "nothing, said in a word that is JSON",
        "null\n",
        lambda d: d.update(x=1),
        "\nx: 1\n",
    ),
    (
        "no text",
        "",
        lambda d: d.update(environments=["prod"]),
        'environments: ["prod"]                      # In promotion order; the last is production\n',
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "change", "after"), [case[1:] for case in NAMED], ids=[case[0] for case in NAMED])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_named(text: str, change: Callable[[Any], object], after: str, newline: str) -> None:
    if newline in text.replace("\n", newline) or newline == "\n":
        assert edited(text.replace("\n", newline), change) == after.replace("\n", newline)


def test_a_new_service_is_written_like_in_a_new_file() -> None:
    data = parse(EXAMPLE, "x")
    lines = re.findall(r"(?ms)^  - name: worker.*?(?=^\n)", EXAMPLE)[0]
    without = edited(EXAMPLE, lambda d: d["services"].pop())
    assert without == EXAMPLE.replace(lines, "")
    assert edit(without, data, "x") == EXAMPLE


@pytest.mark.parametrize("name", ["data", "services", "environments", "cloud"])
def test_a_group_that_is_gone_comes_back_as_in_a_new_file(name: str) -> None:
    """But for the title, a comment, which stood there still."""
    data = parse(EXAMPLE, "x")
    without = edited(EXAMPLE, lambda d: d.pop(name))
    went, came = differences(without, edit(without, data, "x"))
    assert went == []
    assert came == [line for line in EXAMPLE.splitlines() if line not in without.splitlines()]


def test_of_the_example_only_the_lines_of_changed_answers_change() -> None:
    def change(data: Any) -> None:
        data["services"][1]["port"] = 9000
        data["monitoring"]["channels"].remove("slack")
        data["project"]["owner"] = "@acme/ops"

    pairs = zip(EXAMPLE.splitlines(), edited(EXAMPLE, change).splitlines(), strict=True)
    differ = [(old, new) for old, new in pairs if old != new]
    assert [new.split("  #")[0].strip() for _, new in differ] == [
        'owner: "@acme/ops"',
        "port: 9000",
        'channels: ["pagerduty", "email"]',
    ]
    assert [old.partition("  #")[2] for old, _ in differ] == [new.partition("  #")[2] for _, new in differ]


def test_all_answers_are_put_into_a_file_that_had_a_few() -> None:
    """As asking again does: what answers hold is tuples, and complete."""
    text = (CASES / "example.yml").read_text()
    wanted = msgspec.to_builtins(convert(parse(text, "x")))
    after = edit(text, wanted, "x")
    assert same(parse(after, "x"), wanted)
    assert in_order([line for line in text.splitlines() if "{" not in line], after)
    assert convert(parse(after, "x")) == convert(parse(text, "x"))


def test_what_would_hold_other_answers_is_never_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_changed", lambda text, *_, **__: text.replace("a", "'3'"))
    with pytest.raises(BugError, match=r"mine\.yml could not be changed"):
        edit("x: a\n", {"x": 3}, "mine.yml")
    monkeypatch.setattr(module, "_changed", lambda text, *_, **__: "x: [")
    with pytest.raises(BugError):
        edit("x: a\n", {"x": 3}, "mine.yml")


def test_what_cannot_be_read_is_not_changed() -> None:
    with pytest.raises(ScaffoldError, match=r"mine\.yml:1:5"):
        edit("a: [", {}, "mine.yml")


def test_equal_is_equal_to_the_type() -> None:
    assert same({"a": [1, (2.0,)]}, {"a": (1, [2.0])})
    assert same(float("nan"), float("nan"))
    for one, other in (
        (1, True),
        (1, 1.0),
        ("3.10", AsWritten("3.10", 3.1)),
        ({"a": 1}, {"b": 1}),
        ([1], [1, 2]),
        (None, ""),
    ):
        assert not same(one, other)
