"""Which cells of the triangle of starts and ages may be told, beside shares over all starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.stats.lifetimes import Retention

    Flags = NDArray[np.bool_]
    Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is told of the triangle.

    Attributes:
        rows: starts, as rows of the counts; oldest first.
        withheld: by start and age: over, and not told.
        unsafe, unsafe_mature: ages whose share over all, over mature starts would give a cell away.
    """

    rows: tuple[int, ...]
    withheld: Flags
    unsafe: frozenset[int]
    unsafe_mature: frozenset[int]


def few(active: Whole, of: Whole, k: int) -> Flags:
    """Whether fewer than k persons were active, or were not; nobody and everybody may be told."""
    rest = of - active
    found: Flags = ((active > 0) & (active < k)) | ((rest > 0) & (rest < k))
    return found


def told_steps(events: Whole, at_risk: Whole, k: int) -> tuple[int, ...]:
    """Steps of a curve of lapses that may be told, the others being left out.

    Between two told steps, before the first and after the last, k or more lapsed (or nobody did),
    so that from no two told shares the lapses of fewer follow; and k or more were left.
    """
    told, since = [], 0
    for step, (lapsed, watched) in enumerate(zip(events.tolist(), at_risk.tolist(), strict=True)):
        since += lapsed
        left = watched - lapsed
        if since >= k and (left >= k or left == 0):
            told.append(step)
            since = 0
    while told and 0 < since < k:
        begin = told[-2] + 1 if len(told) > 1 else 0
        since += int(events[begin : told.pop() + 1].sum())
    return tuple(told)


def cells_of(  # noqa: PLR0913  counts, which are told, which make up the shares over all
    given: Retention, *, told: Flags, counted: Flags, newest: int, mature: int, k: int
) -> Told:
    """Withholds cells until none can be told to within k persons from what is published.

    Published are all other cells, sizes of starts, and at each age the shares over the starts that
    count and over the mature ones of them, hence also over those which are not mature.
    """
    rows = np.flatnonzero(told & (given.size > 0))[-newest:]
    shown = np.zeros(given.closed.shape, dtype=bool)
    shown[rows] = given.closed[rows]
    gone = shown & few(given.active, given.size[:, None], k)
    ages = given.closed.shape[1]
    old = np.zeros(told.size, dtype=bool)
    if ages > mature:
        old = counted & given.closed[:, : mature + 1].all(axis=1)
    unsafe, unsafe_mature = set(), set()
    for age in range(1, ages):
        mine = counted & given.closed[:, age]
        parts = [mine & old, mine & ~old] if age <= mature and old.any() else [mine]
        if len(parts) > 1 and not all(_guard(given, gone, shown, part, age, k) for part in parts):
            unsafe_mature.add(age)
            parts = [mine]
        if len(parts) == 1 and not _guard(given, gone, shown, mine, age, k):
            unsafe.add(age)
    return Told(
        rows=tuple(int(row) for row in rows),
        withheld=gone,
        unsafe=frozenset(unsafe),
        unsafe_mature=frozenset(unsafe_mature),
    )


def _guard(  # noqa: PLR0913, PLR0917  counts, what is withheld, of which starts at which age
    given: Retention, gone: Flags, shown: Flags, part: Flags, age: int, k: int
) -> bool:
    """Withholds more cells of one age until the sum over `part` gives none away; whether it can.

    Cells of starts that are not shown are unknown as well, and hide those that are withheld.
    """
    if not (gone[:, age] & part).any():
        return True
    while True:
        unknown = part & (gone[:, age] | ~shown[:, age])
        least = gone[unknown, age].astype(np.int64)  # what is withheld is neither 0 nor everybody
        if _safe(given.active[unknown, age], least, given.size[unknown] - least, k):
            return True
        inside = (given.active[:, age] > 0) & (given.active[:, age] < given.size)
        left = np.flatnonzero(part & ~unknown & inside)
        if not left.size:
            return False
        active, rest = given.active[left, age], given.size[left] - given.active[left, age]
        gone[left[np.argmin(np.minimum(active, rest))], age] = True


def _safe(active: Whole, least: Whole, most: Whole, k: int) -> bool:
    """Whether no addend can be told to within k, or its own range, from the sum of all."""
    whole = int(active.sum())
    high = np.minimum(most, whole - (least.sum() - least))
    low = np.maximum(least, whole - (most.sum() - most))
    return bool((high - low >= np.minimum(k, most - least)).all())
