"""The harness finds what is wrong with a wrong interval, and passes a right one."""

import dataclasses

import numpy as np
import pytest
from scipy import stats

from assay.analysis.experiments.calibration.answers import Engine, Truth, _leaning, _skewness
from assay.analysis.experiments.calibration.fixed import FixedEnd
from assay.analysis.experiments.calibration.formulas import FORMULAS, linear, logarithmic, naive
from assay.analysis.experiments.calibration.outcomes import OUTCOMES, Normal, Rate, Ratio, Revenue
from assay.stats.gate import LEANING, leaning

LINEAR, LOG, NAIVE = FORMULAS


class Judged:
    """A formula under a name of its own, so that it is held to what ours is."""

    def __init__(self, formula):
        self.name = f"tried {formula.name}"
        self._formula = formula

    def answer(self, *arms):
        return self._formula.answer(*arms)


def rows_of(design, *answering, streams=400, seed=5):
    return design.run(np.random.default_rng(seed), streams, answering)


def failing(rows):
    return {(row.measure, row.lift) for row in rows if row.holds is False}


def test_the_engine_holds_where_student_t_is_exact():
    design = FixedEnd(Normal(), 100, 100, floor=True)
    assert not failing(rows_of(design, Engine()))


def test_the_naive_interval_is_found_out():
    """Coverage .86 at +100 %: the control's own noise is left out."""
    design = FixedEnd(Revenue("lognormal", 1.0, 1.5), 200, 200, lifts=(1.0,))
    found = failing(rows_of(design, Judged(NAIVE)))
    assert ("coverage of the lift", 1.0) in found


def test_the_linear_delta_interval_is_found_out_and_does_not_follow_the_difference():
    design = FixedEnd(Revenue("revenue", 0.05, 1.2), 500, 500, lifts=(0.0,))
    found = failing(rows_of(design, Judged(LINEAR), streams=1000))
    assert {("coverage of the lift", 0.0), ("verdicts that differ", 0.0)} <= found


def test_an_anti_conservative_test_is_found_out():
    """Welch on one success or two in the smaller arm: a quarter of A/A tests are positive."""
    design = FixedEnd(Revenue("revenue", 0.05, 1.2), 40, 360, lifts=(0.0,))
    assert ("false positives", 0.0) in failing(rows_of(design, Judged(NAIVE)))


def test_refusing_what_must_be_answered_is_a_fault_and_what_may_be_refused_is_none():
    class Mute:
        name = "mute"

        def answer(self, metric, treated, control, alpha):
            found = NAIVE.answer(metric, treated, control, alpha)
            found.low[:] = np.nan
            return found

    assert failing(rows_of(FixedEnd(Rate(0.1), 200, 200, lifts=(0.0,)), Mute())) == {
        ("refused", 0.0)
    }
    assert not failing(rows_of(FixedEnd(Rate(0.001), 200, 200, lifts=(0.0,)), Mute()))


def test_others_are_told_and_not_judged():
    rows = rows_of(FixedEnd(Normal(), 50, 50, lifts=(0.0,)), *FORMULAS)
    assert {row.by for row in rows} == {"linear delta", "log delta", "naive"}
    assert all(row.holds is None for row in rows)


def test_formulas_agree_with_scipy_and_with_each_other_in_the_limit():
    """Welch from SciPy; with a control known exactly, all formulas are the same to first order."""
    rng = np.random.default_rng(1)
    treated, control = (Normal().draw(rng, 5, 60, keep=True) for _ in range(2))
    found = NAIVE.answer(Normal().metric, treated, control, 0.05)
    for i in range(5):
        test = stats.ttest_ind(treated.values[i, 0], control.values[i, 0], equal_var=False)
        ends = test.confidence_interval(0.95)
        assert (found.low[i], found.high[i]) == pytest.approx((ends.low, ends.high))
    big = [Normal().draw(rng, 3, n) for n in (2000, 4_000_000_000)]
    ends = [formula.answer(Normal().metric, *big, 0.05) for formula in FORMULAS]
    assert ends[0].lift_low == pytest.approx(ends[2].lift_low, abs=1e-4)
    assert ends[1].lift_low == pytest.approx(ends[2].lift_low, abs=1e-3)
    assert {linear, logarithmic, naive} == {formula.ends for formula in FORMULAS}


def test_the_engine_and_the_formulas_share_their_difference():
    """Both are Welch's where the engine uses Welch: one computed per stream, one along an axis."""
    rng = np.random.default_rng(2)
    for outcome in (Normal(), Ratio()):
        treated, control = outcome.draw(rng, 20, 2000), outcome.draw(rng, 20, 2000)
        ours = Engine().answer(outcome.metric, treated, control, 0.05)
        theirs = NAIVE.answer(outcome.metric, treated, control, 0.05)
        assert ours.low == pytest.approx(theirs.low)
        assert ours.high == pytest.approx(theirs.high)


def test_the_same_seed_gives_the_same_rows():
    design = FixedEnd(Rate(0.1), 100, 100, lifts=(0.0, 0.5))
    assert rows_of(design, *FORMULAS) == rows_of(design, *FORMULAS)


@pytest.mark.parametrize(
    ("outcome", "sizes", "lift"),
    [
        (Rate(0.05), (100, 900), 0.5),
        (Rate(0.01), (1000, 1000), 0.0),
        (Revenue("lognormal", 1.0, 1.5), (20, 180), 0.5),
        (Ratio(), (20, 180), -0.2),
    ],
    ids=lambda value: getattr(value, "name", str(value)),
)
def test_tests_stand_for_intervals_that_hold_zero_and_the_truth(outcome, sizes, lift):
    """The same streams with all ends, and with those alone that a test asks for."""
    rng = np.random.default_rng(6)
    truth = Truth(outcome.mean(lift) - outcome.mean(), lift)
    arms = (
        outcome.draw(rng, 150, sizes[0], lift, keep=True),
        outcome.draw(rng, 150, sizes[1], keep=True),
    )
    whole = Engine().answer(outcome.metric, *arms, 0.05)
    short = Engine().against(outcome.metric, *arms, 0.05, truth)
    assert short.methods == whole.methods
    assert (short.low != whole.low).any()
    said = []
    for found in (whole, short):
        against_zero = found.low > 0, found.high < 0, found.lift_low > 0, found.lift_high < 0
        against_truth = found.low > truth.difference, found.high < truth.difference
        of_lift = found.lift_low > lift, found.lift_high < lift
        said.append(np.array([*against_zero, *against_truth, *of_lift]))
    assert said[0].any()
    assert (said[0] == said[1]).all()


@pytest.mark.parametrize("outcome", OUTCOMES[3:], ids=lambda outcome: outcome.name)
def test_streams_that_lean_are_those_that_the_gate_finds(outcome):
    """From moments along an axis, against the gate's own sum over units."""
    rng = np.random.default_rng(7)
    arms = [outcome.draw(rng, 60, n, keep=True).scaled(1.5) for n in (40, 360)]
    found = _leaning(_skewness(*arms), 40, 360)
    for stream in range(60):
        units = (arm.units(stream) for arm in arms)
        own = [
            values[0] - (values[0].sum() / values[1].sum() * values[1] if len(values) > 1 else 0)
            for values in units
        ]
        assert (stream in found) == (leaning(*own) > LEANING)


@pytest.mark.parametrize("outcome", OUTCOMES[3:], ids=lambda outcome: outcome.name)
def test_equal_arms_need_no_single_units_but_their_skewness(outcome):
    """It moves the difference's ends just as the units themselves would."""
    rng = np.random.default_rng(8)
    control = outcome.draw(rng, 30, 200, keep=True)
    treated = outcome.draw(rng, 30, 200, 1.0, keep=True)
    whole = [dataclasses.replace(arm, lean=None) for arm in (treated, control)]
    bare = [dataclasses.replace(arm, lean=None, values=None, table=None) for arm in whole]
    quick, slow, blind = (
        Engine().answer(outcome.metric, *arms, 0.05) for arms in ((treated, control), whole, bare)
    )
    assert quick.methods == slow.methods
    for name in ("low", "high", "lift_low", "lift_high"):
        mine, units = getattr(quick, name), getattr(slow, name)
        assert mine == pytest.approx(units, rel=1e-9, abs=1e-9, nan_ok=True)
    moved = (quick.high != blind.high).any()
    assert moved or outcome.name == "normal"
