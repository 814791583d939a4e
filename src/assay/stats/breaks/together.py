"""Which breaks of several metrics are one: did they happen on the same day?"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, log
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import expit

from assay.core.errors import DataError
from assay.stats.breaks.find import analysed
from assay.stats.breaks.result import Break, Breaks
from assay.stats.given import numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from assay.stats.breaks.measure import Whereabouts

    Floats = NDArray[np.float64]
    Steps = NDArray[np.intp]


_ENOUGH: Final = 3.0


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
    pairs = [tuple(zip(found.breaks, places, strict=True)) for found, places in answers]
    return CommonBreaks(
        each=tuple(found for found, _ in answers), together=joined_breaks(pairs, level=level)
    )


def joined_breaks(
    rows: Sequence[Sequence[tuple[Break, Whereabouts]]], *, level: float = 0.95
) -> tuple[Together, ...]:
    """Which breaks of several metrics are one, where each metric has been analysed already.

    A break joins a group only where that makes one step for all three times likelier: one whose
    date is hardly known meets many others and belongs to none.

    Args:
        rows: of each metric its breaks, each with how likely it was at which step, on steps that
            all metrics share.
        level: of the interval of a group's step.
    """
    waiting = [(row, one, where) for row, pairs in enumerate(rows) for one, where in pairs]
    waiting.sort(key=lambda entry: entry[1].high - entry[1].low)
    groups = []
    while waiting:
        group = [waiting.pop(0)]
        for entry in list(waiting):
            row, one, _ = entry
            low = max(one.low, *(b.low for _, b, _ in group))
            high = min(one.high, *(b.high for _, b, _ in group))
            if low > high or row in {r for r, _, _ in group}:
                continue
            if _likelier(group, entry[2]) > _ENOUGH:
                group.append(entry)
                waiting.remove(entry)
        if len(group) > 1:
            groups.append(_joined(sorted(group, key=lambda entry: entry[0]), level))
    return tuple(sorted(groups, key=lambda group: group.index))


def _likelier(group: list[tuple[int, Break, Whereabouts]], where: Whereabouts) -> float:
    """How many times likelier a break is where the group is than anywhere within its own reach."""
    steps, weight, _ = _pooled(group)
    both, of_group, of_one = np.intersect1d(steps, where.places, return_indices=True)
    if not both.size:
        return 0.0
    meeting = float(weight[of_group] @ where.share[of_one]) / float(weight.sum())
    return meeting * where.places.size


def _pooled(group: list[tuple[int, Break, Whereabouts]]) -> tuple[Steps, Floats, float]:
    """The steps that members may be at, their weights if it was one, and its log odds."""
    steps = np.unique(np.concatenate([where.places for _, _, where in group]))
    likely = np.zeros(steps.size)
    for _, _, where in group:
        share = np.zeros(steps.size)
        share[np.searchsorted(steps, where.places)] = where.share
        with np.errstate(divide="ignore"):
            likely += np.log(share)
    top = float(likely.max())
    if top == -inf:
        return steps, np.ones(steps.size), -inf
    weight = np.exp(likely - top)
    return steps, weight, top + log(float(weight.sum())) + (len(group) - 1) * log(steps.size)


def _joined(group: list[tuple[int, Break, Whereabouts]], level: float) -> Together:
    """The one step that the members of a group point to, and whether it is one."""
    steps, weight, odds = _pooled(group)
    order = np.argsort(-weight)
    enough = 1 + int(np.searchsorted(np.cumsum(weight[order]) / weight.sum(), level))
    kept = steps[order[:enough]]
    return Together(
        rows=tuple(row for row, _, _ in group),
        breaks=tuple(one for _, one, _ in group),
        index=int(steps[int(weight.argmax())]),
        low=int(kept.min()),
        high=int(kept.max()),
        p_same=float(expit(odds)),
    )
