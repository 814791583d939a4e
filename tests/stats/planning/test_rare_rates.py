"""Exact power against every table, and its inverses."""

import pytest
from scipy import stats

from assay.core.errors import DataError
from assay.stats.comparisons.rates import RateContrast
from assay.stats.planning.outcomes import Rate
from assay.stats.planning.power import Claim, Split, power
from assay.stats.planning.rare_rates import is_rare, rare_detectable, rare_power, rare_units

HALVES = Split()


def by_hand(base, rate, n, m, claim):
    """Every table with its probability and the verdict of the score, one by one."""
    critical = stats.norm.isf(claim.tail)
    found = 0.0
    for ones in range(n + 1):
        for others in range(m + 1):
            if ones + others in {0, n + m}:
                continue
            table = RateContrast(
                successes=ones, trials=n, successes_control=others, trials_control=m
            )
            score = table.ratio_score(1 + claim.bound)
            up, down = score > critical, score < -critical
            if {"up": up, "down": down, "two": up or down}[claim.side]:
                found += stats.binom.pmf(ones, n, rate) * stats.binom.pmf(others, m, base)
    return found


@pytest.mark.parametrize(
    "claim",
    [
        Claim(),
        Claim(alpha=0.1, side="up"),
        Claim(alpha=0.1, side="down"),
        Claim(alpha=0.1, side="up", bound=0.3, lift=True),
        Claim(alpha=0.1, side="down", bound=0.5, lift=True),
    ],
)
@pytest.mark.parametrize(("base", "rate"), [(0.1, 0.35), (0.3, 0.1), (0.9, 0.7), (0.5, 0.5)])
def test_power_is_the_sum_over_all_tables(claim, base, rate):
    split = Split(treated=0.6, control=0.4)
    found = rare_power(Rate(base=base), rate - base, 50, claim=claim, split=split)
    assert found == pytest.approx(by_hand(base, rate, 30, 20, claim), abs=1e-9)


def test_many_events_are_as_the_formula_has_them():
    exact = rare_power(Rate(base=0.2), 0.04, 3_000, claim=Claim(), split=HALVES)
    assert exact == pytest.approx(power(Rate(base=0.2), 0.04, 3_000, claim=Claim()), abs=0.005)


def test_rare_is_what_the_analysis_calls_rare():
    assert is_rare(Rate(base=0.001), 0.001, 20_000, split=HALVES)
    assert not is_rare(Rate(base=0.1), 0.01, 20_000, split=HALVES)


@pytest.mark.parametrize(("side", "base"), [("up", 0.002), ("down", 0.02)])
def test_inverses_have_the_power_that_was_wanted(side, base):
    claim = Claim(alpha=0.025, side=side)
    outcome = Rate(base=base)
    effect = rare_detectable(outcome, 6_000, wanted=0.8, claim=claim, split=HALVES)
    assert (effect > 0) == (side == "up")
    found = rare_power(outcome, effect, 6_000, claim=claim, split=HALVES)
    assert found == pytest.approx(0.8, abs=1e-6)
    units = rare_units(outcome, effect, near=9_000, wanted=0.8, claim=claim, split=HALVES)
    assert units == pytest.approx(6_000, rel=0.02)


def test_what_is_out_of_reach_or_cannot_be():
    claim = Claim(alpha=0.025, side="down")
    assert rare_detectable(Rate(base=0.001), 500, wanted=0.8, claim=claim, split=HALVES) is None
    with pytest.raises(DataError, match="lift"):
        rare_power(Rate(base=0.1), 0, 50, claim=Claim(side="up", bound=0.1), split=HALVES)
    with pytest.raises(DataError, match="some in each"):
        rare_power(Rate(base=0.1), 0, 1, claim=Claim(), split=HALVES)
