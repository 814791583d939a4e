"""Segments of known truth are found, of any unit, and bad input is told."""

import numpy as np
import pytest

from assay.core.errors import DataError, ParameterError
from assay.stats.segmenting import METHODS, segment

SEED = 3


def agreement(one, other):
    """The adjusted Rand index, from the table of pairs (Hubert & Arabie 1985)."""
    table = np.zeros((one.max() + 1, other.max() + 1))
    np.add.at(table, (one, other), 1)
    pairs = [(c * (c - 1) / 2).sum() for c in (table, table.sum(0), table.sum(1))]
    expected = pairs[1] * pairs[2] / (len(one) * (len(one) - 1) / 2)
    return (pairs[0] - expected) / ((pairs[1] + pairs[2]) / 2 - expected)


@pytest.fixture(scope="module")
def three():
    """Three clouds 5 standard deviations apart, in units that differ by a million."""
    rng = np.random.default_rng(SEED)
    centres = np.array([[0, 0, 0], [5, 5, 0], [5, 0, 5.0]])
    truth = np.repeat([0, 1, 2], [90, 60, 40])
    return (centres[truth] + rng.normal(size=(190, 3))) * [1e-3, 1.0, 1e3], truth


@pytest.fixture(scope="module")
def ring():
    """A ring around a cloud."""
    rng = np.random.default_rng(SEED)
    angle = rng.uniform(0, 2 * np.pi, 200)
    around = np.column_stack((np.cos(angle), np.sin(angle))) * 8 + rng.normal(0, 0.3, (200, 2))
    return np.concatenate((around, rng.normal(0, 1, (150, 2)))), np.repeat([0, 1], [200, 150])


@pytest.mark.parametrize("method", [*METHODS, "default"])
def test_clouds_far_apart_are_found_by_every_method(three, method):
    rows, truth = three
    found = segment(rows, k=3, method=method, seed=SEED)
    kept = found.labels >= 0
    assert found.k == 3
    assert agreement(found.labels[kept], truth[kept]) > 0.95
    assert found.sizes == tuple(np.bincount(found.labels[kept]))
    assert list(found.sizes) == sorted(found.sizes, reverse=True)


@pytest.mark.parametrize("method", METHODS)
def test_membership_is_a_probability_and_new_rows_join_the_same_way(three, method):
    rows, _ = three
    found = segment(rows, k=3, method=method, seed=SEED)
    total = found.membership.sum(axis=1)
    assert found.membership.shape == (190, 3)
    assert found.membership.min() >= 0
    np.testing.assert_allclose(total[found.labels >= 0], 1, atol=1e-5)
    labels, membership = found.assign(rows[:50])
    assert (labels == found.labels[:50]).mean() >= 0.96
    np.testing.assert_array_equal(found.assign(rows[:50])[1], membership)


def test_the_same_seed_gives_the_same_segments(three):
    rows, _ = three
    one, other = (segment(rows, k=3, seed=8) for _ in range(2))
    np.testing.assert_array_equal(one.labels, other.labels)
    np.testing.assert_array_equal(one.membership, other.membership)


def test_a_ring_around_a_cloud_is_no_mixture_of_two(ring):
    rows, truth = ring
    found = segment(rows, k=2, seed=SEED)
    assert found.method == "linkage"
    assert agreement(found.labels, truth) == 1
    assert "another shape" in found.reasons[0]


def test_clouds_that_overlap_are_a_mixture():
    rng = np.random.default_rng(SEED)
    rows = rng.normal(size=(600, 2)) + np.repeat([[0, 0], [3, 0]], 300, axis=0)
    found = segment(rows, k=2, seed=SEED)
    assert found.method == "mixture"
    best = 2 * 0.0668  # each cloud's share past the middle, 1.5 standard deviations away
    truth = np.repeat([0, 1], 300)
    wrong = min((found.labels != truth).mean(), (found.labels == truth).mean())
    assert wrong < best


def test_a_million_times_the_unit_changes_nothing(three):
    rows, _ = three
    one, other = segment(rows, k=3), segment(rows * [1, 1e6, 1], k=3)
    np.testing.assert_array_equal(one.labels, other.labels)


def test_a_constant_feature_is_left_out_and_said(three):
    rows, _ = three
    found = segment(np.column_stack((rows[:, 0], np.full(190, 7.0), rows[:, 1:])), k=3)
    assert found.scaling.left_out == (1,)
    np.testing.assert_array_equal(found.labels, segment(rows, k=3).labels)


USUAL = np.random.default_rng(1).normal(size=(30, 3))


def but(value, at=(3, 1)):
    rows = USUAL.copy()
    rows[at] = value
    return rows


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([], "shape"),
        (np.zeros((0, 3)), "0 entities"),
        (USUAL[:1], "one entity"),
        (USUAL[:2], "2 entities with 3 features"),
        (np.ones((30, 3)), "constant"),
        (np.full((30, 3), np.nan), "every value is missing"),
        (but(np.nan, (slice(None), 1)), "feature 1 is missing for every entity"),
        (but(np.nan), "feature 1 is missing for 1 of 30"),
        (but(np.inf), "feature 1 holds inf"),
        (but(-np.inf), "feature 1 holds -inf"),
        (but(1e200), "feature 1 holds 1e.200"),
        (USUAL[:, 0], "shape"),
        ([["a", "b"]] * 5, "cannot be read as numbers"),
        (USUAL + 1j, "cannot be read as numbers"),
    ],
)
def test_what_cannot_be_segmented_is_told(rows, says):
    with pytest.raises(DataError, match=says) as told:
        segment(rows, k=2)
    assert told.value.remedy


def test_more_segments_than_different_entities_are_refused():
    rows = np.repeat([[0.0, 1.0], [1.0, 0.0]], 20, axis=0)
    with pytest.raises(DataError, match="2 different entities, expected at least 3"):
        segment(rows, k=3, method="k-means")
    assert segment(rows, k=2, method="k-means").sizes == (20, 20)


@pytest.mark.parametrize("entities", [2, 3, 5, 9, 15, 19])
def test_few_entities_show_no_structure_and_are_divided_when_asked(entities):
    rows = USUAL[:entities, :2]
    alone = segment(rows)
    assert (alone.k, alone.structure.verdict, alone.structure.p_value) == (1, "none", 1.0)
    assert sum(segment(rows, k=2).sizes) == entities


@pytest.mark.parametrize("method", ["default", *METHODS])
def test_entities_that_are_half_of_them_the_same_are_divided(method):
    """The lump is never torn, by whichever method."""
    rows = np.vstack((np.tile(USUAL[0] + 6, (30, 1)), USUAL))
    found = segment(rows, k=2, method=method)
    assert found.sizes[0] >= 30
    assert len(np.unique(found.labels[:30])) == 1
    assert np.isfinite(found.membership).all()


def test_three_kinds_of_equal_entities_are_three_segments():
    found = segment(np.repeat(USUAL[:3], 40, axis=0), seed=1)
    assert (found.k, found.sizes, found.structure.verdict) == (3, (40, 40, 40), "clear")


@pytest.mark.parametrize("k", [0, -1, 31, 2.5])
def test_k_is_at_least_one_and_at_most_the_entities(k):
    with pytest.raises(ParameterError, match="expected a whole number from 1 to 30"):
        segment(USUAL, k=k)


def test_a_method_that_is_not_known_is_told():
    with pytest.raises(ParameterError, match="'k-mean' is not known") as told:
        segment(USUAL, k=2, method="k-mean")
    assert "k-means" in told.value.remedy


def test_new_rows_have_the_features_that_formed_the_segments(three):
    found = segment(three[0], k=3, method="k-means")
    with pytest.raises(DataError, match="2 features in a row, expected 3"):
        found.assign(three[0][:, :2])
