"""The probability that each entity's true rate lies between two cuts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, betaincinv, gammainc, gammaincinv, ndtr, ndtri

from assay.core.errors import DataError
from assay.stats.exceedance.joint import Rate
from assay.stats.exceedance.priors import Prior, beta_prior, checked, gamma_prior, normal_prior

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    Array = NDArray[np.float64]
    Below = Callable[[Array, Array, float], Array]

_JEFFREYS: Final = 0.5
_MANY: Final = 20_000
"""Entities that differ from which on the best prior alone stands for all that it may be."""
_NEAR: Final = 1e-3


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
        known: whose values are known exactly; `own` says whether they lie inside.
        whose: which row of `Curves.after` is each entity's.
        curves: what is believed of one rate at any value, beside the cuts; None where all is known.
    """

    each: Array
    weights: Array
    own: Array
    weight: Array
    prior: Prior | None
    known: NDArray[np.bool_]
    whose: NDArray[np.intp]
    curves: Curves | None

    @property
    def probabilities(self) -> Array:
        """Over all that the prior may be."""
        return np.asarray(self.weights @ self.each)

    def of(self, places: NDArray[np.intp]) -> Beliefs:
        """The same of these entities, in this order."""
        return replace(
            self,
            each=self.each[:, places],
            own=self.own[places],
            weight=self.weight[places],
            known=self.known[places],
            whose=self.whose[places],
        )

    def rate(self, cells: int) -> Rate:
        """The rate cut into about so many cells, which end at the cuts.

        Cells are as likely as each other under the best prior. Who is known exactly tells nothing
        of the others' rates, and has the prior's cells.
        """
        if self.curves is None:
            raise DataError("values are known exactly, expected a rate")
        above, below = self.curves.cuts
        cuts = np.array([cut for cut in (above, below) if np.isfinite(cut)])
        places = np.arange(1, cells) / cells
        wanted = np.concatenate([self.curves.quantiles(places), cuts])
        edges = _apart(np.sort(wanted[np.isfinite(wanted)]), cuts)
        ends = self.curves.before(edges)
        prior = np.diff(np.concatenate([[0.0], np.maximum.accumulate(ends), [1.0]])).clip(0)
        prior /= prior.sum()
        held = _between(self.curves.after(edges))[self.whose]
        held[self.known] = prior
        middle = np.concatenate([[-inf], edges])
        return Rate(held, prior, (middle >= above) & (np.append(edges, inf) <= below))


@dataclass(frozen=True, eq=False, slots=True)
class Curves:
    """Distribution functions of one rate.

    Attributes:
        quantiles: of the best prior, at some probabilities.
        before: at some values, before an entity's own data.
        after: the same after them, entities that differ × values.
        cuts: of the condition.
    """

    quantiles: Callable[[Array], Array]
    before: Callable[[Array], Array]
    after: Callable[[Array], NDArray[np.float32]]
    cuts: tuple[float, float]


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
        quantiles=lambda places: np.asarray(betaincinv(a, b, places)),
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
        quantiles=lambda places: np.asarray(gammaincinv(prior.best[0], places) / prior.best[1]),
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
        quantiles=lambda places: np.asarray(prior.best[0] + spread * ndtri(places)),
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
        known=np.ones(y.size, dtype=np.bool_),
        whose=np.zeros(y.size, dtype=np.intp),
        curves=None,
    )


def _beliefs(  # noqa: PLR0913  private: the parts of a posterior
    prior: Prior,
    under: Below,
    after: Callable[[Array, Array], tuple[Array, Array]],
    *,
    own: tuple[Array, Array],
    weight: Array,
    cuts: tuple[float, float],
    quantiles: Callable[[Array], Array],
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
    points = list(zip(prior.weights, prior.first, prior.second, strict=True))
    if weight.size > _MANY:
        points = [(1.0, *prior.best)]

    def before(edges: Array) -> Array:
        found = np.zeros(edges.size)
        for share, first, second in points:
            a, b = (np.full(1, float(one)) for one in (first, second))
            found += share * np.array([under(a, b, float(edge))[0] for edge in edges])
        return found

    def later(edges: Array) -> NDArray[np.float32]:
        found = np.zeros((weight.size, edges.size), dtype=np.float32)
        for share, first, second in points:
            a, b = after(np.asarray(first), np.asarray(second))
            for at, edge in enumerate(edges):
                found[:, at] += share * under(a, b, float(edge))
        return found

    return Beliefs(
        each=each,
        weights=prior.weights,
        own=alone,
        weight=weight,
        prior=prior,
        known=np.zeros(weight.size, dtype=np.bool_),
        whose=np.arange(weight.size),
        curves=Curves(quantiles, before, later, cuts),
    )


def _between(ends: NDArray[np.float32]) -> NDArray[np.float32]:
    """Shares of cells out of a distribution function at their ends; rows add up to 1."""
    padded = np.pad(ends, ((0, 0), (1, 1)))
    padded[:, -1] = 1.0
    found = np.maximum(np.diff(padded, axis=1), 0.0)
    found /= found.sum(axis=1, keepdims=True)
    return np.asarray(found)


def _apart(edges: Array, cuts: Array) -> Array:
    """Edges that differ; of those next to a cut, the cut alone."""
    span = edges[-1] - edges[0] if edges.size else 0.0
    far = np.abs(edges[:, None] - cuts).min(axis=1, initial=inf) > _NEAR * span
    return np.unique(np.concatenate([edges[far], cuts]))


def _distinct(y: Array, n: Array) -> tuple[Array, Array, NDArray[np.intp]]:
    """Different pairs, so that each is computed once, and which of them each entity has."""
    pairs, whose = np.unique(y + 1j * n, return_inverse=True)
    return np.asarray(pairs.real), np.asarray(pairs.imag), np.asarray(whose, dtype=np.intp)


def _check(above: float, below: float) -> None:
    if not above < below:
        raise DataError(f"above={above}, below={below}, expected above smaller than below")
