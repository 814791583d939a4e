from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from assay.core.errors import DataError, ParameterError
from assay.features.spending import spend_lines
from assay.features.work import work_of

START = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
PRICES = pl.DataFrame(
    {
        "provider": ["maker", "maker"],
        "model": ["large", "large"],
        "aliases": [[], []],
        "tier": ["standard", "standard"],
        "currency": ["USD", "USD"],
        "valid_from": [date(2026, 1, 1), date(2026, 3, 3)],
        "valid_to": [None, None],
        "input_per_mtok": [2.0, 1.0],
        "cache_read_per_mtok": [None, None],
        "cache_write_per_mtok": [None, None],
        "output_per_mtok": [10.0, 5.0],
        "batch_factor": [None, None],
        "per_request": [None, None],
        "source": ["made up", "made up"],
    },
    schema_overrides={
        "aliases": pl.List(pl.String),
        "valid_to": pl.Date,
        **dict.fromkeys(
            ["cache_read_per_mtok", "cache_write_per_mtok", "batch_factor", "per_request"],
            pl.Float64,
        ),
    },
)
ROWS = pl.DataFrame(
    {
        "interaction_id": ["1", "2", "3", "4", "5"],
        "occurred_at": [START + timedelta(days=k) for k in (0, 1, 1, 2, 2)],
        "agent_id": ["a"] * 5,
        "user_id": ["u", "u", "v", None, "w"],
        "user_type": ["new", "new", "old", "old", "old"],
        "provider": ["maker"] * 5,
        "model": ["large", "large", "large", "other", None],
        "service_tier": ["standard"] * 5,
        "item_id": ["x", "x", None, "x", "x"],
        "trace_id": ["t", "t", "s", "r", "q"],
        "input_tokens": [1_000_000, 1_000_000, None, 500_000, 1],
        "output_tokens": [0, 200_000, None, 100_000, 1],
        "cost_usd": [2.0, 4.0, 0.5, None, 0.1],
        "succeeded": [True, False, True, True, True],
        "retry_of": [None, "1", None, None, None],
    }
)


def test_all_is_priced_as_on_the_last_day_and_unknown_tokens_have_no_price():
    found = work_of(ROWS.lazy(), PRICES)
    days = {(one["model"], one["day"]): one for one in found.days.to_dicts()}
    assert found.last == date(2026, 3, 3)
    assert days["large", date(2026, 3, 1)]["list_usd"] == pytest.approx(1.0)
    assert days["large", date(2026, 3, 2)]["list_usd"] is None  # a row without tokens
    assert days["large", date(2026, 3, 2)]["logged_usd"] == pytest.approx(4.5)
    assert days["other", date(2026, 3, 3)]["list_usd"] is None  # a model without a price
    assert days["other", date(2026, 3, 3)]["logged_usd"] is None
    assert found.days["requests"].sum() == 4  # the row without a model is of none


def test_retries_are_no_comparison_but_cost():
    found = work_of(ROWS.lazy(), PRICES)
    assert found.alike["requests"].sum() == 3
    assert found.alike["known"].sum() == 3
    items = found.items.filter(pl.col("model") == "large").to_dicts()
    assert [(one["attempts"], one["resolved"], one["cost_usd"]) for one in items] == [(1, 1.0, 1.0)]
    assert found.logged.filter(pl.col("model") == "large")["cost_usd"].to_list() == [2.0]


def test_days_are_those_of_the_time_zone_and_users_are_counted_whole():
    found = work_of(ROWS.lazy(), None, time_zone="Europe/Berlin")
    assert found.last == date(2026, 3, 4)
    assert found.days["list_usd"].null_count() == found.days.height
    users = dict(found.users.select("model", "users").iter_rows())
    assert users == {"large": 2, "other": 1}  # whoever has no name stands for himself


def test_like_work_is_of_one_user_type_and_period():
    found = work_of(ROWS.lazy(), PRICES)
    by_model = found.alike.group_by("model").agg(pl.col("stratum").unique())
    strata = {model: set(values) for model, values in by_model.iter_rows()}
    assert strata["large"] == {0, 1}
    assert strata["other"] == {1}
    same = work_of(ROWS.drop("user_type").lazy(), PRICES).alike
    assert same["stratum"].n_unique() == 1


def test_rows_need_a_model_an_outcome_and_a_time():
    with pytest.raises(DataError, match="no column 'model'"):
        work_of(ROWS.drop("model").lazy(), PRICES)
    with pytest.raises(ParameterError, match="quality='speed'"):
        work_of(ROWS.lazy(), PRICES, quality="speed")
    assert work_of(ROWS.drop("item_id").lazy(), PRICES).items.is_empty()


def test_days_of_lines_are_those_of_the_rows_without_evaluation():
    rows = ROWS.with_columns(operation=pl.Series(["chat", "evaluation", "chat", "chat", "chat"]))
    lines = spend_lines(rows.lazy(), by=["agent_id"], time_zone="Europe/Berlin")
    found = work_of(rows.lazy(), PRICES, time_zone="Europe/Berlin", lines=lines)
    own = work_of(rows.lazy(), PRICES, time_zone="Europe/Berlin")
    assert own.days["requests"].sum() == 3
    assert_frame_equal(found.days, own.days.select(found.days.columns), check_dtypes=False)
    assert work_of(rows.lazy(), PRICES, lines=lines.drop("agent_id")).days["requests"].sum() == 3
