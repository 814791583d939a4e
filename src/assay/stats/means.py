"""Estimated means and their differences: Welch's interval, and the paired one."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite, sqrt
from typing import TYPE_CHECKING

from scipy.special import stdtr, stdtrit

from assay.core.errors import DataError
from assay.stats.level import Level

if TYPE_CHECKING:
    from assay.stats.moments import Moments


@dataclass(frozen=True, slots=True)
class SampleMean:
    """An estimated mean (or ratio), the variance of that estimate, and its degrees of freedom."""

    value: float
    variance: float
    degrees_of_freedom: float

    def __post_init__(self) -> None:
        if not (isfinite(self.value) and 0 <= self.variance < inf and self.degrees_of_freedom > 0):
            raise DataError(
                f"{self}, expected a finite value, variance ≥ 0, degrees of freedom > 0"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """`treated − control` with its interval.

    Attributes:
        half_width: critical value × standard error; for methods whose intervals are symmetric,
            `low` and `high` are value ∓ this very number, so that every statement about the
            interval rests on one rounded product. Half of the interval's length for the others.
        degrees_of_freedom: None for methods that know none.
        p_value: two-sided, of no difference.
    """

    value: float
    low: float
    high: float
    half_width: float
    standard_error: float
    degrees_of_freedom: float | None
    critical_value: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Gap:
    """An estimated difference before any level is chosen.

    Raises:
        DataError: where a number is not finite, or the variance is not positive.
    """

    value: float
    variance: float
    degrees_of_freedom: float

    def __post_init__(self) -> None:
        if not (isfinite(self.value) and 0 < self.variance < inf and self.degrees_of_freedom > 0):
            raise DataError(
                f"{self}, expected a finite value, variance > 0, degrees of freedom > 0"
            )

    @property
    def standard_error(self) -> float:
        """Of the difference."""
        return sqrt(self.variance)

    @property
    def p_value(self) -> float:
        """Two-sided, of no difference, by Student's distribution."""
        z = abs(self.value) / self.standard_error
        return min(1.0, 2 * float(stdtr(self.degrees_of_freedom, -z)))

    def at(self, level: Level) -> Difference:
        """The interval of that level: by the level's own bound, else by Student's quantile."""
        critical = level.critical
        if critical is None:
            critical = -float(stdtrit(self.degrees_of_freedom, level.alpha / 2))
        half = critical * self.standard_error
        return Difference(
            value=self.value,
            low=self.value - half,
            high=self.value + half,
            half_width=half,
            standard_error=self.standard_error,
            degrees_of_freedom=self.degrees_of_freedom,
            critical_value=critical,
            p_value=self.p_value,
        )


def sample_mean(moments: Moments) -> SampleMean:
    """The mean of the first column as an estimate.

    Raises:
        DataError: with fewer than two units.
    """
    return SampleMean(moments.mean[0], moments.variance() / moments.n, moments.n - 1)


def welch_gap(treated: SampleMean, control: SampleMean) -> Gap:
    """By how much the treated mean exceeds the control's, without assuming equal variances.

    Args:
        treated: estimate in the treated arm.
        control: estimate in the control arm, from other units.

    Raises:
        DataError: where neither arm varies.

    References:
        Welch (1947), The generalization of 'Student's' problem when several different population
        variances are involved, Biometrika 34; Satterthwaite (1946), Biometrics Bulletin 2(6).
    """
    variance = treated.variance + control.variance
    if not variance > 0:
        raise DataError("no variation within the arms, expected some in at least one")
    of_treated, of_control = treated.variance / variance, control.variance / variance
    freedom = 1 / (
        of_treated**2 / treated.degrees_of_freedom + of_control**2 / control.degrees_of_freedom
    )
    return Gap(treated.value - control.value, variance, freedom)


def welch(treated: SampleMean, control: SampleMean, *, alpha: float) -> Difference:
    """The difference of two independent means with Welch's interval.

    Args:
        treated: estimate in the treated arm.
        control: estimate in the control arm, from other units.
        alpha: one minus the interval's confidence.

    Raises:
        DataError: where neither arm varies, or alpha is not inside (0, 1).
    """
    return welch_gap(treated, control).at(Level(alpha))


def paired_gap(gap: SampleMean) -> Gap:
    """A mean of differences within pairs as a difference (Student's t).

    Raises:
        DataError: where the differences do not vary.

    References:
        Student (1908), The probable error of a mean, Biometrika 6.
    """
    if not gap.variance > 0:
        raise DataError("no variation of the differences within pairs, expected some")
    return Gap(gap.value, gap.variance, gap.degrees_of_freedom)


def paired(gap: SampleMean, *, alpha: float) -> Difference:
    """A mean of differences within pairs with its interval.

    Raises:
        DataError: where the differences do not vary, or alpha is not inside (0, 1).
    """
    return paired_gap(gap).at(Level(alpha))
