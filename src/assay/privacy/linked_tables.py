"""Several tables of the same persons: what may be told of all of them at once."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from assay.core.errors import ParameterError

Bools = NDArray[np.bool_]
Counts = NDArray[np.int64]
Axes = tuple[int, ...]
Number = tuple[Axes, tuple[int, ...]]
"""One published number: the axes that are not summed over, and the place along them."""

_TOLERANCE: Final = 1e-6
_MOST_CELLS: Final = 2_000
"""Cells from which on what can be deduced would take too long to find out."""


def withheld_linked(counts: Counts, k: int) -> dict[Axes, Bools]:
    """Which numbers are not published of all two-way tables, their margins and the total.

    Whoever knows every published number of all tables, that a withheld one is at least 1, and that
    all are of the same persons, can narrow no withheld number down to a range shorter than k. The
    finest cells, which are not published for three axes, are what the tables are summed from: of
    two axes the ranges are exact; of three they are those of linear programming, within which whole
    numbers may not reach both ends.

    Args:
        counts: persons by two or three names, each person in one cell.
        k: smallest number of persons that may be told.

    Returns:
        For each published table, by the axes that it keeps (two, one, or none for the total), what
        is withheld.

    References:
        Fischetti & Salazar-González (2000), JASA 95 (ranges by linear programming); Dobra &
        Fienberg (2000), PNAS 97, 11885-11892 (cells given several margins).

    Raises:
        ParameterError: for other than two or three axes, too many cells, or a k below 1.
    """
    if counts.ndim not in {2, 3} or counts.size > _MOST_CELLS:
        raise ParameterError(
            f"tables over {counts.shape} cannot be guarded, expected two or three names and at "
            f"most {_MOST_CELLS:,} cells"
        )
    if not k >= 1:
        raise ParameterError(f"k is {k}, expected 1 or more persons")
    tables = _Linked.of(counts, k)
    tables.complete()
    return tables.hidden


@dataclass(slots=True, eq=False)
class _Linked:
    """All published tables, and what of them is withheld so far."""

    k: int
    shown: dict[Axes, Counts]
    hidden: dict[Axes, Bools]
    cells: Counts
    places: NDArray[np.intp]

    @classmethod
    def of(cls, counts: Counts, k: int) -> _Linked:
        kept = [axes for size in (2, 1, 0) for axes in combinations(range(counts.ndim), size)]
        every = set(range(counts.ndim))
        shown = {
            axes: np.asarray(counts.sum(axis=tuple(sorted(every - set(axes))))) for axes in kept
        }
        hidden = {axes: (table > 0) & (table < k) for axes, table in shown.items()}
        possible = np.ones(counts.shape, dtype=np.bool_)
        for axes, table in shown.items():  # a published zero empties all that it is the sum of
            gone = tuple(sorted(every - set(axes)))
            possible &= np.expand_dims(table > 0, gone)
        return cls(k, shown, hidden, counts, np.argwhere(possible))

    def complete(self) -> None:
        safe: set[Number] = set()
        while unsafe := next((one for one in self._withheld() if one not in safe), None):
            if self._is_safe(unsafe):
                safe.add(unsafe)
            else:
                self._widen(unsafe)

    def _withheld(self) -> list[Number]:
        found = [
            (axes, tuple(int(i) for i in place))
            for axes, table in self.hidden.items()
            for place in np.argwhere(table)
        ]
        return sorted(found, key=lambda one: (int(self.shown[one[0]][one[1]]), one))

    def _is_safe(self, number: Number) -> bool:
        low, high = self.range_of(number)
        return high - low >= self.k - _TOLERANCE

    def range_of(self, number: Number) -> tuple[float, float]:
        """The least and the most that a withheld number can be."""
        from scipy.optimize import linprog  # noqa: PLC0415  costs 0.2 s; only where needed

        equal, values, least = [], [], []
        for axes, table in self.shown.items():
            for place in product(*(range(size) for size in table.shape)):
                row = self._sum(axes, place)
                if not row.any():
                    continue
                if self.hidden[axes][place]:
                    least.append(-row)
                else:
                    equal.append(row)
                    values.append(float(table[place]))
        goal = self._sum(*number)
        ends = []
        for sign in (1, -1):
            found = linprog(
                sign * goal,
                A_ub=np.array(least) if least else None,
                b_ub=-np.ones(len(least)) if least else None,
                A_eq=np.array(equal) if equal else None,
                b_eq=np.array(values) if values else None,
                bounds=(0, None),
            )
            ends.append(sign * (float(found.fun or 0) if found.status == 0 else -np.inf))
        return ends[0], ends[1]

    def _sum(self, axes: Axes, place: tuple[int, ...]) -> NDArray[np.float64]:
        """Which of the possible cells a number is the sum of."""
        if not axes:
            return np.ones(len(self.places))
        same = (self.places[:, list(axes)] == np.array(place)).all(axis=1)
        return np.asarray(same, dtype=np.float64)

    def _widen(self, number: Number) -> None:
        """Withhold the corners of the cheapest rectangle on a cell; of what has none, one more."""
        axes, (*place,) = number
        corners = self._rectangle(axes, (place[0], place[1])) if len(axes) == 2 else []
        for other, where in corners or [self._next(axes)]:
            self.hidden[other][where] = True

    def _rectangle(self, axes: Axes, place: tuple[int, int]) -> list[Number]:
        table, gone = self.shown[axes], self.hidden[axes]
        i, j = place
        best: tuple[int, list[Number]] | None = None
        for row, column in product(range(table.shape[0]), range(table.shape[1])):
            corners = [(i, column), (row, j), (row, column)]
            if row == i or column == j or not all(table[corner] > 0 for corner in corners):
                continue
            new: list[Number] = [(axes, corner) for corner in corners if not gone[corner]]
            cost = sum(int(table[corner]) for _, corner in new)
            if new and (best is None or (cost, new) < best):
                best = cost, new
        return best[1] if best else []

    def _next(self, axes: Axes) -> Number:
        """The smallest number of the same table, or else of any other, totals last."""
        open_ = [
            (other, tuple(int(i) for i in where))
            for other, table in self.shown.items()
            for where in np.argwhere((table > 0) & ~self.hidden[other])
        ]
        return min(
            open_,
            key=lambda one: (one[0] != axes, -len(one[0]), int(self.shown[one[0]][one[1]]), one),
        )
