"""Peaks of density and the valleys between them: how many groups thin places set apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from assay.stats.segmenting.trees import spanning_tree

if TYPE_CHECKING:
    from numpy.typing import NDArray

SMALLEST: Final = 0.01
"""A peak with fewer than this share of the rows (or 5) is no group."""


class Peaks(NamedTuple):
    """How deep the valley is that sets each peak but the highest apart, the deepest first.

    In standard errors of the estimated log density; `sizes` are rows on the peak's side when its
    valley is reached.
    """

    depths: NDArray[np.float64]
    sizes: NDArray[np.int64]
    dimension: float


def neighbours_for(n: int) -> int:
    """How many nearest neighbours a density of `n` rows is read from."""
    return int(np.clip(round(0.8 * np.sqrt(n)), 8, 25))


def peaks(rows: NDArray[np.float64], neighbours: int | None = None) -> Peaks:
    """Peaks of the nearest-neighbour density, with the depth of the valley before each.

    Rows are joined through their nearest neighbours and the spanning tree, the densest first; where
    two peaks meet, the lower one ends. A long edge is a valley as deep as its length says.

    References:
        Chazal, Guibas, Oudot & Skraba (2013), Persistence-based clustering in Riemannian manifolds;
        Levina & Bickel (2004), Maximum likelihood estimation of intrinsic dimension.
    """
    from scipy.sparse import coo_array  # noqa: PLC0415
    from scipy.sparse.csgraph import minimum_spanning_tree  # noqa: PLC0415
    from sklearn.neighbors import NearestNeighbors  # noqa: PLC0415

    n = len(rows)
    k = min(neighbours or neighbours_for(n), n - 1)
    reach, near = NearestNeighbors(n_neighbors=k + 1).fit(rows).kneighbors(rows)
    reach, near = np.maximum(reach[:, 1:], 1e-9), near[:, 1:]
    radius = np.sqrt((reach**2).mean(axis=1))
    doubling = np.median(np.log(reach[:, -1] / reach[:, max(k // 2 - 1, 0)]))
    dimension = float(np.clip(np.log(k / max(k // 2, 1)) / max(doubling, 1e-9), 1.0, rows.shape[1]))
    height = -dimension * np.log(radius)
    tree = spanning_tree(rows)
    gap = -dimension * np.log(np.maximum(tree.length, 1e-9))
    bridge = np.minimum(np.minimum(height[tree.one], height[tree.other]), gap)
    pairs = np.unique(_pair(np.repeat(np.arange(n), k), near.ravel(), n))
    bridges = _pair(tree.one, tree.other, n)
    far = ~np.isin(bridges, pairs)
    low, high = np.divmod(np.concatenate((pairs, bridges[far])), n)
    kept = low != high
    level = np.minimum(height[low], height[high])
    level[len(pairs) :] = bridge[far]
    low, high, level = low[kept], high[kept], level[kept]
    links = minimum_spanning_tree(coo_array((level.max() - level + 1, (low, high)), shape=(n, n)))
    kept_links = links.tocoo()
    met = level.max() + 1 - kept_links.data
    return _ends(height, (kept_links.row, kept_links.col), met, np.sqrt(k), dimension)


def _pair(one: NDArray[np.integer], other: NDArray[np.integer], n: int) -> NDArray[np.integer]:
    """One number for two rows, whichever comes first."""
    found: NDArray[np.integer] = np.minimum(one, other) * n + np.maximum(one, other)
    return found


def _ends(
    height: NDArray[np.float64],
    ends: tuple[NDArray[np.integer], NDArray[np.integer]],
    met: NDArray[np.float64],
    scale: float,
    dimension: float,
) -> Peaks:
    order = np.argsort(-met, kind="stable")
    parent, size, top = list(range(len(height))), [1] * len(height), height.tolist()

    def group(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    depths, sizes = [], []
    smallest = max(5, SMALLEST * len(height))
    for a, b, level in zip(
        ends[0][order].tolist(), ends[1][order].tolist(), met[order].tolist(), strict=True
    ):
        high, low = group(a), group(b)
        if top[high] < top[low]:
            high, low = low, high
        if size[low] >= smallest:
            depths.append(top[low] - level)
            sizes.append(size[low])
        parent[low] = high
        size[high] += size[low]
    depth = scale * np.array(depths)
    deepest = np.argsort(-depth, kind="stable")
    return Peaks(depth[deepest], np.array(sizes, dtype=np.int64)[deepest], dimension)
