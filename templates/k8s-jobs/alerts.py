"""The alerts on runs of jobs, and the times in them that follow from each job's schedule."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generator import facts
from generator.component import Answers, Parts, Service, load_parts
from generator.parts import Alert


def alerts(answers: Answers) -> Iterator[Alert]:
    """The alerts that these jobs call for."""
    jobs, namespace = facts.jobs(answers), facts.namespace(answers)
    words: dict[str, Any] = {
        "NAMESPACE": namespace,
        "ONE": jobs[0].name,
        "OVERDUE": "\nor\n".join(_overdue(namespace, s) for s in jobs),
        # Tests begin at time 0: late from 10 minutes on, and exactly in time after 15.
        "LATE": [_succeeded(namespace, s.name, 599 - facts.job_silence(s)) for s in jobs],
        "IN_TIME": [_succeeded(namespace, s.name, 900 - facts.job_silence(s)) for s in jobs],
        "NEVER": [_created(namespace, s.name, 599 - facts.job_silence(s)) for s in jobs],
        "ALL_OVERDUE": [
            {
                "exp_labels": {"namespace": namespace, "cronjob": s.name, "service": s.name},
                "exp_annotations": {
                    "summary": f"{s.name} has not succeeded in time",
                    "description": f"The last success of {namespace}/{s.name} is longer ago than its schedule allows.",
                },
            }
            for s in jobs
        ],
    }
    yield from Parts(load_parts(__file__, "alerts/jobs.yml", words)).of(Alert)


def _overdue(namespace: str, job: Service) -> str:
    """For one job: the seconds since its last success, or since it was made, where these are too many."""
    labels = f'{{namespace="{namespace}", cronjob="{job.name}"}}'
    last = f"kube_cronjob_status_last_successful_time{labels} or on (namespace, cronjob) kube_cronjob_created{labels}"
    return f"time() - max by (namespace, cronjob) ({last}) > {facts.job_silence(job)}"


def _succeeded(namespace: str, name: str, at: int) -> dict[str, str]:
    return _series("kube_cronjob_status_last_successful_time", namespace, name, at)


def _created(namespace: str, name: str, at: int) -> dict[str, str]:
    return _series("kube_cronjob_created", namespace, name, at)


def _series(metric: str, namespace: str, name: str, at: int) -> dict[str, str]:
    return {"series": f'{metric}{{namespace="{namespace}", cronjob="{name}"}}', "values": f"{at}x90"}


def span(seconds: int) -> str:
    """A time in words: whole hours, or minutes."""
    return f"{seconds // 3600} h" if seconds % 3600 == 0 else f"{seconds // 60} min"
