"""How people start the tasks of services anew. Where ECS moves requests, that must not take the steps of a release."""

from __future__ import annotations

from generator import facts, shifts
from generator.component import Answers, Service

_PLAIN = "{update} --force-new-deployment --query service.serviceName"
_UPDATE = "aws ecs update-service --cluster {stack} --service {service}"
_AT_ONCE = """\
HOW=$(aws ecs describe-services --cluster {stack} --services {service} --output json \\
  --query 'services[0].deploymentConfiguration' |
  jq -c 'del(.canaryConfiguration, .linearConfiguration) + {{strategy: "BLUE_GREEN", bakeTimeInMinutes: 0}}')
{update} --force-new-deployment --deployment-configuration "$HOW" --query service.serviceName"""
"""All requests go to the new tasks as soon as they are healthy; the next release moves them in its steps again."""


def one_of(answers: Answers, service: Service) -> str:
    """The commands for one service."""
    moved = shifts.shifting(answers) and service in shifts.moved(answers)
    return _commands(_AT_ONCE if moved else _PLAIN, answers, service.name)


def _commands(form: str, answers: Answers, service: str) -> str:
    stack = facts.stack(answers, answers.production)
    return form.format(stack=stack, service=service, update=_UPDATE.format(stack=stack, service=service))


def all_of(answers: Answers) -> str:
    """The commands for every service that runs all the time."""
    moved = shifts.moved(answers) if shifts.shifting(answers) else ()
    rest = [s.name for s in facts.long_running(answers) if s not in moved]
    lines = []
    if moved:
        inner = _commands(_AT_ONCE, answers, '"$service"').replace("\n", "\n  ")
        lines.append(f"for service in {' '.join(s.name for s in moved)}; do\n  {inner}\ndone")
    if rest:
        plain = _commands(_PLAIN, answers, '"$service"')
        lines.append(f"for service in {' '.join(rest)}; do {plain}; done")
    return "\n".join(lines)
