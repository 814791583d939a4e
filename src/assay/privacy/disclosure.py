"""What may leave: groups of at least k persons, and tables whose totals give no small cell away."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from assay.core.errors import DataError, ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

K: Final = 10
OTHER: Final = "(other)"
TOTAL: Final = "(total)"
_TOLERANCE: Final = 1e-6

Cell = tuple[int, int]


def merge_small(
    rows: pl.DataFrame, by: str, *, person: str, k: int = K, other: str = OTHER
) -> pl.DataFrame:
    """The rows, with groups of fewer than k persons named `(other)`.

    Where the small ones together still have fewer than k persons, the next smallest groups join
    them, so that every group that is left counts at least k different persons. A group is taken by
    number of persons, then by name. Rows without a person count none; rows without a group are a
    group as well.

    Raises:
        DataError: where all rows together have fewer than k persons: nothing may be published.
        ParameterError: where k is below 1.
    """
    _check_k(k)
    everyone = rows[person].drop_nulls().n_unique()
    if everyone < k:
        raise DataError(
            f"the data have {everyone} persons, expected at least k = {k} in anything published",
            remedy="take a longer period or more groups, or lower privacy.k in the settings",
        )
    sizes = (
        rows.group_by(by)
        .agg(persons=pl.col(person).drop_nulls().n_unique())
        .sort("persons", pl.col(by).cast(pl.String), nulls_last=True)
    )
    small = int((sizes["persons"] < k).sum())
    if not small:
        return rows
    while True:
        merged = pl.col(by).is_in(sizes[by][:small].implode(), nulls_equal=True)
        if rows.filter(merged)[person].drop_nulls().n_unique() >= k:
            break
        small += 1
    named = pl.when(merged).then(pl.lit(other)).otherwise(pl.col(by).cast(pl.String))
    return rows.with_columns(named.alias(by))


@dataclass(frozen=True, slots=True, eq=False)
class Withheld:
    """Which numbers of a table are not published, in the shape of the table and its totals."""

    cells: NDArray[np.bool_]
    row_totals: NDArray[np.bool_]
    column_totals: NDArray[np.bool_]
    total: bool


def suppress(
    table: pl.DataFrame,
    by: Sequence[str],
    *,
    persons: str,
    values: Sequence[str] = (),
    k: int = K,
) -> pl.DataFrame:
    """A table of one or two ways with its totals, without what must not be told.

    Args:
        table: one row per cell; cells that are absent are empty.
        by: one or two columns that name the cell.
        persons: column with the number of persons of the cell; each person is in one cell.
        values: columns of sums that are withheld with it; their totals are published as well.
        k: smallest number of persons that may be told.

    Returns:
        One row per cell and per total (named `(total)`), `persons` and `values` null where they
        are withheld, and `suppressed`, which tells so.

    Raises:
        ParameterError: for more than two ways, or a k below 1.
        DataError: where a count is missing or negative, or a cell comes twice.
    """
    if len(by) not in {1, 2}:
        raise ParameterError(f"a table of {len(by)} ways cannot be guarded, expected 1 or 2")
    counts = table[persons]
    if counts.null_count() or not (counts >= 0).all():
        raise DataError(f"{persons} has missing or negative counts, expected 0 or more persons")
    if table.select(by).is_duplicated().any():
        raise DataError(f"{' × '.join(by)} names a cell twice", remedy="sum the cells first")
    names = [table[column].unique(maintain_order=True).to_list() for column in by]
    grid = np.zeros([len(known) for known in names], dtype=np.int64)
    places = [
        [known.index(value) for value in table[column].to_list()]
        for column, known in zip(by, names, strict=True)
    ]
    grid[tuple(places)] = counts.to_numpy()
    hidden = withheld(grid, k)
    keys = pl.DataFrame(
        [
            tuple(
                known[i] if i < len(known) else TOTAL for i, known in zip(cell, names, strict=True)
            )
            for cell in np.ndindex(*[len(known) + 1 for known in names])
        ],
        schema=dict.fromkeys(by, pl.String),
        orient="row",
    ).with_columns(suppressed=pl.Series(_with_totals(hidden).ravel()))
    text = table.with_columns(pl.col(by).cast(pl.String)).select(*by, persons, *values)
    sums = [text, *_totals(text, by)]
    kept = pl.when(~pl.col("suppressed")).then(pl.col(persons, *values).fill_null(0))
    return keys.join(
        pl.concat(sums), on=by, how="left", nulls_equal=True, maintain_order="left"
    ).select(*by, kept, "suppressed")


def withheld(counts: NDArray[np.int64], k: int = K) -> Withheld:
    """Which cells and totals of a table of one or two ways are not published.

    First every number from 1 to k − 1, totals as well; then further ones, few persons first,
    until this holds: whoever knows all that is published, and that a withheld number is at least 1
    (empty cells are published as 0), can narrow no withheld number down to a range shorter than k.
    So none can be deduced, and nor can a sum over withheld cells of a row or column be below k.

    The bounds are those of linear programming over the table's sums; they are attained by whole
    numbers, since the sums form a network. With a total withheld, a range may have no upper end.

    References:
        Fischetti & Salazar-González (2000), Models and algorithms for optimizing cell suppression
        in tabular data with linear constraints, JASA 95.

    Raises:
        ParameterError: for more than two ways, or a k below 1.
    """
    _check_k(k)
    if counts.ndim == 1:
        return _one_way(counts, k)
    if counts.ndim != 2:
        raise ParameterError(f"a table of {counts.ndim} ways cannot be guarded, expected 1 or 2")
    guarded = _Guarded(counts, k)
    guarded.complete()
    hidden = guarded.hidden
    return Withheld(hidden[:-1, :-1], hidden[:-1, -1], hidden[-1, :-1], bool(hidden[-1, -1]))


def _one_way(counts: NDArray[np.int64], k: int) -> Withheld:
    hidden = (counts > 0) & (counts < k)
    for place in np.argsort(counts, kind="stable"):
        width = int(counts[hidden].sum()) - int(hidden.sum())
        if not hidden.any() or (hidden.sum() > 1 and width >= k):
            break
        hidden[place] |= counts[place] > 0
    width = int(counts[hidden].sum()) - int(hidden.sum())
    total = bool(hidden.any()) and not (hidden.sum() > 1 and width >= k)
    none = np.zeros(0, dtype=np.bool_)
    return Withheld(hidden, none, none, total)


class _Guarded:
    """A table with its totals as a last row and column, and what of it is withheld so far."""

    def __init__(self, counts: NDArray[np.int64], k: int) -> None:
        self.k = k
        down = np.vstack([counts, counts.sum(axis=0)])
        self.table = np.hstack([down, down.sum(axis=1, keepdims=True)])
        self.hidden = (self.table > 0) & (self.table < k)

    def complete(self) -> None:
        """Withhold more until every withheld number is safe; a safe one stays safe."""
        safe: set[Cell] = set()
        while unsafe := next((c for c in self._withheld() if c not in safe), None):
            if self._is_safe(unsafe):
                safe.add(unsafe)
            else:
                self._widen(unsafe)

    def _withheld(self) -> list[Cell]:
        found = [(int(i), int(j)) for i, j in np.argwhere(self.hidden)]
        return sorted(found, key=lambda cell: (self.table[cell], cell))

    def _is_safe(self, cell: Cell) -> bool:
        low, high = feasible(self.table, self.hidden, cell)
        return high - low >= self.k - _TOLERANCE

    def _widen(self, cell: Cell) -> None:
        """Withhold the corners of the cheapest rectangle on this cell, or else one number more."""
        best: tuple[int, list[Cell]] | None = None
        i, j = cell
        rows, columns = (np.flatnonzero(line > 0) for line in (self.table[:, j], self.table[i]))
        for row, column in product(rows[rows != i], columns[columns != j]):
            corners = [(i, int(column)), (int(row), j), (int(row), int(column))]
            new = [corner for corner in corners if not self.hidden[corner]]
            if new and self.table[corners[2]] > 0:
                cost = sum(int(self.table[corner]) for corner in new)
                if best is None or (cost, new) < best:
                    best = cost, new
        for corner in best[1] if best else self._smallest_shown(cell):
            self.hidden[corner] = True

    def _smallest_shown(self, cell: Cell) -> list[Cell]:
        shown = [(int(i), int(j)) for i, j in np.argwhere(~self.hidden & (self.table > 0))]
        near = [other for other in shown if other[0] == cell[0] or other[1] == cell[1]]
        return [min(near or shown, key=lambda other: (self.table[other], other))]


def feasible(
    table: NDArray[np.int64], hidden: NDArray[np.bool_], cell: Cell
) -> tuple[float, float]:
    """The least and the most that a withheld number can be, by all that is published.

    Args:
        table: with totals as last row and last column.
        hidden: of the same shape: what is withheld; each such number is known to be at least 1.
        cell: a withheld one.
    """
    from scipy.optimize import linprog  # noqa: PLC0415  costs 0.2 s; only where tables are guarded

    cells = [(int(i), int(j)) for i, j in np.argwhere(hidden)]
    place = {found: number for number, found in enumerate(cells)}
    lines = [*_lines(table.shape[0], table.shape[1])]
    sums, rest = [], []
    for line in lines:
        total = line[-1]
        coefficients, known = np.zeros(len(cells)), 0.0
        for number in line:
            sign = -1 if number == total else 1
            if hidden[number]:
                coefficients[place[number]] = sign
            else:
                known -= sign * float(table[number])
        if coefficients.any():
            sums.append(coefficients)
            rest.append(known)
    bounds = []
    for sign in (1, -1):
        goal = np.zeros(len(cells))
        goal[place[cell]] = sign
        found = linprog(goal, A_eq=np.array(sums), b_eq=np.array(rest), bounds=(1, None))
        bounds.append(sign * (float(found.fun or 0) if found.status == 0 else -np.inf))
    return bounds[0], bounds[1]


def _lines(rows: int, columns: int) -> Iterable[list[Cell]]:
    """Numbers that add up to the last one of them."""
    for i in range(rows):
        yield [(i, j) for j in range(columns)]
    for j in range(columns):
        yield [(i, j) for i in range(rows)]


def _totals(text: pl.DataFrame, by: Sequence[str]) -> list[pl.DataFrame]:
    """Sums over each way and over all, in the columns of the table."""
    named = [
        text.with_columns(pl.lit(TOTAL).alias(column) for column in gone)
        for gone in ([[by[0]]] if len(by) == 1 else [[by[0]], [by[1]], list(by)])
    ]
    numbers = pl.exclude(by).sum()
    return [
        frame.group_by(by, maintain_order=True).agg(numbers).select(text.columns).cast(text.schema)
        for frame in named
    ]


def _with_totals(hidden: Withheld) -> NDArray[np.bool_]:
    if hidden.cells.ndim == 1:
        return np.append(hidden.cells, hidden.total)
    right = np.append(hidden.row_totals, hidden.total)[:, None]
    return np.hstack([np.vstack([hidden.cells, hidden.column_totals]), right])


def _check_k(k: int) -> None:
    if not k >= 1:
        raise ParameterError(f"k is {k}, expected 1 or more persons")
