"""Rates of many units, each drawn to the mean of all as far as it is noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST: Final = 1e6
"""Trials that the mean counts for at most: beyond, all units are alike."""
_LEAST: Final = 1e-6
_ROUNDS: Final = 20
_SETTLED: Final = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class BetaPrior:
    """What is known of a unit's rate before its own trials.

    Attributes:
        mean: of the rates of all units, within (0, 1).
        strength: trials that the mean is worth; few where units differ, `MOST` where they do not.
    """

    mean: float
    strength: float


def beta_prior(successes: NDArray[np.float64], trials: NDArray[np.float64]) -> BetaPrior:
    """The beta distribution that rates of units come from, by moments.

    Rates vary by more than their trials explain: the rest is the units' own. Units weigh by what
    their rate tells of the mean, `n / (1 + (n − 1) ρ)`, which is found in a few rounds, so that
    one unit of very many trials does not speak for all.

    Args:
        successes: shape (n,), 0 to trials.
        trials: shape (n,); units without trials tell nothing.

    References:
        Kleinman (1973), Proportions with extraneous variance: single and independent samples,
        JASA 68, eq. 2.5–2.8.
    """
    seen = trials > 0
    count, wins = trials[seen], successes[seen]
    if not len(count):
        return BetaPrior(mean=0.5, strength=MOST)
    rate = wins / count
    share_of_unit = 0.0  # ρ: correlation of two trials of one unit
    for _ in range(_ROUNDS):
        weight = count / (1 + (count - 1) * share_of_unit)
        before, share_of_unit = share_of_unit, _correlation(rate, count, weight)
        if abs(share_of_unit - before) <= _SETTLED * max(before, _SETTLED):
            break
    weight = count / (1 + (count - 1) * share_of_unit)
    edge = 0.5 / (count.sum() + 1)
    mean = float(np.clip((weight * rate).sum() / weight.sum(), edge, 1 - edge))
    strength = 1 / share_of_unit - 1 if share_of_unit > 0 else MOST
    return BetaPrior(mean=mean, strength=float(np.clip(strength, _LEAST, MOST)))


def shrunken_rates(
    successes: NDArray[np.float64],
    trials: NDArray[np.float64],
    prior: BetaPrior | None = None,
) -> NDArray[np.float64]:
    """Each unit's rate under a beta prior: within (0, 1).

    Args:
        successes: shape (n,), 0 to trials.
        trials: shape (n,); a unit without trials takes the mean.
        prior: that of other units; None estimates it from these.
    """
    prior = beta_prior(successes, trials) if prior is None else prior
    rates: NDArray[np.float64] = (successes + prior.strength * prior.mean) / (
        trials + prior.strength
    )
    return rates


def _correlation(
    rate: NDArray[np.float64], count: NDArray[np.float64], weight: NDArray[np.float64]
) -> float:
    """Correlation of two trials of one unit: 0 where rates vary by no more than by chance.

    The weighted sum of squares is `μ(1 − μ) [(1 − ρ) Σ w (1 − w/W)/n + ρ Σ w (1 − w/W)]` on
    average, which is solved for ρ.
    """
    total = weight.sum()
    mean = (weight * rate).sum() / total
    noise = mean * (1 - mean)
    free = weight * (1 - weight / total)
    by_chance, room = float((free / count).sum()), float(free.sum())
    if not (noise > 0 and room - by_chance > 1e-9 * room):
        return 0.0
    found = float((weight * (rate - mean) ** 2).sum()) / noise
    return float(np.clip((found - by_chance) / (room - by_chance), 0.0, 1 - _LEAST))
