"""Which services are watched, and by which names their libraries report requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from generator import facts
from generator.component import Answers


@dataclass(frozen=True)
class Scheme:
    """How a library names the metrics of requests."""

    requests: str
    status: str
    buckets: str


SCHEMES: Final = {
    "prometheus": Scheme("http_requests_total", "status", "http_request_duration_seconds_bucket"),
    "otel": Scheme(
        "http_server_request_duration_seconds_count",
        "http_response_status_code",
        "http_server_request_duration_seconds_bucket",
    ),
    "micrometer": Scheme("http_server_requests_seconds_count", "status", "http_server_requests_seconds_bucket"),
}


@dataclass(frozen=True)
class Source:
    """The services that share a scheme."""

    scheme: Scheme
    services: tuple[str, ...]

    def selector(self, *more: str) -> str:
        """The label matchers of their series."""
        return "{" + ", ".join(['job="services"', _service_is(self.services), *more]) + "}"

    def failures(self) -> str:
        """The label matchers of the series of server errors."""
        return self.selector(f'{self.scheme.status}=~"5.."')


@dataclass(frozen=True)
class Watched:
    """The names of the services that Prometheus knows something of."""

    scraped: tuple[str, ...]
    measured: tuple[str, ...]
    """Those whose requests are counted."""
    public: tuple[str, ...]
    """Those whose failure users see; a public service that is not scraped cannot be judged."""
    sources: tuple[Source, ...]


def watched(answers: Answers) -> Watched:
    """The services that Prometheus scrapes, by what it can know of them."""
    scraped = facts.scraped(answers)
    measured = [s for s in scraped if facts.has_requests(s)]
    by_scheme = {name: tuple(s.name for s in measured if s.metrics == name) for name in SCHEMES}
    return Watched(
        scraped=tuple(s.name for s in scraped),
        measured=tuple(s.name for s in measured),
        public=tuple(s.name for s in scraped if s.public),
        sources=tuple(Source(SCHEMES[name], services) for name, services in by_scheme.items() if services),
    )


def _service_is(names: tuple[str, ...]) -> str:
    """A matcher for the label `service`; names are DNS labels, so nothing in them is special in a pattern."""
    return 'service=~"' + "|".join(names) + '"' if len(names) > 1 else f'service="{names[0]}"'
