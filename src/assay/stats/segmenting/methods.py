"""Ways to form K groups of scaled rows: each gives labels and a rule that takes in new rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple, get_args

import numpy as np

from assay.core.errors import DataError
from assay.stats.segmenting.mixtures import SHAPES, Mixture, fit
from assay.stats.segmenting.rules import ByMixture, ByNeighbours, Rule
from assay.stats.segmenting.segments import NOISE, by_size
from assay.stats.segmenting.starts import Starts, joined, nearest_centres
from assay.stats.segmenting.trees import groups_at, merging_order, spanning_tree

if TYPE_CHECKING:
    from numpy.typing import NDArray


Method = Literal["k-means", "mixture", "ward", "average", "linkage", "density"]
METHODS: Final[tuple[Method, ...]] = get_args(Method)
MIXTURE_ROWS: Final = 2000
"""Rows of which a mixture's shape is chosen."""


class Formed(NamedTuple):
    """Groups of the rows they were formed of, and the rule that takes in others."""

    labels: NDArray[np.int64]
    rule: Rule
    k: int


def form(rows: NDArray[np.float64], k: int, method: Method, seed: int) -> Formed:
    """`k` groups of scaled rows; by density, as many as there are dense places.

    Raises:
        DataError: fewer different rows than groups.
    """
    different = len(np.unique(rows, axis=0)) if k > 1 else 1
    if different < k:
        raise DataError(
            f"{different} different entities, expected at least {k} for {k} segments",
            remedy="ask for fewer segments, or add features that tell entities apart",
        )
    match method:
        case "k-means":
            return _of_mixture(_spheres(rows, k, seed), rows)
        case "mixture":
            return _of_mixture(best_mixture(rows, k, seed), rows)
        case "linkage":
            tree = spanning_tree(rows)
            return _of_labels(rows, groups_at(tree, merging_order(tree), k))
        case "density":
            return _dense(rows)
        case _:
            return _of_labels(rows, joined(rows, k, method))


def best_mixture(rows: NDArray[np.float64], k: int, seed: int) -> Mixture:
    """The mixture of `k` with the most evidence over shapes of covariance and starts."""
    part = some(rows, MIXTURE_ROWS, seed)
    starts = Starts(part, seed).at(k)
    best = max((fit(part, starts, shape) for shape in SHAPES), key=lambda each: each.evidence)
    if part is rows:
        return best
    return fit(rows, [best.posterior(rows).argmax(axis=1)], best.shape)


def some(rows: NDArray[np.float64], most: int, seed: int) -> NDArray[np.float64]:
    """At most so many rows, drawn at random."""
    if len(rows) <= most:
        return rows
    return rows[np.random.default_rng([seed, 2]).choice(len(rows), most, replace=False)]


def _spheres(rows: NDArray[np.float64], k: int, seed: int) -> Mixture:
    """K-means as equal spheres of one size, so that membership can be said as a probability."""
    n, p = rows.shape
    labels, within = nearest_centres(rows, k, seed, starts=10)
    sizes = np.bincount(labels, minlength=k)
    means = np.column_stack([np.bincount(labels, column, k) for column in rows.T]) / sizes[:, None]
    spread = np.sqrt(max(within, 1e-9 * n * p) / (n * p))
    return Mixture(
        shape="spherical",
        weights=np.full(k, 1 / k),
        means=means,
        factors=np.broadcast_to(spread * np.eye(p), (k, p, p)).copy(),
        log_likelihood=0.0,
        rows=n,
    )


def _of_mixture(mixture: Mixture, rows: NDArray[np.float64]) -> Formed:
    labels = mixture.posterior(rows).argmax(axis=1)
    order = np.lexsort((np.arange(mixture.k), -np.bincount(labels, minlength=mixture.k)))
    place = np.argsort(order)
    sorted_ = Mixture(
        shape=mixture.shape,
        weights=mixture.weights[order],
        means=mixture.means[order],
        factors=mixture.factors[order],
        log_likelihood=mixture.log_likelihood,
        rows=mixture.rows,
    )
    return Formed(place[labels], ByMixture(sorted_), mixture.k)


def _of_labels(rows: NDArray[np.float64], labels: NDArray[np.int64]) -> Formed:
    named = by_size(labels)
    k = int(named.max()) + 1
    return Formed(named, ByNeighbours(rows, named, k), k)


def _dense(rows: NDArray[np.float64]) -> Formed:
    from sklearn.cluster import HDBSCAN  # noqa: PLC0415

    smallest = max(5, len(rows) // 50)
    found = HDBSCAN(min_cluster_size=smallest, copy=True).fit(rows).labels_.astype(np.int64)
    if not (found >= 0).any():
        found = np.zeros(len(rows), dtype=np.int64)
    named = by_size(found)
    k = int(named.max()) + 1
    inside = rows[named != NOISE]
    from sklearn.neighbors import NearestNeighbors  # noqa: PLC0415

    nearest = NearestNeighbors(n_neighbors=2).fit(inside).kneighbors(inside)[0][:, 1]
    return Formed(named, ByNeighbours(rows, named, k, float(np.quantile(nearest, 0.99))), k)
