"""What a success costs: a ratio of sums over units, also where hardly any or none succeeded."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

from assay.core.errors import DataError
from assay.stats.unequal_ends import Ends, ratio_of_ends, score_rate, skewed_mean

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class CostPerSuccess:
    """Cost of an attempt, its success rate, and their ratio, each with its ends.

    Attributes:
        value: infinite where nothing succeeded; the lower end is finite all the same.
        high: infinite where the rate cannot be told from zero.
    """

    per_attempt: Ends
    rate: Ends
    value: float
    low: float
    high: float


def cost_per_success(
    attempts: Floats, costs: Floats, successes: Floats, *, alpha: float
) -> CostPerSuccess:
    """Sums per unit → cost per success, with an interval that knows of repeated attempts.

    The mean cost has ends of its own skewness and the rate Wilson's, with as many trials as its
    variance between units is worth (units, where it does not vary); the ratio is had from both and
    their correlation. Held against simulated truth from 20 units on, with rates from .1 and costs
    of skewness up to 11.

    Args:
        attempts: of each unit, above zero.
        costs: of each unit, the sum over its attempts.
        successes: of each unit, at most its attempts.
        alpha: one minus the intervals' confidence.

    Raises:
        DataError: with fewer than two units.

    References:
        Korn & Graubard (1998), Confidence intervals for proportions with small expected number of
        positive counts estimated from survey data, Survey Methodology 24(2) (effective trials).
    """
    units = len(attempts)
    if units < 2:
        raise DataError(f"{units} units, expected at least two")
    tries = float(attempts.sum())
    mean, rate = float(costs.sum()) / tries, min(float(successes.sum()) / tries, 1.0)
    of_cost = (costs - mean * attempts) / tries
    of_rate = (successes - rate * attempts) / tries
    spare = units / (units - 1)
    cost_variance = spare * float(of_cost @ of_cost)
    rate_variance = spare * float(of_rate @ of_rate)
    critical = -float(stdtrit(units - 1, alpha / 2))
    per_attempt = skewed_mean(
        mean,
        sqrt(cost_variance),
        skewness=_skewness(of_cost),
        n=units,
        freedom=units - 1,
        alpha=alpha,
    )
    per_attempt = (mean, max(min(per_attempt[1], mean), 0.0), max(per_attempt[2], mean))
    trials = float(units)
    if 0 < rate < 1:
        trials = min(rate * (1 - rate) / rate_variance, tries) if rate_variance > 0 else tries
    found = score_rate(rate, n=trials, critical=critical)
    together = 0.0
    if cost_variance > 0 and rate_variance > 0:
        together = spare * float(of_cost @ of_rate) / sqrt(cost_variance * rate_variance)
        together = min(max(together, -1.0), 1.0)
    low, high = ratio_of_ends(per_attempt, found, correlation=together)
    value = mean / rate if rate > 0 else inf
    return CostPerSuccess(
        per_attempt=per_attempt, rate=found, value=value, low=min(low, value), high=max(high, value)
    )


def _skewness(centred: Floats) -> float:
    """Third central moment over the cube of the standard deviation; 0 where nothing varies."""
    spread = float(np.mean(centred**2))
    return float(np.mean(centred**3)) / spread**1.5 if spread > 0 else 0.0
