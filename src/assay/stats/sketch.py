"""Quantiles of any number of values from counts per bucket; sketches merge by addition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import floor, log, sqrt
from typing import TYPE_CHECKING, Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from assay.core.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

ACCURACY: Final = 0.01
"""Relative error of a quantile, unless another is asked for."""
TINY: Final = 1e-300
"""Size up to which a value is counted as zero."""
KEY_OFFSET: Final = 2**20
"""Added to a bucket's number, so that keys of positive values are above 0, of negative below."""
TAIL: Final = 9
"""Values at an end of a group that tell how its tail goes on."""
_FINEST: Final = 0.001
_NORMAL: Final = 1.959963984540054


def log_growth(accuracy: float) -> float:
    """Natural logarithm of the ratio between the ends of a bucket.

    Raises:
        DataError: where the accuracy is out of range.
    """
    if not _FINEST <= accuracy < 1:
        raise DataError(f"accuracy={accuracy}, expected a relative error of {_FINEST} to below 1")
    return log((1 + accuracy) / (1 - accuracy))


@dataclass(frozen=True, slots=True)
class QuantileSketch:
    """How many values fall into each bucket of a logarithmic scale.

    A value x > 0 is in bucket i = ⌈ln x / ln γ⌉ with γ = (1 + α) / (1 − α), and every value of a
    bucket is within the relative error α of the bucket's one representative, 2 γ^i / (γ + 1).
    Negative values mirror the positive ones, values of size up to `TINY` count as zero. A key is
    ± (i + `KEY_OFFSET`), or 0: keys sort as the values do, and an engine that counts rows per key
    has made a sketch. At α = 1 % a thousandfold range takes 346 buckets.

    Attributes:
        counts: key → values, in the order of the keys; none of them zero.
        accuracy: α, the largest relative error of a quantile (beside rounding, 1e-12).

    Raises:
        DataError: where a count is no positive number or the accuracy is out of range.

    References:
        Masson, Rim & Lee (2019), DDSketch: a fast and fully-mergeable quantile sketch with
        relative-error guarantees, PVLDB 12(12), 2195–2205, section 2.
    """

    counts: Mapping[int, int] = field(default_factory=dict)
    accuracy: float = ACCURACY

    def __post_init__(self) -> None:
        log_growth(self.accuracy)
        wrong = [count for count in self.counts.values() if not count > 0]
        if wrong:
            raise DataError(f"a bucket counts {wrong[0]} values, expected one or more")
        ordered = {int(key): int(self.counts[key]) for key in sorted(self.counts)}
        object.__setattr__(self, "counts", ordered)

    @classmethod
    def of(cls, values: ArrayLike, *, accuracy: float = ACCURACY) -> Self:
        """The sketch of numbers.

        Raises:
            DataError: where one is NaN or infinite.
        """
        keys, counts = np.unique(keys_of(values, accuracy=accuracy), return_counts=True)
        found = zip(keys.tolist(), counts.tolist(), strict=True)
        return cls(dict(found), accuracy)

    @classmethod
    def from_json(cls, kept: Mapping[str, object]) -> Self:
        """The sketch that `to_json` made this of.

        Raises:
            DataError: where it is none.
        """
        keys, counts, accuracy = kept.get("keys"), kept.get("counts"), kept.get("accuracy")
        if not (
            isinstance(keys, list)
            and isinstance(counts, list)
            and isinstance(accuracy, float)
            and len(keys) == len(counts)
        ):
            raise DataError(
                f"no sketch: {sorted(kept)}, expected accuracy, and keys and counts of one length"
            )
        return cls({int(k): int(c) for k, c in zip(keys, counts, strict=True)}, accuracy)

    def to_json(self) -> dict[str, object]:
        """The sketch as JSON holds it."""
        return {
            "accuracy": self.accuracy,
            "keys": list(self.counts),
            "counts": list(self.counts.values()),
        }

    @property
    def n(self) -> int:
        """How many values there are."""
        return sum(self.counts.values())

    def __add__(self, other: QuantileSketch) -> QuantileSketch:
        if self.accuracy != other.accuracy:
            raise DataError(
                f"sketches of accuracy {self.accuracy} and {other.accuracy}, expected the same",
                remedy="make both with one accuracy",
            )
        counts = dict(self.counts)
        for key, count in other.counts.items():
            counts[key] = counts.get(key, 0) + count
        return QuantileSketch(counts, self.accuracy)

    def quantile(self, q: float) -> float:
        """The value at rank ⌊1 + q (n − 1)⌋ of the sorted values, within the relative `accuracy`.

        This is the lower of the two order statistics between which other definitions interpolate
        (`method="lower"` of NumPy): a value that occurred, as nearly as the buckets tell.

        Raises:
            DataError: unless 0 ≤ q ≤ 1, and where there are no values.
        """
        if not 0 <= q <= 1:
            raise DataError(f"q={q}, expected a share, 0–1")
        if not self.counts:
            raise DataError("a sketch of no values has no quantiles, expected one value or more")
        keys = np.fromiter(self.counts, dtype=np.int64)
        reached = np.cumsum(np.fromiter(self.counts.values(), dtype=np.int64))
        rank = 1 + floor(q * (int(reached[-1]) - 1))
        return float(values_of(keys, accuracy=self.accuracy)[np.searchsorted(reached, rank)])

    def quantile_error(self, q: float) -> float | None:
        """Standard error of the quantile, None where too few values tell.

        Half the distance between the quantiles one binomial standard error of q above and below:
        free of any assumption of the values' distribution, but no smaller than what the buckets
        resolve, and no larger than the range of the values.

        References:
            Woodruff (1952), Confidence intervals for medians and other position measures, JASA 47.
        """
        n = self.n
        step = sqrt(q * (1 - q) / n) if n else 1.0
        if not step < q < 1 - step:
            return None
        resolved = abs(self.quantile(q)) * self.accuracy / sqrt(3)
        return max((self.quantile(q + step) - self.quantile(q - step)) / 2, resolved)


class GroupedQuantiles(NamedTuple):
    """Of each group, in ascending order: how many values, a quantile, its error or NaN."""

    group: NDArray[np.int64]
    n: NDArray[np.int64]
    value: NDArray[np.float64]
    error: NDArray[np.float64]


def grouped_quantiles(
    group: ArrayLike, keys: ArrayLike, counts: ArrayLike, q: float, *, accuracy: float = ACCURACY
) -> GroupedQuantiles:
    """The quantile of each group from its sketch, of thousands of groups at once, fair to small n.

    The value is interpolated at rank (n + 1/3) q + 1/3: half of all samples lie above it, whatever
    the distribution and the n. `QuantileSketch.quantile`, a value that occurred, lies below that by
    up to a standard error at n = 20, and by less at n = 60: days of fewer rows would seem lower.

    The error is half the width of Woodruff's interval over 1.96, its ends a binomial error of the
    log-odds of q away, NaN where too few values tell. An end beyond the largest (smallest) value
    is one of a tail that goes on as its last `TAIL` values do: of a power, where they are positive,
    else exponential.

    Args:
        group: number of the group that a line belongs to.
        keys: of its bucket; a group's lines each have another.
        counts: of values in it, one or more.
        q: 0–1.
        accuracy: that the keys were made with.

    References:
        Hyndman and Fan (1996), Sample quantiles in statistical packages, The American Statistician
        50 (definition 8).
        Woodruff (1952), Confidence intervals for medians and other position measures, JASA 47.
        Weissman (1978), Estimation of parameters and large quantiles based on the k largest
        observations, JASA 73.
    """
    of, key = np.asarray(group, dtype=np.int64), np.asarray(keys, dtype=np.int64)
    order = np.lexsort((key, of))
    of, key = of[order], key[order]
    reached = np.cumsum(np.asarray(counts, dtype=np.int64)[order])
    groups, first = np.unique(of, return_index=True)
    ends = np.append(first[1:], of.size) - 1
    before = np.concatenate(([0], reached[ends[:-1]])) if of.size else reached
    n = reached[ends] - before if of.size else reached
    ranked = _Ranked(values_of(key, accuracy=accuracy), reached, before, n)
    middle = ranked.at(ranked.place(q))
    step = np.sqrt(q * (1 - q) / n)
    told = (step < q) & (q < 1 - step)
    error = np.full(n.size, np.nan)
    if told.any():
        odds = log(q / (1 - q))
        away = _NORMAL / np.sqrt(n * q * (1 - q))
        above, below = (
            ranked.beyond(ranked.place(1 / (1 + np.exp(-(odds + side * away))))) for side in (1, -1)
        )
        resolved = np.abs(middle) * accuracy / sqrt(3)
        error[told] = np.maximum((above - below) / (2 * _NORMAL), resolved)[told]
    return GroupedQuantiles(groups, n, middle, error)


@dataclass(frozen=True, slots=True)
class _Ranked:
    """Values of groups by rank: group g has `before[g]` + 1 to `before[g]` + `n[g]` of all."""

    value: NDArray[np.float64]
    reached: NDArray[np.int64]
    before: NDArray[np.int64]
    n: NDArray[np.int64]

    def place(self, share: float | NDArray[np.float64]) -> NDArray[np.float64]:
        """The rank of a quantile, with its fraction; it may lie before the first or past n."""
        return np.asarray((self.n + 1 / 3) * share + 1 / 3, dtype=np.float64)

    def at(self, place: NDArray[np.float64]) -> NDArray[np.float64]:
        """The value at a rank, between neighbours by its fraction, ends held."""
        held = np.clip(place, 1, self.n)
        rank = np.floor(held).astype(np.int64)
        low, high = self._of(rank), self._of(np.minimum(rank + 1, self.n))
        found: NDArray[np.float64] = low + (held - rank) * (high - low)
        return found

    def beyond(self, place: NDArray[np.float64]) -> NDArray[np.float64]:
        """The same, past the ends along the tail."""
        found = self.at(place)
        for past, side in ((place - self.n, 1), (1 - place, -1)):
            out = past > 0
            if out.any():
                reach = np.log(2 / 3) - np.log(2 / 3 - np.minimum(past, 0.6))
                found[out] = self._tail(reach, side)[out]
        return found

    def _tail(self, reach: NDArray[np.float64], side: int) -> NDArray[np.float64]:
        """The last value and `reach` times the mean distance of the last ones from the next."""
        last = np.where(side > 0, self.n, 1)
        count = np.maximum(np.minimum(TAIL, self.n - 1), 1)
        ranks = last - side * np.minimum(np.arange(TAIL + 1)[:, None], count)
        values = self._of(np.clip(ranks, 1, self.n))
        positive = (values > 0).all(axis=0)
        scale = np.where(positive, np.log(np.where(positive, values, 1.0)), values)
        mean = (scale - scale[-1]).sum(axis=0) / count
        end = scale[0] + reach * mean
        found: NDArray[np.float64] = np.where(positive, np.exp(np.minimum(end, 700)), end)
        return found

    def _of(self, rank: NDArray[np.int64]) -> NDArray[np.float64]:
        found: NDArray[np.float64] = self.value[np.searchsorted(self.reached, self.before + rank)]
        return found


def keys_of(values: ArrayLike, *, accuracy: float = ACCURACY) -> np.ndarray[tuple[int], np.dtype]:
    """The bucket of each number.

    Raises:
        DataError: where one is NaN or infinite.
    """
    x = np.asarray(values, dtype=float).ravel()
    if not np.isfinite(x).all():
        raise DataError(
            "values hold NaN or infinity, expected finite numbers", remedy="leave them out"
        )
    keys = np.zeros(x.shape, dtype=np.int64)
    some = np.abs(x) > TINY
    buckets = np.ceil(np.log(np.abs(x[some])) / log_growth(accuracy)).astype(np.int64)
    keys[some] = np.sign(x[some]).astype(np.int64) * (buckets + KEY_OFFSET)
    return keys


def values_of(keys: ArrayLike, *, accuracy: float = ACCURACY) -> np.ndarray[tuple[int], np.dtype]:
    """The number that stands for all values of each bucket."""
    given = np.asarray(keys, dtype=np.int64).ravel()
    exponent = (np.abs(given) - KEY_OFFSET) * log_growth(accuracy)
    size = np.exp(np.minimum(exponent + np.log1p(-accuracy), np.log(np.finfo(float).max)))
    return np.where(given == 0, 0.0, np.sign(given) * size)
