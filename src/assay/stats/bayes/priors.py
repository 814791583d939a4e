"""What a project's past experiments say of the next one, before it has any data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import gammaincinv

from assay.core.errors import DataError
from assay.stats.bayes.mixture import Mixture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

DEFAULT: Final = Mixture.normal(0.0, 0.3)
"""Believed of a log lift where a project has no past: the spread of true log lifts over clean pairs
of the Upworthy archive is .27-.32. Measured on other people's experiments, not on the report's."""
SCEPTICAL: Final = Mixture.normal(0.0, 0.05)
"""For whoever expects little of any change; always shown beside."""
ENOUGH: Final = 10
"""Past experiments from which a prior is fitted."""
_SCALE: Final = 0.5
"""Half-normal scale of what is believed beforehand of the spread of true log lifts."""
_TAILS: Final = (3.0, 6.0, np.inf)
_TAIL_WEIGHTS: Final = (0.25, 0.25, 0.5)
_SPREADS, _CENTRES, _MIXED, _KEPT = 49, 25, 15, 24


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class PriorFit:
    """A prior for the next log lift, and how well the past determines it.

    Attributes:
        prior: the predictive distribution of the next true effect; it carries what is not known of
            its own centre, spread and tails.
        experiments: it was fitted from.
        spread, spread_low, spread_high: of true effects; median and 95 % interval.
        p_heavy: probability of tails heavier than normal.
    """

    prior: Mixture
    experiments: int
    mean: float
    spread: float
    spread_low: float
    spread_high: float
    p_heavy: float


def fit_prior(past: Sequence[tuple[float, float]]) -> PriorFit:
    """The prior of true log lifts, from estimates and their standard errors.

    Estimates are normal about true effects, which are normal or Student-distributed (3 or 6 degrees
    of freedom) about a centre. Centre, spread and tails are averaged over by their marginal
    likelihood, on a grid; nothing is set to its best value, so that ten experiments do not make a
    prior that is surer than ten experiments can be.

    Args:
        past: (log lift, standard error) of each experiment.

    Raises:
        DataError: with fewer than ten, or where a number is not finite or an error not positive.

    References:
        Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., sec. 5.4 and 17.2 (Student's t as a
        mixture of normals); Azevedo et al. (2020), A/B testing with fat tails, JPE 128(12).
    """
    y, se = np.array([p[0] for p in past], float), np.array([p[1] for p in past], float)
    if len(y) < ENOUGH:
        raise DataError(
            f"{len(y)} past experiments, expected at least {ENOUGH} to fit a prior from"
        )
    if not (np.isfinite(y).all() and (se > 0).all() and np.isfinite(se).all()):
        raise DataError("past log lifts must be finite, their standard errors positive")
    spreads, widths = _spreads(y, se)
    around = max(float(np.median(np.abs(y - np.median(y)))), float(se.min()))
    reach = 5 * max(around, float(np.std(y))) / np.sqrt(len(y))
    centres = float(np.mean(y)) + np.linspace(-reach, reach, _CENTRES)
    log_p = np.empty((len(_TAILS), len(spreads), _CENTRES))
    for t, tail in enumerate(_TAILS):
        stretch = _stretches(tail)
        for s, spread in enumerate(spreads):
            total = se**2 + (spread * stretch[:, None]) ** 2
            z2 = (y - centres[:, None, None]) ** 2 / total
            density = (np.exp(-z2 / 2) / np.sqrt(total)).mean(axis=1) + 1e-300
            log_p[t, s] = np.log(density).sum(axis=1) + np.log(_TAIL_WEIGHTS[t] * widths[s])
            log_p[t, s] -= (spread / _SCALE) ** 2 / 2
    p = np.exp(log_p - log_p.max())
    p /= p.sum()
    middle, low, high = np.interp(
        (0.5, 0.025, 0.975), np.cumsum(p.sum(axis=(0, 2))), np.cumsum(widths)
    )
    return PriorFit(
        prior=_predictive(p, spreads, centres),
        experiments=len(y),
        mean=float(p.sum(axis=(0, 1)) @ centres),
        spread=float(middle),
        spread_low=float(low),
        spread_high=float(high),
        p_heavy=float(p[:-1].sum()),
    )


def _spreads(y: Array, se: Array) -> tuple[Array, Array]:
    """Grid of spreads, denser near zero, and the width of each cell."""
    reach = min(6 * _SCALE, 4 * float(np.std(y)) + 2 * float(se.min()))
    edges = reach * np.linspace(0, 1, _SPREADS + 1) ** 1.7
    return (edges[1:] + edges[:-1]) / 2, np.diff(edges)


def _stretches(tail: float) -> Array:
    """Equally likely factors that turn a normal into Student's t of that many degrees."""
    if np.isinf(tail):
        return np.ones(1)
    middles = (np.arange(_MIXED) + 0.5) / _MIXED
    return np.asarray(1 / np.sqrt(gammaincinv(tail / 2, middles) / (tail / 2)))


def _predictive(p: Array, spreads: Array, centres: Array) -> Mixture:
    """The next effect's distribution; parts of about the same spread are taken together."""
    weights, sds, means, squares = [], [], [], []
    for t, tail in enumerate(_TAILS):
        stretch = _stretches(tail)
        weight = p[t].sum(axis=1)
        centre = p[t] @ centres / np.maximum(weight, 1e-300)
        square = p[t] @ centres**2 / np.maximum(weight, 1e-300)
        for s, spread in enumerate(spreads):
            weights += [weight[s] / len(stretch)] * len(stretch)
            sds += list(spread * stretch)
            means += [centre[s]] * len(stretch)
            squares += [square[s]] * len(stretch)
    w, sd, m, m2 = (np.array(column) for column in (weights, sds, means, squares))
    used = w > 1e-9
    w, sd, m, m2 = w[used], sd[used], m[used], m2[used]
    edges = np.geomspace(sd.min() * 0.999, sd.max() * 1.001, _KEPT + 1)
    part = np.clip(np.searchsorted(edges, sd) - 1, 0, _KEPT - 1)
    whole = np.bincount(part, w, _KEPT)
    full = whole > 0
    centre = np.bincount(part, w * m, _KEPT)[full] / whole[full]
    variance = np.bincount(part, w * (sd**2 + m2), _KEPT)[full] / whole[full] - centre**2
    return Mixture.of(whole[full], centre, np.sqrt(variance))
