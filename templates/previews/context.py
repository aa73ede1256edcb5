"""What the scripts of previews know from the answers, and what previews mean for people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from generator import facts
from generator.component import Answers, Part, Parts, Service, builds, contributes, load_parts
from generator.parts import SizeRow


@dataclass(frozen=True)
class Context:
    """The names that the template sees."""

    environment: str
    prefix: str
    limit: int
    ttl_days: int
    services: str
    """A line each: name, repository, `runs` or `tasks`."""
    routes: str
    """A line for each public service: service, scheme, host with `{number}`."""
    seeds: str


@builds
def build(answers: Answers, _parts: Parts) -> Context:
    """The answers, as shell variables."""
    return Context(
        environment=facts.preview_environment(answers),
        prefix=facts.preview_prefix(answers),
        limit=facts.PREVIEW_LIMIT,
        ttl_days=answers.previews.ttl_days,
        services="\n".join(
            f"{s.name} {_repository(answers, s)} {'tasks' if s.kind == 'job' else 'runs'}"
            for s in facts.preview_services(answers)
        ),
        routes="\n".join(f"{s.name} https {_host(answers, s, '{number}')}" for s in facts.public(answers)),
        seeds=" ".join(s.name for s in answers.services if facts.seeds(answers, s)),
    )


def _host(answers: Answers, service: Service, number: str) -> str:
    """The public host of a service in the preview of a pull request, whose number may be a placeholder."""
    label = f"pr-{number}" if len(facts.public(answers)) == 1 else f"pr-{number}-{service.host}"
    return f"{label}.{facts.PREVIEW}.{answers.project.domain}"


def _repository(answers: Answers, service: Service) -> str:
    """The path of a service's image in the registry of previews, which no release reads."""
    return f"{facts.project(answers)}/{facts.PREVIEW}/{service.name}"


@contributes
def parts(answers: Answers) -> Iterable[Part]:
    """What previews mean for people, and the targets that call the script."""
    words = {
        "ENVIRONMENT": facts.preview_environment(answers),
        "STACK": facts.stack(answers, facts.preview_environment(answers)),
        "PROJECT": facts.project(answers),
        "LIMIT": str(facts.PREVIEW_LIMIT),
        "DAYS": str(answers.previews.ttl_days),
        "HOST": _host(answers, facts.public(answers)[0], "12"),
    }
    flags = {"database": answers.data.database != "none", "jobs": bool(facts.jobs(answers))}
    yield from load_parts(__file__, "parts.yml", words, flags)
    here = f"{facts.PREVIEW_LIMIT}, each for {answers.previews.ttl_days} days after its last deployment"
    values = tuple(here if e == facts.preview_environment(answers) else "none" for e in answers.environments)
    yield SizeRow(what="Previews at once", values=values)
