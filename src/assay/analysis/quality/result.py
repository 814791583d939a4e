"""What a report on data quality answers, as frozen records; `record()` makes them JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from assay.core.finding import Estimate, Finding
from assay.core.provenance import LeftOut
from assay.core.units import COUNT, SHARE, Count, Probability, Share, UnitOf, Usd

Days = Annotated[int, "days"]
UsdPerMtok = Annotated[float, "USD per million tokens"]
Ratio = Annotated[float, "times"]

Fitness = Literal["fit", "caveats", "not fit"]
"""To be used as they are; to be used with what is said in mind; not to be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """From where on something counts against the data.

    Attributes:
        max_missing: share of rows without a needed value.
        max_rejected: share of rows that break a rule.
        stale_days: days that the last row may lie behind `as_of`.
        min_days: days that a trend needs.
        min_persons: persons that experiments and segments need.
        min_explained: share of priced rows that dated prices must explain.
        mix_change: part of the rows that must have moved for a mix to be told as changed.
        cost_factor: how many times off the usual cost per token is implausible.
        dear_share: share of all cost in implausibly dear rows, from which sums mean nothing.
        alpha: one minus the confidence of intervals, over all values of all columns together.
        false_alarms: share of reports on clean days that call any day out of line.
    """

    max_missing: Share = 0.05
    max_rejected: Share = 0.05
    stale_days: Days = 3
    min_days: Days = 56
    min_persons: Count = 200
    min_explained: Share = 0.8
    mix_change: Share = 0.02
    cost_factor: Ratio = 20.0
    dear_share: Share = 0.01
    alpha: Probability = 0.05
    false_alarms: Probability = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnQuality:
    """One column: what it lacks, holds, and had rejected.

    Attributes:
        exact: whether `distinct` was counted, or read off a sketch.
        rejected: rows turned away by a rule that looks at this column.
        low, high: of numbers, in `unit`; `first`, `last`: of times, ISO.
        hidden: values of too few persons to be shown, None where values are not looked at.
        new: values that only the recent days have, None where values are not looked at.
    """

    name: str
    kind: str
    unit: str
    missing: Count
    missing_share: Share
    distinct: Count
    exact: bool
    rejected: Count
    low: Annotated[float | None, UnitOf("unit")]
    high: Annotated[float | None, UnitOf("unit")]
    first: str | None
    last: str | None
    hidden: Annotated[int | None, COUNT] = None
    new: Annotated[int | None, COUNT] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewName:
    """A value of a label that the recent days have and the days before had not."""

    column: str
    value: str
    first: str
    rows: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """How far the data reach, and where they have holes.

    Attributes:
        due: whether a day was given up to which rows are due; where none was, `as_of` is the last
            row's own, and nothing is known of its age.
        behind: days from the last row to `as_of`; negative where rows lie ahead of it.
        gaps: days without rows on weekdays that mostly have some; the first ten in `gap_days`.
        empty_days: all days without rows.
        repeated_keys: rows rejected since their key appears more than once.
        repeated_rows: rows equal to another one in all but their key.
    """

    due: bool
    behind: Days
    gaps: Count
    gap_days: tuple[str, ...]
    empty_days: Count
    repeated_keys: Count
    repeated_rows: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRows:
    """One day's rows, and between which ends they were expected."""

    day: str
    rows: Count
    expected: Annotated[float | None, COUNT]
    low: Annotated[float | None, COUNT]
    high: Annotated[float | None, COUNT]


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeEvent:
    """Neighbouring days out of line: their rows over those expected, with the ends of chance."""

    first: str
    last: str
    days: Days
    rows: Count
    expected: Annotated[float, COUNT]
    change: Annotated[Estimate, SHARE]


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeQuality:
    """Rows per day against the weeks before.

    Attributes:
        spread: usual relative deviation of a day beyond what counting makes.
        reason: why no day is judged, None where some are.
    """

    days: tuple[DayRows, ...]
    judged: Days
    spread: Share | None
    events: tuple[VolumeEvent, ...]
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MixChange:
    """The share of one value in recent weeks, and how it changed."""

    value: str
    before: Share
    after: Share
    change: Annotated[Estimate, SHARE]


@dataclass(frozen=True, slots=True, kw_only=True)
class MixQuality:
    """Shares of one column, recent weeks against those before.

    Attributes:
        distance: the part of the rows that moved to another value.
        changed: whether chance does not explain it and it is large enough to be told.
    """

    column: str
    recent_weeks: Count
    weeks_before: Count
    distance: Share | None
    p_value: Probability | None
    changed: bool
    changes: tuple[MixChange, ...]
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Implausible:
    """Rows of a kind that can hardly be true, among those where it could happen."""

    key: str
    count: Count
    among: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class DearRows:
    """Rows whose cost per token is far above what is usual for their model.

    Attributes:
        cost: what they cost together; `share`: of all logged cost.
        dearest: the largest cost per token over the median of its model.
    """

    count: Count
    cost: Usd
    share: Share
    dearest: Ratio | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceChange:
    """From this day on, costs are `ratio` times what they were for the same tokens."""

    day: str
    ratio: Ratio


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPrices:
    """What one model's logged costs say of its prices.

    Attributes:
        looked_at: rows that prices were fitted to and judged on; all of them, or an even part.
        explained: share of these within one per cent of the fitted cost, at one price.
        explained_dated: the same, with the price of the day.
        fitted: what `looked_at` rows cost at the dated prices, beside what was `logged` for them.
        steady: whether the price did not change.
    """

    model: str
    tier: str | None
    rows: Count
    looked_at: Count
    cost: Usd
    input: UsdPerMtok | None
    cache_read: UsdPerMtok | None
    cache_write: UsdPerMtok | None
    output: UsdPerMtok | None
    explained: Annotated[Estimate | None, SHARE]
    explained_dated: Annotated[Estimate | None, SHARE]
    logged: Usd
    fitted: Usd | None
    changes: tuple[PriceChange, ...]
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CostQuality:
    """Logged costs against tokens.

    Attributes:
        models: that may be shown, by rows; `hidden`: how many more there are.
        explained: share of all priced rows that were looked at, of models with a fit, that dated
            prices explain; an interval where they are a part of all.
        sampled: whether an even part of the rows was looked at.
    """

    rows: Count
    cost: Usd
    sampled: bool
    models: tuple[ModelPrices, ...]
    hidden: Count
    without_fit: Count
    explained: Annotated[Estimate | None, SHARE]
    dear: DearRows


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """Whether an analysis can be made from these data, and why (not).

    Attributes:
        reasons: clauses in words; of a fit, what was held against its needs.
    """

    analysis: str
    verdict: Fitness
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityResult:
    """Everything that the report on data quality prints."""

    table: str
    rows: Count
    rejected: Count
    rejected_share: Share
    persons: Count
    first: str
    last: str
    as_of: str
    k: Count
    recent_days: Days
    thresholds: Thresholds
    columns: tuple[ColumnQuality, ...]
    rejections: tuple[LeftOut, ...]
    freshness: Freshness
    volume: VolumeQuality
    mixes: tuple[MixQuality, ...]
    new_names: tuple[NewName, ...]
    new_hidden: Count
    implausible: tuple[Implausible, ...]
    costs: CostQuality
    fits: tuple[Fit, ...]
    verdict: Fitness
    findings: tuple[Finding, ...]
    threshold_p: Probability
