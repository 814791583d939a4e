from itertools import product
from math import comb

import numpy as np
import pytest
from scipy import optimize, stats

from assay.core.errors import DataError
from assay.stats.meta_analysis.conditional import same_odds, same_ratio
from assay.stats.meta_analysis.heterogeneity import (
    Arms,
    against_rest,
    common_ratio,
    ratio_against_rest,
    same_effect,
    same_lift,
    shared_level,
)


def test_known_variances_give_cochrans_chi_square():
    y, v = [0.3, -0.1, 0.5, 0.2], np.array([0.04, 0.02, 0.09, 0.01])
    w = 1 / v
    q = w @ (y - w @ y / w.sum()) ** 2
    found = same_effect(y, v, [np.inf] * 4)
    assert found.p_value == pytest.approx(stats.chi2.sf(q, 3), rel=1e-6)


def test_means_of_groups_give_welchs_anova():
    """SciPy 1.16's own one-way test with unequal variances, on three groups' means."""
    rng = np.random.default_rng(4)
    groups = [rng.normal(m, s, n) for m, s, n in ((0, 1, 12), (0.5, 2, 20), (0.2, 0.5, 9))]
    found = same_effect(
        [g.mean() for g in groups],
        [g.var(ddof=1) / len(g) for g in groups],
        [len(g) - 1 for g in groups],
    )
    theirs = stats.f_oneway(*groups, equal_var=False)
    assert found.p_value == pytest.approx(theirs.pvalue, rel=1e-10)


def arms(rng, size, ratio=1.0, base=1.0, segments=10):
    control = rng.lognormal(0, 0.8, (segments, size)) * base
    treated = rng.lognormal(0, 0.8, (segments, size)) * base * ratio
    levels = [(x.mean(axis=1), x.var(axis=1, ddof=1) / size) for x in (treated, control)]
    own, other = levels[0][1], levels[1][1]
    return Arms(
        treated=levels[0][0],
        treated_variance=own,
        control=levels[1][0],
        control_variance=other,
        degrees=(own + other) ** 2 / ((own**2 + other**2) / (size - 1)),
    )


@pytest.mark.parametrize("size", [50, 200])
def test_a_common_lift_is_seldom_taken_for_different_ones(size):
    """10 segments, skewed values, a lift of 30 % on different levels; 5 % + 3 s.e. at 1,000 runs."""
    rng = np.random.default_rng(size)
    base = np.linspace(0.5, 2, 10)[:, None]
    p = [same_lift(arms(rng, size, 1.3, base)).p_value for _ in range(1000)]
    assert np.mean(np.array(p) < 0.05) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 1000)
    assert np.mean(np.array(p) < 0.5) > 0.4


def test_a_segment_that_differs_is_named_and_no_other():
    rng = np.random.default_rng(1)
    found = arms(rng, 2000, np.array([1.0] * 9 + [1.5])[:, None])
    assert same_lift(found).p_value < 1e-6
    rest = ratio_against_rest(found, alpha=0.05)
    assert [one.p_value < 0.05 for one in rest] == [False] * 9 + [True]
    assert rest[-1].found.low < 0.5 < rest[-1].found.high


def test_interval_and_p_value_of_the_rest_agree():
    rng = np.random.default_rng(6)
    for _ in range(60):
        for one in ratio_against_rest(
            arms(rng, 40, np.array([1.0] * 9 + [1.4])[:, None]), alpha=0.05
        ):
            if one.found.low is not None:
                shown = one.found.low > 0 or one.found.high < 0
                assert shown == (one.p_value < 0.05)


def test_differences_against_the_rest_are_two_sample_contrasts():
    """With two segments the rest is the other one: Welch's t of their difference, Šidák for two."""
    found = against_rest([0.5, 0.1], [0.02, 0.03], [20, 30])
    t = 0.4 / np.sqrt(0.05)
    df = 0.05**2 / (0.02**2 / 20 + 0.03**2 / 30)
    alone = 2 * stats.t.sf(t, df)
    assert found.values == pytest.approx([0.4, -0.4])
    assert found.p_values == pytest.approx([1 - (1 - alone) ** 2] * 2, rel=1e-9)
    low, high = found.intervals(0.05)[0]
    half = stats.t.isf((1 - 0.95**0.5) / 2, df) * np.sqrt(0.05)
    assert (low, high) == pytest.approx((0.4 - half, 0.4 + half))


def test_the_common_ratio_is_exact_without_noise():
    same = Arms(
        treated=np.array([1.1, 2.2, 5.5]),
        treated_variance=np.full(3, 0.01),
        control=np.array([1.0, 2.0, 5.0]),
        control_variance=np.full(3, 0.01),
        degrees=np.full(3, 50.0),
    )
    assert common_ratio(same) == pytest.approx(1.1, rel=1e-14)
    assert same_lift(same).p_value == pytest.approx(1)


def test_the_last_digit_of_a_sum_moves_a_ratio_in_its_last_digits_only():
    rng = np.random.default_rng(5)
    columns = {
        "treated": rng.normal(2.2, 0.1, 6),
        "treated_variance": rng.uniform(1e-3, 2e-3, 6),
        "control": rng.normal(2.0, 0.1, 6),
        "control_variance": rng.uniform(1e-3, 2e-3, 6),
    }
    fair = common_ratio(Arms(**columns, degrees=np.full(6, 50.0)))
    for _ in range(20):
        moved = {
            name: column * (1 + rng.choice((-2e-16, 0, 2e-16), 6))
            for name, column in columns.items()
        }
        again = common_ratio(Arms(**moved, degrees=np.full(6, 50.0)))
        assert again == pytest.approx(fair, rel=2e-15)


def test_the_common_ratio_fits_best():
    arms = Arms(
        treated=np.array([1.0, 2.6, 5.1]),
        treated_variance=np.array([0.01, 0.02, 0.03]),
        control=np.array([1.0, 2.0, 5.0]),
        control_variance=np.array([0.03, 0.02, 0.01]),
        degrees=np.full(3, 50.0),
    )
    found = optimize.minimize_scalar(
        arms.misfit, bounds=(0.5, 2), method="bounded", options={"xatol": 1e-9}
    )
    assert common_ratio(arms) == pytest.approx(found.x, rel=1e-7)


def exact(treated, control):
    """Every table with the same margins, by plain counting, ranked by Pearson's statistic."""
    totals = [a + b for (a, _), (b, _) in zip(treated, control, strict=True)]
    ranges = [range(max(0, t - m), min(n, t) + 1)
              for t, (_, n), (_, m) in zip(totals, treated, control, strict=True)]  # fmt: skip
    tables = [k for k in product(*ranges) if sum(k) == sum(a for a, _ in treated)]
    weight = np.array([
        np.prod([float(comb(n, k) * comb(m, t - k))
                 for k, t, (_, n), (_, m) in zip(table, totals, treated, control, strict=True)])
        for table in tables
    ])  # fmt: skip

    def fit(effect):
        found = []
        for t, (_, n), (_, m), r in zip(totals, treated, control, ranges, strict=True):
            p = np.array([comb(n, k) * comb(m, t - k) * np.exp(effect * k) for k in r])
            p = p / p.sum()
            mean = p @ np.array(r)
            found.append((mean, p @ (np.array(r) - mean) ** 2))
        return np.array(found).T

    low, high = -20.0, 20.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (
            (middle, high) if fit(middle)[0].sum() < sum(a for a, _ in treated) else (low, middle)
        )
    mean, variance = fit(low)
    statistic = ((np.array(tables) - mean) ** 2 / variance).sum(axis=1)
    seen = ((np.array([a for a, _ in treated]) - mean) ** 2 / variance).sum()
    return weight[statistic >= seen * (1 - 1e-6)].sum() / weight.sum()


def test_few_successes_are_tested_as_enumeration_does():
    treated, control = [(4, 12), (0, 9), (2, 15)], [(1, 11), (3, 10), (1, 14)]
    found = same_odds(treated, control, rng=np.random.default_rng(1), draws=40_000)
    assert found.p_value == pytest.approx(exact(treated, control), abs=0.008)


def test_few_successes_keep_the_error():
    """10 segments of 50 units an arm, 5 % against 8 %: a normal test knows nothing here."""
    rng = np.random.default_rng(9)
    p = [
        same_odds(
            [(int(x), 50) for x in rng.binomial(50, 0.08, 10)],
            [(int(x), 50) for x in rng.binomial(50, 0.05, 10)],
            rng=rng,
            draws=199,
        ).p_value
        for _ in range(300)
    ]
    assert np.mean(np.array(p) <= 0.05) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300)


def test_large_counts_are_drawn_freely_to_the_same_answer(monkeypatch):
    rng = np.random.default_rng(2)
    treated = [(int(x), 400) for x in rng.binomial(400, 0.12, 8)]
    control = [(int(x), 400) for x in rng.binomial(400, 0.1, 8)]
    given_sum = same_odds(treated, control, rng=np.random.default_rng(1))
    monkeypatch.setattr("assay.stats.meta_analysis.conditional.LONGEST", 10)
    freely = same_odds(treated, control, rng=np.random.default_rng(1))
    assert freely.p_value == pytest.approx(given_sum.p_value, abs=0.03)


def test_rates_with_one_ratio_and_with_several():
    rng = np.random.default_rng(3)
    same = same_ratio([(12, 100.0), (6, 50.0)], [(10, 100.0), (5, 50.0)], rng=rng)
    differs = same_ratio([(30, 100.0), (1, 100.0)], [(3, 100.0), (28, 100.0)], rng=rng)
    assert same.p_value > 0.9
    assert differs.p_value < 0.001


def test_nothing_to_tell_is_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(DataError, match="two or more"):
        same_odds([(0, 5), (1, 5)], [(0, 5), (2, 5)], rng=rng)
    with pytest.raises(DataError):
        same_effect([1.0], [1.0], [5.0])


def test_levels_of_many_comparisons_keep_their_digits():
    """Early looks ask for errors that are lost in 1 − alpha: Šidák's is then Bonferroni's."""
    assert shared_level(0.05, 3) == pytest.approx(1 - 0.95 ** (1 / 3), rel=1e-12)
    assert shared_level(1e-28, 4) == pytest.approx(2.5e-29, rel=1e-12)
    found = against_rest([0.1, 0.3, 0.2], [0.01, 0.02, 0.01], [50, 60, 70])
    assert np.isfinite(found.intervals(1e-28)).all()
