from itertools import product
from math import comb, sqrt

import numpy as np
import pytest
from scipy import stats

from assay.core.errors import DataError
from assay.stats.planning.paired_outcomes import PairedMean, PairedRate, mcnemar_power, pass_at_k
from assay.stats.planning.power import Claim, Split, detectable, power


def by_hand(pairs, up, down, alpha, mid):
    """Every table of pairs with its probability: slow, and by the definition of the test."""
    found = 0.0
    for b, c in product(range(pairs + 1), repeat=2):
        if b + c > pairs:
            continue
        weight = (
            comb(pairs, b)
            * comb(pairs - b, c)
            * up**b
            * down**c
            * (1 - up - down) ** (pairs - b - c)
        )
        few, m = min(b, c), b + c
        p = 2 * sum(comb(m, k) for k in range(few + 1)) / 2**m
        if mid:
            p -= comb(m, few) / 2**m
        found += weight * (min(p, 1.0) <= alpha)
    return found


@pytest.mark.parametrize("mid", [True, False])
@pytest.mark.parametrize(("pairs", "up", "down"), [(12, 0.5, 0.1), (25, 0.3, 0.1), (18, 0.2, 0.2)])
def test_exact_power_of_mcnemar_sums_over_all_tables(pairs, up, down, mid):
    found = mcnemar_power(pairs, up=up, down=down, alpha=0.05, mid=mid)
    assert found == pytest.approx(by_hand(pairs, up, down, 0.05, mid), abs=1e-10)


def test_the_normal_power_of_mcnemar_nears_the_exact_one():
    exact = mcnemar_power(400, up=0.2, down=0.12)
    normal = power(PairedRate(base=0.5, discordant=0.32), 0.08, 800, claim=Claim())
    assert normal == pytest.approx(exact, abs=0.01)


def test_pairs_of_one_side_only():
    assert mcnemar_power(50, up=0.3, down=0.0) > 0.99
    with pytest.raises(DataError, match="pairs"):
        mcnemar_power(50, up=0.8, down=0.4)


def test_pairs_need_both_arms():
    with pytest.raises(DataError, match="one pair per item"):
        power(
            PairedRate(base=0.5, discordant=0.2),
            0.1,
            100,
            claim=Claim(),
            split=Split(treated=0.3, control=0.7),
        )
    with pytest.raises(DataError, match="PairedMean"):
        power(PairedRate(base=0.5, discordant=0.2), 0.0, 100, claim=Claim(side="up", bound=-0.1))


def test_a_lift_of_pairs_has_the_covariance_in_its_variance():
    """var(T − w C) = σ² (1 + w² − 2 w ρ) / n, by hand."""
    outcome = PairedMean(base=2.0, sd=1.0, correlation=0.7)
    found = outcome.estimator(0.0, 50, 50, Claim(side="up", bound=-0.1, lift=True))
    assert found.shift == pytest.approx(0.2)
    assert found.error == pytest.approx(sqrt((1 + 0.81 - 2 * 0.9 * 0.7) / 50))


def test_detectable_among_discordant_pairs_stops_at_all_of_them():
    assert detectable(PairedRate(base=0.5, discordant=0.02), 200, claim=Claim()) is None
    found = detectable(PairedRate(base=0.5, discordant=0.3), 600, claim=Claim())
    assert power(PairedRate(base=0.5, discordant=0.3), found, 600, claim=Claim()) == pytest.approx(
        0.8, abs=1e-10
    )


@pytest.mark.parametrize("every", [True, False])
@pytest.mark.parametrize(("trials", "k"), [(1, 1), (5, 3), (8, 8), (10, 1)])
def test_moments_of_a_pass_rate(trials, k, every):
    """Against 200,000 simulated items, and the closed forms of equal items."""
    rate, sd = 0.35, 0.25
    found = pass_at_k(rate, sd=sd, trials=trials, k=k, every=every)
    total = rate * (1 - rate) / sd**2 - 1
    rng = np.random.default_rng(trials * 10 + k)
    p = rng.beta(rate * total, (1 - rate) * total, 200_000)
    c = rng.binomial(trials, p)
    hits = c if every else trials - c
    chance = np.array([comb(h, k) / comb(trials, k) for h in range(trials + 1)])[hits]
    values = chance if every else 1 - chance
    assert found.base == pytest.approx(values.mean(), abs=4 * values.std() / sqrt(200_000))
    assert found.sd == pytest.approx(values.std(), rel=0.01)
    alike = pass_at_k(rate, sd=0, trials=trials, k=k, every=every)
    expected = rate**k if every else 1 - (1 - rate) ** k
    assert alike.base == pytest.approx(expected, rel=1e-12)
    if k == 1:
        assert alike.sd == pytest.approx(sqrt(rate * (1 - rate) / trials), rel=1e-12)


def test_pass_rates_refuse_what_cannot_be():
    for wrong in ({"k": 4}, {"sd": 0.6}, {"rate": 1.0}):
        with pytest.raises(DataError):
            pass_at_k(**({"rate": 0.5, "sd": 0.1, "trials": 3, "k": 2} | wrong))


def test_paired_power_is_what_simulation_finds():
    """S = 20,000 experiments of 40 pairs; within .015."""
    rng = np.random.default_rng(7)
    shared = rng.normal(0, sqrt(0.6), (20_000, 40))
    gap = rng.normal(0.3, sqrt(0.4), (20_000, 40)) - rng.normal(0, sqrt(0.4), (20_000, 40))
    del shared  # pairs share it, so that it leaves their difference
    t = gap.mean(axis=1) / (gap.std(axis=1, ddof=1) / sqrt(40))
    found = (np.abs(t) > stats.t.isf(0.025, 39)).mean()
    predicted = power(PairedMean(base=0, sd=1, correlation=0.6), 0.3, 80, claim=Claim())
    assert predicted == pytest.approx(found, abs=0.015)
