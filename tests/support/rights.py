"""What a Role lets somebody do: each request to the double of Kubernetes is held to the generated one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

ROLE: Final = Path("infrastructure/kubernetes/access/role.yaml")
_PATH: Final = re.compile(
    r"/(?:api|apis/(?P<group>[^/]+))/v\d\w*/namespaces/(?P<namespace>[^/]+)"
    r"/(?P<resource>[a-z]+)(?:/(?P<name>[^/]+)(?:/(?P<below>[a-z]+).*)?)?"
)
_VERBS: Final = {"POST": "create", "PUT": "update", "PATCH": "patch"}
Rule = Mapping[str, Sequence[str]]


def rules(root: Path) -> tuple[Rule, ...]:
    """The rules of those who release, as `make platform` brings them into the cluster."""
    documents = yaml.safe_load_all((root / ROLE).read_text())
    return tuple(rule for one in documents for rule in one.get("rules", ()))


def refused(rules: Sequence[Rule], namespace: str, method: str, path: str) -> str:
    """What no rule allows, in the words of the API server; nothing where it is allowed, or is not in the namespace."""
    found = _PATH.fullmatch(path)
    if found is None or found["namespace"] != namespace:
        return ""
    name = found["name"] or ""
    resource = "/".join(filter(None, (found["resource"], found["below"])))
    verb = _verb(method, name)
    asked = {"apiGroups": found["group"] or "", "resources": resource, "verbs": verb}
    if any(_allows(rule, asked, name if verb != "create" else "") for rule in rules):
        return ""
    return f"cannot {verb} resource {resource!r} in API group {asked['apiGroups']!r}: {name}"


def _verb(method: str, name: str) -> str:
    if method == "GET":
        return "get" if name else "list"
    if method == "DELETE":
        return "delete" if name else "deletecollection"
    return _VERBS[method]


def _allows(rule: Rule, asked: Mapping[str, Any], name: str) -> bool:
    return all(value in rule[key] for key, value in asked.items()) and (
        "resourceNames" not in rule or name in rule["resourceNames"]
    )
