"""The spanning tree and the linkage on it, against slow and obvious ways."""

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial.distance import cdist

from assay.stats.segmenting.trees import groups_at, merging_order, spanning_tree

ROWS = np.random.default_rng(5).normal(size=(60, 3))


def gini(sizes):
    """Gagolewski, Bartoszuk & Cena (2016), sec. 3: the normalised Gini index."""
    sizes = np.asarray(sizes, dtype=float)
    return np.abs(sizes[:, None] - sizes).sum() / 2 / ((len(sizes) - 1) * sizes.sum())


def joined_slowly(rows, k, limit):
    """All pairs of groups, the nearest in single linkage, as the paper states it."""
    distance = cdist(rows, rows)
    groups = [[at] for at in range(len(rows))]
    while len(groups) > k:
        sizes = [len(group) for group in groups]
        unequal = gini(sizes) > limit
        best = min(
            (distance[np.ix_(a, b)].min(), i, j)
            for i, a in enumerate(groups)
            for j, b in enumerate(groups[:i])
            if not unequal or min(sizes) in {len(a), len(b)}
        )
        groups[best[1]] += groups[best[2]]
        del groups[best[2]]
    labels = np.empty(len(rows), dtype=int)
    for at, group in enumerate(groups):
        labels[group] = at
    return labels


def same(one, other):
    pairs = set(zip(one.tolist(), other.tolist(), strict=True))
    return len(pairs) == len(set(one.tolist())) == len(set(other.tolist()))


def test_the_tree_is_as_short_as_scipy_finds_it():
    tree = spanning_tree(ROWS)
    assert tree.length.sum() == pytest.approx(minimum_spanning_tree(cdist(ROWS, ROWS)).sum())
    assert (np.diff(tree.length) >= 0).all()


@pytest.mark.parametrize("limit", [0.1, 0.3, 0.5])
@pytest.mark.parametrize("k", [2, 5, 20])
def test_the_linkage_is_that_of_the_paper(limit, k):
    tree = spanning_tree(ROWS)
    assert same(groups_at(tree, merging_order(tree, limit), k), joined_slowly(ROWS, k, limit))


def test_without_a_limit_it_is_single_linkage():
    tree = spanning_tree(ROWS)
    single = fcluster(linkage(ROWS, "single"), 4, "maxclust")
    assert same(groups_at(tree, merging_order(tree, 1.0), 4), single)


def test_one_outlier_is_joined_before_groups_are():
    rng = np.random.default_rng(1)
    rows = np.concatenate((rng.normal(0, 1, (50, 2)), rng.normal(9, 1, (50, 2)), [[90.0, 90.0]]))
    tree = spanning_tree(rows)
    assert sorted(np.bincount(groups_at(tree, merging_order(tree), 2))) == [50, 51]
    assert sorted(np.bincount(groups_at(tree, merging_order(tree, 1.0), 2))) == [1, 100]
