"""Agreement of judges on the same items, with intervals that keep items of one person together."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import stdtrit

from assay.core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

FEWEST: Final = 5
"""Clusters below which no interval is told."""
_TINY: Final = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """One coefficient: 1 is agreement in every item, 0 what chance would bring.

    Attributes:
        value: None where no value differs from another, so that nothing could disagree.
        low, high: None where there are too few clusters, or no disagreement at all.
        items: with two judgements or more; `ratings`: their judgements; `clusters`: groups of items
            that may resemble each other.
    """

    value: float | None
    low: float | None
    high: float | None
    items: int
    ratings: int
    clusters: int


def alpha_of(
    items: ArrayLike,
    values: ArrayLike,
    clusters: ArrayLike,
    *,
    ordinal: bool = False,
    level: float = 0.95,
) -> Agreement:
    """Krippendorff's alpha, for distances between numbers or between ranks.

    Any number of judges, and not every one has to judge every item; items judged once say nothing
    and are left out. A distance of ranks is that between the middles of the values' places among
    all judgements, which makes the ordinal coefficient the interval one of these places. Two values
    need no choice: nominal, ordinal and interval are then the same.

    The interval is a jackknife over clusters on the scale log(1 − alpha); places are kept as they
    are in all judgements.

    Args:
        items: what was judged, one entry per judgement.
        values: the judgements.
        clusters: which group an item belongs to; each item in one.
        ordinal: only the order of values counts.
        level: of the interval.

    Raises:
        DataError: where the lengths differ or a value is not finite.

    References:
        Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, University of Pennsylvania.
    """
    item, y, cluster = _checked(items, values, clusters)
    item = np.unique(item, return_inverse=True)[1]
    shared = np.bincount(item)[item] > 1 if item.size else np.zeros(0, dtype=bool)
    item, y, cluster = item[shared], y[shared], cluster[shared]
    if not y.size:
        return Agreement(value=None, low=None, high=None, items=0, ratings=0, clusters=0)
    item = np.unique(item, return_inverse=True)[1]
    group, cluster = np.unique(cluster, return_inverse=True)
    if ordinal:
        _, place, often = np.unique(y, return_inverse=True, return_counts=True)
        y = (np.cumsum(often) - often / 2)[place]
    y = (y - y.mean()) / (y.std() or 1.0)
    m = np.bincount(item)
    total, squares = np.bincount(item, y), np.bincount(item, y * y)
    apart = m / (m - 1) * np.maximum(squares - total * total / m, 0.0)
    whose = np.zeros(m.size, dtype=np.int64)
    whose[item] = cluster
    parts = (m, total, squares, apart)
    sums = np.stack([np.bincount(whose, part, group.size) for part in parts]).astype(np.float64)

    def ratio(s: Floats) -> Floats:
        n = s[0]
        spread = s[2] - s[1] * s[1] / n
        found: Floats = (n - 1) / n * s[3] / spread
        return found

    return _with_interval(sums, ratio, counts=(int(m.size), int(y.size)), level=level)


def concordance_of(
    first: ArrayLike, second: ArrayLike, clusters: ArrayLike, *, level: float = 0.95
) -> Agreement:
    """Cohen's kappa with quadratic weights of two judges, one pair of judgements per item.

    It is Lin's concordance correlation: it falls both where one judge is stricter and where they
    order items otherwise. No interval assumes normal values: a jackknife over clusters, on the
    scale log(1 − kappa).

    Raises:
        DataError: where the lengths differ or a value is not finite.

    References:
        Fleiss and Cohen (1973), Educational and Psychological Measurement 33, 613–619.
        Lin (1989), Biometrics 45, 255–268.
    """
    _, x, cluster = _checked(np.zeros(np.size(first)), first, clusters)
    _, y, _ = _checked(np.zeros(np.size(second)), second, clusters)
    if not x.size:
        return Agreement(value=None, low=None, high=None, items=0, ratings=0, clusters=0)
    group, cluster = np.unique(cluster, return_inverse=True)
    both = np.concatenate([x, y])
    x, y = x - both.mean(), y - both.mean()
    parts = (np.ones(x.size), x, y, x * x + y * y, (x - y) ** 2)
    sums = np.stack([np.bincount(cluster, part, group.size) for part in parts]).astype(np.float64)

    def ratio(s: Floats) -> Floats:
        n = s[0]
        mean, other = s[1] / n, s[2] / n
        found: Floats = (s[4] / n) / (s[3] / n - mean**2 - other**2 + (mean - other) ** 2)
        return found

    return _with_interval(sums, ratio, counts=(int(x.size), 2 * int(x.size)), level=level)


def _with_interval(
    sums: Floats,
    ratio: Callable[[Floats], Floats],
    *,
    counts: tuple[int, int],
    level: float,
) -> Agreement:
    """One minus a ratio of sums over clusters; each cluster is left out once."""
    items, ratings = counts
    total, clusters = sums.sum(axis=1, keepdims=True), sums.shape[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = float(ratio(total)[0])
        without = ratio(total - sums) if clusters > 1 else np.array([np.nan])
    value = 1 - apart if np.isfinite(apart) else None
    low = high = None
    certain = value is None or apart <= _TINY
    if not certain and clusters >= FEWEST and bool((without > _TINY).all()):
        logs = np.log(without)
        error = sqrt((clusters - 1) / clusters * float(((logs - logs.mean()) ** 2).sum()))
        reach = -float(stdtrit(clusters - 1, (1 - level) / 2)) * error
        low, high = 1 - exp(log(apart) + reach), 1 - exp(log(apart) - reach)
    return Agreement(
        value=value, low=low, high=high, items=items, ratings=ratings, clusters=clusters
    )


def _checked(
    items: ArrayLike, values: ArrayLike, clusters: ArrayLike
) -> tuple[NDArray[np.generic], Floats, NDArray[np.generic]]:
    item, y, cluster = np.asarray(items), np.asarray(values, dtype=np.float64), np.asarray(clusters)
    if not item.shape == y.shape == cluster.shape or y.ndim != 1:
        raise DataError(
            f"{item.size} items, {y.size} values, {cluster.size} clusters, expected one of each "
            "per judgement"
        )
    if not np.isfinite(y).all():
        raise DataError(
            f"{int((~np.isfinite(y)).sum())} judgements are not finite, expected numbers",
            remedy="leave out what was not judged",
        )
    return item, y, cluster
