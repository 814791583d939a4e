"""Which of today's segments is which of the last report's: by members they share, or by place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAME: Final = 0.5
"""Part of the shared members, of the old or of the new, from which on a segment is the same."""
PIECE: Final = 0.25
"""Part of a segment's members from which on it is called a piece of it."""


class Successors(NamedTuple):
    """For each new segment its predecessor or −1, and what came, went, split and merged.

    `splits` are (old, news), `merges` (olds, new).
    """

    before: NDArray[np.int64]
    births: tuple[int, ...]
    deaths: tuple[int, ...]
    splits: tuple[tuple[int, tuple[int, ...]], ...]
    merges: tuple[tuple[tuple[int, ...], int], ...]


def by_members(shared: NDArray[np.int64]) -> Successors:
    """From counts of shared entities, old × new: pairs that share most, each used once.

    What pairs share is measured by the part of their union (Jaccard); a pair is the same segment if
    it holds half of the old one's or of the new one's shared entities.

    References:
        Kuhn (1955), The Hungarian method for the assignment problem; Greene, Doyle & Cunningham
        (2010), Tracking the evolution of communities in dynamic social networks.
    """
    table = np.asarray(shared, dtype=np.float64)
    old, new = table.sum(axis=1, keepdims=True), table.sum(axis=0, keepdims=True)
    of_old, of_new = table / np.maximum(old, 1), table / np.maximum(new, 1)
    alike = table / np.maximum(old + new - table, 1)
    before = _pairs(alike, np.maximum(of_old, of_new) >= SAME)
    splits = [
        (row, tuple(np.flatnonzero((of_old[row] >= PIECE) & (of_new[row] >= SAME)).tolist()))
        for row in range(len(table))
    ]
    merges = [
        (tuple(np.flatnonzero((of_new[:, at] >= PIECE) & (of_old[:, at] >= SAME)).tolist()), at)
        for at in range(table.shape[1])
    ]
    return _told(
        before,
        len(table),
        tuple(one for one in splits if len(one[1]) > 1),
        tuple(one for one in merges if len(one[0]) > 1),
    )


def by_centres(old: NDArray[np.float64], new: NDArray[np.float64]) -> Successors:
    """From centres in the same features and units, old × p and new × p: nearest pairs.

    A pair is the same segment if it moved less than half way to the nearest other old one. Splits
    and merges cannot be seen from centres.
    """
    distance = np.sqrt(((old[:, None] - new[None]) ** 2).sum(axis=2))
    between = np.sqrt(((old[:, None] - old[None]) ** 2).sum(axis=2))
    np.fill_diagonal(between, np.inf)
    room = between.min(axis=1, initial=np.inf) / 2
    return _told(_pairs(-distance, distance < room[:, None]), len(old), (), ())


def _pairs(worth: NDArray[np.float64], same: NDArray[np.bool_]) -> NDArray[np.int64]:
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415

    before = np.full(worth.shape[1], -1)
    old, new = linear_sum_assignment(-worth)
    kept = same[old, new]
    before[new[kept]] = old[kept]
    return before


def _told(
    before: NDArray[np.int64],
    old: int,
    splits: tuple[tuple[int, tuple[int, ...]], ...],
    merges: tuple[tuple[tuple[int, ...], int], ...],
) -> Successors:
    return Successors(
        before=before,
        births=tuple(np.flatnonzero(before < 0).tolist()),
        deaths=tuple(sorted(set(range(old)) - set(before.tolist()))),
        splits=splits,
        merges=merges,
    )
