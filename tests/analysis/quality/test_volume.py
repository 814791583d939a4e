"""Days out of line: what is found, what chance is left alone, and how often it is not."""

from datetime import date, timedelta

import numpy as np
import pytest

from assay.analysis.quality.volume import FEWEST_DAYS, gaps_of, judge_days, runs_of

START = date(2026, 6, 1)
WEEK = np.array([1, 1, 1, 0.95, 0.85, 0.4, 0.35])


def clean(rng, days, mean, noise, memory=0.0, growth=0.0):
    """Counts with weekdays, growth, and days that differ by more than counting makes."""
    shocks = rng.normal(size=days) * noise
    level = np.zeros(days)
    level[0] = shocks[0]
    for i in range(1, days):
        level[i] = memory * level[i - 1] + np.sqrt(1 - memory**2) * shocks[i]
    expected = mean * WEEK[np.arange(days) % 7] * np.exp(growth * np.arange(days) + level)
    return [(START + timedelta(days=i), int(n)) for i, n in enumerate(rng.poisson(expected))]


CLEAN = {
    "busy": (180, 1_000, 0.06, 0.0, 0.0),
    "growing, with memory": (90, 1_000, 0.06, 0.3, 0.002),
    "short": (56, 1_000, 0.06, 0.0, 0.0),
    "wild": (180, 200, 0.2, 0.3, 0.001),
    "few rows": (180, 5, 0.1, 0.0, 0.0),
}


@pytest.mark.parametrize("name", CLEAN)
def test_at_most_five_of_a_hundred_clean_reports_raise_an_alarm(name):
    rng = np.random.default_rng(20261121)
    reports, days, judged = 0, 0, 0
    for _ in range(100):
        found = judge_days(clean(rng, *CLEAN[name]))
        odd = sum(day.out_of_line for day in found.days)
        reports, days, judged = reports + (odd > 0), days + odd, judged + found.judged
    # 0.05 in truth gives more than 10 of 100 once in a hundred times.
    assert reports <= 10
    assert 100 * days / judged <= 0.5


@pytest.mark.parametrize("factor", [0.5, 1.8])
def test_a_day_that_is_off_by_half_is_found_and_nothing_else(factor):
    counts = clean(np.random.default_rng(3), 120, 1_000, 0.05)
    counts[100] = (counts[100][0], int(counts[100][1] * factor))
    runs = runs_of(judge_days(counts).days)
    assert [[day.day for day in run] for run in runs] == [[START + timedelta(days=100)]]


def test_neighbouring_days_are_one_event_and_a_new_level_becomes_usual():
    counts = clean(np.random.default_rng(4), 180, 1_000, 0.05)
    lower = [(day, n if i < 90 else n // 3) for i, (day, n) in enumerate(counts)]
    found = judge_days(lower)
    odd = [day.day for run in runs_of(found.days) for day in run]
    assert odd[0] == START + timedelta(days=90)
    assert max(odd) < START + timedelta(days=90 + 28)


def test_too_few_days_give_no_expectation_and_say_how_many_it_takes():
    found = judge_days(clean(np.random.default_rng(5), FEWEST_DAYS - 1, 100, 0.1))
    assert found.judged == 0
    assert str(FEWEST_DAYS) in (found.reason or "")
    assert not any(day.out_of_line for day in found.days)


def test_a_log_that_is_mostly_empty_is_not_judged():
    found = judge_days([(START + timedelta(days=i), int(i % 10 == 0)) for i in range(100)])
    assert found.judged == 0
    assert "no rows" in (found.reason or "")


@pytest.mark.parametrize("rows", [1, 40])
def test_the_same_number_every_day_is_never_out_of_line(rows):
    found = judge_days([(START + timedelta(days=i), rows) for i in range(80)])
    assert not any(day.out_of_line for day in found.days)


def test_free_weekends_are_no_gaps_and_a_free_wednesday_is_one():
    days = [START + timedelta(days=i) for i in range(28)]
    counts = [(day, 0 if day.weekday() >= 5 else 50) for day in days]
    assert gaps_of(counts) == ([], 8)
    counts[9] = (days[9], 0)
    assert gaps_of(counts) == ([days[9]], 9)
