"""No Secret of Kubernetes stands in the repository with its values

Base64 hides nothing: whoever reads the repository reads the Secret. Have an operator make it from the secret store
(an ExternalSecret), or commit it sealed or encrypted. Values whose names promise no credential are a warning, and so
is a Secret of a test or an example. Values that are placeholders or are filled in by a tool are not judged, nor
addresses, numbers, switches and plain words under such names: they are settings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats.yaml import Node
from generator.checks.models import credentials, kubernetes
from generator.checks.models.kubernetes import Manifest
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, lines
from generator.finding import Severity
from generator.secrets import secrets

FORMAT = Format.KUBERNETES

_PROMISES: Final = re.compile(r"(?i)pass|pwd|secret|token|key|cred|auth")
_SETTING: Final = re.compile(
    r"[a-z][a-z0-9+.-]{0,30}://[^@\s]*|[\w-]+(?:\.[\w-]+)+\.?(?::\d+)?(?:/\S*)?|/[\w./-]*|[\d.,:%]+"
    r"|[a-zA-Z]+(?:(?:, ?|[-_ ])[a-z0-9]+)*"
)


def files(sources: Sources) -> list[str]:
    return list(kubernetes.by_path(sources))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for secret in kubernetes.in_file(sources, path, "Secret"):
        found = list(_values(sources, secret))
        if found and secret.api_version == "v1" and not secret.node.at("sops"):
            # One for a Secret: that of the value that matters most.
            key, value = next(((k, v) for k, v in found if _matters(k, v)), found[0])
            plain = not _matters(key, value) or credentials.is_shown(path)
            message = f"Secret {secret.name} stands in the repository with its value of {key}: base64 hides nothing"
            fix = "Revoke it, and have an ExternalSecret make it from the secret store."
            yield at(value, message, fix, severity=Severity.WARNING if plain else Severity.ERROR)


def _values(sources: Sources, secret: Manifest) -> Iterator[tuple[str, Node]]:
    """The values that are written out, but those that a token's shape gives away."""
    if secret.node.at("type").text == "kubernetes.io/service-account-token":
        return
    for key in ("data", "stringData"):
        for name, value in secret.node.at(key).map.items():
            text = credentials.decoded(value.text) if key == "data" else value.text
            end = value.raw.end_mark.line + 1 if value else 0
            there = "\n".join(lines(sources, secret.path)[value.line - 1 : end])
            setting = _is_setting(text) and not _PROMISES.search(name)
            if not setting and not credentials.is_placeholder(text) and not any(secrets(there)):
                yield name, value


def _is_setting(text: str) -> bool:
    """Whether a value tells nothing: an address, a number, a switch, words; no part of it looks drawn by lot."""
    return bool(_SETTING.fullmatch(text)) and not any(map(credentials.looks_random, re.split(r"[^\w-]+", text)))


def _matters(key: str, value: Node) -> bool:
    """Whether a value is one to revoke, by its name or by what Base64 hides."""
    return credentials.is_credential(key) or any(secrets(credentials.decoded(value.text)))
