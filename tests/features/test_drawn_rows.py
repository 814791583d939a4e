"""Rows that are read once: which they are, and that sections find the same in them as in a file."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from tests.features.test_work import PRICES

from assay.features import cost_sums, drawn_rows, work
from assay.features.attempts import tried_items
from assay.features.cost_sums import breakdown_sums
from assay.features.drawn_rows import plausible_drawn
from assay.features.implausible import even_part, usual_costs
from assay.features.logged_costs import logged_costs
from assay.features.sampled_calls import sampled_calls
from assay.features.spending import spend_lines, spent
from assay.features.unit_sums import Units, unit_rows, unit_sums
from assay.features.work import work_of

ROWS, USERS = 40_000, 4_000
START = datetime(2026, 3, 1, tzinfo=UTC)
BY = ["agent_id"]


@pytest.fixture(scope="module")
def rows() -> pl.DataFrame:
    rng = np.random.default_rng(5)
    number = pl.Series(np.arange(ROWS))
    user = pl.Series(rng.integers(0, USERS, ROWS))
    tokens = pl.Series(rng.integers(100, 4000, ROWS))
    cost = (tokens * 2e-6).scatter(7, 9_990.0)
    return pl.DataFrame({"number": number, "user": user}).select(
        interaction_id=pl.format("i{}", "number"),
        occurred_at=pl.lit(START) + pl.duration(minutes=pl.col("number") * 2),
        session_id=pl.format("s{}", "user"),
        user_id=pl.format("u{}", "user"),
        user_type=pl.lit("new"),
        agent_id=pl.format("a{}", pl.col("user") % 3),
        provider=pl.lit("maker"),
        model=pl.when(pl.col("number") % 2 == 0).then(pl.lit("large")).otherwise(pl.lit("other")),
        service_tier=pl.lit("standard"),
        item_id=pl.when(pl.col("number") % 50 < 2).then(pl.format("x{}", pl.col("number") // 50)),
        input_tokens=tokens,
        output_tokens=tokens // 3,
        cost_usd=cost,
        succeeded=pl.Series(rng.random(ROWS) < 0.8),
        retry_of=pl.lit(None, pl.String),
        rating=pl.Series(rng.random(ROWS)),
        latency_s=pl.Series(rng.random(ROWS)),
        notes=pl.lit("not read"),
    )


@pytest.fixture(scope="module")
def asked(rows):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drawn_rows, "USER_ROWS", 10_000)
        patch.setattr(drawn_rows, "EVEN_ROWS", 8_000)
        found = drawn_rows.drawn_rows(rows.lazy(), by=BY, most_rows=20_000)
    usual = usual_costs(found.even, PRICES)
    lines = spent(spend_lines(rows.lazy(), by=BY, usual=usual), PRICES)
    return found, usual, lines


def of_users(rows, drawn):
    return rows.filter(pl.col("user_id").is_in(drawn.users.collect()["user_id"].implode()))


def test_few_rows_are_left_where_they_are(rows):
    assert drawn_rows.drawn_rows(rows.lazy()) is None


def test_users_are_whole_and_as_many_as_their_share(rows, asked):
    drawn, _, _ = asked
    users = drawn.users.collect()
    assert_frame_equal(users, of_users(rows, drawn).drop("notes"))
    spread = (drawn.share * (1 - drawn.share) / USERS) ** 0.5
    assert drawn.share == 0.25
    assert users["user_id"].n_unique() / USERS == pytest.approx(drawn.share, abs=4 * spread)


def test_users_are_drawn_apart_from_the_groups_they_fall_into(asked):
    users = asked[0].users.collect()["user_id"].unique()
    for seed, groups in ((0, 128), (0, 64), (20_261, 256)):
        sizes = (users.hash(seed) % groups).value_counts()["count"]
        expected = len(users) / groups
        distance = ((sizes - expected) ** 2 / expected).sum() + (groups - len(sizes)) * expected
        assert distance < groups + 4 * (2 * groups) ** 0.5  # chi-squared, its mean and spread


def test_items_are_all_and_even_rows_those_of_their_step(rows, asked):
    drawn, _, _ = asked
    full = rows.drop("notes")
    assert_frame_equal(drawn.items.collect(), full.filter(pl.col("item_id").is_not_null()))
    assert drawn.step == 5
    assert_frame_equal(drawn.even.collect(), even_part(full.lazy(), 5).collect())


def test_very_many_items_are_not_kept(rows, monkeypatch):
    monkeypatch.setattr(drawn_rows, "ITEM_ROWS", 1_000)
    assert drawn_rows.drawn_rows(rows.lazy(), most_rows=20_000).items is None


@pytest.mark.parametrize(
    "user",
    [
        pl.lit("one"),
        pl.when(pl.int_range(pl.len()) % 3 == 0).then("user_id"),
    ],
    ids=["one user", "few rows with one"],
)
def test_nothing_is_drawn_by_users_that_are_none(rows, user):
    frame = rows.with_columns(user_id=user)
    assert drawn_rows.drawn_rows(frame.lazy(), most_rows=20_000) is None


def test_rows_without_a_user_belong_to_their_session(rows, monkeypatch):
    monkeypatch.setattr(drawn_rows, "USER_ROWS", 10_000)
    nobody = pl.col("session_id").hash() % 4 == 0
    frame = rows.with_columns(user_id=pl.when(~nobody).then("user_id"))
    users = drawn_rows.drawn_rows(frame.lazy(), most_rows=20_000).users.collect()
    lone = users.filter(pl.col("user_id").is_null())
    held = frame.filter(pl.col("session_id").is_in(lone["session_id"].implode()))
    assert len(lone) == len(held) > 0


def test_like_work_and_items_are_those_of_the_rows(rows, asked, monkeypatch):
    drawn, usual, lines = asked
    monkeypatch.setattr(work, "MOST_ROWS", 10_000)
    sound = plausible_drawn(drawn, lines, usual)
    found = work_of(rows.lazy(), PRICES, lines=lines, drawn=sound)
    assert found.share == drawn.share
    mine = of_users(rows, drawn).filter(pl.col("cost_usd") < 9_000)
    monkeypatch.undo()
    expected = work_of(mine.lazy(), PRICES, lines=lines)
    assert_frame_equal(found.alike, expected.alike)
    assert_frame_equal(found.days, expected.days)
    assert_frame_equal(
        found.items, work_of(rows.lazy(), PRICES, lines=lines).items, check_exact=False
    )
    by = ["agent_id", "model"]
    whole = rows.filter(pl.col("cost_usd") < 9_000).lazy()
    assert_frame_equal(
        tried_items(rows.lazy(), PRICES, by=by, drawn=sound), tried_items(whole, PRICES, by=by)
    )


def test_sums_of_a_breakdown_are_those_of_the_users(rows, asked, monkeypatch):
    drawn, usual, lines = asked
    monkeypatch.setattr(cost_sums, "PART_ROWS", 10_000)
    monkeypatch.setattr(cost_sums, "MOST_ROWS", 20_000)
    found = breakdown_sums(
        rows.lazy(), lines, PRICES, by=BY, usual=usual, most_rows=20_000, drawn=drawn
    )
    mine = of_users(rows, drawn).filter(pl.col("cost_usd") < 9_000).lazy()
    units = unit_rows(mine, Units(prices=PRICES), by=BY)
    assert found.share == drawn.share
    assert_frame_equal(found.whole, unit_sums(units).drop("period"))
    assert_frame_equal(found.by["agent_id"], unit_sums(units, by="agent_id").drop("period"))


def test_of_few_requests_all_are_read_though_others_are_drawn(rows, asked):
    drawn, usual, lines = asked
    found = breakdown_sums(rows.lazy(), lines, PRICES, usual=usual, drawn=drawn)
    assert found.share == 1
    assert_frame_equal(found.whole, breakdown_sums(rows.lazy(), lines, PRICES, usual=usual).whole)


def test_sampled_calls_are_those_of_the_users_with_their_share(rows, asked):
    drawn, _, _ = asked
    found = sampled_calls(rows.lazy(), most=15_000, drawn=drawn)
    whole = sampled_calls(of_users(rows, drawn).lazy(), first=found.first, last=found.last)
    assert found.share == drawn.share
    assert (found.first, found.last) == (date(2026, 3, 1), date(2026, 4, 25))
    assert found.unit == "user"
    order = ["at", "unit"]
    assert_frame_equal(found.frame.sort(order), whole.frame.sort(order))
    fewer = sampled_calls(rows.lazy(), most=5_000, drawn=drawn)
    assert fewer.share == pytest.approx(5_000 / ROWS, rel=0.1)
    assert len(fewer.frame) == pytest.approx(5_000, rel=0.15)


def test_calls_that_too_few_are_drawn_of_are_read_by_themselves(rows, asked):
    drawn, _, _ = asked
    late = rows.filter(pl.col("occurred_at") >= START + timedelta(days=42)).lazy()
    one = sampled_calls(late, most=9_000, drawn=drawn)
    assert_frame_equal(one.frame, sampled_calls(late, most=9_000).frame)


def test_messages_held_against_prices_are_an_even_part(rows, asked):
    drawn, usual, lines = asked
    found = logged_costs(rows.lazy(), PRICES, usual, lines=lines, most=4_500, drawn=drawn)
    assert (found.step, found.rows, found.logged) == (10, ROWS, ROWS)
    expected = logged_costs(even_part(rows.lazy(), 10), PRICES, usual)
    assert_frame_equal(found.frame, expected.frame)
    every = logged_costs(rows.lazy(), PRICES, usual, lines=lines, drawn=drawn)
    assert every.step == 1
    assert len(every.frame) == ROWS
