"""Estimated means and their differences: Welch's interval, and the paired one."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite, sqrt
from typing import TYPE_CHECKING

from scipy.special import stdtr, stdtrit

from assay.core.errors import DataError

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
        half_width: critical value × standard error; `low` and `high` are value ∓ this very number,
            so that every statement about the interval rests on one rounded product.
        p_value: two-sided, of no difference.
    """

    value: float
    low: float
    high: float
    half_width: float
    standard_error: float
    degrees_of_freedom: float
    critical_value: float
    p_value: float


def sample_mean(moments: Moments) -> SampleMean:
    """The mean of the first column as an estimate.

    Raises:
        DataError: with fewer than two units.
    """
    return SampleMean(moments.mean[0], moments.variance() / moments.n, moments.n - 1)


def welch(treated: SampleMean, control: SampleMean, *, alpha: float) -> Difference:
    """By how much the treated mean exceeds the control's, without assuming equal variances.

    Args:
        treated: estimate in the treated arm.
        control: estimate in the control arm, from other units.
        alpha: one minus the interval's confidence.

    Raises:
        DataError: where neither arm varies, or alpha is not inside (0, 1).

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
    return _difference(treated.value - control.value, variance, freedom, alpha)


def paired(gap: SampleMean, *, alpha: float) -> Difference:
    """The interval of a mean of differences within pairs (Student's t).

    Raises:
        DataError: where the differences do not vary, or alpha is not inside (0, 1).

    References:
        Student (1908), The probable error of a mean, Biometrika 6.
    """
    if not gap.variance > 0:
        raise DataError("no variation of the differences within pairs, expected some")
    return _difference(gap.value, gap.variance, gap.degrees_of_freedom, alpha)


def _difference(value: float, variance: float, freedom: float, alpha: float) -> Difference:
    if not 0 < alpha < 1:
        raise DataError(f"alpha={alpha}, expected between 0 and 1")
    error = sqrt(variance)
    critical = -float(stdtrit(freedom, alpha / 2))
    half = critical * error
    return Difference(
        value=value,
        low=value - half,
        high=value + half,
        half_width=half,
        standard_error=error,
        degrees_of_freedom=freedom,
        critical_value=critical,
        p_value=min(1.0, 2 * float(stdtr(freedom, -abs(value) / error))),
    )
