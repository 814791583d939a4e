"""Metrics by segment as frozen records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from assay.core.finding import Estimate, Finding
from assay.core.units import Count, Number, Probability, Share, UnitOf

How = Literal["apart", "placed by others", "by construction"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentValue:
    """One metric in one segment.

    Attributes:
        expected: members, the sum of probabilities.
        value: of this segment alone; `pooled`: drawn towards the others, as far as it is noise.
    """

    metric: str
    unit: str
    segment: str
    expected: Number
    value: Annotated[Estimate, UnitOf("unit")]
    pooled: Annotated[Estimate, UnitOf("unit")]


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentDifference:
    """One segment minus another, or minus all others together.

    Attributes:
        other: the other segment; empty for all others.
        difference: its intervals hold together for all comparisons of this kind, of all metrics.
        p, adjusted: of no difference; adjusted for all comparisons of this kind (Holm).
        differs: whether the adjusted p-value is at most one minus the confidence.
        how: `apart`: the metric had no say in who is in which segment. `placed by others`: it had,
            and is measured on units that did not form the segments, placed by all other
            behaviours. `by construction`: it had, and nothing is claimed.
    """

    metric: str
    unit: str
    one: str
    other: str
    difference: Annotated[Estimate, UnitOf("unit")]
    p: Probability
    adjusted: Probability
    differs: bool
    how: How


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentsCompared:
    """Everything that is told of metrics by segment.

    Attributes:
        units: that have a segment and a metric.
        certainty: mean of the largest probability of membership.
        merged: segments of too few members, told together as (other).
        circular: metrics that formed the segments: that these differ is no finding, and none is
            claimed but of units that others placed.
    """

    units: Count
    certainty: Probability
    values: tuple[SegmentValue, ...]
    pairs: tuple[SegmentDifference, ...]
    against_rest: tuple[SegmentDifference, ...]
    merged: Count
    circular: tuple[str, ...]
    smallest: Count
    confidence: Share
    findings: tuple[Finding, ...]
