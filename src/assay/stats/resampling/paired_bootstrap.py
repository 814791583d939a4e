"""A mean difference within items without a normal assumption: the studentised bootstrap."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import sqrt
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import ndtri, stdtrit

from assay.core.errors import DataError
from assay.stats.contrasts import Bounds
from assay.stats.fieller import RatioInterval
from assay.stats.means import Difference

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from assay.stats.level import Level

    Array = NDArray[np.float64]

RESAMPLES: Final = 4999
"""With one more, quantiles of the usual levels fall on a resample."""
_CHUNK: Final = 2_000_000
_KEPT: Final = 10_000_000
_FEWEST: Final = 20
"""Resamples beyond a quantile, below which it is extended by Student's quantile."""
_STEPS: Final = 80
_FAR: Final = 1e6
_SAME: Final = 1e-9
"""Relative difference of statistics that rounding alone can make."""


@dataclass(frozen=True)
class PairedBootstrap:
    """Treated − control over the same items; intervals from the bootstrap of its t statistic.

    Items are drawn with replacement, and with each all that was measured on it in both arms. The
    difference's interval inverts the t statistic of `treated − control`, the lift's that of
    `treated − (1 + lift) · control`: at zero they are one statistic with one set of resamples, so
    that their verdicts agree. Levels finer than the resamples can tell are reached by stretching
    the last quantile they can, as Student's distribution would.

    Args:
        treated, control: one value per item, of the same items in the same order.
        seed: of the resampling; the same data and seed give the same interval.

    Raises:
        DataError: with fewer than three items, or where the difference is the same in all.

    References:
        Efron & Tibshirani (1993), An introduction to the bootstrap, sec. 12.5; Hall (1992), The
        bootstrap and Edgeworth expansion, sec. 3.3 (second-order accuracy).
    """

    treated: Array
    control: Array
    seed: int = 0

    def __post_init__(self) -> None:
        if self.treated.shape != self.control.shape or self.n < 3:
            raise DataError(f"{self.n} items, expected the same three or more in both arms")
        if not np.ptp(self.treated - self.control) > 0:
            raise DataError("the difference is the same in every item, expected some variation")

    @property
    def n(self) -> int:
        """Items."""
        return len(self.treated)

    @property
    def value(self) -> float:
        """Mean of treated − control."""
        return float(self._mean[0] - self._mean[1])

    @property
    def standard_error(self) -> float:
        """Of the mean difference."""
        return self._spread(0.0)

    @cached_property
    def p_value(self) -> float:
        """Two-sided: twice the smaller share of resamples beyond the statistic seen."""
        drawn, seen = self._resampled(0.0), self.value / self.standard_error
        slack = _SAME * abs(seen)
        below, above = int((drawn <= seen + slack).sum()), int((drawn >= seen - slack).sum())
        few = min(below, above)
        if few >= _FEWEST:
            return min(1.0, 2 * (few + 1) / (len(drawn) + 1))
        low, high = 0.0, 1.0
        for _ in range(_STEPS):
            middle = (low + high) / 2
            ends = self._ends(drawn, middle)
            inside = ends[0] <= seen <= ends[1]
            low, high = (middle, high) if inside else (low, middle)
        return min(1.0, max(high, 1e-300))

    @property
    def z(self) -> float:
        """The normal quantile that the p-value stands for."""
        return max(0.0, -float(ndtri(self.p_value / 2)))

    def at(self, level: Level) -> Bounds:
        """The intervals of that level."""
        low, high = self._ends(self._resampled(0.0), level.alpha)
        error = self.standard_error
        ends = (self.value - high * error, self.value - low * error)
        difference = Difference(
            value=self.value,
            low=ends[0],
            high=ends[1],
            half_width=(ends[1] - ends[0]) / 2,
            standard_error=error,
            degrees_of_freedom=None,
            critical_value=level.bound,
            p_value=self.p_value,
        )
        return Bounds(difference, self._lift(level))

    @cached_property
    def _mean(self) -> Array:
        return np.array([self.treated.mean(), self.control.mean()])

    @cached_property
    def _scatter(self) -> tuple[float, float, float]:
        one, other = self.treated - self._mean[0], self.control - self._mean[1]
        below = self.n - 1
        return float(one @ one) / below, float(other @ other) / below, float(one @ other) / below

    def _spread(self, lift: float) -> float:
        """Standard error of mean(treated − (1 + lift) · |control|'s side)."""
        of_one, of_other, between = self._scatter
        k = self._factor(lift)
        return sqrt(max(of_one + k * k * of_other - 2 * k * between, 0.0) / self.n)

    def _factor(self, lift: float) -> float:
        """What the control is multiplied by under a lift, which is relative to its size."""
        return 1 + lift * float(np.sign(self._mean[1]))

    @cached_property
    def _drawn(self) -> tuple[Array, Array, Array, Array, Array]:
        """Of each resample: both means less those seen, both variances and the covariance."""
        data = np.stack([self.treated - self._mean[0], self.control - self._mean[1]])
        squares = np.stack([data[0] ** 2, data[1] ** 2, data[0] * data[1]])
        sums = [
            np.concatenate([data @ weight.T, squares @ weight.T])
            for weight in _weights(self.n, self.seed)
        ]
        one, other, s_one, s_other, s_both = np.concatenate(sums, axis=1)
        grow = self.n / (self.n - 1)
        return (
            one,
            other,
            grow * (s_one - one * one),
            grow * (s_other - other * other),
            grow * (s_both - one * other),
        )

    def _resampled(self, lift: float) -> Array:
        """The t statistics of the resamples at a lift."""
        one, other, s_one, s_other, s_both = self._drawn
        k = self._factor(lift)
        spread = np.sqrt(np.maximum(s_one + k * k * s_other - 2 * k * s_both, 0.0) / self.n)
        top = one - k * other
        with np.errstate(divide="ignore", invalid="ignore"):
            found = np.where(spread > 0, top / spread, np.sign(top) * np.inf)
        return np.nan_to_num(found, nan=0.0, posinf=1e9, neginf=-1e9)

    def _ends(self, drawn: Array, alpha: float) -> tuple[float, float]:
        """Both quantiles of the statistic, stretched where alpha is finer than the resamples."""
        finest = 2 * _FEWEST / (len(drawn) + 1)
        level = max(alpha, finest)
        last = len(drawn) - 1
        place = min(max(level / 2 * (len(drawn) + 1) - 1, 0.0), last / 2)
        near, share = int(place), place - int(place)
        ranks = (near, min(near + 1, last), last - near, max(last - near - 1, 0))
        found = np.partition(drawn, ranks)[list(ranks)]
        low = float(found[0] + share * (found[1] - found[0]))
        high = float(found[2] + share * (found[3] - found[2]))
        if alpha < finest:
            freedom = self.n - 1
            stretch = float(stdtrit(freedom, alpha / 2) / stdtrit(freedom, finest / 2))
            low, high = low * stretch, high * stretch
        return low, high

    def _inside(self, lift: float, alpha: float) -> bool:
        spread = self._spread(lift)
        top = float(self._mean[0] - self._factor(lift) * self._mean[1])
        if spread <= 0:
            return top == 0
        low, high = self._ends(self._resampled(lift), alpha)
        return low <= top / spread <= high

    def _lift(self, level: Level) -> RatioInterval:
        size = abs(float(self._mean[1]))
        if size == 0:
            return RatioInterval(None, None, None, None)
        value = self.value / size
        ends = [self._end(value, side, level.alpha) for side in (-1.0, 1.0)]
        if ends[0] is None or ends[1] is None:
            return RatioInterval(value, None, None, None)
        low, high = min(ends[0], value), max(ends[1], value)
        zero = self._inside(0.0, level.alpha)
        if zero:
            return RatioInterval(value, min(low, 0.0), max(high, 0.0), None)
        tiny = float(np.nextafter(0.0, 1.0))
        if value > 0:
            return RatioInterval(value, max(low, tiny), max(high, tiny), None)
        return RatioInterval(value, min(low, -tiny), min(high, -tiny), None)

    def _end(self, value: float, side: float, alpha: float) -> float | None:
        """The farthest lift on one side that is not rejected; None where none is too far."""
        size = abs(float(self._mean[1]))
        step = max(self.standard_error / size, 1e-12)
        inner, outer = value, value + side * step
        while self._inside(outer, alpha):
            inner, step = outer, 2 * step
            outer = value + side * step
            if abs(outer - value) > _FAR * max(1.0, self.standard_error / size):
                return None
        for _ in range(_STEPS):
            middle = (inner + outer) / 2
            if middle in {inner, outer} or abs(outer - inner) <= 1e-10 * max(abs(middle), 1e-10):
                break
            inner, outer = (middle, outer) if self._inside(middle, alpha) else (inner, middle)
        return inner


def _weights(n: int, seed: int) -> Iterable[Array]:
    """How often each of n items was drawn in each resample, over n: (resamples, n) at a time."""
    if n * RESAMPLES <= _KEPT:
        return (_kept_weights(n, seed),)
    return _some_weights(n, np.random.default_rng(seed))


@lru_cache(maxsize=1)
def _kept_weights(n: int, seed: int) -> Array:
    """All at once: several arms and metrics are resampled alike."""
    return np.concatenate(list(_some_weights(n, np.random.default_rng(seed))))


def _some_weights(n: int, rng: np.random.Generator) -> Iterator[Array]:
    step = max(1, _CHUNK // n)
    for start in range(0, RESAMPLES, step):
        size = min(step, RESAMPLES - start)
        drawn = rng.integers(0, n, size=(size, n), dtype=np.int32)
        drawn += np.arange(size, dtype=np.int32)[:, None] * np.int32(n)
        yield np.bincount(drawn.ravel(), minlength=size * n).reshape(size, n) / n
