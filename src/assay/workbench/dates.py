"""Days in words: `yesterday`, `last_full_month`, told from the day that a run is as of.

Both ends of a period belong to it. `last_…` ends before the day that it is told from, since that
day is not over; `…_to_date` ends with it. A week begins on Monday.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from assay.core.errors import ParameterError, nearest

if TYPE_CHECKING:
    from assay.workbench.project import Project

_DAYS: Final = ("as_of", "today", "yesterday")
_UNITS: Final = ("day", "week", "month", "quarter", "year")
_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}
_AGO = re.compile(r"([1-9][0-9]{0,4})_(day|week|month|quarter|year)s?_ago")
_LAST = re.compile(r"last_([1-9][0-9]{0,4})_(full_)?(day|week|month|quarter|year)s?")
_LAST_FULL = re.compile(r"last_full_(day|week|month|quarter|year)")
_TO_DATE = re.compile(r"(week|month|quarter|year)_to_date")

WORDS: Final = (
    *_DAYS,
    "7_days_ago",
    "last_7_days",
    "last_30_days",
    "last_4_weeks",
    "last_3_months",
    "last_4_full_weeks",
    "last_3_full_months",
    *(f"last_full_{unit}" for unit in _UNITS),
    *(f"{unit}_to_date" for unit in _UNITS[1:]),
)
"""Examples of every form, for help and for the nearest one to a mistake."""

PERIOD_PATTERN: Final = "|".join(
    (*_DAYS, *(form.pattern for form in (_AGO, _LAST, _LAST_FULL, _TO_DATE)))
).replace("(full_)?", "(?:full_)?")
"""Regular expression of every word for a period, without its ends."""

DAY_PATTERN: Final = rf"{'|'.join(_DAYS)}|{_AGO.pattern}|(?:{PERIOD_PATTERN})\.(?:from|to)"
"""Regular expression of every word for a day, without its ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Days from `start` to `end`, both included."""

    start: date
    end: date


def today(project: Project) -> date:
    """The day that it is now in the project's time zone."""
    return datetime.now(ZoneInfo(project.settings.project.time_zone)).date()


def as_of_day(project: Project, text: str | None) -> date:
    """The day that a person names, as in 2026-11-01; today where none is named.

    Raises:
        ParameterError: where it is no day.
    """
    if text is None:
        return today(project)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ParameterError(f"--as-of is {text!r}, expected a date such as 2026-11-01") from None


def day_of(word: str, as_of: date) -> date | None:
    """The one day that a word means, None where it means none or several.

    An end of a period is one, too: `last_full_month.from`.

    Raises:
        ParameterError: where the day lies outside of the calendar.

    >>> day_of("yesterday", date(2026, 3, 1))
    datetime.date(2026, 2, 28)
    """
    whole, _, end = word.partition(".")
    if end in {"from", "to"}:
        period = period_of(whole, as_of)
        if period is None:
            return None
        return period.start if end == "from" else period.end
    if word in {"as_of", "today"}:
        return as_of
    if word == "yesterday":
        return _back(as_of, 1, "day")
    ago = _AGO.fullmatch(word)
    return _back(as_of, int(ago[1]), ago[2]) if ago else None


def period_of(word: str, as_of: date) -> Period | None:
    """The days that a word means, None where it is no such word.

    Raises:
        ParameterError: where they lie outside of the calendar.

    >>> period_of("last_full_week", date(2026, 11, 21))
    Period(start=datetime.date(2026, 11, 9), end=datetime.date(2026, 11, 15))
    """
    if found := _LAST_FULL.fullmatch(word):
        return _full(as_of, 1, found[1])
    if found := _LAST.fullmatch(word):
        number, unit = int(found[1]), found[3]
        if found[2]:
            return _full(as_of, number, unit)
        return Period(start=_back(as_of, number, unit), end=_back(as_of, 1, "day"))
    if found := _TO_DATE.fullmatch(word):
        return Period(start=_begin(as_of, found[1]), end=as_of)
    day = day_of(word, as_of) if "." not in word else None
    return None if day is None else Period(start=day, end=day)


def nearest_word(word: str) -> str:
    """A remedy for a word that means no day."""
    close = nearest(word, WORDS)
    return close if close.startswith("did") else f"or in words: {', '.join(WORDS)}"


def _full(as_of: date, number: int, unit: str) -> Period:
    begin = _begin(as_of, unit)
    return Period(start=_back(begin, number, unit), end=_back(begin, 1, "day"))


def _begin(day: date, unit: str) -> date:
    if unit == "week":
        return day - timedelta(days=day.weekday())
    if unit in _MONTHS:
        length = _MONTHS[unit]
        return day.replace(month=(day.month - 1) // length * length + 1, day=1)
    return day


def _back(day: date, number: int, unit: str) -> date:
    """So many units earlier; the last day of a month that is too short for the day's number."""
    try:
        if unit not in _MONTHS:
            return day - timedelta(days=number * (7 if unit == "week" else 1))
        years, month = divmod(day.year * 12 + day.month - 1 - number * _MONTHS[unit], 12)
        return date(years, month + 1, min(day.day, monthrange(years, month + 1)[1]))
    except (OverflowError, ValueError):
        raise ParameterError(f"{number} {unit}s before {day} is no day of the calendar") from None
