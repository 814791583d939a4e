"""Lines of attempts → arrays of items by configurations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    Floats = NDArray[np.float64]

NONE: Final = "(none)"
_NAME: Final = " · "


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Items (rows, sorted by cluster) by configurations (columns); NaN where not tried.

    Attributes:
        names, values: of the configurations.
        items: their names; `starts`: rows at which clusters begin.
        success, cost: means over an item's attempts of known outcome, of known cost.
        both_success, both_cost: the same over attempts of which both are known.
    """

    names: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]
    items: tuple[str, ...]
    starts: NDArray[np.intp]
    success: Floats
    cost: Floats
    both_success: Floats
    both_cost: Floats

    @property
    def clustered(self) -> bool:
        """Whether items belong to something larger."""
        return len(self.starts) < len(self.items)

    @property
    def single(self) -> bool:
        """Whether every success is 0 or 1, of items that stand for themselves."""
        known = self.success[~np.isnan(self.success)]
        return not self.clustered and bool(np.isin(known, (0.0, 1.0)).all())


def grid_of(lines: pl.DataFrame, *, by: Sequence[str]) -> Grid:
    """The arrays of `features.attempts.attempt_lines`."""
    labelled = lines.with_columns(pl.col(name).fill_null(NONE) for name in by)
    keys = labelled.select(by).unique(maintain_order=True)
    values = tuple(tuple(str(value) for value in row) for row in keys.iter_rows())
    items = labelled.select("cluster", "item").unique().sort("cluster", "item")
    clusters = items["cluster"].to_numpy()
    first = np.append(True, clusters[1:] != clusters[:-1]) if len(clusters) else np.array([], bool)
    column = labelled.select(by).join(keys.with_row_index("k"), on=list(by), how="left")["k"]
    row = labelled.select("item").join(items.with_row_index("k"), on="item", how="left")["k"]
    at = (row.to_numpy(), column.to_numpy())
    shape = (items.height, keys.height)
    return Grid(
        names=tuple(_NAME.join(value) for value in values),
        values=values,
        items=tuple(items["item"]),
        starts=np.flatnonzero(first),
        success=_means(labelled, "resolved", "known", at, shape),
        cost=_means(labelled, "cost_usd", "costed", at, shape),
        both_success=_means(labelled, "complete_resolved", "complete", at, shape),
        both_cost=_means(labelled, "complete_usd", "complete", at, shape),
    )


def _means(
    lines: pl.DataFrame,
    total: str,
    count: str,
    at: tuple[NDArray[np.int64], NDArray[np.int64]],
    shape: tuple[int, int],
) -> Floats:
    found = np.full(shape, np.nan)
    counts = lines[count].to_numpy().astype(float)
    some = np.where(counts > 0, counts, 1.0)
    found[at] = np.where(counts > 0, lines[total].to_numpy() / some, np.nan)
    return found
