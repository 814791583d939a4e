"""Series watched day by day."""

from math import log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student

from assay.core.errors import DataError, ParameterError
from assay.stats.watching import WatchRules, watch, watch_all
from assay.stats.watching.evidence import Evidence, limit_of, log_ratios
from assay.stats.watching.following import Following


def days(rng, number=120, *, series=None, sd=0.03, season=0.02, shift=0.0, at=60, until=None):
    """Independent days about 100 with a week, and a shift of a share."""
    rows = series or 1
    logs = log(100) + rng.normal(0, sd, (rows, number))
    logs += season * np.sin(2 * np.pi * np.arange(number) / 7)
    logs[:, at:until] += np.log1p(shift)
    return np.exp(logs if series else logs[0])


def simulated(rng, series, requests, shift, number=120):
    """The simulation of benchmarks/online.py: day effects that remember, weekdays, incidents."""
    shocks = rng.standard_normal((series, number))
    for day in range(1, number):
        shocks[:, day] = 0.3 * shocks[:, day - 1] + np.sqrt(0.91) * shocks[:, day]
    logs = 0.03 * shocks + rng.normal(0, 0.6 * 1.2533 / np.sqrt(requests), shocks.shape)
    logs += rng.uniform(-0.02, 0.02, (series, 7))[:, np.arange(number) % 7]
    bad = rng.random(shocks.shape) < 0.03
    logs += np.where(bad, np.log1p(rng.uniform(0.3, 1, shocks.shape)), 0)
    at = rng.integers(45, 96, series)
    logs += np.where(np.arange(number) >= at[:, None], np.log1p(shift), 0)
    return np.exp(logs), at


def one_by_one(values, **options):
    """As a budget of its own is spent by each series."""
    rules = WatchRules(**options)
    return Following.of(np.log(values), np.zeros_like(values), rules, 1).run()


@pytest.mark.parametrize(
    ("requests", "shift", "least", "delay"),
    [(1000, 0.1, 0.96, 4), (200, 0.1, 0.75, 9), (1000, 0.2, 0.99, 3)],
)
def test_shifts_are_found_and_false_alarms_keep_to_the_budget(requests, shift, least, delay):
    values, at = simulated(np.random.default_rng(1), 400, requests, shift)
    found = one_by_one(values)
    false = sum(
        30 <= each.opened < day
        for one, day in zip(found, at, strict=True)
        for each in one.incidents
    )
    assert false / (at - 30).sum() * 100 <= 0.25
    hits = [
        next(
            (each for each in one.incidents if day <= each.opened <= day + 14 and each.higher), None
        )
        for one, day in zip(found, at, strict=True)
    ]
    seen = [(each, day) for each, day in zip(hits, at, strict=True) if each]
    assert len(seen) / len(at) >= least
    assert np.median([each.opened - day for each, day in seen]) <= delay
    assert np.mean([each.since_low <= day <= each.since_high for each, day in seen]) >= 0.9
    assert np.mean([each.size_low <= shift <= each.size_high for each, day in seen]) >= 0.88


def test_many_series_share_the_budget():
    values, _ = simulated(np.random.default_rng(2), 600, 1000, 0.0, number=150)
    alarms = sum(len(each.incidents) for each in watch_all(values))
    # 0.25 per 100 days over all: 0.3 are to be expected; 3 would be seen once in 300 times.
    assert alarms <= 3


@given(st.integers(0, 10_000), st.integers(30, 119))
@settings(max_examples=8)
def test_what_is_said_of_a_day_rests_on_the_days_up_to_it(seed, cut):
    rng = np.random.default_rng(seed)
    values = days(rng, shift=0.15, at=50, until=80)
    values[rng.random(values.size) < 0.05] *= 1.5
    values[90:97] = np.nan
    whole, part = watch(values), watch(values[:cut])
    assert part.expected == pytest.approx(whole.expected[:cut], nan_ok=True, rel=1e-12)
    assert part.evidence == pytest.approx(whole.evidence[:cut], nan_ok=True, rel=1e-9)
    assert np.isnan(whole.evidence[0])
    assert not np.isinf(whole.evidence).any()
    assert [x.day for x in part.anomalies] == [x.day for x in whole.anomalies if x.day < cut]
    begun = [x for x in whole.incidents if x.opened < cut]
    for then, later in zip(part.incidents, begun, strict=True):
        for name in ("opened", "since", "since_low", "since_high", "size_opened", "certainty"):
            assert getattr(then, name) == getattr(later, name)
        closed = later.closed is not None and later.closed < cut
        assert (then.closed, then.ending) == (
            (later.closed, later.ending) if closed else (None, None)
        )


def test_an_incident_recovers_and_is_told_once():
    found = watch(days(np.random.default_rng(3), shift=0.2, at=60, until=72))
    (incident,) = found.incidents
    assert incident.since in {59, 60, 61}
    assert (incident.ending, found.open) == ("recovered", None)
    assert incident.until in {71, 72, 73}
    assert incident.closed <= 76
    assert incident.size == pytest.approx(0.2, abs=0.05)
    assert incident.expected == pytest.approx(100, rel=0.05)
    assert 0.5 < incident.certainty <= 1


def test_a_shift_that_stays_is_the_new_normal():
    values = days(np.random.default_rng(4), 200, shift=-0.2, at=60)
    (incident,) = watch(values).incidents
    assert not incident.higher
    assert (incident.ending, incident.closed) == ("new normal", incident.since + 28)
    assert watch(values).expected[150] == pytest.approx(80, rel=0.05)
    still = watch(values[:80])
    assert still.open is not None
    assert still.open.since == incident.since


@pytest.mark.parametrize("factor", [0.3, 1.5, 3.0, 1e7])
def test_one_bad_day_is_an_anomaly_and_no_shift(factor):
    values = days(np.random.default_rng(5))
    values[70] *= factor
    found = watch(values)
    assert not found.incidents
    assert 70 in [each.day for each in found.anomalies]
    bad = next(each for each in found.anomalies if each.day == 70)
    assert bad.size == pytest.approx(factor - 1, rel=0.15, abs=0.1)
    assert bad.p_value < 0.0025
    usual = watch(days(np.random.default_rng(5)))
    assert found.expected[90] == pytest.approx(usual.expected[90], rel=0.01)


def test_a_strong_week_is_learnt_and_forgiven():
    values = days(np.random.default_rng(6), 150, season=0.4)
    found = watch(values)
    assert not found.incidents
    assert np.std(np.log(np.array(found.expected[100:]) / values[100:])) < 0.05


def test_silence_is_noticed_but_not_a_weekend():
    values = days(np.random.default_rng(7))
    values[[5, 6, 12, 13, 19, 20, 26, 27, 33, 34, 40, 41, 47, 48, 54, 55, 61, 62]] = np.nan
    values[[68, 69, 75, 76]] = np.nan
    assert not watch(values[:80]).silences
    values[85:95] = np.nan
    (silence,) = watch(values).silences
    assert silence.since in {85, 82 + 3}
    assert silence.noticed <= 88
    assert silence.ended == 95
    assert watch(values[:93]).silences[0].ended is None


def test_constants_are_watched_too():
    values = np.full(100, 5.0)
    assert watch(values).incidents == watch(values).anomalies == ()
    values[60:] = 5.5
    (incident,) = watch(values).incidents
    assert incident.since == 60
    assert incident.size == pytest.approx(0.1)


def test_differences_can_be_watched_below_zero():
    rng = np.random.default_rng(8)
    values = rng.normal(0, 1, 120)
    values[60:] += 4
    found = watch(values, relative=False, smallest=1.0)
    assert found.incidents[0].size_opened == pytest.approx(4, abs=1)


def test_known_errors_tell_noisy_days_from_quiet_ones():
    rng = np.random.default_rng(9)
    errors = np.full(120, 1.0)
    errors[70] = 40.0
    values = days(rng, sd=0.02)
    values[70] = 130.0
    assert 70 not in [each.day for each in watch(values, errors).anomalies]
    assert 70 in [each.day for each in watch(values).anomalies]


def test_rows_are_watched_as_each_by_itself():
    values = days(np.random.default_rng(10), series=5, shift=0.2)
    together = watch_all(values)
    for row, found in zip(values, together, strict=True):
        alone = watch(row, series=5)
        assert [x.opened for x in alone.incidents] == [x.opened for x in found.incidents]
        assert alone.expected == pytest.approx(found.expected, nan_ok=True, rel=1e-12)


def test_too_little_is_said_to_be_too_little():
    found = watch([1.0, 2.0, 3.0])
    assert found.incidents == ()
    assert found.reason == "3 of 3 days have data; the first expectation takes 24 days"
    assert watch([float("nan")] * 60).reason.startswith("0 of 60 days have data")
    values = days(np.random.default_rng(11))
    values[40:70] = np.nan  # a month without data
    assert not watch(values).incidents
    assert watch(values).silences[0].since == 40


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([1.0, -1.0], "value of -1"),
        ([1.0, 0.0], "value of 0"),
        ([1.0, float("inf")], "infinite"),
        ([], "shape"),
    ],
)
def test_what_cannot_be_watched_is_refused(values, told):
    with pytest.raises(DataError, match=told):
        watch(values)


def test_options_out_of_range_are_refused():
    for wrong in ({"budget": 0}, {"smallest": 1.5}, {"period": 0}, {"series": 0}):
        with pytest.raises(ParameterError, match=next(iter(wrong))):
            watch([1.0], **wrong)
    with pytest.raises(DataError, match="errors of shape"):
        watch([1.0], [0.1, 0.2])
    with pytest.raises(DataError, match="an error of -1"):
        watch([1.0], [-1.0])


def test_ratios_are_those_of_the_densities():
    """By another package's density, and its integral: a ratio is one on average under no shift."""
    sizes, sd = np.array([0.1]), 0.04
    x = np.linspace(-8, 8, 40_001)
    wide = max(5 * sd, 0.3)
    broad = np.sqrt(sd**2 + (0.1 * 0.35 / 4) ** 2)
    incident = 0.03 / (np.pi * wide * (1 + (x / wide) ** 2))
    plain = 0.97 * student.pdf(x, 12, scale=sd) + incident
    shifted = 0.97 * student.pdf(x, 12, loc=0.1, scale=broad) + incident
    ours = log_ratios(x, np.full(x.size, sd**2), sizes)[:, 0]
    assert ours == pytest.approx(np.log(shifted / plain), abs=1e-9)
    assert np.trapezoid(plain * np.exp(ours), x) == pytest.approx(np.trapezoid(plain, x), rel=1e-4)


def test_odds_are_those_of_the_sum_over_onsets():
    rng = np.random.default_rng(12)
    evidence = Evidence.none(1, 0.05, 6.0, 28)
    seen = []
    for day in range(12):
        evidence.take(day, rng.normal(0.05, 0.03, 1), np.array([0.03**2]))
        seen.append(evidence.days[day, 0].copy())
    ratios = np.array(seen)
    slow = sum(np.exp(ratios[first:].sum(axis=0)) for first in range(12))
    assert np.exp(evidence.odds[0]) == pytest.approx(slow)
    assert evidence.overall()[0] == pytest.approx(np.log(slow.mean()))


def test_limits_rise_with_the_number_of_series():
    limits = [limit_of(0.0025 / series) for series in (1, 10, 100, 1000)]
    assert limits[0] == pytest.approx(log(0.7 * 400))
    assert (np.diff(limits) >= log(10)).all()
