"""Several conditions together: probability of membership, classes, and how many there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv

from assay.core.errors import DataError
from assay.stats.exceedance.joint import cells_each, sides, tilts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.stats.exceedance.beliefs import Beliefs

Array = NDArray[np.float64]

_CHUNK: Final = 20_000
LEAST_WEIGHT: Final = 0.2
"""Weight of own data below which an entity is told apart: four fifths would be others' data."""
IN, NOT, UNCLEAR, TOO_LITTLE = 0, 1, 2, 3


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Members:
    """Who is a member, as far as data tell.

    Attributes:
        probabilities: of membership, of each entity.
        classes: 0 in, 1 not, 2 unclear, 3 too little data.
        expected: how many members there are.
        low, high: between which that number lies.
    """

    probabilities: Array
    classes: NDArray[np.int8]
    expected: float
    low: float
    high: float


def members(
    conditions: Sequence[Beliefs], *, least: float = 0.8, confidence: float = 0.95
) -> Members:
    """All conditions together, by what all entities say of how their rates go together.

    Errors of an entity's numbers are taken as independent; its true rates are not: they follow the
    joint prior of `tilts`. What is known exactly rules out, and tells nothing of rates. Bounds on
    one and the same number belong into one condition, which is exact.

    An entity is told to be in from probability `least` on, and not to be in from 1 − least down.
    Where a condition stands on little more than what others do (weight below `LEAST_WEIGHT`) and
    its own data do not decide it, the entity has too little data, unless another condition with
    enough of it already rules it out.

    The interval of the number of members carries chance, and what is not known of each rate's
    prior and of how rates go together.

    Args:
        conditions: of the same entities.
        least: probability of a class, above one half.
        confidence: of the interval.

    Raises:
        DataError: without a condition, or where a level makes no sense.
    """
    if not conditions or len({len(one.own) for one in conditions}) != 1:
        raise DataError(f"{len(conditions)} conditions, expected one or more of the same entities")
    if not (0.5 < least < 1 and 0 < confidence < 1):
        raise DataError(
            f"least={least}, confidence={confidence}, expected .5 < least < 1, 0 < confidence < 1"
        )
    unsure = np.stack([_unsure(one, least) for one in conditions])
    together, decided, doubt = _together(conditions, unsure)
    ruled_out = decided <= 1 - least
    classes = np.full(together.size, UNCLEAR, dtype=np.int8)
    classes[together >= least] = IN
    classes[together <= 1 - least] = NOT
    classes[unsure.any(axis=0) & ~ruled_out] = TOO_LITTLE
    expected = float(together.sum())
    variance = float((together * (1 - together)).sum()) + doubt
    for one in conditions:
        alone = one.probabilities
        others = np.divide(together, alone, out=np.zeros_like(together), where=alone > 0)
        totals = one.each @ others
        variance += float(one.weights @ (totals - one.weights @ totals) ** 2)
    low, high = number_between(expected, variance, together.size, confidence)
    return Members(probabilities=together, classes=classes, expected=expected, low=low, high=high)


def _together(
    conditions: Sequence[Beliefs], unsure: NDArray[np.bool_]
) -> tuple[Array, Array, float]:
    """Chances that all conditions hold, that those hold which are sure, and doubt of the total.

    The doubt is the variance of the expected number over draws of how rates go together.
    """
    exact = np.ones(unsure.shape[1])
    for one in conditions:
        exact[one.known] *= one.own[one.known]
    rated = [one for one in conditions if one.curves is not None]
    if not rated:
        return exact, exact, 0.0
    open_ = unsure[[one.curves is not None for one in conditions]]
    rates = [one.rate(cells_each(len(rated))) for one in rated]
    drawn = tilts(rates)
    mean, totals = drawn.mean(axis=0), np.zeros(len(drawn))
    together, decided = np.zeros_like(exact), np.zeros_like(exact)
    for start in range(0, exact.size, _CHUNK):
        here = slice(start, start + _CHUNK)
        whole, part, sure = [], [], []
        for one, rate, loose in zip(rated, rates, open_, strict=True):
            held, inside = rate.held[here], rate.inside | one.known[here, None]
            whole.append(held)
            part.append(held * inside)
            sure.append(held * (inside | loose[here, None]))
        every, some = sides(whole), sides(part)
        for k, tilt in enumerate(drawn):
            found = exact[here] * _share(some, every, tilt)
            totals[k] += found.sum()
            together[here] += found / len(drawn)
        decided[here] = exact[here] * _share(sides(sure), every, mean)
    return together, decided, float(totals.var(ddof=1))


def _share(
    part: tuple[NDArray[np.float32], NDArray[np.float32]],
    whole: tuple[NDArray[np.float32], NDArray[np.float32]],
    tilt: NDArray[np.float32],
) -> Array:
    some, every = (((a @ tilt) * b).sum(axis=1, dtype=np.float64) for a, b in (part, whole))
    found = np.divide(some, every, out=np.zeros_like(some), where=every > 0)
    return np.asarray(np.clip(found, 0.0, 1.0))


def number_between(
    expected: float, variance: float, most: int, confidence: float
) -> tuple[float, float]:
    """Between which a number of entities lies, of known mean and variance, from 0 to `most`.

    By a gamma distribution of that mean and variance, which is skewed as small numbers are; of a
    number nearer to `most`, by that of those who are left.
    """
    if variance <= 0 or most <= 0:
        return expected, expected
    if expected > most / 2:
        low, high = number_between(most - expected, variance, most, confidence)
        return most - high, most - low
    shape, tail = expected**2 / variance, (1 - confidence) / 2
    ends = gammaincinv(shape, np.array([tail, 1 - tail])) * variance / expected
    low, high = float(np.floor(ends[0])), float(np.ceil(ends[1]))
    return min(low, expected), max(min(high, float(most)), expected)


def _unsure(condition: Beliefs, least: float) -> NDArray[np.bool_]:
    """Where others say more than the entity's own data, which leave both answers open."""
    undecided = (condition.own < least) & (condition.own > 1 - least)
    return np.asarray((condition.weight < LEAST_WEIGHT) & undecided)
