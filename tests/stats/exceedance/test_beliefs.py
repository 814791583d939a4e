"""Probabilities of exceeding a cut: against closed forms, brute force and a simulated truth."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from assay.core.errors import DataError
from assay.stats.exceedance.beliefs import (
    counts_between,
    exactly_between,
    means_between,
    shares_between,
)
from assay.stats.exceedance.priors import beta_prior, gamma_prior, normal_prior


def calibration(probabilities, truth, *, bins=6):
    """Mean probability and share that is true in each bin, with the standard error of the latter."""
    edges = np.linspace(0, 1, bins + 1)
    found = []
    for low, high in pairwise(edges):
        mine = (probabilities >= low) & (probabilities <= high)
        if mine.sum() >= 100:
            said = probabilities[mine]
            error = np.sqrt((said * (1 - said)).sum()) / mine.sum()
            found.append((said.mean(), truth[mine].mean(), error))
    return found


def test_posteriors_are_those_of_the_conjugate_families() -> None:
    """scipy.stats' distribution functions, at the fitted prior."""
    rng = np.random.default_rng(2)
    n = rng.integers(1, 40, 60)
    y = rng.binomial(n, rng.beta(3, 2, 60))
    found = shares_between(y, n, above=0.5, below=0.8)
    a, b = found.prior.best
    wanted = [
        np.diff(stats.beta(a + s, b + t - s).cdf([0.5, 0.8]))[0] for s, t in zip(y, n, strict=True)
    ]
    assert found.each[4] == pytest.approx(wanted, abs=1e-10)
    assert found.weight == pytest.approx(n / (n + a + b))

    e = rng.uniform(1, 30, 60)
    y = rng.poisson(e * rng.gamma(2, 0.2, 60))
    counts = counts_between(y, e, above=0.4)
    a, b = counts.prior.best
    wanted = [stats.gamma(a + s, scale=1 / (b + t)).sf(0.4) for s, t in zip(y, e, strict=True)]
    assert counts.each[4] == pytest.approx(wanted, abs=1e-10)

    v = rng.uniform(0.1, 1, 60)
    x = rng.normal(1, np.sqrt(0.3 + v))
    means = means_between(x, v, below=1.2)
    m, s = means.prior.best
    total = 1 / v + 1 / s**2
    wanted = stats.norm((x / v + m / s**2) / total, total**-0.5).cdf(1.2)
    assert means.each[4] == pytest.approx(wanted, abs=1e-10)


def test_priors_are_the_likeliest_of_their_family() -> None:
    """The points' best fit against a search over scipy.stats' own marginal distributions."""
    rng = np.random.default_rng(3)
    n = rng.integers(5, 60, 400)
    y = rng.binomial(n, rng.beta(6, 2, 400))
    a, b = beta_prior(y, n).best
    best = stats.betabinom(n, a, b).logpmf(y).sum()
    for fa, fb in ((1.15, 1), (1, 1.15), (0.87, 1), (1, 0.87), (1.15, 1.15), (0.87, 0.87)):
        assert stats.betabinom(n, a * fa, b * fb).logpmf(y).sum() < best
    assert a / (a + b) == pytest.approx(0.75, abs=0.03)
    e = rng.uniform(5, 30, 400)
    k = rng.poisson(e * rng.gamma(2, 0.25, 400))
    shape, rate = gamma_prior(k, e).best
    assert shape == pytest.approx(2, rel=0.25)
    assert shape / rate == pytest.approx(0.5, rel=0.1)
    v = rng.uniform(0.1, 1, 400)
    mean, spread = normal_prior(rng.normal(1, np.sqrt(0.25 + v)), v).best
    assert mean == pytest.approx(1, abs=0.12)
    assert spread == pytest.approx(0.5, abs=0.12)


@pytest.mark.parametrize("entities", [15, 150])
def test_a_probability_of_70_percent_is_right_70_times_in_100(entities: int) -> None:
    """True rates drawn anew in each of many sets; few entities, whose prior is little known, too."""
    rng = np.random.default_rng(4)
    said, true = [], []
    for _ in range(1200 // entities):
        rate = rng.beta(6, 2, entities)
        n = rng.integers(1, 50, entities)
        said.append(shares_between(rng.binomial(n, rate), n, above=0.8).probabilities)
        true.append(rate > 0.8)
        rate = rng.gamma(1.5, 0.3, entities)
        e = rng.uniform(1, 40, entities)
        said.append(counts_between(rng.poisson(e * rate), e, above=0.4).probabilities)
        true.append(rate > 0.4)
        mean = rng.normal(3, 0.5, entities)
        v = 1 / rng.integers(1, 30, entities)
        said.append(means_between(rng.normal(mean, np.sqrt(v)), v, above=3.2).probabilities)
        true.append(mean > 3.2)
    found = calibration(np.concatenate(said), np.concatenate(true))
    assert len(found) == 6
    for mean, share, error in found:
        assert share == pytest.approx(mean, abs=4 * error + 0.01)


def test_true_nine_tenths_seen_ten_times() -> None:
    """Of 1,000 who are all at .90, cuts call .35 higher; nobody is told to be, in truth none is."""
    y = np.random.default_rng(5).binomial(10, 0.9, 1000)
    assert (y / 10 > 0.9).mean() == pytest.approx(0.9**10, abs=0.05)
    found = shares_between(y, np.full(1000, 10), above=0.92)
    assert (found.probabilities > 0.8).mean() < 0.05


def test_own_data_decide_where_there_are_many() -> None:
    y, n = np.array([80, 900, 3, 0]), np.array([1000, 1000, 5, 0])
    found = shares_between(y, n, above=0.5)
    assert found.probabilities[0] < 1e-6
    assert found.probabilities[1] > 1 - 1e-6
    assert found.weight[3] == 0
    assert 0.05 < found.probabilities[3] < 0.95


def test_bounds_of_one_number_and_their_complement_add_up() -> None:
    y, n = np.array([1, 4, 7, 9]), np.array([9, 9, 9, 20])
    parts = (
        shares_between(y, n, below=0.3),
        shares_between(y, n, above=0.3, below=0.6),
        shares_between(y, n, above=0.6),
    )
    assert sum(part.probabilities for part in parts) == pytest.approx(np.ones(4))


def test_degenerate_populations_give_numbers() -> None:
    for y, n in (([0, 0, 0], [5, 9, 1]), ([5, 9, 1], [5, 9, 1]), ([2], [4]), ([0], [1])):
        found = shares_between(y, n, above=0.5).probabilities
        assert ((found >= 0) & (found <= 1)).all()
        counted = counts_between(y, n, above=0.5).probabilities
        assert ((counted >= 0) & (counted <= 1)).all()
    same = means_between([2.0, 2.0, 2.0], [0.1, 0.1, 0.1], above=1.0).probabilities
    assert ((same > 0.9) & (same <= 1)).all()


def test_what_is_exact_is_inside_or_not() -> None:
    assert exactly_between([1, 2, 3], above=1, below=3).probabilities.tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: shares_between([5], [4], above=0.5),
        lambda: shares_between([np.nan], [4], above=0.5),
        lambda: shares_between([0], [0], above=0.5),
        lambda: counts_between([-1], [4], above=0.5),
        lambda: means_between([np.nan], [1.0], above=0.5),
        lambda: shares_between([1], [4], above=0.5, below=0.5),
        lambda: exactly_between([np.nan], above=0),
    ],
)
def test_what_makes_no_sense_is_refused(wrong) -> None:
    with pytest.raises(DataError):
        wrong()
