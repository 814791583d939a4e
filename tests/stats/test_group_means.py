"""Means of uncertain groups: Welch where they are certain, and a simulated truth."""

import numpy as np
import pytest
from scipy import stats

from assay.core.errors import DataError
from assay.stats.group_means import ends, group_means, two_sided


def certain(labels):
    return np.eye(labels.max() + 1)[labels]


def test_certain_groups_are_their_means_and_welchs_test() -> None:
    """Independent: scipy.stats.ttest_ind without equal variances; HC3 is n/(n−1) times larger."""
    rng = np.random.default_rng(1)
    labels = np.repeat([0, 1], [40, 25])
    y = rng.normal(labels, 1.0 + labels)
    found = group_means(y, np.ones(65), certain(labels))
    value, error, freedom = found.contrast([1, -1])
    a, b = y[:40], y[40:]
    wanted = stats.ttest_ind(a, b, equal_var=False)
    assert value == pytest.approx(a.mean() - b.mean())
    assert error**2 == pytest.approx(a.var(ddof=1) / 39 + b.var(ddof=1) / 24, rel=1e-9)
    assert freedom == pytest.approx(wanted.df, rel=0.02)
    assert two_sided(value, error, freedom) == pytest.approx(wanted.pvalue, rel=0.2)
    low, high = ends(value, error, freedom, 0.05)
    assert low < value < high


def test_ratios_are_of_sums() -> None:
    y, n = np.array([1.0, 3, 2, 8, 5, 5]), np.array([2.0, 5, 4, 9, 9, 6])
    found = group_means(y, n, certain(np.array([0, 0, 0, 1, 1, 1])))
    assert found.values == pytest.approx([6 / 11, 18 / 24])


def test_uncertain_members_do_not_draw_groups_together() -> None:
    """Truth 0 and 1 with probabilities that are right as often as they say; weighted means are not."""
    rng = np.random.default_rng(2)
    values, inside, naive = [], [], []
    for _ in range(200):
        p = rng.beta(1, 1, 300)
        y = rng.normal((rng.random(300) < p).astype(float), 0.5)
        found = group_means(y, np.ones(300), np.column_stack((p, 1 - p)))
        value, error, freedom = found.contrast([1, -1])
        low, high = ends(value, error, freedom, 0.05)
        values.append(value)
        inside.append(low <= 1 <= high)
        naive.append(p @ y / p.sum() - (1 - p) @ y / (1 - p).sum())
    assert np.mean(values) == pytest.approx(1, abs=0.04)
    assert np.mean(inside) == pytest.approx(0.95, abs=0.05)
    assert np.mean(naive) < 0.5


@pytest.mark.parametrize(
    ("y", "p"),
    [
        ([1.0, np.inf, 1], [[1, 0], [0, 1], [1, 0]]),
        ([1.0, 2, 1], [[1, 1], [0, 1], [1, 0]]),
        ([1.0, 2, 1], [[0.5, 0.5]] * 3),
        ([1.0, 2], [[1, 0], [0, 1]]),
    ],
)
def test_what_cannot_be_told_is_refused(y, p) -> None:
    with pytest.raises(DataError):
        group_means(y, np.ones(len(y)), np.array(p))
