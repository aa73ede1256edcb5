"""The roles of AWS that a Terraform root makes, each with all statements of its policies.

A role whose policies cannot all be seen is left out: what it seems to lack may stand elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Final

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Body
from generator.checks.formats.hcl_values import HOLE
from generator.checks.models import iam, iam_actions
from generator.checks.models.iam import Statement
from generator.checks.models.terraform import modules
from generator.checks.models.terraform_settings import Resource, bodies, of
from generator.checks.source import Sources, folder, shared

_ATTACHMENT: Final = "aws_iam_role_policy_attachment"
_REFERENCE: Final = re.compile(r"\b(?:local\.(\w+)|data\.aws_iam_policy_document\.(\w+)|aws_iam_policy\.(\w+))")
_ROLE: Final = re.compile(r"\baws_iam_role\.(\w+)")


@dataclass(slots=True)
class Role:
    """A role and what it may do."""

    name: str
    """As Terraform names it."""
    place: str
    """The folder of its root."""
    statements: list[Statement] = field(default_factory=list)
    whole: bool = True
    """Whether nothing is attached that the root does not show."""

    def allows(self, action: str) -> bool:
        """Whether a statement allows an action, on whatever resource."""
        return bool(self.allowing_action(action))

    def allowing_action(self, action: str) -> list[Statement]:
        """The statements that allow an action."""
        prefix, name = iam_actions.split(action)
        return [one for one in self.allowing if any(_covers(word.text, prefix, name) for word in one.actions)]

    @property
    def allowing(self) -> list[Statement]:
        return [one for one in self.statements if one.allows]

    def nearest(self, action: str) -> Statement:
        """The statement that an action most likely belongs to: the one with the name that is most like it."""

        def alike(one: Statement) -> float:
            prefix, _, name = action.partition(":")
            pairs = [word.text.partition(":") for word in one.actions]
            ratios = [SequenceMatcher(None, name, other).ratio() + (theirs == prefix) for theirs, _, other in pairs]
            return max(ratios, default=0)

        return max(self.allowing, key=alike)


def _covers(pattern: str, prefix: str, name: str) -> bool:
    if pattern in ("*", "*:*"):
        return True
    theirs, wanted = iam_actions.split(pattern)
    return theirs == prefix and iam_actions.covers(wanted, name)


@shared
def roles(sources: Sources) -> tuple[Role, ...]:
    """The roles whose policies are all known, and have actions that are."""
    found: dict[tuple[str, str], Role] = {}
    by_owner = _by_owner(sources)
    for one in of(sources, "aws_iam_role_policy", _ATTACHMENT):
        given = one.body.get("role")
        names = _ROLE.findall(hcl.word(given.value)) if given else []
        for name in names:
            role = found.setdefault((folder(one.path), name), Role(name, folder(one.path)))
            _add(sources, role, one, by_owner)
    for place, name in _more(sources):
        if (place, name) in found:
            found[place, name].whole = False
    return tuple(role for role in found.values() if role.whole and _plain(role))


def _more(sources: Sources) -> Iterator[tuple[str, str]]:
    """The roles, by folder and name, that have policies in other ways."""
    for one in of(sources, "aws_iam_role"):
        if one.body.get("managed_policy_arns") or any(True for _ in bodies(one.body, ("inline_policy",))):
            yield folder(one.path), one.block.name
    for one in of(sources, "aws_iam_policy_attachment"):
        given = one.body.get("roles")
        yield from ((folder(one.path), name) for name in (_ROLE.findall(hcl.word(given.value)) if given else ()))


def _plain(role: Role) -> bool:
    words = [word.text for one in role.allowing for word in one.actions]
    return bool(words) and not any(HOLE in word for word in words)


def _add(sources: Sources, role: Role, one: Resource, by_owner: Mapping[tuple[str, str, str], list[Statement]]) -> None:
    words = list(_words(one.body))
    if one.type == _ATTACHMENT and not any("aws_iam_policy." in word for word in words):
        role.whole = False
        return
    own = by_owner.get((role.place, one.type, one.block.name), ())
    reached = [found for key in _closure(sources, role.place, words) for found in by_owner.get((role.place, *key), ())]
    role.statements += [each for each in (*own, *reached) if each not in role.statements]


@shared
def _by_owner(sources: Sources) -> Mapping[tuple[str, str, str], list[Statement]]:
    found: dict[tuple[str, str, str], list[Statement]] = {}
    for one in iam.statements(sources):
        kind = "local" if one.owner.kind == "locals" else one.owner.type
        found.setdefault((folder(one.path), kind, one.owner.name), []).append(one)
    return found


def _words(body: Body) -> Iterator[str]:
    yield from (hcl.word(argument.value) for argument in body.arguments if argument.name != "role")
    for block in body.blocks:
        yield from _words(block.body)


def _closure(sources: Sources, place: str, words: list[str]) -> list[tuple[str, str]]:
    """What expressions name, and what that names in turn: locals, documents and policies, as type and name."""
    module = modules(sources)[place]
    found: list[tuple[str, str]] = []
    waiting = list(words)
    while waiting:
        for local, document, policy in _REFERENCE.findall(waiting.pop()):
            key = ("local", local) if local else ("aws_iam_policy_document", document) if document else ("", "")
            key = ("aws_iam_policy", policy) if policy else key
            if key in found:
                continue
            found.append(key)
            kind = {"local": "locals", "aws_iam_policy": "resource"}.get(key[0], "data")
            declared = module.locals.get(local) if local else module.objects.get((kind, *key))
            waiting += _words(declared.body) if declared else ()
    return found
