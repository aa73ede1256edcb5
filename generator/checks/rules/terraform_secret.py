"""No password is written into a resource of Terraform

A text that stands for `password`, `auth_token` or `secret_string` in a resource or a provider is what it gets:
weak or not, everyone who has the repository has it, and so has the state. Let the service keep it itself
(`manage_master_user_password`), or hand it in from the secret store. Placeholders, references, what `ignore_changes`
leaves to others and tests are not judged; what looks drawn by lot is told by `secret-value`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Argument, Body
from generator.checks.models import credentials
from generator.checks.models.habits import habit
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, lines
from generator.secrets import secrets

FORMAT = Format.TERRAFORM
_SECRET: Final = re.compile(r"(?:\w+_)?(?:password|passwd|passphrase|auth_token|secret_string)")
"""Arguments that hold the value itself: a `secret` or a `token` may be the name of one."""


def files(sources: Sources) -> Iterator[str]:
    return (path for path in sources.ending(".tf", ".tofu") if not credentials.is_test(path))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for block in hcl.parse(sources, path).body.of("resource", "data", "ephemeral", "provider"):
        for argument in _written(block.body, _left(block.body)):
            if not any(secrets(lines(sources, path)[argument.line - 1])):
                message = f"{argument.name} is given as a text: whoever reads the repository has it"
                yield habit(at(argument, message, "Take a new one from the secret store, and revoke this."))


def _written(body: Body, left: str) -> Iterator[Argument]:
    for argument in body.arguments:
        named = _SECRET.fullmatch(argument.name) and not re.search(rf"\b{argument.name}\b", left)
        if named and hcl.is_text(argument.value) and _is_weak(hcl.word(argument.value).strip().strip('"')):
            yield argument
    for block in body.blocks:
        yield from _written(block.body, left)


def _is_weak(value: str) -> bool:
    """Whether a text is a secret that does not look like one: no placeholder, and not what is told of its looks."""
    return not credentials.is_placeholder(value) and not credentials.looks_random(value)


def _left(body: Body) -> str:
    """What others may change, as it is written."""
    given = [one.body.get("ignore_changes") for one in body.of("lifecycle")]
    return " ".join(hcl.word(one.value) for one in given if one)
