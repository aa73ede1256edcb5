"""Whatever text a user gives, it arrives unchanged in every format."""

import json
import shlex
import subprocess

import hcl2
import pytest
import yaml
from ruamel.yaml import YAML

from generator import formats

HOSTILE = [
    "plain", "", "yes", "no", "012", "1e3", "22:22", "null", "~", "- a", "a: b", "# x", "'single'", '"double"', "back\\slash",
    "${var}", "%{ if true }", "$${x}", "$(id)", "`id`", "{{ x }}", "#{ x }#", "ünï¢ode 🎉", "tab\there", "a\nb", " lead", "trail ",
    "*alias", "&anchor", "!tag", "@at", "%TAG", "[a]", "{a}", "a,b", "|", ">", "?", "=", "<<", "\u0085", "\u2028",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_yaml(text: str) -> None:
    for written in (formats.to_yaml(text), formats.yaml_block(text), formats.yaml_word(text)):
        assert yaml.safe_load(f"a: {written}\n") == {"a": text}
        assert YAML(typ="safe", pure=True).load(f"a: {written}\n") == {"a": text}
    nested = {"k": [text, {"x": text}], text or "e": {"y": [text]}}
    block = formats.yaml_block(nested, 2)
    assert yaml.safe_load("root:\n  " + block + "\n") == {"root": nested}


@pytest.mark.parametrize("text", ["y", "N", "yes", "No", "ON", "off", "True", "false", "null", "1e3", "0xab", "1_000"])
def test_a_yaml_word_is_quoted_only_where_it_would_mean_something_else(text: str) -> None:
    assert formats.yaml_word(text) == f'"{text}"'
    assert formats.yaml_word(f"a-{text}") == f"a-{text}"


@pytest.mark.parametrize("text", [t for t in HOSTILE if "\n" not in t])
def test_hcl(text: str) -> None:
    parsed = hcl2.loads(f"a = {formats.to_hcl(text)}\n")["a"]
    assert json.loads(parsed).replace("$${", "${").replace("%%{", "%{") == text


def test_hcl_values() -> None:
    assert formats.to_hcl({"a": [1, True, None, "x"], "b-c": {}}) == '{ "a" = [1, true, null, "x"], "b-c" = {} }'


@pytest.mark.parametrize("text", [t for t in HOSTILE if "\x00" not in t])
def test_shell(text: str) -> None:
    assert shlex.split(formats.sh_quote(text)) == [text]
    done = subprocess.run(["bash", "-c", f"printf %s {formats.sh_quote(text)}"], capture_output=True, check=True)
    assert done.stdout.decode() == text


def test_json() -> None:
    assert json.loads(formats.to_json({"a": HOSTILE})) == {"a": HOSTILE}


def test_compose_dollars_are_doubled() -> None:
    assert formats.compose_quote("a$b") == '"a$$b"'


def test_make_keeps_its_own_variables() -> None:
    assert formats.to_make("echo $$ $(ENV) $HOME $(pwd)") == "echo $$$$ $(ENV) $$HOME $$(pwd)"
    assert formats.to_make("$(call given,ENV) $(call given,$x)") == "$(call given,ENV) $$(call given,$$x)"


def test_block_style_is_what_yamllint_likes() -> None:
    value = {"a": [{"b": [1, 2], "c": "x"}, "y"], "d": {"e": [{"f": []}]}, "t": "l1\n  l2\n"}
    assert formats.yaml_block(value) == (
        "a:\n  - b:\n      - 1\n      - 2\n    c: x\n  - 'y'\nd:\n  e:\n    - f: []\nt: |\n  l1\n    l2".replace(
            "'y'", '"y"'
        )
    )
