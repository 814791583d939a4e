"""Since when a judge has judged by another standard, seen against who judged the same items."""

from __future__ import annotations

from dataclasses import dataclass
from math import log, sqrt
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import stdtrit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Codes = NDArray[np.int64]

LEAST: Final = 10
"""Shared items on either side of a day that may be the first of another standard."""
_TINY: Final = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Onset:
    """The first day of the other standard, and between which days it lies.

    Attributes:
        size: after minus before, with ends; None where nothing varies beside the step.
    """

    day: int
    first: int
    last: int
    size: float
    size_low: float | None
    size_high: float | None


def onset_of(  # noqa: PLR0913, PLR0917  one row per judgement, in columns, and who is looked at
    items: Codes,
    judges: Codes,
    days: Codes,
    values: Floats,
    clusters: Codes,
    judge: int,
    others: Sequence[int],
    level: float = 0.95,
) -> Onset | None:
    """The day from which on a judge differs from others by another amount than before.

    The judge's value less the mean of the others on the same item is taken as the others'
    leniency, one number each, and a single step. The day is that of least squares; its interval
    are the days whose likelihood ratio, allowing for clusters, is within the level's reach
    (Hansen's limit −2 log(1 − √level)). Where a standard slid for weeks, the day is about the
    middle.

    Args:
        items: what was judged, as numbers from 0.
        judges: who judged.
        days: on which day, as numbers.
        values: the judgements.
        clusters: which items may resemble each other.
        judge: who moved.
        others: who stayed.
        level: of the intervals.

    Returns:
        None where fewer than twice `LEAST` items are shared with the others.

    References:
        Hansen (2000), Sample splitting and threshold estimation, Econometrica 68, theorem 1.
    """
    apart = _apart(items, judges, days, values, clusters, judge, others)
    if apart is None:
        return None
    day, y, cluster, held = apart
    order = np.argsort(day, kind="stable")
    day, y, cluster, held = day[order], y[order], cluster[order], held[order]
    base = _orthonormal(held)
    y -= base @ (base.T @ y)
    starts = np.unique(day, return_index=True)[1]
    starts = starts[(starts >= LEAST) & (starts <= y.size - LEAST)]
    if not starts.size:
        return None
    tail = np.cumsum(y[::-1])[::-1][starts]
    along = np.cumsum(base[::-1], axis=0)[::-1][starts]
    length = (y.size - starts) - (along**2).sum(axis=1)
    usable = length > _TINY * y.size
    if not usable.any():
        return None
    starts, tail, length, along = starts[usable], tail[usable], length[usable], along[usable]
    explained = tail**2 / length
    best = int(np.argmax(explained))
    size = float(tail[best] / length[best])
    step = np.zeros(y.size)
    step[starts[best] :] = 1.0
    step -= base @ along[best]
    rest = y - size * step
    group, code = np.unique(cluster, return_inverse=True)
    score = np.bincount(code, step * rest, group.size)
    naive = float(rest @ rest) / max(1, y.size - base.shape[1] - 2)
    robust = group.size / max(1, group.size - 1) * float(score @ score) / float(length[best])
    noise = max(naive, robust)
    if noise <= _TINY:
        only = int(day[starts[best]])
        return Onset(day=only, first=only, last=only, size=size, size_low=None, size_high=None)
    likely = starts[(explained[best] - explained) / noise <= -2 * log(1 - sqrt(level))]
    reach = -float(stdtrit(max(1, group.size - 1), (1 - level) / 2))
    reach *= sqrt(noise / float(length[best]))
    return Onset(
        day=int(day[starts[best]]),
        first=int(day[likely[0]]),
        last=int(day[likely[-1]]),
        size=size,
        size_low=size - reach,
        size_high=size + reach,
    )


def _apart(  # noqa: PLR0913, PLR0917  as above
    items: Codes,
    judges: Codes,
    days: Codes,
    values: Floats,
    clusters: Codes,
    judge: int,
    others: Sequence[int],
) -> tuple[Codes, Floats, Codes, Floats] | None:
    """Per item: day, the judge less the others, cluster, and the share of each other in it."""
    mine, theirs = judges == judge, np.isin(judges, np.asarray(others, dtype=np.int64))
    n = int(items.max()) + 1 if items.size else 0
    count, against = np.bincount(items[mine], minlength=n), np.bincount(items[theirs], minlength=n)
    shared = np.flatnonzero((count > 0) & (against > 0))
    if shared.size < 2 * LEAST:
        return None
    own = np.bincount(items[mine], values[mine], n)[shared] / count[shared]
    other = np.bincount(items[theirs], values[theirs], n)[shared] / against[shared]
    when, whose = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    when[items[mine]], whose[items[mine]] = days[mine], clusters[mine]
    held = np.zeros((n, len(others)))
    for column, one in enumerate(others):
        held[:, column] = np.bincount(items[judges == one], minlength=n)
    return when[shared], own - other, whose[shared], held[shared] / against[shared, None]


def _orthonormal(columns: Floats) -> Floats:
    """A basis of a constant and the columns, those left out that say nothing new."""
    u, s, _ = np.linalg.svd(
        np.column_stack([np.ones(columns.shape[0]), columns]), full_matrices=False
    )
    found: Floats = u[:, s > 1e-9 * s[0]]
    return found
