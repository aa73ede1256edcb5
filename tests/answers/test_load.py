"""Answers from a file and from --set."""

import copy
from pathlib import Path
from typing import Any

import pytest

from generator.answers.load import MAX_BYTES, from_file, parse
from generator.answers.read import convert
from generator.answers.settings import assign
from generator.errors import AnswersError, ScaffoldError


def settings(*given: str, data: dict[str, Any] | None = None) -> dict[str, Any]:
    out = data or {}
    if problems := assign(out, given):
        raise AnswersError(problems)
    return out


def test_yaml_is_1_2() -> None:
    assert parse("a: no\nb: 22:22\nc: 0o17\nd: 'x'", "x") == {"a": "no", "b": "22:22", "c": 15, "d": "x"}


def test_json_is_read() -> None:
    assert parse('{"project": {"name": "x"}}', "x") == {"project": {"name": "x"}}


def test_json_means_what_json_means() -> None:
    assert parse(r'{"a": "\ud83d\ude00", "b": 3.10, "c": 310, "d": null}', "x") == {
        "a": "😀",
        "b": "3.10",
        "c": 310,
        "d": None,
    }
    assert parse('\ufeff{"a": 1} # as YAML', "x") == {"a": 1}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1,\n "a": 2}', "answers.json:2:2: the key a stands twice"),
        ('{"a": [1}', "answers.json:1:9"),
        (f'{{"a": {"[" * 20}{"]" * 20}}}', "answers.json:1: nested more than 20 deep"),
        (f'{{"a": {"[" * 100_000}', "answers.json:1: nested more than 20 deep"),
    ],
)
def test_bad_json_names_the_line(text: str, message: str) -> None:
    with pytest.raises(ScaffoldError) as caught:
        parse(text, "answers.json")
    assert caught.value.message.startswith(message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\na: 2", "answers.yml:2:1: the key a stands twice"),
        ("a: [1", "answers.yml:1:6"),
        ("a: &x [1]\nb: *x", "answers.yml:1: anchors and aliases are not read"),
        ("a: !!python/object:os.system x", "answers.yml:1:4"),
    ],
)
def test_bad_yaml_names_the_line(text: str, message: str) -> None:
    with pytest.raises(ScaffoldError) as caught:
        parse(text, "answers.yml")
    assert caught.value.message.startswith(message)


@pytest.mark.parametrize("text", ["[" * MAX_BYTES, "{a: " * (MAX_BYTES // 4), "- " * (MAX_BYTES // 2)])
def test_deep_nesting_is_an_error_not_a_crash(text: str) -> None:
    """As much of it as may be given: without a limit, reading this would take days."""
    with pytest.raises(ScaffoldError, match=r"answers\.yml:1: nested more than 20 deep"):
        parse(text, "answers.yml")


def test_unreadable_files(tmp_path: Path) -> None:
    (tmp_path / "latin.yml").write_bytes(b"a: \xff")
    (tmp_path / "huge.yml").write_bytes(b"#" * 1_000_001)
    for name, message in (
        ("latin.yml", "not UTF-8"),
        ("huge.yml", "larger than"),
        ("none.yml", "cannot be read"),
        (".", "cannot be read"),
    ):
        with pytest.raises(ScaffoldError, match=message):
            from_file(str(tmp_path / name))


def test_set_reads_by_type() -> None:
    assert settings(
        "project.name=007",
        "scaling.min=3",
        "slo.availability=99.5",
        "data.cdn=true",
        "monitoring.channels=slack, email",
        "deployment.canary_steps=5,100",
        "cloud.accounts.prod=012345678901",
        "services=web:web:node:3000, jobs:worker:go",
        "services[jobs].env.LOG_LEVEL=a=b",
        "services[0].commands.unit=make test",
    ) == {
        "project": {"name": "007"},
        "scaling": {"min": 3},
        "slo": {"availability": 99.5},
        "data": {"cdn": True},
        "monitoring": {"channels": ["slack", "email"]},
        "deployment": {"canary_steps": [5, 100]},
        "cloud": {"accounts": {"prod": "012345678901"}},
        "services": [
            {"name": "web", "kind": "web", "language": "node", "port": 3000, "commands": {"unit": "make test"}},
            {"name": "jobs", "kind": "worker", "language": "go", "env": {"LOG_LEVEL": "a=b"}},
        ],
    }  # fmt: skip


def test_all_wrong_settings_at_once() -> None:
    with pytest.raises(AnswersError) as caught:
        settings(
            "novalue", "projct.name=x", "scaling.min=two", "data.cdn=yes", "services[x].port=1", "services=a:b:c:d:e"
        )
    found = {p.key: p for p in caught.value.problems}
    assert found["novalue"].message == "a setting has the form KEY=VALUE"
    assert found["projct.name"].nearest == "project.name"
    assert found["scaling.min"].message == "a whole number is expected"
    assert found["data.cdn"].valid == "true, false"
    assert found["services[x].port"].valid == "0 (app)"
    assert found["services"].message == "a service has at most four words"


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("10%,50%,100%", "10,50,100"),
        ("10 25 100", "10,25,100"),
        ("[10, 25, 100]", "10,25,100"),
        ("10;25;50", "10,25,50,100"),
        ("0.1,0.5", ""),
        ("half", ""),
    ],
)
def test_a_list_of_numbers_in_another_form_is_one_problem_with_the_list_that_is_meant(text: str, nearest: str) -> None:
    with pytest.raises(AnswersError) as caught:
        settings(f"deployment.canary_steps={text}")
    (problem,) = caught.value.problems
    assert problem.message == "whole numbers are expected, with commas between them"
    assert (problem.given, problem.valid, problem.nearest) == (text, "such as 10,25,50,100", nearest)
    if nearest:
        convert({"project": {"name": "shop"}} | settings(f"deployment.canary_steps={nearest}"))


@pytest.mark.parametrize(("steps", "meant"), [("[10%, 100]", "10"), ('["25", 100]', "25"), ("[ten, 100]", "")])
def test_a_number_of_a_file_that_is_text_is_told_as_the_number(steps: str, meant: str) -> None:
    with pytest.raises(AnswersError) as caught:
        convert(parse(f"project: {{name: shop}}\ndeployment: {{canary_steps: {steps}}}", "x"))
    (problem,) = caught.value.problems
    assert (problem.key, problem.nearest) == ("deployment.canary_steps[0]", meant)


def test_a_service_that_is_no_map_is_not_found() -> None:
    with pytest.raises(AnswersError) as caught:
        settings("services[0].port=80", data={"services": ["web", {"name": "api"}]})
    (problem,) = caught.value.problems
    assert (problem.message, problem.given, problem.valid) == ("no such service", "0", "1 (api)")
    assert settings("services[api].port=80", data={"services": ["web", {"name": "api"}]})["services"] == [
        "web",
        {"name": "api", "port": 80},
    ]


def test_a_key_without_a_group_and_a_map_that_is_none_are_set() -> None:
    assert settings("environments=test,prod", "data.cache=redis", data={"data": "x"}) == {
        "environments": ["test", "prod"],
        "data": {"cache": "redis"},
    }


@pytest.mark.parametrize(
    ("given", "key", "message", "nearest"),
    [
        ("ci=gitlab", "ci", "no such key", "ci.system"),
        ("project.nmae=x", "project.nmae", "no such key", "project.name"),
        ("services.0.prot=80", "services.0.prot", "no such key", "services[0].port"),
        ("services[1].prot=80", "services[1].prot", "no such key", "services[1].port"),
        ("=x", "=x", "a setting has the form KEY=VALUE", ""),
        ("project.name", "project.name", "a setting has the form KEY=VALUE", ""),
        ("services=web:web:node:abc", "services", "the port of web must be a whole number", ""),
    ],
)
def test_a_setting_that_cannot_be_put_names_the_nearest(given: str, key: str, message: str, nearest: str) -> None:
    (problem,) = assign({}, [given])
    assert (problem.key, problem.message, problem.nearest) == (key, message, nearest)


def test_settings_of_a_service_find_it_in_any_order_and_none_is_set_twice() -> None:
    found = settings("services[jobs].port=9000", "services=web,jobs:worker:go")
    assert found["services"][1] == {"name": "jobs", "kind": "worker", "language": "go", "port": 9000}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("environments=prod", "environments=dev"),
        ("environments=prod", " environments =prod"),
        ("services[0].port=80", "services[app].port=81"),
        ("services[0].env.A=1", "services[app].env=B:1,A:2"),
        ("cloud.accounts.prod=1", "cloud.accounts=dev:2,prod:3"),
        ("cloud.accounts=dev:2,prod:3", "cloud.accounts.prod=1"),
        ("cloud.accounts=", "cloud.accounts="),
        ("services=web:web:node:3000", "services[web].port=80"),
        ("services=web,api", "services[1].name=jobs"),
        ("services=web", "services=api"),
    ],
)
def test_no_value_is_set_twice(first: str, second: str) -> None:
    (problem,) = assign({}, [first, second])
    name, _, text = second.partition("=")
    assert (problem.key, problem.message, problem.given) == (name.strip(), f"was set before, by {first}", text)


def test_an_entry_stands_once_in_a_map() -> None:
    (problem,) = assign({}, ["cloud.accounts=prod:1, prod:2"])
    assert (problem.key, problem.message) == ("cloud.accounts", "prod stands twice")


def test_a_map_and_its_entries_add_up_in_any_order() -> None:
    whole, entry = "cloud.accounts=dev:2", "cloud.accounts.prod=1"
    for order in ((whole, entry), (entry, whole)):
        data = {"cloud": {"accounts": {"old": "3"}}}
        assert settings(*order, data=data) == {"cloud": {"accounts": {"dev": "2", "prod": "1"}}}
    found = settings("services[api].env.A=1", "services[0].env=B:2", "services=api")
    assert found["services"] == [{"name": "api", "env": {"A": "1", "B": "2"}}]


def test_a_number_keeps_its_text_where_its_value_would_not_show_it() -> None:
    data = parse("a: 3.10\nb: 012\nc: 3.9\nd: 1e3\ne: '3.10'", "x")
    assert {key: str(value) for key, value in data.items()} == {
        "a": "3.10", "b": "012", "c": "3.9", "d": "1000.0", "e": "3.10",
    }  # fmt: skip
    assert (data["a"].number, data["b"].number) == (3.1, 12)
    assert copy.deepcopy(data)["a"].number == 3.1


@pytest.mark.parametrize("name", ["cloud.accounts.dev[0]", "cloud.accounts.dev[x]", "services[0].env.FOO[1]"])
def test_an_entry_of_a_map_has_no_position(name: str) -> None:
    (problem,) = assign({}, [f"{name}=x"])
    assert (problem.key, problem.message) == (name, "no such key")


@pytest.mark.parametrize("port", ["9" * 5000, "٨٠٨٠", "-1"])
def test_a_port_is_at_most_five_digits(port: str) -> None:
    (problem,) = assign({}, [f"services=a:web:node:{port}"])
    assert problem.message == "the port of a must be a whole number"
