"""Which breaks of several metrics are one: did they happen on the same day?"""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from assay.core.errors import DataError
from assay.stats.breaks.find import analysed
from assay.stats.breaks.result import Break, Breaks
from assay.stats.given import numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from assay.stats.breaks.measure import Whereabouts


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """Breaks of different metrics whose intervals all meet.

    Attributes:
        rows: of the metrics, with `breaks` beside them.
        index: the likeliest step, if it was one; `low` … `high` is its interval.
        p_same: probability that it was one step for all, against steps of their own anywhere
            within the reach of each, with even odds beforehand. It takes the noise of the metrics
            for independent.
    """

    rows: tuple[int, ...]
    breaks: tuple[Break, ...]
    index: int
    low: int
    high: int
    p_same: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonBreaks:
    """Each metric's own breaks, and groups of two or more that belong together."""

    each: tuple[Breaks, ...]
    together: tuple[Together, ...]


def common_breaks(
    rows: ArrayLike, *, level: float = 0.95, periods: Sequence[int] | None = None
) -> CommonBreaks:
    """Every metric's breaks, and which of them may have one cause, by their dates.

    Breaks are gathered around the one whose date is surest: of every other metric the surest break
    whose interval meets all that are there already.

    Args:
        rows: metrics by steps, on the same steps; NaN where there is no value.
        level: of the intervals, as in `find_breaks`.
        periods: as in `find_breaks`.

    Raises:
        DataError: where rows are not a table.
    """
    table = numbers(rows, name="rows")
    if table.ndim != 2:
        raise DataError(f"rows have {table.ndim} dimensions, expected metrics by steps")
    answers = [analysed(row, level=level, periods=periods) for row in table]
    waiting = [
        (row, one, where)
        for row, (found, places) in enumerate(answers)
        for one, where in zip(found.breaks, places, strict=True)
    ]
    waiting.sort(key=lambda entry: entry[1].high - entry[1].low)
    groups = []
    while waiting:
        group = [waiting.pop(0)]
        for entry in list(waiting):
            row, one, _ = entry
            low = max(one.low, *(b.low for _, b, _ in group))
            high = min(one.high, *(b.high for _, b, _ in group))
            if low <= high and row not in {r for r, _, _ in group}:
                group.append(entry)
                waiting.remove(entry)
        if len(group) > 1:
            groups.append(_joined(sorted(group, key=lambda entry: entry[0]), level))
    groups.sort(key=lambda group: group.index)
    return CommonBreaks(each=tuple(found for found, _ in answers), together=tuple(groups))


def _joined(group: list[tuple[int, Break, Whereabouts]], level: float) -> Together:
    """The one step that the members of a group point to, and whether it is one."""
    steps = np.unique(np.concatenate([where.places for _, _, where in group]))
    likely = np.zeros(steps.size)
    for _, _, where in group:
        share = np.zeros(steps.size)
        share[np.searchsorted(steps, where.places)] = where.share
        with np.errstate(divide="ignore"):
            likely += np.log(share)
    top = float(likely.max())
    weight = np.exp(likely - top)
    odds = top + log(float(weight.sum())) + (len(group) - 1) * log(steps.size)
    order = np.argsort(-weight)
    enough = 1 + int(np.searchsorted(np.cumsum(weight[order]) / weight.sum(), level))
    kept = steps[order[:enough]]
    return Together(
        rows=tuple(row for row, _, _ in group),
        breaks=tuple(one for _, one, _ in group),
        index=int(steps[int(likely.argmax())]),
        low=int(kept.min()),
        high=int(kept.max()),
        p_same=float(expit(odds)),
    )
