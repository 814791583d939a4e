"""Metrics that compute: against values by hand, and the same on two engines."""

import math
from datetime import datetime
from typing import Any

import duckdb
import narwhals as nw
import polars as pl
import pytest

from assay.core.errors import DataError, ParameterError
from assay.features.arms import Design, summarise_arms
from assay.features.derived import with_derived
from assay.features.series import series
from assay.params import Metric
from features.arm_tables import by_hand, same, visits
from features.engines import alike

ROWS = pl.DataFrame(
    {
        "a": [1, 2, None, 4],
        "b": [0, 4, 2, 8],
        "s": [0.5, 12.0, math.nan, 10.0],
        "t": ["x", "y", None, "x"],
        "ok": [True, False, None, True],
        "odd (s)": [1.5, 2.5, 3.5, None],
        "at": [datetime(2026, 1, day) for day in (1, 2, 3, 4)],  # noqa: DTZ001
        "many": [[1], [2], [3], [4]],
    }
)
N = None
BY_HAND: dict[str, list[float | None]] = {
    "a + b": [1, 6, N, 12],
    "a - 2 * b": [1, -6, N, -12],
    "a / b": [N, 0.5, N, 0.5],
    "s > 10": [0, 1, N, 0],
    "s >= 10 and not ok": [0, 1, N, 0],
    "ok or t == 'y'": [1, 1, N, 1],
    "1 < a <= 4": [0, 1, N, 1],
    "t in ('x', 'z')": [1, 0, N, 1],
    "t not in ('x', 'z')": [0, 1, N, 0],
    "a is null": [0, 0, 1, 0],
    "s is not null": [1, 1, 0, 1],
    "when(t == 'x', a, 0)": [1, 0, 0, 4],
    "when(ok, null, 1)": [N, 1, 1, N],
    "coalesce(a, b) + 0": [1, 2, 2, 4],
    "max(a, b, 3)": [3, 4, 3, 8],
    "min(a, b)": [0, 2, 2, 4],
    "-abs(a - b)": [-1, -2, N, -4],
    "sqrt(a - 2)": [N, 0, N, math.sqrt(2)],
    "log(b) + 0": [N, math.log(4), math.log(2), math.log(8)],
    "exp(0 * a)": [1, 1, N, 1],
    "ok + ok": [2, 0, N, 2],
    "ok == 1": [1, 0, N, 1],
    "col('odd (s)') * 2": [3, 5, 7, N],
    "at == at": [1, 1, 1, 1],
    "3.5 + 0": [3.5, 3.5, 3.5, 3.5],
}


def mean_of(text: str, **more: Any) -> Metric:
    return Metric(name="m", kind="mean", value=text, **more)


@pytest.mark.parametrize("text", BY_HAND)
def test_each_expression_has_the_value_that_it_has_by_hand(text: str) -> None:
    lazy, _ = with_derived(nw.from_native(ROWS.lazy()), [mean_of(text)])
    here = lazy.select(text).to_native().collect()[text].to_list()
    with duckdb.connect() as engine:
        rows, _ = with_derived(
            nw.from_native(engine.from_arrow(ROWS.drop("many"))), [mean_of(text)]
        )
        there = [row[0] for row in rows.select(text).to_native().fetchall()]
    for found in (here, there):
        assert [x if x is None else pytest.approx(x, rel=1e-12) for x in BY_HAND[text]] == found


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("aa + b", r"metric 'm': 'aa \+ b' speaks of 'aa', which is no column\n.*'a'"),
        ("a + t", "has text where it needs a number"),
        ("t > 3", "has a number where it needs text"),
        ("t", ""),
        ("a and ok", "has a number where it needs true or false"),
        ("at + 1", "has a time where it needs a number"),
        ("t + 1 == null", "compares with null|has text"),
        ("a == null", "compares with null"),
        ("many > 1", "holds List"),
        ("odd (m)", r"has no column 'odd \(m\)'\n.*'odd \(s\)'"),
    ],
)
def test_what_does_not_fit_the_columns_is_told(text: str, told: str) -> None:
    rows = nw.from_native(ROWS.lazy())
    if not told:
        assert with_derived(rows, [mean_of(text)])[0].collect_schema() == rows.collect_schema()
        return
    with pytest.raises((DataError, ParameterError), match=told):
        with_derived(rows, [mean_of(text)])


def test_a_column_whose_name_looks_like_an_expression_is_the_column() -> None:
    rows = ROWS.rename({"b": "a + 1"})
    lazy, _ = with_derived(nw.from_native(rows.lazy()), [mean_of("a + 1")])
    assert lazy.to_native().collect()["a + 1"].to_list() == [0, 4, 2, 8]


METRICS = [
    {"name": "double", "kind": "mean", "value": "cost * 2", "per_unit": "mean"},
    {"name": "dear", "kind": "rate", "value": "cost > 1"},
    {"name": "per", "kind": "ratio", "numerator": "cost + tokens", "denominator": "tokens + 1"},
    {"name": "rated", "kind": "mean", "value": "rating / 2", "missing": "exclude"},
]


def test_arms_are_summarised_by_what_is_computed_on_both_engines() -> None:
    frame = visits()
    asked = Design.of(arm="arm", control="A", unit="user", metrics=METRICS)
    found = summarise_arms(frame.lazy(), asked)
    with duckdb.connect() as engine:
        alike(found, summarise_arms(engine.from_arrow(frame), asked))
    hand = frame.with_columns(double=pl.col("cost") * 2, dear=(pl.col("cost") > 1).cast(pl.Int8))
    means = by_hand(hand, "double", lambda values: math.fsum(values) / len(values))
    dear = by_hand(hand, "dear", max)
    for arm in "AB":
        same(found.samples["double"][arm], means[arm])
        assert found.samples["dear"][arm].moments.mean[0] == pytest.approx(
            sum(dear[arm]) / len(dear[arm])
        )
        rows = frame.filter(pl.col("arm") == arm)
        units = rows["user"].n_unique()
        assert found.samples["per"][arm].moments.mean == pytest.approx(
            (
                (rows["cost"].sum() + rows["tokens"].sum()) / units,
                (rows["tokens"] + 1).sum() / units,
            )
        )


def test_a_missing_value_is_told_in_the_words_of_the_metric() -> None:
    asked = Design.of(arm="arm", control="A", metrics=[METRICS[3] | {"missing": "refuse"}])
    with pytest.raises(DataError, match=r"metric 'rated': column 'rating / 2' has no value in"):
        summarise_arms(visits().lazy(), asked)


def test_a_series_is_of_what_is_computed() -> None:
    frame = visits()
    found = series(frame.lazy(), mean_of("cost > 1"), time="at")
    hand = frame.group_by(pl.col("at").dt.date()).agg(((pl.col("cost") > 1).mean()).alias("v"))
    assert found["value"].to_list() == pytest.approx(hand.sort("at")["v"].to_list())
