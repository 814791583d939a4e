"""Whether effects differ from place to place, and which one from the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import fdtrc, ndtri, stdtr, stdtrit

from assay.core.errors import DataError
from assay.stats.fieller import RatioInterval, fieller

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

_GRID: Final = np.linspace(-1, 1, 65)
_ROUNDS: Final = 6
_HALVINGS: Final = 34
"""A minimum is flat: from its values alone its place is known to the root of their precision, so
that the last digit of a sum would move it by 1e-8. Where the slope turns is known to the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heterogeneity:
    """A test that all effects are the same.

    Attributes:
        statistic: an F ratio, or the Pearson statistic of the exact test.
        df, df_within: of the F ratio; None for the exact test.
    """

    p_value: float
    statistic: float
    df: float
    df_within: float | None


def same_effect(
    estimates: Sequence[float] | Array,
    variances: Sequence[float] | Array,
    degrees: Sequence[float] | Array,
) -> Heterogeneity:
    """Cochran's Q as Welch's F: the weights are themselves estimated, and in small segments badly.

    Referred to chi-square, Q with estimated weights rejects too often; Welch's correction of the
    ratio and of its degrees of freedom mends it.

    Args:
        estimates: one effect each.
        variances: estimated.
        degrees: of freedom of those variances; infinite where known.

    Raises:
        DataError: with fewer than two effects, or where a variance or its degrees are not positive.

    References:
        Welch (1951), On the comparison of several mean values, Biometrika 38, eq. 28-30, for
        effects instead of means; Cochran (1937), JRSS suppl. 4 (Q).
    """
    y, v, nu = (np.asarray(x, float) for x in (estimates, variances, degrees))
    _check(y, v, nu)
    w = 1 / v
    centre = float(w @ y) / float(w.sum())
    return _welch(float(w @ (y - centre) ** 2), w, nu)


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class AgainstRest:
    """Each effect minus the weighted mean of all others.

    Attributes:
        values, errors, degrees: estimate, standard error, degrees of freedom.
        p_values: two-sided, adjusted so that all hold together.
    """

    values: Array
    errors: Array
    degrees: Array
    p_values: Array
    family: int

    def intervals(self, alpha: float) -> Array:
        """Rows (low, high); all contain their truth together with probability 1 − alpha or more."""
        each = shared_level(alpha, self.family)
        critical = _student(self.degrees, each)
        return np.column_stack((self.values - critical * self.errors,
                                self.values + critical * self.errors))  # fmt: skip


def against_rest(
    estimates: Sequence[float] | Array,
    variances: Sequence[float] | Array,
    degrees: Sequence[float] | Array,
    *,
    family: int | None = None,
) -> AgainstRest:
    """How far each effect lies from the mean of the others, weighted by their precision.

    Args:
        estimates: one effect each.
        variances: estimated.
        degrees: of freedom of those variances; infinite where known.
        family: comparisons that hold together; by default one for each effect.

    Raises:
        DataError: with fewer than two effects, or where a variance or its degrees are not positive.

    References:
        Satterthwaite (1946), Biometrics Bull. 2 (degrees of freedom); Meier (1953), Variance of a
        weighted mean, Biometrics 9, eq. 21 (weights that are estimated); Šidák (1967), JASA 62.
    """
    y, v, nu = (np.asarray(x, float) for x in (estimates, variances, degrees))
    _check(y, v, nu)
    w = 1 / v
    rest = w.sum() - w
    other = ((w @ y) - w * y) / rest
    share = w / rest[:, None]  # of each rest (row) that each other effect (column) makes up
    doubt = share * (1 - share) / nu
    unsure = doubt.sum(axis=1) - doubt.diagonal()
    variance = (1 + 4 * unsure) / rest
    spent = (w * w / nu).sum() - w * w / nu
    own = v * v / nu + variance**2 * np.where(rest > 0, spent / rest**2, 0)
    df = np.where(own > 0, (v + variance) ** 2 / np.where(own > 0, own, 1), 1e12)
    errors = np.sqrt(v + variance)
    size = family or len(y)
    alone = 2 * stdtr(np.minimum(df, 1e9), -np.abs(y - other) / errors)
    return AgainstRest(
        values=y - other,
        errors=errors,
        degrees=df,
        p_values=-np.expm1(size * np.log1p(-np.minimum(alone, 1 - 1e-16))),
        family=size,
    )


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Arms:
    """Levels of two independent arms at several places, nearly normal.

    Attributes:
        treated, control: means; `treated_variance`, `control_variance`: of those means.
        degrees: of freedom of the variance of treated − control.

    Raises:
        DataError: where columns differ in length, or a variance is negative or both are zero.
    """

    treated: Array
    treated_variance: Array
    control: Array
    control_variance: Array
    degrees: Array

    def __post_init__(self) -> None:
        columns = (self.treated, self.treated_variance, self.control, self.control_variance)
        if len({len(column) for column in (*columns, self.degrees)}) != 1:
            raise DataError("columns of arms differ in length")
        spread = self.treated_variance + self.control_variance
        fine = (self.treated_variance >= 0) & (self.control_variance >= 0) & (spread > 0)
        if not (fine.all() and all(np.isfinite(c).all() for c in columns)):
            raise DataError("levels are not finite, or have no spread")

    def without(self, index: int) -> Arms:
        """All places but one."""
        return Arms(
            treated=np.delete(self.treated, index),
            treated_variance=np.delete(self.treated_variance, index),
            control=np.delete(self.control, index),
            control_variance=np.delete(self.control_variance, index),
            degrees=np.delete(self.degrees, index),
        )

    def misfit(self, ratio: float) -> float:
        """Weighted squares of `treated − ratio · control`."""
        gap = self.treated - ratio * self.control
        spread = self.treated_variance + ratio**2 * self.control_variance
        return float((gap * gap / spread).sum())


def common_ratio(arms: Arms) -> float:
    """The ratio treated / control that fits all places best.

    Raises:
        DataError: where the controls together are not above zero.
    """
    return common_ratios((arms,))[0]


def common_ratios(sets: Sequence[Arms]) -> list[float]:
    """Of each of several sets of as many places, the ratio that fits it best; found together.

    Raises:
        DataError: where the controls of a set together are not above zero.
    """
    middles = np.log([[_rough_ratio(arms)] for arms in sets])
    treated, treated_variance, control, control_variance = (
        np.stack(columns)[:, None, :]
        for columns in zip(
            *((a.treated, a.treated_variance, a.control, a.control_variance) for a in sets),
            strict=True,
        )
    )
    reach = 4.0
    for _ in range(_ROUNDS):
        grid = middles + reach * _GRID
        ratio = np.exp(grid)[:, :, None]
        gap = treated - ratio * control
        misfit = (gap * gap / (treated_variance + ratio**2 * control_variance)).sum(axis=2)
        middles = np.take_along_axis(grid, misfit.argmin(axis=1)[:, None], axis=1)
        reach /= 12
    low, high = middles - reach, middles + reach

    def falling(logs: Array) -> NDArray[np.bool_]:
        """Whether the misfit still falls there."""
        ratio = np.exp(logs)[:, :, None]
        spread = treated_variance + ratio**2 * control_variance
        gap = treated - ratio * control
        slope = gap * (control * treated_variance + ratio * treated * control_variance)
        return np.asarray((slope / spread**2).sum(axis=2) > 0)

    inside = falling(low) & ~falling(high)
    for _ in range(_HALVINGS):
        half = (low + high) / 2
        right = falling(half)
        low, high = np.where(right, half, low), np.where(right, high, half)
    return [float(x) for x in np.exp(np.where(inside, (low + high) / 2, middles)[:, 0])]


def _rough_ratio(arms: Arms) -> float:
    weight = 1 / (arms.treated_variance + arms.control_variance)
    control, treated = float(weight @ arms.control), float(weight @ arms.treated)
    if not control > 0 or not treated > 0:
        raise DataError("the arms are not above zero: there is no ratio to share")
    return treated / control


def same_lift(arms: Arms) -> Heterogeneity:
    """Cochran's Q on lifts, without dividing by the controls: Welch's F of `treated − r · control`.

    A ratio of averages has a skewed distribution, and its estimated variance follows its value, so
    that Q on log lifts rejects too often. At the ratio r that fits best, the contrasts of Fieller's
    argument have neither fault, nor do controls near zero harm them.

    Raises:
        DataError: with fewer than two places, or where the arms are not above zero.

    References:
        Fieller (1954), JRSS B 16; Welch (1951), Biometrika 38, eq. 28-30.
    """
    ratio = common_ratio(arms)
    spread = arms.treated_variance + ratio**2 * arms.control_variance
    weights = np.maximum(arms.control, 0.0) ** 2 / spread
    return _welch(arms.misfit(ratio), weights, arms.degrees)


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioAgainstRest:
    """How many times the others' ratio a place's own is, minus one, with an interval for all."""

    found: RatioInterval
    p_value: float


def ratio_against_rest(
    arms: Arms, *, alpha: float, family: int | None = None
) -> tuple[RatioAgainstRest, ...]:
    """Each place's treated / control, relative to the ratio that fits all others best.

    Fieller's interval of `treated / (ratio of the rest · control)`: it excludes zero exactly when
    the p-value, adjusted so that all hold together, is below alpha.

    Raises:
        DataError: with fewer than two places, or where the arms are not above zero.

    References:
        Fieller (1954), JRSS B 16; Satterthwaite (1946), Biometrics Bull. 2; Šidák (1967), JASA 62.
    """
    size = family or len(arms.treated)
    each = shared_level(alpha, size)
    found = []
    others = [arms.without(i) for i in range(len(arms.treated))]
    for i, (rest, ratio) in enumerate(zip(others, common_ratios(others), strict=True)):
        spread = rest.treated_variance + ratio**2 * rest.control_variance
        known = np.maximum(rest.control, 0.0) ** 2 / spread
        whole = float(known.sum())
        share = known / whole
        variance = (1 + 4 * float((share * (1 - share) / rest.degrees).sum())) / whole
        control, own = float(arms.control[i]), float(arms.treated_variance[i])
        base = ratio * control
        base_variance = ratio**2 * float(arms.control_variance[i]) + control**2 * variance
        parts = own + ratio**2 * float(arms.control_variance[i]), control**2 * variance
        doubt = parts[0] ** 2 / arms.degrees[i]
        doubt += parts[1] ** 2 * float((share**2 / rest.degrees).sum())
        df = np.array([(own + base_variance) ** 2 / doubt if doubt > 0 else 1e12])
        error = float(np.sqrt(own + base_variance))
        gap = float(arms.treated[i]) - base
        critical = float(_student(df, each)[0])
        alone = 2 * float(stdtr(min(float(df[0]), 1e9), -abs(gap) / error))
        found.append(
            RatioAgainstRest(
                found=fieller(
                    gap,
                    base,
                    half_width=critical * error,
                    variance=base_variance,
                    covariance=-base_variance,
                    critical_value=critical,
                ),
                p_value=float(-np.expm1(size * np.log1p(-min(alone, 1 - 1e-16)))),
            )
        )
    return tuple(found)


def _welch(q: float, weights: Array, degrees: Array) -> Heterogeneity:
    k = len(weights)
    if k < 2:
        raise DataError(f"{k} effects, expected two or more to differ")
    doubt = float(((1 - weights / weights.sum()) ** 2 / degrees).sum())
    ratio = q / (k - 1) / (1 + 2 * (k - 2) / (k * k - 1) * doubt)
    within = (k * k - 1) / (3 * doubt) if doubt > 1e-9 else 1e12
    return Heterogeneity(
        p_value=float(fdtrc(k - 1, within, ratio)), statistic=ratio, df=k - 1.0, df_within=within
    )


def shared_level(alpha: float, family: int) -> float:
    """Šidák's error of each comparison, `1 − (1 − alpha)^(1/family)`, also where alpha is tiny."""
    return float(-np.expm1(np.log1p(-alpha) / family))


def _student(degrees: Array, alpha: float) -> Array:
    normal = -float(ndtri(alpha / 2))
    return np.where(degrees < 1e9, -stdtrit(np.minimum(degrees, 1e9), alpha / 2), normal)


def _check(y: Array, v: Array, nu: Array) -> None:
    if not len(y) == len(v) == len(nu) >= 2:
        raise DataError(f"{len(y)} effects, expected two or more, each with variance and degrees")
    if not (np.isfinite(y).all() and (v > 0).all() and np.isfinite(v).all() and (nu > 0).all()):
        raise DataError("effects are not finite, or a variance or its degrees not positive")
