"""What forming segments gives: who is where, how surely, by what method, and how new rows join."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from assay.stats.segmenting.rules import Rule
from assay.stats.segmenting.scaling import Scaling
from assay.stats.segmenting.structure import Structure

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

BLOCK: Final = 20_000
NOISE: Final = -1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Segments:
    """Segments of entities, the largest first.

    `labels` are 0 … K − 1, −1 for noise; `membership` holds probabilities (n × K), rows of noise
    sum to less than 1. `k_shares` is how often each K was found on parts of the data; empty where
    K was given. `reasons` say in words why this method and this K. `formed_of` is how many entities
    the segments were formed of; the others were assigned.
    """

    labels: NDArray[np.int64]
    membership: NDArray[np.float32]
    sizes: tuple[int, ...]
    method: str
    k: int
    seed: int
    formed_of: int
    reasons: tuple[str, ...]
    k_shares: tuple[tuple[int, float], ...]
    structure: Structure | None
    scaling: Scaling
    rule: Rule

    def assign(self, rows: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The segment of new rows, and the probability of each segment; the same each time.

        Raises:
            DataError: rows are not finite numbers, or not of as many features.
        """
        return assigned(self.scaling(rows), self.rule, self.k)


def assigned(
    rows: NDArray[np.float64], rule: Rule, k: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Labels and probabilities of scaled rows, in blocks."""
    membership = np.empty((len(rows), k), dtype=np.float32)
    for start in range(0, len(rows), BLOCK):
        membership[start : start + BLOCK] = rule(rows[start : start + BLOCK])
    labels = membership.argmax(axis=1).astype(np.int64)
    labels[membership.sum(axis=1) < 0.5] = NOISE
    return labels, membership


def by_size(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """The same groups, numbered from the largest on; noise stays −1."""
    names, first, counts = np.unique(labels, return_index=True, return_counts=True)
    kept = names >= 0
    names, first, counts = names[kept], first[kept], counts[kept]
    order = np.lexsort((first, -counts))
    place = np.full(int(names.max(initial=0)) + 1, NOISE)
    place[names[order]] = np.arange(len(order))
    return np.where(labels >= 0, place[np.maximum(labels, 0)], NOISE)
