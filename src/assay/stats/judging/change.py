"""How much values changed from one period to the next, who judged held fixed."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtr, stdtrit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """After minus before.

    Attributes:
        low, high, p_value: None where too few clusters vary.
        before_n, after_n: values that count; `clusters`: independent groups behind them.
    """

    value: float
    low: float | None
    high: float | None
    p_value: float | None
    before_n: int
    after_n: int
    clusters: int


def change_within(
    judges: Codes,
    late: NDArray[np.bool_],
    values: Floats,
    clusters: Codes,
    *,
    level: float = 0.95,
) -> Change | None:
    """The mean change within judges, weighted by what each can tell of it.

    A judge who speaks in one period only says nothing: that a strict judge does more of the work
    than before is no change. Values of one cluster count as one voice (clustered errors, Student's
    distribution with one degree less than clusters). None where no judge speaks in both periods.

    Args:
        judges: who judged, as numbers from 0.
        late: whether the value is of the later period.
        values: the judgements.
        clusters: which values may resemble each other, as numbers from 0.
        level: of the interval.
    """
    n = np.bincount(judges)
    after = np.bincount(judges, late)
    both = ((after > 0) & (after < n))[judges]
    if not both.any():
        return None
    judge, x, y = judges[both], late[both].astype(np.float64), values[both]
    group, cluster = np.unique(clusters[both], return_inverse=True)
    n = np.bincount(judge)
    share = np.bincount(judge, x) / np.maximum(n, 1)
    mean = np.bincount(judge, y) / np.maximum(n, 1)
    x_in, y_in = x - share[judge], y - mean[judge]
    size = float(x_in @ x_in)
    value = float(x_in @ y_in) / size
    score = np.bincount(cluster, x_in * (y_in - value * x_in), group.size)
    df = group.size - 1
    low = high = p_value = None
    if df > 0 and (variance := group.size / df * float(score @ score) / size**2) > 0:
        error = sqrt(variance)
        reach = -float(stdtrit(df, (1 - level) / 2)) * error
        low, high = value - reach, value + reach
        p_value = min(1.0, 2 * float(stdtr(df, -abs(value) / error)))
    return Change(
        value=value,
        low=low,
        high=high,
        p_value=p_value,
        before_n=int((x == 0).sum()),
        after_n=int((x == 1).sum()),
        clusters=int(group.size),
    )
