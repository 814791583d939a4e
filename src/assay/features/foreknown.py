"""How much of what units do was known of them before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreknown:
    """How much of a metric was known of its units before.

    Attributes:
        days, before: lengths of the window, and of the time before it.
        share: of the units that were there before.
        rho_squared: share of the variance over all units that what was before explains; units that
            were not there count with the mean.
    """

    days: int
    before: int
    share: float
    rho_squared: float


def explained(
    now: list[NDArray[np.float64]], then: list[NDArray[np.float64]]
) -> tuple[float, float] | None:
    """Share of units seen before, and of the variance that they explain together."""
    there = np.asarray(~np.isnan(np.array(now)).any(axis=0))
    seen = there & np.asarray(~np.isnan(np.array(then)).any(axis=0))
    if seen.sum() < 3:
        return None
    y, x = _linear([c[there] for c in now]), _linear([c[seen] for c in then])
    if y is None or x is None or not (y.var() > 0 and x.var() > 0):
        return None
    before = np.zeros(there.size)
    before[seen] = x - x.mean()
    correlation = float(np.corrcoef(y, before[there])[0, 1])
    return float(seen.sum() / there.sum()), min(correlation**2, 1.0)


def _linear(columns: list[NDArray[np.float64]]) -> NDArray[np.float64] | None:
    """A ratio's units on the scale of the ratio, about it; other values as they are."""
    if len(columns) == 1:
        return columns[0]
    top, bottom = columns
    if not bottom.mean():
        return None
    ratio = top.mean() / bottom.mean()
    linear: NDArray[np.float64] = (top - ratio * bottom) / bottom.mean()
    return linear
