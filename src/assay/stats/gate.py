"""When the normal approximation is out, and what answers instead.

The rule, with what each constant rests on, is told in `docs/experiments.md`.
"""

from __future__ import annotations

from math import lgamma, log, sqrt
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

VALUES_BELOW: Final = 20_000
"""Units of the smallest arm, below which their own values are wanted beside the moments.

At 20,000 units and nine times as many in the other arm, revenue of which 95 % is zero (lognormal
amounts, sigma 1.2) leans by .23, with which Welch's t rejects .0555 ± .0036 of 4,000 experiments
without an effect; at 5,000 units .067. Larger arms lean less, as 1 / √n."""

FEW_EVENTS: Final = 100
"""Successes and failures of each arm, from which Welch's t and Fieller's interval stand for rates.

By exact enumeration (rates .01, .1, .5; lifts −20 % to +100 %): from 100 on, arms within 2 : 1 err
.0498-.0511 in total, to one side at most 1.7 times as often as to the other."""

FEW_EVENTS_UNEQUAL: Final = 400
"""The same for arms of more unequal sizes: at 400, one side errs at most 1.4 times as often."""

UNEQUAL: Final = 2.0
"""Sizes of arms above which they count as unequal."""

LEANING: Final = 0.05
"""Skewness of the statistic under the null, above which a normal curve is not taken for it.

By the first term of Edgeworth's expansion each 2.5 % tail then errs by .0042, which is
`LEANING · (2 z² + 1) φ(z) / 6`. From the formula, not tuned."""

FEWEST: Final = 5
"""Units of the smaller arm, below which re-assigning them cannot say much."""

WAYS: Final = log(1e6)
"""Logarithm of the re-assignments that must be possible: p-values then reach down to 2e-6."""


def rates_are_normal(counts: Sequence[tuple[int, int]]) -> bool:
    """Whether each arm has successes and failures enough for Welch's t and Fieller's interval.

    Args:
        counts: (successes, trials) of each arm.
    """
    trials = [n for _, n in counts]
    rarest = min(min(ones, n - ones) for ones, n in counts)
    unequal = max(trials) > UNEQUAL * min(trials)
    return rarest >= (FEW_EVENTS_UNEQUAL if unequal else FEW_EVENTS)


def leaning(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Skewness of the difference of two means, were both arms of one shape and spread.

    Zero for arms of equal size, whatever the values: tails that are alike cancel. Each arm is taken
    about its own mean, in its own standard deviations, so that an effect is not taken for skewness.

    Args:
        one: values of one arm's units.
        other: of the other's.

    References:
        Hall (1992), The bootstrap and Edgeworth expansion, sec. 2.4 and 3.6.
    """
    return abs(leaning_at(1.0, skewness(one, other), len(one), len(other)))


def leaning_at(factor: float, skewness: float, n: int, m: int) -> float:
    """Skewness of the difference of two means, were one arm's values a multiple of the other's.

    Args:
        factor: of the first arm's values.
        skewness: of the values.
        n: units of the first arm.
        m: of the other.
    """
    spread = factor * factor / n + 1 / m
    return skewness * (factor**3 / n**2 - 1 / m**2) / (spread * sqrt(spread))


def skewness(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Skewness of all units, each about its arm's mean in its arm's standard deviations."""
    parts = [_standardised(arm) for arm in (one, other)]
    units = sum(len(part) for part in parts if part.any())
    return sum(float((part**3).sum()) for part in parts) / units if units else 0.0


def _standardised(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """About their mean, in standard deviations; zeros where they do not vary."""
    centred = values - values.mean()
    scale = float(np.abs(centred).max(initial=0.0))
    if not scale > 0:
        return np.zeros_like(centred)
    centred /= scale
    return np.asarray(centred / sqrt(float((centred**2).mean())))


def can_permute(n: int, m: int) -> bool:
    """Whether two arms can be re-assigned in enough ways for p-values as small as may be asked."""
    ways = lgamma(n + m + 1) - lgamma(n + 1) - lgamma(m + 1)
    return min(n, m) >= FEWEST and ways >= WAYS
