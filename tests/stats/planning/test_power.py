"""Power against statsmodels, closed forms and published sizes; and that its inverses invert it."""

from math import log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.power import NormalIndPower, TTestIndPower, TTestPower
from statsmodels.stats.proportion import power_proportions_2indep, proportion_effectsize
from statsmodels.stats.rates import power_negbin_ratio_2indep, power_poisson_ratio_2indep

from assay.core.errors import DataError
from assay.stats.planning.outcomes import Count, Hazard, Mean, Rate, Scaled, adjusted, design_effect
from assay.stats.planning.paired_outcomes import PairedMean, PairedRate
from assay.stats.planning.power import Claim, Split, detectable, power, units_needed

TWO, UP = Claim(), Claim(alpha=0.025, side="up")


def test_power_of_the_two_sample_t():
    """.94241796: the standard gold value of d = .05, n = 10,000 per arm (statsmodels, SciPy)."""
    found = power(Mean(base=0, sd=1), 0.05, 20_000, claim=TWO)
    assert found == pytest.approx(0.94241796, abs=1e-8)
    peer = stats.nct.sf(stats.t.isf(0.025, 19_998), 19_998, 0.05 * sqrt(5000))
    peer += stats.nct.cdf(stats.t.ppf(0.025, 19_998), 19_998, 0.05 * sqrt(5000))
    assert found == pytest.approx(peer, abs=1e-10)


@pytest.mark.parametrize("n", [2, 3, 5, 20, 150, 10_000])
@pytest.mark.parametrize("d", [0.0, 0.05, 0.5, 1.3])
@pytest.mark.parametrize("alpha", [0.01, 0.05, 0.2])
def test_power_of_t_is_statsmodels(n, d, alpha):
    found = power(Mean(base=0, sd=1), d, 2 * n, claim=Claim(alpha=alpha))
    peer = TTestIndPower().power(d, n, alpha)
    if np.isnan(peer):  # its lower tail, 1e-33 here, is beyond SciPy's `nct.cdf`
        peer = stats.nct.sf(stats.t.isf(alpha / 2, 2 * n - 2), 2 * n - 2, d * sqrt(n / 2))
    assert found == pytest.approx(peer, abs=1e-8)
    one = power(Mean(base=0, sd=1), d, 2 * n, claim=Claim(alpha=alpha, side="up"))
    peer = TTestIndPower().power(d, n, alpha, alternative="larger")
    assert one == pytest.approx(peer, abs=1e-8)


def test_sizes_of_the_textbook():
    """Per arm, 80 %, 5 %: the closed forms `(z + z)² · variances / effect²` of one tail.

    14748.05 (unpooled), 14750.79 (pooled, statsmodels `samplesize_proportions_2indep_onetail`),
    14744.10 (Cohen's h, statsmodels `NormalIndPower`), 6279.09 (normal, d = .05).
    """
    z = stats.norm.isf(0.025) + stats.norm.isf(0.2)
    per_arm = {
        test: units_needed(Rate(base=0.1, test=test), 0.01, claim=UP) / 2
        for test in ("unpooled", "pooled", "arcsine")
    }
    assert per_arm["unpooled"] == pytest.approx(
        z * z * (0.1 * 0.9 + 0.11 * 0.89) / 0.01**2, rel=1e-11
    )
    assert per_arm["unpooled"] == pytest.approx(14748.05, abs=0.005)
    assert per_arm["pooled"] == pytest.approx(14750.790469044945, rel=1e-11)
    h = proportion_effectsize(0.11, 0.1)
    assert per_arm["arcsine"] == pytest.approx(2 * z * z / h**2, rel=1e-11)
    two = units_needed(Rate(base=0.1, test="arcsine"), 0.01, claim=TWO) / 2
    assert two == pytest.approx(14744.10, abs=0.005)
    normal = units_needed(Mean(base=0, sd=1, normal=True), 0.05, claim=UP) / 2
    assert normal == pytest.approx(2 * z * z / 0.05**2, rel=1e-11)
    assert round(normal, 2) in {6279.09, 6279.1}
    exact = units_needed(Mean(base=0, sd=1), 0.05, claim=TWO) / 2
    peer = TTestIndPower().solve_power(0.05, power=0.8, alpha=0.05)
    assert exact == pytest.approx(peer, rel=1e-8)


@pytest.mark.parametrize("ratio", [1.0, 0.25, 3.0])
@pytest.mark.parametrize(("base", "effect"), [(0.1, 0.01), (0.5, -0.1), (0.01, 0.02)])
def test_rates_are_statsmodels(base, effect, ratio):
    """Cohen's h with two tails, and the pooled test, whose far tail statsmodels leaves out."""
    control = 700
    units, split = (
        control * (1 + ratio),
        Split(treated=ratio / (1 + ratio), control=1 / (1 + ratio)),
    )
    h = proportion_effectsize(base + effect, base)
    found = power(Rate(base=base, test="arcsine"), effect, units, claim=TWO, split=split)
    assert found == pytest.approx(NormalIndPower().power(h, control, 0.05, ratio), abs=1e-8)
    side = Claim(alpha=0.025, side="up" if effect > 0 else "down")
    pooled = power(Rate(base=base, test="pooled"), effect, units, claim=side, split=split)
    peer = power_proportions_2indep(
        -effect,
        base + effect,
        control,
        ratio=ratio,
        alpha=0.025,
        alternative="smaller" if effect > 0 else "larger",
    )
    assert pooled == pytest.approx(float(peer.power), abs=1e-8)


@pytest.mark.parametrize("dispersion", [0.0, 0.4])
@pytest.mark.parametrize("side", ["two", "down"])
def test_counts_are_statsmodels(dispersion, side):
    """Log ratio of two rates with the variance under the alternative (Zhu & Lakkis 2014)."""
    outcome = Count(base=0.8, dispersion=dispersion, exposure=0.75, scale="log")
    names = {"two": "two-sided", "down": "smaller"}
    split = Split(treated=0.6, control=0.4)
    found = power(outcome, -0.12, 1000, claim=Claim(side=side), split=split)
    shared = {
        "rate1": 0.68,
        "rate2": 0.8,
        "nobs1": 600,
        "nobs_ratio": 400 / 600,
        "exposure": 0.75,
        "value": 1,
        "alternative": names[side],
        "method_var": "alt",
        "return_results": False,
    }
    if dispersion:
        peer = power_negbin_ratio_2indep(dispersion=dispersion, **shared)
    else:
        peer = power_poisson_ratio_2indep(dispersion=1, **shared)
    assert found == pytest.approx(float(peer), abs=1e-8)


def test_events_of_a_survival_study():
    """Halving a hazard takes 4 (z + z)² / log² 2 = 65.3 events (Schoenfeld 1983)."""
    z = stats.norm.isf(0.025) + stats.norm.isf(0.2)
    units = units_needed(Hazard(events=1.0), -0.5, claim=Claim(alpha=0.025, side="down"))
    assert units == pytest.approx(4 * z * z / log(2) ** 2, rel=1e-10)
    rare = Hazard(events=0.2)
    units = units_needed(rare, -0.5, claim=Claim(alpha=0.025, side="down"))
    events = units / 2 * (0.2 + 1 - 0.8**0.5)
    assert events == pytest.approx(4 * z * z / log(2) ** 2, rel=1e-10)


@pytest.mark.parametrize("pairs", [3, 30, 900])
def test_paired_mean_is_statsmodels(pairs):
    sd = sqrt(2 * (1 - 0.6)) * 2.0
    found = power(PairedMean(base=1, sd=2, correlation=0.6), 0.4, 2 * pairs, claim=TWO)
    assert found == pytest.approx(TTestPower().power(0.4 / sd, pairs, 0.05), abs=1e-8)


def test_discordant_pairs_of_connor():
    """n = (z √ψ + z √(ψ − δ²))² / δ² pairs (Connor 1987, eq. 1)."""
    psi, delta = 0.3, 0.1
    size = (stats.norm.isf(0.025) * sqrt(psi) + stats.norm.isf(0.2) * sqrt(psi - delta**2)) ** 2
    found = units_needed(PairedRate(base=0.5, discordant=psi), delta, claim=UP) / 2
    assert found == pytest.approx(size / delta**2, rel=1e-10)


def test_margins_of_a_lift_count_the_noise_of_the_control():
    """Fieller's contrast `treated − (1 − m) control`, against its variance by hand."""
    outcome = Mean(base=4.0, sd=3.0, normal=True)
    claim = Claim(alpha=0.025, side="up", bound=-0.1, lift=True)
    error = sqrt(9 / 500 + 0.9**2 * 9 / 500)
    assert power(outcome, 0.0, 1000, claim=claim) == pytest.approx(
        stats.norm.sf(stats.norm.isf(0.025) - 0.4 / error), abs=1e-12
    )
    absolute = Claim(alpha=0.025, side="up", bound=-0.4)
    assert power(outcome, 0.0, 1000, claim=absolute) == pytest.approx(
        stats.norm.sf(stats.norm.isf(0.025) - 0.4 / sqrt(2 * 9 / 500)), abs=1e-12
    )


def test_a_harm_is_the_mirror_of_a_gain():
    up = power(Mean(base=5, sd=2), 0.3, 200, claim=Claim(side="up", bound=-0.2))
    down = power(Mean(base=-5, sd=2), -0.3, 200, claim=Claim(side="down", bound=0.2))
    assert up == pytest.approx(down, abs=1e-14)


def test_covariates_and_clusters_scale_the_size():
    plain = units_needed(Rate(base=0.3), 0.05, claim=TWO)
    assert units_needed(adjusted(Rate(base=0.3), 0.6), 0.05, claim=TWO) == pytest.approx(
        plain * (1 - 0.36), rel=1e-10
    )
    effect = design_effect(20, 0.05)
    assert effect == pytest.approx(1.95)  # 1 + (20 − 1) · .05
    clustered = Scaled(of=Rate(base=0.3), factor=effect, group=20)
    assert units_needed(clustered, 0.05, claim=TWO) == pytest.approx(plain * effect, rel=1e-10)
    assert design_effect(20, 0.05, variation=0.5) == pytest.approx(1 + (1.25 * 20 - 1) * 0.05)


def test_clusters_take_degrees_of_freedom():
    """Ten clusters of fifty are judged by a t of 8 degrees, not of 498."""
    found = power(Scaled(of=Mean(base=0, sd=1), factor=3.0, group=50), 0.8, 500, claim=TWO)
    centre, critical = 0.8 / sqrt(3 * 2 / 250), stats.t.isf(0.025, 8)
    assert found == pytest.approx(
        stats.nct.sf(critical, 8, centre) + stats.nct.cdf(-critical, 8, centre), abs=1e-8
    )


OUTCOMES = st.one_of(
    st.builds(
        Rate,
        base=st.floats(0.01, 0.99),
        test=st.sampled_from(["unpooled", "pooled", "arcsine"]),
    ),
    st.builds(Mean, base=st.floats(0.5, 20), sd=st.floats(0.1, 50), grows=st.booleans()),
    st.builds(
        Count,
        base=st.floats(0.05, 20),
        dispersion=st.floats(0, 3),
        scale=st.sampled_from(["difference", "log"]),
    ),
    st.builds(Hazard, events=st.floats(0.02, 1)),
    st.builds(lambda base, sd: adjusted(Mean(base=base, sd=sd), 0.5), st.just(3.0), st.just(2.0)),
)
SPLITS = st.sampled_from(
    [Split(), Split(treated=0.01, control=0.99), Split(treated=0.25, control=0.25)]
)


@given(OUTCOMES, st.floats(2e3, 1e6), SPLITS, st.floats(0.06, 0.995), st.booleans(), st.booleans())
def test_what_is_detectable_has_the_power_that_was_wanted(
    outcome, units, split, wanted, rising, margin
):
    claim = TWO
    if margin and not (isinstance(outcome, Rate) and outcome.test != "unpooled"):
        bound = -0.05 if rising else 0.05
        claim = Claim(side="up" if rising else "down", bound=bound, lift=True)
    effect = detectable(outcome, units, wanted=wanted, claim=claim, split=split, rising=rising)
    if effect is None:
        end = outcome.reach[rising]
        assert power(outcome, end, units, claim=claim, split=split) < wanted
        return
    assert (effect > claim.bound * outcome.base) == rising
    assert power(outcome, effect, units, claim=claim, split=split) == pytest.approx(
        wanted, abs=1e-10
    )


@given(OUTCOMES, st.floats(0.002, 0.6), st.floats(2e3, 1e6), SPLITS, st.booleans())
def test_detectable_inverts_power(outcome, lift, units, split, rising):
    """mde(power(x)) = x to a relative 1e-6, wherever power says anything of x."""
    low, high = outcome.reach
    effect = lift * outcome.base if rising else -lift * outcome.base
    if not low < effect < high:
        return
    found = power(outcome, effect, units, claim=TWO, split=split)
    if not 0.0501 < found < 1 - 1e-9:
        return
    back = detectable(outcome, units, wanted=found, claim=TWO, split=split, rising=rising)
    assert back == pytest.approx(effect, rel=1e-6)


@given(OUTCOMES, st.floats(0.01, 0.4), SPLITS, st.floats(0.06, 0.99))
def test_units_needed_inverts_power(outcome, lift, split, wanted):
    effect = lift * outcome.base
    if effect > outcome.reach[1]:
        return
    units = units_needed(outcome, effect, wanted=wanted, claim=TWO, split=split)
    found = power(outcome, effect, units, claim=TWO, split=split)
    at_least = units * min(split.treated, split.control) <= outcome.fewest * (1 + 1e-9)
    assert found == pytest.approx(wanted, abs=1e-9) or (at_least and found > wanted)


@given(OUTCOMES, st.floats(0.01, 0.3), st.floats(1e3, 1e5))
def test_more_units_and_larger_effects_show_more(outcome, lift, units):
    effect = min(lift * outcome.base, outcome.reach[1])
    here = power(outcome, effect, units, claim=TWO)
    assert power(outcome, effect, 1.5 * units, claim=TWO) >= here - 1e-12
    assert power(outcome, min(1.2 * effect, outcome.reach[1]), units, claim=TWO) >= here - 1e-12


def test_no_effect_is_claimed_as_often_as_alpha_says():
    for outcome in (Rate(base=0.2), Rate(base=0.2, test="pooled"), Mean(base=1, sd=3)):
        assert power(outcome, 0.0, 500, claim=TWO) == pytest.approx(0.05, abs=1e-12)
        assert power(outcome, 0.0, 500, claim=Claim(side="up")) == pytest.approx(0.05, abs=1e-12)


def test_edges():
    assert 0.05 < power(Mean(base=0, sd=1), 5, 4, claim=TWO) < 1
    assert detectable(Rate(base=0.5), 4, wanted=0.8, claim=TWO) is None
    assert detectable(Rate(base=0.5), 40, wanted=0.8, claim=TWO) == pytest.approx(0.36, abs=0.02)
    assert detectable(Rate(base=0.9, test="pooled"), 20, wanted=0.9, claim=TWO) is None
    assert units_needed(Mean(base=0, sd=1), 0.0, claim=TWO) is None
    assert units_needed(Mean(base=0, sd=1), -0.3, claim=Claim(side="up")) is None
    assert detectable(Rate(base=0.5), 100, claim=Claim(side="up", bound=0.6)) is None
    for wanted in (0.05, 0.01, 1.0, float("nan")):
        with pytest.raises(DataError, match="power"):
            detectable(Rate(base=0.5), 100, wanted=wanted, claim=TWO)
    with pytest.raises(DataError, match="units in an arm"):
        power(Mean(base=0, sd=1), 1, 100, claim=TWO, split=Split(treated=0.01, control=0.99))
    with pytest.raises(DataError, match="effect"):
        power(Rate(base=0.5), 0.6, 100, claim=TWO)
    for wrong in ({"alpha": 0.0}, {"alpha": 1.5}, {"bound": float("nan")}):
        with pytest.raises(DataError):
            Claim(**wrong)
    for share in (0.0, 0.6, float("nan")):
        with pytest.raises(DataError):
            Split(treated=share, control=0.5)
    with pytest.raises(DataError, match="unpooled"):
        power(Rate(base=0.5, test="pooled"), 0.1, 100, claim=Claim(side="up", bound=-0.1))


def test_a_fall_below_nothing_cannot_be():
    assert Rate(base=0.02).reach == (-0.02, 0.98)
    few = detectable(Rate(base=0.02), 100, claim=TWO, rising=False)
    assert few is None or few >= -0.02


def simulate(draw, n, m, seed, *, runs=20_000):
    """Share of simulated experiments that Welch's t (from sums alone) calls at 5 %."""
    rng = np.random.default_rng(seed)
    found = 0
    for _ in range(10):
        size = runs // 10
        one, other = draw(rng, (size, n), True), draw(rng, (size, m), False)
        a, b = one.var(axis=1, ddof=1) / n, other.var(axis=1, ddof=1) / m
        freedom = (a + b) ** 2 / np.maximum(a * a / (n - 1) + b * b / (m - 1), 1e-300)
        t = (one.mean(axis=1) - other.mean(axis=1)) / np.sqrt(np.maximum(a + b, 1e-300))
        found += int((2 * stats.t.sf(np.abs(t), freedom) < 0.05).sum())
    return found / runs


def rate(p, q):
    return lambda rng, size, treated: (rng.random(size) < (q if treated else p)).astype(float)


def normal(shift, sd):
    return lambda rng, size, treated: rng.normal(shift if treated else 0.0, sd, size)


def counts(mu, lift, k):
    def draw(rng, size, treated):
        mean = mu * (1 + lift * treated)
        if not k:
            return rng.poisson(mean, size).astype(float)
        return rng.poisson(rng.gamma(1 / k, k * mean, size)).astype(float)

    return draw


def amounts(lift):
    """Lognormal, σ = 1: mean e^½ = 1.6487, sd = mean · √(e − 1)."""
    return lambda rng, size, treated: rng.lognormal(0, 1, size) * (1 + lift * treated)


AMOUNT = Mean(base=np.exp(0.5), sd=np.exp(0.5) * sqrt(np.e - 1), grows=True)
CELLS = [
    (Rate(base=0.1), 0.05, 500, 500, rate(0.1, 0.15)),
    (Rate(base=0.5), -0.08, 600, 600, rate(0.5, 0.42)),
    (Rate(base=0.3), 0.1, 150, 450, rate(0.3, 0.4)),
    (Mean(base=0, sd=1), 0.9, 15, 15, normal(0.9, 1)),
    (Mean(base=0, sd=2), 0.4, 200, 600, normal(0.4, 2)),
    (Count(base=2.0), 0.25, 400, 400, counts(2, 0.125, 0)),
    (Count(base=1.0, dispersion=0.5), 0.2, 700, 700, counts(1, 0.2, 0.5)),
    (AMOUNT, 0.25 * AMOUNT.base, 500, 500, amounts(0.25)),
]


@pytest.mark.parametrize("cell", range(len(CELLS)))
def test_power_is_what_simulation_finds(cell):
    """Within .015, and 3 standard errors of S = 4,000 runs more."""
    outcome, effect, treated, control, draw = CELLS[cell]
    units = treated + control
    split = Split(treated=treated / units, control=control / units)
    predicted = power(outcome, effect, units, claim=TWO, split=split)
    runs = 4_000
    found = simulate(draw, treated, control, cell, runs=runs)
    assert 0.4 < predicted < 0.95
    assert abs(found - predicted) < 0.015 + 3 * sqrt(predicted * (1 - predicted) / runs)
