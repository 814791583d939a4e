"""Variance reduction by what was known before the experiment began: arm means at one covariate."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import chdtrc

from assay.core.errors import DataError
from assay.stats.means import Gap, SampleMean, welch_gap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from assay.stats.moments import Moments

    Vector = NDArray[np.float64]

_COLLINEAR: Final = 1e-10
"""Share of a correlation matrix's size, below which a direction is rounding and not variation."""


@dataclass(frozen=True, slots=True)
class AdjustedArms:
    """Arm means as they would be, had all arms the covariates of all units together.

    Attributes:
        means: in the order given; variances are those of the arm's own residuals.
        slopes: of each arm, one number per covariate.
        shared: covariance that the means of two arms have because both are taken at one pooled
            covariate mean, which is an estimate too. A difference of arms with one slope is free of
            it; a lift, which divides by one of them, is not.
        rho_squared: share of the variance within the arms that the covariates explain.
        robust: whether variances are HC2, from the units' own residuals and leverages.
    """

    means: tuple[SampleMean, ...]
    slopes: tuple[tuple[float, ...], ...]
    shared: tuple[tuple[float, ...], ...]
    rho_squared: float
    robust: bool = False

    def gap(self, treated: int, control: int) -> Gap:
        """The difference of two arms.

        Raises:
            DataError: where the covariates leave no variation.
        """
        found = welch_gap(self.means[treated], self.means[control])
        together = self.shared[treated][treated] + self.shared[control][control]
        apart = max(together - 2 * self.shared[treated][control], 0.0)
        return Gap(found.value, found.variance + apart, found.degrees_of_freedom)

    def level(self, arm: int) -> SampleMean:
        """An arm's mean with all of its variance."""
        mean = self.means[arm]
        variance = mean.variance + self.shared[arm][arm]
        return SampleMean(mean.value, variance, mean.degrees_of_freedom)

    def covariance(self, treated: int, control: int) -> float:
        """Of the difference and the control's mean."""
        common = self.shared[treated][control] - self.shared[control][control]
        return common - self.means[control].variance


def cuped(arms: Sequence[Moments]) -> AdjustedArms:
    """Arm means adjusted by one slope, that of all units together (CUPED).

    The slope may be any number without biasing a difference of randomised arms, whose covariates
    have the same mean; this one makes the variance least where arms are equally large. It is taken
    over all units, arms not told apart, as its authors do.

    Args:
        arms: moments of the outcome and then the covariates, which must have been measured before
            exposure, or the adjustment takes out part of the effect itself.

    Raises:
        DataError: where no covariate varies within the arms, or an arm has fewer than two units.

    References:
        Deng, Xu, Kohavi & Walker (2013), Improving the sensitivity of online controlled
        experiments by utilizing pre-experiment data, WSDM, sec. 3.2.
    """
    whole = arms[0]
    for arm in arms[1:]:
        whole += arm
    theta = _slopes(np.array(whole.scatter), _within(arms))
    centre = whole.mean[1:]
    means, left = [], 0.0
    for arm in arms:
        weights = (1.0, *(-x for x in theta))
        moved = fsum(
            t * (mine - all_) for t, mine, all_ in zip(theta, arm.mean[1:], centre, strict=True)
        )
        residual = arm.project((weights,), mean=(arm.mean[0] - moved,))
        left += residual.scatter[0][0]
        means.append(SampleMean(residual.mean[0], residual.variance() / arm.n, arm.n - 1))
    slopes = (tuple(float(x) for x in theta),) * len(arms)
    return AdjustedArms(tuple(means), slopes, _shared(arms, slopes), _explained(arms, left))


def lin(arms: Sequence[Moments], values: Sequence[Sequence[Vector]] | None = None) -> AdjustedArms:
    """Arm means adjusted by each arm's own slope (regression with interactions).

    Never less precise than the difference of means where arms are large, also where they are of
    unequal size and a covariate matters more in one of them.

    Args:
        arms: as for `cuped`.
        values: of the arms' units, outcome and covariates; variances are then HC2, those of the
            regression with all interactions. Without them an arm's residual variance is taken to be
            the same for all its units, which in large samples is nearly the same.

    Raises:
        DataError: where no covariate varies within the arms, or an arm has too few units.

    References:
        Lin (2013), Agnostic notes on regression adjustments to experimental data, Annals of Applied
        Statistics 7(1), sec. 4; MacKinnon & White (1985), J. Econometrics 29 (HC2); Negi &
        Wooldridge (2021), Econometric Reviews 40(5), sec. 4 (the covariates' mean is estimated).
    """
    units = sum(arm.n for arm in arms)
    centre = np.array(
        [fsum(arm.mean[j] * (arm.n / units) for arm in arms) for j in range(1, len(arms[0].mean))]
    )
    within = _within(arms)
    means, slopes, left = [], [], 0.0
    for i, arm in enumerate(arms):
        freedom = arm.n - len(arm.mean)
        if freedom < 1:
            raise DataError(f"n={arm.n} with {len(centre)} covariates, expected more units")
        scatter = np.array(arm.scatter)
        beta = _slopes(scatter, within)
        gap = centre - arm.mean[1:]
        inverse = _inverse(scatter[1:, 1:])
        rest = max(float(scatter[0, 0] - beta @ scatter[1:, 0]), 0.0)
        left += rest
        variance = rest / freedom * (1 / arm.n + float(gap @ inverse @ gap))
        if values is not None:
            variance = _robust(values[i], arm, beta, gap, inverse)
        means.append(SampleMean(arm.mean[0] + float(beta @ gap), variance, freedom))
        slopes.append(tuple(float(x) for x in beta))
    shared = _shared(arms, slopes)
    return AdjustedArms(
        tuple(means), tuple(slopes), shared, _explained(arms, left), values is not None
    )


def imbalance(treated: Moments, control: Moments) -> float:
    """How probable covariates so different between two arms are, were both arms drawn alike.

    Wald's test of all covariates together. Randomised arms differ by chance alone, so that a small
    answer says that the covariate was changed by the treatment, or that arms were not drawn alike.

    Args:
        treated: moments of the outcome and then the covariates, of one arm.
        control: the same of the other.

    References:
        Hotelling (1931), The generalization of Student's ratio, Annals of Math. Statistics 2(3).
    """
    if min(treated.n, control.n) < 2:
        return 1.0
    gap = np.array(treated.mean[1:]) - control.mean[1:]
    spread = sum(
        np.array(arm.scatter)[1:, 1:] / (arm.n * (arm.n - 1)) for arm in (treated, control)
    )
    scale = np.sqrt(np.diagonal(spread))
    varying = scale > 0
    if not varying.any():
        return 0.0 if gap.any() else 1.0
    inverse = _inverse(np.asarray(spread))
    rank = int(np.linalg.matrix_rank(inverse, hermitian=True))
    return float(chdtrc(rank, float(gap @ inverse @ gap)))


def _within(arms: Sequence[Moments]) -> Vector:
    """Scatter of the covariates within arms.

    Raises:
        DataError: where none varies.
    """
    found = np.sum([np.array(arm.scatter)[1:, 1:] for arm in arms], axis=0)
    if not np.diagonal(found).max() > 0:
        raise DataError("the covariate does not vary within the arms, expected some variation")
    return np.asarray(found)


def _slopes(scatter: Vector, within: Vector) -> Vector:
    """Slopes of the first column on the others, least ones where covariates say the same twice."""
    inverse = _inverse(np.where(np.diagonal(within) > 0, scatter[1:, 1:], 0.0))
    return np.asarray(inverse @ scatter[1:, 0])


def _inverse(scatter: Vector) -> Vector:
    """The generalised inverse of a scatter matrix, whatever the units of its columns."""
    size = np.sqrt(np.maximum(np.diagonal(scatter), 0.0))
    scale = np.divide(1.0, size, out=np.zeros_like(size), where=size > 0)
    correlation = scatter * scale[:, None] * scale[None, :]
    values, vectors = np.linalg.eigh((correlation + correlation.T) / 2)
    kept = values > _COLLINEAR * max(float(values.max()), 0.0)
    turned = vectors[:, kept]
    inverse = (turned / values[kept]) @ turned.T
    return np.asarray(inverse * scale[:, None] * scale[None, :])


def _robust(
    values: Sequence[Vector], arm: Moments, beta: Vector, gap: Vector, inverse: Vector
) -> float:
    """HC2 variance of an arm's fitted value at the pooled covariate mean."""
    x = np.array(values[1:]) - np.array(arm.mean[1:])[:, None]
    residual = values[0] - arm.mean[0] - beta @ x
    turned = inverse @ x
    leverage = 1 / arm.n + np.einsum("ij,ij->j", x, turned)
    weight = 1 / arm.n + gap @ turned
    alone = leverage > 1 - _COLLINEAR
    squared = np.where(alone, 0.0, residual * residual / np.where(alone, 1.0, 1 - leverage))
    return float(np.sum(weight * weight * squared))


def _shared(
    arms: Sequence[Moments], slopes: Sequence[tuple[float, ...]]
) -> tuple[tuple[float, ...], ...]:
    units, freedom = sum(arm.n for arm in arms), sum(max(arm.n - 1, 0) for arm in arms)
    spread = _within(arms) / freedom / units
    beta = np.array(slopes)
    return tuple(tuple(float(x) for x in row) for row in beta @ spread @ beta.T)


def _explained(arms: Sequence[Moments], left: float) -> float:
    whole = fsum(arm.scatter[0][0] for arm in arms)
    return min(1.0, max(0.0, 1 - left / whole)) if whole > 0 else 0.0
