"""The alerts on runs of jobs, and the times in them that follow from each job's schedule."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from generator import facts
from generator.component import Answers, Parts, Service, load_parts
from generator.parts import Alert

SUCCEEDED: Final = "kube_cronjob_status_last_successful_time"
CREATED: Final = "kube_cronjob_created"


def alerts(answers: Answers) -> Iterator[Alert]:
    """The alerts that these jobs call for."""
    jobs, namespace = facts.jobs(answers), facts.namespace(answers)
    words: dict[str, Any] = {
        "NAMESPACE": namespace,
        "OVERDUE": "\nor\n".join(_overdue(namespace, s) for s in jobs),
        # Tests begin at time 0: late from 10 minutes on. Of another namespace, always.
        "LATE": [one for s in jobs for one in (_late(SUCCEEDED, namespace, s), _long_ago(SUCCEEDED, "other", s))],
        "NEVER": [one for s in jobs for one in (_late(CREATED, namespace, s), _long_ago(CREATED, "other", s))],
        # The last success is always just as long ago as it may be, and the job far older.
        "IN_TIME": [one for s in jobs for one in (_just_in_time(namespace, s), _long_ago(CREATED, namespace, s))],
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
    last = f"{SUCCEEDED}{labels} or on (namespace, cronjob) {CREATED}{labels}"
    return f"time() - max by (namespace, cronjob) ({last}) > {facts.job_silence(job)}"


def _late(metric: str, namespace: str, job: Service) -> dict[str, str]:
    return _series(metric, namespace, job, f"{599 - facts.job_silence(job)}x90")


def _long_ago(metric: str, namespace: str, job: Service) -> dict[str, str]:
    return _series(metric, namespace, job, f"-{10 * facts.job_silence(job)}x90")


def _just_in_time(namespace: str, job: Service) -> dict[str, str]:
    return _series(SUCCEEDED, namespace, job, f"-{facts.job_silence(job)}+15x90")


def _series(metric: str, namespace: str, job: Service, values: str) -> dict[str, str]:
    return {"series": f'{metric}{{namespace="{namespace}", cronjob="{job.name}"}}', "values": values}


def span(seconds: int) -> str:
    """A time in words: whole hours, or minutes."""
    return f"{seconds // 3600} h" if seconds % 3600 == 0 else f"{seconds // 60} min"
