"""Whether the shares of names (models, agents …) differ between recent weeks and those before.

A week is one observation: rows of one week depend on each other, weeks hardly do. So the distance
between the two periods is held against that of every other way to choose as many weeks, and the
change of a share has the spread that weeks show.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, islice
from math import comb
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import stdtrit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FEWEST_RECENT: Final = 3
FEWEST_BEFORE: Final = 6
MOST_BEFORE: Final = 12
"""Weeks before that are compared with: older ones are another time."""
MOST_WAYS: Final = 6_000
"""Ways to choose the weeks that are all looked at; of more, an even part."""


@dataclass(frozen=True, slots=True)
class ShareShift:
    """The share of one value, before and in the recent weeks; the interval is of the difference."""

    value: str
    before: float
    after: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class MixShift:
    """How far the shares of one column moved between two groups of weeks.

    Attributes:
        distance: half the sum of all absolute changes: the part of the rows that moved.
        p_value: how often weeks chosen otherwise lie as far apart.
        shifts: of each value, the largest first; intervals hold for all values together.
        reason: why there is no answer, None where there is.
    """

    distance: float | None
    p_value: float | None
    shifts: tuple[ShareShift, ...]
    recent: int
    before: int
    reason: str | None = None


def compare_weeks(
    levels: Sequence[str], counts: Sequence[Sequence[int]], *, recent: int, alpha: float
) -> MixShift:
    """Shares in the last `recent` weeks against those of up to twelve weeks before them.

    Args:
        levels: names of the columns of `counts`.
        counts: rows per week and level, the newest week last; the first may be cut short and is
            left out.
        recent: weeks at the end.
        alpha: one minus the confidence of the intervals, over all levels together.
    """
    table = np.array(counts, dtype=float)[1:] if len(counts) > 1 else np.zeros((0, len(levels)))
    table = table[table.sum(axis=1) > 0][-(recent + MOST_BEFORE) :] if len(table) else table
    before = len(table) - recent
    if len(levels) < 2:
        return MixShift(
            None, None, (), recent, max(0, before), "fewer than two values that may be shown"
        )
    if recent < FEWEST_RECENT or before < FEWEST_BEFORE:
        weeks = "one whole week" if len(table) == 1 else f"{len(table)} whole weeks"
        return MixShift(
            None,
            None,
            (),
            recent,
            max(0, before),
            f"{weeks}, and it takes {FEWEST_RECENT + FEWEST_BEFORE}",
        )
    old, new = _share(table[:before]), _share(table[before:])
    distance = float(np.abs(new - old).sum() / 2)
    shifts = tuple(
        _shift(name, i, table, before, alpha / len(levels)) for i, name in enumerate(levels)
    )
    return MixShift(
        distance,
        _p_value(table, recent, distance),
        tuple(sorted(shifts, key=lambda s: (-abs(s.after - s.before), s.value))),
        recent,
        before,
    )


def _share(weeks: Floats) -> Floats:
    sums = weeks.sum(axis=0)
    shares: Floats = sums / sums.sum()
    return shares


def _shift(name: str, level: int, table: Floats, before: int, alpha: float) -> ShareShift:
    """A ratio of sums over weeks in each period, its error by the delta method, Welch's degrees."""
    parts = [_ratio(table[:before], level), _ratio(table[before:], level)]
    (old, old_var, old_n), (new, new_var, new_n) = parts
    variance = old_var + new_var
    below = old_var**2 / (old_n - 1) + new_var**2 / (new_n - 1)
    degrees = variance**2 / below if below > 0 else float(old_n + new_n - 2)
    reach = float(-stdtrit(degrees, alpha / 2)) * variance**0.5
    change = new - old
    return ShareShift(name, old, new, max(-old, change - reach), min(1.0 - old, change + reach))


def _ratio(weeks: Floats, level: int) -> tuple[float, float, int]:
    rows, whole = weeks[:, level], weeks.sum(axis=1)
    share, n = float(rows.sum() / whole.sum()), len(weeks)
    rest = (rows - share * whole) / whole.mean()
    return share, float(rest @ rest / (n - 1) / n), n


def _p_value(table: Floats, recent: int, distance: float) -> float:
    weeks = len(table)
    ways = comb(weeks, recent)
    step = max(1, -(-ways // MOST_WAYS))
    chosen = np.array(list(islice(combinations(range(weeks), recent), 0, None, step)))
    picked = np.zeros((len(chosen), weeks))
    np.put_along_axis(picked, chosen, 1.0, axis=1)
    new, old = picked @ table, (1.0 - picked) @ table
    new /= new.sum(axis=1, keepdims=True)
    old /= old.sum(axis=1, keepdims=True)
    apart = np.abs(new - old).sum(axis=1) / 2
    return float((1 + (apart >= distance * (1 - 1e-9)).sum()) / (1 + len(apart)))
