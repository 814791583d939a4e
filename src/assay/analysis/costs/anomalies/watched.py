"""Lines of spend → one row of days for all spend, each label and each pair that weighs enough."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from assay.stats.anomalies.drilling import groups_of

if TYPE_CHECKING:
    from collections.abc import Sequence

Array = NDArray[np.float64]

WEIGHTY: Final = 0.02
"""Share of all spend from which a label is watched by itself."""
WEIGHTY_PAIR: Final = 0.05
"""The same of a pair of labels."""
_SAME: Final = 0.95
"""Share of a label's spend from which a pair is that label."""
NOTHING: Final = ""
"""Stands for what rows do not say."""


@dataclass(frozen=True, slots=True)
class Cells:
    """Spend by combination of labels and day.

    Attributes:
        columns: that labels are of.
        values: of each column, its labels; a cell's code is a place among them.
        codes: cells by columns.
        spend: cells by days.
        days: in order, none left out.
    """

    columns: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]
    codes: NDArray[np.int64]
    spend: Array
    days: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One watched series: the labels it is of (pairs of column and code), its cells, its days."""

    labels: tuple[tuple[int, int], ...]
    cells: NDArray[np.bool_]
    spend: Array


def cells_of(lines: pl.DataFrame, columns: Sequence[str]) -> Cells:
    """Spend of every combination of labels on every day; unknown spend counts for nothing."""
    ends: Any = lines["day"].min(), lines["day"].max()
    days = pl.date_range(*ends, eager=True)
    text = [pl.col(name).cast(pl.String).fill_null(NOTHING) for name in columns]
    sums = (
        lines.group_by("day", *text)
        .agg(pl.col("spent_usd").sum())
        .filter(pl.col("spent_usd") > 0)
        .sort("day", *columns)
    )
    keys = sums.select(columns).unique().sort(columns)
    place = keys.with_row_index("cell")
    placed = sums.join(place, on=list(columns)) if columns else sums.with_columns(cell=pl.lit(0))
    spend = np.zeros((max(1, keys.height), len(days)))
    at = (placed["day"].to_numpy() - np.datetime64(ends[0])).astype(np.int64)
    spend[placed["cell"].to_numpy(), at] = placed["spent_usd"].to_numpy()
    values = tuple(tuple(keys[name].unique().sort()) for name in columns)
    codes = np.zeros((spend.shape[0], len(columns)), dtype=np.int64)
    for i, name in enumerate(columns):
        at_value = {value: j for j, value in enumerate(values[i])}
        codes[: keys.height, i] = [at_value[value] for value in keys[name]]
    return Cells(tuple(columns), values, codes, spend, tuple(days))


def rows_of(cells: Cells) -> tuple[Row, ...]:
    """All spend, then each label and pair that weighs enough and is none of those before it."""
    total = float(cells.spend.sum())
    every = np.ones(cells.spend.shape[0], dtype=bool)
    made = [Row((), every, cells.spend.sum(axis=0))]
    weights = cells.spend.sum(axis=1)
    for size, least in ((1, WEIGHTY), (2, WEIGHTY_PAIR)):
        for columns in combinations(range(len(cells.columns)), size):
            group = groups_of(cells.codes[:, columns])
            sums = np.bincount(group, weights)
            for place in np.flatnonzero((sums >= least * total) & (sums <= _SAME * total)):
                inside = group == place
                if any(_alike(inside, row, weights) for row in made[1:]):
                    continue
                codes = cells.codes[int(np.argmax(inside)), columns]
                labels = tuple((c, int(v)) for c, v in zip(columns, codes, strict=True))
                made.append(Row(labels, inside, cells.spend[inside].sum(axis=0)))
    return tuple(made)


def _alike(inside: NDArray[np.bool_], row: Row, weights: Array) -> bool:
    """Whether a series is nearly another one: most of what is in either is in both."""
    both = float(weights[inside & row.cells].sum())
    larger = max(float(weights[inside].sum()), float(weights[row.cells].sum()))
    return both > _SAME * larger
