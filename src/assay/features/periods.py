"""Hours, days, weeks and months of a time zone: which one a row is in, and all between two."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final, Literal

import narwhals as nw

from assay.features.clock import (
    DAY,
    Clock,
    day_number,
    day_of_number,
    moment_of,
    seconds,
    seconds_of,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.features.faults import Frame

Every = Literal["hour", "day", "week", "month"]

HOUR: Final = 3600
_MONDAY: Final = 3
"""Days by which 1970-01-01, a Thursday, is past a Monday."""
_ERA: Final = 146_097
"""Days of the 400 years after which the calendar repeats."""
_MARCH: Final = 719_468
"""Days from 1 March of the year 0 to 1970-01-01."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """One hour, day, week or month as clocks of a zone show it.

    Attributes:
        key: tells it from the others; ascending.
        start, end: seconds since 1970-01-01 UTC; the end is not part of it.
        label: local, ISO 8601: `2026-03-29T03:00+02:00`, `2026-03-29`, `2026-W13`, `2026-03`.
    """

    key: int
    start: int
    end: int
    label: str

    @property
    def hours(self) -> float:
        """Length; of a day 23 or 25 where clocks change."""
        return (self.end - self.start) / HOUR


def with_key(rows: Frame, microseconds: str, every: Every, clock: Clock, *, name: str) -> Frame:
    """The rows, and which period each is in.

    An hour's key is the second at which it starts, so that the hour which clocks show twice is
    two hours; the others count days, weeks or months of the local calendar.

    Each step is a column of its own: written into one another, engines would repeat them.
    """
    at, ahead, day = nw.col("assay_at"), nw.col("assay_ahead"), nw.col("assay_day")
    rows = rows.with_columns(seconds(microseconds).alias("assay_at"))
    rows = rows.with_columns(clock.ahead(at).alias("assay_ahead"))
    if every == "hour":
        rows = rows.with_columns(
            (whole(at + ahead, HOUR) * HOUR - ahead).alias("assay_begin"),
            clock.since(at).alias("assay_since"),
        )
        begin, since = nw.col("assay_begin"), nw.col("assay_since")
        return rows.with_columns(nw.when(begin < since).then(since).otherwise(begin).alias(name))
    rows = rows.with_columns(whole(at + ahead, DAY).alias("assay_day"))
    if every == "month":
        return _with_month(rows, name)
    return rows.with_columns((whole(day + _MONDAY, 7) if every == "week" else day).alias(name))


def periods(first: int, last: int, every: Every, clock: Clock) -> Iterator[Period]:
    """All periods from that of one second to that of another, none left out."""
    if every == "hour":
        yield from _hours(first, last, clock)
        return
    for key in range(_key(_day(first, clock), every), _key(_day(last, clock), every) + 1):
        start = midnight(_first_day(key, every), clock)
        end = midnight(_first_day(key + 1, every), clock)
        if start < end:  # a zone that crossed the date line left out a day
            yield Period(key=key, start=start, end=end, label=_label(key, every))


def midnight(day: date, clock: Clock) -> int:
    """The second at which a local day begins: where clocks skip midnight, when they do."""
    told = seconds_of(datetime.combine(day, time(), tzinfo=clock.zone))
    for begin, _ in clock.changes[1:]:
        if told - 2 * HOUR <= begin < told and _day(begin, clock) >= day:
            return begin
    return told


def _hours(first: int, last: int, clock: Clock) -> Iterator[Period]:
    begins = [begin for begin, _ in clock.changes[1:]]
    local = (first + _ahead(first, clock)) % HOUR
    start = max([first - local, *(begin for begin in begins if first - local < begin <= first)])
    while start <= last:
        end = start + HOUR - (start + _ahead(start, clock)) % HOUR
        end = min([end, *(begin for begin in begins if start < begin < end)])
        told = moment_of(start).astimezone(clock.zone).isoformat(timespec="minutes")
        yield Period(key=start, start=start, end=end, label=told)
        start = end


def _ahead(at: int, clock: Clock) -> int:
    offset = moment_of(at).astimezone(clock.zone).utcoffset()
    return int((offset or timedelta()).total_seconds())


def _day(at: int, clock: Clock) -> date:
    return moment_of(at).astimezone(clock.zone).date()


def _key(day: date, every: Every) -> int:
    number = day_number(day)
    if every == "day":
        return number
    return (number + _MONDAY) // 7 if every == "week" else day.year * 12 + day.month - 1


def _first_day(key: int, every: Every) -> date:
    if every == "month":
        return date(key // 12, key % 12 + 1, 1)
    return day_of_number(key if every == "day" else key * 7 - _MONDAY)


def _label(key: int, every: Every) -> str:
    day = _first_day(key, every)
    if every == "week":
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02}"
    return f"{day:%Y-%m}" if every == "month" else day.isoformat()


def _with_month(rows: Frame, name: str) -> Frame:
    """Months since the year 0, of days since 1970, by arithmetic that every engine has.

    Counts years from 1 March, so that a leap day is the last day of its year.
    """
    day, era, of_era = nw.col("assay_day"), nw.col("assay_era"), nw.col("assay_of_era")
    year, of_year = nw.col("assay_year"), nw.col("assay_of_year")
    leaps = whole(of_era, 1460) - whole(of_era, 36_524) + whole(of_era, _ERA - 1)
    before = year * 365 + whole(year, 4) - whole(year, 100)
    rows = rows.with_columns(whole(day + _MARCH, _ERA).alias("assay_era"))
    rows = rows.with_columns((day + _MARCH - era * _ERA).alias("assay_of_era"))
    rows = rows.with_columns(whole(of_era - leaps, 365).alias("assay_year"))
    rows = rows.with_columns((of_era - before).alias("assay_of_year"))
    month = whole(of_year * 5 + 2, 153)  # 0 is March
    return rows.with_columns(((year + era * 400) * 12 + month + 2).alias(name))
