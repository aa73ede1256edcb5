"""How the alerts see the pods of the services, whoever has them: a Deployment, or a Rollout."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, Final

import msgspec

from generator import facts, rollouts, shifts
from generator.component import Answers, Part, fill, load_yaml
from generator.parts import Alert, AlertTest

_EITHER: Final = """
  {deployments}
  or
  {rollouts}
"""
_OF_ROLLOUTS: Final = """{what}
    * on (namespace, replicaset) group_left (owner_name)
    max by (namespace, replicaset, owner_name) (
      kube_replicaset_owner{{owner_kind="Rollout"{names}}}
    )"""
_BY_SERVICE: Final = """label_replace(
    {pods},
    "service", "$1", "owner_name", "(.+)"
  )"""


def counted(answers: Answers) -> dict[str, Any]:
    """What stands for the words of alerts that count pods, by service.

    What Rollouts have is counted by their ReplicaSets: it must not be the controller who says that nothing serves. A
    Deployment of before, or of a side, counts as well until it is gone.
    """
    controlled, namespace = rollouts.controlled(answers), facts.namespace(answers)
    ends = shifts.sides(answers) or (shifts.SIDES if controlled else ())
    side = f"(-({'|'.join(ends)}))?" if ends else ""
    of_service = f'"service", "$1", "deployment", "(.+?){side}"'
    public = "|".join(s.name for s in facts.public(answers) if s.kind != "job")
    mine = f'namespace="{namespace}"'
    found = {
        "AVAILABLE": f"label_replace(kube_deployment_status_replicas_available{{{mine}}}, {of_service})",
        "WANTED": f"label_replace(kube_deployment_spec_replicas, {of_service})",
        "SERVING": f'kube_deployment_status_replicas_available{{{mine}, deployment=~"({public}){side}"}} > 0',
    }
    if controlled:
        of = partial(_OF_ROLLOUTS.format, names="")
        ready = f"kube_replicaset_status_ready_replicas{{{mine}}}"
        more = {
            "AVAILABLE": _BY_SERVICE.format(pods=of(what=ready)),
            "WANTED": _BY_SERVICE.format(pods=of(what="kube_replicaset_spec_replicas")),
            "SERVING": f"""{of(what=ready, names=f', owner_name=~"{public}"')} > 0""",
        }
        found = {word: _EITHER.format(deployments=text, rollouts=more[word]) for word, text in found.items()}
    return found | {
        "SIDE": side,
        "OF_SERVICE": of_service,
        "OF_AUTOSCALER": f'"service", "$1", "horizontalpodautoscaler", "(.+?){side}"',
        **kinds(answers),
    }


def kinds(answers: Answers) -> dict[str, str]:
    """What has the pods, as kubectl and people call it."""
    if rollouts.controlled(answers):
        return {"WORKLOADS": "rollout,replicaset,pods", "KINDS": "rollouts", "NAMES": "Rollouts"}
    return {"WORKLOADS": "deployment,replicaset,pods", "KINDS": "deployments", "NAMES": "Deployments"}


def tested(answers: Answers, alerts: Iterable[Part], values: dict[str, Any]) -> Iterator[Part]:
    """The alerts; those that count the pods of Rollouts with the tests of that."""
    more = load_yaml(__file__, "alerts/of-rollouts.yml") if rollouts.controlled(answers) else {}
    for alert in alerts:
        if isinstance(alert, Alert) and alert.name in more:
            tests = msgspec.convert(fill(more[alert.name], values), list[AlertTest])
            yield msgspec.structs.replace(alert, tests=[*alert.tests, *tests])
        else:
            yield alert
