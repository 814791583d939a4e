"""Sizes cover the truth, certainty is that of a segment formed without the entity."""

import numpy as np
import pytest
from scipy.special import expit

from assay.stats.segmenting import segment
from assay.stats.segmenting.sizes import sizes, typical


@pytest.fixture(scope="module")
def found():
    rng = np.random.default_rng(6)
    rows = rng.normal(size=(400, 2))
    rows[:120, 0] += 4
    return rows, segment(rows, k=2, method="mixture", seed=1)


@pytest.fixture(scope="module")
def told(found):
    return sizes(*found, seed=1, draws=12)


def test_the_interval_holds_the_truth_and_is_wider_than_a_count_alone(told):
    """Groups of 30 % and 70 %; binomial: ± 1.96 √(.3 × .7 / 400) = ± .045."""
    assert told.low[1] < 0.3 < told.high[1]
    assert told.high[1] - told.low[1] > 0.08
    np.testing.assert_allclose(told.share.sum(), 1, atol=1e-5)
    np.testing.assert_allclose(told.low[0], 1 - told.high[1], atol=0.02)


def test_certainty_is_that_of_the_two_normals(found, told):
    """Bayes: log odds of 4x − 8 + log(.3 / .7) for unit normals at 0 and 4."""
    rows, segments = found
    truth = expit(4 * rows[:, 0] - 8 + np.log(0.3 / 0.7))
    own = np.where(segments.labels == 1, truth, 1 - truth)
    seen = np.isfinite(told.certainty)
    assert seen.mean() > 0.99
    assert np.abs(told.certainty - own)[seen].mean() < 0.03


def test_the_same_seed_gives_the_same_sizes(found, told):
    again = sizes(*found, seed=1, draws=12)
    np.testing.assert_array_equal(again.low, told.low)
    np.testing.assert_array_equal(again.certainty, told.certainty)


def test_a_linkage_is_formed_again_too():
    rng = np.random.default_rng(2)
    rows = np.concatenate((rng.normal(0, 1, (60, 2)), rng.normal(9, 1, (30, 2))))
    told = sizes(rows, segment(rows, k=2, method="linkage"), draws=6)
    np.testing.assert_allclose(told.share, [2 / 3, 1 / 3], atol=1e-3)
    assert np.nanmin(told.certainty) > 0.99
    assert (told.low < told.share).all()


def test_the_typical_member_is_sure_and_in_the_middle():
    scaled = np.array([[0.0], [1.0], [2.0], [1.1], [9.0], [10.0], [11.0], [50.0]])
    labels = np.array([0, 0, 0, 0, 1, 1, 1, -1])
    certainty = np.array([0.9, 0.9, 0.9, 0.2, 0.9, 0.9, 0.9, np.nan])
    first, second = typical(scaled, labels, certainty, 1)
    assert first.tolist() == [1]
    assert second.tolist() == [5]
