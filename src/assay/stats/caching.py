"""What a cache of prompt prefixes would have held: of any size, of any time to live, in one pass.

A prompt is a list of blocks. A block is read from the cache where all blocks before it are, so what
is looked up is not the block but the chain up to it. Chains that a request uses are all renewed at
its time, the shortest last, so that whatever leaves the cache first never has another behind it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.core.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Whole = NDArray[np.int64]
    Real = NDArray[np.float64]

NEVER = np.iinfo(np.int64).max
"""Distance of a chain that was not used before."""
_NEAR = 6
"""Bits of a place in a run of neighbours, which are held against each other one by one."""
_FEW = 2**16
_LARGE = 2**30


@dataclass(frozen=True, slots=True, eq=False)
class Missed:
    """Blocks that a request would read less without a group that it is not of, one line a pair."""

    request: Whole
    group: Whole
    blocks: Whole


@dataclass(frozen=True, slots=True, eq=False)
class Reuse:
    """For each block of each request, in order: when and how far back its chain was last used.

    Attributes:
        request: index of the request that the block is of.
        distance: chains used since, each counted once; below a cache's capacity in blocks, the
            block would have been read from it. NEVER where it is new.
        age: time since, infinite where it is new.
        time: of each request.
        order: blocks by chain, those of one chain by time; `chain`: names it, in that order.
    """

    requests: int
    request: Whole
    distance: Whole
    age: Real
    time: Real
    order: Whole
    chain: Whole

    def hits_within(self, capacity: float) -> Whole:
        """Blocks that each request reads from a cache of so many blocks (least recent goes)."""
        held = (self.distance < capacity) & (self.distance < NEVER)
        return np.bincount(self.request[held], minlength=self.requests)

    def hits_for(self, time_to_live: float, *, without: ArrayLike | None = None) -> Whole:
        """Blocks that each request reads where one stays that long after its last use.

        Args:
            time_to_live: in the unit of the times.
            without: which requests never came; they read nothing, and keep nothing alive.
        """
        if without is None:
            held = (self.age <= time_to_live) & np.isfinite(self.age)
            return np.bincount(self.request[held], minlength=self.requests)
        came = ~np.asarray(without, dtype=bool)[self.request[self.order]]
        request, chain = self.request[self.order[came]], self.chain[came]
        age = np.diff(self.time[request])
        again = (chain[1:] == chain[:-1]) & (age <= time_to_live)
        return np.bincount(request[1:][again], minlength=self.requests)

    def missed_for(self, time_to_live: float, groups: ArrayLike) -> Missed:
        """Who would read fewer blocks if one group of requests had never come.

        The same as `hits_for` without each group in turn, in one pass: of a block only the use
        right before it counts, and where that one is gone, the last before it by another group.

        Args:
            time_to_live: in the unit of the times.
            groups: a number for each request's group, 0 or more.
        """
        request = self.request[self.order]
        group, time = np.asarray(groups, dtype=np.int64)[request], self.time[request]
        opens = np.ones(request.size, dtype=bool)
        opens[1:] = (self.chain[1:] != self.chain[:-1]) | (group[1:] != group[:-1])
        run = np.maximum.accumulate(np.where(opens, np.arange(request.size), 0))
        here = np.flatnonzero(opens)[1:]
        again = self.chain[here] == self.chain[here - 1]
        here = here[again & (time[here] - time[here - 1] <= time_to_live)]
        before = run[here - 1] - 1
        held = (before >= 0) & (self.chain[before] == self.chain[here])
        held &= time[here] - time[before] <= time_to_live
        lost = here[~held]
        many = int(group.max(initial=0)) + 1
        pairs, blocks = np.unique(request[lost] * many + group[lost - 1], return_counts=True)
        return Missed(request=pairs // many, group=pairs % many, blocks=blocks)


def prefix_reuse(blocks: ArrayLike, lengths: ArrayLike, times: ArrayLike) -> Reuse:
    """When each block's chain was last used, for requests in the order of their times.

    Every size of a cache that evicts what was used least recently is answered by one number per
    block, its stack distance; every time to live by its age. Both take n log n steps.

    Args:
        blocks: whole numbers that name a block's content; requests one after another.
        lengths: blocks of each request.
        times: of each request, none before the one in front of it.

    Raises:
        DataError: where lengths do not add up to the blocks, or times go back.

    References:
        Mattson, Gecsei, Slutz & Traiger (1970), Evaluation techniques for storage hierarchies,
        IBM Systems Journal 9(2), pp. 78-117 (stack distance).
    """
    block = np.asarray(blocks, dtype=np.int64)
    length = np.asarray(lengths, dtype=np.int64)
    time = np.asarray(times, dtype=np.float64)
    if length.sum() != block.size or (length < 0).any() or length.size != time.size:
        raise DataError(
            f"{length.size} requests of {length.sum()} blocks at {time.size} times, expected "
            f"{block.size} blocks"
        )
    if (np.diff(time) < 0).any():
        raise DataError("times go back, expected requests in the order of their times")
    chain = _chains(block, length)
    request = np.repeat(np.arange(length.size), length)
    first = np.repeat(np.cumsum(length) - length, length)
    # within a request the longest chain is used first, the shortest last
    turned = first + (length[request] - 1) - (np.arange(block.size) - first)
    used = chain[turned]
    last = _last_use(used)
    known = np.flatnonzero(last >= 0)
    distance = np.full(block.size, NEVER)
    before = _at_most_before(last)
    distance[known] = before[known] - (known - first[known]) - (last[known] + 1)
    age = np.full(block.size, np.inf)
    age[known] = time[request[known]] - time[request[last[known]]]
    order = _in_order(chain)
    return Reuse(
        requests=length.size,
        request=request,
        distance=distance[turned],
        age=age[turned],
        time=time,
        order=order,
        chain=chain[order],
    )


def _chains(block: Whole, length: Whole) -> Whole:
    """A number per block that stands for it and all before it in its request."""
    chain = np.empty(block.size, dtype=np.int64)
    start = np.cumsum(length) - length
    alive = np.flatnonzero(length > 0)
    before = np.zeros(alive.size, dtype=np.int64)
    given = 0
    name = block
    if block.size and (block.min() < 0 or block.max() >= block.size):
        _, name = np.unique(block, return_inverse=True)
    names = int(name.max(initial=0)) + 1
    for place in range(int(length.max(initial=0))):
        stays = length[alive] > place
        alive, before = alive[stays], before[stays]
        at = start[alive] + place
        own = name[at]
        if place:
            _, own = np.unique(before * names + own, return_inverse=True)
        chain[at] = own + given
        given += int(own.max()) + 1
        before = own
    return chain


def _last_use(used: Whole) -> Whole:
    """The place of the same value before each place; −1 where there is none."""
    order = _in_order(used)
    same = used[order][1:] == used[order][:-1]
    last = np.full(used.size, -1, dtype=np.int64)
    last[order[1:][same]] = order[:-1][same]
    return last


def _in_order(names: Whole) -> Whole:
    """The places by their names, those of one name as they come; few names are counted out."""
    few = names.size > 0 and names.min() >= 0 and names.max() < _FEW
    return np.argsort(names.astype(np.uint16) if few else names, kind="stable")


def _at_most_before(values: Whole) -> Whole:
    """How many values before each place are at most its own.

    Places are split by their bits from the highest down, in the order of their values: whoever has
    the bit counts those of its half without it that stand before it in that order. Within the
    runs of neighbours that are left in the end, each is held against those before it.
    """
    n = values.size
    kind: type[np.signedinteger[Any]] = np.int32 if n < _LARGE else np.int64
    found, at = np.zeros(n, dtype=kind), np.arange(n, dtype=kind)
    ranked = np.argsort(values, kind="stable").astype(kind)
    order = ranked
    for bit in range(int(n).bit_length() - 1, _NEAR - 1, -1):
        up = (order >> bit) & 1 == 1
        half = order >> (bit + 1)
        # of full halves before this one, each has 2^bit places without the bit
        low = np.cumsum(~up, dtype=kind) - (half << bit)
        found[order[up]] += low[up]
        to = np.where(up, at - low + (1 << bit), (half << (bit + 1)) + low - 1)
        split = np.empty_like(order)
        split[to] = order
        order = split
    rank = np.empty_like(ranked)
    rank[ranked] = at  # of equal values the one before is the lower
    runs = np.full(-(-n // (1 << _NEAR)) << _NEAR, n, dtype=kind)
    runs[:n] = rank
    near, lower = runs.reshape(-1, 1 << _NEAR), np.zeros(runs.size, dtype=kind)
    counted = lower.reshape(near.shape)
    for back in range(1, 1 << _NEAR):
        counted[:, back:] += near[:, :-back] < near[:, back:]
    return (found + lower[:n]).astype(np.int64)
