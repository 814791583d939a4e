"""Days of many series that stand out, under one budget of false alarms, and levels that changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from assay.core.errors import DataError, ParameterError
from assay.stats.breaks import Break, find_breaks
from assay.stats.given import numbers
from assay.stats.seasons import without_seasons

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Array = NDArray[np.float64]

FEWEST: Final = 28
"""Days from which anything is said."""
FALSE_DAYS: Final = 0.01
"""Share of quiet days on which any series stands out, at most: one of a hundred."""
FALSE_LEVELS: Final = 0.05
"""Share of sets of quiet series in which any is found to have changed its level."""
_MAD: Final = 1.4826
_FAR: Final = 3.0
_QUANTILES: Final = (0.5, 0.9)
_PART: Final = 0.7
"""Of that share, at which the limit is set by Gumbel's distribution: what is left is for tails that
are heavier. Chosen on simulated pages of Student's t of 5 degrees and verified on others."""
_TINY: Final = 1e-9
_STILL: Final = 0.005
"""Least scatter of the root of a day, as a share of its median: 1 % of the amount. Series that
hardly vary, such as jobs of fixed size, would else say nothing, or that cents stand out."""
_LOWEST: Final = 1.0
"""Least limit of the scores, for series that do not vary at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandOut:
    """What was expected of each day, and which days lie above it by more than chance explains.

    Attributes:
        expected, low, high: by series and day, in the unit of the amounts; the last two bound what
            is usual. NaN in series of which nothing can be said.
        scores: distance above what was expected, in standard deviations of a usual day.
        limit: of the scores: a day beyond it stands out.
        days: series and day of those, the highest score first.
        levels: by series: changes of level.
    """

    expected: Array
    low: Array
    high: Array
    scores: Array
    limit: float
    days: tuple[tuple[int, int], ...]
    levels: tuple[tuple[Break, ...], ...]


def stand_out(
    amounts: ArrayLike,
    *,
    period: int = 7,
    false_days: float = FALSE_DAYS,
    false_levels: float = FALSE_LEVELS,
) -> StandOut:
    """Days on which series lie above their level and season, judged together, and new levels.

    Each series is looked at as the square root of its amounts in units of its mean, where the
    scatter of sums of many calls hardly depends on how many there are, and an empty day is a day.
    Level (with its changes and slopes) and season are taken off; what is left is scaled by what its
    own days show, constant and in proportion to the expectation. So a change that stays is one new
    level, not a day after day that stands out.

    One limit holds for all series: the highest score of each day is taken, however much the series
    go together, and the distribution of such maxima (Gumbel's, by its median and upper decile,
    which no few odd days move) says which is reached on seven tenths of `false_days` of quiet days.
    So it is kept where tails are heavy, too, of which 180 days tell too little to be measured.
    `benchmarks/spend_anomalies.py` simulates it.

    Args:
        amounts: series by days, from zero on; every day counts.
        period: of the season, in days.
        false_days: share of quiet days that may stand out.
        false_levels: share of quiet sets of series in which a new level may be found.

    Raises:
        DataError: for amounts below zero or not finite.
        ParameterError: for shares out of range.

    References:
        Gumbel (1958), Statistics of Extremes, ch. 5. Westfall & Young (1993), Resampling-based
        Multiple Testing, ch. 2 (one limit from the distribution of maxima).
    """
    rows = np.atleast_2d(numbers(amounts, name="amounts"))
    if not (np.isfinite(rows).all() and (rows >= 0).all()):
        raise DataError("amounts below zero or not finite, expected numbers from zero on")
    for name, share in (("false_days", false_days), ("false_levels", false_levels)):
        if not 0 < share < 0.5:
            raise ParameterError(f"{name}={share}, expected between 0 and 0.5")
    nothing = np.full(rows.shape, np.nan)
    empty = StandOut(
        expected=nothing,
        low=nothing,
        high=nothing,
        scores=nothing,
        limit=np.inf,
        days=(),
        levels=((),) * rows.shape[0],
    )
    if rows.shape[1] < FEWEST or not rows.size:
        return empty
    fitted = [_fitted(row, period, false_levels / rows.shape[0]) for row in rows]
    middle, spread, left = (np.array([getattr(one, name) for one in fitted]) for name in _PARTS)
    scores = left / spread
    known = ~np.isnan(scores).all(axis=1)
    limit = _limit(scores[known], _PART * false_days) if known.any() else np.inf
    unit = rows.mean(axis=1)[:, None]
    found = np.argwhere(np.nan_to_num(scores, nan=-np.inf) > limit)
    ranked = sorted(found.tolist(), key=lambda at: -scores[at[0], at[1]])
    return StandOut(
        expected=(middle**2 + spread**2) * unit,
        low=np.maximum(middle - limit * spread, 0.0) ** 2 * unit,
        high=(middle + limit * spread) ** 2 * unit,
        scores=scores,
        limit=limit,
        days=tuple((int(row), int(day)) for row, day in ranked),
        levels=tuple(one.levels for one in fitted),
    )


@dataclass(frozen=True, slots=True)
class _Fitted:
    """One series on its scale: what is expected, how far days scatter, and what is left."""

    middle: Array
    spread: Array
    left: Array
    levels: tuple[Break, ...]


_PARTS: Final = ("middle", "spread", "left")


def _fitted(row: Array, period: int, share: float) -> _Fitted:
    nothing = np.full(row.size, np.nan)
    mean = float(row.mean())
    if not mean > 0:
        return _Fitted(nothing, nothing, nothing, ())
    y = np.sqrt(row / mean)
    breaks = find_breaks(y, level=1 - share, periods=(period,))
    free, _ = without_seasons(y, (period,))
    line = np.full(y.size, float(np.median(free)))
    for piece in breaks.segments:
        steps = np.arange(piece.start, piece.end)
        line[steps] = piece.level + piece.slope * (steps - (piece.start + piece.end - 1) / 2)
    left = free - line
    still = _STILL * float(np.median(y))
    scale = max(_MAD * float(np.median(np.abs(left))), still)
    levels = tuple(one for one in breaks.breaks if one.kind == "level")
    if not scale > _TINY:
        return _Fitted(nothing, nothing, nothing, levels)
    middle = np.maximum(y - left, 0.0)
    spread = np.maximum(_spread(left, middle, scale), still)
    return _Fitted(middle, spread, left, levels)


def _spread(left: Array, middle: Array, scale: float) -> Array:
    """The scatter of each day: a constant and a share of what is expected, as past days show."""
    squares = np.minimum(left**2, (_FAR * scale) ** 2)
    floor, share = _line_from_zero_on(middle**2, squares)
    drawn = np.sqrt(floor + share * middle**2)
    drawn = np.maximum(drawn, _TINY * scale + 0.25 * float(np.median(drawn)))
    spread: Array = drawn * _MAD * float(np.median(np.abs(left / drawn)))
    return spread


def _line_from_zero_on(x: Array, y: Array) -> tuple[float, float]:
    """Constant and slope of the least-squares line of which neither is below zero."""
    apart = x - x.mean()
    across = float(apart @ apart)
    slope = float(apart @ y) / across if across else 0.0
    constant = float(y.mean()) - slope * float(x.mean())
    if constant >= 0 and slope >= 0:
        return constant, slope
    alone = max(float(x @ y) / (float(x @ x) or 1.0), 0.0)
    flat = max(float(y.mean()), 0.0)
    errors = [float(((y - line) ** 2).sum()) for line in (flat, alone * x)]
    return (flat, 0.0) if errors[0] <= errors[1] else (0.0, alone)


def _limit(scores: Array, share: float) -> float:
    """The score that the highest of a quiet day exceeds on this share of days."""
    half, high = np.quantile(scores.max(axis=0), _QUANTILES)
    reduced = -np.log(-np.log(np.array(_QUANTILES)))
    scale = (high - half) / (reduced[1] - reduced[0])
    return max(float(half + scale * (-np.log(-np.log1p(-share)) - reduced[0])), _LOWEST)
