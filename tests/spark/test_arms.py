import duckdb
import polars as pl
import pytest

from assay.analysis.experiments import ab_test
from assay.core.errors import DataError
from assay.core.result import record
from assay.features.arms import Design, summarise_arms
from features.arm_tables import COST, RATE, assigned, visits
from features.engines import alike

EVERY = [
    RATE,
    {"name": "often", "kind": "rate", "value": "ok", "per_unit": "mean"},
    COST,
    {"name": "peak", "kind": "mean", "value": "cost", "per_unit": "max"},
    {"name": "adjusted", "kind": "mean", "value": "cost", "covariate": "before"},
    {"name": "rating", "kind": "mean", "value": "rating", "missing": "exclude"},
    {"name": "tokens", "kind": "count", "value": "tokens"},
    {"name": "per token", "kind": "ratio", "numerator": "cost", "denominator": "tokens"},
    {"name": "per row", "kind": "ratio", "numerator": "rating"},
]
VISITS = {"name": "visits", "kind": "count"}
CLICKS = {"name": "ctr", "kind": "rate", "numerator": "ones", "denominator": "tokens"}
DESIGNS = {
    "rows": {"metrics": [m for m in EVERY if m["name"] != "often"], "segments": ["where"]},
    "units": {"unit": "user", "metrics": [*EVERY, VISITS], "segments": ["where"], "time": "at"},
    "window": {"unit": "user", "time": "at", "window": ["2026-03-05", "2026-03-11"]},
    "far": {"metrics": [{"name": "far", "kind": "mean", "value": "far"}]},
    "counts": {"metrics": [CLICKS]},
    "paired": {
        "design": "paired", "item": "item", "metrics": [RATE, COST, EVERY[5], EVERY[7]],
    },
}  # fmt: skip


def rows():
    """Visits with a covariate, counts of rows, items that arms share, and values far from 0."""
    return visits().with_columns(
        before=(pl.col("user") % 11).cast(pl.Float64),
        ones=pl.col("tokens") // 3,
        item=pl.format("item {}", pl.col("user") // 2 % 40),
        far=pl.col("cost") + 1e9,
    )


def design(changes):
    return Design.of(**({"arm": "arm", "control": "A", "metrics": [RATE, COST]} | changes))


@pytest.fixture(scope="module")
def visited(on_spark):
    return on_spark(rows())


@pytest.mark.parametrize("name", DESIGNS)
def test_every_design_is_the_same_on_three_engines(name, visited):
    asked, frame = design(DESIGNS[name]), rows()
    here = summarise_arms(frame.lazy(), asked)
    alike(here, summarise_arms(visited, asked))
    with duckdb.connect() as engine:
        alike(here, summarise_arms(engine.from_arrow(frame), asked))


def numbers(value):
    """A record as its words, and as its numbers in the same order."""
    if isinstance(value, dict):
        found = [numbers(value[key]) for key in sorted(value)]
        return [sorted(value), *(w for w, _ in found)], [n for _, ns in found for n in ns]
    if isinstance(value, list):
        found = [numbers(item) for item in value]
        return [w for w, _ in found], [n for _, ns in found for n in ns]
    return (None, [value]) if isinstance(value, float) else (value, [])


@pytest.mark.parametrize("name", ["units", "paired"])
def test_the_result_of_a_report_is_the_same_on_three_engines(name, visited):
    asked, frame = design(DESIGNS[name]), rows()

    def answer(held):
        return numbers(record(ab_test(summarise_arms(held, asked), seed=0), kind="ab-test"))

    words, ours = answer(frame.lazy())
    assert len(ours) > 40
    with duckdb.connect() as engine:
        for held in (visited, engine.from_arrow(frame)):
            said, theirs = answer(held)
            assert said == words
            assert theirs == pytest.approx(ours, rel=1e-9, abs=1e-12)


def test_assignments_are_joined_where_the_rows_are(visited, on_spark):
    units = assigned().with_columns(before=(pl.col("unit_id") % 7).cast(pl.Float64))
    metrics = [RATE, {**COST, "covariate": "before"}, VISITS]
    asked, frame = design({"unit": "user", "metrics": metrics, "segments": ["where"]}), rows()
    events = frame.drop("arm", "before")
    here = summarise_arms(events.lazy(), asked, assignments=units.lazy())
    alike(here, summarise_arms(visited.drop("arm", "before"), asked, assignments=on_spark(units)))
    with duckdb.connect() as engine:
        theirs = summarise_arms(
            engine.from_arrow(events), asked, assignments=engine.from_arrow(units)
        )
    alike(here, theirs)


def test_faults_are_told_in_the_same_words(on_spark):
    frame = visits().with_columns(cost=pl.when(pl.col("user") > 5).then("cost"))
    told = []
    for held in (frame.lazy(), on_spark(frame)):
        with pytest.raises(DataError) as error:
            summarise_arms(held, design({"metrics": [COST]}))
        told.append(str(error.value))
    assert told[0] == told[1]
    assert "'cost' has no value in" in told[0]
