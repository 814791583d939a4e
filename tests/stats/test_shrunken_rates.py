import numpy as np
import pytest

from assay.stats.shrunken_rates import MOST, beta_prior, shrunken_rates


def simulated(strength, mean, units=3000, seed=2, most=200):
    rng = np.random.default_rng(seed)
    trials = np.ceil(np.minimum(rng.lognormal(2.5, 1.2, units), most))
    true = rng.beta(strength * mean, strength * (1 - mean), units)
    return rng.binomial(trials.astype(int), true).astype(float), trials, true


@pytest.mark.parametrize("strength", [2.0, 10.0, 60.0])
@pytest.mark.parametrize("mean", [0.05, 0.4])
def test_the_beta_that_rates_came_from_is_found(strength, mean):
    successes, trials, _ = simulated(strength, mean)
    found = beta_prior(successes, trials)
    assert found.strength == pytest.approx(strength, rel=0.15)
    assert found.mean == pytest.approx(mean, rel=0.06)


def test_two_trials_each_tell_it_too():
    """Where trials are few the chance part is subtracted in full, or the strength is doubled."""
    rng = np.random.default_rng(3)
    successes = rng.binomial(2, rng.beta(2, 3, 40_000)).astype(float)
    assert beta_prior(successes, np.full(40_000, 2.0)).strength == pytest.approx(5, rel=0.06)


def test_one_unit_of_very_many_trials_does_not_speak_for_all():
    successes, trials, _ = simulated(10.0, 0.4)
    found = beta_prior(np.append(successes, 9e6), np.append(trials, 1e7))
    assert found.mean == pytest.approx(0.4, abs=0.01)
    assert found.strength == pytest.approx(10, rel=0.15)


def test_shrunken_rates_are_nearer_to_the_truth():
    successes, trials, true = simulated(20.0, 0.3)
    raw = np.mean((successes / trials - true) ** 2)
    drawn = np.mean((shrunken_rates(successes, trials) - true) ** 2)
    best = np.mean(((successes + 6) / (trials + 20) - true) ** 2)
    assert drawn < 0.4 * raw
    assert drawn == pytest.approx(best, rel=0.02)


def test_units_that_differ_by_chance_only_are_all_alike():
    """Half of such sets vary by less than chance; the others are drawn together all but wholly."""
    rng = np.random.default_rng(5)
    trials = np.full(500, 20.0)
    spread = [
        np.std(shrunken_rates(rng.binomial(20, 0.3, 500).astype(float), trials)) for _ in range(20)
    ]
    assert np.mean(np.array(spread) < 1e-5) >= 0.3
    assert max(spread) < 0.3 * np.sqrt(0.3 * 0.7 / 20)


def test_many_trials_are_left_as_they_are():
    successes, trials = np.array([1e6, 3e6, 5e6]), np.full(3, 1e7)
    assert shrunken_rates(successes, trials) == pytest.approx(successes / trials, abs=1e-5)


@pytest.mark.parametrize(
    ("successes", "trials"),
    [([0, 0, 0], [5, 9, 2]), ([5, 9, 2], [5, 9, 2]), ([3], [10]), ([0, 0], [0, 0]), ([], [])],
)
def test_without_differences_all_take_one_rate_within_0_and_1(successes, trials):
    given = np.array(successes, dtype=float), np.array(trials, dtype=float)
    rates = shrunken_rates(*given)
    assert beta_prior(*given).strength == MOST
    assert ((rates > 0) & (rates < 1)).all()
    assert len(rates) == 0 or np.ptp(rates) < 1e-4


def test_one_trial_each_says_nothing_of_differences():
    assert beta_prior(np.array([0.0, 1, 1, 0]), np.ones(4)).strength == MOST


def test_a_unit_without_trials_takes_the_mean():
    successes, trials = np.array([2.0, 18.0, 0.0]), np.array([20.0, 20.0, 0.0])
    assert shrunken_rates(successes, trials)[2] == pytest.approx(0.5)


def test_successes_and_failures_mirror_each_other():
    successes, trials, _ = simulated(5.0, 0.2, units=200)
    there, back = shrunken_rates(successes, trials), shrunken_rates(trials - successes, trials)
    assert there + back == pytest.approx(1)
