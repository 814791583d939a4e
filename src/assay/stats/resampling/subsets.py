"""Random subsets of units, thousands at once: sums over each from a few passes over all units."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

BLOCKS: Final = 300
"""Blocks into which many units are put. The variance of a sum over blocks of one order strays by
√(2 / blocks) from that over units, a critical value by half of it (4 %); `ORDERS` averages that."""
PICKED: Final = 20
"""Blocks at least that make a subset."""
PER_ORDER: Final = 125
"""Subsets drawn from one order of the units: 2,000 of them come from 16 orders."""
_DENSE: Final = 1_000
"""Blocks, up to which subsets are multiplied as zeros and ones rather than gathered."""
_ONE_THREAD: Final = 250_000
"""Products in a multiplication, up to which a library does not wake other threads: that costs more
than it saves where there are thousands of small ones, and far more where other work runs."""
_KEPT: Final = 12
_SMALL: Final = 500_000
"""Sets of orders kept in memory, each of at most so many places (eight bytes each)."""


@dataclass(frozen=True, slots=True)
class Subsets:
    """Random subsets, all of one size.

    Units stand in random order and every few of them make a block; a subset is some blocks, and
    single units for what is left. Units that stand at given places of a random order are a uniform
    subset, whichever the places are, so each subset is one; those of the same order share blocks,
    which is why there are several orders.

    Attributes:
        orders: orders × units.
        blocks: blocks of an order; what is left are single units, at the end.
        block: units of a block.
        picks: subsets of an order × blocks and, numbered after them, units.
        chosen: the same as zeros and ones, blocks and units × subsets; None where that is large.
    """

    orders: NDArray[np.intp]
    blocks: int
    block: int
    picks: NDArray[np.intp]
    chosen: Array | None

    def sums(self, units: Array) -> Array:
        """Columns' sums over each subset: columns × subsets.

        Args:
            units: units × columns.
        """
        columns, (each, _) = units.shape[1], self.picks.shape
        places = self.blocks * self.block
        width = self.blocks + len(units) - places
        found = np.empty((columns, len(self.orders), each))
        placed, joined = np.empty(units.shape), np.empty((width, columns))
        step = max(2, _ONE_THREAD // (width * each))
        for i, order in enumerate(self.orders):
            units.take(order, axis=0, out=placed, mode="clip")
            blocks = placed[:places].reshape(self.block, self.blocks, columns)
            np.add.reduce(blocks, axis=0, out=joined[: self.blocks])
            joined[self.blocks :] = placed[places:]
            if self.chosen is None:
                found[:, i] = joined.take(self.picks, axis=0).sum(axis=1).T
                continue
            for start in range(0, columns, step):
                part = slice(start, start + step)
                np.matmul(joined[:, part].T, self.chosen, out=found[part, i])
        return found.reshape(columns, -1)


def subsets(size: int, whole: int, draws: int) -> Subsets:
    """At least so many subsets of a size, the same ones for the same numbers.

    Args:
        size: units of a subset.
        whole: units of all.
        draws: subsets.
    """
    orders = ceil(draws / PER_ORDER)
    made = _kept if orders * whole <= _SMALL else _made
    return made(size, whole, orders, ceil(draws / orders))


def _made(size: int, whole: int, orders: int, each: int) -> Subsets:
    rng = np.random.default_rng([size, whole, orders])
    most = max(1, min(whole // BLOCKS, size // PICKED))
    block = min(range(most, 2 * most // 3, -1), key=lambda units: size % units)
    picked, rest = divmod(size, block)
    blocks = (whole - rest) // block
    if rest:  # some to choose the single units from
        blocks = max(blocks - ceil(2 * rest / block), picked)
    single = whole - blocks * block
    picks = np.empty((each, picked + rest), dtype=np.intp)
    for row in picks:
        row[:picked] = rng.choice(blocks, picked, replace=False)
        row[picked:] = blocks + rng.choice(single, rest, replace=False)
    width = blocks + single
    chosen = None
    if width <= _DENSE:
        chosen = np.zeros((width, each))
        chosen[picks.T, np.arange(each)] = 1.0
    places = np.stack([rng.permutation(whole) for _ in range(orders)])
    return Subsets(places, blocks, block, picks, chosen)


_kept = lru_cache(maxsize=_KEPT)(_made)
