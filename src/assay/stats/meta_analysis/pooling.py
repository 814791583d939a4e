"""Many estimates of the same kind: how much they differ, and each one drawn towards the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import ndtr, ndtri

from assay.core.errors import DataError
from assay.stats.bayes.mixture import Mixture, bracketed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

GRID: Final = 121
"""Values of the spread that are averaged over: four times as many change no sixth digit."""
REACH: Final = 8.0
"""Largest spread looked at, in units of the prior's scale."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Pooled:
    """Estimates y_i ~ N(θ_i, v_i) whose θ_i ~ N(mean, spread²): what is believed of each.

    Attributes:
        spreads, weights: values of the between-estimate spread and their probabilities.
        mean: of all, a mixture.
        next: of one more effect of the same kind, a mixture: the prior that the others make.
        each_mean, each_sd: per estimate (rows) and spread (columns).
    """

    spreads: Array
    weights: Array
    mean: Mixture
    next: Mixture
    each_mean: Array
    each_sd: Array

    @property
    def values(self) -> Array:
        """The pooled estimates."""
        return np.asarray(self.each_mean @ self.weights)

    def of(self, index: int) -> Mixture:
        """What is believed of one of them."""
        return Mixture.of(self.weights, self.each_mean[index], self.each_sd[index])

    def intervals(self, alpha: float) -> Array:
        """Central intervals of all, one row (low, high) each; solved together.

        The upper ends are lower ends of the negatives, so that no alpha is too small.
        """
        used = self.weights > 1e-11 * alpha
        means = np.concatenate((self.each_mean[:, used], -self.each_mean[:, used]))
        sds = np.concatenate((self.each_sd[:, used], self.each_sd[:, used]))
        weights = self.weights[used] / self.weights[used].sum()

        def standard(x: Array) -> Array:
            return np.asarray((x[:, None] - means) / sds)

        def below(x: Array) -> Array:
            return np.asarray(ndtr(standard(x)) @ weights)

        def density(x: Array) -> Array:
            height = np.exp(-(standard(x) ** 2) / 2) / (np.sqrt(2 * np.pi) * sds)
            return np.asarray(height @ weights)

        wanted = np.full(len(means), alpha / 2)
        low, high = bracketed(below, density, wanted, (means + sds * ndtri(alpha / 2)).T).reshape(
            2, -1
        )
        return np.stack((low, -high), axis=1)

    def spread(self, alpha: float) -> tuple[float, float, float]:
        """Median and interval of the between-estimate spread."""
        whole = np.concatenate(([0.0], np.cumsum(self.weights)))
        edges = np.concatenate(([0.0], (self.spreads[1:] + self.spreads[:-1]) / 2,
                                self.spreads[-1:]))  # fmt: skip
        beyond = np.concatenate(([0.0], np.cumsum(self.weights[::-1])))  # tails add up from outside
        middle, low = np.interp((0.5, alpha / 2), whole, edges)
        high = np.interp(alpha / 2, beyond, edges[::-1])
        return float(middle), float(low), float(high)


def pool(
    estimates: Sequence[float] | Array, variances: Sequence[float] | Array, *, scale: float
) -> Pooled:
    """Partial pooling in closed form but for one integral, over the spread between estimates.

    The spread has a half-normal prior of the given scale, the common mean a flat one. Given the
    spread everything is normal; its probabilities are the restricted likelihood times the prior.
    So intervals carry what is not known of the spread, and a single estimate is drawn towards
    nothing.

    Args:
        estimates: unbiased and nearly normal.
        variances: of each, taken as known.
        scale: of the half-normal prior of the spread, in the unit of the estimates.

    Raises:
        DataError: without an estimate, or where a variance or the scale is not positive.

    References:
        Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., sec. 5.4, eq. 5.17-5.21;
        Röver (2020), Bayesian random-effects meta-analysis using bayesmeta, J. Stat. Softw. 93(6).
    """
    y, v = np.asarray(estimates, float), np.asarray(variances, float)
    if not (
        len(y) == len(v) > 0 and np.isfinite(y).all() and (v > 0).all() and np.isfinite(v).all()
    ):
        raise DataError(f"{len(y)} estimates, expected finite ones with positive variances")
    if not 0 < scale < np.inf:
        raise DataError(f"scale={scale}, expected positive and finite")
    middles, widths = _spreads(y, v, scale)
    log_p, mean, mean_variance = restricted(y, v, middles)
    log_p = log_p - (middles / scale) ** 2 / 2 + np.log(widths)
    weights = np.exp(log_p - log_p.max())
    weights /= weights.sum()
    squared = middles**2
    drawn = v[:, None] / (v[:, None] + squared)
    if len(y) == 1:
        drawn = np.zeros_like(drawn)
        mean, mean_variance = np.full_like(mean, y[0]), v[0] + squared
    each_mean = y[:, None] + drawn * (mean - y[:, None])
    each_sd = np.sqrt(v[:, None] * (1 - drawn) + drawn**2 * mean_variance)
    return Pooled(
        spreads=middles,
        weights=weights,
        mean=Mixture.of(weights, mean, np.sqrt(mean_variance)),
        next=Mixture.of(weights, mean, np.sqrt(mean_variance + squared)),
        each_mean=each_mean,
        each_sd=each_sd,
    )


def restricted(y: Array, v: Array, spreads: Array) -> tuple[Array, Array, Array]:
    """Log restricted likelihood of each spread, with the common mean and its variance there.

    References:
        Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., eq. 5.20-5.21.
    """
    total = v[:, None] + spreads**2
    variance = 1 / (1 / total).sum(axis=0)
    mean = variance * (y[:, None] / total).sum(axis=0)
    misfit = ((y[:, None] - mean) ** 2 / total).sum(axis=0)
    log_p = (np.log(variance) - np.log(total).sum(axis=0) - misfit) / 2
    return log_p, mean, variance


def paule_mandel(estimates: Sequence[float], variances: Sequence[float]) -> float:
    """The between-estimate variance at which the weighted scatter is what chance gives.

    References:
        Paule & Mandel (1982), J. Res. Natl. Bur. Stand. 87(5), eq. 6-11.
    """
    y, v = np.asarray(estimates, float), np.asarray(variances, float)

    def beyond(tau2: float) -> float:
        w = 1 / (v + tau2)
        centre = (w @ y) / w.sum()
        return float(w @ (y - centre) ** 2) - (len(y) - 1)

    if len(y) < 2 or beyond(0.0) <= 0:
        return 0.0
    low, high = 0.0, float(np.ptp(y) ** 2 + v.max())
    while beyond(high) > 0:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if beyond(middle) > 0 else (low, middle)
    return (low + high) / 2


def _spreads(y: Array, v: Array, scale: float) -> tuple[Array, Array]:
    """Grid of spreads, dense where the data can tell them apart, and the width of each cell."""
    finest = float(np.sqrt(1 / (1 / v).sum())) if len(v) > 1 else float(np.sqrt(v[0]))
    reach = min(REACH * scale, 8 * float(np.ptp(y)) + 8 * float(np.sqrt(v.max())))
    reach = max(reach, 1e-3 * scale)
    bend = min(max(finest / reach, 1e-4), 1.0)
    steps = np.linspace(0, np.arcsinh(1 / bend), GRID + 1)
    edges = reach * bend * np.sinh(steps)
    edges[0] = 0.0
    return np.asarray((edges[1:] + edges[:-1]) / 2), np.asarray(np.diff(edges))
