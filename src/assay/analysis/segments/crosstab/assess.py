"""One value of each name per person → every two-way table, guarded together."""

from __future__ import annotations

from itertools import combinations, product
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from assay.analysis.segments.crosstab.result import (
    CrossCell,
    CrossTable,
    CrosstabResult,
    CrossTotal,
)
from assay.core.errors import ParameterError
from assay.core.finding import Estimate, Finding, observed
from assay.privacy.disclosure import OTHER, merge_small
from assay.privacy.linked_tables import withheld_linked
from assay.stats.association import cramers_v
from assay.stats.level import Level
from assay.stats.multiplicity.corrections import adjusted_p_values
from assay.stats.unequal_ends import score_rate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from assay.privacy.linked_tables import Axes
    from assay.stats.association import Association

MOST: Final = 8
"""Values of a name that are told apart; the rest is (other)."""
_DIGITS: Final = 2
"""Of an association, so that it gives no withheld count away."""


def cross_tabulate(  # noqa: PLR0913  who, by what, and what may be told
    persons: pl.DataFrame,
    names: Sequence[str],
    *,
    person: str = "user_id",
    smallest_cell: int = 10,
    most: int = MOST,
    confidence: float = 0.95,
) -> CrosstabResult:
    """Persons by two or three names: counts, shares of rows, and how strongly they go together.

    Values of fewer than `smallest_cell` persons, and those beyond the `most` frequent, are put
    together as (other), so that totals can be told; what is then still small is withheld, and so
    is as much else as it takes that nothing withheld can be computed from all that is told.

    Args:
        persons: of `features.main_values`: `person`, and one value of each name.
        names: two or three of its columns.
        person: what the persons are called in the data.
        smallest_cell: persons that a number has to be about.
        most: values of a name that are told apart.
        confidence: of the intervals, each by itself.

    Raises:
        DataError: where there are fewer persons than may be told.
        ParameterError: for fewer than two or more than three names, or a `most` below 2.
    """
    if len(names) not in {2, 3} or len(set(names)) != len(names):
        raise ParameterError(f"{len(names)} names, expected two or three different ones")
    if not 2 <= most <= 12:
        raise ParameterError(f"most={most}, expected 2 to 12 values")
    frame, merged = persons, []
    for name in names:
        before = frame[name].n_unique()
        frame = _fewer(frame, name, most, smallest_cell)
        merged.append(before - frame[name].n_unique() + 1 if OTHER in frame[name] else 0)
    values = [_ordered(frame, name) for name in names]
    counts = _counted(frame, names, values)
    hidden = withheld_linked(counts, smallest_cell)
    pairs = list(combinations(range(len(names)), 2))
    every = set(range(len(names)))
    sums = {axes: counts.sum(axis=tuple(every - set(axes))) for axes in pairs}
    found = [cramers_v(sums[axes], confidence=confidence) for axes in pairs]
    adjusted = adjusted_p_values([one.p_value for one in found], "holm")
    tables = tuple(
        _table(counts, hidden, axes, names, values, (one, p), confidence)
        for axes, one, p in zip(pairs, found, adjusted, strict=True)
    )
    return CrosstabResult(
        person=person,
        persons=None if hidden[()] else int(counts.sum()),
        names=tuple(names),
        totals=tuple(
            CrossTotal(
                name=name,
                value=value,
                persons=None
                if hidden[axis,][i]
                else int(counts.sum(axis=tuple(every - {axis}))[i]),
            )
            for axis, name in enumerate(names)
            for i, value in enumerate(values[axis])
        ),
        merged=tuple(merged),
        tables=tables,
        withheld=sum(int(table.sum()) for table in hidden.values()),
        smallest=smallest_cell,
        confidence=confidence,
        findings=tuple(_finding(one, int(counts.sum()), confidence) for one in tables),
    )


def _fewer(frame: pl.DataFrame, name: str, most: int, smallest: int) -> pl.DataFrame:
    """With the most frequent values of a name, the others put together."""
    frame = frame.with_columns(pl.col(name).cast(pl.String))
    sizes = frame.group_by(name).len().sort(["len", name], descending=[True, False])
    if sizes.height > most:
        kept = sizes[name][: most - 1].implode()
        frame = frame.with_columns(
            pl.when(pl.col(name).is_in(kept))
            .then(pl.col(name))
            .otherwise(pl.lit(OTHER))
            .alias(name)
        )
    return merge_small(frame, name, person="person", k=smallest)


def _ordered(frame: pl.DataFrame, name: str) -> list[str]:
    """Values from the most to the least frequent, (other) last."""
    sizes = frame.group_by(name).len().sort(["len", name], descending=[True, False])
    found = sizes[name].to_list()
    return [value for value in found if value != OTHER] + [v for v in found if v == OTHER]


def _counted(
    frame: pl.DataFrame, names: Sequence[str], values: Sequence[list[str]]
) -> NDArray[np.int64]:
    counts = np.zeros([len(one) for one in values], dtype=np.int64)
    for *place, n in frame.group_by(names).len().iter_rows():
        counts[tuple(known.index(v) for known, v in zip(values, place, strict=True))] = n
    return counts


def _table(  # noqa: PLR0913, PLR0917  private: the parts of a table
    counts: NDArray[np.int64],
    hidden: dict[Axes, NDArray[np.bool_]],
    axes: tuple[int, int],
    names: Sequence[str],
    values: Sequence[list[str]],
    tested: tuple[Association, float | None],
    confidence: float,
) -> CrossTable:
    every = set(range(counts.ndim))
    table = counts.sum(axis=tuple(every - set(axes)))
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    first, second = axes
    cells = []
    for i, j in product(range(table.shape[0]), range(table.shape[1])):
        shown = not hidden[axes][i, j]
        told = shown and not hidden[first,][i]
        alike = not hidden[second,][j] and not hidden[()]
        cells.append(
            CrossCell(
                row=values[first][i],
                column=values[second][j],
                persons=int(table[i, j]) if shown else None,
                share=_share(int(table[i, j]), int(rows[i]), confidence) if told else None,
                expected=float(columns[j] / table.sum()) if alike else None,
            )
        )
    one, adjusted = tested
    return CrossTable(
        rows=names[first],
        columns=names[second],
        cells=tuple(cells),
        strength=_rounded(one),
        p=_short(one.p_value),
        adjusted=_short(adjusted),
        df=one.df,
        sparse=one.sparse,
        associated=adjusted is not None and adjusted <= 1 - confidence,
    )


def _share(some: int, whole: int, confidence: float) -> Estimate:
    bound = Level(1 - confidence).bound
    share, low, high = score_rate(some / whole, n=whole, critical=bound)
    return Estimate(value=share, low=min(low, share), high=max(high, share))


def _short(p: float | None) -> float | None:
    """Two digits, as of an association: all of them would be as good as the table itself."""
    return None if p is None else float(f"{p:.{_DIGITS}g}")


def _rounded(one: Association) -> Estimate | None:
    if one.value is None or one.low is None or one.high is None:
        return None
    low, value, high = (round(end, _DIGITS) for end in (one.low, one.value, one.high))
    return Estimate(value=value, low=low, high=high)


def _finding(one: CrossTable, n: int, confidence: float) -> Finding:
    return observed(
        key=f"crosstab/{one.rows}/{one.columns}",
        what=f"{one.rows} and {one.columns}",
        state="associated" if one.associated else "no association seen",
        unit="1",
        size=one.strength,
        n=n,
        confidence=confidence,
        reason="counts are small: the test is rough" if one.sparse else "Cramér's V, bias off",
    )
