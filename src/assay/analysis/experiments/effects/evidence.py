"""What the data say of one metric in two arms, before and after a level is chosen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from assay.stats.bayes.gamma import DISPERSED, dispersion_p
from assay.stats.contrasts import Contrast
from assay.stats.fieller import RatioInterval
from assay.stats.means import Difference
from assay.stats.rules import FixedLook, Rule

if TYPE_CHECKING:
    from assay.stats.level import Level

Counts = tuple[tuple[int, int], tuple[int, int]]
"""(successes, n) of the treated arm and of the control."""


@dataclass(frozen=True, slots=True)
class ArmEvents:
    """Events of one arm: how many over how many units, and their variance between units."""

    total: float
    n: int
    variance: float


@dataclass(frozen=True, slots=True)
class Events:
    """Counts of the treated arm and of the control, where the metric is a count of whole events."""

    arms: tuple[ArmEvents, ArmEvents]

    @property
    def poisson(self) -> bool:
        """Whether counts vary no more between units than chance alone would make them."""
        return dispersion_p([(a.total / a.n, a.variance, a.n) for a in self.arms]) >= DISPERSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """What covariates and strata did.

    Attributes:
        method: how arms were adjusted, in words.
        theta: the slope, where there is one covariate and one slope for all arms.
        rho_squared: share of the variance within the arms that the covariates explain; None where
            there are none.
        refusal: why the answer is the unadjusted one after all; None where it is adjusted.
        slopes: (covariate, slope in the treated arm, slope in the control) of each.
    """

    method: str
    theta: float | None
    rho_squared: float | None
    refusal: str | None = None
    slopes: tuple[tuple[str, float, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What another method answers to the same question; either part may be missing."""

    name: str
    p_value: float | None = None
    difference: Difference | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One metric, one arm against the control: all that intervals of any level are made from.

    Attributes:
        value, value_control: None where an arm has no value at all.
        control_variance: of the control's estimate; `covariance`: of difference and control.
        contrast: None where `refusal` says why there is no interval.
        counts: where values are 0 or 1 and nothing adjusts them.
        events: where values count whole events and nothing adjusts them.
        unadjusted: the contrast without covariates and strata, where `adjustment` tells of any.
        growth: how many times the data an interval needs at least, where that can be said.
        paired: both arms saw the same units.
        also: other methods by name: what they estimate, or their p-value alone.
        remarks: what else the method found, in words.
        reason: why this method; None where it is the usual one.
    """

    method: str
    n: int
    n_control: int
    missing: int
    missing_control: int
    value: float | None
    value_control: float | None
    contrast: Contrast | None = None
    control_variance: float = 0.0
    covariance: float = 0.0
    counts: Counts | None = None
    events: Events | None = None
    adjustment: Adjustment | None = None
    unadjusted: Contrast | None = None
    refusal: str | None = None
    growth: float | None = None
    paired: bool = False
    also: tuple[tuple[str, Contrast | float], ...] = ()
    remarks: tuple[str, ...] = ()
    reason: str | None = None

    def at(self, alpha: float, rule: Rule | None = None) -> Effect:
        """The effect with intervals that err at most by alpha, over all looks of the rule.

        Args:
            alpha: one minus the intervals' confidence.
            rule: when it may be looked at; by default once.
        """
        rule = rule or FixedLook()
        level = rule.level(alpha)
        found = None if self.contrast is None else self.contrast.at(level)
        raw = self.unadjusted
        difference = None if found is None else found.difference
        if self.contrast is not None and difference is not None:
            p_value = rule.p_value(self.contrast.z, self.contrast.p_value)
            difference = replace(difference, p_value=p_value)
        return Effect(
            method=self.method,
            n=self.n,
            n_control=self.n_control,
            missing=self.missing,
            missing_control=self.missing_control,
            value=self.value,
            value_control=self.value_control,
            difference=difference,
            lift=None if found is None else found.lift,
            control_variance=self.control_variance,
            covariance=self.covariance,
            counts=self.counts,
            events=self.events,
            adjustment=self.adjustment,
            unadjusted=None if raw is None else raw.at(level).difference,
            refusal=self.refusal,
            growth=self.growth,
            paired=self.paired,
            also=tuple(_beside(name, other, level) for name, other in self.also),
            remarks=self.remarks,
            reason=self.reason,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """The estimate behind a comparison, at one level.

    Attributes:
        value, value_control: None where an arm has no value at all.
        control_variance: of the control's estimate; `covariance`: of difference and control.
        difference, lift: None where `refusal` says why there is no interval.
        counts: (successes, n) of both arms, where values are 0 or 1 and nothing adjusts them.
        events: where values count whole events and nothing adjusts them.
        unadjusted: the difference without covariates and strata, where `adjustment` tells of any.
        growth: how many times the data an interval needs at least, where that can be said.
        remarks: what else the method found, in words.
        cut: whether an end is zero because a stepwise test of several shows the sign, though not
            by how much: the interval touches zero and has nothing beyond it.
        paired: both arms saw the same units.
        also: other methods' answers to the same question.
    """

    method: str
    n: int
    n_control: int
    missing: int
    missing_control: int
    value: float | None
    value_control: float | None
    difference: Difference | None = None
    lift: RatioInterval | None = None
    control_variance: float = 0.0
    covariance: float = 0.0
    counts: Counts | None = None
    events: Events | None = None
    adjustment: Adjustment | None = None
    unadjusted: Difference | None = None
    refusal: str | None = None
    growth: float | None = None
    remarks: tuple[str, ...] = ()
    reason: str | None = None
    cut: bool = False
    paired: bool = False
    also: tuple[Beside, ...] = ()

    @property
    def units(self) -> int:
        """Units behind it, both arms together; paired arms share theirs."""
        return self.n if self.paired else self.n + self.n_control


def _beside(name: str, other: Contrast | float, level: Level) -> Beside:
    if isinstance(other, float):
        return Beside(name=name, p_value=other)
    return Beside(name=name, p_value=other.p_value, difference=other.at(level).difference)
