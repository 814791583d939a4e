from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from assay.features.implausible import (
    BY,
    RECORDS,
    USUAL,
    implausible_records,
    usual_costs,
    with_apart,
)

START = datetime(2026, 5, 1, 12, tzinfo=UTC)
PRICES = pl.DataFrame(
    {
        "provider": ["openai"],
        "model": ["m"],
        "aliases": [[]],
        "tier": ["standard"],
        "currency": ["USD"],
        "valid_from": [date(2026, 1, 1)],
        "input_per_mtok": [2.0],
        "cache_read_per_mtok": [0.2],
        "cache_write_per_mtok": [None],
        "output_per_mtok": [10.0],
        "batch_factor": [0.5],
        "per_request": [None],
        "source": ["by hand"],
    },
    schema_overrides={
        "aliases": pl.List(pl.String),
        "cache_write_per_mtok": pl.Float64,
        "per_request": pl.Float64,
    },
)


def messages(n=200, *, model="m", seed=1, factor=1.0):
    """Messages of one model at its list price, mostly of cached input."""
    rng = np.random.default_rng(seed)
    tokens = rng.integers((100, 1000, 10), (3000, 90_000, 2000), (n, 3))
    return pl.DataFrame(
        {
            "interaction_id": [f"{model}-{i}" for i in range(n)],
            "occurred_at": [START + timedelta(hours=i) for i in range(n)],
            "provider": "openai",
            "model": model,
            "service_tier": pl.Series([None] * n, dtype=pl.String),
            "input_tokens": tokens[:, 0],
            "cache_read_tokens": tokens[:, 1],
            "output_tokens": tokens[:, 2],
            "cost_usd": tokens @ np.array([2e-6, 0.2e-6, 10e-6]) * factor,
        }
    )


def record(identity="odd", *, model="m", cost=9_990.0, tokens=10_000):
    return messages(1, model=model).with_columns(
        interaction_id=pl.lit(identity),
        input_tokens=pl.lit(tokens, dtype=pl.Int64),
        cache_read_tokens=pl.lit(0, dtype=pl.Int64),
        output_tokens=pl.lit(0, dtype=pl.Int64),
        cost_usd=pl.lit(cost),
    )


def apart(rows, prices=None):
    usual = usual_costs(rows.lazy(), prices)
    marked = with_apart(rows.lazy(), usual).collect()
    assert marked.columns == [*rows.columns, "apart"]
    assert marked["interaction_id"].equals(rows["interaction_id"])
    listed = implausible_records(rows.lazy(), usual)
    assert listed.columns == list(RECORDS)
    found = marked.filter("apart")["interaction_id"].to_list()
    assert sorted(listed["interaction_id"]) == sorted(found)
    return found


@pytest.mark.parametrize("prices", [None, PRICES], ids=["unpriced", "priced"])
def test_one_record_out_of_all_range_is_set_apart(prices):
    assert apart(pl.concat([messages(), record()]), prices) == ["odd"]
    assert apart(messages(), prices) == []


def test_a_record_is_told_with_what_its_tokens_usually_cost():
    rows = pl.concat([messages(), record()])
    usual = usual_costs(rows.lazy())
    (told,) = implausible_records(rows.lazy(), usual).to_dicts()
    per_token = (
        messages()
        .select(
            pl.col("cost_usd")
            / pl.max_horizontal(pl.sum_horizontal(pl.col("^.*_tokens$")), pl.lit(5_000))
        )
        .to_series()
    )
    assert told["tokens"] == 10_000
    assert told["usual_usd"] == pytest.approx(10_000 * per_token.median(), rel=0.02)
    assert told["times"] == pytest.approx(9_990 / told["usual_usd"])


def test_the_limit_is_twenty_times_the_dearest_listed_token():
    usual = usual_costs(messages().lazy(), PRICES)
    assert usual.schema == pl.Schema(USUAL)
    assert usual["most_per_token"].to_list() == pytest.approx([20 * 10e-6])
    assert usual["limit_from"].to_list() == ["list price"]


def test_few_rows_need_the_list_price():
    rows = pl.concat([messages(5), record(cost=3.0)])
    assert apart(rows, PRICES) == ["odd"]
    assert usual_costs(rows.lazy())["limit_from"].to_list() == ["all rows"]


def test_a_list_price_in_another_currency_sets_nothing_apart():
    rows = messages(factor=150.0)  # logged in yen, or in cents
    assert usual_costs(rows.lazy(), PRICES)["limit_from"].to_list() == ["own rows"]
    assert apart(rows, PRICES) == []
    assert apart(pl.concat([rows, record()]), PRICES) == ["odd"]


def test_output_alone_among_cached_input_and_a_fee_on_a_short_message_are_no_errors():
    output = record("output", cost=0.2).with_columns(
        input_tokens=pl.lit(0, dtype=pl.Int64), output_tokens=pl.lit(20_000, dtype=pl.Int64)
    )
    fee = record("fee", cost=0.035, tokens=20)
    for prices in (None, PRICES):
        assert apart(pl.concat([messages(), output, fee]), prices) == []


def test_models_have_limits_of_their_own():
    rows = pl.concat([messages(), messages(model="dear", factor=1e4), record("odd", cost=3_000.0)])
    assert apart(rows) == ["odd"]


def test_a_wide_spread_hides_no_absurd_record():
    rng = np.random.default_rng(2)
    wide = messages().with_columns(cost_usd=pl.col("cost_usd") * rng.lognormal(0, 4, 200))
    usual = usual_costs(wide.lazy())
    most, middle = usual.select("most_per_token", "usual_per_token").row(0)
    assert most == pytest.approx(middle * 10_000)


def test_rows_without_tokens_cost_or_columns_are_not_judged():
    rows = pl.concat([messages(), record()])
    unknown = pl.col("interaction_id") == "odd"
    without = rows.with_columns(
        pl.when(~unknown).then(pl.col("^.*_tokens$")), cost_usd=pl.col("cost_usd")
    )
    assert apart(without) == []
    free = rows.with_columns(cost_usd=pl.when(~unknown).then("cost_usd").otherwise(0.0))
    assert apart(free) == []
    assert apart(rows.with_columns(cost_usd=pl.lit(None, dtype=pl.Float64))) == []
    assert apart(rows.drop("provider", "service_tier", "cache_read_tokens")) == ["odd"]
    assert apart(rows.drop("input_tokens", "cache_read_tokens", "output_tokens")) == []
    assert apart(rows.head(0)) == []


def test_of_many_rows_a_part_tells_what_is_usual():
    rows = pl.concat([messages(2_000), record()])
    some = usual_costs(rows.lazy(), step=10)
    assert 100 < some["rows"].sum() < 320
    every = usual_costs(rows.lazy())
    assert some["usual_per_token"].item() == pytest.approx(
        every["usual_per_token"].item(), rel=0.15
    )
    assert implausible_records(rows.lazy(), some)["interaction_id"].to_list() == ["odd"]


def test_a_model_that_the_part_lacks_has_the_largest_limit():
    rows = pl.concat(
        [messages(), record("new", model="new"), record("fair", model="new", cost=0.1)]
    )
    usual = usual_costs(rows.lazy()).filter(pl.col("model") == "m")
    found = implausible_records(rows.lazy(), usual)
    assert found["interaction_id"].to_list() == ["new"]
    assert found["usual_usd"].to_list() == [None]
    assert found.select(BY).row(0) == ("openai", "new", None)


def test_lines_without_such_records_spare_the_reading():
    rows = pl.concat([messages(), record()])
    usual = usual_costs(rows.lazy())
    some = pl.DataFrame({"apart": [False, True]})
    assert len(implausible_records(rows.lazy(), usual, lines=some)) == 1
    none = implausible_records(rows.lazy(), usual, lines=some.head(1))
    assert none.is_empty()
    assert none.columns == list(RECORDS)
