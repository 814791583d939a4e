"""What segments say together, as frozen records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from assay.core.finding import Estimate
from assay.core.units import NONE, Count, Number, Probability, UnitOf

Scale = Literal["lift", "difference"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PooledSegment:
    """One segment, drawn towards the others, and beside them.

    Attributes:
        pooled: lift, or difference in the metric's unit, as the scale says.
        against_rest: how much larger the effect's factor is than in the other segments together
            (0.1: ten per cent more), or the difference of differences; the intervals of all
            segments hold together.
        differs: whether that interval leaves out zero.
    """

    segment: str
    unit: str
    n: Count
    n_control: Count
    pooled: Annotated[Estimate, UnitOf("unit")]
    against_rest: Annotated[Estimate, UnitOf("unit")]
    differs: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """The test that the effect is the same in all segments.

    Attributes:
        threshold: alpha, shared among the tests of all columns, arms and metrics.
    """

    test: str
    statistic: Number
    df: Number
    df_within: Number | None
    p_value: Probability
    threshold: Probability
    differs: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PooledSegments:
    """The segments of one column, for one metric in one arm.

    Attributes:
        scale: lift, or difference where a segment's arm is not safely above zero.
        mean: effect common to all segments.
        spread: standard deviation between segments, of log lifts (log odds ratios where a rate
            was sampled) or of differences.
        left_out: segments that an arm has no value in.
        reason: why there is no pooled estimate; None where there is one.
        draws, worst_rhat, least_ess: of the sampler, None where the answer is in closed form.
    """

    column: str
    metric: str
    arm: str
    unit: str
    scale: Scale
    method: str
    mean: Annotated[Estimate, UnitOf("unit")]
    spread: Annotated[Estimate, NONE]
    interaction: Interaction | None
    segments: tuple[PooledSegment, ...]
    left_out: Count
    reason: str | None = None
    draws: Count | None = None
    worst_rhat: Number | None = None
    least_ess: Number | None = None
