"""By how much a period differs from an earlier one, and what of it other weekdays explain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import stdtrit

from assay.core.errors import DataError
from assay.stats.fieller import RatioInterval, fieller
from assay.stats.given import numbers

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

_HIGHEST: Final = 0.95
_LEAST: Final = 2
_SURE: Final = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """An amount with its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodChange:
    """How the mean of a window differs from that of an earlier one.

    Attributes:
        before, after: the means, over `days_before` and `days_after` points that have a value.
        change: after − before. It is the sum of `mix`, what comes of the windows holding different
            weekdays (or points of other weights on them), and `like_for_like`, the change on the
            same weekdays.
        relative: change ÷ |before|; None where `before` may be zero.
        rho: correlation of neighbouring points, which all intervals allow for.
    """

    before: float
    after: float
    days_before: int
    days_after: int
    change: Shift
    mix: Shift
    like_for_like: Shift
    relative: RatioInterval | None
    rho: float


def period_change(  # noqa: PLR0913  two windows and what is known of their points
    y: ArrayLike,
    *,
    before: tuple[int, int],
    after: tuple[int, int],
    period: int = 7,
    counts: ArrayLike | None = None,
    level: float = 0.95,
) -> PeriodChange:
    """The change between two windows, its error widened by the correlation of neighbours.

    All three amounts are sums of the same points with different weights, so that they add up, and
    their errors follow from one covariance: that of noise of first order whose correlation and
    spread the two windows show around their means and weekdays.

    Args:
        y: values at equal steps; NaN where there is none.
        before: first step of the earlier window, and the one after its last.
        after: the same of the later one.
        period: of the season that days belong to by their step; 1 for none.
        counts: how much each point weighs in the mean of its window, as the requests behind a rate.
        level: of the intervals.

    Raises:
        DataError: for windows that overlap, or with too few values for their weekdays.
    """
    values = numbers(y, name="y")
    weight = np.ones(values.shape) if counts is None else numbers(counts, name="counts")
    _check(values, weight, before, after, period, level)
    here = np.isfinite(values) & np.isfinite(weight) & (weight > 0)
    first, second = _window(values.size, before) & here, _window(values.size, after) & here
    points = np.flatnonzero(first | second)
    days_before, days_after = int(first.sum()), int(second.sum())
    if min(days_before, days_after) < _LEAST:
        raise DataError(
            f"{days_before} and {days_after} points with a value, expected {_LEAST} or more in each"
        )
    late = second[points].astype(np.float64)
    share = weight[points]
    old = np.where(late == 0, share / share[late == 0].sum(), 0.0)
    new = np.where(late == 1, share / share[late == 1].sum(), 0.0)
    columns = np.column_stack((late, np.eye(period)[points % period]))
    columns = columns[:, columns.any(axis=0)]
    same = np.linalg.pinv(columns * np.sqrt(share)[:, None])[0] * np.sqrt(share)
    if abs(same @ late - 1) > 1e-6:
        raise DataError("the windows share no weekday, expected some that are in both")
    there = values[points]
    fit = columns @ np.linalg.lstsq(columns * np.sqrt(share)[:, None], there * np.sqrt(share))[0]
    used = columns.shape[1]
    left = (there - fit) * np.sqrt(share / share.mean())
    spare = points.size - used
    if spare < 1:
        raise DataError(f"{points.size} points for {used} means, expected more points")
    rho = _correlation(left, np.diff(points) == 1, used)
    variance = float(left @ left) / spare
    effective = max(1.0, spare * (1 - rho) / (1 + rho))
    multiplier = -float(stdtrit(effective, (1 - level) / 2))
    sd = np.sqrt(variance * share.mean() / share)

    reach = 0 if not rho else min(values.size - 1, int(np.log(_SURE) / np.log(rho)) + 1)
    decay = rho ** np.abs(np.arange(-reach, reach + 1, dtype=np.float64))

    def covariance(one: Floats, other: Floats) -> float:
        spread = np.zeros((2, values.size))
        spread[:, points] = one * sd, other * sd
        return float(spread[0] @ np.convolve(spread[1], decay)[reach : reach + values.size])

    rounding = _SURE * float(np.abs(there).max())

    def shift(part: Floats) -> Shift:
        value = float(part @ there)
        half = multiplier * float(np.sqrt(max(covariance(part, part), 0.0)))
        value, half = (amount if abs(amount) > rounding else 0.0 for amount in (value, half))
        return Shift(value=value, low=value - half, high=value + half)

    change, base = shift(new - old), float(old @ there)
    relative = None
    if abs(base) > _SURE * max(1e-300, float(np.abs(there).max())):
        relative = fieller(
            change.value,
            base,
            half_width=change.high - change.value,
            variance=covariance(old, old),
            covariance=covariance(new - old, old),
            critical_value=multiplier,
        )
    return PeriodChange(
        before=base,
        after=float(new @ there),
        days_before=days_before,
        days_after=days_after,
        change=change,
        mix=shift(new - old - same),
        like_for_like=shift(same),
        relative=relative,
        rho=rho,
    )


def _correlation(left: Floats, next_to: NDArray[np.bool_], used: int) -> float:
    """Of neighbouring residuals, with what the estimated means take from it put back."""
    size = float(left @ left)
    if not size or not next_to.any():
        return 0.0
    raw = float((left[1:] * left[:-1])[next_to].sum()) / size * left.size / int(next_to.sum())
    return float(np.clip(raw + (min(used, 2) * (1 + raw) + 2 * raw) / left.size, 0.0, _HIGHEST))


def _window(size: int, ends: tuple[int, int]) -> NDArray[np.bool_]:
    inside = np.zeros(size, dtype=bool)
    inside[slice(*ends)] = True
    return inside


def _check(  # noqa: PLR0913, PLR0917  every argument is looked at
    values: Floats,
    weight: Floats,
    before: tuple[int, int],
    after: tuple[int, int],
    period: int,
    level: float,
) -> None:
    if values.ndim != 1:
        raise DataError(f"y has {values.ndim} dimensions, expected one value per step")
    if weight.shape != values.shape:
        raise DataError(f"{weight.size} counts for {values.size} values, expected one for each")
    if np.isinf(values).any() or np.isinf(weight).any():
        raise DataError("infinite values, expected numbers, or NaN where there is none")
    if not (0 <= before[0] < before[1] <= after[0] < after[1] <= values.size):
        raise DataError(
            f"windows {before} and {after}, expected one before the other within 0..{values.size}"
        )
    if not period >= 1:
        raise DataError(f"period={period}, expected 1 or more")
    if not 0 < level < 1:
        raise DataError(f"level={level}, expected between 0 and 1")
