"""Mixtures of normal distributions: what is believed where a spread is itself not known."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, Self

import numpy as np
from scipy.special import erfcx, ndtr, ndtri

from assay.core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

_MARKS: Final = np.array([-9.0, -7, -5, -3, -1, 0, 1, 3, 5, 7, 9])
_MOST_MARKED: Final = 4
_STEPS: Final = 80


@dataclass(frozen=True, eq=False)
class Mixture:
    """Normal distributions, each with a weight; the weights add up to one.

    Attributes:
        weights, means, sds: one entry per part.

    Raises:
        DataError: where a weight is negative, all are zero, or a spread is not positive.
    """

    weights: Array
    means: Array
    sds: Array

    def __post_init__(self) -> None:
        whole = self.weights.sum()
        finite = np.isfinite(self.means).all() and np.isfinite(self.sds).all()
        if not (finite and (self.sds > 0).all() and (self.weights >= 0).all() and whole > 0):
            raise DataError("a mixture needs weights, finite means and positive spreads")
        object.__setattr__(self, "weights", self.weights / whole)

    @classmethod
    def of(cls, weights: ArrayLike, means: ArrayLike, sds: ArrayLike) -> Self:
        """The mixture of parts given as sequences; a single number stands for all parts."""
        w, m, s = np.broadcast_arrays(*(np.atleast_1d(np.asarray(x, float)) for x in
                                        (weights, means, sds)))  # fmt: skip
        return cls(w.copy(), m.copy(), s.copy())

    @classmethod
    def normal(cls, mean: float, sd: float) -> Self:
        """One part alone."""
        return cls.of(1.0, mean, sd)

    @property
    def mean(self) -> float:
        """Expected value."""
        return float(self.weights @ self.means)

    @property
    def sd(self) -> float:
        """Standard deviation."""
        return float(np.sqrt(self.weights @ (self.sds**2 + (self.means - self.mean) ** 2)))

    @property
    def bell(self) -> None:
        """Nothing: parts may lie anywhere."""
        return None

    @property
    def ends(self) -> tuple[float, float]:
        """Nine standard deviations beyond the outermost parts."""
        return float((self.means - 9 * self.sds).min()), float((self.means + 9 * self.sds).max())

    @cached_property
    def marks(self) -> Array:
        """Points between which the density is smooth: of few parts, spread over all of them."""
        order = np.argsort(self.sds)
        few = order[np.linspace(0, len(order) - 1, min(len(order), _MOST_MARKED)).astype(int)]
        return np.unique(self.means[few, None] + self.sds[few, None] * _MARKS)

    @property
    def mass(self) -> float:
        """What `density` integrates to."""
        return 1.0

    def below(self, x: Array) -> Array:
        """Probability of at most x."""
        return self._each(ndtr, x)

    def above(self, x: Array) -> Array:
        """Probability of more than x, without subtracting from one."""
        return self._each(lambda z: ndtr(-z), x)

    def density(self, x: Array) -> Array:
        """The probability density."""
        z = (np.asarray(x)[..., None] - self.means) / self.sds
        height = np.exp(-z * z / 2) / (np.sqrt(2 * np.pi) * self.sds)
        return np.asarray(height @ self.weights)

    @property
    def p_positive(self) -> float:
        """Probability of a value above zero."""
        return float(self.above(np.array(0.0)))

    @property
    def p_negative(self) -> float:
        """Probability of a value below zero."""
        return float(self.below(np.array(0.0)))

    @property
    def mean_excess(self) -> float:
        """Mean of max(x, 0)."""
        return float(self.weights @ excess(self.means, self.sds))

    @property
    def mean_shortfall(self) -> float:
        """Mean of max(−x, 0)."""
        return float(self.weights @ excess(-self.means, self.sds))

    def quantiles(self, levels: Sequence[float]) -> list[float]:
        """Values below which the given probabilities lie; for one part in closed form."""
        wanted = np.asarray(levels, dtype=float)
        ends = self.means[:, None] + self.sds[:, None] * ndtri(wanted)
        return [float(x) for x in bracketed(self.below, self.density, wanted, ends)]

    @property
    def mirrored(self) -> Mixture:
        """What is believed of the negative of the value."""
        return Mixture(self.weights, -self.means, self.sds)

    def interval(self, alpha: float) -> tuple[float, float]:
        """The central interval that leaves alpha out, however small: both ends are lower tails."""
        (low,), (high,) = (each.quantiles((alpha / 2,)) for each in (self, self.mirrored))
        return low, -high

    def updated(self, estimate: float, variance: float) -> Mixture:
        """What is believed after an estimate with that (known) variance.

        Each part is updated as if it were alone, and gains weight by how well it foresaw the
        estimate.

        Raises:
            DataError: unless the variance is positive and finite.

        References:
            Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., sec. 2.5; mixtures: sec. 2.9.
        """
        if not 0 < variance < np.inf:
            raise DataError(f"variance={variance}, expected positive and finite")
        total = self.sds**2 + variance
        kept = self.sds**2 / total
        fit = -((estimate - self.means) ** 2) / total / 2 - np.log(total) / 2
        weights = self.weights * np.exp(fit - fit[self.weights > 0].max())
        return Mixture(
            weights, self.means + kept * (estimate - self.means), np.sqrt(kept * variance)
        )

    def pruned(self, least: float = 1e-11) -> Mixture:
        """Without the parts whose weight is below `least`."""
        used = self.weights >= least
        return Mixture(self.weights[used], self.means[used], self.sds[used])

    def _each(self, function: Callable[[Array], Array], x: Array) -> Array:
        z = (np.asarray(x, float)[..., None] - self.means) / self.sds
        return np.asarray(function(z) @ self.weights)


def excess(means: Array, sds: Array) -> Array:
    """Mean of max(x, 0) for x ~ N(mean, sd²), with its digits also far out in the tail.

    `sd (φ(z) + z Φ(z))`; below zero the two terms cancel, so there φ is taken out and Mills'
    ratio written with the scaled complementary error function.
    """
    z = np.asarray(means) / sds
    height = np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    far = np.minimum(z, 0.0)
    mills = np.sqrt(np.pi / 2) * erfcx(-far / np.sqrt(2))
    inside = np.where(z >= 0, height + z * ndtr(z), height * np.maximum(0.0, 1 + far * mills))
    return np.asarray(sds * inside)


def bracketed(
    below: Callable[[Array], Array],
    density: Callable[[Array], Array],
    wanted: Array,
    ends: Array,
    *,
    start: Array | None = None,
) -> Array:
    """Where distribution functions reach levels that lie between the parts' own quantiles.

    Args:
        below: distribution function, for an array of the shape of `wanted`.
        density: its derivative.
        wanted: probabilities.
        ends: the parts' quantiles, parts first; the answer lies between the extremes.
        start: where to look first; by default halfway.

    Raises:
        DataError: unless all probabilities lie inside (0, 1).
    """
    if not ((wanted > 0) & (wanted < 1)).all():
        raise DataError("no quantile at a probability of 0 or 1")
    low, high = ends.min(axis=0), ends.max(axis=0)
    if (low == high).all():
        return np.asarray(low)
    at = (low + high) / 2 if start is None else np.clip(start, low, high)
    for _ in range(_STEPS):
        value = below(at)
        low, high = np.where(value < wanted, at, low), np.where(value < wanted, high, at)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            lower = value * np.log(wanted / value)  # in logarithms a tail is nearly a line
            upper = (value - 1) * np.log((1 - wanted) / (1 - value))
            following = at + np.where(wanted < 0.5, lower, upper) / density(at)
        inside = (low <= following) & (following <= high)
        following = np.where(inside, following, (low + high) / 2)
        done = np.abs(following - at) <= 1e-13 * (np.abs(at) + np.abs(high - low))
        at = following
        if done.all():
            break
    return np.asarray(at)
