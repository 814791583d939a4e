from datetime import date, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from assay.features.spenders import SPENDERS, Place, spenders
from assay.features.spending import spend_lines, spent
from features.day_tables import turns

DAYS = tuple(date(2026, 3, 29) + timedelta(days=i) for i in range(2))
BEFORE = (date(2026, 3, 28),)
PLACES = (
    Place(labels=(("agent_id", "a"), ("service_tier", "")), days=DAYS, before=BEFORE),
    Place(labels=(), days=DAYS[:1], before=(*BEFORE, DAYS[1])),
)


@pytest.fixture(scope="module")
def frame():
    return turns().with_columns(
        user_id=pl.when(pl.col("user_id") != "u0").then("user_id"),
    )


@pytest.fixture(scope="module")
def prices():
    floats = ("cache_read_per_mtok", "cache_write_per_mtok", "batch_factor", "per_request")
    line = {
        "provider": "north",
        "model": "m1",
        "aliases": [],
        "tier": "standard",
        "currency": "USD",
        "valid_from": date(2026, 1, 1),
        "input_per_mtok": 3.0,
        "output_per_mtok": 15.0,
        "source": "test",
    } | dict.fromkeys(floats)
    kinds = dict.fromkeys(floats, pl.Float64) | {"aliases": pl.List(pl.String)}
    return pl.DataFrame([line], schema_overrides=kinds)


def by_lines(frame, place, prices, basis, zone):
    """The same from the lines of every user, which the report does not make."""
    lines = spend_lines(frame.lazy(), by=("agent_id", "user_id"), time_zone=zone)
    lines = spent(lines, prices, basis).filter(pl.col("spent_usd").is_not_null())
    for name, value in place.labels:
        lines = lines.filter(pl.col(name).fill_null("") == value)

    def of(days):
        mine = lines.filter(pl.col("day").is_in(days))
        return mine.group_by("user_id").agg(pl.col("spent_usd").sum(), pl.col("requests").sum())

    both = of(place.days).join(
        of(place.before), on="user_id", how="full", coalesce=True, nulls_equal=True, suffix="_b"
    )
    return both.rename(
        {
            "spent_usd": "usd",
            "requests": "calls",
            "spent_usd_b": "usd_before",
            "requests_b": "calls_before",
        }
    ).with_columns(pl.exclude("user_id").fill_null(0))


@pytest.mark.parametrize(
    ("basis", "zone"), [("auto", "UTC"), ("logged", "America/New_York"), ("list", "Asia/Tokyo")]
)
def test_sums_of_users_are_those_of_their_lines(frame, prices, basis, zone):
    lines = spend_lines(frame.lazy(), by=("agent_id",))
    found = spenders(frame.lazy(), PLACES, prices, lines=lines, basis=basis, time_zone=zone)
    assert found.schema == SPENDERS
    assert found["user_id"].null_count()
    for i, place in enumerate(PLACES):
        mine = found.filter(pl.col("place") == i).drop("place")
        wanted = by_lines(frame, place, prices, basis, zone).select(mine.columns)
        assert mine["user_id"].null_count() == wanted["user_id"].null_count() <= 1
        assert_frame_equal(mine, wanted, check_row_order=False, rel_tol=1e-12, abs_tol=1e-15)


def test_a_record_set_apart_is_in_no_sum_and_no_place_needs_no_scan(frame):
    usual = pl.DataFrame(
        {name: [None] for name in ("provider", "model", "service_tier")}
        | {"most_per_token": [1e-4]},
        schema_overrides=dict.fromkeys(("provider", "model", "service_tier"), pl.String),
    )
    dear = frame.with_columns(cost_usd=pl.when(pl.col("user_id") == "u1").then(9990.0).otherwise(0))
    lines = spend_lines(dear.lazy(), by=("agent_id",), usual=usual)
    assert lines["apart"].any()
    known = pl.col("input_tokens").is_not_null() | pl.col("output_tokens").is_not_null()
    dear = dear.filter(known)
    found = spenders(dear.lazy(), PLACES, None, lines=lines, usual=usual)
    assert found["usd"].max() == found["usd_before"].max() == 0
    assert "u1" not in found["user_id"]
    assert spenders(dear.lazy(), (), None, lines=lines).is_empty()
    nobody = dear.lazy().drop("user_id")
    assert spenders(nobody, PLACES, None, lines=lines).is_empty()


def test_places_of_more_rows_than_are_read_again_are_left_out(frame):
    lines = spend_lines(frame.lazy(), by=("agent_id",))
    days = lines.filter(pl.col("day").is_in([*BEFORE, *DAYS]))
    first = days.filter(pl.col("agent_id") == "a", pl.col("service_tier").is_null())
    sizes = [int(one["requests"].sum()) for one in (first, days)]

    def read(most):
        found = spenders(frame.lazy(), PLACES, None, lines=lines, most_rows=most)
        return set(found["place"])

    assert read(sum(sizes)) == {0, 1}
    assert read(sum(sizes) - 1) == {0}
    assert read(sizes[0] - 1) == set()
