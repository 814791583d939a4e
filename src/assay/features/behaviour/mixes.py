"""How many sessions an entity's rows name, and how mixed the things are that they name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from assay.features.numbering import Numbering, slots_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.features.numbering import Hashes, Numbers

    Floats = NDArray[np.float64]

_WORDING: Final = r"""\S*\d\S*|'[^']*'|"[^"]*\""""
"""What differs between messages that say the same: words with a digit, and what is quoted."""
_CELLS: Final = 2**24
"""Cells of entity × name up to which rows are counted in a table."""
_PENDING: Final = 2**23
"""Pairs that wait to be merged with those before."""
_BLOCK: Final = 100_000
_ONE: Final = np.int32(1)


def named(column: str) -> pl.Expr:
    """The hash of what a row names in a column, null where nothing.

    Names meet in 64 bits. Messages of errors are compared by their wording, without numbers and
    what they quote.
    """
    name = pl.col(column).cast(pl.String)
    if column == "error_message":
        name = name.str.to_lowercase().str.replace_all(_WORDING, "#")
    return pl.when(name.is_not_null()).then(name.hash(1))


class Mix:
    """How often each entity's rows name each thing of a column, both by number."""

    def __init__(self) -> None:
        self._names = Numbering()
        self._table: NDArray[np.int32] | None = np.zeros((0, 1), dtype=np.int32)
        self._pairs: list[tuple[Numbers, Numbers]] = []
        self._waiting = 0

    def add(self, whose: Numbers, hashes: Hashes) -> None:
        """Rows of entities, and what they name."""
        if not len(whose):
            return
        names, _ = self._names.of(hashes)
        table = self._widened(int(whose.max()) + 1)
        if table is not None:
            np.add.at(table.ravel(), whose * table.shape[1] + names, _ONE)
            return
        self._keep(*_counted((whose << 32) | names, np.ones(len(whose), dtype=np.int64)))

    def _widened(self, entities: int) -> NDArray[np.int32] | None:
        """The table with room for all, None where it would be too large."""
        table = self._table
        if table is None:
            return None
        high, wide = table.shape
        high = high if entities <= high else max(entities, 2 * high)
        wide = wide if self._names.count <= wide else 2 * self._names.count
        if (high, wide) == table.shape:
            return table
        grown = None
        if high * wide <= _CELLS:
            grown = np.zeros((high, wide), dtype=np.int32)
            grown[: table.shape[0], : table.shape[1]] = table
        else:
            whose, names = np.nonzero(table)
            self._keep((whose << 32) | names, table[whose, names].astype(np.int64))
        self._table = grown
        return grown

    def _keep(self, keys: Numbers, counts: Numbers) -> None:
        self._pairs.append((keys, counts))
        self._waiting += len(keys)
        if self._waiting > max(_PENDING, len(self._pairs[0][0])):
            self._pairs, self._waiting = [self._merged()], 0

    def _merged(self) -> tuple[Numbers, Numbers]:
        keys, counts = (np.concatenate(parts) for parts in zip(*self._pairs, strict=True))
        return _counted(keys, counts)

    def told(self, count: int) -> tuple[Floats, Floats]:
        """Of each entity: the chance that two of its rows name unlike things, times rows; rows.

        Without replacement, so that it does not grow with the number of rows.

        Args:
            count: how many entities there are.

        References:
            Simpson (1949), Measurement of diversity, Nature 163, 688.
        """
        rows, alike = np.zeros(count), np.zeros(count)
        if self._table is not None:
            for begin in range(0, min(count, len(self._table)), _BLOCK):
                part = self._table[begin : min(begin + _BLOCK, count)].astype(np.int64)
                rows[begin : begin + len(part)] = part.sum(axis=1)
                alike[begin : begin + len(part)] = (part * (part - 1)).sum(axis=1)
        elif self._pairs:
            keys, counts = self._merged()
            rows[:] = np.bincount(keys >> 32, counts, minlength=count)
            alike[:] = np.bincount(keys >> 32, counts * (counts - 1), minlength=count)
        pairs = rows * (rows - 1)
        unlike = np.divide(rows * (pairs - alike), pairs, out=np.zeros(count), where=pairs > 0)
        return unlike, rows


def _counted(keys: Numbers, counts: Numbers) -> tuple[Numbers, Numbers]:
    """Each key once, in order, with the sum of its counts."""
    order = np.argsort(keys)
    keys = keys[order]
    begins = np.flatnonzero(np.append(True, keys[1:] != keys[:-1]))
    return keys[begins], np.add.reduceat(counts[order], begins)


class Sessions:
    """Which sessions an entity's rows name: both meet in 64 bits.

    Of ten million pairs, two meet in one case of 400,000.
    """

    def __init__(self) -> None:
        self._parts: list[tuple[Hashes, Numbers]] = []
        self._waiting = 0

    def add(self, whose: Numbers, both: Hashes) -> None:
        """Rows of entities, and the hash of entity and session."""
        if not len(whose):
            return
        seen = np.zeros(1 << (2 * len(both)).bit_length(), dtype=np.int32)
        slots = slots_of(both, len(seen).bit_length() - 1)
        rows = np.arange(len(both), dtype=np.int32)
        seen[slots] = rows
        other = seen[slots]
        kept = (other == rows) | (both[other] != both)  # most that are there twice are dropped
        self._parts.append((both[kept], whose[kept].astype(np.int32)))
        self._waiting += int(kept.sum())
        if self._waiting > max(_PENDING, len(self._parts[0][0])):
            self._parts, self._waiting = [self._merged()], 0

    def _merged(self) -> tuple[Hashes, Numbers]:
        both, whose = (np.concatenate(parts) for parts in zip(*self._parts, strict=True))
        order = np.argsort(both)
        both = both[order]
        first = np.append(True, both[1:] != both[:-1])
        return both[first], whose[order[first]]

    def told(self, count: int) -> Numbers:
        """How many each entity has.

        Sorted are the entity's number and as many bits of the hash as fit into 64 beside it: of a
        million entities, two of a million sessions of one meet in one case of 35.

        Args:
            count: how many entities there are.
        """
        if not self._parts:
            return np.zeros(count, dtype=np.int64)
        bits = np.uint64(64 - count.bit_length())
        parts = [
            (whose.astype(np.uint64) << bits) | (both >> (np.uint64(64) - bits))
            for both, whose in self._parts
        ]
        keys = np.concatenate(parts)
        keys.sort()
        first = np.append(True, keys[1:] != keys[:-1])
        found: Numbers = np.bincount((keys[first] >> bits).view(np.int64), minlength=count)
        return found
