"""What configurations cost per resolved task, and how any two of them compare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from assay.core.finding import Estimate, Finding
from assay.core.units import NONE, SHARE, USD, Count, Number, Probability, Share, UnitOf, Usd

Measure = Literal["cost per resolved task", "cost per attempt", "success"]
Standing = Literal["known", "no task resolved", "not enough data"]
Verdict = Literal["lower", "higher", "no difference seen", "not compared"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """One combination of the columns that make a configuration.

    Attributes:
        values: of those columns, in their order.
        attempts: whose cost and outcome are both known; all else on this line is of them.
        left_out: attempts that lack a cost or an outcome.
        items, clusters: that were tried, and the units that intervals stand on.
        resolved: successes; a fraction where outcomes are shares.
        spent: of all those attempts.
        success, per_attempt: None with fewer than two clusters.
        per_resolved: spent / resolved. No value and no upper end where nothing was resolved; no
            upper end where the success rate cannot be told from zero.
    """

    name: str
    values: tuple[str, ...]
    standing: Standing
    attempts: Count
    left_out: Count
    items: Count
    clusters: Count
    resolved: Number
    spent: Usd
    success: Annotated[Estimate | None, SHARE]
    per_attempt: Annotated[Estimate | None, USD]
    per_resolved: Annotated[Estimate | None, USD]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One configuration against another, over the items that both tried.

    Attributes:
        one, other: names; differences are one − other, ratios one / other.
        items, clusters: that both tried.
        value_one, value_other: on those items, repeated attempts averaged within each.
        p: two-sided, of no difference; `adjusted`: for all pairs that were compared.
        reason: why there is no verdict, or no number, where there is none.
    """

    one: str
    other: str
    measure: Measure
    verdict: Verdict
    unit: str
    items: Count
    clusters: Count
    value_one: Annotated[float | None, UnitOf("unit")]
    value_other: Annotated[float | None, UnitOf("unit")]
    difference: Annotated[Estimate | None, UnitOf("unit")]
    ratio: Annotated[Estimate | None, NONE]
    p: Probability | None
    adjusted: Probability | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """All pairs of one measure, which are read together.

    Attributes:
        pairs: of configurations there are.
        compared: those with enough shared items, for whose number p-values are adjusted.
        different: told apart at the level of all of them together.
        level: of each interval taken by itself, so that all hold together.
    """

    measure: Measure
    pairs: Count
    compared: Count
    different: Count
    level: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparingResult:
    """Everything that is told of configurations.

    Attributes:
        by: columns that make a configuration.
        unit: what intervals stand on, in words (items, or what they belong to).
        configurations: from the lowest cost per resolved task to the highest; those without one
            last.
        reference: the configuration that the pairs told of are against.
        pairs: those against the reference, of every measure.
        fewest: shared items that a comparison needs.
        confidence: of a configuration's intervals each by itself, and of all pairs' of one measure
            together.
    """

    by: tuple[str, ...]
    unit: str
    items: Count
    attempts: Count
    left_out: Count
    spent: Usd
    resolved: Number
    configurations: tuple[Configuration, ...]
    reference: str
    families: tuple[Family, ...]
    pairs: tuple[Pair, ...]
    fewest: Count
    correction: str
    confidence: Share
    findings: tuple[Finding, ...]
