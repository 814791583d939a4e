"""How segments that were formed take in rows, old and new: by mixture, by centre, by neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from assay.stats.segmenting.mixtures import Mixture

VOTERS: Final = 10
FEW_FEATURES: Final = 6
"""Past so many, a search tree is slower than all distances."""


class Rule(Protocol):
    """What tells the probability of each segment for scaled rows; all 0 is noise."""

    def __call__(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probabilities, n × K."""


@dataclass(frozen=True, slots=True, eq=False)
class ByMixture:
    """Probabilities of the components."""

    mixture: Mixture

    def __call__(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Weight × density, as shares."""
        return self.mixture.posterior(rows)


@dataclass(frozen=True, slots=True, eq=False)
class ByNeighbours:
    """Shares of the nearest rows that formed the segments; noise past the reach of the nearest."""

    rows: NDArray[np.float64]
    labels: NDArray[np.int64]
    k: int
    reach: float = np.inf
    voters: int = VOTERS

    def __call__(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Votes of the nearest, each by the inverse of its distance."""
        from sklearn.neighbors import NearestNeighbors  # noqa: PLC0415

        n, p = self.rows.shape
        way = "kd_tree" if p <= FEW_FEATURES else "brute"
        held = NearestNeighbors(n_neighbors=min(self.voters, n), algorithm=way).fit(self.rows)
        distance, near = held.kneighbors(rows)
        weight = 1 / (distance + 1e-3 * distance.mean(axis=1, keepdims=True) + 1e-12)
        weight /= weight.sum(axis=1, keepdims=True)
        weight *= distance[:, :1] <= self.reach
        voted = self.labels[near]
        weight[voted < 0] = 0.0
        flat = np.arange(len(rows))[:, None] * self.k + np.maximum(voted, 0)
        votes = np.bincount(flat.ravel(), weight.ravel(), minlength=len(rows) * self.k)
        return votes.astype(np.float64).reshape(len(rows), self.k)
