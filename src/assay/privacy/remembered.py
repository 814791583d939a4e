"""Values seen before and their pseudonyms, found again by their hashes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

SCHEMA: Final = {"value": pl.String, "pseudonym": pl.String, "forgotten": pl.Boolean}
_SEED: Final = 20
_FEWEST_BITS: Final = 10
_SPARE_BITS: Final = 2
"""A quarter of the slots or less are taken, so that few values share one."""


@dataclass(frozen=True, slots=True, eq=False)
class Remembered:
    """A table of values, and two ways from a value's hash to its row.

    The first bits of the hash are a slot that holds one row, which is where nearly all values are
    found. The rows that lost their slot to another are searched by their whole hash. A hash only
    proposes a row: the value decides, so that two values with one hash never share a pseudonym.

    Attributes:
        rows: as `SCHEMA`.
        slots: the row in each slot, −1 where there is none; its length is a power of two.
        hashes, order: of the rows without a slot, ascending, and which rows they are.
    """

    rows: pl.DataFrame
    slots: NDArray[np.int32]
    hashes: NDArray[np.uint64]
    order: NDArray[np.int32]

    @classmethod
    def nothing(cls) -> Remembered:
        """No value yet."""
        return cls._of(pl.DataFrame(schema=SCHEMA))

    def plus(self, rows: pl.DataFrame) -> Remembered:
        """With further rows at the end."""
        return self._of(pl.concat([self.rows, rows], rechunk=True))

    def __len__(self) -> int:
        return self.rows.height

    def places_of(self, values: pl.Series) -> NDArray[np.int32]:
        """The row of each value, −1 where there is none; missing values have none."""
        if not len(self):
            return np.full(len(values), -1, dtype=np.int32)
        hashes = _hashes(values)
        places = self.slots[_slots_of(hashes, len(self.slots))]
        places[~self._holds(places, values)] = -1
        if len(self.order):
            lacking = np.flatnonzero((places < 0) & values.is_not_null().to_numpy())
            found = np.searchsorted(self.hashes, hashes[lacking])
            likely = self.order[np.minimum(found, len(self.order) - 1)]
            same = self._holds(likely, values.gather(lacking))
            places[lacking[same]] = likely[same]
        return places

    def _holds(self, places: NDArray[np.int32], values: pl.Series) -> NDArray[np.bool_]:
        """Whether the rows at these places are of these values."""
        there = self.rows["value"].gather(np.maximum(places, 0))
        same: NDArray[np.bool_] = (there == values).fill_null(value=False).to_numpy()
        return same & (places >= 0)

    def at(self, places: NDArray[np.int32]) -> pl.DataFrame:
        """Pseudonym and mark of the rows at these places, missing where a place is −1."""
        index = pl.Series(places)
        index = index.set(index < 0, None) if (places < 0).any() else index
        return self.rows.select(pl.col("pseudonym", "forgotten").gather(index))

    def joined(self, values: pl.Series) -> pl.DataFrame:
        """The row of each value by its text alone, for the rare column in which two hashes meet."""
        rows = self.rows.unique("value", keep="last")
        wanted = pl.DataFrame({"value": values})
        return wanted.join(rows, on="value", how="left", maintain_order="left")

    @classmethod
    def _of(cls, rows: pl.DataFrame) -> Remembered:
        hashes = _hashes(rows["value"])
        bits = max(_FEWEST_BITS, rows.height.bit_length() + _SPARE_BITS)
        slots = np.full(1 << bits, -1, dtype=np.int32)
        slot = _slots_of(hashes, len(slots))
        numbers = np.arange(rows.height, dtype=np.int32)
        slots[slot] = numbers
        displaced = np.flatnonzero(slots[slot] != numbers)
        order = displaced[np.argsort(hashes[displaced])].astype(np.int32)
        return cls(rows, slots, hashes[order], order)


def _hashes(values: pl.Series) -> NDArray[np.uint64]:
    return values.hash(_SEED).to_numpy()


def _slots_of(hashes: NDArray[np.uint64], slots: int) -> NDArray[np.intp]:
    return (hashes >> np.uint64(64 - (slots.bit_length() - 1))).astype(np.intp)
