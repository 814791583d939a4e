"""Confidence sequences: printed values of other tools, the p-value's algebra, and simulated looks."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import DataError
from assay.stats.sequential.confidence_sequences import (
    always_valid_p,
    multiplier,
    one_sided_multiplier,
    one_sided_p,
)
from assay.stats.sequential.rules import Anytime

sizes = st.floats(2, 1e7)
alphas = st.floats(1e-6, 0.5)


@pytest.mark.parametrize(
    ("planned", "expected"), [(5_000, 3.1481646), (10_000, 3.0759558), (24_000, 3.035209)]
)
def test_is_the_multiplier_of_other_tools(planned, expected):
    """confseq's normal_mixture_bound(v=24000, alpha=.05, v_opt=planned, two-sided) / √24000, which
    gbstats (its eq. 9 with ρ of eq. 161) gives as well."""
    assert multiplier(24_000, planned, 0.05) == pytest.approx(expected, abs=1e-7)


def test_p_values_are_those_of_gbstats():
    """gbstats SequentialTwoSidedTTest (difference, N* = 5,000) on 24,000 units: orders per session
    gives .046020551 from a ratio with difference .011333741 and standard error .0035695867."""
    z = 0.011333741 / 0.0035695867
    assert always_valid_p(z, 24_000, 5_000) == pytest.approx(0.046020551, abs=2e-8)


def test_the_interval_is_that_of_gbstats():
    """Revenue on 24,000 units: difference −.041740644, interval [−.43154967, .34806838]."""
    error = (0.20094414 + 0.28442543) / 2 / 1.959963984540054  # statsmodels' z interval
    half = multiplier(24_000, 5_000, 0.05) * error
    assert (-0.041740644 - half, -0.041740644 + half) == pytest.approx(
        (-0.43154967, 0.34806838), abs=3e-8
    )


@given(sizes, sizes, alphas, st.floats(0, 12))
def test_the_p_value_falls_below_alpha_where_the_bound_is_crossed(n, planned, alpha, z):
    bound = multiplier(n, planned, alpha)
    if abs(z - bound) > 1e-9 * bound:
        assert (always_valid_p(z, n, planned) < alpha) == (z > bound)
    assert always_valid_p(bound, n, planned) == pytest.approx(alpha, rel=1e-9)


@given(sizes, st.floats(0.5, 10), st.floats(0.01, 0.2))
def test_one_side_costs_less_than_two_where_it_is_tuned(n, share, alpha):
    planned = n / share
    one = one_sided_multiplier(n, planned, alpha)
    two = multiplier(n, planned, alpha)
    assert one_sided_p(one, n, planned) == pytest.approx(alpha, rel=1e-9)
    assert one < two
    assert always_valid_p(0.0, n, planned) == 1.0


@given(sizes, alphas)
def test_depends_on_the_share_of_the_plan_alone(n, alpha):
    assert multiplier(n, 3 * n, alpha) == pytest.approx(multiplier(7 * n, 21 * n, alpha))


def test_is_tightest_near_the_planned_size_as_a_width():
    """Half-widths in units of one observation's spread: least over tunings near n = planned."""
    tunings = np.geomspace(100, 1e6, 200)
    widths = [multiplier(10_000, planned, 0.05) for planned in tunings]
    best = tunings[int(np.argmin(widths))]
    assert best == pytest.approx(10_000, rel=0.2)


@given(st.floats(1e-6, 0.4), st.floats(1.01, 2), sizes, sizes)
def test_intervals_are_nested_in_alpha(alpha, factor, n, planned):
    assert multiplier(n, planned, alpha) > multiplier(n, planned, alpha * factor)


def test_grows_on_both_sides_of_its_tightest_share():
    shares = np.geomspace(0.01, 100, 400)
    values = np.array([multiplier(10_000 * share, 10_000, 0.05) for share in shares])
    turn = int(np.argmin(values))
    assert 0 < turn < len(shares) - 1
    assert (np.diff(values[: turn + 1]) < 0).all()
    assert (np.diff(values[turn:]) > 0).all()


def _walks(streams, looks, rng):
    return np.cumsum(rng.normal(size=(streams, looks)), axis=1)


def test_holds_over_all_looks_together():
    """A random walk looked at 1,000 times: the two-sided and the one-sided bound are crossed in at
    most 5 %; the fixed-look bound in about half (were the bound wrong, this would show it)."""
    rng = np.random.default_rng(11)
    streams, looks = 4_000, 1_000
    n = np.arange(1, looks + 1)
    z = _walks(streams, looks, rng) / np.sqrt(n)
    two = np.array([multiplier(k, 300, 0.05) for k in n])
    one = np.array([one_sided_multiplier(k, 300, 0.05) for k in n[::10]])
    slack = 3 * math.sqrt(0.05 * 0.95 / streams)
    assert (np.abs(z) > two).any(axis=1).mean() <= 0.05 + slack
    assert (z[:, ::10] > one).any(axis=1).mean() <= 0.05 + slack
    assert (np.abs(z) > 1.96).any(axis=1).mean() > 0.3


def test_uses_up_its_error_when_looked_at_for_ever():
    """Ville's inequality is nearly sharp for a continuous path: over 10⁶ units on a fine geometric
    grid the bound is crossed in nearly 5 %, so that it is not merely conservative."""
    rng = np.random.default_rng(12)
    n = np.geomspace(0.01, 1e9, 6_000)
    steps = np.diff(np.concatenate([[0.0], n]))
    sums = np.cumsum(rng.normal(size=(3_000, n.size)) * np.sqrt(steps), axis=1)
    bound = np.array([multiplier(k, 1_000, 0.05) * math.sqrt(k) for k in n])
    crossed = (np.abs(sums) > bound).any(axis=1).mean()
    slack = 3 * math.sqrt(0.05 * 0.95 / 3_000)
    assert 0.036 < crossed <= 0.05 + slack


def test_the_rule_turns_both_into_a_level():
    rule = Anytime(24_000, 5_000)
    level = rule.level(0.05)
    assert level.critical == multiplier(24_000, 5_000, 0.05)
    assert rule.p_value(level.critical, 0.001) == pytest.approx(0.05)
    assert "5,000" in rule.name


@pytest.mark.parametrize("bad", [(0, 10, 0.05), (10, 0, 0.05), (10, 10, 0.0), (10, 10, math.nan)])
def test_says_what_it_cannot_use(bad):
    with pytest.raises(DataError, match="expected"):
        multiplier(*bad)
