"""Fixed targets of Prometheus are Services that exist, on a port that they have

Prometheus shows a target that does not exist as down, and one for Alertmanager as an error in its
log while no alert reaches anyone. A host name must be a Service (or a service of a compose file), and
one of the task that Prometheus runs in must have a container on that port. Addresses and hosts outside
of the cluster are not judged, nor is what lies in a namespace that the repository does not hold, nor a name unlike
all Services where charts may bring others; outside of a repository of agency-scaffold such a name is a warning.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.models import prometheus, scraped
from generator.checks.models.habits import habit
from generator.checks.models.kubernetes_world import held
from generator.checks.models.scraped import Target
from generator.checks.rule import Flaw, Format, at, did_you_mean, one_of
from generator.checks.source import Sources

FORMAT = Format.PROMETHEUS


def files(sources: Sources) -> Iterator[str]:
    return (path for path in prometheus.configurations(sources) if any(_judged(sources, path)))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for target in _judged(sources, path):
        yield from _beside(sources, target) if target.host == "localhost" else _named(sources, target)


def _judged(sources: Sources, path: str) -> Iterator[Target]:
    """Those of which something is known."""
    local, own = scraped.beside(sources), held(sources)
    for target in scraped.targets(sources, path):
        if target.namespace and own and target.namespace not in own:
            continue  # somebody else's
        if local if target.host == "localhost" else scraped.ports(sources):
            yield target


def _named(sources: Sources, target: Target) -> Iterator[Flaw]:
    known, told = scraped.ports(sources), scraped.told(sources)
    if target.host not in known:
        near = did_you_mean(target.host, known)
        if near or not scraped.made_elsewhere(sources):
            fix = f"Add a Service {target.host}, or name one that is there."
            flaw = at(target.place, f"no Service is named {target.host}", fix, near)
            yield flaw if near else habit(flaw)
    elif known[target.host] and target.port not in known[target.host]:
        yield at(target.port_place, f"Service {target.host} has no port {target.port}", one_of(known[target.host]))
    elif not known[target.host] and target.port not in told.get(target.host, {target.port}):
        listens = ", ".join(sorted(told[target.host]))
        message = f"{target.host} of compose is told to listen on {listens}, not on {target.port}"
        yield habit(at(target.port_place, message, f"Write {' or '.join(sorted(told[target.host]))}."))


def _beside(sources: Sources, target: Target) -> Iterator[Flaw]:
    known = scraped.beside(sources)
    if target.port not in known:
        message = f"no container of the task listens on {target.port}: they listen on {', '.join(sorted(known))}"
        yield at(target.port_place, message, one_of(known))
