"""The probability that each entity's true rate lies between two cuts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import betainc, gammainc, ndtr

from assay.core.errors import DataError
from assay.stats.exceedance.priors import Prior, beta_prior, checked, gamma_prior, normal_prior

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]
    Below = Callable[[Array, Array, float], Array]

_JEFFREYS: Final = 0.5


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Beliefs:
    """How likely each entity's true value lies inside the cuts.

    Attributes:
        each: under each point of the prior (rows), of each entity (columns).
        weights: of the points.
        own: the same from the entity's data alone, without the others; 0 or 1 where they leave no
            doubt.
        weight: of the entity's own data in what is believed of it, 0 to 1.
        prior: of one more entity; None where values are known exactly.
    """

    each: Array
    weights: Array
    own: Array
    weight: Array
    prior: Prior | None

    @property
    def probabilities(self) -> Array:
        """Over all that the prior may be."""
        return np.asarray(self.weights @ self.each)

    def of(self, places: NDArray[np.intp]) -> Beliefs:
        """The same of these entities, in this order."""
        return replace(
            self, each=self.each[:, places], own=self.own[places], weight=self.weight[places]
        )


def shares_between(
    successes: ArrayLike, trials: ArrayLike, *, above: float = -inf, below: float = inf
) -> Beliefs:
    """Of true shares, where successes are binomial and shares follow a beta distribution.

    Posterior of each: beta(a + successes, b + failures), with a and b from all entities.

    Args:
        successes: of each; not whole where trials resemble each other.
        trials: of each, as successes.
        above: the lower cut.
        below: the upper cut.

    Raises:
        DataError: where counts are no counts, no entity has a trial, or the cuts leave nothing.
    """
    _check(above, below)
    y, n = checked(successes, trials, most=True)
    prior = beta_prior(y, n)

    def under(a: Array, b: Array, cut: float) -> Array:
        return np.asarray(betainc(a, b, min(max(cut, 0.0), 1.0)))

    a, b = prior.best
    y, n, whose = _distinct(y, n)
    return _beliefs(
        prior,
        under,
        lambda first, second: (first + y, second + n - y),
        own=(y + _JEFFREYS, n - y + _JEFFREYS),
        weight=n / (n + a + b),
        cuts=(above, below),
    ).of(whose)


def counts_between(
    events: ArrayLike, exposure: ArrayLike, *, above: float = -inf, below: float = inf
) -> Beliefs:
    """Of true rates per exposure, where events are Poisson and rates follow a gamma distribution.

    Posterior of each: gamma(shape + events, rate + exposure), with both from all entities.

    Raises:
        DataError: where counts are no counts, no entity has exposure, or the cuts leave nothing.
    """
    _check(above, below)
    y, n = checked(events, exposure, most=False)
    prior = gamma_prior(y, n)

    def under(shape: Array, rate: Array, cut: float) -> Array:
        reach = np.where(rate > 0, rate, 1.0) * max(cut, 0.0) if cut < inf else np.inf
        return np.asarray(gammainc(shape, reach))

    y, n, whose = _distinct(y, n)
    return _beliefs(
        prior,
        under,
        lambda first, second: (first + y, second + n),
        own=(y + _JEFFREYS, n),
        weight=n / (n + prior.best[1]),
        cuts=(above, below),
        blind=n <= 0,
    ).of(whose)


def means_between(
    values: ArrayLike, variances: ArrayLike, *, above: float = -inf, below: float = inf
) -> Beliefs:
    """Of true means, where estimates are nearly normal and means follow a normal distribution.

    Args:
        values: estimates; not finite where an entity has none.
        variances: of each; infinite where an entity has no estimate.
        above: the lower cut.
        below: the upper cut.

    Raises:
        DataError: where no entity has an estimate, or the cuts leave nothing.
    """
    _check(above, below)
    y, v = np.asarray(values, float), np.asarray(variances, float)
    prior = normal_prior(y, v)
    blind = ~(np.isfinite(y) & np.isfinite(v) & (v > 0))
    seen, precision = np.where(blind, 0.0, y), np.where(blind, 0.0, 1 / np.where(blind, 1.0, v))

    def after(mean: Array, sd: Array) -> tuple[Array, Array]:
        total = precision + 1 / sd**2
        return (precision * seen + mean / sd**2) / total, 1 / np.sqrt(total)

    def under(mean: Array, sd: Array, cut: float) -> Array:
        return np.asarray(ndtr((cut - mean) / sd))

    spread = prior.best[1]
    return _beliefs(
        prior,
        under,
        after,
        own=(seen, np.sqrt(np.where(blind, 1.0, v))),
        weight=precision / (precision + 1 / spread**2),
        cuts=(above, below),
        blind=blind,
    )


def exactly_between(values: ArrayLike, *, above: float = -inf, below: float = inf) -> Beliefs:
    """Of values without error, such as days since something: 0 or 1.

    Raises:
        DataError: where the cuts leave nothing, or a value is not a number.
    """
    _check(above, below)
    y = np.asarray(values, float)
    if np.isnan(y).any():
        raise DataError(f"{int(np.isnan(y).sum())} values are missing, expected one of each entity")
    inside = ((y > above) & (y < below)).astype(np.float64)
    return Beliefs(
        each=inside[None, :],
        weights=np.ones(1),
        own=inside,
        weight=np.ones(y.size),
        prior=None,
    )


def _beliefs(  # noqa: PLR0913  private: the parts of a posterior
    prior: Prior,
    under: Below,
    after: Callable[[Array, Array], tuple[Array, Array]],
    *,
    own: tuple[Array, Array],
    weight: Array,
    cuts: tuple[float, float],
    blind: NDArray[np.bool_] | None = None,
) -> Beliefs:
    above, below = cuts

    def between(first: Array, second: Array) -> Array:
        low = under(first, second, above) if above > -inf else 0.0
        high = under(first, second, below) if below < inf else 1.0
        return np.asarray(np.clip(np.asarray(high - low), 0.0, 1.0))

    each = np.stack(
        [
            between(*after(np.asarray(first), np.asarray(second)))
            for first, second in zip(prior.first, prior.second, strict=True)
        ]
    )
    alone = between(*own)
    if blind is not None:
        alone = np.where(blind, 0.5, alone)
    return Beliefs(each=each, weights=prior.weights, own=alone, weight=weight, prior=prior)


def _distinct(y: Array, n: Array) -> tuple[Array, Array, NDArray[np.intp]]:
    """Different pairs, so that each is computed once, and which of them each entity has."""
    pairs, whose = np.unique(y + 1j * n, return_inverse=True)
    return np.asarray(pairs.real), np.asarray(pairs.imag), np.asarray(whose, dtype=np.intp)


def _check(above: float, below: float) -> None:
    if not above < below:
        raise DataError(f"above={above}, below={below}, expected above smaller than below")
