import math
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from assay.core.errors import DataError, ParameterError
from assay.features.plausible import plausible
from assay.features.spending import (
    KEYS,
    SPEND_COLUMNS,
    merge_spend_lines,
    rolled,
    spend_lines,
    spent,
)
from assay.params import Window
from features.day_tables import turns

TOKENS = [name for name in SPEND_COLUMNS if name.endswith("_tokens")]


@pytest.fixture(scope="module")
def frame():
    rows = turns()
    again = [None if i % 9 else "i00001" for i in range(rows.height)]
    return rows.with_columns(
        retry_of=pl.Series(again, dtype=pl.String),
        cache_write_1h_tokens=pl.col("cache_write_tokens") // 3,
    )


def by_hand(frame, by, zone="UTC"):
    """Key of a line → its sums, by loops and exactly rounded sums."""
    lines = {}
    for row in frame.to_dicts():
        day = row["occurred_at"].astimezone(ZoneInfo(zone)).date() if row["occurred_at"] else None
        price = (row["provider"], row["model"], row["service_tier"])
        told = (row["input_tokens"], row["output_tokens"]) != (None, None)
        key = (day, *price, *(row[name] for name in by), row["cost_usd"] is not None, False, told)
        lines.setdefault(key, []).append(row)
    return {key: summed(rows) for key, rows in lines.items()}


def summed(rows):
    found = {name: math.fsum(row[name] or 0 for row in rows) for name in (*TOKENS, "cost_usd")}
    if rows[0]["input_tokens"] is None and rows[0]["output_tokens"] is None:
        found |= {"input_tokens": None, "output_tokens": None}
    counted = [row for row in rows if (row["input_tokens"], row["output_tokens"]) != (None, None)]
    known = [row["succeeded"] for row in rows if row["succeeded"] is not None]
    rated = [row["rating"] for row in rows if row["rating"] is not None]
    return found | {
        "requests": len(rows),
        "tokens_n": len(counted),
        "known": len(known),
        "successes": sum(known),
        "failed": len(known) - sum(known),
        "retries": sum(row["retry_of"] is not None for row in rows),
        "rating_n": len(rated),
        "rating_sum": math.fsum(rated),
    }


@pytest.mark.parametrize(("by", "zone"), [((), "UTC"), (("agent_id", "user_id"), "Asia/Kathmandu")])
def test_lines_are_those_of_a_slow_count(frame, by, zone):
    found = spend_lines(frame.lazy(), by=by, time_zone=zone)
    assert found.columns == [*KEYS[:4], *by, *KEYS[4:], *SPEND_COLUMNS]
    hand = by_hand(frame, by, zone)
    assert len(found) == len(hand)
    for line in found.to_dicts():
        told = line["input_tokens"] is not None
        expected = hand[*(line[name] for name in found.columns[: len(KEYS) + len(by)]), told]
        for name in SPEND_COLUMNS:
            assert line[name] == (expected[name] and pytest.approx(expected[name], rel=1e-12)), name


def test_duckdb_finds_the_same_lines(frame):
    with duckdb.connect() as engine:
        theirs = spend_lines(engine.from_arrow(frame), by=("agent_id",), time_zone="Europe/Berlin")
    ours = spend_lines(frame.lazy(), by=("agent_id",), time_zone="Europe/Berlin")
    assert_frame_equal(ours, theirs, rel_tol=1e-11)


def test_parts_merge_and_lines_add_up_whatever_they_are_by(frame):
    whole = spend_lines(frame.lazy(), by=("agent_id",))
    parts = [spend_lines(part.lazy(), by=("agent_id",)) for part in frame.iter_slices(200)]
    assert_frame_equal(merge_spend_lines(*parts), whole, rel_tol=1e-12)
    totals = rolled(spend_lines(frame.lazy()), [])
    assert_frame_equal(rolled(whole, []), totals, rel_tol=1e-12)
    assert totals["cost_usd"].item() == pytest.approx(frame["cost_usd"].sum(), rel=1e-12)
    assert rolled(whole, ["agent_id"])["requests"].sum() == frame.height


def test_a_window_holds_local_days_and_rows_without_a_time_stay_to_be_seen(frame):
    at = pl.when(pl.int_range(pl.len()) < 7).then(None).otherwise(pl.col("occurred_at"))
    frame = frame.with_columns(at.alias("occurred_at"))
    window = Window.model_validate({"from": date(2026, 3, 28), "to": date(2026, 3, 29)})
    zone = "Europe/Berlin"  # its clocks change on the 29th
    found = spend_lines(frame.lazy(), time_zone=zone, window=window)
    days = found.drop_nulls("day")
    assert set(days["day"]) == {date(2026, 3, 28), date(2026, 3, 29)}
    begin, end = (datetime(2026, 3, d, tzinfo=ZoneInfo(zone)).astimezone(UTC) for d in (28, 30))
    inside = frame.filter(pl.col("occurred_at").is_between(begin, end, closed="left"))
    assert days["requests"].sum() == inside.height
    assert found["requests"].sum() == inside.height + 7


def test_columns_that_rows_lack_count_as_nothing():
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    (line,) = spend_lines(pl.LazyFrame({"occurred_at": [moment, moment], "output_tokens": [3, 4]}))\
        .to_dicts()  # fmt: skip
    assert line | {"requests": 2, "output_tokens": 7, "tokens_n": 2, "logged": False} == line
    assert (line["provider"], line["model"], line["cost_usd"], line["known"]) == (None, None, 0, 0)
    empty = spend_lines(pl.LazyFrame(schema={"occurred_at": pl.Datetime("us", "UTC")}))
    assert empty.height == 0
    assert {name: empty.schema[name] for name in SPEND_COLUMNS} == SPEND_COLUMNS


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("cache_read_tokens", -5, "'cache_read_tokens' holds -5, expected 0 or more"),
        ("cost_usd", -0.5, "'cost_usd' holds -0.5, expected 0 or more"),
        ("cost_usd", math.inf, "'cost_usd' holds infinite"),
    ],
)
def test_what_cannot_be_is_told_and_never_summed(frame, column, value, told):
    wrong = pl.when(pl.int_range(pl.len()) == 80).then(value).otherwise(column).alias(column)
    with pytest.raises(DataError, match=told):
        spend_lines(frame.lazy().with_columns(wrong))


def test_lines_are_by_columns_that_are_there(frame):
    with pytest.raises(DataError, match="no column 'agent'"):
        spend_lines(frame.lazy(), by=("agent",))
    with pytest.raises(ParameterError, match="'logged', which names what a line holds"):
        spend_lines(frame.lazy().with_columns(logged=1), by=("logged",))


PRICES = pl.DataFrame(
    {
        "provider": ["north", "north", "south"],
        "model": ["m1", "m1", "m1"],
        "aliases": [None, None, None],
        "tier": "standard",
        "currency": "USD",
        "valid_from": [date(2026, 1, 1), date(2026, 3, 30), date(2026, 1, 1)],
        "input_per_mtok": [1.0, 2.0, 3.0],
        "cache_read_per_mtok": [0.1, 0.2, 0.3],
        "cache_write_per_mtok": [1.25, 2.5, 3.75],
        "output_per_mtok": [5.0, 10.0, 15.0],
        "batch_factor": 0.5,
        "per_request": [None, None, None],
        "source": "invented",
    },
    schema_overrides={"aliases": pl.List(pl.String), "per_request": pl.Float64},
)


def cost_by_hand(row):
    """What a row costs by the table above, None where it has no price."""
    amounts = {"input": 1, "cache_read": 0.1, "cache_write": 1.25, "output": 5}
    if row["model"] != "m1" or (row["input_tokens"], row["output_tokens"]) == (None, None):
        return None
    new = row["occurred_at"].astimezone(UTC).date() >= date(2026, 3, 30)
    times = 3 if row["provider"] == "south" else 2 if new else 1
    times *= 0.5 if row["service_tier"] == "batch" else 1
    return times * sum(x * (row[f"{kind}_tokens"] or 0) for kind, x in amounts.items()) / 1e6


@pytest.mark.parametrize("basis", ["auto", "logged", "list"])
def test_lines_cost_what_their_rows_cost_one_by_one(frame, basis):
    lines = spent(spend_lines(frame.lazy(), by=("agent_id",)), PRICES, basis)
    listed = [cost_by_hand(row) for row in frame.to_dicts()]
    logged = frame["cost_usd"].to_list()
    money = {
        "auto": [b if a is None else a for a, b in zip(logged, listed, strict=True)],
        "logged": logged,
        "list": listed,
    }[basis]
    assert lines["spent_usd"].sum() == pytest.approx(math.fsum(x or 0 for x in money), rel=1e-12)
    unknown = lines.filter(pl.col("spent_usd").is_null())["requests"].sum()
    assert unknown == sum(x is None for x in money) > 0


def test_without_prices_only_logged_costs_are_known(frame):
    lines = spent(spend_lines(frame.lazy()), None)
    assert lines["spent_usd"].sum() == pytest.approx(frame["cost_usd"].sum())
    with pytest.raises(ParameterError, match="needs a price list"):
        spent(lines, None, "list")


def test_implausible_records_are_lines_of_their_own_and_the_others_stay_exact(frame):
    at = pl.int_range(pl.len())
    wrong = pl.when(at == 70).then(1e15).otherwise("cost_usd").alias("cost_usd")
    rows = frame.with_columns(wrong)
    keys = ["provider", "model", "service_tier"]
    usual = frame.select(keys).unique().with_columns(most_per_token=1.0)
    found = spend_lines(rows.lazy(), usual=usual)
    (apart,) = found.filter("apart").to_dicts()
    assert (apart["requests"], apart["cost_usd"]) == (1, 1e15)
    rest = spend_lines(frame.filter(at != 70).lazy())
    assert_frame_equal(found.filter(~pl.col("apart")), rest, rel_tol=1e-12)
    kept = plausible(rows.lazy(), found, usual).collect()
    assert kept.sort("interaction_id").equals(frame.filter(at != 70).sort("interaction_id"))
    assert not spend_lines(frame.lazy(), usual=usual)["apart"].any()


def test_another_basis_is_refused_with_those_there_are(frame):
    with pytest.raises(ParameterError, match="basis='paid', expected one of auto, logged, list"):
        spent(spend_lines(frame.lazy()), None, "paid")
