import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from assay.core.errors import DataError
from assay.stats.comparisons.quantiles import ArmQuantile, QuantileContrast, clustering, needed
from assay.stats.level import Level

LEVEL = Level(0.05)


def arm(values, at=0.5, effect=1.0):
    return ArmQuantile(np.sort(np.asarray(values, dtype=float)), at, effect)


def test_the_quantile_is_numpys():
    values = np.random.default_rng(1).lognormal(0, 1, 101)
    for at in (0.1, 0.5, 0.9):
        assert arm(values, at).value == pytest.approx(np.quantile(values, at), rel=1e-12)


@pytest.mark.parametrize("at", [0.5, 0.9])
def test_an_arms_ends_are_the_binomials(at):
    """SciPy's exact interval of a quantile, whose order statistics differ by one at most."""
    values = np.sort(np.random.default_rng(2).normal(0, 1, 400))
    exact = stats.quantile_test(values, p=at).confidence_interval(0.95)
    low, high = arm(values, at).ends(1.959964)
    place = np.searchsorted(values, [low, high])
    peers = np.searchsorted(values, [exact.low, exact.high])
    assert abs(place - peers).max() <= 1


@pytest.mark.parametrize("at", [0.25, 0.5, 0.95])
@pytest.mark.parametrize("shape", ["lognormal", "discrete"])
def test_differences_cover_the_truth(at, shape):
    rng, runs, inside, lifts = np.random.default_rng(int(at * 100)), 1500, 0, 0
    z = stats.norm.ppf(at)
    for _ in range(runs):
        if shape == "lognormal":
            one, other = 1.5 * rng.lognormal(0, 1, 300), rng.lognormal(0, 1, 300)
            truth, base = 0.5 * np.exp(z), np.exp(z)
        else:
            one, other = rng.geometric(0.1, 300) + 2.0, rng.geometric(0.1, 300)
            base = stats.geom.ppf(at, 0.1)
            truth = 2.0
        found = QuantileContrast(arm(one, at), arm(other, at)).at(LEVEL)
        inside += found.difference.low <= truth <= found.difference.high
        if not found.lift.unbounded:
            lifts += found.lift.low - 1e-9 <= truth / base <= found.lift.high + 1e-9
    band = 3.5 * np.sqrt(0.95 * 0.05 / runs)
    assert inside / runs > 0.95 - band
    assert lifts / runs > 0.95 - band
    if shape == "lognormal":
        assert inside / runs < 0.97 + band


@given(
    st.lists(st.integers(-30, 30), min_size=15, max_size=40),
    st.lists(st.integers(-30, 30), min_size=15, max_size=40),
    st.floats(0.001, 0.4),
)
def test_difference_lift_and_p_value_say_the_same(one, other, alpha):
    contrast = QuantileContrast(arm(one), arm(other))
    found = contrast.at(Level(alpha))
    low, high = found.difference.low, found.difference.high
    if not found.lift.unbounded:
        assert (found.lift.low > 0, found.lift.high < 0) == (low > 0, high < 0)
        assert found.lift.low <= found.lift.value <= found.lift.high
    if contrast.p_value < alpha * (1 - 1e-9):
        assert low > 0 or high < 0
    if contrast.p_value > alpha * (1 + 1e-9):
        assert low <= 0 <= high


def test_swapping_arms_mirrors_the_difference():
    rng = np.random.default_rng(5)
    one, other = arm(rng.gamma(2, 1, 80)), arm(rng.gamma(3, 1, 90))
    there = QuantileContrast(one, other).at(LEVEL).difference
    back = QuantileContrast(other, one).at(LEVEL).difference
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low), rel=1e-12)


def test_the_lift_solves_the_equation_of_the_difference():
    """At each end of the lift, treated less that multiple of the control just reaches zero."""
    rng = np.random.default_rng(6)
    values = rng.lognormal(1, 1, 200)
    one, other = arm(rng.lognormal(1.4, 1, 150)), arm(values)
    lift = QuantileContrast(one, other).at(LEVEL).lift
    for end, side in ((lift.low, 0), (lift.high, 1)):
        scaled = arm(np.sort(values * (1 + end)))
        gap = QuantileContrast(one, scaled).at(LEVEL).difference
        assert (gap.low, gap.high)[side] == pytest.approx(0, abs=1e-9)


def test_clusters_widen_the_interval():
    """Rows of a cluster that are all alike count as one."""
    rng = np.random.default_rng(7)
    alone = rng.normal(0, 1, 2000)
    clusters = np.repeat(np.arange(2000), 5)
    assert clustering(np.repeat(alone, 5), clusters, 0.5) == pytest.approx(5, rel=0.02)
    assert clustering(alone, np.arange(2000), 0.5) == pytest.approx(1, rel=0.02)
    with pytest.raises(DataError, match="one cluster"):
        clustering(alone, np.zeros(2000), 0.5)


def test_a_control_that_may_be_zero_bounds_no_lift():
    rng = np.random.default_rng(8)
    found = QuantileContrast(arm(rng.normal(5, 1, 50)), arm(rng.normal(0, 1, 50))).at(LEVEL)
    assert found.lift.unbounded
    zero = QuantileContrast(arm([1.0] * 20), arm([0.0] * 20)).at(LEVEL)
    assert zero.lift.value is None


def test_values_that_an_interval_needs():
    assert needed(0.5) == 5
    assert needed(0.99) == needed(0.01) == 382
    with pytest.raises(DataError, match="of 0 values"):
        arm([])
