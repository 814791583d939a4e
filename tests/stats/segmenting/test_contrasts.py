"""What sets segments apart: a finding where groups are, nothing where one cloud was cut."""

from dataclasses import replace

import numpy as np
import pytest

from assay.core.errors import DataError
from assay.stats.segmenting import segment
from assay.stats.segmenting.contrasts import _beyond, crossed, matched, set_apart, standardised
from assay.stats.segmenting.differences import differences
from assay.stats.segmenting.lacking import lacking
from assay.stats.segmenting.rules import ByMixture
from assay.stats.segmenting.structure import Structure

GROUPS = Structure(verdict="clear", p_value=0.01, strength=9.0, shown_by="", draws=99, rows=0)
NONE = replace(GROUPS, verdict="none", p_value=0.6)


@pytest.fixture(scope="module")
def two():
    """Two groups 4 apart in feature 0, 0.8 in feature 1, alike in 2 and 3."""
    rng = np.random.default_rng(2)
    group = rng.integers(2, size=300)
    rows = rng.normal(size=(300, 4))
    rows[:, 0] += 4 * group
    rows[:, 1] += 0.8 * group
    return rows, segment(rows, k=2, method="mixture", seed=1)


@pytest.fixture(scope="module")
def apart(two):
    rows, found = two
    return set_apart(rows, 1, found=replace(found, structure=GROUPS))


def test_what_defines_is_told_from_what_goes_along(apart):
    np.testing.assert_array_equal(apart.defines, [[True, False, False, False]] * 2)
    np.testing.assert_array_equal(apart.goes_along[:, 1:], [[True, False, False]] * 2)
    assert abs(apart.shown.effect[0, 0]) > 3
    assert abs(apart.along.effect[0, 0]) < abs(apart.shown.effect[0, 0])


def test_the_effect_of_a_feature_that_had_no_say_is_that_of_the_groups(apart):
    """0.8 standard deviations, less the little that wrong assignment costs."""
    high = apart.along.effect[:, 1].max()
    assert high == pytest.approx(0.8, abs=3 * np.sqrt(4 / 300))


def test_nothing_is_claimed_where_there_are_no_groups(two):
    rows, found = two
    given = set_apart(rows, 1, found=replace(found, structure=NONE))
    assert not given.claimed.any()
    assert given.shown.claimed.any()


def test_one_cloud_cut_in_three_differs_everywhere_and_nothing_of_it_is_claimed():
    rows = np.random.default_rng(3).normal(size=(200, 3))
    found = segment(rows, k=3, method="k-means", seed=1)
    assert differences(rows, found.labels, 3).claimed.any()
    given = set_apart(rows, 1, found=found)
    assert given.tested.verdict == "none"
    assert given.shown.claimed.any()
    assert not given.claimed.any()
    assert not given.defines.any()


def test_the_cut_of_a_cloud_is_that_of_a_halved_normal(apart):
    """Halves of a normal lie 2√(2/π) apart, with √(1 − 2/π) within: 2.65 standard deviations.

    One feature decides here, and its margin with two peaks was smoothed to a broad one (uniform
    halves: √12 = 3.46).
    """
    assert 2.6 < abs(apart.cut[0, 0]) < 3.6
    values = np.random.default_rng(1).normal(size=(40_000, 1))
    halves = standardised(values, (values[:, 0] > 0).astype(np.int64), 2)
    expected = 2 * np.sqrt(2 / np.pi) / np.sqrt(1 - 2 / np.pi)
    np.testing.assert_allclose(halves[:, 0], [-expected, expected], rtol=0.02)


def test_a_mixture_without_a_feature_is_integrated_over_it(two):
    """The posterior of the other features: the joint density summed on a fine grid."""
    rows, _ = two
    scaled = rows[:, :2]
    found = segment(scaled, k=2, method="mixture", seed=1)
    rule = found.rule
    assert isinstance(rule, ByMixture)
    grid = np.linspace(-12, 12, 4001)
    at = 0.3
    joint = np.exp(rule.mixture.log_joint(np.column_stack((grid, np.full(4001, at)))))
    expected = joint.sum(axis=0) / joint.sum()
    np.testing.assert_allclose(lacking(rule, 0)(np.array([[at]]))[0], expected, atol=1e-6)


def test_neighbours_without_a_feature_are_looked_for_in_the_others(two):
    rows, _ = two
    found = segment(rows, k=2, method="linkage", seed=1)
    rule = lacking(found.rule, 2)
    moved = found.scaling(rows)
    chances = rule(np.delete(moved, 2, axis=1))
    assert chances.shape == (300, 2)
    np.testing.assert_allclose(chances.sum(axis=1), 1)


def test_the_only_feature_cannot_be_left_out():
    rng = np.random.default_rng(5)
    rows = np.concatenate((rng.normal(0, 1, (80, 1)), rng.normal(6, 1, (80, 1))))
    found = segment(rows, k=2, method="k-means", seed=1)
    assert lacking(found.rule, 0) is None
    given = set_apart(rows, 1, found=replace(found, structure=GROUPS))
    assert np.isnan(given.along.effect).all()
    assert not given.goes_along.any()
    assert given.defines.all()


def test_no_entity_is_measured_by_a_rule_that_it_formed(two):
    rows, found = two
    scaled = found.scaling(rows)
    one = crossed(scaled, found.labels, 2, "mixture", 1)
    moved = scaled.copy()
    held = one.fold == 0
    moved[held] += 100.0
    other = crossed(moved, found.labels, 2, "mixture", 1)
    np.testing.assert_array_equal(
        one.formed[0].rule.mixture.means, other.formed[0].rule.mixture.means
    )
    assert np.bincount(one.fold).tolist() == [60] * 5
    assert (one.labels == found.labels).mean() > 0.95


def test_segments_are_matched_by_the_members_they_share():
    reference = np.array([0, 0, 0, 1, 1, 2, 2, -1])
    labels = np.array([2, 2, 1, 0, 0, 1, 1, 0])
    np.testing.assert_array_equal(matched(labels, reference, 3, 3), [1, 2, 0])
    np.testing.assert_array_equal(matched(np.array([0, 1, 1]), np.zeros(3, int), 2, 1), [-1, 0])


def test_one_segment_is_set_apart_from_nothing():
    rows = np.random.default_rng(3).normal(size=(60, 2))
    assert set_apart(rows, 1, k=1) is None


def test_too_few_to_hold_out_are_told(two):
    rows, _ = two
    found = segment(rows[:12], k=3, method="k-means", seed=1)
    with pytest.raises(DataError, match="12 entities in 3 segments, expected at least 15"):
        set_apart(rows[:12], 1, found=found)


def test_no_effect_is_not_more_than_the_clouds_effect_the_other_way():
    """Differences from 0 to 0.9 beside a cut of −0.5, known to about 0.13: zero is not beyond it."""
    effect = np.array([[0.0, 0.1, 0.4, -0.4, -0.9]])
    shown = differences(np.random.default_rng(1).normal(size=(90, 5)), np.arange(90) % 2, 2)
    held = replace(shown, effect=effect, error=np.full((1, 5), 0.05), tests=5)
    more, low, _, surely = _beyond(held, np.full((1, 5), -0.5), 0.05)
    np.testing.assert_allclose(more, [[0.0, 0.1, 0.4, -0.1, 0.4]], atol=1e-12)
    assert surely.tolist() == [[False, False, True, False, True]]
    assert (low < more).all()
