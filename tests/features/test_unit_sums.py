import math
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from assay.core.errors import ParameterError
from assay.features.unit_sums import DISTINCT, SUMS, Units, part_of, unit_rows, unit_sums
from assay.params import Window
from features.day_tables import turns

GONE = {f"s{i}" for i in range(0, 80, 5)}


@pytest.fixture(scope="module")
def rows():
    again = [None if i % 9 else "i00001" for i in range(600)]
    return turns().with_columns(retry_of=pl.Series(again, dtype=pl.String))


@pytest.fixture(scope="module")
def sessions():
    names = [f"s{i}" for i in range(80)]
    outcomes = ["abandoned" if name in GONE else "completed" for name in names]
    return pl.LazyFrame({"session_id": names, "outcome": outcomes})


def by_hand(rows):
    """Sums of rows with a logged cost, by loops."""
    found = dict.fromkeys(SUMS, 0.0)
    for row in rows:
        found["persons_n"] += row["user_id"] is not None
        if row["cost_usd"] is None:
            found["unknown"] += 1
            continue
        usd = row["cost_usd"]
        told = row["input_tokens"] is not None or row["output_tokens"] is not None
        kinds = ("input", "cache_read", "cache_write", "output")
        tokens = sum(row[f"{kind}_tokens"] or 0 for kind in kinds) if told else 0
        fate = None
        if row["succeeded"] is False:
            fate = "failed_usd"
        elif row["retry_of"] is not None:
            fate = "retried_usd"
        elif row["session_id"] in GONE:
            fate = "abandoned_usd"
        parts = {"requests": 1, "usd": usd, "tokens": tokens, "counted_usd": usd * told}
        parts["users_usd"] = usd * (row["user_id"] is not None)
        parts["sessions_usd"] = usd * (row["session_id"] is not None)
        if row["succeeded"] is not None:
            parts |= {"known_usd": usd, "known_tokens": tokens, "successes": row["succeeded"]}
        if row["rating"] is not None:
            parts |= {"rated_usd": usd, "rated_tokens": tokens, "rating": row["rating"]}
        for name, part in (parts | ({fate: usd} if fate else {})).items():
            found[name] += part
    found["users"] = len({row["user_id"] for row in rows} - {None})
    found["sessions"] = len({row["session_id"] for row in rows} - {None})
    return found


def test_sums_are_those_of_a_slow_count_and_users_are_in_one_group(rows, sessions):
    window = Window.model_validate({"from": date(2026, 3, 28), "to": date(2026, 3, 30)})
    how = Units(sessions=sessions, buckets=8, time_zone="Europe/Berlin", window=window)
    found = unit_sums(unit_rows(rows.lazy(), how, by=["model"]), by="model", every="week")
    groups = defaultdict(list)
    for row in rows.to_dicts():
        day = row["occurred_at"].astimezone(ZoneInfo("Europe/Berlin")).date()
        if window.start <= day <= window.end:
            monday = day - timedelta(days=day.weekday())
            groups[monday, row["model"]].append(row)
    totals = found.group_by("period", "group").agg(pl.col(*SUMS, *DISTINCT).sum())
    assert len(totals) == len(groups) == 6
    for line in totals.to_dicts():
        hand = by_hand(groups[line["period"], line["group"]])
        for name in (*SUMS, "users"):  # each user is in one random group
            assert line[name] == pytest.approx(hand[name], rel=1e-12), name
        assert line["sessions"] >= hand["sessions"]  # of two users: counted with each


def total(units, **options):
    return unit_sums(units, **options).select(pl.col(*SUMS, *DISTINCT).sum()).to_dicts()[0]


def test_the_whole_is_the_sum_of_its_groups_but_for_users_of_several(rows, sessions):
    units = unit_rows(rows.lazy(), Units(sessions=sessions, buckets=8), by=["agent_id"])
    whole, parts = total(units), total(units, by="agent_id")
    assert {name: parts[name] for name in SUMS} == pytest.approx({n: whole[n] for n in SUMS})
    assert whole["users"] == 25 < parts["users"]
    wasted = math.fsum(whole[f"{fate}_usd"] for fate in ("failed", "retried", "abandoned"))
    assert 0 < wasted < whole["usd"]
    assert unit_sums(units)["bucket"].n_unique() == unit_sums(units).height > 4


def test_a_part_holds_all_rows_of_its_users(rows):
    whole = unit_rows(rows.lazy(), Units())
    part = unit_rows(part_of(rows.lazy(), 4), Units())
    users = part["user_id"].unique()
    assert 0 < len(users) < whole["user_id"].n_unique()
    mine = whole.filter(pl.col("user_id").is_in(users.implode()))
    assert part.height == mine.height
    assert part["bucket"].n_unique() == len(users)  # other groups than those of the part


def test_whoever_is_unknown_is_a_unit_by_session_or_moment(rows):
    nobody = rows.with_columns(user_id=pl.lit(None, pl.String))
    found = unit_rows(nobody.lazy(), Units(buckets=1 << 40), by=["agent_id"])
    known = found.drop_nulls("session_id")
    assert known.group_by("session_id").agg(pl.col("bucket").n_unique())["bucket"].max() == 1
    lone = found.filter(pl.col("session_id").is_null())
    assert lone["bucket"].n_unique() == rows["session_id"].null_count()


def test_what_was_not_logged_costs_its_list_price(rows):
    prices = pl.DataFrame(
        {
            "provider": ["north"],
            "model": ["m1"],
            "aliases": [None],
            "tier": ["standard"],
            "currency": ["USD"],
            "valid_from": [date(2026, 1, 1)],
            "input_per_mtok": [1.0],
            "cache_read_per_mtok": [0.5],
            "cache_write_per_mtok": [2.0],
            "output_per_mtok": [4.0],
            "batch_factor": [1.0],
            "per_request": [None],
            "source": ["invented"],
        },
        schema_overrides={"aliases": pl.List(pl.String), "per_request": pl.Float64},
    )
    money = {"input": 1.0, "cache_read": 0.5, "cache_write": 2.0, "output": 4.0}
    listed = [
        sum(x * (row[f"{kind}_tokens"] or 0) for kind, x in money.items()) / 1e6
        if (row["provider"], row["model"]) == ("north", "m1")
        and (row["input_tokens"], row["output_tokens"]) != (None, None)
        else None
        for row in rows.to_dicts()
    ]
    logged = rows["cost_usd"].to_list()
    either = [b if a is None else a for a, b in zip(logged, listed, strict=True)]
    for basis, usd in (("auto", either), ("logged", logged), ("list", listed)):
        found = total(unit_rows(rows.lazy(), Units(prices=prices, basis=basis)))
        assert found["usd"] == pytest.approx(math.fsum(x or 0 for x in usd))
        assert found["unknown"] == sum(x is None for x in usd) > 0


def test_columns_may_be_absent():
    bare = pl.LazyFrame({"occurred_at": [datetime(2026, 3, 1, tzinfo=UTC)] * 3})
    line = total(unit_rows(bare, Units()))
    assert (line["unknown"], line["requests"], line["usd"], line["users"]) == (3, 0, 0.0, 0)


def test_nothing_is_told_of_single_persons(rows):
    with pytest.raises(ParameterError, match="'user_id' would tell of single persons"):
        unit_rows(rows.lazy(), Units(), by=["user_id"])
