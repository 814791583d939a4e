"""Whether arms have the sizes that the split promised, at the end and at every look before it."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, fsum, inf, log
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import chdtrc, gammaln, xlogy

from assay.core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

CONCENTRATIONS: Final = ((10_000.0, 0.9), (200.0, 0.1))
"""How near to the planned shares a fault is expected, and how much each belief weighs.

Nearly all weight is on faults of half a point or so of an equal split, the default of Lindon &
Malek's software; the rest on gross ones, of three points or so, which the first alone would see
only after thousands of units. An average of Bayes factors holds at all looks as each of them does.
The second costs the first a ninth more evidence. Tuned on no data."""


@dataclass(frozen=True, slots=True)
class GoodnessOfFit:
    """Pearson's statistic, its degrees of freedom, and the probability of one as large."""

    statistic: float
    degrees_of_freedom: int
    p_value: float


def chi_square(observed: Sequence[int], weights: Sequence[float]) -> GoodnessOfFit:
    """How surprising the counts are, were each unit put into a group by these weights.

    Args:
        observed: units per group.
        weights: relative sizes on any scale. A group of weight zero, that nobody should be in,
            takes no degree of freedom: it would hide a real imbalance. One unit in it settles the
            matter.

    Raises:
        DataError: with fewer than two groups of positive weight, a negative count or weight, or no
            units at all.

    References:
        Pearson (1900), Philosophical Magazine 50; Fabijan et al. (2019), Diagnosing sample ratio
        mismatch in online controlled experiments, KDD.
    """
    shares = _shares(weights, len(observed))
    if not all(n >= 0 for n in observed) or not sum(observed) > 0:
        raise DataError(f"counts {tuple(observed)}, expected none negative and some units")
    units, freedom = sum(observed), sum(share > 0 for share in shares) - 1
    if any(n > 0 and not share for n, share in zip(observed, shares, strict=True)):
        return GoodnessOfFit(inf, freedom, 0.0)
    pairs = [(n, units * share) for n, share in zip(observed, shares, strict=True) if share]
    statistic = fsum((n - expected) ** 2 / expected for n, expected in pairs)
    return GoodnessOfFit(statistic, freedom, float(chdtrc(freedom, statistic)))


@dataclass(frozen=True, slots=True)
class Monitoring:
    """Evidence against the split at each look; its p-values hold at all looks together.

    Attributes:
        log_bayes_factors: of some other split against the planned one, by its natural logarithm.
        p_values: the least reciprocal of the factors so far, at most 1.
    """

    log_bayes_factors: tuple[float, ...]
    p_values: tuple[float, ...]

    def first_at(self, alpha: float) -> int | None:
        """The first look whose p-value is alpha or less, None where there is none."""
        return next((i for i, p in enumerate(self.p_values) if p <= alpha), None)


def monitor(
    counts: Sequence[Sequence[int]],
    weights: Sequence[float],
    *,
    concentration: float | None = None,
) -> Monitoring:
    """How surprising the counts are, however often they are looked at and whenever one stops.

    Under the planned split a p-value of alpha or less ever occurs with probability alpha at most,
    whether looks come after each unit, each day or at random times.

    Args:
        counts: units per group up to each look, one row a look, each row at least the one before.
        weights: relative sizes on any scale.
        concentration: weight of the prior that other shares than the planned lie near them; by
            default both of `CONCENTRATIONS`, averaged.

    Raises:
        DataError: where counts are negative or fall, or the weights are none.

    References:
        Lindon & Malek (2022), Anytime-valid inference for multinomial count data, NeurIPS 35,
        eq. 4 and theorem 2.
    """
    rows = np.asarray(counts, dtype=float).reshape(len(counts), len(weights))
    if not ((rows >= 0).all() and (np.diff(rows, axis=0) >= 0).all()):
        raise DataError(f"counts {rows.tolist()}, expected cumulative ones, none negative")
    factors = log_bayes_factors(rows, weights, concentration=concentration)
    highest = np.maximum.accumulate(factors) if len(factors) else factors
    return Monitoring(
        tuple(float(x) for x in factors), tuple(min(1.0, exp(-max(x, 0.0))) for x in highest)
    )


def log_bayes_factors(
    counts: ArrayLike, weights: Sequence[float], *, concentration: float | None = None
) -> NDArray[np.float64]:
    """Log probability of counts under shares that vary about the plan, less that under the plan.

    The shares are Dirichlet with mean at the plan; the integral over them is closed.

    Args:
        counts: groups along the last axis; any axes before it.
        weights: relative sizes on any scale; a unit in a group of weight zero gives infinity.
        concentration: of the Dirichlet; by default both of `CONCENTRATIONS`, averaged.

    References:
        Lindon & Malek (2022), eq. 4.
    """
    if concentration is None:
        parts = [
            log(weight) + log_bayes_factors(counts, weights, concentration=one)
            for one, weight in CONCENTRATIONS
        ]
        return np.asarray(np.logaddexp.reduce(parts, axis=0), dtype=float)
    shares = np.asarray(_shares(weights, len(weights)))
    if not 0 < concentration < inf:
        raise DataError(f"concentration={concentration}, expected positive and finite")
    units = np.asarray(counts, dtype=float)
    planned = shares > 0
    inside, prior = units[..., planned], concentration * shares[planned]
    total = inside.sum(axis=-1)
    found = gammaln(concentration) - gammaln(concentration + total)
    found += (gammaln(prior + inside) - gammaln(prior) - xlogy(inside, shares[planned])).sum(-1)
    stray = units[..., ~planned].sum(axis=-1) > 0
    return np.asarray(np.where(stray, inf, found), dtype=float)


def _shares(weights: Sequence[float], groups: int) -> list[float]:
    positive = sum(w > 0 for w in weights)
    if len(weights) != groups or positive < 2:
        raise DataError(f"{groups} counts, {positive} positive weights, expected two or more each")
    if not all(0 <= w < inf for w in weights):
        raise DataError(f"weights {tuple(weights)}, expected positive numbers or zero")
    whole = fsum(weights)
    return [w / whole for w in weights]
