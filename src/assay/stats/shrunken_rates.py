"""Rates of many units, each drawn to the mean of all as far as it is noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST: float = 1e6
"""Trials that the mean counts for at most: beyond, all units are alike."""


def prior_strength(successes: NDArray[np.float64], trials: NDArray[np.float64]) -> float:
    """How many trials the mean of all units is worth for one of them.

    The beta-binomial's, by moments: what rates vary beyond what their trials explain. Few where
    units differ, `1e6` where they do not.

    References:
        Kleinman (1973), Proportions with extraneous variance: single and independent samples.
    """
    total = trials.sum()
    units = int((trials > 0).sum())
    if units < 2 or total <= 0:
        return _MOST
    mean = float(successes.sum() / total)
    noise = mean * (1 - mean)
    if noise <= 0:
        return _MOST
    rate = np.divide(successes, trials, out=np.full_like(trials, mean), where=trials > 0)
    between = float((trials * (rate - mean) ** 2).sum())
    room = float(total - (trials**2).sum() / total)
    if room <= 0:
        return _MOST
    excess = (between - noise * (units - 1)) / room
    if excess <= 0:
        return _MOST
    return float(np.clip(noise / excess - 1, 1e-6, _MOST))


def shrunken_rates(
    successes: NDArray[np.float64], trials: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Each unit's rate under a beta prior that is estimated from all of them: within (0, 1).

    Args:
        successes: shape (n,), 0 to trials.
        trials: shape (n,); a unit without trials takes the mean.
    """
    strength = prior_strength(successes, trials)
    total = trials.sum()
    mean = float(successes.sum() / total) if total > 0 else 0.5
    mean = min(max(mean, 0.5 / (total + 1)), 1 - 0.5 / (total + 1))
    rates: NDArray[np.float64] = (successes + strength * mean) / (trials + strength)
    return rates
