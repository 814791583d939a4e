"""Covariates and the arms' sizes: each simulation can fail, and does where something is wrong."""

import dataclasses

import numpy as np
import pytest

from assay.analysis.experiments.calibration import assignment, covariates
from assay.analysis.experiments.calibration.assignment import SampleRatio
from assay.analysis.experiments.calibration.covariates import Covariate


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
