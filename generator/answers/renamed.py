"""Which service and which environment got another name: what was made for the old name belongs to the new one.

A service is renamed where exactly one name is gone, exactly one is new, and the two services are otherwise equal; in
its path, host, commands and the like its own name may have followed, or not. An environment is a name in a list, and
perhaps an account: it is renamed where exactly one name is gone, exactly one is new, both stand at the same place of
lists of one length, and the account is the same. Whatever else changes at once, references to the old name in other
answers among it, does not matter.

So it is no rename when a service changes in more than its name, when two names change, when an environment moves or
gets another account, and when names are exchanged.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from generator.answers.model import Answers, Service

_FOLLOWS: Final = ("path", "host", "health_path", "metrics_path", "commands", "env")
"""The answers of a service in whose text its own name may stand."""


@dataclass(frozen=True, slots=True)
class Renames:
    """Old name -> new name, at most one of each kind."""

    services: Mapping[str, str]
    environments: Mapping[str, str]


def renamed(old: Answers, new: Answers) -> Renames:
    """The renames that a change of the answers means."""
    before, after = ({one.name: one for one in answers.services} for answers in (old, new))
    services = _exchanged(list(before), list(after))
    environments = _exchanged(old.environments, new.environments)
    return Renames(
        {one: other for one, other in services.items() if _is_same_service(before[one], after[other])},
        {one: other for one, other in environments.items() if _is_same_environment(old, one, new, other)},
    )


def _exchanged(old: Sequence[str], new: Sequence[str]) -> dict[str, str]:
    """The one name that is gone and the one that is new; nothing where there are more or fewer."""
    gone = [name for name in old if name not in new]
    come = [name for name in new if name not in old]
    return {gone[0]: come[0]} if len(gone) == len(come) == 1 else {}


def _is_same_environment(old: Answers, one: str, new: Answers, other: str) -> bool:
    place = old.environments.index(one) == new.environments.index(other)
    return place and old.cloud.accounts.get(one) == new.cloud.accounts.get(other)


def _is_same_service(old: Service, new: Service) -> bool:
    before, after = msgspec.to_builtins(old), msgspec.to_builtins(new)
    own = re.compile(rf"(?<![a-z0-9]){re.escape(old.name)}(?![a-z0-9])")
    return all(
        value == after[word] or (word in _FOLLOWS and _follows(value, after[word], own, new.name))
        for word, value in before.items()
        if word != "name"
    )


def _follows(old: Any, new: Any, own: re.Pattern[str], name: str) -> bool:
    """Whether texts are equal, or would be with the new name for the old one."""
    if isinstance(old, Mapping):
        return old.keys() == new.keys() and all(_follows(value, new[word], own, name) for word, value in old.items())
    return bool(old == new or own.sub(name, old) == new)
