"""A difference within strata: what least squares with constants and a sandwich say."""

import numpy as np
import pytest

from assay.core.errors import DataError
from assay.stats.within_strata import within_strata


def by_least_squares(y, side, strata, clusters):
    """The slow way: one dummy per stratum, the sandwich of whole clusters (CR1, G / (G - 1))."""
    dummies = (strata[:, None] == np.unique(strata)).astype(float)
    x = np.column_stack((side, dummies))
    bread = np.linalg.pinv(x.T @ x)
    beta = bread @ x.T @ y
    off = y - x @ beta
    names = np.unique(clusters)
    scores = np.array([(x[clusters == one].T @ off[clusters == one]) for one in names])
    many = len(names)
    variance = bread @ (scores.T @ scores) @ bread * many / (many - 1)
    return beta[0], np.sqrt(variance[0, 0])


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(1)
    clusters = rng.integers(0, 30, 600)
    strata = rng.integers(0, 8, 600)
    side = (rng.random(600) < 0.2 + 0.07 * strata).astype(int)
    y = rng.normal(size=30)[clusters] + strata + 0.3 * side + rng.normal(size=600)
    return y, side, strata, clusters


def test_the_difference_and_its_error_are_those_of_least_squares(rows):
    y, side, strata, clusters = rows
    found = within_strata(y, np.ones(600), side, strata, clusters)
    value, error = by_least_squares(y, side, strata, clusters)
    assert found.value == pytest.approx(value)
    assert found.error == pytest.approx(error)
    assert found.other - found.base == pytest.approx(value)
    assert found.clusters == 30
    low, high = found.interval(0.05)
    assert low < 0.3 < high
    assert (found.p < 0.05) == (not low <= 0 <= high)


def test_groups_of_rows_tell_the_same_as_rows(rows):
    y, side, strata, clusters = rows
    keys, place = np.unique(np.column_stack((side, strata, clusters)), axis=0, return_inverse=True)
    place = place.ravel()
    sums, counts = np.bincount(place, y), np.bincount(place)
    grouped = within_strata(sums, counts, keys[:, 0], keys[:, 1], keys[:, 2])
    single = within_strata(y, np.ones(600), side, strata, clusters)
    assert (grouped.value, grouped.error) == pytest.approx((single.value, single.error))
    assert grouped.rows == 600


def test_swapping_sides_mirrors_the_answer(rows):
    y, side, strata, clusters = rows
    there = within_strata(y, np.ones(600), side, strata, clusters)
    back = within_strata(y, np.ones(600), 1 - side, strata, clusters)
    assert back.value == pytest.approx(-there.value)
    assert (back.error, back.base) == pytest.approx((there.error, there.other))


def test_strata_of_one_side_change_nothing_but_how_much_is_shared(rows):
    y, side, strata, clusters = rows
    more = within_strata(
        np.append(y, [50.0, 60.0]),
        np.append(np.ones(600), [1, 99]),
        np.append(side, [1, 1]),
        np.append(strata, [90, 90]),
        np.append(clusters, [90, 91]),
    )
    same = within_strata(y, np.ones(600), side, strata, clusters)
    assert (more.value, more.error) == (same.value, same.error)
    assert more.shared == pytest.approx(600 / 700)
    assert more.of_other == same.of_other


def test_intervals_hold_where_persons_differ_more_than_rows() -> None:
    rng = np.random.default_rng(2)
    missed, sets = 0, 300
    for _ in range(sets):
        clusters = np.repeat(np.arange(40), 10)
        side = rng.integers(0, 2, 40)[clusters]
        strata = rng.integers(0, 3, 400)
        y = rng.normal(size=40)[clusters] + rng.normal(size=400) * 0.5 + strata
        low, high = within_strata(y, np.ones(400), side, strata, clusters).interval(0.05)
        missed += not low <= 0 <= high
    assert missed / sets <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / sets)


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(DataError, match="no stratum"):
        within_strata([1.0, 2.0], [1, 1], [0, 1], [0, 1], [0, 1])
    with pytest.raises(DataError, match="one cluster"):
        within_strata([1.0, 2.0], [1, 1], [0, 1], [0, 0], [5, 5])
    same = within_strata([1.0, 1.0, 1.0, 1.0], [1] * 4, [0, 1, 0, 1], [0] * 4, [0, 1, 2, 3])
    assert (same.value, same.p) == (0, 1)
