"""Spacing of uses: known shapes, pace that must not matter, and few intervals."""

import numpy as np
import pytest

from assay.core.errors import DataError
from assay.stats.lifetimes import regularity_of


def told(shapes, numbers, rng, pace=None):
    pace = np.ones(len(shapes)) if pace is None else pace
    rows = []
    for shape, n, scale in zip(shapes, numbers, pace, strict=True):
        t = rng.gamma(shape, scale, n)
        rows.append((n, np.log(t).sum() if n else 0.0, t.sum()))
    return np.array(rows).T


def test_shapes_of_three_kinds_of_users_are_told_apart():
    rng = np.random.default_rng(1)
    kinds = np.repeat([0.25, 1.0, 16.0], 100)
    found = regularity_of(*told(kinds, np.full(300, 40), rng))
    for kind in (0.25, 1.0, 16.0):
        mine = kinds == kind
        assert found.variation[mine].mean() == pytest.approx(1 / np.sqrt(kind), rel=0.1)
        held = (found.low[mine] <= kind**-0.5 * 1.05) & (kind**-0.5 <= found.high[mine] * 1.05)
        assert held.mean() > 0.9
    assert found.even[kinds == 16].min() > 0.95
    assert found.bursty[kinds == 0.25].mean() > 0.9
    assert found.share.sum() == pytest.approx(1)


def test_pace_does_not_matter():
    rng = np.random.default_rng(2)
    n, logs, total = told(np.full(50, 2.0), np.full(50, 6), rng)
    factor = np.exp(rng.normal(0, 3, 50))
    one = regularity_of(n, logs, total)
    other = regularity_of(n, logs + n * np.log(factor), total * factor)
    assert other.variation == pytest.approx(one.variation, rel=1e-9)


def test_few_intervals_are_drawn_towards_everybody_and_err_less_than_by_themselves():
    rng = np.random.default_rng(3)
    shapes = rng.lognormal(0.5, 0.4, 400)
    numbers = rng.integers(2, 6, 400)
    rows, raw = [], []
    for shape, n in zip(shapes, numbers, strict=True):
        t = rng.gamma(shape, 1.0, n)
        rows.append((n, np.log(t).sum(), t.sum()))
        raw.append(t.std(ddof=1) / t.mean())
    found = regularity_of(*np.array(rows).T)
    truth = shapes**-0.5
    assert np.mean((found.variation - truth) ** 2) < 0.5 * np.mean((np.array(raw) - truth) ** 2)
    assert found.even[numbers == 2].std() < found.even[numbers == 5].std()


def test_who_has_no_intervals_is_like_everybody():
    rng = np.random.default_rng(4)
    n, logs, total = told(np.full(60, 4.0), np.append(np.full(58, 20), [0, 1]), rng)
    found = regularity_of(n, logs, total)
    assert found.variation[58] == found.variation[59]
    assert found.variation[58] == pytest.approx(found.share @ found.shapes**-0.5)


def test_intervals_all_the_same_are_like_a_clock():
    found = regularity_of([30, 30], [30 * np.log(7.0)] * 2, [210.0] * 2)
    assert (found.even > 0.99).all()
    assert (found.variation < 0.2).all()


@pytest.mark.parametrize(
    ("n", "logs", "total", "said"),
    [
        ([], [], [], "one entry per user"),
        ([2], [1, 2], [3], "one entry per user"),
        ([1, 0], [0, 0], [1, 0], "none of 2 users"),
        ([3], [0.0], [-1.0], "above 0"),
        ([3], [9.0], [3.0], "belong to them"),
        ([3], [np.nan], [3.0], "belong to them"),
    ],
)
def test_intervals_that_cannot_be_are_refused(n, logs, total, said):
    with pytest.raises(DataError, match=said):
        regularity_of(n, logs, total)
