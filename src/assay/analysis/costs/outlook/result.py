"""What spending comes to: as things go, against each budget, and if something were different."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from assay.core.finding import Estimate
from assay.core.units import USD, Count, Number, Probability, Share, Usd

State = Literal[
    "exceeded", "likely over", "at risk", "on track", "not enough data", "no data", "not begun"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """How past intervals of such totals did.

    Attributes:
        share_80, share_95: of past totals inside intervals made without them; None where no past
            total of that length could be tested.
        tested: past totals; they overlap, and are worth about `stretches` independent ones.
    """

    share_80: Share | None
    share_95: Share | None
    tested: Count
    stretches: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """What some days to come cost together; with what was spent in the period already.

    Attributes:
        spent: in its days that have been.
        usd: of all its days, at the level of the report; half its distribution lies below `value`.
        low_80, high_80: ends of the 80 % interval.
    """

    label: str
    first: str
    last: str
    spent: Usd
    usd: Annotated[Estimate, USD]
    low_80: Usd
    high_80: Usd
    held: Held


@dataclass(frozen=True, slots=True, kw_only=True)
class DayAhead:
    """One day to come: its median and intervals of 80 % and of the report's level."""

    day: str
    usd: Usd
    low_80: Usd
    high_80: Usd
    low: Usd
    high: Usd


@dataclass(frozen=True, slots=True, kw_only=True)
class Fan:
    """Spent in the period up to a day's end: as it was, or as it may be.

    Attributes:
        usd: the amount that is known, or the median; equal to the ends where it is known.
    """

    day: str
    known: bool
    usd: Usd
    low_80: Usd
    high_80: Usd
    low: Usd
    high: Usd


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """When a share of the budget is spent.

    Attributes:
        share, usd: the threshold.
        crossed: whether it has been.
        probability: that it is crossed within the period.
        day: when it was, or by when it is as likely as not; None where it is unlikely.
        first, last: ends of the interval of that day; `last` is None where it may not be crossed
            in the period at all, both are None where nothing can be said.
    """

    share: Share
    usd: Usd
    crossed: bool
    probability: Probability | None
    day: str | None
    first: str | None
    last: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastPeriod:
    """A period of the budget that is over.

    Attributes:
        budget: in proportion where the budget held on a part of its days.
        whole: whether the data cover all its days; None where they hold no call at all in it.
    """

    first: str
    last: str
    budget: Usd
    spent: Usd
    share: Share
    whole: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetIf:
    """A budget in a scenario; None where the scenario cannot be told for it."""

    scenario: str
    usd: Annotated[Estimate | None, USD]
    probability: Probability | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetOutlook:
    """Where a budget stands in its present period.

    Attributes:
        whom: what it is for, in words; empty for everything.
        first, last: of the period, as far as the budget holds in it.
        budget: of these days, in USD; `amount` in `currency` per `per` is what was declared.
        unknown: calls of the period so far whose cost is not known: they are not in `spent`.
        share: spent over budget.
        total: at the period's end; None where nothing can be said.
        probability: that the total exceeds the budget.
        crossings: by rising threshold.
        past: periods that are over, oldest first.
        place: file and line where it is declared.
        reason: why the state is what it is, where it is no matter of the probability.
    """

    name: str
    owner: str
    whom: str
    per: str
    first: str
    last: str
    days_left: Count
    budget: Usd
    amount: Number
    currency: str
    spent: Usd
    unknown: Count
    share: Share
    calls: Count
    total: Total | None
    probability: Probability | None
    crossings: tuple[Crossing, ...]
    fan: tuple[Fan, ...]
    past: tuple[PastPeriod, ...]
    scenarios: tuple[BudgetIf, ...]
    state: State
    reason: str
    notes: tuple[str, ...]
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One value of a column: what it cost lately and will cost; the parts add up to the whole.

    Attributes:
        recent: over the last days, as many as are told ahead at most.
        days, week, month: the next day, seven and thirty days.
        own: whether it is forecast by its own days; else by its mean, for want of days.
    """

    name: str
    recent: Usd
    day: Annotated[Estimate, USD]
    week: Annotated[Estimate, USD]
    month: Annotated[Estimate, USD]
    own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What each value of a column will cost.

    Attributes:
        apart: how far the parts' own forecasts of thirty days were from the whole's, over it.
    """

    column: str
    values: Count
    parts: tuple[Part, ...]
    apart: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioOutlook:
    """What thirty days cost if something were different, beside the base case.

    Attributes:
        first: day from which it holds.
        factor: on what a day costs from then on, with the interval that the mix of days leaves;
            `change` is that less one.
        usd, base: the thirty days to come, with and without it; `difference` of the two.
        concerned: share of the cost of the last days that it changes.
        assumed: what is taken for granted, in words.
        left_out: why there is no number, empty where there is.
    """

    name: str
    first: str
    factor: Annotated[Estimate | None, "1"]
    change: Annotated[Estimate | None, "share"]
    usd: Annotated[Estimate | None, USD]
    base: Annotated[Estimate, USD]
    difference: Annotated[Estimate | None, USD]
    concerned: Share
    assumed: tuple[str, ...]
    left_out: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """What past forecasts were worth.

    Attributes:
        mase: mean absolute error of a day over that of the same weekday a week ago, within the
            series; `naive` the same of forecasts by that weekday.
        day_80, day_95: share of past days inside their intervals.
    """

    mase: Number | None
    naive: Number | None
    day_80: Share | None
    day_95: Share | None
    methods: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendOutlook:
    """What is to come, from the day after `through` on.

    Attributes:
        through: the last day that is complete; `incomplete_usd` was spent after it so far.
        days: each of the next thirty days.
        weeks: the next four, which add up to the total of 28 days.
        totals: the next 7 and 30 days, this month and the next.
        refused: why nothing is forecast, empty where something is.
    """

    through: str
    history: Count
    calls: Count
    incomplete_usd: Usd
    level: Share
    days: tuple[DayAhead, ...]
    weeks: tuple[Total, ...]
    totals: tuple[Total, ...]
    accuracy: Accuracy | None
    parts: tuple[Parts, ...]
    budgets: tuple[BudgetOutlook, ...]
    scenarios: tuple[ScenarioOutlook, ...]
    notes: tuple[str, ...]
    refused: str
