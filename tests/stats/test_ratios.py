import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from assay.core.errors import DataError
from assay.stats.ratios import ratios_of_sums

RUNS = 1200


def table(seed=3, users=40):
    rng = np.random.default_rng(seed)
    calls = rng.poisson(rng.lognormal(2, 0.8, users)) + 1.0
    return calls * rng.lognormal(-4, 0.6, users), rng.binomial(calls.astype(int), 0.7).astype(float)


def test_the_interval_is_that_of_a_jackknife_by_hand():
    top, bottom = table()
    left = [
        np.delete(top, i).sum() / np.delete(bottom, i).sum() for i in range(top.size)
    ]  # each user left out in turn
    n, ratio = top.size, top.sum() / bottom.sum()
    error = np.sqrt((n - 1) ** 2 / n * np.var(left, ddof=1))
    df = min(2 * n / (stats.kurtosis(left, fisher=False) - 1), n - 1)
    reach = stats.t.ppf(0.975, df) * error / ratio
    found = ratios_of_sums(top[None], bottom[None])
    assert found.value[0] == pytest.approx(ratio)
    assert found.df[0] == pytest.approx(df)
    ends = (found.low[0], found.high[0])
    assert ends == pytest.approx((ratio * np.exp(-reach), ratio * np.exp(reach)))


@pytest.mark.parametrize(
    ("users", "groups", "spread", "price", "least"),
    [
        (100, None, 0.5, 0.4, 0.935),  # users much alike
        (100, None, 1.2, 0.8, 0.925),  # a tenth of users makes half of the calls
        (30, None, 0.8, 0.5, 0.92),
        (1000, 64, 1.2, 0.8, 0.935),  # in random groups
    ],
)
def test_intervals_cover_the_true_ratio_of_skewed_users(users, groups, spread, price, least):
    # The truth in closed form: E[calls] cancels, E[price] is that of a log-normal, E[share] 4/6.
    truth = np.exp(price**2 / 2) / (4 / 6)
    rng = np.random.default_rng([7, users, int(100 * spread)])
    calls = rng.poisson(rng.lognormal(2, spread, (RUNS, users)))
    top = calls * rng.lognormal(0, price, calls.shape)
    bottom = rng.binomial(calls, rng.beta(4, 2, calls.shape)).astype(float)
    if groups:
        place = rng.integers(0, groups, users)
        into = np.eye(groups)[place]
        top, bottom = top @ into, bottom @ into
    found = ratios_of_sums(top, bottom)
    covered = ((found.low <= truth) & (truth <= found.high)).mean()
    assert least - 3 * np.sqrt(0.05 * 0.95 / RUNS) <= covered <= 0.98


@settings(max_examples=40)
@given(
    st.lists(st.floats(0.01, 100), min_size=20, max_size=40),
    st.floats(0.001, 1000),
    st.integers(0, 5),
)
def test_units_of_money_and_empty_groups_change_nothing(costs, factor, empty):
    top = np.array(costs)
    bottom = np.arange(1.0, top.size + 1)
    one = ratios_of_sums(top[None], bottom[None])
    wide = np.pad(top, (0, empty))[None] * factor, np.pad(bottom, (0, empty))[None]
    other = ratios_of_sums(*wide, held=wide[1] > 0)
    assert one.low[0] <= one.value[0] <= one.high[0]
    assert other.low[0] == pytest.approx(one.low[0] * factor, rel=1e-6)
    assert other.high[0] == pytest.approx(one.high[0] * factor, rel=1e-6)


def test_what_is_upside_down_has_the_ends_turned_round_nearly():
    top, bottom = table(users=400)
    one, other = ratios_of_sums(top[None], bottom[None]), ratios_of_sums(bottom[None], top[None])
    assert 1 / other.value[0] == pytest.approx(one.value[0])
    assert 1 / other.high[0] == pytest.approx(one.low[0], rel=0.02)


def test_where_nothing_can_be_told_nothing_is():
    few = np.ones((1, 19))
    found = ratios_of_sums(few, few)
    assert (found.value[0], found.groups[0]) == (1.0, 19)
    assert np.isnan([found.low[0], found.high[0]]).all()
    lone = np.zeros((1, 30))
    lone[0, 4] = 1.0  # all successes are of one group
    found = ratios_of_sums(np.ones((1, 30)), lone)
    assert found.value[0] == 30.0
    assert np.isnan(found.low[0])
    nothing = ratios_of_sums(np.ones((2, 30)), np.zeros((2, 30)))
    assert np.isnan(nothing.value).all()
    free = ratios_of_sums(np.zeros((1, 30)), np.ones((1, 30)))
    assert free.value[0] == 0.0
    assert np.isnan(free.low[0])


def test_one_great_customer_leaves_few_degrees_of_freedom():
    top, bottom = np.ones((1, 500)), np.ones((1, 500))
    top[0, 0] = 1e4
    assert ratios_of_sums(top, bottom).df[0] < 3


def test_sums_are_finite_and_not_negative():
    with pytest.raises(DataError, match="numerators from -1"):
        ratios_of_sums(np.full((1, 3), -1.0), np.ones((1, 3)))
    with pytest.raises(DataError, match="two alike tables"):
        ratios_of_sums(np.ones((1, 3)), np.ones((1, 4)))
