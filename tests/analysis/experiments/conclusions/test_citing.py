"""The cell that is cited is the one most like the comparison, and answered by its method."""

import dataclasses
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from analysis.experiments.cases import run
from assay.analysis.experiments.calibration.outcomes import OUTCOMES
from assay.analysis.experiments.calibration.result import FixedCell
from assay.analysis.experiments.conclusions.citing import cite, rule_of
from assay.analysis.experiments.effects.independent import independent_effect
from assay.core.result import record
from assay.present.blocks import Lead
from assay.present.prose.experiments.calibrated import checked
from assay.present.prose.experiments.method import method
from assay.workbench.sets import read_sets

ROOT = Path(__file__).parents[4]

WELCH = "Welch t 99.9 %, refused 0.1 %"


def cell(outcome, n, n_control, *, method=WELCH, low=0.949, high=0.951, holds=True):
    made = FixedCell(
        outcome=outcome.name, n=n, n_control=n_control, variation=outcome.variation, streams=20_000,
        method=method, false_positives=0.05, coverage_low=low, coverage_high=high, lopsided=None,
        refused=0.0, owed=True, differing=0.0, holds=holds,
    )  # fmt: skip
    return dataclasses.asdict(made)


def table(*cells):
    return {
        "made": "2026-11-21", "version": "1.0", "alpha": 0.05, "streams": 20_000, "cells": 150,
        "cells_holding": 147, "fixed": cells,
    }  # fmt: skip


def effects(outcome, n, n_control):
    rng = np.random.default_rng(1)
    (one,), (other,) = (outcome.draw(rng, 1, size).samples() for size in (n, n_control))
    samples = {"a": one, "b": other}
    effect = independent_effect(outcome.metric, samples, arm="a", control="b", alpha=0.05)
    return [(outcome.metric, "a", effect)]


@pytest.mark.parametrize("outcome", OUTCOMES[3:6], ids=lambda outcome: outcome.name)
def test_a_mean_is_compared_with_what_varies_as_much(outcome):
    cells = [cell(one, 5000, 5000) for one in OUTCOMES]
    cited = cite(effects(outcome, 4000, 6000), table(*cells))
    assert [one.outcome for one in cited.nearest] == [outcome.name]


def test_sizes_count_on_both_sides_and_as_ratios():
    normal = OUTCOMES[3]
    cells = [cell(normal, 100, 900), cell(normal, 500, 500), cell(normal, 900, 100)]
    (found,) = cite(effects(normal, 150, 800), table(*cells)).nearest
    assert (found.n, found.n_control) == (100, 900)


def test_a_cell_that_another_method_answered_is_not_cited():
    normal = OUTCOMES[3]
    others = "Welch t, covariate-adjusted 100 %", "permutation 97 %, Welch t 3 %"
    cited = cite(
        effects(normal, 500, 500), table(*(cell(normal, 500, 500, method=m) for m in others))
    )
    assert cited.nearest == ()
    assert cited.cells == 150


def test_without_a_table_nothing_is_cited(monkeypatch):
    monkeypatch.setattr("assay.analysis.experiments.conclusions.citing.shipped", lambda: None)
    assert cite(effects(OUTCOMES[3], 50, 50)) is None


@pytest.fixture
def told(monkeypatch):
    cells = (cell(OUTCOMES[3], 500, 500), cell(OUTCOMES[0], 5000, 5000, low=0.93, holds=False))
    monkeypatch.setattr(
        "assay.analysis.experiments.conclusions.citing.shipped", lambda: table(*cells)
    )
    rng = np.random.default_rng(2)
    frame = pl.DataFrame({
        "arm": np.repeat(["a", "b"], 600),
        "spend": rng.normal(10, 4, 1200),
        "bought": rng.random(1200) < 0.3,
        "before": rng.normal(size=1200),
    })  # fmt: skip
    metrics = [
        {"name": "Spend", "kind": "mean", "value": "spend"},
        {"name": "Bought", "kind": "rate", "value": "bought"},
        {"name": "Adjusted", "kind": "mean", "value": "spend", "covariate": "before"},
    ]
    return record(run(frame, arm="arm", control="b", metrics=metrics), kind="ab-test")


def test_the_method_appendix_says_how_often_such_intervals_held(told):
    said = checked(told)
    assert "held the truth in: Spend 94.9 to 95.1" in said
    assert "normal, 500 and 500 units" in said
    assert "a cell that fails" in said
    assert "Not simulated with the method used here: Adjusted." in said
    assert "Of all 150 cells 147 hold." in said


def test_the_appendix_leads_to_the_published_table(told):
    (lead,) = [block for block in method(told) if isinstance(block, Lead)]
    report, name = lead.to.split("/")
    assert name in read_sets(ROOT / "params" / f"{report}.yaml")
    assert (ROOT / "notebooks" / f"13-{report}.ipynb").is_file()
    silent = method({**told, "calibration": None})
    assert not any(isinstance(block, Lead) for block in silent)


def test_nothing_is_said_where_there_is_no_table(told):
    assert checked({**told, "calibration": None}) == ""
    assert "none with these methods" in checked(
        {**told, "calibration": {**told["calibration"], "nearest": []}}
    )


def test_a_plan_is_held_against_the_cells_of_its_own_rule():
    normal, ratio = OUTCOMES[3], OUTCOMES[7]
    looks = [
        {
            "outcome": outcome.name, "setting": setting, "n": 5000, "streams": 10_000,
            "lift": missed, "holds": True,
        }
        for outcome in (normal, ratio)
        for setting, missed in (
            ("confidence sequence tuned to 20,000, 100 looks", 0.02),
            ("group-sequential, obrien-fleming, 5 looks", 0.049),
            ("group-sequential, pocock, 5 looks", 0.051),
        )
    ]  # fmt: skip
    whole = table(*(cell(one, 500, 500) for one in OUTCOMES)) | {"looks": looks}
    for design, spending, held in (
        ("anytime", None, 0.98),
        ("group-sequential", "obrien-fleming", 0.951),
        ("group-sequential", "pocock", 0.949),
    ):
        rule = rule_of(design, spending)
        (found,) = cite(effects(normal, 4000, 6000), whole, rule=rule).nearest
        assert (found.outcome, found.looks.startswith(rule)) == ("normal", True)
        assert found.coverage_low == found.coverage_high == pytest.approx(held)
    assert rule_of("once", None) == ""
    assert cite(effects(normal, 4000, 6000), whole, rule="group-sequential, other").nearest == ()
