"""Hashes of 64 bits → 0, 1, 2 …, so that sums can be kept in arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint64]
    Numbers = NDArray[np.int64]

_ODD: Final = np.uint64(0x9E3779B97F4A7C15)
"""2⁶⁴ over the golden ratio: its multiples are spread evenly (Knuth 1998, sec. 6.4)."""
_FEWEST_BITS: Final = 12
_MOST_BITS: Final = 24
_ROOM: Final = 8
"""Slots of the table per number at least, until it is as long as it may get."""


def slots_of(hashes: Hashes, bits: int) -> Numbers:
    """Places in a table of 2 ** bits slots."""
    found: Numbers = ((hashes * _ODD) >> np.uint64(64 - bits)).view(np.int64)
    return found


class Numbering:
    """Numbers hashes from 0 on, as they are met.

    Nearly all are told by one look into a table; those that share their slot with an earlier one
    are in a sorted list beside it.
    """

    def __init__(self) -> None:
        self.count = 0
        self._known: Hashes = np.zeros(0, dtype=np.uint64)
        self._bits = _FEWEST_BITS
        self._table = np.zeros(1 << _FEWEST_BITS, dtype=np.int32)
        self._crowded: Hashes = np.zeros(0, dtype=np.uint64)
        self._theirs: Numbers = np.zeros(0, dtype=np.int64)

    @property
    def hashes(self) -> Hashes:
        """The hash of each number."""
        return self._known[: self.count]

    def of(self, hashes: Hashes) -> tuple[Numbers, Numbers]:
        """Numbers of hashes, and where in them those stand that were not met before, by number.

        Args:
            hashes: shape (n,), spread evenly over 64 bits.
        """
        found: Numbers = self._table[slots_of(hashes, self._bits)].astype(np.int64)
        odd = np.arange(len(hashes))
        if self.count:
            odd = np.flatnonzero(self._known[found] != hashes)
        if not len(odd):
            return found, odd
        numbers, fresh = self._looked_up(hashes[odd])
        found[odd] = numbers
        return found, odd[fresh]

    def _looked_up(self, hashes: Hashes) -> tuple[Numbers, Numbers]:
        """Those that the table does not tell: in the list, or new."""
        found: Numbers = np.zeros(len(hashes), dtype=np.int64)
        new = np.arange(len(hashes))
        if len(self._crowded):
            at = np.minimum(np.searchsorted(self._crowded, hashes), len(self._crowded) - 1)
            there = self._crowded[at] == hashes
            found[there] = self._theirs[at[there]]
            new = np.flatnonzero(~there)
        if not len(new):
            return found, new
        order = new[np.argsort(hashes[new], kind="stable")]
        begins = np.append(True, hashes[order[1:]] != hashes[order[:-1]])
        found[order] = self.count + np.cumsum(begins) - 1
        fresh = order[begins]
        self._add(hashes[fresh])
        return found, fresh

    def _add(self, hashes: Hashes) -> None:
        before, self.count = self.count, self.count + len(hashes)
        self._known = room_for(self._known, self.count)
        self._known[before : self.count] = hashes
        if self._bits < _MOST_BITS and _ROOM * self.count > len(self._table):
            self._bits = min((2 * _ROOM * self.count).bit_length(), _MOST_BITS)
            self._table = np.zeros(1 << self._bits, dtype=np.int32)
            self._crowded, self._theirs = self._crowded[:0], self._theirs[:0]
            before = 0
        self._place(before)

    def _place(self, begin: int) -> None:
        """Numbers from one on into free slots, the others into the list. 0 is a free slot."""
        numbers = np.arange(begin, self.count)
        hashes = self._known[begin : self.count]
        slots = slots_of(hashes, self._bits)
        free = self._table[slots] == 0
        self._table[slots[free]] = numbers[free]
        left = np.flatnonzero((self._table[slots] != numbers) | (numbers == 0))
        left = left[np.argsort(hashes[left])]
        at = np.searchsorted(self._crowded, hashes[left])
        self._crowded = np.insert(self._crowded, at, hashes[left])
        self._theirs = np.insert(self._theirs, at, numbers[left])


def room_for(array: NDArray[Any], count: int, empty: float = 0) -> NDArray[Any]:
    """The array where it holds so many, else a longer one that begins with it."""
    if count <= len(array):
        return array
    longer = np.full(max(count, 2 * len(array)), empty, dtype=array.dtype)
    longer[: len(array)] = array
    return longer
