"""Days, weeks, months and quarters, and the part of them on which a budget holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from assay.core.budgets import Budget, Per

DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """The days of a period on which a budget holds, and which share of all its days they are."""

    first: date
    last: date
    share: float

    @property
    def days(self) -> int:
        """How many they are."""
        return (self.last - self.first).days + 1


def bounds(day: date, per: Per) -> tuple[date, date]:
    """First and last day of the period that a day is in.

    >>> bounds(date(2026, 11, 22), "quarter")
    (datetime.date(2026, 10, 1), datetime.date(2026, 12, 31))
    """
    if per == "day":
        return day, day
    if per == "week":
        first = day - timedelta(days=day.weekday())
        return first, first + timedelta(days=6)
    months = 1 if per == "month" else 3
    start = day.year * 12 + (day.month - 1) // months * months
    return _month(start), _month(start + months) - DAY


def period_of(budget: Budget, day: date) -> Period | None:
    """The budget's period that a day is in, as far as it holds; None where it holds on no day."""
    first, last = bounds(day, budget.per)
    start, end = max(first, budget.first or first), min(last, budget.last or last)
    if end < start:
        return None
    return Period(start, end, ((end - start).days + 1) / ((last - first).days + 1))


def past_periods(budget: Budget, first: date, through: date) -> list[Period]:
    """The budget's periods that are over by `through` and end on `first` or later, in order."""
    found: list[Period] = []
    day = first
    while day <= through:
        period = period_of(budget, day)
        end = bounds(day, budget.per)[1]
        if period is not None and first <= period.last <= through:
            found.append(period)
        day = end + DAY
    return found


def _month(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)
