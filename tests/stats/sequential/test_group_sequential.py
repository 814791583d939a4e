"""Group-sequential bounds: published tables, SciPy's quadrature, and simulated trials."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import dblquad, quad
from scipy.stats import norm

from assay.core.errors import DataError
from assay.stats.sequential.group_sequential import (
    critical_values,
    drift_for,
    exits,
    futility_bounds,
)
from assay.stats.sequential.rules import GroupSequential
from assay.stats.sequential.spending import (
    SPENDINGS,
    Schedule,
    even,
    obrien_fleming,
    of_sizes,
    pocock,
    power_family,
)

names = st.sampled_from(sorted(SPENDINGS))


@st.composite
def schedules(draw, most=6):
    steps = draw(st.lists(st.floats(0.02, 1), min_size=1, max_size=most))
    sizes = np.cumsum(steps)
    share = draw(st.floats(0.2, 1))
    return of_sizes(sizes.tolist(), sizes[-1] / share)


def bounds_of(spending, looks=5, alpha=0.05):
    schedule = even(looks)
    return critical_values(schedule.information, schedule.spent(alpha, spending))


@pytest.mark.parametrize(
    ("spending", "expected"),
    [
        (obrien_fleming, (4.8769, 3.3569, 2.6803, 2.2898, 2.0310)),
        (pocock, (2.4380, 2.4268, 2.4101, 2.3966, 2.3859)),
    ],
)
def test_lan_demets_bounds_are_those_published(spending, expected):
    """Reboussin, DeMets, Kim & Lan (2000), Controlled Clinical Trials 21, five equal looks at
    two-sided .05. Their program integrates by the trapezoidal rule, hence the fourth decimal."""
    assert bounds_of(spending) == pytest.approx(expected, abs=1.5e-4)


QUOTED = (3.0902323, 2.7140784, 2.4727371, 2.2798109, 2.1139679)
"""Spotify Confidence bounds(t, .05, rho=2, ztrun=8, sides=2, max_nints=1000): alpha · t²."""


def test_the_square_family_is_nearer_to_the_truth_than_the_quoted_bounds():
    """The quoted program searches each bound until its error is within 1e-7 on a trapezoidal grid:
    it agrees to that, and SciPy's adaptive quadrature says which of the two spends .006 exactly."""
    found = bounds_of(power_family)
    assert found == pytest.approx(QUOTED, abs=7e-5)
    assert found[0] == pytest.approx(QUOTED[0], abs=1e-6)

    def spent_at_the_second(first, second):
        def crossing(b):
            return norm.pdf(b, scale=0.2**0.5) * 2 * norm.sf((second * 0.4**0.5 - b) / 0.2**0.5)

        edge = first * 0.2**0.5
        return quad(crossing, -edge, edge, epsabs=1e-14, epsrel=1e-13)[0]

    assert spent_at_the_second(found[0], found[1]) == pytest.approx(0.006, abs=1e-13)
    assert abs(spent_at_the_second(found[0], QUOTED[1]) - 0.006) > 5e-7


def test_the_third_bound_agrees_with_a_double_integral():
    """SciPy's dblquad over both earlier looks: another integrator, written from the definition."""
    schedule = Schedule((0.3, 0.45, 1.0), (0.3, 0.45, 1.0))
    spent = schedule.spent(0.05, power_family)
    found = critical_values(schedule.information, spent)
    edges = [c * math.sqrt(t) for c, t in zip(found, schedule.information, strict=True)]

    def stays(second, first):
        step = norm.pdf(first, scale=0.3**0.5) * norm.pdf(second - first, scale=0.15**0.5)
        last = norm.sf((edges[2] - second) / 0.55**0.5) + norm.sf((edges[2] + second) / 0.55**0.5)
        return step * last

    crossed, _ = dblquad(
        stays, -edges[0], edges[0], -edges[1], edges[1], epsabs=1e-11, epsrel=1e-11
    )
    assert crossed == pytest.approx(spent[2] - spent[1], abs=1e-9)


@pytest.mark.parametrize(
    ("looks", "expected"),
    [(1, 0.05), (2, 0.083), (3, 0.107), (4, 0.126), (5, 0.142), (10, 0.193), (20, 0.248),
     (50, 0.320), (100, 0.374)],
)  # fmt: skip
def test_repeated_tests_at_5_percent_err_as_published(looks, expected):
    """Armitage, McPherson & Rowe (1969), JRSS A 132, table 2."""
    found = exits(even(looks).information, [1.959963984540054] * looks)
    assert found.either == pytest.approx(expected, abs=6e-4)


@pytest.mark.parametrize(
    ("looks", "flat", "shrinking"),
    [(2, 2.178, 1.977), (3, 2.289, 2.004), (4, 2.361, 2.024), (5, 2.413, 2.040),
     (10, 2.555, 2.087)],
)  # fmt: skip
def test_jennison_and_turnbulls_constants_spend_5_percent(looks, flat, shrinking):
    """Jennison & Turnbull (2000), tables 2.1 (Pocock) and 2.3 (O'Brien–Fleming), two-sided .05."""
    times = even(looks).information
    assert exits(times, [flat] * looks).either == pytest.approx(0.05, abs=1e-4)
    bounds = [shrinking * math.sqrt(1 / t) for t in times]
    assert exits(times, bounds).either == pytest.approx(0.05, abs=1e-4)


def test_sample_size_inflates_as_jennison_and_turnbull_say():
    """Tables 2.2 and 2.4: with 5 looks at power .9, Pocock's test needs 1.207 times the information
    of a single look, O'Brien and Fleming's 1.026 times."""
    times = even(5).information
    single = norm.isf(0.025) + norm.isf(0.1)
    for bounds, inflation in (
        ([2.413] * 5, 1.207),
        ([2.040 * math.sqrt(1 / t) for t in times], 1.026),
    ):
        drift = drift_for(times, bounds, 0.9)
        assert (drift / single) ** 2 == pytest.approx(inflation, abs=1e-3)


@settings(max_examples=40)
@given(schedules(), names, st.floats(1e-4, 0.3))
def test_each_look_spends_exactly_its_share(schedule, spending, alpha):
    spent = schedule.spent(alpha, SPENDINGS[spending])
    found = exits(schedule.information, critical_values(schedule.information, spent))
    each = np.diff(np.concatenate([[0.0], spent]))
    both = np.add(found.upper, found.lower)
    assert both == pytest.approx(each, rel=1e-8, abs=1e-13)
    assert found.upper == pytest.approx(found.lower, rel=1e-9, abs=1e-15)


@settings(max_examples=40)
@given(schedules(), names, st.floats(1e-3, 0.2), st.floats(1.05, 1.5))
def test_bounds_are_nested_in_alpha(schedule, spending, alpha, factor):
    wide = GroupSequential(schedule, spending).level(alpha)
    narrow = GroupSequential(schedule, spending).level(alpha * factor)
    assert wide.bound > narrow.bound - 1e-9


@settings(max_examples=25)
@given(schedules(4), names, st.floats(0.2, 5))
def test_the_repeated_p_value_is_the_error_at_which_the_bound_is_touched(schedule, spending, z):
    rule = GroupSequential(schedule, spending)
    p = rule.p_value(z, 0.5)
    assert p >= 2 * norm.sf(z) * (1 - 1e-9)
    if p < 0.999:
        assert rule.level(p).bound == pytest.approx(z, rel=1e-7)
    for alpha in (0.01, 0.05, 0.2):
        if abs(p - alpha) > 1e-8:
            assert (p < alpha) == (z > rule.level(alpha).bound)


def test_one_look_is_the_normal_test():
    for name in SPENDINGS:
        rule = GroupSequential(even(1), name)
        assert rule.level(0.05).bound == pytest.approx(1.959963984540054, abs=1e-12)
        assert rule.p_value(2.3, 0.0) == pytest.approx(2 * norm.sf(2.3), rel=1e-8)


@pytest.mark.parametrize("spending", sorted(SPENDINGS))
def test_an_overrun_end_spends_alpha_once_and_no_more(spending):
    """Looks at .2 … .8 of the plan and an end at 1.2 of it: the last bound belongs to the data as
    they are. Were the bound that was planned for 1.0 kept, more than alpha would be spent or less;
    a simulated Brownian path agrees within three standard errors."""
    schedule = of_sizes((0.2, 0.4, 0.6, 0.8, 1.2), 1.0)
    bounds = critical_values(schedule.information, schedule.spent(0.05, SPENDINGS[spending]))
    assert exits(schedule.information, bounds).either == pytest.approx(0.05, abs=1e-12)
    rng = np.random.default_rng(5)
    steps = np.sqrt(np.diff([0.0, *schedule.information]))
    z = np.cumsum(rng.normal(size=(40_000, 5)) * steps, axis=1) / np.sqrt(schedule.information)
    assert (np.abs(z) > bounds).any(axis=1).mean() == pytest.approx(0.05, abs=0.0033)


def test_no_look_follows_an_end():
    with pytest.raises(DataError, match="nothing of alpha is left"):
        of_sizes((0.5, 1.0, 1.2), 1.0)


def test_spending_by_the_calendar_keeps_its_error_at_any_size():
    """Fractions of time, sizes of their own: the end comes with 1.5 or .6 of what was planned."""
    for sizes in ((100, 450, 1_500), (50, 80, 600)):
        schedule = Schedule(sizes, (1 / 3, 2 / 3, 1.0))
        bounds = critical_values(schedule.information, schedule.spent(0.05, obrien_fleming))
        assert exits(sizes, bounds).either == pytest.approx(0.05, abs=1e-12)


@given(st.floats(0.001, 0.999), st.floats(1e-5, 0.5), names)
def test_spending_rises_from_nothing_to_alpha(fraction, alpha, name):
    spending = SPENDINGS[name]
    assert spending(0.0, alpha) == 0.0
    assert 0 <= spending(fraction / 2, alpha) <= spending(fraction, alpha) <= alpha
    assert spending(1.0, alpha) == spending(1.7, alpha) == alpha


def test_power_is_that_of_simulated_trials():
    times = (0.25, 0.5, 1.0)
    bounds = critical_values(times, Schedule(times, times).spent(0.05, pocock))
    found = exits(times, bounds, drift=2.8, futility=(0.0, 0.5, -math.inf))
    rng = np.random.default_rng(3)
    steps = np.diff([0.0, *times])
    walk = np.cumsum(rng.normal(size=(60_000, 3)) * np.sqrt(steps) + 2.8 * steps, axis=1)
    z = walk / np.sqrt(times)
    alive, up, futile = np.ones(60_000, bool), [], []
    for k, floor in enumerate((0.0, 0.5, -math.inf)):
        up.append((alive & (z[:, k] >= bounds[k])).mean())
        low = alive & (z[:, k] <= max(floor, -bounds[k]))
        futile.append((low & (z[:, k] > -bounds[k])).mean())
        alive &= (z[:, k] < bounds[k]) & ~low
    assert found.upper == pytest.approx(up, abs=0.006)
    assert found.futile == pytest.approx(futile, abs=0.006)


def test_from_a_point_the_rest_is_a_normal_tail():
    """Half way with z = 1.5: the end crosses 2 with probability Φ((1.5√.5 − 2)/√.5)."""
    found = exits((1.0,), (2.0,), start=(0.5, 1.5))
    place = 1.5 * math.sqrt(0.5)
    assert found.above == pytest.approx(norm.sf((2 - place) / math.sqrt(0.5)), abs=1e-12)
    assert sum(found.lower) == pytest.approx(norm.cdf((-2 - place) / math.sqrt(0.5)), abs=1e-12)


def test_futility_bounds_spend_the_power_they_were_given():
    times = even(4).information
    bounds = bounds_of(obrien_fleming, 4)
    drift = 3.4
    spent = [0.1 * t**2 for t in times]
    floors = futility_bounds(times, bounds, drift, spent)
    found = exits(times, bounds, drift=drift, futility=floors)
    stopped = np.add(found.futile, found.lower)
    assert stopped[:3] == pytest.approx(np.diff([0.0, *spent])[:3], abs=1e-9)
    assert list(floors) == sorted(floors)
    assert floors[3] == pytest.approx(bounds[3]), "more power than .9: the end decides"


def test_harmless_to_ignore_futility():
    """Non-binding: the bounds spend alpha whether or not anybody stops."""
    times = even(4).information
    bounds = bounds_of(obrien_fleming, 4)
    floors = futility_bounds(times, bounds, 3.4, [0.1 * t for t in times])
    ignored, heeded = exits(times, bounds), exits(times, bounds, futility=floors)
    assert ignored.either == pytest.approx(0.05, abs=1e-12)
    assert heeded.either < ignored.either


@pytest.mark.parametrize(
    ("information", "spent"),
    [((), ()), ((0.5, 0.5), (0.01, 0.05)), ((0.5, 1), (0.05, 0.01)), ((0.0, 1), (0.01, 0.05)),
     ((0.5, math.nan), (0.01, 0.05)), ((1.0,), (1.0,)), ((1.0, 2.0), (0.05,))],
)  # fmt: skip
def test_says_what_it_cannot_use(information, spent):
    with pytest.raises(DataError, match="expected"):
        critical_values(information, spent)


def test_a_look_that_spends_nothing_cannot_be_crossed():
    found = critical_values((0.5, 1.0), (0.0, 0.05))
    assert found == pytest.approx((math.inf, 1.959963984540054))


def test_chance_to_win_is_a_peek_too():
    """A posterior of 95 % under a flat prior, looked at 100 times: ever beyond it on either side
    in 59 %, as measured on 4,000 simulated normal streams (.587)."""
    found = exits(even(100).information, [1.6448536269514722] * 100)
    assert found.either == pytest.approx(0.587, abs=0.02)
