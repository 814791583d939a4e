"""What an estimate says that was reported because it was large: the winner's curse taken off."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, log, log1p
from typing import Final

from scipy.special import log_ndtr

from assay.core.errors import DataError

_FURTHEST: Final = 60.0
"""Standard errors below the estimate at which the search ends: there, nothing is known."""
_HIGHEST: Final = 38.0
"""And above it: a normal tail beyond is no number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """An estimate that was seen only because it passed a threshold.

    Attributes:
        value: as often above the truth as below it.
        low: -inf where the estimate lies so near the threshold that it says nothing of this end.
    """

    value: float
    low: float
    high: float


def after_selection(
    estimate: float, error: float, *, threshold: float, alpha: float = 0.05
) -> Selected:
    """The truth behind a normal estimate that is looked at only if it exceeds the threshold.

    Solves for the truths under which an estimate that passed is at least as large as this one with
    probability 1/2, and with alpha/2 and 1 - alpha/2. Far above the threshold nothing is taken off.

    Args:
        estimate: that passed.
        error: its standard error.
        threshold: in the unit of the estimate; the usual one is 1.96 errors above zero.
        alpha: one minus the interval's confidence.

    Raises:
        DataError: where the estimate did not pass, or the error is not positive.

    References:
        Lee, Sun, Sun, Taylor (2016), Exact post-selection inference, Annals of Statistics 44(3),
        sec. 5; Zhong & Prentice (2008), Biostatistics 9(4), on the winner's curse.
    """
    if not error > 0:
        raise DataError(f"error={error}, expected positive")
    if not estimate >= threshold:
        raise DataError(f"estimate={estimate}, expected at or above the threshold {threshold}")
    cut, seen = threshold / error, estimate / error
    value, low, high = (
        error * _truth(seen, cut, wanted)
        for wanted in (log(0.5), log(alpha / 2), log1p(-alpha / 2))
    )
    return Selected(value=value, low=low, high=high)


def _truth(seen: float, cut: float, wanted: float) -> float:
    """The truth, in errors, under which so large an estimate has this log chance among those seen.

    The chance comes as its logarithm, since one near 1 has no digits left for its distance to 1.
    """

    def reached(truth: float) -> float:
        log_chance = log_ndtr(truth - seen) - log_ndtr(truth - cut)
        return float(log_chance)

    low, high = seen - _FURTHEST, seen + _HIGHEST
    if reached(low) >= wanted:
        return -inf
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if reached(middle) < wanted else (low, middle)
    return (low + high) / 2
