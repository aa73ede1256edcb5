"""A section of the runbook for every alert."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from generator.component import Parts
from generator.parts import Alert, DatabaseSession, Diagnosis, FiringAlerts, RollbackWorkflow

from .markdown import anchor, prose, sentence, table


@dataclass(frozen=True)
class AlertView:
    """An alert as its runbook section prints it."""

    name: str
    severity: str
    after: str
    summary: str
    meaning: str
    diagnose: tuple[str, ...]
    act: tuple[str, ...]


LABELS: Final = {
    "SERVICE": "service",
    "NAMESPACE": "namespace",
    "POD": "pod",
    "NODE": "node",
}
"""The label that a word of capitals in an alert's commands stands for; NAME is the one that its summary names."""


ROLLBACK: Final = '`make infra-rollback ENV="$ENVIRONMENT"`'
"""What an alert says where a release may have begun it."""


def alerts_of(parts: Parts) -> tuple[AlertView, ...]:
    """Every alert, with what its platform adds: commands, steps, and how they reach what they need."""
    firing = "".join(one.command for one in parts.of(FiringAlerts))
    session = "".join(one.command for one in parts.of(DatabaseSession))
    workflow = "".join(one.command for one in parts.of(RollbackWorkflow))
    added = {one.alert: one for one in parts.of(Diagnosis)}
    return tuple(
        _view(_on_platform(alert, added.get(alert.name), session), firing, workflow) for alert in parts.of(Alert)
    )


def _on_platform(alert: Alert, added: Diagnosis | None, session: str) -> Alert:
    """The alert as its platform diagnoses it: what holds everywhere comes first, what the database knows last."""
    return msgspec.structs.replace(
        alert,
        diagnose=[
            *alert.diagnose,
            *(added.diagnose if added else ()),
            *(f"{session} {c}".lstrip() for c in alert.session),
        ],
        act=[*alert.act, *(added.act if added else ())],
    )


def _labels(alert: Alert) -> dict[str, str]:
    """The words of capitals in an alert's commands, with their labels."""
    named = re.search(r"\$labels\.(\w+)", alert.summary)
    labels = LABELS | ({"NAME": named[1]} if named else {})
    return {word: label for word, label in labels.items() if re.search(rf"\b{word}\b", "\n".join(alert.diagnose))}


def _with_variables(text: str, words: Iterable[str]) -> str:
    return re.sub(rf"\b({'|'.join(words)})\b", r'"$\1"', text) if words else text


def _commands(alert: Alert, labels: dict[str, str], firing: str) -> tuple[str, ...]:
    """The commands of an alert, after lines that read the labels they need from the alert that fires now."""
    lines = [line for entry in alert.diagnose for line in entry.strip("\n").split("\n")]
    if not labels:
        return tuple(lines)
    # One that has resolved meanwhile leaves the variables empty, and not "null", and says so.
    query = f'[.data.alerts[].labels | select(.alertname == "{alert.name}")][0] // empty'
    gone = f"{alert.name} does not fire any more: take its labels from the notification"
    read = [f"FIRING=$({firing} | jq -ec '{query}') || echo '{gone}' >&2"]
    read += [f"{word}=$(jq -er '.{label} // empty' <<<\"$FIRING\")" for word, label in labels.items()]
    return (*read, *(_with_variables(line, labels) for line in lines))


def _by_workflow(text: str, workflow: str) -> str:
    """The step with the workflow before the command that needs a role which may release; "" = there is no workflow."""
    return text.replace(ROLLBACK, f"`{workflow}` (or, with a role that may release, {ROLLBACK})") if workflow else text


def _view(alert: Alert, firing: str, workflow: str) -> AlertView:
    """Its section; `firing` is the command that tells what fires, "" where nothing can be asked."""
    meaning, labels = alert.meaning or alert.description, _labels(alert) if firing else {}
    return AlertView(
        name=alert.name,
        severity="none (it shows that alerting works)" if alert.severity == "none" else alert.severity,
        after="at once" if alert.for_ == "0s" else alert.for_,
        summary=sentence(_plain(alert.summary)),
        meaning=sentence(_plain(meaning)),
        diagnose=_commands(alert, labels, firing),
        act=tuple(
            f"{number}. {sentence(_by_workflow(_plain(_with_variables(text, labels)), workflow))}"
            for number, text in enumerate(alert.act, 1)
        ),
    )


def _plain(text: str) -> str:
    """An annotation without its template: labels and values as what stands for them."""
    text = re.sub(r"\{\{-? *(?:if|else|end|with|range)\b[^}]*\}\}", "", text)
    text = re.sub(r"\{\{-?\s*\$labels\.(\w+)\s*-?\}\}", r"`<\1>`", text)
    return re.sub(r"\{\{[^}]*\}\}", "`<value>`", text)


def alerts_table(alerts: Sequence[Alert], page: str) -> str:
    rows = [(f"[{a.name}]({page}#{anchor(a.name)})", a.severity, a.for_, prose(_plain(a.summary))) for a in alerts]
    return table(("Alert", "Level", "Fires after", "Says"), rows, "No alert rules are part of this repository.")
