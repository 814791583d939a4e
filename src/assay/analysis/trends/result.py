"""What a report on trends says: of each series, of breaks that fall together, and first of all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from assay.core.finding import Estimate, Finding
from assay.core.units import Count, Number, Probability, Share, UnitOf

Verdict = Literal["changed", "steady", "no answer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One period: value and standard error in the series' unit, n units behind them.

    Attributes:
        value: None in a gap.
        adjusted: the value less the season.
        off: standard deviations, of a point of so many units, that `adjusted` lies off the line.
        line, low, high: where the series stood without season and noise, and its interval.
    """

    label: str
    at: str
    n: Count
    value: float | None
    standard_error: float | None
    adjusted: float | None
    line: float | None
    low: float | None
    high: float | None
    off: Number | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Something that is known to have happened on the days of a break: association, no cause.

    Attributes:
        away: days from the most likely day of the break; below zero before it.
    """

    day: str
    kind: str
    what: str
    away: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A break: when, by how much, how surely, and what happened on those days.

    Attributes:
        since: label of the first period after it; `first` … `last` is the interval of that.
        before, after, size: in the series' unit, or its unit per period where the kind is slope.
        relative: size over the level before; None where that may be zero, or for a slope.
        confidence: probability that there is a change between the neighbouring ones.
        standing: whether no later one has followed; changes of spread are followed by such only.
        new: whether it began within the last periods that are news.
        chance: share of equally long intervals of the series that hold a candidate too; None
            where there is none.
    """

    kind: Literal["level", "slope", "variance"]
    since: str
    first: str
    last: str
    before: Annotated[float, UnitOf("unit")]
    after: Annotated[float, UnitOf("unit")]
    size: Annotated[Estimate, UnitOf("unit")]
    relative: Annotated[Estimate | None, "share"]
    confidence: Probability
    standing: bool
    new: bool
    candidates: tuple[Candidate, ...]
    chance: Share | None
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonPart:
    """What one phase of the season adds, in the series' unit."""

    label: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """One season: its length in periods, its strength, and what each phase adds.

    Attributes:
        strength: share of the variation about the line that it makes up, 0 to 1.
    """

    period: Count
    strength: Share
    parts: tuple[SeasonPart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOff:
    """What was added in the periods of an incident or a holiday, in the series' unit."""

    what: str
    kind: str
    first: str
    last: str
    effect: Annotated[Estimate, UnitOf("unit")]
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The last periods beside as many before them.

    Attributes:
        change: after − before, the sum of `mix` (other weekdays, or other weights on them) and
            `like_for_like`.
        sure: whether the interval leaves out zero also where it is widened so that all watched
            series together have the level.
    """

    periods: Count
    before: Annotated[float, UnitOf("unit")]
    after: Annotated[float, UnitOf("unit")]
    change: Annotated[Estimate, UnitOf("unit")]
    mix: Annotated[Estimate, UnitOf("unit")]
    like_for_like: Annotated[Estimate, UnitOf("unit")]
    relative: Annotated[Estimate | None, "share"]
    sure: bool
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """One period to come, in the series' unit."""

    label: str
    at: str
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BackTested:
    """What one method's past forecasts were worth.

    Attributes:
        mase: mean absolute error over that of the (seasonal) naive method within the series.
        smape: in percent.
        coverage: share of past values inside intervals that were made without them.
    """

    method: str
    weight: Share
    mase: Number | None
    smape: Annotated[float, "%"]
    msis: Number | None
    coverage: Share | None
    origins: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """The periods to come, and how good such forecasts were.

    Attributes:
        coverage: share of past values inside such intervals.
        broke: since when the level or slope is another, of the breaks that past forecasts did not
            foresee: the intervals allow for such again.
        lately: the median of the values since the last break, and the ends that hold `level` of
            them: what may be expected as long as nothing breaks. None without a break, or where
            too few values tell.
    """

    ahead: Annotated[tuple[Ahead, ...], UnitOf("unit")]
    level: Share
    coverage: Share | None
    broke: tuple[str, ...]
    lately: Annotated[Estimate | None, UnitOf("unit")]
    tested: tuple[BackTested, ...]
    notes: tuple[str, ...]
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesTrend:
    """All that is said of one series.

    Attributes:
        name: of the metric, and of the group where there are several.
        part: share of the metric's whole that the group makes up: of the money where it is one, of
            the total where it is a total, else of the units.
        points: empty where there are more series than are told in full.
        n: units over all periods; `periods` of them have a value, `gaps` have none.
        latest: the line at the last complete period, with its interval.
        visible: size of a change of level in the middle of the last stretch that would have been
            found four times in five; `visible_share` the same over the level.
        refused: why nothing can be said, empty where something can.
    """

    key: str
    name: str
    metric: str
    group: tuple[tuple[str, str], ...]
    unit: str
    better: str
    total: bool
    verdict: Verdict
    n: Count
    part: Share
    missing: Count
    periods: Count
    gaps: Count
    unfinished: str | None
    points: Annotated[tuple[Point, ...], UnitOf("unit")]
    latest: Annotated[Estimate | None, UnitOf("unit")]
    noise: Annotated[float | None, UnitOf("unit")]
    correlation: Number | None
    seasons: Annotated[tuple[Season, ...], UnitOf("unit")]
    comparison: Comparison | None
    changes: tuple[Change, ...]
    one_offs: tuple[OneOff, ...]
    visible: Annotated[float | None, UnitOf("unit")]
    visible_share: Share | None
    outlook: Outlook | None
    notes: tuple[str, ...]
    refused: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """Series that are likelier to have broken in one period than each in its own.

    Attributes:
        since: the likeliest period, if it was one; `first` … `last` is the interval of that.
        probability: that it was one for all, against one of its own for each, with even odds
            beforehand; the noise of the series is taken for independent.
        names: of the series; `upward` says of each whether it rose.
    """

    first: str
    since: str
    last: str
    probability: Probability
    keys: tuple[str, ...]
    names: tuple[str, ...]
    upward: tuple[bool, ...]
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WholePart:
    """The total, or one of its parts, at the last period of the forecast.

    Attributes:
        alone: what its own forecast says; value, low and high are moved so that parts add up.
    """

    name: str
    value: float
    low: float
    high: float
    alone: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A total and its parts, forecast so that the parts add up to the total in every period.

    Attributes:
        at: label of the last period of the forecast, of which the values are.
        apart: largest gap, over all periods, between the total's own forecast and the sum of its
            parts' own, over the total's.
        left_out: why there are no parts, empty where there are.
    """

    metric: str
    unit: str
    at: str
    total: Annotated[WholePart | None, UnitOf("unit")]
    parts: Annotated[tuple[WholePart, ...], UnitOf("unit")]
    apart: Share | None
    left_out: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MixPart:
    """One value's share of the rows, over the last periods and as many before.

    Attributes:
        sure: whether the interval leaves out zero also where it is widened so that all values of
            all columns together have the level.
        since: when the share last broke for sure, None where it did not.
    """

    value: str
    before: Share
    after: Share
    change: Annotated[Estimate, "share"]
    sure: bool
    since: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """How the rows are spread over the values of a column, and how that has moved.

    Attributes:
        moved: share of rows that would have to have another value for the shares to be as before.
        values: of the column; `parts` are those of the largest change.
    """

    column: str
    periods: Count
    moved: Share
    values: Count
    parts: tuple[MixPart, ...]
    left_out: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendResult:
    """The whole answer: findings first to last by how much they matter.

    Attributes:
        first, last: labels of the first and last complete period of any series.
        recent: periods at the end within which a change is news.
        level: of intervals; breaks and comparisons are held to it over all series together, which
            is `level_each` of one.
        values: units behind the points of all series together.
    """

    every: str
    time_zone: str
    first: str
    last: str
    through: str
    horizon: Count
    recent: Count
    level: Share
    level_each: Share
    watched: Count
    told: Count
    values: Count
    happenings: Count
    series: tuple[SeriesTrend, ...]
    together: tuple[Together, ...]
    wholes: tuple[Whole, ...]
    mixes: tuple[Mix, ...]
    findings: tuple[Finding, ...]
