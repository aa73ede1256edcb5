"""What Scheduler runs by our expression is what cron runs by the line, minute for minute, over years."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from generator.answers import cron
from tests.support import generated
from tests.support.aws_cli import model

expression = generated.module("ecs-jobs", "expression").expression
FROM = datetime(2027, 1, 1, tzinfo=UTC)
YEARS = 3
"""With 2028, a leap year."""
WEEKDAYS = {"SUN": 1, "MON": 2, "TUE": 3, "WED": 4, "THU": 5, "FRI": 6, "SAT": 7}


def scheduler_numbers(word: str, low: int, high: int) -> set[int]:
    """What a field of Scheduler stands for, after its user guide: `,` `-` `*` `/`, weekdays from SUN = 1."""
    found: set[int] = set()
    for item in word.split(","):
        first, _, step = item.partition("/")
        ends = (
            [WEEKDAYS[end] if end in WEEKDAYS else int(end) for end in first.split("-")]
            if first != "*"
            else [low, high]
        )
        if step:
            assert len(ends) == 1
            found.update(range(ends[0], high + 1, int(step)))
        else:
            found.update(range(ends[0], ends[-1] + 1))
    assert found <= set(range(low, high + 1)), word
    return found


def scheduler_times(text: str) -> tuple[list[datetime], set[int]]:
    """The days on which an expression runs, and the minutes of such a day."""
    match = re.fullmatch(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) \*\)", text)
    assert match, text
    minute, hour, day, month, weekday = match.groups()
    assert [day, weekday].count("?") == 1, "Scheduler wants it in exactly one of the two"
    months = scheduler_numbers(month, 1, 12)
    if weekday == "?":
        days = scheduler_numbers(day, 1, 31)
        runs = [d for d in every_day() if d.month in months and d.day in days]
    else:
        weekdays = scheduler_numbers(weekday, 1, 7)
        runs = [d for d in every_day() if d.month in months and d.isoweekday() % 7 + 1 in weekdays]
    return runs, {h * 60 + m for h in scheduler_numbers(hour, 0, 23) for m in scheduler_numbers(minute, 0, 59)}


def every_day() -> list[datetime]:
    return [FROM + timedelta(n) for n in range(YEARS * 365 + 1)]


def cron_numbers(word: str, low: int, high: int, names: tuple[str, ...]) -> set[int]:
    """What a field of cron stands for, reckoned anew."""
    found: set[int] = set()
    for item in word.lower().split(","):
        first, _, step = item.partition("/")
        ends = (
            [names.index(end) + low if end in names else int(end) for end in first.split("-")]
            if first != "*"
            else [low, high]
        )
        last = ends[1] if len(ends) == 2 else high if step else ends[0]
        found |= {n for n in range(low, high + 1) if ends[0] <= n <= last and (n - ends[0]) % int(step or 1) == 0}
    return found


def cron_times(line: str) -> tuple[list[datetime], set[int]]:
    minute, hour, day, month, weekday = line.split(" ")
    months = cron_numbers(
        month, 1, 12, ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
    )
    weekdays = cron_numbers(weekday, 0, 6, ("sun", "mon", "tue", "wed", "thu", "fri", "sat"))
    days = cron_numbers(day, 1, 31, ())
    runs = [d for d in every_day() if d.month in months and d.day in days and (d.weekday() + 1) % 7 in weekdays]
    return runs, {h * 60 + m for h in cron_numbers(hour, 0, 23, ()) for m in cron_numbers(minute, 0, 59, ())}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("* * * * *", "cron(* * * * ? *)"),
        ("*/5 * * * *", "cron(0/5 * * * ? *)"),
        ("*/7 * * * *", "cron(0/7 * * * ? *)"),
        ("5/15 0 * * *", "cron(5/15 0 * * ? *)"),
        ("0 3 * * *", "cron(0 3 * * ? *)"),
        ("17 3 * * 1-5", "cron(17 3 ? * MON-FRI *)"),
        ("30 4 * * mon,THU", "cron(30 4 ? * MON,THU *)"),
        ("0 0 * * 0", "cron(0 0 ? * SUN *)"),
        ("0 0 * * 5-6,0", "cron(0 0 ? * SUN,FRI,SAT *)"),
        ("0 0 * * 0-6", "cron(0 0 * * ? *)"),
        ("0 0 * * */2", "cron(0 0 ? * SUN,TUE,THU,SAT *)"),
        ("0 3 29 2 *", "cron(0 3 29 2 ? *)"),
        ("0,30 8-18/2 * * mon-FRI", "cron(0,30 8,10,12,14,16,18 ? * MON-FRI *)"),
        ("0 22-23,0-2 1-31 JAN-jun *", "cron(0 0-2,22,23 * 1-6 ? *)"),
        ("0 0 1-7 */2 *", "cron(0 0 1-7 1/2 ? *)"),
        ("59 23 31 12 *", "cron(59 23 31 12 ? *)"),
    ],
)  # fmt: skip
def test_a_line_is_told_as_scheduler_says_it(line: str, told: str) -> None:
    assert cron.flaw(line) is None
    assert expression(line) == told
    assert scheduler_times(told) == cron_times(line)


def lines(count: int) -> Iterator[str]:
    """Lines of all forms that the answers take, always the same ones."""
    choose = random.Random(5)

    def field(low: int, high: int, names: tuple[str, ...] = ()) -> str:
        def number(value: int) -> str:
            return choose.choice((names[value - low], names[value - low].upper(), str(value))) if names else str(value)

        def item() -> str:
            first = sorted(choose.sample(range(low, high + 1), choose.choice((1, 2))))
            step = choose.choice(("", f"/{choose.randint(1, high - low + 1)}"))
            return choose.choice(("*", "-".join(map(number, first)))) + step

        return ",".join(item() for _ in range(choose.choice((1, 1, 2, 4))))

    made = 0
    while made < count:
        day, weekday = choose.choice(((field(1, 31), "*"), ("*", field(0, 6, cron.FIELDS[4].names)), ("*", "*")))
        line = f"{field(0, 59)} {field(0, 23)} {day} {field(1, 12, cron.FIELDS[3].names)} {weekday}"
        if cron.flaw(line) is None:
            made += 1
            yield line


def test_whatever_the_line_scheduler_runs_when_cron_would() -> None:
    shape = model("scheduler").operation_model("CreateSchedule").input_shape
    assert shape is not None
    longest = shape.members["ScheduleExpression"].metadata["max"]
    for line in lines(60):
        told = expression(line)
        assert scheduler_times(told) == cron_times(line), (line, told)
        assert len(told) <= longest, line


def test_the_most_scattered_line_fits() -> None:
    def scattered(low: int, high: int) -> str:
        # Two of three, with a gap that no step says.
        return ",".join(str(n) for n in range(low, high + 1) if n % 3)

    line = f"{scattered(0, 59)} {scattered(0, 23)} {scattered(1, 31)} {scattered(1, 12)} *"
    assert len(expression(line)) <= 256
    assert scheduler_times(expression(line)) == cron_times(line)


def test_the_reckoning_notices_a_wrong_expression() -> None:
    assert scheduler_times("cron(17 3 ? * 1-5 *)") != cron_times("17 3 * * 1-5"), "SUN is 1"
    assert scheduler_times("cron(0 3 28 2 ? *)") != cron_times("0 3 29 2 *")
