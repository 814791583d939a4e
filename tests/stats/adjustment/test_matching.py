import numpy as np
import pytest

from assay.core.errors import DataError
from assay.stats.adjustment.matching import matched_means


def _drawn(seed=4, strata=5, clusters=30):
    rng = np.random.default_rng(seed)
    sides = []
    for shift in (0.1, 0.0):
        rows = rng.poisson(3 + np.arange(strata)[:, None], (strata, clusters)).astype(float)
        sums = rng.binomial(rows.astype(int), 0.4 + 0.05 * np.arange(strata)[:, None] + shift)
        sides.append((rows, sums.astype(float)))
    return sides


def test_strata_count_as_the_control_has_rows_in_them():
    (treated, control) = _drawn()
    found = matched_means(treated, control, least=5)
    shares = control[0].sum(axis=1) / control[0].sum()
    expected = [
        sum(w * sums[k].sum() / rows[k].sum() for k, w in enumerate(shares))
        for rows, sums in (treated, control)
    ]
    assert (found.treated, found.control) == pytest.approx(tuple(expected))
    assert found.control == pytest.approx(control[1].sum() / control[0].sum())
    assert (found.strata, found.covered, found.freedom) == (5, 1.0, 29)


def test_its_variance_is_that_of_leaving_out_one_cluster_after_the_other():
    treated, control = _drawn(clusters=60)
    weights = control[0].sum(axis=1) / control[0].sum()

    def gap(keep):
        means = [
            sums[:, keep].sum(axis=1) / rows[:, keep].sum(axis=1)
            for rows, sums in (treated, control)
        ]
        return float(weights @ (means[0] - means[1]))

    every = np.arange(60)
    left = np.array([gap(every != k) for k in every])
    jackknife = 59 / 60 * ((left - left.mean()) ** 2).sum()
    found = matched_means(treated, control, least=5)
    assert found.variance == pytest.approx(jackknife, rel=0.1)


def test_what_only_one_of_them_did_is_left_out_and_told():
    treated, control = _drawn()
    treated[0][0], treated[1][0] = 0.0, 0.0
    found = matched_means(treated, control, least=5)
    assert found.strata == 4
    assert found.covered == pytest.approx(1 - control[0][0].sum() / control[0].sum())
    none = [np.zeros_like(one) for one in treated]
    with pytest.raises(DataError, match="no kind of work of which both have 5 rows"):
        matched_means((none[0], none[1]), control, least=5)


def test_a_user_behind_both_sides_adds_less_to_their_difference():
    rng = np.random.default_rng(9)
    rows = np.full((1, 50), 10.0)
    habit = rng.normal(0.5, 0.2, 50)
    same = matched_means((rows, rows * (habit + 0.1)), (rows, rows * habit), least=5)
    assert same.variance == pytest.approx(0, abs=1e-12)
    assert same.of_treated == pytest.approx(np.var(habit, ddof=1) / 50)
