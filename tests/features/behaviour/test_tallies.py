from datetime import date

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from assay.core.errors import DataError
from assay.features.behaviour import behaviour, tallies
from assay.features.behaviour.scan import LOCAL, Span, with_local
from assay.features.behaviour.tallies import tallied
from features.behaviour.slowly import some_rows, table

ROWS = some_rows(seed=5, count=1500, users=40, days=150)
SPAN = Span(first=date(2026, 3, 20), last=date(2026, 9, 1))


def told(rows, **asked):
    dated = with_local(rows.lazy(), "occurred_at", "UTC")
    needs = {"days", "nights", "cost_usd", "cost_n", "failed", "known", "hour_pairs"}
    return tallied(dated, pl.col("user_id"), SPAN, needs=needs, **asked).sort("entity")


@pytest.mark.parametrize("dense", [0, 10**9])
@pytest.mark.parametrize("batch", [37, 500_000])
@pytest.mark.parametrize("order", [["occurred_at"], ["cost_usd", "interaction_id"]])
def test_sums_are_those_of_a_group_by(monkeypatch, dense, batch, order):
    """However rows come, in however many parts, and however days are marked."""
    monkeypatch.setattr(tallies, "_DENSE", dense)
    monkeypatch.setattr(tallies, "_BATCH", batch)
    rows = table(ROWS).sort(order)
    found = told(
        rows,
        profile=["user_type", "ctx_seats", "retry_of"],
        numbers=["ctx_seats"],
        mixed=["model"],
        sessions=True,
    )
    at, cost = pl.col("occurred_at"), pl.col("cost_usd")
    known = pl.col("succeeded").is_not_null() | pl.col("error_type").is_not_null()
    broke = pl.col("succeeded").is_null() & pl.col("error_type").is_not_null()
    failed = ~pl.col("succeeded") | broke
    whole = pl.UInt32
    wanted = rows.group_by(entity="user_id").agg(
        pl.len().cast(whole).alias("rows"),
        first=at.min().dt.epoch("s"),
        last=at.max().dt.epoch("s"),
        nights=((at.dt.hour() < 6) | (at.dt.hour() >= 22)).sum().cast(whole),
        mornings=at.dt.hour().is_between(6, 8).sum().cast(whole),
        office=at.dt.hour().is_between(9, 16).sum().cast(whole),
        cost_usd=cost.sum(),
        cost_n=cost.count().cast(whole),
        failed=failed.sum().cast(whole),
        known=known.sum().cast(whole),
        user_type=pl.col("user_type").drop_nulls().last(),
        ctx_seats=pl.col("ctx_seats").drop_nulls().last(),
        retry_of=pl.col("retry_of").drop_nulls().last(),
        seats=pl.col("ctx_seats").sum().cast(pl.Float64),
        sessions=pl.col("session_id").drop_nulls().n_unique().cast(whole),
        model_pairs_n=pl.col("model").count().cast(pl.Float64),
        days=at.dt.date().unique().sort(),
    )
    wanted = wanted.rename({"seats": "ctx_seats sum"}).sort("entity")
    same = [name for name in wanted.columns if name != "days"]
    assert_frame_equal(found.select(same), wanted.select(same), rel_tol=1e-12)
    for line, days in zip(found.to_dicts(), wanted["days"].to_list(), strict=True):
        bits = sum(line[f"days{word}"] << (64 * word) for word in range(3))
        assert bits == sum(1 << (day - SPAN.first).days for day in days)


def test_a_weekend_is_saturday_and_sunday_of_the_clocks():
    """2026-03-20 is a Friday."""
    at = [f"2026-03-{day}T{clock}Z" for day in range(20, 24) for clock in ("00:00:00", "23:59:59")]
    rows = pl.DataFrame({"user_id": "a", "occurred_at": pl.Series(at).str.to_datetime("%+")})
    dated = with_local(rows.lazy(), "occurred_at", "UTC")
    found = tallied(dated, pl.col("user_id"), SPAN, needs={"weekend", "nights"})
    assert found.select("weekend", "nights").row(0) == (4, 8)
    early = dated.with_columns(pl.col(LOCAL) - 3600 * 24 * 7 * 3000)  # before 1970
    assert tallied(early, pl.col("user_id"), SPAN, needs={"weekend"})["weekend"][0] == 4


def test_no_row_is_no_entity():
    assert told(
        table(ROWS).clear(), profile=["user_type"], mixed=["tool"], sessions=True
    ).is_empty()


def test_a_file_that_ends_early_is_named(tmp_path):
    path = tmp_path / "rows.csv"
    table(ROWS).select("user_id", "occurred_at", "cost_usd").write_csv(path)
    path.write_text(path.read_text() + "u1,2026-05-01T10:00:00Z,cheap\n")
    rows = pl.scan_csv(path, try_parse_dates=True, infer_schema_length=10)
    with pytest.raises(DataError, match=r"rows\.csv.* cannot be read"):
        behaviour(rows, features=["cost"])
