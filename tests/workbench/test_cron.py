"""When a schedule is due, on ordinary days and on those on which the clock is changed."""

from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.workbench.schedule.cron import ALIASES, Cron

BERLIN = ZoneInfo("Europe/Berlin")


def due_on(expression: str, day: datetime, zone: str = "Europe/Berlin") -> list[str]:
    """Local times with their offsets that are due on a day."""
    found = []
    for due in Cron.of(expression, zone).after(day - timedelta(microseconds=1)):
        local = due.astimezone(ZoneInfo(zone))
        if local.date() != day.date():
            return found
        found.append(f"{local:%H:%M%z}")
    return found


SPRING = datetime(2026, 3, 29, tzinfo=BERLIN)
AUTUMN = datetime(2026, 10, 25, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("expression", "day", "expected"),
    [
        ("30 2 * * *", SPRING, ["03:00+0200"]),  # skipped: due at the moment of the jump
        ("0,30 2 * * *", SPRING, ["03:00+0200"]),  # both skipped: due once
        ("0,30 2,3 * * *", SPRING, ["03:00+0200", "03:30+0200"]),
        ("30 * * * *", SPRING, [f"{hour:02}:30+0{1 + (hour > 2)}00" for hour in range(24) if hour != 2]),
        ("30 2 * * *", AUTUMN, ["02:30+0200"]),  # doubled: due the first time only
        ("30 2-3 * * *", AUTUMN, ["02:30+0200", "03:30+0100"]),
        ("30 */2 * * *", AUTUMN, ["00:30+0200", "02:30+0200", "02:30+0100"]
         + [f"{hour:02}:30+0100" for hour in range(4, 24, 2)]),
        ("0 9 * * *", SPRING, ["09:00+0200"]),
        ("0 9 * * *", AUTUMN, ["09:00+0100"]),
    ],
)  # fmt: skip
def test_a_day_on_which_the_clock_is_changed_has_each_time_once(expression, day, expected) -> None:
    assert due_on(expression, day) == expected


@given(
    minutes=st.integers(0, 2 * 24 * 60),
    day=st.sampled_from([SPRING, AUTUMN]),
    expression=st.sampled_from(
        ["30 2 * * *", "0,30 2,3 * * *", "*/20 * * * *", "15 */2 * * *", "0 3 * * *", "59 1 * * *"]
    ),
)
def test_wherever_one_looks_from_the_same_times_are_found_forwards_and_backwards(
    minutes, day, expression
) -> None:
    cron = Cron.of(expression, "Europe/Berlin")
    start = day.astimezone(UTC) - timedelta(days=1)
    cut, end = start + timedelta(minutes=minutes), start + timedelta(days=3)
    day = timedelta(days=1)  # read on for, should one come late

    def onwards(moment: datetime) -> list[datetime]:
        found = takewhile(lambda due: due <= end + day, islice(cron.after(moment), 500))
        return [due for due in found if due <= end]

    everything, after = onwards(start), onwards(cut)
    found = takewhile(lambda due: due > start - day, islice(cron.until(cut), 500))
    until = [due for due in found if due > start]
    assert [*reversed(until), *after] == everything
    assert sorted(set(everything)) == everything


def test_an_alias_is_its_expression_and_fields_may_be_apart() -> None:
    for alias, expression in ALIASES.items():
        assert Cron.of(alias.upper(), "UTC") == Cron.of(expression.replace(" ", "   "), "UTC")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("0 0 30 2 *", "never due"),
        ("0 0 31 4,6,9,11 *", "never due"),
        ("0 25 * * *", "the field hour"),
        ("x * * * *", "the field minute"),
        ("0 0 * * * *", "found 6"),
        ("", "found 0"),
        ("@dayly", "did you mean '@daily'"),
        ("@reboot", "expected five fields, or one of @hourly"),
    ],
)
def test_what_is_no_time_or_never_comes_is_refused(text, told) -> None:
    with pytest.raises(ValueError, match=told):
        Cron.of(text, "UTC")


def test_a_leap_day_and_the_days_of_the_week_are_found() -> None:
    assert next(Cron.of("0 0 29 2 *", "UTC").after(datetime(2026, 1, 1, tzinfo=UTC))).year == 2028
    friday = next(Cron.of("0 9 * * FRI", "UTC").after(datetime(2026, 11, 1, tzinfo=UTC)))
    assert friday == datetime(2026, 11, 6, 9, tzinfo=UTC)
