"""Which changes of the answers are renames."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import fields

from generator.answers.model import Service
from generator.answers.read import convert
from generator.answers.renamed import _FOLLOWS, Renames, renamed

BEFORE: dict[str, Any] = {
    "project": {"name": "shop", "domain": "shop.acme.dev"},
    "environments": ["dev", "staging", "prod"],
    "cloud": {"accounts": {"staging": "111111111111", "prod": "222222222222"}},
    "services": [
        {"name": "web", "language": "node", "env": {"API_URL": "http://api:8080", "SELF": "http://web/web"}},
        {"name": "api", "commands": {"unit": "pytest services/api/tests"}},
        {"name": "go", "language": "go", "kind": "worker"},
    ],
}
NONE = Renames({}, {})


def after(change: Callable[[Any], object]) -> Renames:
    data = copy.deepcopy(BEFORE)
    change(data)
    return renamed(convert(BEFORE), convert(data))


def test_nothing_changed() -> None:
    assert after(lambda d: None) == NONE


# What has the new name: the service alone, with the usual values that follow it, and what names it.
RENAMED: dict[str, Callable[[Any], object]] = {
    "alone": lambda d: d["services"][1].update(name="back"),
    "its path and host stay": lambda d: d["services"][1].update(name="back", path="services/api", host="api"),
    "its commands follow": lambda d: d["services"][1].update(
        name="back", commands={"unit": "pytest services/back/tests"}
    ),
    "another service follows": lambda d: (
        d["services"][1].update(name="back"),
        d["services"][0]["env"].update(API_URL="http://back:8080"),
    ),
    "it moves": lambda d: d["services"].insert(0, {**d["services"].pop(1), "name": "back"}),
    "another answer changes, too": lambda d: (
        d["services"][1].update(name="back"),
        d["services"][0].update(port=9000),
        d.update(slo={"availability": 99.5}),
    ),
}


@pytest.mark.parametrize("name", RENAMED)
def test_a_service_is_renamed(name: str) -> None:
    assert after(RENAMED[name]) == Renames({"api": "back"}, {})


OTHER: dict[str, Callable[[Any], object]] = {
    "one is gone": lambda d: d["services"].pop(1),
    "one is new": lambda d: d["services"].append({"name": "back"}),
    "another port": lambda d: d["services"][1].update(name="back", port=9000),
    "another path": lambda d: d["services"][1].update(name="back", path="backend"),
    "another language that is the new name": lambda d: d["services"][2].update(name="rust", language="rust"),
    "another variable": lambda d: d["services"][0].update(name="front", env={"API_URL": "http://api:8080"}),
    "its own name is followed in part": lambda d: d["services"][0].update(
        name="front", env={"API_URL": "http://api:8080", "SELF": "http://front/web"}
    ),
    "two are renamed": lambda d: (d["services"][0].update(name="front"), d["services"][1].update(name="back")),
    "two exchange their names": lambda d: (d["services"][0].update(name="api"), d["services"][1].update(name="web")),
    "one is renamed, and one is new": lambda d: (d["services"][1].update(name="back"), d["services"].append({"name": "x"})),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHER)
def test_no_service_is_renamed(name: str) -> None:
    assert after(OTHER[name]).services == {}


def test_all_of_its_own_names_are_followed() -> None:
    env = {"API_URL": "http://api:8080", "SELF": "http://front/front"}
    assert after(lambda d: d["services"][0].update(name="front", env=env)).services == {"web": "front"}


def test_only_the_whole_name_is_followed() -> None:
    old = {"project": {"name": "x"}, "services": [{"name": "a", "env": {"V": "data"}}]}
    new = {"project": {"name": "x"}, "services": [{"name": "b", "env": {"V": "dbtb"}}]}
    assert renamed(convert(old), convert(new)) == NONE


def test_what_may_follow_is_an_answer_of_a_service() -> None:
    assert set(_FOLLOWS) < {field.name for field in fields(Service)}


ENVIRONMENTS: dict[str, tuple[list[str], dict[str, str], dict[str, str]]] = {
    "without an account": (["test", "staging", "prod"], {}, {"dev": "test"}),
    "with its account": (["dev", "qa", "prod"], {"qa": "111111111111"}, {"staging": "qa"}),
    "production": (["dev", "staging", "live"], {"live": "222222222222"}, {"prod": "live"}),
    "another account": (["dev", "qa", "prod"], {"qa": "333333333333"}, {}),
    "without its account": (["dev", "qa", "prod"], {}, {}),
    "now with an account": (["test", "staging", "prod"], {"test": "333333333333"}, {}),
    "it moves": (["staging", "test", "prod"], {}, {}),
    "two at once": (["test", "qa", "prod"], {"qa": "111111111111"}, {}),
    "one is gone": (["dev", "prod"], {}, {}),
    "one is new": (["dev", "test", "staging", "prod"], {}, {}),
    "one is gone, one is new elsewhere": (["staging", "qa", "prod"], {}, {}),
}


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_environments(name: str) -> None:
    environments, accounts, expected = ENVIRONMENTS[name]
    kept = {name: one for name, one in BEFORE["cloud"]["accounts"].items() if name in environments}
    found = after(lambda d: d.update(environments=environments, cloud={"accounts": kept | accounts}))
    assert found == Renames({}, expected)


def test_both_at_once() -> None:
    def change(data: Any) -> None:
        data["services"][1]["name"] = "back"
        data["environments"][0] = "test"

    assert after(change) == Renames({"api": "back"}, {"dev": "test"})
