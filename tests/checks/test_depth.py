"""What is nested beyond what a program can follow is read, or it is said that it was not: it never passes unread."""

from __future__ import annotations

import pytest

from generator.checks import RULES
from generator.checks.run import run
from generator.tree import File, Tree
from tests.support.endless import ends

DEEP = 2000
JOB = "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    if: ${{ X }}\n    steps:\n      - run: echo\n"
QUERY = "groups:\n  - name: a\n    rules:\n      - {record: 'a:b:c', expr: 'X'}\n"
ROUTE = "route:\n  receiver: a\n  routes:\n    - {matchers: ['a=~\"X\"']}\nreceivers:\n  - name: a\n"


def nested(left: str, middle: str, right: str, times: int = DEEP) -> str:
    return left * times + middle + right * times


SCRIPTS = {
    "substitutions": ("$( echo ", "", ")"),
    "groups": ("{ ", "echo;", " };"),
    "ifs": ("if true; then ", "echo", "; fi"),
    "quotes": ('"${a:-', "", '}"'),
    "arithmetic": ("$(( 1 + ", "1", "))"),
    "subshells": ("( ", "echo", " )"),
    "functions": ("a() { ", "echo;", " };"),
    "cases": ("case a in a) ", "echo", " ;; esac"),
    "process": ("cat <(", "a", ")"),
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts(name: str) -> None:
    assert told({"a.sh": "#!/bin/bash\nset -euo pipefail\n" + nested(*SCRIPTS[name]) + "\n"}) == [
        ("shell-syntax", "a.sh", 3, "nested too deeply to be judged")
    ]


@pytest.mark.parametrize("path", ["a.sh", "Makefile"])
def test_parentheses_that_nobody_closes_take_no_time(path: str) -> None:
    with ends():
        told({path: "a:\n\t" + "(" * 60_000 + "\n"})


def test_a_condition_and_a_script_inside_a_script() -> None:
    text = f"#!/bin/bash\nset -euo pipefail\n[[ {nested('( ', '-n x', ' )')} ]]\n"
    assert told({"a.sh": text}) == [("shell-syntax", "a.sh", 3, "nested too deeply to be judged")]


def local(value: str) -> dict[str, str]:
    return {"a.tf": f'locals {{\n  a = {value}\n}}\noutput "a" {{\n  value = local.a\n}}\n'}


VALUES = {
    "lists": nested("[", "", "]"),
    "calls": nested("upper(", '"x"', ")"),
    "texts": nested('"${', "1", '}"'),
    "conditions": nested("true ? 1 : ", "2", ""),
    "nots": nested("!", "true", ""),
    "sums": nested("1 + ", "1", ""),
    "ands": nested("local.b && ", "true", ""),
}


@pytest.mark.parametrize("name", VALUES)
def test_values_of_terraform(name: str) -> None:
    found = [one for one in told(local(VALUES[name])) if one[0] == "hcl-syntax"]
    assert found == [("hcl-syntax", "a.tf", found[0][2], "nested too deeply to be judged")]


@pytest.mark.parametrize("times", [50, 100, 150])
def test_long_conditions_of_terraform_are_judged(times: int) -> None:
    assert told(local(nested("false ? 1 : ", "local.unknown", "", times)))[0][0] == "terraform-reference"


ALIASES = [f"a{n}: &a{n} {nested('[', f'*a{n - 1}', ']', 80)}\n" for n in range(1, 15)]
READ = {
    "flow": ("a.yml", nested("[", "", "]"), "yaml-syntax"),
    "mappings": ("a.yml", nested("{b: ", "1", "}"), "yaml-syntax"),
    "sequences": ("a.yml", nested("- ", "a", ""), "yaml-syntax"),
    "aliases": ("a.yml", f"a0: &a0 {nested('[', '', ']', 80)}\n" + "".join(ALIASES), "yaml-syntax"),
    "json": ("a.json", nested("[", "", "]"), "json-syntax"),
    "objects": ("a.json", nested('{"a":', "1", "}"), "json-syntax"),
    "toml": ("a.toml", "a = " + nested("[", "", "]"), "toml-syntax"),
    "digits": ("a.toml", "a = " + nested("9", "", "", 5000), "toml-syntax"),
    "query": ("a.rules.yml", QUERY.replace("X", nested("(", "up", ")")), "promql"),
    "functions": ("a.rules.yml", QUERY.replace("X", nested("abs(", "up", ")")), "promql"),
    "signs": ("a.rules.yml", QUERY.replace("X", nested("-", "up", "")), "promql"),
    "matchers": ("alertmanager.yml", ROUTE.replace("X", nested("(", "a", ")")), "alertmanager-config"),
    "expression": (".github/workflows/a.yml", JOB.replace("X", nested("(", "true", ")")), "workflow-expression"),
    "indexes": (".github/workflows/a.yml", JOB.replace("X", nested("github[", "1", "]")), "workflow-expression"),
}


@pytest.mark.parametrize("name", READ)
def test_other_formats(name: str) -> None:
    path, text, rule = READ[name]
    assert [one[:2] for one in told({path: text + "\n"}) if one[0] == rule] == [(rule, path)]


FLAT = {
    "nots": (".github/workflows/a.yml", JOB.replace("X", nested("!", "gihub.ref", ""))),
    "ands": (".github/workflows/a.yml", JOB.replace("X", nested("true && ", "gihub.ref", ""))),
}


@pytest.mark.parametrize("name", FLAT)
def test_what_is_long_and_not_deep_is_judged(name: str) -> None:
    path, text = FLAT[name]
    assert ("workflow-expression", path) in [one[:2] for one in told({path: text})]


def test_a_command_of_a_dockerfile() -> None:
    told({"Dockerfile": f"FROM a\nCMD {nested('[', '', ']')}\nENTRYPOINT {nested('[', '', ']')}\n"})


def told(files: dict[str, str]) -> list[tuple[str, str, int, str]]:
    """What rules find, each of which could judge."""
    verdict = run(
        Tree({path: File(text.encode(), path.endswith(".sh")) for path, text in files.items()}), RULES, edited=True
    )
    assert [check.reason for check in verdict.checks if "could not judge" in check.reason] == []
    habits = {"codeowners-missing", "workflow-permissions", "workflow-timeout", "terraform-unused", "alert-untested"}
    return [(one.rule, one.path, one.line, one.message) for one in verdict.findings if one.rule not in habits]


LEVELS = 25
TWICE = {
    "workflows": {
        f".github/workflows/a{level}.yml": "on: {workflow_call: {}}\njobs:\n"
        + "".join(f"  {job}: {{uses: ./.github/workflows/a{level + 1}.yml}}\n" for job in "abc")
        for level in range(LEVELS)
    },
    "actions": {
        ".github/workflows/a.yml": "on: push\npermissions: {contents: write}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n"
        "    steps: [{uses: ./.github/actions/a0}]\n",
        **{
            f".github/actions/a{level}/action.yml": "runs:\n  using: composite\n  steps:\n"
            + f"    - uses: ./.github/actions/a{level + 1}\n" * 3
            for level in range(LEVELS)
        },
    },
    "components": {
        "kustomization.yaml": "resources: [a.yaml]\ncomponents: [c0]\n",
        "a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
        **{
            f"c{level}/{name}/kustomization.yaml": f"kind: Component\ncomponents: [../../c{level + 1}]\n"
            for level in range(LEVELS)
            for name in "abc"
        },
        **{f"c{level}/kustomization.yaml": "kind: Component\ncomponents: [a, b, c]\n" for level in range(LEVELS)},
    },
}


@pytest.mark.parametrize("name", TWICE)
def test_what_calls_the_next_one_several_times_takes_no_time(name: str) -> None:
    with ends():
        told(TWICE[name])
