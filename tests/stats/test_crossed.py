"""Crossed cells: a closed form, and a simulated truth."""

import numpy as np
import pytest

from assay.core.errors import DataError
from assay.stats.crossed import _given, crossed


def test_given_the_spreads_it_is_the_textbooks_prediction() -> None:
    """Independent: conditioning the joint normal of cells and estimates, mean very vague."""
    rng = np.random.default_rng(1)
    y, v = rng.normal(size=4), np.array([0.1, 0.2, 0.3, 0.4])
    same = np.kron(np.eye(2), np.ones((2, 2)))
    between = 0.5 * same + 0.2 * np.eye(4)
    _, mean, values, sds = _given(y, v, between)
    vague = between + 1e6
    pull = vague @ np.linalg.inv(vague + np.diag(v))
    assert values == pytest.approx(pull @ y, abs=1e-4)
    assert sds**2 == pytest.approx(np.diag(vague - pull @ vague), abs=1e-3)
    w = np.linalg.inv(between + np.diag(v))
    assert mean == pytest.approx((w @ y).sum() / w.sum())


def test_pooling_errs_less_and_intervals_cover() -> None:
    rng = np.random.default_rng(2)
    i, j = (one.ravel() for one in np.indices((5, 3)))
    raw, drawn, inside = [], [], []
    for _ in range(25):
        true = 1 + rng.normal(0, 0.5, 5)[i] + rng.normal(0, 0.3, 3)[j] + rng.normal(0, 0.1, 15)
        v = rng.uniform(0.05, 0.6, 15)
        y = rng.normal(true, np.sqrt(v))
        found = crossed(y, v, i, j)
        raw.append(((y - true) ** 2).mean())
        drawn.append(((found.values - true) ** 2).mean())
        ends = [found.interval(cell, 0.05) for cell in (0, 7, 14)]
        inside += [low <= true[c] <= high for c, (low, high) in zip((0, 7, 14), ends, strict=True)]
    assert np.mean(drawn) < 0.75 * np.mean(raw)
    assert np.mean(inside) > 0.85


def test_one_cell_is_itself_and_nonsense_is_refused() -> None:
    assert crossed([2.0], [0.5], [0], [0]).values == pytest.approx([2])
    for y, v in (([], []), ([np.nan], [1.0]), ([1.0], [0.0])):
        with pytest.raises(DataError):
            crossed(y, v, np.zeros(len(y), int), np.zeros(len(y), int))
