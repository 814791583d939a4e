"""Segments, beliefs, power and bandits: what is right passes, what is wrong is found out."""

import numpy as np
import pytest

from assay.analysis.experiments.calibration import beliefs, planning, reallocation
from assay.analysis.experiments.calibration.beliefs import ExactRates, NormalLift, Ranked
from assay.analysis.experiments.calibration.outcomes import Normal
from assay.analysis.experiments.calibration.places import Pooling, SameEverywhere
from assay.analysis.experiments.calibration.planning import Promised
from assay.analysis.experiments.calibration.reallocation import Followed
from assay.stats.meta_analysis.heterogeneity import Heterogeneity


def rng():
    return np.random.default_rng(11)


def test_segments_that_are_alike_are_seldom_said_to_differ():
    assert all(row.holds for row in SameEverywhere(Normal(), 0.0).run(rng(), 400))


def test_a_test_that_cries_wolf_is_found_out(monkeypatch):
    def eager(*_):
        return Heterogeneity(p_value=0.01, statistic=9.0, df=9.0, df_within=99.0)

    module = "assay.analysis.experiments.calibration.places"
    monkeypatch.setattr(f"{module}.same_lift", eager)
    rows = {row.measure: row for row in SameEverywhere(Normal(), 0.0).run(rng(), 50)}
    assert rows["lifts said to differ"].holds is False


def test_pooled_estimates_are_nearer_to_the_truth():
    (error, intervals) = Pooling(Normal(), 0.0).run(rng(), 100)
    assert error.holds
    assert error.value < 0.6
    assert intervals.value > 0.9


@pytest.mark.parametrize("believing", [NormalLift(0.3, 400), ExactRates(lift=False, trials=20)])
def test_beliefs_from_the_true_prior_are_even(believing):
    (row,) = Ranked(believing, 400).run(rng(), 400)
    assert row.holds


def test_a_belief_that_is_too_sure_is_found_out(monkeypatch):
    """A prior of a tenth of the true spread pulls every estimate too far."""
    monkeypatch.setattr(
        beliefs.Mixture, "normal", classmethod(lambda cls, mean, sd: cls.of(1.0, mean, sd / 10))
    )
    (row,) = Ranked(NormalLift(0.3, 400), 400).run(rng(), 400)
    assert row.holds is False


def test_every_plan_is_in_the_table_once_and_half_of_them_are_sequential():
    assert len(set(planning.CASES)) == 12
    assert sum(case.looks > 1 for case in planning.CASES) == 6


@pytest.mark.parametrize("case", [planning.CASES[4], planning.CASES[8]])
def test_power_is_what_was_planned(case):
    (row,) = case.run(rng(), 1500)
    assert row.holds


def test_a_plan_that_promises_too_much_is_found_out(monkeypatch):
    monkeypatch.setattr(Promised, "predicted", lambda _: 0.95)
    (row,) = planning.CASES[4].run(rng(), 1500)
    assert row.holds is False


def test_gains_hold_after_reallocation_and_a_halved_interval_is_found_out(monkeypatch):
    design = Followed((0.0, 0.1), batches=4, units=200)
    assert all(row.holds is not False for row in design.run(rng(), 200))
    gain = reallocation.stratified_gain

    def halved(table, arm):
        value, error = gain(table, arm)
        return value, error / 2

    monkeypatch.setattr(reallocation, "stratified_gain", halved)
    rows = {row.measure: row for row in design.run(rng(), 200)}
    assert rows["coverage, stratified"].holds is False


def test_detectable_effects_have_the_power_that_was_wanted_and_rough_ones_are_found_out(
    monkeypatch,
):
    (row,) = planning.Inverted((0.8,)).run(rng(), 1)
    assert row.holds
    assert row.streams == 18
    exact = planning.detectable
    monkeypatch.setattr(planning, "detectable", lambda *a, **k: 1.0001 * exact(*a, **k))
    (row,) = planning.Inverted((0.8,)).run(rng(), 1)
    assert row.holds is False
