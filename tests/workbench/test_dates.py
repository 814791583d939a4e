"""Relative dates against hand-counted days of the calendar."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import ParameterError
from assay.workbench.dates import WORDS, as_of_day, day_of, period_of

SATURDAY = date(2026, 11, 21)
DAYS = st.dates(min_value=date(1990, 1, 1), max_value=date(2090, 1, 1))


@pytest.mark.parametrize(
    ("word", "start", "end"),
    [
        ("today", "2026-11-21", "2026-11-21"),
        ("yesterday", "2026-11-20", "2026-11-20"),
        ("last_1_day", "2026-11-20", "2026-11-20"),
        ("last_7_days", "2026-11-14", "2026-11-20"),
        ("last_30_days", "2026-10-22", "2026-11-20"),
        ("last_2_weeks", "2026-11-07", "2026-11-20"),
        ("last_1_month", "2026-10-21", "2026-11-20"),
        ("last_full_day", "2026-11-20", "2026-11-20"),
        ("last_full_week", "2026-11-09", "2026-11-15"),
        ("last_2_full_weeks", "2026-11-02", "2026-11-15"),
        ("last_full_month", "2026-10-01", "2026-10-31"),
        ("last_3_full_months", "2026-08-01", "2026-10-31"),
        ("last_full_quarter", "2026-07-01", "2026-09-30"),
        ("last_full_year", "2025-01-01", "2025-12-31"),
        ("week_to_date", "2026-11-16", "2026-11-21"),
        ("month_to_date", "2026-11-01", "2026-11-21"),
        ("quarter_to_date", "2026-10-01", "2026-11-21"),
        ("year_to_date", "2026-01-01", "2026-11-21"),
        ("3_days_ago", "2026-11-18", "2026-11-18"),
    ],
)
def test_a_period_has_these_days(word: str, start: str, end: str) -> None:
    period = period_of(word, SATURDAY)
    assert period is not None
    assert (period.start.isoformat(), period.end.isoformat()) == (start, end)


@pytest.mark.parametrize(
    ("word", "as_of", "day"),
    [
        ("as_of", SATURDAY, "2026-11-21"),
        ("yesterday", date(2024, 3, 1), "2024-02-29"),
        ("1_month_ago", date(2026, 3, 31), "2026-02-28"),
        ("1_year_ago", date(2024, 2, 29), "2023-02-28"),
        ("2_weeks_ago", SATURDAY, "2026-11-07"),
        ("last_full_month.from", date(2026, 1, 1), "2025-12-01"),
        ("last_full_month.to", date(2026, 1, 1), "2025-12-31"),
    ],
)
def test_a_day(word: str, as_of: date, day: str) -> None:
    assert str(day_of(word, as_of)) == day


@pytest.mark.parametrize("word", ["last_full_month", "last_0_days", "last_week", "Yesterday", ""])
def test_no_day(word: str) -> None:
    assert day_of(word, SATURDAY) is None


def test_a_monday_and_a_first_are_no_part_of_what_is_over() -> None:
    monday = period_of("last_full_week", date(2026, 11, 16))
    first = period_of("last_full_month", date(2026, 11, 1))
    assert monday is not None
    assert first is not None
    assert (monday.end, first.end) == (date(2026, 11, 15), date(2026, 10, 31))


@given(DAYS, st.sampled_from(["day", "week", "month", "quarter", "year"]))
def test_full_periods_follow_one_another_without_a_gap(as_of: date, unit: str) -> None:
    now = period_of(f"last_full_{unit}", as_of)
    assert now is not None
    before = period_of(f"last_full_{unit}", now.start)
    assert before is not None
    assert before.end + timedelta(days=1) == now.start <= now.end < as_of


@given(DAYS, st.integers(1, 400))
def test_so_many_days_are_that_many(as_of: date, number: int) -> None:
    period = period_of(f"last_{number}_days", as_of)
    assert period is not None
    assert (period.end - period.start).days + 1 == number


@pytest.mark.parametrize("word", WORDS)
def test_every_word_that_is_told_means_something(word: str) -> None:
    assert period_of(word, SATURDAY)


def test_beyond_the_calendar() -> None:
    with pytest.raises(ParameterError, match="5000 years before 2026-11-21 is no day"):
        period_of("last_5000_years", SATURDAY)


def test_today_is_of_the_projects_time_zone(workshop) -> None:
    # 14 hours ahead and 11 behind: on one clock it is always another day than on the other.
    (workshop.root / "assay.toml").write_text('[project]\ntime_zone = "Pacific/Kiritimati"\n')
    ahead = as_of_day(workshop.project, None)
    (workshop.root / "assay.toml").write_text('[project]\ntime_zone = "Pacific/Niue"\n')
    assert ahead > as_of_day(workshop.project, None)
    assert as_of_day(workshop.project, "2026-01-31") == date(2026, 1, 31)
    with pytest.raises(ParameterError, match="--as-of is 'soon', expected a date"):
        as_of_day(workshop.project, "soon")
