"""Values seen before and their pseudonyms, found again by binary search over hashes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

SCHEMA: Final = {"value": pl.String, "pseudonym": pl.String, "forgotten": pl.Boolean}
_SEED: Final = 20


@dataclass(frozen=True, slots=True, eq=False)
class Remembered:
    """A table of values, and the sorted hashes by which a column of values finds its rows.

    About three times as fast as joining the text itself. A hash only proposes a row: the value
    decides, so that two values with one hash never share a pseudonym.
    """

    rows: pl.DataFrame
    hashes: NDArray[np.uint64]
    order: NDArray[np.intp]

    @classmethod
    def nothing(cls) -> Remembered:
        """No value yet."""
        return cls._of(pl.DataFrame(schema=SCHEMA))

    def plus(self, rows: pl.DataFrame) -> Remembered:
        """With further rows at the end."""
        return self._of(pl.concat([self.rows, rows], rechunk=True))

    def __len__(self) -> int:
        return self.rows.height

    def places_of(self, values: pl.Series) -> NDArray[np.intp]:
        """The row of each value, −1 where there is none; missing values have none."""
        places = np.full(len(values), -1, dtype=np.intp)
        if not len(self):
            return places
        hashes = _hashes(values)
        order = np.asarray(pl.Series(hashes).arg_sort()).astype(np.intp)
        found = np.searchsorted(self.hashes, hashes[order])
        places[order] = self.order[np.minimum(found, len(self) - 1)]
        same = self.rows["value"].gather(places) == values
        places[~same.fill_null(value=False).to_numpy()] = -1
        return places

    def at(self, places: NDArray[np.intp]) -> pl.DataFrame:
        """The rows at these places, missing where a place is −1."""
        index = pl.Series(places)
        return self.rows.select(pl.all().gather(index.set(index < 0, None)))

    def joined(self, values: pl.Series) -> pl.DataFrame:
        """The row of each value by its text alone, for the rare column in which two hashes meet."""
        rows = self.rows.unique("value", keep="last")
        wanted = pl.DataFrame({"value": values})
        return wanted.join(rows, on="value", how="left", maintain_order="left")

    @classmethod
    def _of(cls, rows: pl.DataFrame) -> Remembered:
        hashes = _hashes(rows["value"])
        order = np.argsort(hashes)
        return cls(rows, hashes[order], order)


def _hashes(values: pl.Series) -> NDArray[np.uint64]:
    return values.hash(_SEED).to_numpy()
