"""What has no cost or no price, what was assumed, and what is in no total."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from assay.analysis.costs.spending import spending_of
from assay.analysis.costs.trust import trust_of
from assay.features.spending import spend_lines, spent

DAY = datetime(2026, 3, 2, 12, tzinfo=UTC)


def price(model, *, cached=None):
    return {
        "provider": "acme",
        "model": model,
        "aliases": [],
        "tier": "standard",
        "currency": "USD",
        "valid_from": date(2026, 1, 1),
        "input_per_mtok": 1.0,
        "cache_read_per_mtok": cached,
        "cache_write_per_mtok": None,
        "output_per_mtok": 2.0,
        "batch_factor": None,
        "per_request": None,
        "source": "test",
    }


def row(model, n, **more):
    return {
        "interaction_id": f"{model}{n}",
        "occurred_at": DAY + timedelta(days=n),
        "provider": "acme",
        "model": model,
        "service_tier": "standard",
        "input_tokens": 900,
        "cache_read_tokens": 0,
        "output_tokens": 100,
        "cost_usd": None,
    } | more


def trust(rows, prices, kind=None):
    frame = pl.DataFrame(rows, infer_schema_length=None)
    frame = frame.with_columns(pl.col("cost_usd").cast(pl.Float64))
    book = pl.DataFrame(
        prices,
        schema_overrides=dict.fromkeys(
            ("cache_read_per_mtok", "cache_write_per_mtok", "batch_factor", "per_request"),
            pl.Float64,
        ),
    )
    lines = spent(spend_lines(frame.lazy()), book if prices else None)
    found = trust_of(lines, spending_of(lines), kind=kind)
    return found, {one.key: one for one in found.checks}


def test_a_model_without_cost_and_price_is_told_with_its_share_of_tokens():
    rows = [row("new", 0), *(row("old", n) for n in range(3)), row("logged", 2, cost_usd=0.5)]
    found, checks = trust(rows, [price("old")])
    assert (checks["cost"].count, checks["cost"].among) == (1, 5)
    assert checks["cost"].tokens == pytest.approx(1 / 5)
    assert (checks["price"].count, checks["price"].usd) == (2, 0.5)
    assert [(one.model, one.reason) for one in found.unpriced] == [
        ("logged", "no price of this model"),
        ("new", "no price of this model"),
    ]


def test_prices_that_rest_on_an_assumption_are_told_with_it():
    rows = [row("old", 0, cache_read_tokens=500), row("old", 1, service_tier="priority")]
    found, checks = trust(rows, [price("old")])
    assert checks["assumed"].count == 2
    assert {one.reason for one in found.assumed} == {
        "cached tokens at the input price",
        "at the standard price, as there is no line of tier priority",
    }


def test_without_prices_what_needs_them_is_not_looked_at():
    _, checks = trust([row("old", n, cost_usd=1.0) for n in (0, 2)], [])
    assert [key for key, one in checks.items() if not one.looked] == ["price", "assumed"]
    assert (checks["cost"].count, checks["empty days"].count) == (0, 1)


@pytest.mark.parametrize(("zone", "count"), [(None, 3), ("UTC", 0)])
def test_times_without_a_zone_are_told(zone, count):
    rows = [row("old", n) for n in range(3)]
    _, checks = trust(rows, [price("old")], pl.Datetime("us", zone))
    assert checks["clock"].count == count
