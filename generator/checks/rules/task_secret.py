"""The keys that a task asks of its secret are those that the secret has

`undeployed:NAME::` in a task definition stands for a key of the service's own secret, and the variables of each
environment say which keys that has. A task that asks for another does not start. Write the key into `services` of
the variables, or correct it in the task.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from generator.checks.formats import hcl, yaml
from generator.checks.models.terraform import TESTS
from generator.checks.models.terraform_settings import certain
from generator.checks.rule import Flaw, Format, at, did_you_mean, one_of
from generator.checks.source import Sources, folder, name, shared, text

FORMAT = Format.JSON

_OWN: Final = re.compile(r"undeployed:([^:]+)::")
_DATABASE: Final = re.compile(r"undeployed-database:([^:]+)::")
_LOGIN: Final = ("username", "password")


def files(sources: Sources) -> Iterator[str]:
    if _services(sources):
        yield from (path for path in sources.ending(".json") if '"undeployed' in text(sources, path))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    service = name(path).removesuffix(".json")
    for container in yaml.root(sources, path).at("containerDefinitions").items:
        for secret in container.at("secrets").items:
            wanted = secret.at("valueFrom")
            own, login = _OWN.fullmatch(wanted.text), _DATABASE.fullmatch(wanted.text)
            if login and login[1] not in _LOGIN:
                message = f"the secret of the database has no key {login[1]}"
                yield at(wanted, message, one_of(_LOGIN), did_you_mean(login[1], _LOGIN))
            for variables, services in _services(sources).items() if own else ():
                keys = services.get(service)
                if own and keys is not None and own[1] not in keys:
                    message = f"the secret of {service} has no key {own[1]} in {variables}"
                    fix = f"Add {own[1]} to services.{service}.secrets in {variables}."
                    yield at(wanted, message, fix, did_you_mean(own[1], keys))
                    break


@shared
def _services(sources: Sources) -> Mapping[str, dict[str, tuple[str, ...]]]:
    """By variables file: the keys of each service's secret, as far as they are plain."""
    found = {}
    tests = {folder(path) for path in sources.ending(TESTS)}
    for path in (path for path in sources.ending(".tfvars") if folder(path) not in tests):
        given = hcl.parse(sources, path).body.get("services")
        value = certain(sources, path, given.value) if given else None
        if isinstance(value, dict):
            found[path] = {str(key): keys for key, one in value.items() if (keys := _keys(one)) is not None}
    return found


def _keys(service: Any) -> tuple[str, ...] | None:
    given = service.get("secrets") if isinstance(service, dict) else None
    return tuple(given) if isinstance(given, list) and all(isinstance(key, str) for key in given) else None
