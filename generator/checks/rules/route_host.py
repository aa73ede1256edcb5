"""Hosts are those that the gateway takes, each of one environment, and the same everywhere

A route whose host no listener of its gateway takes is attached to nothing: users get 404. One host in two environments
is answered by whichever comes first. In a repository of agency-scaffold the release scripts, the probes, Terraform and
the workflows name the hosts, too: one that is unlike all others looks at somebody else's site.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from generator.checks.formats import yaml
from generator.checks.models import hosts, kubernetes
from generator.checks.models.hosts import Named, Route
from generator.checks.models.ours import is_ours
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, shared
from generator.places import ANSWERS_FILE
from generator.spelling import closest

FORMAT = Format.KUBERNETES


def files(sources: Sources) -> list[str]:
    every = hosts.named(sources) if is_ours(sources) else hosts.routes(sources)
    return sorted({one.path for one in every})


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    said = set()
    for one in hosts.routes(sources):
        if one.path == path:
            for flaw in (*_outside(sources, one), *_claimed(sources, one)):
                said.add(flaw.line)
                yield flaw
    for named, other in _astray(sources) if is_ours(sources) else ():
        if named.path == path and named.line not in said:
            said.add(named.line)
            message = (
                f"{named.of[1]} of {named.of[0]} is {named.host} in {named.where}, and {other.host} in {other.place}"
            )
            yield at(named, message, f"Write {other.host}, or change all.")
    for named, other in _odd(sources) if is_ours(sources) else ():
        if named.path == path and named.line not in said:
            message = f"{named.where} has {named.host}, where {other.place} and all others have {other.host}"
            yield at(named, message, f"Write {other.host}, or change all.")


def _outside(sources: Sources, one: Route) -> Iterator[Flaw]:
    """A host that no listener of the route's gateways takes."""
    parents = [
        parent.at("name").text
        for route in kubernetes.of_kind(sources, "HTTPRoute")
        if route.name == one.route
        for parent in route.node.at("spec", "parentRefs").items
        if parent.at("kind").text in ("", "Gateway")
    ]
    known = hosts.listeners(sources)
    listening = [host for parent in parents for host in known.get(parent, ())]
    taken = any(hosts.takes(host, one.node.text) for host in listening)
    if listening and not taken and all(known.get(parent) for parent in parents):
        message = f"no listener of Gateway {parents[0]} takes {one.node.text}: it has {', '.join(listening)}"
        yield at(one.node, message, "Write a host that it takes, or give it a listener.")


def _claimed(sources: Sources, one: Route) -> Iterator[Flaw]:
    """A host that the overlay of another environment claims, too; it is that one's whose routes look the same."""
    others = _claims(sources).get((one.overlay.partition("/")[0], one.route, one.node.text), ())
    other = next((claim for claim in others if claim.overlay != one.overlay), None)
    if other and one.overlay and _likely(other) >= _likely(one):
        message = f"{one.node.text} is the host of {other.overlay}, too ({other.path}:{other.node.line})"
        yield at(one.node, message, "Give each environment its own host.")


@shared
def _claims(sources: Sources) -> dict[tuple[str, str, str], list[Route]]:
    """The routes in overlays by their name and host."""
    found: dict[tuple[str, str, str], list[Route]] = {}
    for one in hosts.routes(sources):
        found.setdefault((one.overlay.partition("/")[0], one.route, one.node.text), []).append(one)
    return found


def _likely(one: Route) -> int:
    """How well a host fits its overlay: production may have the plain name, any other has its own in it."""
    environment = one.overlay.rpartition("/")[2]
    before_the_domain = one.node.text.split(".")[:-2]
    return (
        2
        if any(environment in label for label in before_the_domain)
        else 1
        if environment.startswith(("prod", "live", "main"))
        else 0
    )


@shared
def _astray(sources: Sources) -> tuple[tuple[Named, Named], ...]:
    """The one place with another host for a service of an environment than all other places, with one of these."""
    groups: dict[tuple[str, str], dict[str, list[Named]]] = {}
    for one in hosts.named(sources):
        if all(one.of):
            groups.setdefault(one.of, {}).setdefault(one.path, []).append(one)
    return tuple(pair for by_path in groups.values() for pair in _apart(sources, list(by_path.values())))


def _apart(sources: Sources, places: list[list[Named]]) -> Iterator[tuple[Named, Named]]:
    for place in places:
        others = [one for one in places if one is not place]
        agreed = set[str].intersection(*({one.host for one in other} for other in others)) if others else set()
        alone = agreed.isdisjoint(one.host for one in place)
        # Of two places, the one that is as the answers say is right.
        sure = len(others) > 1 or not any(_as_answered(sources, one) for one in place)
        right = next((one for other in others for one in other if one.host in agreed), None)
        if alone and sure and right and (len(others) > 1 or _as_answered(sources, right)):
            yield place[0], right


def _as_answered(sources: Sources, named: Named) -> bool:
    """Whether a host has the label and the domain that the answers give the service."""
    root = yaml.root(sources, ANSWERS_FILE)
    labels = [one.at("host").text for one in root.at("services").items if one.at("name").text == named.of[1]]
    domain = root.at("project", "domain").text
    own = [label for label in labels if named.label == label or named.label.endswith(f"-{label}")]
    return bool(own) and named.host == f"{named.label}.{domain}"


@shared
def _odd(sources: Sources) -> tuple[tuple[Named, Named], ...]:
    """The one place that names a host unlike all others with the same first label, with one of these."""
    by_label: dict[str, list[Named]] = {}
    for one in hosts.named(sources):
        by_label.setdefault(one.label, []).append(one)
    found = []
    for same in by_label.values():
        counts = Counter(one.host for one in same)
        if len(counts) == 2 and min(counts.values()) == 1 < max(counts.values()):
            odd = next(one for one in same if counts[one.host] == 1)
            other = next(one for one in same if counts[one.host] > 1)
            # What is wholly unlike is somebody else's: api.github.com beside our own api.
            if closest(odd.host, [other.host]):
                found.append((odd, other))
    return tuple(found)
