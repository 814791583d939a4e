"""Power over several looks: against published inflation factors, simulation and its own inverse."""

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from assay.core.errors import DataError
from assay.stats.planning.outcomes import Mean, Rate
from assay.stats.planning.planned_looks import expected_fraction, planned_looks, stopped
from assay.stats.planning.power import Claim, Split, detectable, power, units_needed
from assay.stats.sequential.looks import Looks

NORMAL = Mean(base=0.0, sd=1.0, normal=True)


def inflation(bounds, wanted):
    """Size over that of one look, two-sided 5 %."""
    looks = Looks(fractions=tuple((k + 1) / len(bounds) for k in range(len(bounds))), bounds=bounds)
    several = units_needed(NORMAL, 0.1, wanted=wanted, claim=Claim(looks=looks))
    return several / units_needed(NORMAL, 0.1, wanted=wanted, claim=Claim())


def test_inflation_of_pocock_and_obrien_fleming():
    """Jennison & Turnbull (2000), tables 2.2 and 2.4: five looks, alpha .05, power .8.

    Pocock's constant bound is 2.413 (table 2.1), its factor 1.229; O'Brien & Fleming's bounds are
    2.040 √(5/k) (table 2.3), their factor 1.028.
    """
    assert inflation((2.413,) * 5, 0.8) == pytest.approx(1.229, abs=0.001)
    assert inflation(tuple(2.040 * sqrt(5 / k) for k in range(1, 6)), 0.8) == pytest.approx(
        1.028, abs=0.001
    )
    assert inflation((2.413,) * 5, 0.9) == pytest.approx(1.207, abs=0.001)


def paths(fractions, drift, runs, seed):
    """The statistic at each look, of simulated Brownian motions."""
    rng = np.random.default_rng(seed)
    steps = np.diff([0.0, *fractions])
    walk = np.cumsum(rng.normal(drift * steps, np.sqrt(steps), (runs, len(steps))), axis=1)
    return walk / np.sqrt(fractions)


@pytest.mark.parametrize("kind", ["group-sequential", "anytime"])
@pytest.mark.parametrize("drift", [0.0, 2.0, 3.3])
def test_power_and_duration_are_those_of_simulated_paths(kind, drift):
    looks = planned_looks(kind, looks=6, alpha=0.05)
    runs = 60_000
    beyond = np.abs(paths(looks.fractions, drift, runs, 3)) >= np.array(looks.bounds)
    ever = beyond.any(axis=1)
    when = np.where(ever, beyond.argmax(axis=1), 5)
    ended = stopped(looks, drift)
    assert ended[-1] == pytest.approx(ever.mean(), abs=4 * 0.5 / sqrt(runs))
    assert ended[2] == pytest.approx((ever & (when <= 2)).mean(), abs=4 * 0.5 / sqrt(runs))
    assert expected_fraction(looks, drift) == pytest.approx(
        np.array(looks.fractions)[when].mean(), abs=4 * 0.4 / sqrt(runs)
    )
    assert looks.shown(drift, "two") == pytest.approx(ended[-1])


def test_a_plan_spends_alpha_and_no_more():
    for spending in ("obrien-fleming", "pocock", "power"):
        looks = planned_looks("group-sequential", looks=4, alpha=0.03, spending=spending)
        assert stopped(looks, 0.0)[-1] == pytest.approx(0.03, abs=1e-9)
    anytime = planned_looks("anytime", looks=28, alpha=0.05)
    assert stopped(anytime, 0.0)[-1] < 0.05
    assert planned_looks("once", looks=3, alpha=0.05) is None
    with pytest.raises(DataError, match="looks"):
        planned_looks("group-sequential", looks=0, alpha=0.05)


PLANS = st.sampled_from(
    [
        planned_looks("group-sequential", looks=3, alpha=0.05),
        planned_looks("group-sequential", looks=5, alpha=0.05, spending="pocock"),
        planned_looks("anytime", looks=7, alpha=0.05),
    ]
)


@given(PLANS, st.floats(0.05, 0.6), st.floats(0.02, 0.3), st.sampled_from(["two", "up"]))
def test_detectable_inverts_power_over_looks(looks, base, lift, side):
    claim = Claim(alpha=0.05 if side == "two" else 0.025, side=side, looks=looks)
    found = power(Rate(base=base), lift * base, 8_000, claim=claim)
    if not max(claim.alpha, 0.0501) < found < 1 - 1e-9:
        return
    back = detectable(Rate(base=base), 8_000, wanted=found, claim=claim)
    assert back == pytest.approx(lift * base, rel=1e-6)


CELLS = [
    ("group-sequential", 4, "obrien-fleming", 0.3, 0.06),
    ("group-sequential", 3, "pocock", 0.1, 0.04),
    ("anytime", 10, "obrien-fleming", 0.5, 0.1),
    ("group-sequential", 5, "power", 0.2, -0.05),
]


@pytest.mark.parametrize("cell", range(len(CELLS)))
def test_power_of_looks_at_rates_is_what_simulation_finds(cell):
    """Rates looked at several times by Wald's statistic; within .015 and 3 s.e. of S = 20,000."""
    kind, number, spending, base, effect = CELLS[cell]
    n, runs = 900, 20_000
    looks = planned_looks(kind, looks=number, alpha=0.05, spending=spending)
    rng = np.random.default_rng(cell)
    steps = np.diff([0, *(round(f * n) for f in looks.fractions)])
    sizes = np.cumsum(steps)
    here, there = (
        np.cumsum(rng.binomial(steps, p, (runs, number)), axis=1) / sizes
        for p in (base + effect, base)
    )
    error = np.sqrt((here * (1 - here) + there * (1 - there)) / sizes)
    z = (here - there) / np.maximum(error, 1e-12)
    found = (np.abs(z) >= np.array(looks.bounds)).any(axis=1).mean()
    predicted = power(Rate(base=base), effect, 2 * n, claim=Claim(looks=looks))
    assert 0.5 < predicted < 0.97
    assert found == pytest.approx(predicted, abs=0.015 + 3 * 0.5 / sqrt(runs))


def test_a_pooled_test_keeps_its_own_error_at_each_look():
    """Bounds times pooled error: at one look that is the test without looks."""
    one = Looks(fractions=(1.0,), bounds=(float(stats.norm.isf(0.025)),))
    pooled = Rate(base=0.2, test="pooled")
    split = Split(treated=0.2, control=0.8)
    several = power(pooled, 0.1, 700, claim=Claim(looks=one), split=split)
    assert several == pytest.approx(power(pooled, 0.1, 700, claim=Claim(), split=split), abs=1e-9)
    found = detectable(pooled, 700, claim=Claim(looks=one), split=split)
    assert found == pytest.approx(detectable(pooled, 700, claim=Claim(), split=split), rel=1e-6)


def test_looks_that_cannot_be():
    for fractions, bounds in (((), ()), ((0.5, 0.5), (2, 2)), ((0.5, 1.0), (2,)), ((1.0,), (0.0,))):
        with pytest.raises(DataError):
            Looks(fractions=fractions, bounds=bounds)
