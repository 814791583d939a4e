"""Shares of recent weeks against those before."""

import numpy as np
import pytest

from assay.analysis.quality.mix import compare_weeks

LEVELS = ("a", "b", "c")


def weeks(rng, shares, *, spread=400.0, rows=2_000):
    """One row of counts per week, whose shares scatter from week to week."""
    return [tuple(rng.multinomial(rows, rng.dirichlet(np.array(s) * spread))) for s in shares]


def test_a_share_that_moves_is_found_with_its_interval():
    rng = np.random.default_rng(1)
    table = weeks(rng, [(0.6, 0.3, 0.1)] * 13 + [(0.5, 0.4, 0.1)] * 4)
    found = compare_weeks(LEVELS, table, recent=4, alpha=0.05)
    assert found.p_value < 0.01
    assert found.distance == pytest.approx(0.1, abs=0.03)
    assert {shift.value for shift in found.shifts[:2]} == {"a", "b"}
    for shift in found.shifts[:2]:
        assert shift.low <= {"a": -0.1, "b": 0.1}[shift.value] <= shift.high
    assert sum(shift.after for shift in found.shifts) == pytest.approx(1)


def test_weeks_alike_are_told_apart_as_often_as_was_allowed():
    rng = np.random.default_rng(2)
    alarms = 0
    for _ in range(200):
        table = weeks(rng, [(0.6, 0.3, 0.1)] * 17)
        alarms += compare_weeks(LEVELS, table, recent=4, alpha=0.05).p_value < 0.05
    assert alarms <= 20  # 10 expected; more than 20 comes once in a thousand times


def test_intervals_of_all_values_together_hold_as_often_as_they_say():
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(200):
        table = weeks(rng, [(0.6, 0.3, 0.1)] * 13 + [(0.55, 0.3, 0.15)] * 4)
        truth = {"a": -0.05, "b": 0.0, "c": 0.05}
        found = compare_weeks(LEVELS, table, recent=4, alpha=0.05)
        held += all(s.low <= truth[s.value] <= s.high for s in found.shifts)
    assert held >= 180


def test_a_value_that_was_not_there_before_cannot_have_lost_rows():
    table = [(90, 10, 0)] * 10 + [(60, 10, 30), (20, 10, 70), (90, 5, 5), (50, 25, 25)]
    found = {s.value: s for s in compare_weeks(LEVELS, table, recent=4, alpha=0.05).shifts}
    assert found["c"].before == 0
    assert found["c"].low >= 0


@pytest.mark.parametrize(
    ("levels", "table"),
    [(("a",), [(5,)] * 20), (LEVELS, [(5, 5, 5)] * 8), (LEVELS, []), (LEVELS, [(1, 2, 3)])],
)
def test_what_is_too_little_is_refused_with_a_reason(levels, table):
    found = compare_weeks(levels, table, recent=4, alpha=0.05)
    assert found.p_value is None
    assert found.reason
