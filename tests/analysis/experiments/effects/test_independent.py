import math

import numpy as np
import polars as pl
import pytest

from analysis.experiments.cases import run
from assay.analysis.experiments.conclusions.verdicts import more_needed
from assay.analysis.experiments.effects.evidence import Effect
from assay.analysis.experiments.effects.independent import independent_effect
from assay.features.summary import Sample
from assay.params import Metric
from assay.stats.fieller import RatioInterval
from assay.stats.level import Level
from assay.stats.means import Gap
from assay.stats.moments import Moments

MEAN = {"name": "amount", "kind": "mean", "value": "x"}


def compare(control, treated, **changes):
    arms = ["A"] * len(control) + ["B"] * len(treated)
    frame = pl.DataFrame({"arm": arms, "x": [*control, *treated]})
    return run(frame, **({"arm": "arm", "control": "A", "metrics": [MEAN]} | changes))


def test_needed_units_decide_once_they_are_there():
    rng = np.random.default_rng(11)
    control, treated = rng.normal(10, 2, 600), rng.normal(10.12, 2, 600)
    found = compare(control, treated).comparisons[0]
    assert found.verdict == "undecided"
    times = 1 + found.needed_n / 1200
    error = found.method.standard_error / math.sqrt(times)
    later = found.difference.value + error * np.random.default_rng(5).standard_normal(20_000)
    decided = np.mean(np.abs(later) > found.method.critical_value * error)
    assert decided == pytest.approx(0.8, abs=4 * math.sqrt(0.8 * 0.2 / 20_000))


def test_units_that_no_float_can_count_are_not_promised():
    """An estimate as near to zero as numbers lie asks for more than 1e308 times the data."""
    gap = Gap(1e-310, 1.0, 50.0).at(Level(0.05))
    effect = Effect(
        method="m", n=26, n_control=26, missing=0, missing_control=0, value=1.0, value_control=1.0,
        difference=gap, lift=RatioInterval(0.0, -0.1, 0.1, 0.0),
    )  # fmt: skip
    assert more_needed(Metric(**MEAN), effect) is None


def test_paired_arms_need_items_and_count_them_once():
    rng = np.random.default_rng(11)
    before = rng.normal(10, 2, 300)
    first, second = before + rng.normal([[0], [0.1]], 1, (2, 300))
    frame = pl.DataFrame(
        {"arm": ["A"] * 300 + ["B"] * 300, "item": [*range(300)] * 2, "x": [*first, *second]}
    )
    result = run(frame, arm="arm", control="A", metrics=[MEAN], design="paired", item="item")
    (found,) = result.comparisons
    quantile = 0.8416212335729143  # of the normal at 0.8: SciPy's norm.ppf
    gap = found.method.standard_error * (found.method.critical_value + quantile)
    times = (gap / found.difference.value) ** 2
    assert found.needed_n == math.ceil((times - 1) * 300)
    assert found.units == result.findings[0].n == 300


def test_the_lift_of_adjusted_means_covers_the_truth():
    """Their control varies with the pooled covariate too: without that, only 83 % were covered."""
    rng = np.random.default_rng(3)
    inside = 0
    for _ in range(400):
        x = rng.normal(0, 1, (2, 50))
        y = np.array([[3.0], [6.0]]) + 0.95 * x + math.sqrt(1 - 0.95**2) * rng.normal(0, 1, (2, 50))
        samples = {arm: Sample(moments=Moments.of(y[i], x[i])) for i, arm in enumerate("AB")}
        metric = Metric(name="m", kind="mean", value="y", covariate="x")
        lift = independent_effect(metric, samples, arm="B", control="A", alpha=0.05).lift
        inside += lift.low <= 1 <= lift.high
    assert inside / 400 == pytest.approx(0.95, abs=4 * math.sqrt(0.95 * 0.05 / 400))
