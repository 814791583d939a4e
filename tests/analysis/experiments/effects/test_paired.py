"""Arms that worked on the same items: which method, and what it finds in real comparisons."""

import itertools

import numpy as np
import polars as pl
import pytest
from scipy import stats

from analysis.experiments.cases import one, run
from assay.core.result import record

WINS = {"name": "wins", "kind": "mean", "value": "win"}


def judgements(shared_data, *models):
    path = shared_data / "llm" / "alpaca_eval" / "judgements.csv.gz"
    frame = pl.read_csv(path, infer_schema_length=None)
    frame = frame.filter(pl.col("model").is_in(models) if models else True)
    return frame.with_columns(win=pl.col("preference") - 1, item_id=pl.col("instruction_id"))


def test_prompts_that_ask_for_more_words_are_found_better_by_the_same_judge(shared_data):
    """alpaca_eval's judge prefers longer answers: its authors say so of this very pair."""
    for model in ("alpaca-7b", "gpt-3.5-turbo-1106"):
        frame = judgements(shared_data, f"{model}_concise", f"{model}_verbose")
        result = run(frame, arm="model", control=f"{model}_concise", metrics=[WINS])
        assert (result.design, result.pairing_chosen) == ("paired", True)
        found = one(result, "wins", f"{model}_verbose")
        assert found.difference.low > 0
        assert found.lift.low > 0
        wide = frame.pivot("model", index="item_id", values="win").drop_nulls()
        gap = (wide[f"{model}_verbose"] - wide[f"{model}_concise"]).to_numpy()
        drawn = np.random.default_rng(1).choice(gap, size=(4000, len(gap))).mean(axis=1)
        low, high = np.quantile(drawn, [0.025, 0.975])
        near = 0.1 * (high - low)
        assert (found.difference.low, found.difference.high) == pytest.approx((low, high), abs=near)
        assert found.verdict == "ship"


def test_any_two_models_get_an_interval_that_resampled_items_confirm(shared_data):
    frame = judgements(shared_data)
    models = sorted(set(frame["model"]))
    pairs = list(itertools.combinations(models, 2))[::40]
    assert len(pairs) > 8
    for control, model in pairs:
        mine = frame.filter(pl.col("model").is_in([control, model]))
        found = one(run(mine, arm="model", control=control, metrics=[WINS]), "wins", model)
        wide = mine.pivot("model", index="item_id", values="win").drop_nulls()
        gap = (wide[model] - wide[control]).to_numpy()
        assert found.difference.value == pytest.approx(gap.mean(), rel=1e-10)
        drawn = np.random.default_rng(1).choice(gap, size=(2000, len(gap))).mean(axis=1)
        low, high = np.quantile(drawn, [0.025, 0.975])
        near = 0.12 * (high - low)
        assert (found.difference.low, found.difference.high) == pytest.approx((low, high), abs=near)


def test_single_successes_and_failures_are_compared_by_mcnemar():
    both, treated, control, neither = 59, 16, 6, 80  # Cavo et al. (2012), arms swapped
    new = [1] * (both + treated) + [0] * (control + neither)
    old = [1] * both + [0] * treated + [1] * control + [0] * neither
    frame = pl.DataFrame(
        {"arm": ["old"] * 161 + ["new"] * 161, "item_id": [*range(161)] * 2, "ok": [*old, *new]}
    )
    rate = {"name": "ok", "kind": "rate", "value": "ok"}
    result = run(frame, arm="arm", control="old", metrics=[rate])
    (found,) = result.comparisons
    assert found.method.name == "McNemar mid-p"
    assert found.p_value == pytest.approx(0.034690, abs=5e-6)
    exact = next(a for a in found.method.also if a.name == "McNemar exact")
    assert exact.p_value == pytest.approx(stats.binomtest(6, 22).pvalue, rel=1e-9)
    assert found.difference.low == pytest.approx(0.0054, abs=1e-4)
    assert found.units == 161
    record(result, kind="ab-test")


def test_trials_of_an_item_are_no_units_of_their_own():
    """Four copies of each trial say no more than one: the items are the sample."""
    rng = np.random.default_rng(4)
    items = 60
    frame = pl.DataFrame(
        {
            "arm": ["old"] * items + ["new"] * items,
            "item_id": [*range(items)] * 2,
            "ok": (rng.random(2 * items) < 0.5).astype(int),
        }
    )
    mean = {"name": "ok", "kind": "mean", "value": "ok"}
    once, often = (
        run(pl.concat([frame] * copies), arm="arm", control="old", metrics=[mean]).comparisons[0]
        for copies in (1, 4)
    )
    assert often.n == once.n == items
    assert often.difference == once.difference


def test_skewed_differences_are_resampled_and_students_t_stands_beside():
    rng = np.random.default_rng(8)
    base = rng.normal(10, 1, 40)
    frame = pl.DataFrame(
        {
            "arm": ["old"] * 40 + ["new"] * 40,
            "item_id": [*range(40)] * 2,
            "x": [*base, *(base + rng.lognormal(0, 1.5, 40))],
        }
    )
    metric = {"name": "x", "kind": "mean", "value": "x"}
    (found,) = run(frame, arm="arm", control="old", metrics=[metric]).comparisons
    assert found.method.name == "paired bootstrap-t"
    (student,) = found.method.also
    peer = stats.ttest_rel(frame["x"][40:], frame["x"][:40]).confidence_interval(0.95)
    assert (student.difference.low, student.difference.high) == pytest.approx(
        (peer.low, peer.high), rel=1e-8
    )
    assert found.difference.high > student.difference.high


def test_repeated_runs_of_tau_bench_are_told_by_task(shared_data):
    frame = pl.read_csv(shared_data / "llm" / "taubench" / "gpt4o_airline_runs.csv")
    half = pl.concat(
        [
            frame.with_columns(arm=pl.lit("all four")),
            frame.filter(pl.col("trial") < 2).with_columns(arm=pl.lit("first two")),
        ]
    )
    metrics = [{"name": f"pass^{k}", "kind": "pass^k", "value": "reward", "k": k} for k in (1, 2)]
    result = run(half, arm="arm", control="first two", metrics=metrics, item="task_id")
    # pass^1 is the share of all runs that succeed, since every task was tried four times
    solved = one(result, "pass^1", "all four")
    assert solved.value == pytest.approx(frame["reward"].mean(), rel=1e-12)
    assert one(result, "pass^2", "all four").value < solved.value


def test_too_few_items_are_refused_with_what_is_needed():
    frame = pl.DataFrame(
        {"arm": ["a", "a", "b", "b"], "item_id": [1, 2, 1, 2], "x": [1.0, 2.0, 2.0, 4.5]}
    )
    metric = {"name": "x", "kind": "mean", "value": "x"}
    (found,) = run(frame, arm="arm", control="a", metrics=[metric]).comparisons
    assert found.verdict == "undecided"
    assert "2 shared items, needs at least 3" in found.reason
