"""Which combination of labels holds an excess: the smallest that explains most of it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from assay.core.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


Array = NDArray[np.float64]

MOST: Final = 3
"""Columns that a combination names."""
NEAR: Final = 0.9
"""Share of the best evidence with which a combination of fewer columns is taken instead."""
SPLIT: Final = 1.3
"""How much more two must explain than one."""
_TRIED: Final = 3
_PARTS: Final = 12
_LEAST: Final = 0.01
"""Share of all that is expected, which a combination that was never there is held against."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One combination: `labels` are pairs of column and code, none where it is everything.

    Attributes:
        cells: which cells are in it.
        seen, expected: their sums; the difference is `share` of that of all cells.
    """

    labels: tuple[tuple[int, int], ...]
    cells: NDArray[np.bool_]
    seen: float
    expected: float
    share: float


def holding(
    codes: ArrayLike, seen: ArrayLike, expected: ArrayLike, *, most: int = MOST
) -> tuple[Held, ...]:
    """The combination of labels in which the difference between seen and expected sits, or two.

    Every combination of up to `most` columns is scored by how much likelier what it holds is under
    a factor of its own than under what was expected (the expectation-based Poisson scan statistic:
    s log(s / e) − (s − e)). The score grows with the money explained and falls with everything
    in the combination that is as expected: naming a label that most cells have anyway wins nothing,
    leaving one out that matters loses. Of those that reach `NEAR` of the best score, the one of
    fewest columns is taken, then the one of the best score. Two that have nothing in common are
    told where they score `SPLIT` times as much together: two causes on one day.

    Args:
        codes: cells by columns, whole numbers.
        seen: amount of each cell, from zero on.
        expected: likewise.
        most: columns that are named at most.

    Raises:
        DataError: for shapes that do not agree, or amounts below zero.

    References:
        Neill (2009), Expectation-based scan statistics for monitoring spatial time series data,
        International Journal of Forecasting 25, eq. 2.
        Bhagwan et al. (2014), Adtributor: revenue debugging in advertising systems, NSDI (the
        question: explanatory power, and as few elements as possible).
    """
    labels, s, e = np.asarray(codes, dtype=np.int64), np.asarray(seen), np.asarray(expected)
    if labels.ndim != 2 or s.shape != labels.shape[:1] or e.shape != s.shape or not s.size:
        raise DataError(f"{labels.shape} codes for {s.shape} and {e.shape} amounts")
    if not ((s >= 0).all() and (e >= 0).all()):
        raise DataError("amounts below zero, expected numbers from zero on")
    scan = _Scan.of(labels, s, e, most)
    best = scan.best(np.ones(s.size, dtype=bool))
    split = scan.split(best)
    return tuple(scan.held(one) for one in (split or (best,)))


@dataclass(frozen=True, slots=True)
class _Found:
    """A combination with its score: columns, their codes, and its cells."""

    score: float
    columns: tuple[int, ...]
    codes: tuple[int, ...]
    cells: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Scan:
    """Cells, and which way their sum differs from what was expected."""

    labels: NDArray[np.int64]
    seen: Array
    expected: Array
    floor: float
    more: bool
    most: int

    @classmethod
    def of(cls, labels: NDArray[np.int64], seen: Array, expected: Array, most: int) -> _Scan:
        sums = float(seen.sum()), float(expected.sum())
        size = min(most, labels.shape[1])
        return cls(labels, seen, expected, _LEAST * max(sums), sums[0] >= sums[1], size)

    def all(self, inside: NDArray[np.bool_]) -> list[_Found]:
        """The best combinations of each set of columns, of the cells inside alone."""
        seen, expected = np.where(inside, self.seen, 0.0), np.where(inside, self.expected, 0.0)
        found = []
        for size in range(self.most + 1):
            for columns in combinations(range(self.labels.shape[1]), size):
                group = groups_of(self.labels[:, columns])
                count = int(group.max()) + 1
                inner = np.bincount(group, seen, count).astype(np.float64)
                outer = np.bincount(group, expected, count).astype(np.float64)
                scores = _score(inner, outer, self.floor, more=self.more)
                for place in np.argsort(-scores)[:_TRIED]:
                    cells = (group == place) & inside
                    if cells.any():
                        codes = self.labels[int(np.argmax(cells)), columns]
                        score = float(scores[place])
                        found.append(_Found(score, columns, tuple(map(int, codes)), cells))
        return found

    def best(self, inside: NDArray[np.bool_]) -> _Found:
        """Of those near the best score, the one of fewest columns."""
        return _simplest(self.all(inside))

    def split(self, best: _Found) -> tuple[_Found, ...] | None:
        """Two combinations that explain far more than the best one, which holds both."""
        every = np.ones(self.seen.size, dtype=bool)
        pairs = []
        for one in sorted(self.all(every), key=lambda found: -found.score)[:_PARTS]:
            if one.cells.sum() < self.seen.size:
                other = self.best(~one.cells)
                pairs.append((one.score + other.score, one, other))
        if not pairs:
            return None
        score, one, other = max(pairs, key=lambda pair: pair[0])
        if min(one.score, other.score) <= 0 or score < SPLIT * best.score:
            return None
        near = [found for found in self.all(every) if (found.cells == one.cells).all()]
        return min(near, key=lambda found: len(found.columns)), other

    def held(self, found: _Found) -> Held:
        """What a combination holds."""
        gap = float(self.seen.sum() - self.expected.sum())
        seen = float(self.seen[found.cells].sum())
        expected = float(self.expected[found.cells].sum())
        return Held(
            labels=tuple(zip(found.columns, found.codes, strict=True)),
            cells=found.cells,
            seen=seen,
            expected=expected,
            share=(seen - expected) / gap if gap else 1.0,
        )


def _simplest(found: list[_Found]) -> _Found:
    highest = max(one.score for one in found)
    near = [one for one in found if one.score >= NEAR * highest]
    return min(near, key=lambda one: (len(one.columns), -one.score))


def groups_of(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """The number of each row's combination of codes, from zero on."""
    group = np.zeros(codes.shape[0], dtype=np.int64)
    for column in codes.T:
        _, group = np.unique(group * (int(column.max()) + 1) + column, return_inverse=True)
    return group


def _score(seen: Array, expected: Array, floor: float, *, more: bool) -> Array:
    """Log likelihood ratio of a factor above one (or below), zero on the other side."""
    base = expected + floor
    here = seen + floor
    score = here * np.log(here / base) - (here - base)
    return np.where((here > base) == more, score, 0.0)
