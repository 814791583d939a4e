"""Groupings that other methods start from: around centres, and by joining the least scatter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from assay.stats.segmenting.trees import groups_at, merging_order, spanning_tree

if TYPE_CHECKING:
    from numpy.typing import NDArray


RANDOM: Final = 4


class Starts:
    """Groupings of some rows at any k, for mixtures to start from."""

    def __init__(self, rows: NDArray[np.float64], seed: int) -> None:
        from scipy.cluster.hierarchy import linkage  # noqa: PLC0415

        self.rows, self.seed = rows, seed
        self._tree = spanning_tree(rows)
        self._order = merging_order(self._tree)
        self._ward = linkage(rows, "ward")

    def at(self, k: int, *, random: int = RANDOM) -> list[NDArray[np.int64]]:
        """Groupings into k, `random` of them around centres drawn at random."""
        if k == 1:
            return [np.zeros(len(self.rows), dtype=np.int64)]
        from scipy.cluster.hierarchy import fcluster  # noqa: PLC0415

        centres = (
            nearest_centres(self.rows, k, self.seed + at, starts=1)[0] for at in range(random)
        )
        return [
            self.linked(k),
            fcluster(self._ward, k, "maxclust").astype(np.int64) - 1,
            *centres,
        ]

    def linked(self, k: int) -> NDArray[np.int64]:
        """The groups of the linkage on the spanning tree."""
        return groups_at(self._tree, self._order, k)


def nearest_centres(
    rows: NDArray[np.float64], k: int, seed: int, *, starts: int = 2
) -> tuple[NDArray[np.int64], float]:
    """Which of k centres is nearest (k-means), and the scatter around them.

    References:
        Lloyd (1982), Least squares quantization in PCM; Arthur & Vassilvitskii (2007), k-means++.
    """
    from warnings import catch_warnings, simplefilter  # noqa: PLC0415

    from sklearn.cluster import KMeans  # noqa: PLC0415
    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415

    with catch_warnings():
        simplefilter("ignore", ConvergenceWarning)
        found = KMeans(k, n_init=starts, random_state=seed).fit(rows)
    return found.labels_.astype(np.int64), float(found.inertia_)


def joined(
    rows: NDArray[np.float64], k: int, linkage: Literal["ward", "average"]
) -> NDArray[np.int64]:
    """K groups by joining the two nearest, again and again.

    References:
        Ward (1963), Hierarchical grouping to optimize an objective function.
    """
    from scipy.cluster.hierarchy import cut_tree  # noqa: PLC0415
    from scipy.cluster.hierarchy import linkage as joins  # noqa: PLC0415

    return cut_tree(joins(rows, linkage), n_clusters=[k])[:, 0].astype(np.int64)
