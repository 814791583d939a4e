"""What is said of scores: how good, who agrees, who drifted, what dropped, and goals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from assay.core.finding import Estimate, Finding
from assay.core.units import NONE, Count, Number, Probability, Share, UnitOf

Movement = Literal["fell", "rose", "steady", "unclear", "not enough data"]
GoalState = Literal["on track", "at risk", "off track", "met", "missed", "not enough data"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mean:
    """The mean of one name's scores, of all judges or of one kind or one judge.

    Attributes:
        judges: `all`, a kind (`human`, `model`, `rule`) or a judge's name.
        n: scores; `clusters`: sessions (or what else) behind them.
    """

    name: str
    judges: str
    n: Count
    clusters: Count
    unit: str
    low: Annotated[float, UnitOf("unit")]
    high: Annotated[float, UnitOf("unit")]
    mean: Annotated[Estimate, UnitOf("unit")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """Agreement of two kinds of judges on the items that both judged.

    Attributes:
        alpha: Krippendorff's, of distances; `ordinal`: of ranks; `kappa`: quadratic weights.
        apart: by how much the first kind scores higher.
    """

    name: str
    first: str
    second: str
    items: Count
    unit: str
    alpha: Annotated[Estimate | None, NONE]
    ordinal: Annotated[Estimate | None, NONE]
    kappa: Annotated[Estimate | None, NONE]
    apart: Annotated[Estimate | None, UnitOf("unit")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """The first day of another standard, between which days it lies, and how large the step was."""

    day: str
    first: str
    last: str
    unit: str
    size: Annotated[Estimate, UnitOf("unit")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """Whether a judge moved against those who judged the same items.

    Attributes:
        since: the first day on which its distance to the others is another, with the days between
            which that lies; None where it did not drift, or shares too few items to date it.
    """

    judge: str
    kind: str
    verdict: Literal["drifted", "one of two", "steady", "unknown"]
    shift: Annotated[Estimate | None, UnitOf("unit")]
    unit: str
    anchored: bool
    items: Count
    since: Since | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """The change of one name's scores within judges who stayed, of all or of one group.

    Attributes:
        column, group: whom; empty for all.
        judged_by: judges whose scores count; p is adjusted for all changes that are told (Holm).
        visible: the change that would be told four times in five, beside so many others.
    """

    name: str
    column: str
    group: str
    state: Movement
    unit: str
    change: Annotated[Estimate | None, UnitOf("unit")]
    raw: Annotated[float | None, UnitOf("unit")]
    p: Probability | None
    visible: Annotated[float | None, UnitOf("unit")]
    before_n: Count
    n: Count
    judged_by: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One period of a series; `complete` is whether the data cover it."""

    day: str
    n: Count
    unit: str
    mean: Annotated[Estimate | None, UnitOf("unit")]
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A change of level in a series: the first day after it, and between which days it lies."""

    day: str
    first: str
    last: str
    kind: str
    unit: str
    size: Annotated[Estimate, UnitOf("unit")]
    confidence: Probability


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One name's scores week by week, and where they broke."""

    name: str
    unit: str
    points: tuple[Point, ...]
    breaks: tuple[Broken, ...]
    smallest: Annotated[float | None, UnitOf("unit")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """A week to come, with the ends between which it is expected."""

    day: str
    unit: str
    mean: Annotated[Estimate, UnitOf("unit")]


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalStatus:
    """Where a goal stands.

    Attributes:
        probability: of the week that ends by the day meeting the target, as things go now.
        now: the last complete week; `needed`: the change per week that would reach the target.
        coverage: share of past weeks that lay in intervals like those ahead, of `tested` forecasts.
        reason: why there is no probability, where there is none.
    """

    name: str
    metric: str
    whom: str
    better: Literal["up", "down"]
    unit: str
    target: Annotated[float, UnitOf("unit")]
    by: str
    state: GoalState
    probability: Probability | None
    now: Annotated[Estimate | None, UnitOf("unit")]
    needed: Annotated[float | None, UnitOf("unit")]
    coverage: Share | None
    tested: Count
    points: tuple[Point, ...]
    ahead: tuple[Ahead, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoringResult:
    """Everything that the report on scores prints.

    Attributes:
        recent_from: first day of what is called recent; `before_from`: of what it is compared with.
        hidden: groups of fewer clusters than `k`, which are not told.
    """

    scores: Count
    items: Count
    first: str
    last: str
    recent_from: str
    before_from: str
    cluster: str
    k: Count
    hidden: Count
    confidence: Share
    scale: Number
    means: tuple[Mean, ...]
    judges: tuple[Mean, ...]
    agreement: tuple[Agreed, ...]
    drifts: tuple[Drift, ...]
    moves: tuple[Moved, ...]
    groups: tuple[Moved, ...]
    courses: tuple[Course, ...]
    goals: tuple[GoalStatus, ...]
    findings: tuple[Finding, ...]
