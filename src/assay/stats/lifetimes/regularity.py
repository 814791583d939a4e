"""How evenly each user's uses are spaced, shrunken where there are few."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import gammaln

from assay.core.errors import DataError
from assay.stats.given import numbers

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

SHAPES: Final = 2.0 ** np.linspace(-4, 6, 41)
"""Shapes of the gamma distribution of intervals: 1 is chance alone, more is more even."""
EVEN: Final = 2.0
"""Shape above which the spacing is even: a coefficient of variation below .71."""
BURSTY: Final = 0.5
"""Shape below which it comes in bursts: above 1.41."""
FEWEST: Final = 2
"""Intervals below which a user alone says nothing."""
_ROUNDS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Regularity:
    """Each user's spacing; one entry per user.

    Attributes:
        variation: expected coefficient of variation of the intervals: 0 like a clock, 1 by chance,
            above that in bursts; `low`, `high`: its interval.
        even, bursty: how likely the shape is above `EVEN`, below `BURSTY`.
        shapes, share: how all users are distributed over shapes; what each is drawn towards.
    """

    variation: Floats
    low: Floats
    high: Floats
    even: Floats
    bursty: Floats
    shapes: Floats
    share: Floats
    level: float


def regularity_of(
    intervals: ArrayLike, sum_of_logs: ArrayLike, total: ArrayLike, *, level: float = 0.95
) -> Regularity:
    """Spacing by the shape of a gamma distribution, whatever each user's pace.

    Given their sum, intervals are Dirichlet-distributed with the shape alone: how fast somebody is
    drops out. How shapes are distributed over users is found without assuming a form (weights on a
    grid, by expectation and maximisation), and each user's shape is what that and their own
    intervals say together; one with fewer than `FEWEST` intervals is like everybody.

    Args:
        intervals: of each user, how many.
        sum_of_logs: natural logarithms of the intervals, summed.
        total: the intervals, summed.
        level: of the intervals of the coefficients.

    Raises:
        DataError: where lengths differ, nobody is given, nobody has `FEWEST` intervals, or numbers
            contradict each other.

    References:
        Wheat & Morrison (1990), JASA 85 (regularity of purchases); Laird (1978), JASA 73 (the
        distribution without a form).
    """
    n, logs, whole = (
        numbers(given, name=name)
        for given, name in ((intervals, "intervals"), (sum_of_logs, "logs"), (total, "total"))
    )
    if not (n.ndim == 1 and n.shape == logs.shape == whole.shape and n.size):
        raise DataError("intervals, logs and totals are expected, one entry per user in each")
    told = n >= FEWEST
    if not told.any():
        raise DataError(
            f"none of {n.size} users has {FEWEST} intervals between uses",
            remedy="watch for longer",
        )
    k, s, t = n[told], logs[told], whole[told]
    # the mean logarithm is never above the logarithm of the mean
    if not ((t > 0) & np.isfinite(s)).all() or (s / k > np.log(t / k) + 1e-9).any():
        raise DataError("intervals are expected above 0, with logarithms that belong to them")
    found = np.zeros((n.size, SHAPES.size))
    proportions = s - k * np.log(t)
    for at, shape in enumerate(SHAPES):
        found[told, at] = gammaln(k * shape) - k * gammaln(shape) + (shape - 1) * proportions
    own = np.exp(found[told] - found[told].max(axis=1, keepdims=True))
    weight = np.full(SHAPES.size, 1 / SHAPES.size)
    for _ in range(_ROUNDS):
        part = own * weight
        new = (part / part.sum(axis=1, keepdims=True)).mean(axis=0)
        moved = float(np.abs(new - weight).max())
        weight = new
        if moved < 1e-6:
            break
    chances = np.tile(weight, (n.size, 1))
    part = own * weight
    chances[told] = part / part.sum(axis=1, keepdims=True)
    spread = 1 / np.sqrt(SHAPES)
    grown = chances.cumsum(axis=1)
    first = (grown >= (1 - level) / 2).argmax(axis=1)
    last = (grown >= (1 + level) / 2 - 1e-12).argmax(axis=1)
    return Regularity(
        variation=chances @ spread,
        low=spread[last],
        high=spread[first],
        even=chances[:, SHAPES > EVEN].sum(axis=1),
        bursty=chances[:, SHAPES < BURSTY].sum(axis=1),
        shapes=SHAPES,
        share=weight,
        level=level,
    )
