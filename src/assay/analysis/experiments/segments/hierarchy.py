"""Segments with few events as one hierarchical model: what its draws say, or why nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import ndtri

from assay.core.finding import Estimate
from assay.stats.bayes.hierarchy import Places
from assay.stats.bayes.sampling import Refused, SamplerMissingError, sample
from assay.stats.meta_analysis.heterogeneity import shared_level

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.analysis.experiments.segments.tables import SegmentTable

    Array = NDArray[np.float64]

_TELLING: Final = 20
"""Draws that have to lie beyond a quantile for it to be told by them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What draws of the model say of each segment.

    Attributes:
        against_rest: factor of the effect relative to the other segments' mean, minus one; the
            intervals hold together.
    """

    model: str
    mean: Estimate
    spread: Estimate
    lifts: tuple[Estimate, ...]
    against_rest: tuple[Estimate, ...]
    draws: int
    worst_rhat: float
    least_ess: float


def draw(table: SegmentTable, *, seed: int, alpha: float) -> Drawn | str:
    """The model's answer; a string says why there is none.

    Args:
        table: segments of a rate or a count.
        seed: of the sampler.
        alpha: one minus the confidence of intervals.
    """
    places = Places(
        kind="rate" if table.kind == "rate" else "count",
        events=np.array([events for events, _ in table.treated], float),
        trials=np.array([n for _, n in table.treated], float),
        events_control=np.array([events for events, _ in table.control], float),
        trials_control=np.array([n for _, n in table.control], float),
        shape=table.shape,
    )
    try:
        found = sample(places, seed=seed)
    except SamplerMissingError as error:
        return (
            "a segment has too few events for normal estimates, and the sampler of hierarchical "
            f"models is not installed: {error.remedy}"
        )
    if isinstance(found, Refused):
        return f"the hierarchical model was sampled and is not shown, since {found.reason}"
    logs = found.log_lift
    weights = np.array([n for _, n in table.treated]) + np.array([n for _, n in table.control])
    told = found.convergence
    likelihood = {True: "binomial, log odds", False: "Poisson, log rates"}[table.kind == "rate"]
    if table.kind == "count" and np.isfinite(table.shape):
        likelihood = "negative binomial, log rates"
    return Drawn(
        model=f"hierarchical ({likelihood}), sampled",
        mean=_of_logs(logs @ weights / weights.sum(), alpha),
        spread=_estimate(np.exp(_of_draws(np.log(found.spread), alpha))),
        lifts=tuple(_of_logs(column, alpha) for column in logs.T),
        against_rest=tuple(_rest(logs, weights, i, alpha) for i in range(len(weights))),
        draws=told.chains * told.draws,
        worst_rhat=told.worst_rhat,
        least_ess=min(told.least_bulk, told.least_tail),
    )


def _of_logs(draws: Array, alpha: float) -> Estimate:
    """Of a lift whose logarithm was drawn."""
    return _estimate(np.expm1(_of_draws(draws, alpha)))


def _estimate(numbers: Array) -> Estimate:
    value, low, high = numbers.tolist()
    return Estimate(value=value, low=low, high=high)


def _of_draws(draws: Array, alpha: float) -> tuple[float, float, float]:
    """Median and ends; beyond the outermost draws that can tell, an end goes on as a normal's."""
    told = max(alpha / 2, _TELLING / len(draws))
    value = float(np.median(draws))
    low, high = (float(end) for end in np.quantile(draws, (told, 1 - told)))
    further = float(ndtri(alpha / 2)) / float(ndtri(told)) if alpha / 2 < told < 0.5 else 1.0
    return value, value + further * (low - value), value + further * (high - value)


def _rest(logs: Array, weights: Array, index: int, alpha: float) -> Estimate:
    """Log lift minus that of all other units, by mean and spread of the draws.

    Quantiles as far out as many segments ask for are beyond what draws can tell.
    """
    others = np.delete(weights, index)
    gap = logs[:, index] - np.delete(logs, index, axis=1) @ others / others.sum()
    each = shared_level(alpha, len(weights))
    half = -float(ndtri(each / 2)) * float(gap.std(ddof=1))
    centre = float(gap.mean())
    low, value, high = np.expm1((centre - half, centre, centre + half))
    return Estimate(value=float(value), low=float(low), high=float(high))
