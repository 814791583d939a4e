"""Looks that add up over time, and rules that hold at all of them together."""

import numpy as np
import pytest

from assay.analysis.experiments.calibration.answers import bounded
from assay.analysis.experiments.calibration.formulas import estimates
from assay.analysis.experiments.calibration.outcomes import OUTCOMES, Normal, Rate, Revenue
from assay.analysis.experiments.calibration.peeking import (
    DIFFERENCE,
    EACH,
    LIFT,
    LINEAR,
    WIN,
    AtAnyTime,
    Peeking,
    Planned,
)
from assay.stats.rules import FixedLook
from assay.stats.sequential.midcourse import ever_beyond

SIZES = tuple(range(100, 1001, 100))


@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda outcome: outcome.name)
def test_growing_arms_keep_what_they_had(outcome):
    """Moments at each size are those of the first units; a merge of steps is one pass."""
    rng = np.random.default_rng(1)
    sizes = (20, 50, 90)
    for batch, n in zip(outcome.grown(rng, 3, sizes, 0.2, keep=True), sizes, strict=True):
        assert batch.n == n
        for stream in range(3):
            units = batch.units(stream)
            assert batch.mean[stream] == pytest.approx(units.mean(axis=1))
            assert batch.scatter[stream] == pytest.approx(np.atleast_2d(np.cov(units)) * (n - 1))


def rates(design, streams=400, seed=2):
    rows = design.run(np.random.default_rng(seed), streams)
    return {(row.by, row.measure): row for row in rows}


def test_a_sequence_holds_where_intervals_for_one_look_do_not():
    found = rates(Peeking(Normal(), 0.2, SIZES, AtAnyTime(2000)))
    assert found["ours", DIFFERENCE].holds
    assert found["ours", LIFT].holds
    assert found[EACH, DIFFERENCE].value > 0.12


def test_the_linear_formula_fails_in_the_same_sequence():
    """Measured elsewhere: .13-.22 of A/A tests on revenue or on rare events."""
    found = rates(Peeking(Revenue("revenue", 0.05, 1.2), 0.2, SIZES, AtAnyTime(2000)))
    assert found[LINEAR, LIFT].value > 0.1


@pytest.mark.parametrize(
    ("outcome", "keep"),
    [(Normal(), False), (Rate(0.1), False), (Revenue("revenue", 0.5, 1.0), True)],
)
def test_a_sequence_holds_with_nine_times_as_many_in_the_control(outcome, keep):
    sizes = (50, 100, 150) if keep else tuple(range(50, 501, 50))
    design = Peeking(outcome, 0.2, sizes, AtAnyTime(5000), times=9, keep=keep)
    found = rates(design, streams=60 if keep else 400)
    assert found["ours", DIFFERENCE].holds
    assert found["ours", LIFT].holds
    assert found["ours", LIFT].n_control == 9 * sizes[-1]
    assert "arms 1 : 9" in design.setting


def test_looking_without_a_rule_is_found_out_in_unequal_arms_too():
    found = rates(Peeking(Normal(), 0.0, SIZES, OneLook(), times=9))
    assert found["ours", DIFFERENCE].holds is False


class OneLook:
    """No rule at all: each look as if it were the only one."""

    name = "one look"

    def note(self, sizes):
        del sizes
        return ""

    def rules(self, sizes, *, times):
        del times
        return [FixedLook() for _ in sizes]


def test_looking_without_a_rule_is_found_out():
    found = rates(Peeking(Rate(0.1), 0.0, SIZES, OneLook()))
    assert found["ours", DIFFERENCE].holds is False
    assert found["ours", LIFT].holds is False


@pytest.mark.parametrize("spending", ["obrien-fleming", "pocock"])
@pytest.mark.parametrize("last", [1000, 1200])
def test_a_plan_holds_also_where_it_ends_late(spending, last):
    plan = Planned(spending, 1000)
    found = rates(Peeking(Normal(), 0.0, (200, 400, 600, 800, last), plan), streams=1500)
    assert found["ours", DIFFERENCE].holds
    assert ("overrun by 20" in found["ours", DIFFERENCE].setting) == (last > 1000)


def test_what_is_judged_along_an_axis_is_what_the_engine_says():
    """Miss of the truth by Fieller's interval, as a comparison, and as ends."""
    rng = np.random.default_rng(3)
    outcome, lift = Normal(), 0.2
    design = Peeking(outcome, lift, (200,), AtAnyTime(300))
    level = design.looking.rules((200,), times=1)[0].level(0.5)
    one, other = outcome.draw(rng, 300, 200, lift), outcome.draw(rng, 300, 200)
    truth = outcome.mean(lift) - outcome.mean()
    quick = design._ours(one, other, estimates(one, other, 0.05), level, truth)
    found = bounded(outcome.metric, one, other, level)
    assert (quick[0] == ((found.low > truth) | (found.high < truth))).all()
    assert (quick[1] == ((found.lift_low > lift) | (found.lift_high < lift))).all()
    assert 0 < quick[1].sum() < 300


def test_random_moments_differ_from_stream_to_stream_and_stay_inside():
    design = Peeking(Normal(), 0.0, SIZES, AtAnyTime(2000), at_random=True)
    rng = np.random.default_rng(5)
    one, other = design._moments(rng), design._moments(rng)
    assert one != other
    assert all(100 <= n <= 1000 for n in (*one, *other))
    assert list(one) == sorted(set(one))


def test_the_chance_to_win_errs_as_often_as_the_plan_s_formula_says():
    """Ten even looks, |z| ever beyond 1.645: simulated, and by recursive integration."""
    rows = Peeking(Normal(), 0.0, SIZES, AtAnyTime(2000)).run(np.random.default_rng(9), 1500)
    (row,) = [row for row in rows if row.measure == WIN]
    expected = ever_beyond([n / 1000 for n in SIZES], 1.6448536)
    assert row.value == pytest.approx(expected, abs=3.5 * row.error)
    assert row.value > 0.3
