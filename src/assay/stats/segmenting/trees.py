"""The minimum spanning tree of entities, and the linkage on it that keeps sizes from diverging."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LIMIT: Final = 0.3
"""The share of inequality from which the smallest are joined first; the authors' default."""


class Tree(NamedTuple):
    """A spanning tree: the two ends of each edge and its length, the shortest first."""

    one: NDArray[np.int64]
    other: NDArray[np.int64]
    length: NDArray[np.float64]


def spanning_tree(rows: NDArray[np.float64]) -> Tree:
    """The shortest tree that connects all rows, in memory of O(n) and time of O(n²).

    References:
        Prim (1957), Shortest connection networks and some generalizations.
    """
    rows = np.ascontiguousarray(rows - rows.mean(axis=0))
    n = len(rows)
    squares = np.einsum("ij,ij->i", rows, rows)
    left, base, name = rows[1:].copy(), squares[1:].copy(), np.arange(1, n)
    best, source = np.full(n - 1, np.inf), np.zeros(n - 1, dtype=np.int64)
    one, other = np.empty(n - 1, dtype=np.int64), np.empty(n - 1, dtype=np.int64)
    length = np.empty(n - 1)
    newest = 0
    for step in range(n - 1):
        distance = left @ (-2 * rows[newest])
        distance += base
        distance += squares[newest]
        source[distance < best] = newest
        np.minimum(best, distance, out=best)
        at = int(best.argmin())
        newest = int(name[at])
        one[step], other[step], length[step] = source[at], newest, best[at]
        base[at] = best[at] = np.inf
        if 2 * (n - 1 - step) < len(name):
            waiting = np.isfinite(base)
            left, base, name = left[waiting], base[waiting], name[waiting]
            best, source = best[waiting], source[waiting]
    lengths = np.sqrt(np.maximum(length, 0.0))
    order = np.argsort(lengths, kind="stable")
    return Tree(one[order], other[order], lengths[order])


def merging_order(tree: Tree, limit: float = LIMIT) -> NDArray[np.int64]:
    """The edges in the order in which they join groups, by the shortest edge or the smallest group.

    The shortest edge is taken as long as the Gini index of the sizes is at most `limit`; past it,
    the shortest of those that leave a group of the smallest size. With `limit` 1 it is single
    linkage.

    References:
        Gagolewski, Bartoszuk & Cena (2016), Genie: a new, fast, and outlier-resistant hierarchical
        clustering algorithm, Information Sciences 363.
    """
    n = len(tree.one) + 1
    groups, sizes = _Groups(tree), _Sizes(n)
    order = np.empty(n - 1, dtype=np.int64)
    shortest = 0
    for step in range(n - 1):
        if sizes.differences <= limit * (n - step - 1) * n:
            while groups.used[shortest]:
                shortest += 1
            edge = shortest
        else:
            edge = groups.shortest_from(min(sizes.counts))
        order[step] = edge
        sizes.join(*groups.join(edge))
    return order


class _Sizes:
    """How many groups there are of each size, and the sum of differences over pairs of groups.

    The Gini index of the sizes is that sum over n × (groups − 1).
    """

    def __init__(self, n: int) -> None:
        self.counts = {1: n}
        self.differences = 0

    def join(self, one: int, other: int) -> None:
        """Two groups of these sizes become one."""
        counts, both = self.counts, one + other
        for gone in (one, other):
            self.differences -= sum(many * abs(size - gone) for size, many in counts.items())
            counts[gone] -= 1
            if not counts[gone]:
                del counts[gone]
        self.differences += sum(many * abs(size - both) for size, many in counts.items())
        counts[both] = counts.get(both, 0) + 1


class _Groups:
    """Groups of rows, with the edges that leave each, the shortest first.

    `waiting` holds for each size the shortest edge of every group of it; entries of groups that
    have since joined others are dropped when they come up.
    """

    def __init__(self, tree: Tree) -> None:
        self.ends = list(zip(tree.one.tolist(), tree.other.tolist(), strict=True))
        n = len(self.ends) + 1
        self.parent, self.size = list(range(n)), [1] * n
        self.used = bytearray(n - 1)
        self.edges: list[list[int]] = [[] for _ in range(n)]
        for edge, (one, other) in enumerate(self.ends):
            self.edges[one].append(edge)
            self.edges[other].append(edge)
        self.waiting = {1: sorted((own[0], row) for row, own in enumerate(self.edges) if own)}

    def of(self, row: int) -> int:
        """The group that a row is in."""
        parent = self.parent
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    def shortest_from(self, size: int) -> int:
        """The shortest edge that leaves a group of this size."""
        heap = self.waiting[size]
        while True:
            edge, row = heap[0]
            if self.parent[row] == row and self.size[row] == size and not self.used[edge]:
                return edge
            heappop(heap)

    def join(self, edge: int) -> tuple[int, int]:
        """Join the groups at the ends of an edge; their sizes before."""
        self.used[edge] = 1
        one, other = self.of(self.ends[edge][0]), self.of(self.ends[edge][1])
        sizes = self.size[one], self.size[other]
        if len(self.edges[one]) < len(self.edges[other]):
            one, other = other, one
        self.parent[other], self.size[one] = one, sum(sizes)
        left = self.edges[one]
        for own in self.edges[other]:
            heappush(left, own)
        self.edges[other] = []
        while left and self.used[left[0]]:
            heappop(left)
        if left:
            heappush(self.waiting.setdefault(sum(sizes), []), (left[0], one))
        return sizes


def groups_at(tree: Tree, order: NDArray[np.int64], k: int) -> NDArray[np.int64]:
    """Which of `k` groups each row is in, where the last `k` − 1 joins are left out."""
    from scipy.sparse import coo_array  # noqa: PLC0415
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    n = len(order) + 1
    kept = order[: n - k]
    links = coo_array((np.ones(n - k), (tree.one[kept], tree.other[kept])), shape=(n, n))
    labels: NDArray[np.int64] = connected_components(links, directed=False)[1].astype(np.int64)
    return labels
