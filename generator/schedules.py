"""What several components must compute alike of jobs that the cloud runs, beside what `facts` says of every job."""

from __future__ import annotations

from typing import Final

from generator import facts
from generator.answers import Answers, Service
from generator.answers.cron import FIELDS, Field, values

__all__ = ["ENDINGS", "FIELDS", "LONGEST_RULE", "MEMORY", "Field", "long_run", "rule", "values", "window"]

ENDINGS: Final = ("failed", "timed-out", "succeeded")
"""How a run ends, where rules of the cloud count it; one whose time was over may count as each of them."""
LONGEST_RULE: Final = 64
"""Characters that the name of an event rule may have."""
MEMORY: Final = 455 * 24 * 3600
"""The seconds for which CloudWatch remembers a metric."""
_LATE: Final = 300
"""The seconds by which CloudWatch may be late."""
_NEARLY_PERCENT: Final = 80
"""How much of its time a run has used up when somebody is told."""
_TOLD: Final = 600
"""The seconds that it may take until CloudWatch, its exporter and Prometheus have told that somebody."""


def rule(answers: Answers, environment: str, service: Service, ending: str) -> str:
    """The name of the rule that counts how runs of a job end."""
    return facts.short(LONGEST_RULE, facts.stack(answers, environment), "job", service.name, ending)


def window(service: Service) -> int:
    """The seconds within which CloudWatch must have seen a success, of a job of which every run succeeds."""
    return facts.job_silence(service) + _LATE


def long_run(service: Service) -> int:
    """The minutes after which a run has nearly used up its time; 0 where it would be over before anybody is told.

    What is told is that some run of the job is under way. Those that are left end before the next one begins.
    """
    limit = facts.job_limit(service)
    long = limit * _NEARLY_PERCENT // 100
    return long // 60 if limit - long >= _TOLD else 0
