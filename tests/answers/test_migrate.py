"""The version of the answers file: older ones are brought to the newest, later ones refused."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from generator import __version__
from generator.answers.edit import edit
from generator.answers.load import from_file, parse
from generator.answers.migrate import MIGRATIONS, NEWEST, migrate
from generator.answers.model import Answers
from generator.answers.read import read
from generator.answers.settings import assign
from generator.errors import ScaffoldError
from generator.served import settle


def _flat(data: dict[str, Any]) -> dict[str, Any]:
    """1 -> 2, made up: the size of all services is named once."""
    services = [{word: value for word, value in one.items() if word != "size"} for one in data.get("services", [])]
    return {**data, "services": services, "size": "small"}


def _renamed(data: dict[str, Any]) -> dict[str, Any]:
    """2 -> 3, made up."""
    return {"version": 0, **{"scale" if word == "size" else word: value for word, value in data.items()}}


MADE_UP = {1: _flat, 2: _renamed}


def test_every_version_before_the_models_has_its_step() -> None:
    assert sorted(MIGRATIONS) == list(range(1, NEWEST))
    assert Answers.__struct_defaults__[0] == NEWEST, "what is written is of the newest version"


def test_each_step_is_taken_once_and_what_is_given_stays_as_it_was() -> None:
    one = {"version": 1, "services": [{"name": "a", "size": "large"}]}
    before = copy.deepcopy(one)
    assert migrate(one, "x", MADE_UP, 3) == {"version": 3, "services": [{"name": "a"}], "scale": "small"}
    assert migrate({"version": 2, "size": "x"}, "x", MADE_UP, 3) == {"version": 3, "scale": "x"}
    assert one == before
    newest = {"version": 3, "size": "x"}
    assert migrate(newest, "x", MADE_UP, 3) is newest


def test_a_file_is_brought_to_the_new_version_in_place() -> None:
    text = "# mine\nversion: 1  # of the format\nservices:\n  - name: a  # the one\n    size: large\n\n# end\n"
    wanted = migrate(parse(text, "x"), "x", MADE_UP, 3)
    assert edit(text, wanted, "x") == (
        "# mine\nversion: 3  # of the format\nservices:\n  - name: a  # the one\n\nscale: small\n\n# end\n"
    )


@pytest.mark.parametrize("text", ["version: 2", '{"version": 99}', "version: 123456789012345678901234567890"])
def test_a_later_version_is_refused_with_what_to_do(tmp_path: Path, text: str) -> None:
    path = tmp_path / "agency-scaffold.yml"
    path.write_text(f"{text}\n")
    with pytest.raises(ScaffoldError) as caught:
        from_file(str(path))
    found = parse(text, "x")["version"]
    assert type(caught.value) is ScaffoldError
    assert caught.value.exit_code == 3
    assert caught.value.message == (
        f"{path} has version {found} of the answers' format, and agency-scaffold {__version__} knows version 1 alone"
    )
    assert "newer agency-scaffold" in caught.value.hint
    with pytest.raises(ScaffoldError, match="knows versions 1 to 3"):
        migrate({"version": 4}, "x", MADE_UP, 3)


@pytest.mark.parametrize("version", ["one", "1", "2", 1.0, 2.0, True, 0, -1, [1], {"a": 1}])
def test_what_is_no_version_is_a_problem_like_any_other(tmp_path: Path, version: Any) -> None:
    data = {"version": version, "project": {"name": "shop", "owner": 5}}
    assert migrate(data, "x", MADE_UP, 3) is data
    found = {problem.key: problem for problem in read(data)[1]}
    assert list(found) == ["version", "project.owner"]
    assert (found["version"].message, found["version"].nearest) == ("no such choice", "1")


@pytest.mark.parametrize("data", [{}, {"version": None}, None, [], "text", {"project": {"name": "a"}}])
def test_without_a_version_it_is_the_newest(data: Any) -> None:
    assert migrate(data, "x", MADE_UP, 3) is data


def test_the_version_is_set_as_a_number() -> None:
    data: dict[str, Any] = {"project": {"name": "shop"}}
    assert assign(data, ["version=1"]) == ()
    assert settle(data)[0].version == 1
    (problem,) = assign({}, ["version=one"])
    assert problem.message == "a whole number is expected"
