"""What would have been foretold earlier, against what came: how far the model is to be trusted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import exp, log
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from assay.core.errors import DataError
from assay.stats.given import numbers
from assay.stats.lifetimes.ahead import look_ahead
from assay.stats.lifetimes.bgnbd import better_fit
from assay.stats.lifetimes.churn import (
    Calibration,
    Recalibration,
    calibration_of,
    recalibrate,
)
from assay.stats.lifetimes.totals import Total, total_ahead

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from assay.stats.lifetimes.histories import Histories

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """A forecast made at an earlier end of watching, for a horizon that is over.

    Attributes:
        horizon: of the forecast, in the unit of the histories.
        users: who were there then.
        total: returns of all of them as foretold; `seen`: as they came.
        correlation: of users' expected and real returns; None where either is the same for all.
        held: share of users whose own interval held.
        raw: calibration of P(no return).
        never, returned: what mends that chance of users who had not come back, and who had. Apart,
            since of the former a model that lets users stop after returns only knows nothing.
    """

    horizon: float
    users: int
    total: Total
    seen: float
    correlation: float | None
    held: float
    raw: Calibration
    never: Recalibration
    returned: Recalibration

    def mended(self, given: Histories, none: ArrayLike) -> Floats:
        """Chances of no return as this backtest would have them, one per user."""
        chance = np.asarray(none, dtype=np.float64)
        back = given.repeats[given.place] > 0
        return np.where(back, self.returned.apply(chance), self.never.apply(chance))

    def widened(self, total: Total) -> Total:
        """A sum's interval that also leaves room for an error as large as the one made here.

        On the logarithmic scale; only the part of the error that chance and parameters do not
        account for is added. The mean stays: one period past does not tell a bias from a season.
        """
        if not (total.low > 0 and self.total.low > 0 and self.seen > 0):
            return replace(total, low=0.0, high=max(total.high, total.high * _ratio(self)))
        z = float(ndtri((1 + total.level) / 2))
        past = (log(self.total.high / self.total.low) / (2 * z)) ** 2
        missed = max(log(self.seen / self.total.expected) ** 2 - past, 0.0)
        half = z * np.sqrt((log(total.high / total.low) / (2 * z)) ** 2 + missed)
        return replace(
            total,
            low=min(total.expected * exp(-half), total.low),
            high=max(total.expected * exp(half), total.high),
        )


def _ratio(test: Backtest) -> float:
    return max(test.seen / test.total.expected, 1.0) if test.total.expected > 0 else 1.0


def backtest(
    early: Histories, later: ArrayLike, horizon: float, *, seed: int, level: float = 0.95
) -> Backtest:
    """Fits to what was known then (`better_fit`), foretells, and compares with what came.

    Args:
        early: histories up to the earlier end, of users who had begun by then.
        later: returns of each user within the horizon after it.
        horizon: in the unit of the histories.
        seed: of the draws behind the sum's interval.
        level: of intervals.

    Raises:
        DataError: where there is not one count of 0 or more per user, or the model cannot be
            fitted to the early histories.
    """
    came = numbers(later, name="later returns")
    if came.shape != (early.users,) or not ((came >= 0) & (np.floor(came) == came)).all():
        raise DataError(
            f"later returns of shape {came.shape}, expected a whole number of 0 or more for each "
            f"of {early.users} users"
        )
    fitted = better_fit(early)
    told = look_ahead(early, fitted, horizon, level=level)
    none = (came == 0).astype(np.float64)
    back = early.repeats[early.place] > 0
    apart = np.ptp(told.expected) > 0 and np.ptp(came) > 0
    return Backtest(
        horizon=horizon,
        users=early.users,
        total=total_ahead(early, fitted, horizon, seed=seed, level=level),
        seen=float(came.sum()),
        correlation=float(np.corrcoef(told.expected, came)[0, 1]) if apart else None,
        held=float(((told.low <= came) & (came <= told.high)).mean()),
        raw=calibration_of(told.none, none),
        never=_line(told.none[~back], none[~back]),
        returned=_line(told.none[back], none[back]),
    )


def _line(chances: Floats, came_true: Floats) -> Recalibration:
    if not chances.size:
        return Recalibration(slope=1.0, shift=0.0)
    return recalibrate(chances, came_true)
