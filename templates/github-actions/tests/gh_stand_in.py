#!/usr/bin/env -S python3 -SE
"""A stand-in for `gh api`: the few endpoints of GitHub that repository-settings.sh asks, in memory of a JSON file.

What lies at GH_REFUSES is refused. With GH_MAY only what is allowed there is answered, as with a fine-grained token on a private repository: `environments`
is what lies below an environment, `variables` are those of the repository. To read an environment itself takes `actions`.

It is strict where GitHub is: unknown paths, methods and fields are refused, an environment that is put without its
wait loses it, and answers carry keys that nobody asked for. Lists come in pages of two.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

STATE = Path(os.environ["GH_STATE"])
LOG = Path(os.environ["GH_LOG"])
RULESET = {"name", "target", "enforcement", "bypass_actors", "conditions", "rules"}
REPOSITORY = {
    "allow_squash_merge", "allow_merge_commit", "allow_rebase_merge", "delete_branch_on_merge",
    "squash_merge_commit_title", "squash_merge_commit_message",
}  # fmt: skip
ENVIRONMENT = {"wait_timer", "prevent_self_review", "reviewers", "deployment_branch_policy"}

RIGHTS = {
    r"environments/[^/]+/variables": "environments",
    r"environments/[^/]+$": "actions",
    r"actions/variables": "variables",
}


class RefusedError(Exception):
    """What GitHub says no to."""


def only(body: dict[str, Any], allowed: set[str]) -> dict[str, Any]:
    if set(body) - allowed:
        raise RefusedError(f"HTTP 422: unknown fields {sorted(set(body) - allowed)}")
    return body


def environment_answer(made: dict[str, Any]) -> dict[str, Any]:
    rules: list[dict[str, Any]] = [{"id": 1, "node_id": "x", "type": "branch_policy"}]
    if made.get("wait_timer"):
        rules.append({"id": 2, "type": "wait_timer", "wait_timer": made["wait_timer"]})
    if made.get("reviewers"):
        reviewers = [{"type": r["type"], "reviewer": {"id": r["id"], "node_id": "y"}} for r in made["reviewers"]]
        rules.append(
            {
                "id": 3,
                "type": "required_reviewers",
                "prevent_self_review": made["prevent_self_review"],
                "reviewers": reviewers,
            }
        )
    return {
        "id": 9,
        "name": made["name"],
        "protection_rules": rules,
        "deployment_branch_policy": made["deployment_branch_policy"],
    }


def ruleset_answer(made: dict[str, Any]) -> dict[str, Any]:
    """As GitHub answers: rules in another order, with parameters that it adds."""
    rules = [
        rule | ({"parameters": rule["parameters"] | {"added_by_github": []}} if "parameters" in rule else {})
        for rule in reversed(made["rules"])
    ]
    return made | {"rules": rules, "source_type": "Repository", "node_id": "z"}


def answer(state: dict[str, Any], method: str, path: str, body: Any) -> Any:  # noqa: C901, PLR0911, PLR0912 -- a table
    path = path.split("?", maxsplit=1)[0]
    if path == "orgs/acme/teams/platform" and method == "GET":
        return {"id": 4711, "slug": "platform"}
    if path == "users/ada" and method == "GET":
        return {"id": 1815, "login": "ada"}
    match = re.fullmatch(r"repos/([^/]+/[^/]+)(?:/(.*))?", path)
    if not match or match[1] != state["name"]:
        raise RefusedError("HTTP 404")
    rest = match[2] or ""
    if (refused := os.environ.get("GH_REFUSES")) and rest == refused:
        raise RefusedError("HTTP 403: Forbidden")
    right = next((r for pattern, r in RIGHTS.items() if re.match(pattern, rest)), "administration")
    if right not in os.environ.get("GH_MAY", right).split():
        raise RefusedError("HTTP 403: Resource not accessible by personal access token")
    if rest == "" and method in {"GET", "PATCH"}:
        state["repository"].update(only(body, REPOSITORY) if method == "PATCH" else {})
        return state["repository"]
    if rest == "actions/permissions/workflow":
        state["workflow"].update(only(body, set(state["workflow"])) if method == "PUT" else {})
        return state["workflow"]
    if rest == "actions/permissions":
        if method == "PUT":
            state["actions"] = only(body, {"enabled", "allowed_actions", "sha_pinning_required"})
        return state["actions"] | {"selected_actions_url": "https://api.github.com/x"}
    if rest in {"vulnerability-alerts", "automated-security-fixes"}:
        if method == "PUT":
            state[rest] = True
            return None
        if rest == "vulnerability-alerts":
            if not state[rest]:
                raise RefusedError("HTTP 404")
            return None
        return {"enabled": state[rest], "paused": False}
    if rest == "rulesets":
        if method == "POST":
            made = only(body, RULESET) | {"id": len(state["rulesets"]) + 1}
            state["rulesets"].append(made)
            return made
        return [{k: r[k] for k in ("id", "name", "target")} for r in state["rulesets"]]
    if match := re.fullmatch(r"rulesets/(\d+)", rest):
        found = next(r for r in state["rulesets"] if r["id"] == int(match[1]))
        if method == "PUT":
            found.update(only(body, RULESET))
        return ruleset_answer(found)
    if rest == "actions/variables" or rest.startswith("actions/variables/"):
        return variables(state["variables"], method, rest.removeprefix("actions/variables").strip("/"), body)
    match = re.fullmatch(r"environments/([a-z0-9-]+)(?:/(.*))?", rest)
    if not match:
        raise RefusedError("HTTP 404")
    return environment(state, method, match[1], match[2] or "", body)


def environment(state: dict[str, Any], method: str, name: str, rest: str, body: Any) -> Any:
    known = state["environments"]
    if rest == "" and method == "PUT":
        kept = known.get(name, {"policies": [], "variables": []})
        defaults = {"wait_timer": 0, "prevent_self_review": False, "reviewers": []}
        known[name] = {"name": name, "policies": kept["policies"], "variables": kept["variables"]} | defaults
        known[name].update(only(body, ENVIRONMENT))
        return environment_answer(known[name])
    if name not in known:
        raise RefusedError("HTTP 404")
    if rest == "":
        return environment_answer(known[name])
    if rest == "deployment-branch-policies":
        if method == "POST":
            state["next"] += 1
            known[name]["policies"].append(only(body, {"name", "type"}) | {"id": state["next"]})
            return None
        return {"total_count": len(known[name]["policies"]), "branch_policies": known[name]["policies"]}
    if match := re.fullmatch(r"deployment-branch-policies/(\d+)", rest):
        known[name]["policies"] = [p for p in known[name]["policies"] if p["id"] != int(match[1])]
        return None
    if rest == "variables" or rest.startswith("variables/"):
        return variables(known[name]["variables"], method, rest.removeprefix("variables").strip("/"), body)
    raise RefusedError("HTTP 404")


def variables(known: list[dict[str, str]], method: str, name: str, body: Any) -> Any:
    if method == "GET" and not name:
        return {"total_count": len(known), "variables": known}
    only(body, {"name", "value"})
    there = next((v for v in known if v["name"] == body["name"]), None)
    if method == "POST" and not name:
        if there:
            raise RefusedError("HTTP 409: already exists")
        known.append(dict(body))
        return {}
    if method == "PATCH" and there and name == body["name"]:
        there["value"] = body["value"]
        return None
    raise RefusedError("HTTP 404")


def pages(value: Any) -> list[Any]:
    """A list, or an object around one, in pages of two."""
    if isinstance(value, list):
        return [value[i : i + 2] for i in range(0, len(value), 2)] or [[]]
    key = next(k for k in ("variables", "branch_policies") if k in value)
    return [{"total_count": len(value[key]), key: part} for part in pages(value[key])]


def parse(words: list[str]) -> tuple[str, str, bool, str, Any]:
    method, path, paginate, jq, body = "GET", "", False, "", None
    arguments = iter(words)
    for word in arguments:
        if word == "--method":
            method = next(arguments)
        elif word == "-H":
            next(arguments)
        elif word == "--paginate":
            paginate = True
        elif word == "--jq":
            jq = next(arguments)
        elif word == "--input":
            assert next(arguments) == "-"
            body = json.load(sys.stdin)
        else:
            path = word
    return method, path, paginate, jq, body


def main() -> int:
    words = sys.argv[1:]
    if words[0] != "api" or os.environ.get("GH_DOWN"):
        sys.stderr.write("gh: something went wrong (HTTP 503)\n")
        return 1
    method, path, paginate, jq, body = parse(words[1:])
    state = json.loads(STATE.read_text())
    try:
        value = answer(state, method, path, body)
    except RefusedError as refused:
        sys.stderr.write(f"gh: no ({refused})\n")
        return 1
    STATE.write_text(json.dumps(state))
    if method != "GET":
        with LOG.open("a") as log:
            log.write(f"{method} {path}\n")
    if value is None:
        return 0
    for part in pages(value) if paginate else [value]:
        text = json.dumps(part)
        if jq:
            text = subprocess.run(
                ["jq", "-c", jq], input=text, capture_output=True, text=True, check=True
            ).stdout.rstrip()
        sys.stdout.write(text + "\n")
    return 0


sys.exit(main())
