"""Where the answers say that the services lie: their code may come later, or live elsewhere."""

from __future__ import annotations

from generator.checks.formats import yaml
from generator.checks.source import Sources, shared
from generator.places import ANSWERS_FILE


@shared
def service_folders(sources: Sources) -> tuple[str, ...]:
    """The folders of the services of `agency-scaffold.yml`."""
    services = yaml.root(sources, ANSWERS_FILE).at("services").items
    return tuple((one.at("path").text or f"services/{one.at('name').text}").strip("/") for one in services)


def is_of_a_service(sources: Sources, place: str) -> bool:
    """Whether a place is a service's folder, lies in one, or above one."""
    ways = service_folders(sources)
    return any(f"{place}/".startswith(f"{way}/") or f"{way}/".startswith(f"{place}/") for way in ways)
