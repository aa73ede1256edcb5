"""A service runs with its own settings, secrets and account

The answers say which variables and secrets each service has, and the database brings some more. A workload that reads
another service's ConfigMap or Secret in the place of its own holds keys that are not for it, and misses those that are.
One under another account, `default` among them, has none of its rights in the cloud. A variable that nobody sets, or
that is called otherwise than in the code, is missed at the first request at the latest. Judged in repositories of
agency-scaffold, by the answers; what is to be otherwise is changed there, too.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import config_keys, kubernetes, references, services
from generator.checks.models.kubernetes import Manifest
from generator.checks.models.ours import is_ours
from generator.checks.models.service_names import answered
from generator.checks.rule import Flaw, Format, Placed, at
from generator.checks.source import Sources, name
from generator.facts import DATABASE_SECRETS, DATABASE_VARIABLES
from generator.places import ANSWERS_FILE
from generator.spelling import closest

FORMAT = Format.KUBERNETES

_KINDS: Final = (*services.RUNNING, "CronJob")
_OF_ALL: Final = "platform"
"""The ConfigMap that tells every service where it runs."""
_KEY: Final = re.compile(r"undeployed(-database)?:(\w+)::")


def files(sources: Sources) -> Iterator[str]:
    if is_ours(sources) and answered(sources):
        yield from kubernetes.files_of(sources, *_KINDS, "ConfigMap", "ExternalSecret")
        yield from (path for path in services.tasks(sources) if _service_of(sources, path))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    if path in services.tasks(sources):
        yield from _task(sources, path)
        return
    for one in kubernetes.in_file(sources, path, *_KINDS):
        if one.name in answered(sources):
            yield from _account(sources, one)
            yield from _read(sources, one)
    for one in kubernetes.in_file(sources, path, "ExternalSecret"):
        yield from _external(sources, one)
    for one in kubernetes.in_file(sources, path, "ConfigMap"):
        yield from _map(sources, one)


def _has_database(sources: Sources) -> bool:
    return yaml.root(sources, ANSWERS_FILE).at("data", "database").text not in ("", "none")


def _account(sources: Sources, one: Manifest) -> Iterator[Flaw]:
    given = one.pod.at("spec", "serviceAccountName")
    if given.text != one.name and one.name in kubernetes.names_of(sources, "ServiceAccount"):
        message = f"{one.kind} {one.name} runs as {given.text or 'default'}, and not under its own account"
        yield at(given or one.pod.at("spec"), message, f"Write `serviceAccountName: {one.name}`.")


def _read(sources: Sources, one: Manifest) -> Iterator[Flaw]:
    """What is wrong where a workload does not read its own ConfigMap or Secret."""
    named = [(kind, node) for kind, node, _ in references.of_pods(one)]
    for kind, own in (("ConfigMap", f"{one.name}-config"), ("Secret", one.name)):
        read = {node.text for of, node in named if of == kind}
        if own in read or own not in kubernetes.names_of(sources, kind):
            continue
        strange = [node for of, node in named if of == kind and node.text in _of_others(sources, kind, one.name)]
        container = next(iter(services.main_containers(one)), one.pod)
        message = f"{one.kind} {one.name} does not read its {kind} {own}"
        message += f", and reads {strange[0].text}" if strange else ""
        fix = f"Write {own}." if strange else f"Add {own} to `envFrom`."
        yield at(strange[0] if strange else container.key("envFrom"), message, fix)


def _of_others(sources: Sources, kind: str, service: str) -> set[str]:
    suffix = "-config" if kind == "ConfigMap" else ""
    return {f"{other}{suffix}" for other in answered(sources) if other != service}


def _external(sources: Sources, one: Manifest) -> Iterator[Flaw]:
    """What is wrong with the names that an ExternalSecret gives keys: pods get them as variables."""
    service = answered(sources).get(kubernetes.secret_of(one))
    secrets = {item.text: item.text for item in service.at("secrets").items} if service else {}
    if one.name == "database" and not service and _has_database(sources):
        secrets = {key: variable for variable, key in DATABASE_SECRETS.items()}
    for entry in one.node.at("spec", "data").items:
        given, right = entry.at("secretKey"), secrets.get(entry.at("remoteRef", "property").text)
        if right and given.text != right:
            yield _misnamed(given, given.text, right)


def _misnamed(place: Placed, given: str, right: str) -> Flaw:
    return at(place, f"the code looks for {right}, and gets this as {given}", f"Write {right}.")


def _map(sources: Sources, one: Manifest) -> Iterator[Flaw]:
    """What is missing in a ConfigMap that tells all services where they run, or one its settings."""
    service = answered(sources).get(one.name.removesuffix("-config")) if one.name.endswith("-config") else None
    given = {key.text: key for key in one.node.at("data").keys}
    what, place = f"ConfigMap {one.name}", one.node.key("data")
    if one.name == _OF_ALL and _has_database(sources):
        yield from _missing(given, DATABASE_VARIABLES, what, place)
    elif service is not None:
        elsewhere = config_keys.keys(sources, "ConfigMap").get(one.name, set()) | _variables(sources, service)
        wanted = [variable for variable in service.at("env").map if variable not in elsewhere]
        yield from _missing(given, wanted, what, place)


def _variables(sources: Sources, service: Node) -> set[str]:
    """The variables that the workload of a service has itself."""
    own = [one for one in kubernetes.of_kind(sources, *_KINDS) if one.name == service.at("name").text]
    return {entry.at("name").text for one in own for each in one.containers for entry in each.at("env").items}


def _missing(given: Mapping[str, Placed], wanted: Collection[str], what: str, place: Placed) -> Iterator[Flaw]:
    """The variables that are not given; one that is spelt almost like it, and that nobody wants, is the place."""
    known = set(wanted) | set(DATABASE_VARIABLES)
    for variable in wanted:
        if variable not in given:
            near = closest(variable, sorted(given.keys() - known), 0.7)
            more = "" if variable in DATABASE_VARIABLES else f", or take it out of {ANSWERS_FILE}, too"
            missed = at(place, f"{what} lacks {variable}", f"Add {variable}{more}.")
            yield _misnamed(given[near], near, variable) if near else missed


def _service_of(sources: Sources, path: str) -> str:
    """The service that a task definition is of: the file is called after it."""
    stem = name(path).removesuffix(".json")
    return stem if stem in answered(sources) else ""


def _task(sources: Sources, path: str) -> Iterator[Flaw]:
    service = answered(sources)[_service_of(sources, path)]
    own = [one for one in services.task_containers(sources, path) if one.at("name").text == service.at("name").text]
    for container in own[:1]:
        secrets = container.at("secrets").items
        for one in secrets:
            match = _KEY.fullmatch(one.at("valueFrom").text)
            login = {key: variable for variable, key in DATABASE_SECRETS.items()}
            right = (login.get(match[2], "") if match[1] else match[2]) if match else ""
            if right and one.at("name").text != right:
                yield _misnamed(one.at("name"), one.at("name").text, right)
        given = {one.at("name").text: one.at("name") for one in container.at("environment").items}
        hidden = {one.at("name").text for one in secrets}
        database = _has_database(sources) and any(text.startswith("DATABASE_") for text in {*given, *hidden})
        wanted = {*(DATABASE_VARIABLES if database else ()), *service.at("env").map} - hidden
        what = f"the task of {service.at('name').text}"
        yield from _missing(given, sorted(wanted), what, container.key("environment"))
