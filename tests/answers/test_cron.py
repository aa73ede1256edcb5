"""Cron lines: what is refused with which guess, and how long a job may rest."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from generator import facts
from generator.answers import cron
from generator.answers.nearest import called_schedule
from generator.answers.read import convert
from generator.errors import AnswersError


@pytest.mark.parametrize(
    "line",
    ["* * * * *", "*/5 * * * *", "0 3 * * *", "0,30 8-18/2 * * mon-FRI", "0 0 29 2 *", "59 23 31 12 *", "5/15 * * JAN,7 0",
     "0 0 1-7 */2 *"],
)  # fmt: skip
def test_a_schedule_is_taken(line: str) -> None:
    assert cron.flaw(line) is None


@pytest.mark.parametrize(
    ("line", "says", "guess"),
    [
        ("60 3 * * *", "minute: 60 is not within 0 to 59", "0 3 * * *"),
        ("0 24 * * *", "hour: 24 is not within 0 to 23", "0 0 * * *"),
        ("0 3 0 * *", "day of the month: 0 is not within 1 to 31", "0 3 1 * *"),
        ("0 3 * 13 *", "month: 13 is not within 1 to 12", "0 3 * 1 *"),
        ("0 3 * * 7", "weekday: 7 is not within 0 to 6", "0 3 * * 0"),
        ("0 3 * * monday", "weekday: monday is not within 0 to 6", "0 3 * * mon"),
        ("0 3 * * FRI-MON", "weekday: FRI-MON ends before it begins", "0 3 * * FRI-6,0-MON"),
        ("0 22-2 * * *", "hour: 22-2 ends before it begins", "0 22-23,0-2 * * *"),
        ("*/0 * * * *", "minute: a step of 0 is not within 1 to 60", "* * * * *"),
        ("0 3 L * *", "day of the month: L is not within 1 to 31", "0 3 * * *"),
        ("1,,2 3 * * *", "minute: nothing is no number, range or step", "1,2 3 * * *"),
        ("0 3 - * *", "day of the month: - is no number, range or step", "0 3 * * *"),
        ("0 3 31 2 *", "no such day comes in any year", "0 3 1 2 *"),
        ("0 3 1 * mon", "names days of the month and weekdays: cron runs on either", "0 3 * * mon"),
        ("61 25 * * *", "minute: 61 is not within 0 to 59", "59 23 * * *"),
        ("a/b/c 3 * * *", "minute: a/b/c is no number, range or step", "* 3 * * *"),
    ],
)  # fmt: skip
def test_what_is_no_schedule_is_said_with_the_nearest_that_is(line: str, says: str, guess: str) -> None:
    wrong = cron.flaw(line)
    assert wrong is not None
    assert wrong.message.startswith(says)
    assert wrong.nearest == guess
    assert cron.flaw(guess) is None


@pytest.mark.parametrize(
    ("line", "shortest", "longest"),
    [
        ("* * * * *", 60, 60),
        ("*/5 * * * *", 300, 300),
        ("*/7 * * * *", 240, 420),
        ("0 3 * * *", 86400, 86400),
        ("0 8,18 * * *", 10 * 3600, 14 * 3600),
        ("0 9-17 * * mon-fri", 3600, 64 * 3600),
        ("30 4 * * 1,4", 3 * 86400, 4 * 86400),
        ("0 3 1 * *", 28 * 86400, 31 * 86400),
        ("0 3 31 * *", 31 * 86400, 61 * 86400),
        ("0 0 29 2 *", 4 * 365 * 86400 + 86400, 8 * 365 * 86400 + 86400),
    ],
)
def test_the_time_between_two_runs(line: str, shortest: int, longest: int) -> None:
    assert cron.gaps(line) == (shortest, longest)


@pytest.mark.parametrize("line", ["*/7 1-3 * * *", "15 */9 * * tue", "0 0 1,15 * *", "10,50 23,0 * 3 *"])
def test_the_time_between_two_runs_is_that_of_every_minute_tried(line: str) -> None:
    """Independent of how gaps() counts: three years, minute by minute, by the words of the fields alone."""
    wanted = [_plain(word, field) for word, field in zip(line.split(), cron.FIELDS, strict=True)]
    now, ran = datetime(2025, 1, 1), []
    while now.year < 2028:
        if (now.day in wanted[2]) and now.month in wanted[3] and (now.isoweekday() % 7) in wanted[4]:
            ran += [now.replace(hour=h, minute=m) for h in sorted(wanted[1]) for m in sorted(wanted[0])]
        now += timedelta(days=1)
    found = {int((b - a).total_seconds()) for a, b in pairwise(ran)}
    assert cron.gaps(line)[0] == min(found)
    assert cron.gaps(line)[1] >= max(found)
    if "3 *" not in line:
        assert cron.gaps(line) == (min(found), max(found))


def _plain(word: str, field: cron.Field) -> set[int]:
    everything = range(field.low, field.high + 1)
    out: set[int] = set()
    for item in word.split(","):
        if item == "*":
            out |= set(everything)
        elif item.startswith("*/"):
            out |= set(everything[:: int(item[2:])])
        elif "-" in item:
            low, high = item.split("-")
            out |= set(range(int(low), int(high) + 1))
        else:
            out.add(["sun", "mon", "tue"].index(item) if item.isalpha() else int(item))
    return out


def job(schedule: str) -> facts.Service:
    given = {
        "project": {"name": "shop"},
        "services": [{"name": "web"}, {"name": "a", "kind": "job", "schedule": schedule}],
    }
    return convert(given).services[1]


@pytest.mark.parametrize(
    ("schedule", "limit", "start", "silence"),
    [
        ("* * * * *", 600, 60, 60 + 60 + 600),
        ("0 * * * *", 3600, 600, 3600 + 600 + 3600),
        ("0 3 * * *", 4 * 3600, 600, 24 * 3600 + 600 + 4 * 3600),
        ("0 3 * * 1", 4 * 3600, 600, 168 * 3600 + 600 + 4 * 3600),
    ],
)
def test_the_times_of_a_job_follow_from_its_schedule(schedule: str, limit: int, start: int, silence: int) -> None:
    one = job(schedule)
    assert (facts.job_limit(one), facts.job_start_limit(one), facts.job_silence(one)) == (limit, start, silence)


@pytest.mark.parametrize(
    ("text", "guess"),
    [
        ("@daily", "0 3 * * *"), ("every day", "0 3 * * *"), ("Hourly", "0 * * * *"), ("0  3 * *  *", "0 3 * * *"),
        ("0 0 3 * * *", "0 3 * * *"), ("0 3 * * ? *", "0 3 * * *"), ("0 0 3 ? * MON 2026", "0 3 * * MON"),
        ("web", ""), ("", ""), ("a b c d e f", ""),
    ],
)  # fmt: skip
def test_another_way_to_write_it_is_understood(text: str, guess: str) -> None:
    assert called_schedule(text) == guess


@pytest.mark.parametrize(
    "text",
    ["0 3 * * *\n", "0 3 * * *; rm -rf /", "0 3 * * $(id)", "0 3 * * `id`", "0 3 * * *' #", "${{ x }}", "#{ x }#",
     "0 3 * * \u202e*", "*" * 61, "0 3 * * *\u0000", "!!python/object 3 * * *", "{a: b} 3 * * *", "٣ 3 * * *"],
)  # fmt: skip
def test_hostile_text_is_no_schedule(text: str) -> None:
    with pytest.raises(AnswersError) as caught:
        job(text)
    assert {p.key for p in caught.value.problems} == {"services[1].schedule"}
    for problem in caught.value.problems:
        assert not problem.nearest or re.fullmatch(r"[0-9*/, A-Za-z-]+", problem.nearest)


def test_a_form_of_our_own_is_refused_by_the_rule_and_not_by_a_crash() -> None:
    """Every text that the pattern lets through is either a schedule or refused with a sentence."""
    words = [
        "*",
        "0",
        "7",
        "99999999999999999999",
        "*/",
        "/",
        "-",
        "1-",
        "-1",
        ",",
        "mon-",
        "*/*",
        "*-*",
        "1/0",
        "x",
        "1-2-3",
        "**",
    ]
    for number in range(5):
        for word in words:
            fields = ["0", "3", "*", "*", "*"]
            fields[number] = word
            wrong = cron.flaw(" ".join(fields))
            assert wrong is None or (wrong.message and cron.flaw(wrong.nearest) is None)


def test_only_jobs_are_no_application() -> None:
    with pytest.raises(AnswersError) as caught:
        convert({"project": {"name": "shop"}, "services": [{"name": "a", "kind": "job", "schedule": "0 3 * * *"}]})
    (problem,) = caught.value.problems
    assert problem.message.startswith("all services are jobs")
    assert (problem.key, problem.nearest) == ("services[0].kind", "worker")
