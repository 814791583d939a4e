from math import sqrt

import numpy as np
import pytest
from scipy import stats

from assay.core.errors import DataError
from assay.stats.planning.simulation import Trial, simulate, standard_error

ONE = (1.96,)


def once(lift, treated, control, bound=0.0):
    return Trial(lift=lift, bound=bound, treated=[treated], control=[control], bounds=ONE)


def share(outcomes, side):
    return (outcomes.side == side).mean()


def test_normal_units_give_the_power_of_the_closed_form():
    rng = np.random.default_rng(1)
    values = 10 + rng.normal(0, 3, 1_500)
    found = simulate([values], once(0.04, 300, 500), runs=6_000, rng=rng)
    mean, sd = values.mean(), values.std()
    error = sqrt((1.04 * sd) ** 2 / 300 + sd**2 / 500)
    predicted = stats.norm.sf(1.96 - 0.04 * mean / error)
    assert share(found, 1) == pytest.approx(predicted, abs=4 * 0.5 / sqrt(6_000))
    assert found.estimate.mean() == pytest.approx(0.04, abs=0.002)


def test_rates_are_drawn_with_the_changed_rate():
    rng = np.random.default_rng(2)
    values = np.repeat([1.0, 0.0], [200, 800])
    found = simulate([values], once(0.25, 700, 700), runs=8_000, rng=rng)
    error = sqrt((0.25 * 0.75 + 0.2 * 0.8) / 700)
    assert share(found, 1) == pytest.approx(stats.norm.sf(1.96 - 0.05 / error), abs=0.02)
    assert share(found, -1) < 0.01


def test_ratios_have_the_error_of_the_delta_method():
    rng = np.random.default_rng(3)
    tries = rng.integers(1, 9, 1_200).astype(float)
    hits = rng.binomial(tries.astype(int), 0.6).astype(float)
    found = simulate([hits, tries], once(0.0, 400, 400), runs=8_000, rng=rng)
    assert share(found, 0) == pytest.approx(0.95, abs=0.012)
    linear = (hits - hits.mean() / tries.mean() * tries) / hits.mean()
    assert found.estimate.std() == pytest.approx(sqrt(2 / 400) * linear.std(), rel=0.04)


def test_large_arms_are_drawn_from_a_support_with_the_same_moments():
    """20,000 lognormal units thinned to 2,000 keep mean and (within 1 %) the spread of means."""
    rng = np.random.default_rng(4)
    values = rng.lognormal(0, 1.2, 20_000)
    found = simulate([values], once(0.0, 9_000, 9_000), runs=2_000, rng=rng)
    sd = values.std() / values.mean()
    assert found.estimate.std() == pytest.approx(sqrt(2 / 9_000) * sd, rel=0.06)
    assert share(found, 0) == pytest.approx(0.95, abs=0.02)


def test_a_bound_is_held_against_the_lift():
    rng = np.random.default_rng(5)
    values = 10 + rng.normal(0, 3, 1_500)
    found = simulate([values], once(0.0, 400, 400, bound=-0.05), runs=6_000, rng=rng)
    error = sqrt(values.var() / 400 * (1 + 0.95**2))
    predicted = stats.norm.sf(1.96 - 0.05 * values.mean() / error)
    assert share(found, 1) == pytest.approx(predicted, abs=0.025)


def test_looks_end_at_the_first_bound_that_is_crossed():
    rng = np.random.default_rng(6)
    values = 10 + rng.normal(0, 3, 1_000)
    trial = Trial(
        lift=0.08, bound=0.0, treated=[100, 200, 400], control=[100, 200, 400], bounds=(3, 2.5, 2)
    )
    found = simulate([values], trial, runs=4_000, rng=rng)
    assert set(np.unique(found.look)) == {0, 1, 2}
    assert (found.look[found.side == 0] == 2).all()
    early = found.estimate[(found.side == 1) & (found.look == 0)]
    late = found.estimate[(found.side == 1) & (found.look == 2)]
    assert early.mean() > late.mean() > 0.05  # who stops early has been lucky
    again = simulate([values], trial, runs=4_000, rng=np.random.default_rng(6))
    assert len(again.side) == 4_000


def test_the_same_seed_gives_the_same_experiments():
    values = np.random.default_rng(0).gamma(2, 3, 500)
    one, other = (
        simulate([values], once(0.1, 50, 50), runs=200, rng=np.random.default_rng(9))
        for _ in range(2)
    )
    assert (one.estimate == other.estimate).all()


def test_what_cannot_be_simulated():
    rng = np.random.default_rng(0)
    with pytest.raises(DataError, match="rate"):
        simulate([np.array([1.0, 1.0, 0.0])], once(0.9, 10, 10), runs=10, rng=rng)
    with pytest.raises(DataError, match="two or more"):
        simulate([np.array([1.0])], once(0.1, 10, 10), runs=10, rng=rng)


def test_error_of_a_share():
    assert standard_error(0.5, 100) == pytest.approx(0.05)
    assert 0 < standard_error(1.0, 100) < 0.02
