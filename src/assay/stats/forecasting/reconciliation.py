"""Forecasts of a total and of its parts, made to add up.

Each series is forecast by itself, so the parts do not sum to the total. What they are off by is
spread over all of them by the variance of their errors: a series that is hard to forecast gives way
more than one that is easy (minimal trace with a diagonal of variances). For one total over n parts
the matrix formula has a closed form: the gap g = Σ parts − total is divided by the sum V of all
variances; a part moves by −g · v ÷ V, the total by +g · v ÷ V.

Intervals move along and keep their widths. The formula would also narrow them, as if errors of the
total were independent of those of its parts; they are not, and the widths are what was tested.

References:
    Wickramasuriya, Athanasopoulos and Hyndman (2019), Optimal forecast reconciliation for
    hierarchical and grouped time series through trace minimization, JASA 114 (theorem 1, and the
    variance-scaled and structural choices of § 2.4).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from assay.core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from assay.stats.forecasting.records import Forecast

How = Literal["variance", "structural", "bottom-up"]


def reconcile(
    total: Forecast,
    parts: Mapping[str, Forecast],
    *,
    how: How = "variance",
    low: float | None = None,
) -> tuple[Forecast, dict[str, Forecast]]:
    """The same forecasts, moved so that the parts' values sum to the total's, at every step.

    Weights, coverage and records stay those of the forecasts before they were moved.

    Args:
        total: of the sum.
        parts: name → forecast, of the same horizon and level.
        how: `variance` shares the gap by squared widths of intervals; `structural` by how many
            parts a series sums (a part 1, the total all of them); `bottom-up` leaves the parts as
            they are and takes their sum.
        low: natural lower bound of every part, such as 0 for counts. Where a part would go below
            it, it stays there and the others give way.

    Raises:
        DataError: where there are no parts, or horizons or levels differ.
    """
    _check(total, parts)
    values = np.array([one.values for one in parts.values()])
    moved, whole = values, values.sum(axis=0)
    if how != "bottom-up":
        spread = np.array([_variances(one) for one in (*parts.values(), total)])
        if how == "structural":
            spread = np.ones(spread.shape)
            spread[-1] = len(parts)
        moved, whole = _shared(values, np.array(total.values), spread, low)
    least = None if low is None else low * len(parts)
    return _moved(total, whole, least), {
        name: _moved(one, row, low) for (name, one), row in zip(parts.items(), moved, strict=True)
    }


def _check(total: Forecast, parts: Mapping[str, Forecast]) -> None:
    if not parts:
        raise DataError("no parts of the total, expected one or more")
    for name, one in parts.items():
        if (len(one.values), one.level) != (len(total.values), total.level):
            raise DataError(
                f"part {name!r} has {len(one.values)} steps at level {one.level}, expected "
                f"{len(total.values)} at {total.level} as the total has"
            )


def _variances(one: Forecast) -> NDArray[np.float64]:
    """Squared half widths, (steps,): in proportion to variances, at one level."""
    found: NDArray[np.float64] = ((np.array(one.high) - np.array(one.low)) / 2) ** 2
    return found


def _shared(
    values: NDArray[np.float64],
    whole: NDArray[np.float64],
    spread: NDArray[np.float64],
    low: float | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Parts (parts, steps) and total (steps,) with the gap shared by spread (parts + 1, steps).

    Parts that would go below the bound are held there, and the gap is shared anew by the rest;
    ever more are held, so as many rounds as there are parts are enough.
    """
    held = np.zeros(values.shape, dtype=bool)
    floor = values if low is None else np.full(values.shape, float(low))
    moved = values
    for _ in range(values.shape[0] + 1):
        start = np.where(held, floor, values)
        gap = start.sum(axis=0) - whole
        loose = np.where(held, 0.0, spread[:-1])
        every = loose.sum(axis=0) + spread[-1]
        moved = start - gap * loose / np.where(every > 0, every, 1.0)
        below = ~held & (moved < floor) if low is not None else np.zeros_like(held)
        if not below.any():
            break
        held |= below
    return moved, moved.sum(axis=0)


def _moved(one: Forecast, values: NDArray[np.float64], low: float | None) -> Forecast:
    """With other values; ends are moved as far, and held at the bound."""
    away = values - np.array(one.values)
    ends = (np.array(one.low) + away, np.array(one.high) + away)
    if low is not None:
        ends = (np.minimum(np.maximum(ends[0], low), values), np.maximum(ends[1], low))
    largest = float(np.abs(away).max())
    return replace(
        one,
        values=tuple(values.tolist()),
        low=tuple(ends[0].tolist()),
        high=tuple(ends[1].tolist()),
        notes=(*one.notes, f"moved by up to {largest:.3g} so that parts add up to their total"),
    )
