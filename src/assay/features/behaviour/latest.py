"""The last value that is known of each entity in a column, whatever the column holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from assay.features.numbering import Numbering, room_for

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.features.numbering import Numbers


class Latest:
    """Of each entity, the last of its rows' values that is not null.

    Texts are kept by their number, numbers and times as they are stored, all else as objects.
    """

    def __init__(self, kind: pl.DataType) -> None:
        self._kind = kind
        text = isinstance(kind, pl.String | pl.Categorical | pl.Enum)
        self._texts = Numbering() if text else None
        self._words: list[Any] = []
        self._plain = kind.is_integer() or kind.is_float() or kind.is_temporal()
        self._values: NDArray[Any] | None = None
        self._known = np.zeros(0, dtype=np.bool_)

    def add(self, whose: Numbers, column: pl.Series, count: int) -> None:
        """Rows of entities, of which there are so many, and their values."""
        self._known = room_for(self._known, count)
        if column.null_count():
            whose = whose[column.is_not_null().to_numpy()]
            column = column.drop_nulls()
        values = self._stored(column)
        if self._values is None:
            self._values = np.zeros(0, dtype=values.dtype)
        self._values = room_for(self._values, count)
        self._values[whose] = values  # of several the last stays
        self._known[whose] = True

    def _stored(self, column: pl.Series) -> NDArray[Any]:
        if self._texts is not None:
            texts = column.cast(pl.String)
            numbers, fresh = self._texts.of(texts.hash().to_numpy())
            self._words += texts.gather(fresh).to_list()
            return numbers
        if self._plain:
            return column.to_physical().to_numpy()
        values = np.empty(len(column), dtype=object)
        values[:] = column.to_list()
        return values

    def told(self, name: str, count: int) -> pl.Series:
        """One value per entity, null where none is known."""
        if self._values is None or not self._known.any():
            return pl.Series(name, [None] * count, dtype=self._kind)
        known = pl.Series(self._known[:count])
        if self._texts is not None:
            found = pl.Series(name, self._words, dtype=pl.String).gather(self._values[:count])
        elif self._plain:
            found = pl.Series(name, self._values[:count])
        else:
            return pl.Series(name, _objects(self._values[:count], known), dtype=self._kind)
        return pl.select(pl.when(known).then(found).alias(name)).to_series().cast(self._kind)


def _objects(values: NDArray[Any], known: pl.Series) -> list[Any]:
    return [value if there else None for value, there in zip(values, known, strict=True)]
