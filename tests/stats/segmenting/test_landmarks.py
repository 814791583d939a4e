"""Segments of any shape as spheres: each stands for enough rows, and together they keep borders."""

import numpy as np
import pytest

from assay.stats.segmenting import segment
from assay.stats.segmenting.landmarks import MOST, _halved, landmarks


def moons(n, seed=3):
    """Two half circles that no straight line parts."""
    rng = np.random.default_rng(seed)
    turn, kind = rng.uniform(0, np.pi, n), np.arange(n) % 2
    rows = np.column_stack((np.cos(turn), np.sin(turn)))
    rows[kind == 1] = np.column_stack((1 - np.cos(turn), 0.5 - np.sin(turn)))[kind == 1]
    return rows + rng.normal(size=(n, 2)) * 0.06, kind


@pytest.mark.parametrize(("n", "least"), [(1, 10), (19, 10), (20, 10), (77, 10), (500, 7)])
def test_every_row_is_in_one_part_and_no_part_has_too_few(n, least):
    rows = np.random.default_rng(n).normal(size=(n, 4))
    parts = list(_halved(rows, least))
    assert sorted(map(tuple, np.concatenate(parts))) == sorted(map(tuple, rows))
    assert all(len(part) >= min(least, n) for part in parts)
    assert all(len(part) < 2 * least for part in parts)


def test_spheres_are_the_means_and_spreads_of_their_parts():
    rows = np.random.default_rng(5).normal(size=(40, 3))
    found = landmarks(rows, np.zeros(40, dtype=int), 10)
    parts = list(_halved(rows, 10))
    assert found.mixture.means == pytest.approx(np.array([part.mean(axis=0) for part in parts]))
    variances = [((part - part.mean(axis=0)) ** 2).sum() / part.size for part in parts]
    assert found.mixture.factors[:, 0, 0] ** 2 == pytest.approx(variances)
    assert found.owner.tolist() == [0] * 4


def test_bent_segments_keep_their_borders():
    rows, kind = moons(600)
    found = segment(rows, k=2, method="linkage", seed=1)
    assert len({(a, b) for a, b in zip(kind, found.labels, strict=True)}) == 2
    held = landmarks(found.scaling(rows), found.labels, 10)
    others, _ = moons(2_000, seed=4)
    chance = held.mixture.posterior(found.scaling(others)) @ np.eye(2)[held.owner]
    # Neighbours among the rows themselves are what the spheres stand in for.
    assert (chance.argmax(axis=1) == found.assign(others)[0]).mean() > 0.995


def test_noise_is_in_no_sphere_and_there_are_not_too_many():
    rows = np.random.default_rng(6).normal(size=(9_000, 2))
    labels = np.where(rows[:, 0] > 1, -1, (rows[:, 1] > 0).astype(int))
    found = landmarks(rows, labels, 10)
    assert len(found.owner) <= MOST
    assert found.mixture.means[:, 0].max() < 1
    assert found.mixture.weights.sum() == pytest.approx(1)


def test_rows_that_are_all_alike_are_no_point():
    found = landmarks(np.ones((30, 2)), np.zeros(30, dtype=int), 10)
    assert np.isfinite(found.mixture.log_joint(np.array([[1.0, 1.0], [4.0, 4.0]]))).all()
