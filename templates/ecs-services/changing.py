"""What the runbooks need to change how releases are made while services run: names, environment by environment."""

from __future__ import annotations

from collections.abc import Iterator

from generator import facts, shifts
from generator.component import Answers

_LISTENER = """\
case "$CLUSTER_NAME" in {names} esac
BALANCER=$(aws elbv2 describe-load-balancers --names "$NAME" --query 'LoadBalancers[0].LoadBalancerArn' --output text)
LISTENER=$(aws elbv2 describe-listeners --load-balancer-arn "$BALANCER" --output text \\
  --query 'Listeners[?Port==`{port}`].ListenerArn')"""
_TELL = """\
inside() {
  aws ecs update-service --cluster "$CLUSTER_NAME" --service "$1" --query service.serviceName \\
    --deployment-configuration "$(how "$1")"
}"""
_INSIDE = (
    "- {names}: called by other services alone, by Service Connect, in which ECS moves requests, too. No target group"
    " has to be made; the commands tell ECS of the change, which begins no deployment. The list below counts 0 groups"
    " by every strategy."
)
_WORKERS = (
    "- {names}: no requests to be moved, so ECS replaces tasks one after another by every strategy. Nothing is to be"
    " done, and the list below says the same before and afterwards."
)


def words_of(answers: Answers) -> dict[str, str]:
    """What the `<WORDS>` of `parts.yml` stand for."""
    moved = shifts.moved(answers)
    stacks = [facts.stack(answers, name) for name in answers.environments]
    names = " ".join(f"{stack}) NAME={facts.short(32, stack)} ;;" for stack in stacks)
    return {
        "STACK": facts.stack(answers, answers.production),
        "FIRST": answers.environments[0],
        "PRODUCTION": answers.production,
        "SERVICES": " ".join(s.name for s in facts.long_running(answers)),
        "MOVED": " ".join(s.name for s in moved),
        "BESIDE": _beside(answers),
        "LISTENER": _LISTENER.format(names=names, port=443 if answers.project.domain else 80),
        "BOTH": "\n".join((*_calls(answers, "both"), *_inside(answers))),
        "TO_FIRST": "\n".join(_calls(answers, "to_first")),
        "ALONE": "\n".join((*_calls(answers, "alone"), *_inside(answers))),
    }


def _beside(answers: Answers) -> str:
    """What becomes of the services that no rule leads to; nothing where there are none."""
    moved = shifts.moved(answers)
    kinds = (
        (_INSIDE, [s.name for s in moved if not s.public]),
        (_WORKERS, [s.name for s in facts.long_running(answers) if s not in moved]),
    )
    lines = [text.format(names=", ".join(f"`{name}`" for name in names)) for text, names in kinds if names]
    return "\n\n".join(("", "Services that no rule of a load balancer leads to:", *lines)) if lines else ""


def _calls(answers: Answers, function: str) -> Iterator[str]:
    """A function called with name, port and both target groups of each public service."""
    for environment in answers.environments if facts.public(answers) else ():
        stack = facts.stack(answers, environment)
        calls = "; ".join(
            f"{function} {s.name} {s.port} {facts.short(32, stack, s.name)} {_second(stack, s.name)}"
            for s in facts.public(answers)
        )
        yield f'if [ "$CLUSTER_NAME" = {stack} ]; then {calls}; fi'


def _inside(answers: Answers) -> Iterator[str]:
    """Those that no rule leads to, and how they are told."""
    names = [s.name for s in shifts.moved(answers) if not s.public]
    if names:
        yield _TELL
        yield f'for service in {" ".join(names)}; do inside "$service"; done'


def _second(stack: str, service: str) -> str:
    return facts.short(32, stack, service, shifts.ALTERNATE)
