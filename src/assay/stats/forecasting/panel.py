"""A series as the members see it: known up to some cuts, less its season as known at each.

A back-test must not know what came after. Seasons and parameters are estimated anew at a few
*cuts*; between two cuts forecasts start at several *origins*, from states that only older values
made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assay.stats.forecasting.seasons import season

if TYPE_CHECKING:
    from collections.abc import Sequence

ORIGINS = 30
"""Starts of forecasts of the back-test. On every third series of the M4 design half 20 and 40
change OWA by .005 and .003 (60 of Weekly), .001 and .001 (69 of Hourly)."""
CUTS = 4
"""Times at which a back-test estimates anew, beside the end."""
SPAN = 6
"""Horizons that the origins are spread over."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When forecasts start; the last origin is the end of the series.

    Attributes:
        n: length of the series.
        horizon: steps ahead.
        cuts: values known where things are estimated, ascending; the last is n.
        origins: values known where forecasts start, ascending; the last is n.
        rows: for each origin, the place of the cut that it uses: the last one not after it.
    """

    n: int
    horizon: int
    cuts: NDArray[np.int_]
    origins: NDArray[np.int_]
    rows: NDArray[np.int_]

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which values each cut knows, (cuts, n)."""
        found: NDArray[np.bool_] = np.arange(self.n)[None, :] < self.cuts[:, None]
        return found

    @property
    def targets(self) -> NDArray[np.int_]:
        """Places that are forecast, (origins, horizon); beyond n − 1 nobody knows them yet."""
        found: NDArray[np.int_] = self.origins[:, None] + np.arange(self.horizon)[None, :]
        return found


def schedule(n: int, horizon: int, longest: int, *, span: int = SPAN) -> Schedule:
    """Origins over the last `span` horizons, with two of the longest season left before them."""
    least = max(8, min(2 * longest + 2, n - 2 * horizon), n // 3)
    first = max(n - span * horizon, least)
    if first >= n:
        ends = np.array([n])
        return Schedule(n, horizon, ends, ends, np.zeros(1, dtype=int))
    count = min(ORIGINS, n - first)
    origins = np.unique(np.r_[np.linspace(first, n - 1, count).round().astype(int), n])
    cuts = np.unique(np.r_[origins[:-1][:: max(1, -(-count // CUTS))], n])
    rows = np.searchsorted(cuts, origins, side="right") - 1
    return Schedule(n, horizon, cuts, origins, rows)


@dataclass(frozen=True, slots=True)
class Panel:
    """One series, on each of its scales, as each cut knows it: a row per scale and cut.

    Attributes:
        plan: the schedule, with a cut and its origins for each scale in turn.
        values: the series on the row's scale, (rows, n).
        seasons: additive season of each row, (rows, n + horizon).
        adjusted: values − seasons, (rows, n).
        periods: seasons that are long enough to be seen.
    """

    plan: Schedule
    values: NDArray[np.float64]
    seasons: NDArray[np.float64]
    adjusted: NDArray[np.float64]
    periods: tuple[int, ...]

    def seasoned(self, paths: NDArray[np.float64]) -> NDArray[np.float64]:
        """Paths of the adjusted series with the season put back, (origins, horizon)."""
        plan = self.plan
        found: NDArray[np.float64] = paths + self.seasons[plan.rows[:, None], plan.targets]
        return found


def panel(scaled: Sequence[NDArray[np.float64]], plan: Schedule, periods: tuple[int, ...]) -> Panel:
    """The series on its scales, less what each cut knows of its seasons."""
    count, length = len(scaled), plan.n + plan.horizon
    each = np.arange(count)[:, None]
    stacked = Schedule(
        plan.n,
        plan.horizon,
        np.tile(plan.cuts, count),
        np.tile(plan.origins, count),
        (plan.rows[None, :] + plan.cuts.size * each).ravel(),
    )
    values = np.repeat(np.stack(scaled), plan.cuts.size, axis=0)
    seasons = np.stack(
        [
            season(row, int(cut), periods, length)
            for row, cut in zip(values, stacked.cuts, strict=True)
        ]
    )
    return Panel(stacked, values, seasons, values - seasons[:, : plan.n], periods)
