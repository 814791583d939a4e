"""Covariates and the arms' sizes: each simulation can fail, and does where something is wrong."""

import dataclasses

import numpy as np
import pytest

from assay.analysis.experiments.calibration import assignment, covariates, multiplicity
from assay.analysis.experiments.calibration.assignment import SampleRatio
from assay.analysis.experiments.calibration.covariates import Covariate
from assay.analysis.experiments.calibration.multiplicity import ManyMetrics
from assay.analysis.experiments.conclusions.families import in_families
from assay.analysis.experiments.effects.independent import independent_evidence
from assay.features.summary import Sample
from assay.params import Corrections, Metric
from assay.stats.moments import Moments


def rows_of(design, streams, seed=3):
    return {row.measure: row for row in design.run(np.random.default_rng(seed), streams)}


def test_a_covariate_gains_what_it_explains():
    found = rows_of(Covariate(0.6, 100, 100), 500)
    assert all(row.holds for row in found.values())


def test_a_skewed_pair_is_explained_by_as_much_as_is_said():
    """The best line through correlated lognormals, against a plain regression on many units."""
    design = Covariate(0.6, 400, 400, skewed=True)
    values = design._arm(np.random.default_rng(1), 200, 2000).values
    y, x = values[:, 0].ravel(), values[:, 1].ravel()
    assert np.corrcoef(y, x)[0, 1] ** 2 == pytest.approx(design.explained, abs=0.03)


def test_a_biased_adjustment_is_found_out(monkeypatch):
    """A covariate that the treatment has changed takes out a part of the effect."""
    raised = Covariate._raised

    def changed(self, batch):
        found = raised(self, batch)
        found.mean[:, 1] += 1
        return found

    monkeypatch.setattr(Covariate, "_raised", changed)
    found = rows_of(Covariate(0.6, 100, 100, lift=0.2), 400)
    assert found["bias, in standard errors of the simulation"].holds is False
    assert found["coverage of the lift"].part == covariates.PART


def test_sizes_as_planned_are_quiet_and_faults_are_found():
    quiet = rows_of(SampleRatio((0.5, 0.5), (1, 1), 20_000, 200), 300)
    assert quiet["false alarms by the sequential check"].holds
    loud = rows_of(SampleRatio((0.48, 0.52), (1, 1), 50_000, 50), 100)
    assert loud["fault found by the sequential check"].holds


def test_chi_square_at_every_look_is_what_the_sequential_check_is_for(monkeypatch):
    monkeypatch.setattr(assignment, "CUSTOMARY", 0.01)
    found = rows_of(SampleRatio((0.5, 0.5), (1, 1), 20_000, 500), 300)
    assert found["false alarms by chi-square below .001 at any look"].value > 0.05


def test_a_check_that_sleeps_is_found_out(monkeypatch):
    monkeypatch.setattr(assignment, "ALPHA", 1e-9)
    found = rows_of(SampleRatio((0.495, 0.505), (1, 1), 200_000, 50), 60)
    assert found["fault found by the sequential check"].holds is False


def test_rows_name_their_cell():
    (row, *_) = SampleRatio((0.25, 0.75), (1, 3), 400, 4).run(np.random.default_rng(1), 5)
    assert (row.n, row.n_control, row.outcome) == (300, 100, "true split 0.25 : 0.75")
    assert not dataclasses.replace(SampleRatio((0.25, 0.75), (1, 3), 400, 4)).faulty


def test_corrected_families_hold_and_uncorrected_ones_are_found_out():
    good = ManyMetrics(0.5, ("holm",)).run(np.random.default_rng(1), 400)
    assert all(row.holds for row in good)
    found = {
        row.measure: row for row in ManyMetrics(0.0, ("none",)).run(np.random.default_rng(1), 200)
    }
    assert found["any false claim"].value > 0.6
    assert not found["any false claim"].holds


def test_families_are_what_the_engine_makes_of_them():
    """Claims and intervals of a few streams, against `in_families` on the same moments."""
    design, alpha = ManyMetrics(0.5, ("holm", "bh"), true=5), 0.05
    shift = multiplicity.SEEN * (2 / design.n) ** 0.5
    arms = ("a", "b", "c")
    metrics = [Metric(name=f"m{i}", kind="mean", value="v") for i in range(10)]
    drawn = []
    moments = ManyMetrics._moments

    def kept(self, *arguments):
        drawn.append(moments(self, *arguments))
        return drawn[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ManyMetrics, "_moments", kept)
        found = design._compared(np.random.default_rng(2), 8, shift)
    for stream in range(8):
        samples = [
            {
                arm: Sample(moments=Moments(1000, (mean[stream, i],), ((scatter[stream, i, i],),)))
                for arm, (mean, scatter) in zip(("control", *arms), drawn, strict=True)
            }
            for i in range(10)
        ]
        evidence = {
            (metric.name, arm): independent_evidence(metric, samples[i], arm=arm, control="control")
            for i, metric in enumerate(metrics)
            for arm in arms
        }
        for correction in ("holm", "bh"):
            corrections = Corrections(primary=correction)
            engine = in_families(metrics, arms, evidence, alpha=alpha, corrections=corrections)
            said = np.array([
                [engine.effects[metric.name, arm].difference.p_value <= alpha for metric in metrics]
                for arm in arms
            ])  # fmt: skip
            assert (said == found.claimed(correction)[stream]).all()


@pytest.mark.parametrize("metrics", [1, 3])
def test_dunnett_s_bound_holds_for_all_arms_together(metrics):
    rows = ManyMetrics(0.5, ("dunnett",), metrics=metrics).run(np.random.default_rng(3), 2000)
    assert all(row.holds for row in rows)
