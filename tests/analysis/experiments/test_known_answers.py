"""Real experiments whose answers others have published or computed (`../shared/data/NOTES.md`)."""

import csv

import polars as pl
import pytest
from scipy import stats

from analysis.experiments.cases import one, run
from assay.core.result import record

HILLSTROM = {
    "arm": "segment",
    "control": "No E-Mail",
    "metrics": [
        {"name": "visit", "kind": "rate", "value": "visit"},
        {"name": "conversion", "kind": "rate", "value": "conversion"},
        {"name": "spend", "kind": "mean", "value": "spend", "unit": "USD"},
    ],
}
MENS, WOMENS = "Mens E-Mail", "Womens E-Mail"


@pytest.fixture(scope="module", params=["parquet", "csv"])
def hillstrom(request, shared_data, tmp_path_factory):
    source = shared_data / "ab" / "hillstrom_email.parquet"
    if request.param == "parquet":
        return pl.scan_parquet(source)
    path = tmp_path_factory.mktemp("hillstrom") / "email.csv"
    pl.read_parquet(source).write_csv(path)
    return pl.scan_csv(path)


def test_hillstrom_answers_are_the_known_ones(hillstrom):
    found = run(hillstrom, **HILLSTROM)
    visit, spend = one(found, "visit", MENS), one(found, "spend", MENS)
    assert visit.difference.value == pytest.approx(0.07659, abs=5e-6)
    assert (visit.difference.low, visit.difference.high) == pytest.approx(
        (0.06995, 0.08323), abs=5e-6
    )
    assert one(found, "conversion", MENS).difference.value == pytest.approx(0.00681, abs=5e-6)
    assert spend.difference.value == pytest.approx(0.76983, abs=5e-6)
    assert (spend.difference.low, spend.difference.high) == pytest.approx(
        (0.48514, 1.05451), abs=1e-5
    )
    assert spend.p_value == pytest.approx(1.16e-7, rel=5e-3)
    assert one(found, "visit", WOMENS).difference.value == pytest.approx(0.04523, abs=5e-6)
    assert one(found, "conversion", WOMENS).difference.value == pytest.approx(0.00311, abs=5e-6)
    assert one(found, "conversion", WOMENS).p_value == pytest.approx(1.56e-4, rel=5e-3)
    assert one(found, "spend", WOMENS).difference.value == pytest.approx(0.42441, abs=5e-6)
    assert one(found, "spend", WOMENS).p_value == pytest.approx(0.00113, rel=5e-3)
    assert found.sample_ratio.p_value == pytest.approx(0.904, abs=5e-4)
    assert (found.verdict, found.arm, found.n) == ("ship", MENS, 64_000)


def test_hillstrom_agrees_with_scipy_for_every_metric_and_arm(shared_data):
    frame = pl.read_parquet(shared_data / "ab" / "hillstrom_email.parquet")
    found = run(frame, **HILLSTROM)
    for comparison in found.comparisons:
        arms = [
            frame.filter(pl.col("segment") == arm)[comparison.metric].to_numpy()
            for arm in (comparison.arm, "No E-Mail")
        ]
        peer = stats.ttest_ind(*arms, equal_var=False)
        ends = (comparison.difference.low, comparison.difference.high)
        assert ends == pytest.approx(tuple(peer.confidence_interval(0.95)), rel=1e-8)
        assert comparison.p_value == pytest.approx(peer.pvalue, rel=1e-8)
        assert (comparison.lift.low > 0) == (comparison.difference.low > 0)


def test_alpaca_win_rates_and_errors_are_the_published_ones(shared_data):
    folder = shared_data / "llm" / "alpaca_eval"
    with (folder / "weighted_alpaca_eval_gpt4_turbo_leaderboard.csv").open() as lines:
        board = {row[""]: row for row in csv.DictReader(lines)}
    frame = pl.read_csv(folder / "judgements.csv.gz", infer_schema_length=None)
    models = sorted(set(frame["model"]) & set(board))
    assert len(models) > 20
    control, *others = models
    metric = {"name": "wins", "kind": "mean", "value": "win"}
    frame = frame.with_columns(win=pl.col("preference") - 1).filter(pl.col("model").is_in(models))
    found = run(
        frame, arm="model", control=control, metrics=[metric], design="paired",
        item="instruction_id",
    )  # fmt: skip
    for model in others:
        comparison = one(found, "wins", model)
        mine = frame.filter(pl.col("model") == model)["win"]
        if comparison.n == mine.len():
            published = float(board[model]["win_rate"])
            assert 100 * comparison.value == pytest.approx(published, abs=1e-3)
        both = frame.filter(pl.col("model").is_in([model, control])).pivot(
            "model", index="instruction_id", values="win"
        )
        both = both.drop_nulls()
        peer = stats.ttest_rel(both[model], both[control])
        ends = (comparison.difference.low, comparison.difference.high)
        assert ends == pytest.approx(tuple(peer.confidence_interval(0.95)), rel=1e-8)
        assert comparison.p_value == pytest.approx(peer.pvalue, rel=1e-8)
    assert found.sample_ratio.ok
    record(found, kind="ab-test")


def test_upworthy_faults_are_found_when_randomisation_was_broken(shared_data):
    """Share of tests with a sample-ratio p below .001: 70.0 % of 1,049 during the known fault."""
    frame = pl.read_parquet(shared_data / "ab" / "upworthy_exploratory_ab.parquet")
    assert {"impressions", "clicks"} <= set(frame.columns)
    test_column = next(name for name in frame.columns if "test" in name)
    metric = {"name": "ctr", "kind": "rate", "numerator": "clicks", "denominator": "impressions"}
    chosen = [
        part.with_row_index("arm")
        for _, part in frame.group_by(test_column, maintain_order=True)
        if part.height > 1 and part["impressions"].min() > 100
    ][:60]
    for part in chosen:
        found = run(part, arm="arm", control="0", metrics=[metric])
        peer = stats.chisquare(part["impressions"].to_numpy())
        assert found.sample_ratio.p_value == pytest.approx(peer.pvalue, rel=1e-8, abs=1e-300)
        blocked = peer.pvalue < 0.001
        assert (found.verdict == "blocked") == blocked
        record(found, kind="ab-test")
