import numpy as np
import pytest
from scipy import stats

from assay.core.errors import DataError
from assay.stats.comparisons.many_pairs import paired_cells, paired_means, paired_ratios
from assay.stats.comparisons.paired_rates import PairedCounts, mcnemar_mid_p

N, M = 40, 6


@pytest.fixture(scope="module")
def drawn():
    rng = np.random.default_rng(11)
    hard = rng.standard_normal((N, 1))
    won = (rng.random((N, M + 1)) < 1 / (1 + np.exp(hard - 0.3))).astype(float)
    cost = np.exp(0.5 * hard + 0.6 * rng.standard_normal((N, M + 1)))
    missing = rng.random((N, M + 1)) < 0.15
    return np.where(missing, np.nan, cost), np.where(missing, np.nan, won)


def test_means_are_those_of_a_paired_t_test(drawn):
    cost, _ = drawn
    found = paired_means(cost[:, 0], cost[:, 1:], np.arange(N))
    for k in range(M):
        both = ~np.isnan(cost[:, 0]) & ~np.isnan(cost[:, k + 1])
        expected = stats.ttest_rel(cost[both, k + 1], cost[both, 0])
        assert found.items[k] == found.clusters[k] == both.sum()
        assert found.p[k] == pytest.approx(expected.pvalue)
        assert found.variance[k] == pytest.approx(
            np.var(cost[both, k + 1] - cost[both, 0], ddof=1) / both.sum()
        )


def test_ratios_are_tested_as_the_jackknife_would(drawn):
    cost, won = drawn
    found = paired_ratios((cost[:, 0], won[:, 0]), (cost[:, 1:], won[:, 1:]), np.arange(N))
    for k in range(M):
        both = ~np.isnan(cost[:, 0]) & ~np.isnan(cost[:, k + 1])
        rows = np.column_stack([cost[both, k + 1], won[both, 0], cost[both, 0], won[both, k + 1]])

        def gap(sample):
            c_other, s_base, c_base, s_other = sample.mean(axis=0)
            return c_other * s_base - c_base * s_other

        n = len(rows)
        left = np.array([gap(np.delete(rows, i, axis=0)) for i in range(n)])
        jackknife = (n - 1) ** 2 / n * np.var(left, ddof=1)
        assert found.gap[k] == pytest.approx(gap(rows))
        assert found.variance[k] == pytest.approx(jackknife, rel=0.1)
        ratio = found.gap[k] / (found.base_cost[k] * found.other_rate[k]) + 1
        costs = np.nansum(cost[both, k + 1]) / won[both, k + 1].sum()
        assert ratio == pytest.approx(costs / (cost[both, 0].sum() / won[both, 0].sum()))


def test_cells_are_mcnemars(drawn):
    _, won = drawn
    found = paired_cells(won[:, 0], won[:, 1:])
    for k in range(M):
        counts = PairedCounts(
            both=int(found.both[k]),
            treated=int(found.other[k]),
            control=int(found.base[k]),
            neither=int(found.neither[k]),
        )
        assert counts.n == found.items[k]
        assert found.p[k] == pytest.approx(mcnemar_mid_p(counts))


def test_copies_of_an_item_in_its_cluster_tell_nothing_new(drawn):
    cost, won = drawn
    once = paired_ratios((cost[:, 0], won[:, 0]), (cost[:, 1:], won[:, 1:]), np.arange(N))
    twice = [np.repeat(values, 2, axis=0) for values in (cost, won)]
    found = paired_ratios(
        (twice[0][:, 0], twice[1][:, 0]),
        (twice[0][:, 1:], twice[1][:, 1:]),
        np.arange(0, 2 * N, 2),
    )
    assert found.clusters == pytest.approx(once.clusters)
    assert found.p == pytest.approx(once.p)


def test_a_difference_that_never_varies_is_judged_by_its_sign():
    base = np.arange(10.0)
    found = paired_means(base, np.column_stack([base, base + 1]), np.arange(10))
    assert found.variance == pytest.approx([0, 0])
    assert found.p == pytest.approx([1, 2 * 0.5**10])


def test_nothing_shared_has_no_p():
    one = np.array([1.0, np.nan, 1.0, np.nan])
    other = np.array([[np.nan], [2.0], [np.nan], [2.0]])
    assert np.isnan(paired_means(one, other, np.arange(4)).p).all()
    assert np.isnan(paired_cells(one, other - 1).p).all()
    with pytest.raises(DataError, match="other than 0 and 1"):
        paired_cells(one, np.array([[0.5], [1.0], [1.0], [1.0]]))
