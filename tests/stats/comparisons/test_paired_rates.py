import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from assay.core.errors import DataError
from assay.stats.comparisons.paired_rates import (
    PairedCounts,
    PairedRateContrast,
    mcnemar_exact,
    mcnemar_mid_p,
)
from assay.stats.level import Level

# Both tables, tests and intervals as the R package contingencytables 3.0.0 prints them, after
# Fagerland, Lydersen & Laake (2017), Statistical analysis of contingency tables, ch. 8.
CAVO = PairedCounts(both=59, treated=6, control=16, neither=80)
BENTUR = PairedCounts(both=1, treated=1, control=7, neither=12)
LEVEL = Level(0.05)
counts = st.builds(PairedCounts, *[st.integers(0, 60)] * 4).filter(lambda c: c.discordant > 0)


@pytest.mark.parametrize(
    ("table", "exact", "mid_p"), [(CAVO, 0.0525, 0.034690), (BENTUR, 0.0703, 0.0391)]
)
def test_published_p_values(table, exact, mid_p):
    assert mcnemar_exact(table) == pytest.approx(exact, abs=5e-5)
    assert mcnemar_mid_p(table) == pytest.approx(mid_p, abs=5e-5)


@pytest.mark.parametrize(
    ("table", "difference", "ratio"),
    [(CAVO, (-0.1240, -0.0054), (0.7476, 0.9876)), (BENTUR, (-0.5173, -0.0260), (0.0653, 0.9069))],
)
def test_published_intervals(table, difference, ratio):
    found = PairedRateContrast(table).at(LEVEL)
    ends = (found.difference.low, found.difference.high)
    assert ends == pytest.approx(difference, abs=1.1e-4)
    assert (1 + found.lift.low, 1 + found.lift.high) == pytest.approx(ratio, abs=1.1e-4)


@given(counts)
def test_p_values_are_those_of_the_binomial(table):
    few = min(table.treated, table.control)
    peer = stats.binomtest(few, table.discordant, 0.5).pvalue
    assert mcnemar_exact(table) == pytest.approx(peer, rel=1e-9)
    seen = stats.binom.pmf(few, table.discordant, 0.5)
    mid_p = 1.0 if table.treated == table.control else peer - seen
    assert mcnemar_mid_p(table) == pytest.approx(mid_p, rel=1e-9)


@given(counts, st.sampled_from([0.2, 0.05, 0.01, 1e-4]))
def test_difference_and_lift_reject_when_the_mid_p_does(table, alpha):
    contrast = PairedRateContrast(table)
    found = contrast.at(Level(alpha))
    rejects = contrast.p_value < alpha
    gap = found.difference
    assert (gap.low > 0 or gap.high < 0) == rejects
    assert gap.low <= gap.value <= gap.high
    if found.lift.low is not None:
        assert (found.lift.low > 0 or found.lift.high < 0) == rejects
        assert found.lift.low <= found.lift.value <= found.lift.high


@given(counts)
def test_swapping_arms_mirrors_difference_and_ratio(table):
    other = PairedCounts(table.both, table.control, table.treated, table.neither)
    here, there = (PairedRateContrast(t).at(LEVEL) for t in (table, other))
    assert here.difference.low == pytest.approx(-there.difference.high, abs=1e-9)
    assert mcnemar_mid_p(table) == pytest.approx(mcnemar_mid_p(other), rel=1e-12)
    if here.lift.low is not None and there.lift.low is not None and here.lift.low > -1:
        assert 1 + here.lift.low == pytest.approx(1 / (1 + there.lift.high), rel=1e-6)


def test_no_success_in_the_control_leaves_the_lift_open():
    found = PairedRateContrast(PairedCounts(0, 8, 0, 30)).at(LEVEL)
    assert found.lift.unbounded
    assert found.difference.low > 0


def test_where_nothing_differs_nothing_is_said():
    with pytest.raises(DataError, match="none of 12 items differs"):
        PairedRateContrast(PairedCounts(5, 0, 0, 7))


def test_merging_adds_items():
    both = CAVO + BENTUR
    assert (both.n, both.discordant) == (CAVO.n + BENTUR.n, CAVO.discordant + BENTUR.discordant)


def test_the_truth_is_covered_and_the_mid_p_keeps_its_level():
    rng = np.random.default_rng(7)
    n, shares = 60, np.array([0.25, 0.20, 0.10, 0.45])
    truth, lift = shares[1] - shares[2], (shares[0] + shares[1]) / (shares[0] + shares[2]) - 1
    streams, inside, inside_lift = 1500, 0, 0
    for drawn in rng.multinomial(n, shares, size=streams):
        found = PairedRateContrast(PairedCounts(*map(int, drawn))).at(LEVEL)
        inside += found.difference.low <= truth <= found.difference.high
        inside_lift += found.lift.low <= lift <= found.lift.high
    error = 3 * math.sqrt(0.05 * 0.95 / streams)
    assert inside / streams >= 0.95 - error
    assert inside_lift / streams >= 0.95 - error
    even = rng.multinomial(n, [0.3, 0.12, 0.12, 0.46], size=streams)
    wrong = sum(mcnemar_mid_p(PairedCounts(*map(int, drawn))) < 0.05 for drawn in even)
    assert wrong / streams <= 0.054 + error  # 5.4 %: the largest of Fagerland et al. (2013)
