"""The portfolio: nothing, a few, many; and true effects that a simulation knows."""

from math import expm1, log, sqrt

import numpy as np
import polars as pl
import pytest

from assay.analysis.experiments.portfolio import portfolio
from assay.core.errors import DataError
from assay.core.result import record


def estimate(name: str, log_lift: float, se: float, **more):
    return {
        "experiment": name, "metric": "CTR", "log_lift": log_lift, "se": se,
        "concluded_at": "2026-01-01", **more,
    }  # fmt: skip


def row(name: str, state: str = "running", **more):
    return {"experiment": name, "state": state, **more}


def test_no_experiment_at_all_is_an_answer():
    found = portfolio([], [], as_of="")
    assert (found.experiments, found.past, found.effects, found.realised) == ((), (), None, None)
    assert found.reason == "0 past estimates, 3 or more tell how true effects differ"
    assert record(found, kind="ab-portfolio")["findings"] == []


def test_what_has_a_result_and_goes_on_waits_for_a_decision():
    lift = {"value": 0.1, "low": 0.05, "high": 0.15}
    rows = [
        row("a", verdict="ship", lift=lift, units=50, planned_units=200),
        row("b", verdict="undecided"),
        row("c", "concluded", verdict="ship", decision="ship"),
        row("d", "paused", verdict="blocked"),
        row("e", "draft"),
    ]
    found = portfolio(rows, [], as_of="")
    assert [one.experiment for one in found.experiments if one.waits] == ["a", "d"]
    assert [finding.action for finding in found.findings] == ["Conclude it", "Find the fault"]
    assert found.experiments[0].progress == 0.25
    assert (found.running, found.paused, found.concluded, found.drafts) == (2, 1, 1, 1)


def simulated(rng, n, *, centre=0.01, spread=0.05, se=0.04):
    truth = rng.normal(centre, spread, n)
    seen = rng.normal(truth, se)
    shipped = seen > 1.96 * se
    past = [
        estimate(f"e{i:03d}", float(seen[i]), se, shipped=bool(shipped[i]), volume=100.0)
        for i in range(n)
    ]
    return truth, shipped, past


def test_corrected_gains_and_their_sum_hold_where_reported_ones_do_not():
    rng = np.random.default_rng(11)
    covered, reported, summed, sums, over = [], [], [], [], []
    for _ in range(60):
        truth, shipped, past = simulated(rng, 40)
        found = portfolio([], past, as_of="")
        for one in found.past:
            true = truth[int(one.experiment[1:])]
            if one.shipped:
                covered.append(one.shrunk.low <= expm1(true) <= one.shrunk.high)
                reported.append(one.reported.low <= expm1(true) <= one.reported.high)
        if found.realised is None:
            continue
        real = 100 * np.expm1(truth[shipped]).sum()
        summed.append(found.realised.corrected.low <= real <= found.realised.corrected.high)
        sums.append(found.realised.corrected.value - real)
        over.append(found.realised.reported - real)
    assert np.mean(covered) >= 0.95 - 3 * sqrt(0.05 * 0.95 / len(covered))
    assert np.mean(reported) < 0.9
    assert np.mean(summed) >= 0.95 - 3 * sqrt(0.05 * 0.95 / len(summed))
    assert abs(np.mean(sums)) < 3 * np.std(sums) / sqrt(len(sums))
    assert np.mean(over) > 5 * np.std(over) / sqrt(len(over))


def test_the_spread_of_true_effects_is_found():
    truth, _, past = simulated(np.random.default_rng(1), 400)
    effects = portfolio([], past, as_of="").effects
    assert effects.spread.low <= 0.05 <= effects.spread.high
    assert effects.moments_spread == pytest.approx(np.std(truth), abs=0.01)


def test_a_gain_is_a_change_for_the_better():
    past = [
        estimate("a", log(0.8), 0.01, better="down", shipped=True, volume=1000.0),
        estimate("b", 0.0, 0.01),
        estimate("c", log(1.1), 0.01),
    ]
    found = portfolio([], past, as_of="")
    by_name = {one.experiment: one for one in found.past}
    assert by_name["a"].reported.value == pytest.approx(0.2)
    assert by_name["c"].reported.value == pytest.approx(0.1)
    assert found.realised.reported == pytest.approx(200)
    assert by_name["b"].selected is None


def test_of_each_experiment_the_shipped_primary_counts():
    past = [
        estimate("a", 0.3, 0.1, role="secondary"),
        estimate("a", 0.1, 0.1, role="primary", metric="M", shipped=False),
        estimate("a", 0.2, 0.1, role="primary", metric="N", shipped=True),
    ]
    (one,) = portfolio([], past, as_of="").past
    assert one.metric == "N"


@pytest.mark.parametrize("wrong", [{"se": 0.0}, {"log_lift": float("nan")}, {"se": None}])
def test_an_estimate_that_is_none_is_refused(wrong):
    with pytest.raises(DataError, match="past estimate"):
        portfolio([], [estimate("a", 0.1, 0.1) | wrong], as_of="")


def test_true_effects_of_upworthy_differ_as_is_known(shared_data):
    """Clean pairs, .27-.32 by the method of moments: data/NOTES.md beside the data."""
    rows = pl.read_parquet(shared_data / "ab/upworthy_exploratory_ab.parquet").sort(
        "clickability_test_id", "headline", "impressions"
    )
    clean = rows.filter((pl.col("test_week") < 201326) | (pl.col("test_week") > 201402))
    past = []
    for (test,), arms in clean.group_by("clickability_test_id", maintain_order=True):
        one, other = arms.head(2).iter_rows(named=True) if len(arms) > 1 else (None, None)
        if one is None or min(one["clicks"], other["clicks"]) < 10 or len(past) >= 1200:
            continue
        share, base = (arm["clicks"] / arm["impressions"] for arm in (one, other))
        variance = (1 - share) / one["clicks"] + (1 - base) / other["clicks"]
        past.append(estimate(test, log(share / base), sqrt(variance)))
    effects = portfolio([], past, as_of="").effects
    assert 0.25 <= effects.moments_spread <= 0.33
    assert effects.spread.low <= effects.moments_spread <= effects.spread.high
