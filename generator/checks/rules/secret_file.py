"""No state, no access to a cluster and no filled-in variables are in the repository

The state of Terraform holds every secret that Terraform knows, in clear; a kubeconfig with a token or a key lets
everybody into the cluster; a `.env` is the copy of somebody who filled it in. Take the file out, have git ignore it,
and revoke what was in it: the history keeps it. Key stores are a warning: they may hold certificates alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import yaml
from generator.checks.models import credentials
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, lines, name
from generator.finding import Severity
from generator.secrets import secrets

FORMAT = Format.TEXT

_STATE: Final = re.compile(r"\.tfstate(?:\.backup)?$")
_STORES: Final = (".p12", ".pfx", ".jks", ".keystore", ".kdbx")
_ACCESS: Final = ("kubeconfig", ".kubeconfig.yaml", ".kubeconfig.yml")
_FILLED_IN: Final = re.compile(r"\.env(?:\.(?:local|dev|development|staging|prod|production))?")
_FIX: Final = "Take the file out, have git ignore it, and revoke what was in it."


def files(sources: Sources) -> Iterator[str]:
    return (path for path in sources.tree if not credentials.is_test(path))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    file = name(path)
    if _STATE.search(path):
        yield Flaw(0, f"{file} is the state of Terraform: every secret that it knows stands there in clear", _FIX)
    elif path.endswith(_STORES):
        yield Flaw(0, f"{file} is a store of keys", _FIX, severity=Severity.WARNING)
    elif _FILLED_IN.fullmatch(file):
        yield from _variables(sources, path)
    elif path.endswith(_ACCESS):
        yield from _access(sources, path)


def _variables(sources: Sources, path: str) -> Iterator[Flaw]:
    """The first value of a credential; what looks real is found by its looks, whatever the file is called."""
    for one in credentials.given(sources, path):
        if not credentials.is_placeholder(one.value) and not _told(sources, path, one.line):
            message = f"{name(path)} is in the repository, with a value of {one.name}"
            yield at(one, message, _FIX, severity=Severity.WARNING)
            return


def _access(sources: Sources, path: str) -> Iterator[Flaw]:
    for user in yaml.root(sources, path).at("users").items:
        for key in ("token", "password", "client-key-data"):
            value = user.at("user", key)
            if not credentials.is_placeholder(value.text) and not _told(sources, path, value.line):
                yield at(value, f"this {key} lets whoever reads the repository into the cluster", _FIX)


def _told(sources: Sources, path: str, line: int) -> bool:
    """Whether the value in a line is found by its looks."""
    found = {one.line for one in credentials.written_out(sources, path)} if path in credentials.judged(sources) else ()
    return line in found or any(secrets(lines(sources, path)[line - 1]))
