"""The difference between two periods' spend: its parts, and which items drive it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from assay.core.finding import Estimate, Finding
from assay.core.units import NONE, USD, Count, Share, Usd

PartKey = Literal[
    "days",
    "calendar",
    "volume",
    "owners",
    "models",
    "input",
    "cache",
    "output",
    "price",
    "paid",
    "new",
    "gone",
    "beside",
]
"""What a difference is made of.

- `days`: the number of days; `calendar`: which weekdays they were, and the season;
- `volume`: calls per usual day;
- `owners`: which owners made the calls; `models`: which models (and tiers) answered an owner's;
- `input`, `output`: tokens per call; `cache`: how much of the prompt was read from a cache;
- `price`: list prices; `paid`: what was paid beside list prices (discounts, surcharges);
- `new`, `gone`: items that are in one period alone;
- `beside`: spend that no tokens and prices explain (models without a price whose cost was logged).
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """One of the two periods, both days counted.

    Attributes:
        spent: all spend that is compared; `beside` of it no tokens and prices explain.
        calls: whose cost tokens and prices explain.
        idle: days without any call.
        unknown: calls without price and logged cost, in no amount.
        apart: spend of records that were set apart, in no other amount.
    """

    first: str
    last: str
    days: Count
    spent: Usd
    beside: Usd
    calls: Count
    idle: Count
    unknown: Count
    apart: Usd


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one cause added to the spend; less than nothing where it saved.

    Attributes:
        told: the amount as a page shows it, rounded so that what is shown adds up.
    """

    key: PartKey
    amount: Usd
    told: Usd


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One combination of owner, provider, model and tier, or the values of one column.

    Attributes:
        names: by `columns` of the change, or one; empty where rows say nothing.
        state: whether it is in both periods.
        told: `difference`, rounded so that those of a list add up with its rest.
        calls: what the number of its calls made, as shown: days, calendar, volume and which
            callers called; for other columns than the callers', also which models they took.
        parts: that are not zero, the largest first; they add up to `difference`.
    """

    names: tuple[str, ...]
    state: Literal["stays", "new", "gone"]
    before: Usd
    after: Usd
    difference: Usd
    told: Usd
    calls: Usd
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drivers:
    """What each item added, the largest difference first.

    Attributes:
        columns: what items are by.
        n: all items, of which `items` are listed; `rest` is the difference of the others as shown.
    """

    columns: tuple[str, ...]
    n: Count
    items: tuple[Item, ...]
    rest: Usd


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Calls of a usual day: number of days, weekdays and season taken out.

    Attributes:
        before, after: of owners who are in both periods.
        change: relative, with the interval that the days' ups and downs leave; None where it cannot
            be had, and `reason` says why.
        worth: what the change of pace added, with the same interval.
        beyond_noise: whether the interval excludes no change.
    """

    before: Annotated[float, NONE]
    after: Annotated[float, NONE]
    change: Annotated[Estimate | None, "share"]
    worth: Annotated[Estimate | None, USD]
    beyond_noise: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CostChange:
    """Why two periods cost differently.

    Attributes:
        owner: columns that name who spends.
        decimals: digits after the point at which amounts are shown.
        told: the difference of both totals as they are shown.
        parts: those of `PartKey` that are not zero; they add up to `difference`, and as shown to
            `told`.
        by_calendar: days and calendar together: the difference that other days alone would make.
        seasons: lengths in days of the seasons that were found and taken out.
        history: days that seasons were looked for in.
        items: by owner, provider, model and tier.
        drivers: the same by each single column that has two values or more.
    """

    before: Period
    after: Period
    difference: Usd
    owner: tuple[str, ...]
    decimals: Count
    told: Usd
    parts: tuple[Part, ...]
    by_calendar: Usd
    seasons: tuple[Count, ...]
    history: Count
    pace: Pace
    items: Drivers
    drivers: tuple[Drivers, ...]
    confidence: Share
    findings: tuple[Finding, ...]
