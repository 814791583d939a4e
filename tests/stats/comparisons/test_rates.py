import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats
from statsmodels.stats.proportion import confint_proportions_2indep

from assay.core.errors import DataError
from assay.stats.comparisons.rates import RateContrast
from assay.stats.level import Level

TABLES = [
    (10, 100, 15, 120),
    (56, 70, 48, 80),
    (3, 40, 30, 360),
    (15, 25, 20, 75),
    (2, 1000, 7, 900),
]


def contrast(ones, n, before, m):
    return RateContrast(successes=ones, trials=n, successes_control=before, trials_control=m)


def by_hand(ones, n, before, m, *, ratio=None, difference=None):
    """Corrected score with the restricted rates found by a search: no cubic, no closed form."""

    def pair(there):
        here = ratio * there if ratio is not None else there + difference
        return here, there

    def loss(there):
        here, there = pair(there)
        return -stats.binom.logpmf(ones, n, here) - stats.binom.logpmf(before, m, there)

    ends = (
        (0, min(1, 1 / ratio))
        if ratio is not None
        else (max(0, -difference), min(1, 1 - difference))
    )
    tiny = 1e-12
    found = optimize.minimize_scalar(
        loss, bounds=(ends[0] + tiny, ends[1] - tiny), method="bounded", options={"xatol": 1e-13}
    )
    here, there = pair(found.x)
    factor = ratio if ratio is not None else 1
    gap = ones / n - factor * before / m - (difference or 0)
    spread = (n + m) / (n + m - 1) * (here * (1 - here) / n + factor**2 * there * (1 - there) / m)
    third = here * (1 - here) * (1 - 2 * here) / n**2
    third -= factor**3 * there * (1 - there) * (1 - 2 * there) / m**2
    lean = third / spread**1.5 / 6
    # z such that z + lean (z² − 1) is the plain score: Cornish & Fisher's first term
    root = optimize.brentq(lambda z: z + lean * (z * z - 1) - gap / math.sqrt(spread), -8, 8)
    return gap / math.sqrt(spread), root


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("value", [0.7, 1.0, 1.1, 1.8])
def test_the_score_of_a_ratio_is_that_of_its_definition(table, value):
    _, corrected = by_hand(*table, ratio=value)
    assert contrast(*table).ratio_score(value) == pytest.approx(corrected, abs=2e-5)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("value", [-0.04, -0.01, 0.0, 0.02])
def test_the_score_of_a_difference_is_that_of_its_definition(table, value):
    plain, corrected = by_hand(*table, difference=value)
    assert contrast(*table).difference_score(value) == pytest.approx(corrected, abs=2e-5)
    assert abs(plain - corrected) < 1.5


@pytest.mark.parametrize(("ones", "n"), [(500, 5_000), (2_500, 5_000)])
def test_with_many_events_it_is_miettinen_and_nurminens(ones, n):
    """statsmodels' score interval; the correction for skewness is then below 1 % of the width."""
    found = contrast(ones + 60, n, ones, n).at(Level(0.05))
    for compare, ends in (
        ("diff", (found.difference.low, found.difference.high)),
        ("ratio", (1 + found.lift.low, 1 + found.lift.high)),
    ):
        low, high = confint_proportions_2indep(
            ones + 60, n, ones, n, compare=compare, method="score", correction=True
        )
        assert ends == pytest.approx((low, high), abs=0.01 * (high - low))


def test_is_the_newcombe_example_within_its_methods():
    """56/70 against 48/80, Newcombe (1998), Statistics in Medicine 17, table II.

    Score methods 5 (Mee) and 6 (Miettinen-Nurminen) print .0533-.3377 and .0528-.3382.
    """
    found = contrast(56, 70, 48, 80).at(Level(0.05)).difference
    assert (found.low, found.high) == pytest.approx((0.0528, 0.3382), abs=0.009)


counts = st.tuples(st.integers(1, 60), st.integers(1, 400)).flatmap(
    lambda sizes: st.tuples(
        st.integers(0, sizes[0]), st.just(sizes[0]), st.integers(0, sizes[1]), st.just(sizes[1])
    )
)
levels = st.sampled_from([0.3, 0.05, 0.01, 0.001])


def some_of_either(table):
    return 0 < table[0] + table[2] < table[1] + table[3]


@given(counts.filter(some_of_either), levels)
@settings(max_examples=80)
def test_difference_lift_and_p_value_agree_about_zero(table, alpha):
    made = contrast(*table)
    found = made.at(Level(alpha))
    excluded = made.p_value < alpha
    assert (found.difference.low > 0 or found.difference.high < 0) == excluded
    assert found.difference.low <= made.value <= found.difference.high
    if not found.lift.unbounded:
        assert (found.lift.low > 0 or found.lift.high < 0) == excluded
        assert -1 <= found.lift.low <= found.lift.value <= found.lift.high


@given(counts.filter(some_of_either), levels)
@settings(max_examples=60)
def test_swapping_arms_mirrors_and_failures_mirror_successes(table, alpha):
    ones, n, before, m = table
    there = contrast(*table).at(Level(alpha)).difference
    for other in (contrast(before, m, ones, n), contrast(n - ones, n, m - before, m)):
        back = other.at(Level(alpha)).difference
        assert (-back.high, -back.low) == pytest.approx((there.low, there.high), abs=1e-6)
    up, down = (
        contrast(*table).at(Level(alpha)).lift,
        contrast(before, m, ones, n).at(Level(alpha)).lift,
    )
    if ones and before and not (up.unbounded or down.unbounded):
        assert (1 + up.low) * (1 + down.high) == pytest.approx(1, rel=1e-5)


@given(counts.filter(some_of_either))
@settings(max_examples=40)
def test_surer_intervals_are_wider(table):
    found = [contrast(*table).at(Level(alpha)) for alpha in (0.2, 0.05, 0.01, 0.001)]
    for narrow, wide in itertools.pairwise(found):
        assert wide.difference.low <= narrow.difference.low + 1e-9
        assert wide.difference.high >= narrow.difference.high - 1e-9


def test_a_bound_of_a_rule_is_used_as_it_is():
    made = contrast(30, 400, 20, 400)
    assert made.at(Level.of_bound(2.5)).difference.low == pytest.approx(
        made.at(Level(2 * stats.norm.sf(2.5))).difference.low, abs=1e-9
    )


def test_no_success_in_the_control_has_a_difference_but_no_lift():
    found = contrast(30, 1_000, 0, 1_000).at(Level(0.05))
    assert 0.015 < found.difference.low < 0.03 < found.difference.high < 0.05
    assert found.lift.unbounded
    assert found.lift.value is None
    none = contrast(0, 1_000, 30, 1_000).at(Level(0.05)).lift
    assert none.low == -1
    assert -0.95 < none.high < -0.7


def test_one_outcome_alone_is_refused():
    for table in ((0, 5, 0, 9), (5, 5, 9, 9), (6, 5, 1, 9), (1, 1, 0, 0)):
        with pytest.raises(DataError):
            contrast(*table)


def errors(n, m, rate, lift, alpha=0.05):
    """Exact probabilities that the interval lies above and below the truth: every table, weighed."""
    ranges = []
    for size, p in ((n, rate * (1 + lift)), (m, rate)):
        spread = (5 if alpha > 0.01 else 7) * math.sqrt(size * p * (1 - p)) + 5
        k = np.arange(max(0, int(size * p - spread)), min(size, int(size * p + spread)) + 1)
        ranges.append((k, stats.binom.pmf(k, size, p)))
    bound = -stats.norm.ppf(alpha / 2)
    above = below = 0.0
    for ones, weight in zip(*ranges[0], strict=True):
        for before, other in zip(*ranges[1], strict=True):
            if not 0 < ones + before < n + m:
                continue
            score = contrast(int(ones), n, int(before), m).ratio_score(1 + lift)
            above += weight * other * (score > bound)
            below += weight * other * (score < -bound)
    return above, below


@pytest.mark.parametrize(
    ("n", "m", "rate"),
    [(100, 100, 0.1), (20, 180, 0.1), (1_000, 1_000, 0.01), (50, 450, 0.2), (20, 180, 0.01)],
)
@pytest.mark.parametrize("lift", [0.0, 1.0])
def test_errors_are_those_promised_by_exact_enumeration(n, m, rate, lift):
    """Welch's interval misses .0744 of (20, 180, .01) and ten to one to one side of (20, 180, .1)."""
    above, below = errors(n, m, rate, lift)
    assert above + below <= 0.0554
    if min(n, m) * rate >= 10:
        assert above + below >= 0.045
        assert max(above, below) <= 1.25 * min(above, below)


@pytest.mark.parametrize("alpha", [0.002, 1e-4])
def test_small_levels_are_held_too(alpha):
    """As sequential rules ask for; the plain score's upper tail is 3.5 and 16 times the nominal."""
    above, below = errors(50, 450, 0.05, 0.0, alpha)
    assert above <= 1.05 * alpha / 2
    assert below <= 1.05 * alpha / 2
