"""What stood out in daily spend: single days, and levels that changed and stayed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from assay.core.finding import Finding
from assay.core.units import Count, Number, Share, Usd

Shape = Literal["one user", "few users", "no user", "spread"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One value of one column."""

    column: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """Whether few users or many made what stood out; nobody is named.

    What is usual of a user is its part of the spend of the days compared with, of what was expected
    of all. Shares are of the excess, at most 1 where others spent less than usual.

    Attributes:
        shape: `one user` or `few users` made half of it or more; `no user`: calls that name none
            did; else it is `spread`.
        days, before: days looked at, and those they are compared with.
        users: with a call on these days; None where they are too few to be counted.
        one, five: shares of the excess of the user with most of it, and of the five.
        nobody: share of calls that name no user.
        new: of these (one or few), who had no call on the days compared with.
        made, made_before: calls of these on the days, and on those compared with.
        calls: their calls a day as a multiple of those before; None where these were fewer than 10.
        dearer: cost of one of their calls as a multiple of what calls there cost before.
    """

    shape: Shape
    days: Count
    before: Count
    users: Count | None
    one: Share
    five: Share
    nobody: Share
    new: Count
    made: Count
    made_before: Count
    calls: Number | None
    dearer: Number | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Odd:
    """A day, neighbouring days, or a level whose spend was not what was expected.

    Attributes:
        kind: `day`: it went up and came back; `level`: it changed and stayed.
        first, last: the days; of a level the first day of it, and the last that is counted.
        first_low, first_high: between which days the first lies, of a level.
        where: the smallest combination of labels that holds most of it; empty for all spend.
        days: from the first to the last.
        seen, expected: in these days, of that combination; `excess` is the difference, less than
            nothing where less was spent.
        daily: excess of one day; `seen_daily` and `expected_daily` are of one day, too.
        watched: which series stood out most, as labels; empty for all spend.
        share: part of that series' excess that `where` holds.
        whose: users behind it; None where they were not looked at, or the data name none.
    """

    kind: Literal["day", "level"]
    first: str
    last: str
    first_low: str
    first_high: str
    where: tuple[Label, ...]
    days: Count
    seen: Usd
    expected: Usd
    excess: Usd
    daily: Usd
    seen_daily: Usd
    expected_daily: Usd
    watched: tuple[Label, ...]
    share: Share
    whose: Whose | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayExpected:
    """What all spend of a day was, what was expected, and between which ends it is usual."""

    day: str
    seen: Usd
    expected: Usd | None
    low: Usd | None
    high: Usd | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendAnomalies:
    """What stood out, ranked by money.

    Attributes:
        days_watched: of so many series, which share one budget of false alarms.
        false_days: share of quiet days that may be called odd; `false_levels`: share of quiet pages
            with a new level.
        days, levels: the dearest first.
        spend: of every day, with what was expected of it.
        apart: implausible records, which are in no amount, and `apart_usd` what they cost.
        reason: why nothing could be said, or empty.
    """

    first: str
    last: str
    days_watched: Count
    series: Count
    false_days: Share
    false_levels: Share
    days: tuple[Odd, ...]
    levels: tuple[Odd, ...]
    spend: tuple[DayExpected, ...]
    apart: Count
    apart_usd: Usd
    reason: str
    findings: tuple[Finding, ...]
