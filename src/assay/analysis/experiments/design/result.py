"""What the plan of an experiment holds, as frozen records; `record()` turns them into JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from assay.core.finding import Estimate, Finding
from assay.core.provenance import LeftOut
from assay.core.units import COUNT, SHARE, Count, Number, Probability, Share, UnitOf

Verdict = Literal["run", "long", "unreachable", "size", "unknown"]
"""It ends within the weeks one has; later, but within a year; not within a year; a size is known,
but not how fast units come; there is too little to plan with."""
PlanKind = Literal["once", "group-sequential", "anytime"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizing:
    """What it takes to see one change of one metric.

    Attributes:
        lift: the true change, signed.
        units: of all arms together, with and without what is known from before; None where no
            number would do.
        days: whole weeks; None where they are more than a year, or units come at no known pace.
    """

    lift: Share
    units: Annotated[int | None, COUNT]
    units_plain: Annotated[int | None, COUNT]
    days: Annotated[int | None, COUNT]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricPlan:
    """One metric in the plan.

    Attributes:
        base, sd: value in the history over a window of the planned length, and the standard
            deviation that one unit adds to it.
        n: units of the history behind them; `valued`: share of all units that have a value.
        effect: true change that is to be seen, signed; 0 for a margin that is to be kept.
        bound: change that the interval has to exclude: zero, the region too small to matter, or
            the margin, signed.
        power: chance that the claim is made at the end of the plan, if the change is the effect.
        detectable: change for which that chance is the one wanted.
        seen_before, rho_squared: share of units that were there before, and of the variance that
            what they did then explains.
        rare: expected successes or failures, the fewer of them, in the smallest arm at the end.
        exact: so few are expected that power was summed over all tables.
        reason: why there are no numbers.
    """

    metric: str
    kind: str
    role: str
    better: Literal["up", "down"]
    unit: str
    base: Annotated[float | None, UnitOf("unit")]
    sd: Annotated[float | None, UnitOf("unit")]
    n: Count
    valued: Share
    effect: Share
    bound: Share
    decides: bool
    power: Probability | None
    detectable: Annotated[float | None, SHARE]
    detectable_plain: Annotated[float | None, SHARE]
    sizes: tuple[Sizing, ...]
    seen_before: Annotated[float | None, SHARE] = None
    rho_squared: Annotated[float | None, SHARE] = None
    adjusted: bool = False
    rare: Annotated[float | None, COUNT] = None
    exact: bool = False
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """What could be seen had the experiment run for so long.

    Attributes:
        units: of all arms, as the recent history has them; `low` and `high` over all windows of
            this length in the history.
        extrapolated: longer than the history.
        detectable: of the first deciding metric, as planned; `plain` without what was known before.
        power: for the effect of interest.
    """

    days: Count
    units: Count
    low: Annotated[int | None, COUNT]
    high: Annotated[int | None, COUNT]
    extrapolated: bool
    detectable: Annotated[float | None, SHARE]
    plain: Annotated[float | None, SHARE]
    power: Probability | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look of the plan.

    Attributes:
        fraction: of the planned units.
        bound: standard errors by which an estimate has to lie beyond what it is held against.
        stops, stops_null: chance that it has ended by this look under the effect, and under none.
    """

    fraction: Share
    days: Annotated[int | None, COUNT]
    units: Annotated[int | None, COUNT]
    bound: Number
    stops: Probability
    stops_null: Probability


@dataclass(frozen=True, slots=True, kw_only=True)
class Operating:
    """How the plan works out over simulated experiments on the history's own units.

    Attributes:
        lift: that was put in.
        claimed, wrong: share of experiments that claim a change in the right or good direction,
            and in the other.
        predicted: of `claimed`, by the formula.
        units, days: mean number until it ends.
        exaggeration: mean of estimated over true change, where one was claimed.
        low, high: middle 90 % of estimated changes.
    """

    metric: str
    lift: Share
    runs: Count
    claimed: Probability
    claimed_error: Probability
    wrong: Probability
    predicted: Probability | None
    units: Count
    days: Annotated[float | None, COUNT]
    exaggeration: Number | None
    estimate: Annotated[Estimate, SHARE]


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignResult:
    """Everything that the report of a plan prints.

    Attributes:
        arms: shares of the units, the control first.
        alpha: one minus the confidence of intervals, two-sided; `alpha_each`: of one comparison,
            after what several arms and several deciding metrics cost.
        weeks: that one is ready to wait.
        days, size: planned length, and units of all arms; None where there is none.
        inflation: size of the plan over that of a single look.
        weekdays: mean units of a day, from Monday to Sunday.
        history_days: length of the history; None without one.
    """

    experiment: str
    unit: str
    source: Literal["history", "given"]
    arms: Annotated[tuple[float, ...], SHARE]
    alpha: Probability
    alpha_each: Probability
    correction: str
    wanted: Probability
    plan: PlanKind
    spending: str | None
    weeks: Count
    seed: Count
    first: str | None
    last: str | None
    history_days: Annotated[int | None, COUNT]
    history_rows: Count
    days: Annotated[int | None, COUNT]
    size: Annotated[int | None, COUNT]
    inflation: Number
    verdict: Verdict
    reason: str
    metrics: tuple[MetricPlan, ...]
    curve: tuple[CurvePoint, ...]
    looks: tuple[Look, ...]
    expected_days: Annotated[float | None, COUNT]
    expected_days_null: Annotated[float | None, COUNT]
    weekdays: Annotated[tuple[float, ...], COUNT]
    left_out: tuple[LeftOut, ...]
    findings: tuple[Finding, ...]
    operating: tuple[Operating, ...] = ()
    operating_from: Annotated[int | None, COUNT] = None
