"""Quantiles of any number of values from counts per bucket; sketches merge by addition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import floor, log, sqrt
from typing import TYPE_CHECKING, Final, NamedTuple, Self

import numpy as np

from assay.core.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

ACCURACY: Final = 0.01
"""Relative error of a quantile, unless another is asked for."""
TINY: Final = 1e-300
"""Size up to which a value is counted as zero."""
KEY_OFFSET: Final = 2**20
"""Added to a bucket's number, so that keys of positive values are above 0, of negative below."""
_FINEST: Final = 0.001


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
    """What `QuantileSketch` says of the quantile of each group, of thousands of groups at once.

    Args:
        group: number of the group that a line belongs to.
        keys: of its bucket; a group's lines each have another.
        counts: of values in it, one or more.
        q: 0–1.
        accuracy: that the keys were made with.
    """
    of, key = np.asarray(group, dtype=np.int64), np.asarray(keys, dtype=np.int64)
    order = np.lexsort((key, of))
    of, key = of[order], key[order]
    reached = np.cumsum(np.asarray(counts, dtype=np.int64)[order])
    groups, first = np.unique(of, return_index=True)
    ends = np.append(first[1:], of.size) - 1
    before = np.concatenate(([0], reached[ends[:-1]])) if of.size else reached
    n = reached[ends] - before if of.size else reached
    value = values_of(key, accuracy=accuracy)

    def at(share: NDArray[np.float64]) -> NDArray[np.float64]:
        rank = 1 + np.floor(share * (n - 1)).astype(np.int64)
        found: NDArray[np.float64] = value[np.searchsorted(reached, before + rank)]
        return found

    step = np.sqrt(q * (1 - q) / n)
    told = (step < q) & (q < 1 - step)
    middle = at(np.full(n.size, q))
    above, below = (at(np.clip(q + side * step, 0, 1)) for side in (1, -1))
    error = np.maximum((above - below) / 2, np.abs(middle) * accuracy / sqrt(3))
    return GroupedQuantiles(groups, n, middle, np.where(told, error, np.nan))


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
