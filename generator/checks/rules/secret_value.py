"""No password or key is given as a value in a file

What looks drawn by lot and stands behind a name such as `password`, `token` or `api_key` is most likely real. Everyone
who ever cloned the repository has it, and it stays in the history after it is removed. Revoke it first, then keep the
new one in the secret store and name it from there. Digests, references, placeholders, encrypted values and files of
tests are not judged.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.models import credentials
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.TEXT


def files(sources: Sources) -> Iterator[str]:
    return iter(credentials.judged(sources))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for one in credentials.written_out(sources, path):
        message = f"{one.name} has a value here that looks real: whoever reads the repository has it"
        yield at(one, message, "Revoke it, then take the new one from the secret store.")
