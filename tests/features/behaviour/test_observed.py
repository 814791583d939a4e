from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from assay.core.errors import DataError, ParameterError
from assay.features.behaviour import BEHAVIOURS, behaviour
from features.behaviour.slowly import slowly, some_rows, table

ROWS = some_rows()
OF_ROWS = [one.name for one in BEHAVIOURS if not one.name.startswith(("changes", "session_min"))]


def all_of(rows, **asked):
    return behaviour(table(rows).lazy(), **({"features": OF_ROWS} | asked))


def test_the_slow_count_knows_every_feature_of_rows():
    assert set(slowly(ROWS, "u0")) == set(OF_ROWS)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/New_York"])
@pytest.mark.parametrize("asked", [{}, {"as_of": date(2026, 4, 20), "days": 21}])
def test_features_are_those_of_a_slow_count(zone, asked):
    found = all_of(ROWS, time_zone=zone, **asked)
    assert found.span.last == asked.get("as_of", found.span.last)
    assert found.frame.height >= 3
    for line in found.frame.to_dicts():
        slow = slowly(ROWS, line["entity"], zone, found.span.first, found.span.last)
        for name in OF_ROWS:
            told = (line["entity"], name, line[name], slow[name])
            assert (line[name] is None) == (slow[name] is None), told
            assert slow[name] is None or line[name] == pytest.approx(slow[name], rel=1e-9), told


def test_clocks_go_forward_within_the_rows():
    """In Berlin 2026-03-29 has no hour from 2 to 3: 00:59 UTC is 1:59, 01:01 UTC is 3:01."""
    at = [datetime(2026, 3, 29, 0, 59, tzinfo=UTC), datetime(2026, 3, 29, 20, 30, tzinfo=UTC)]
    rows = [{"user_id": "a", "occurred_at": one} for one in (*at, at[1] - timedelta(hours=1))]
    found = behaviour(table(rows).lazy(), features=["nights"], time_zone="Europe/Berlin", least=1)
    assert found.frame["nights"].to_list() == [2 / 3]  # 1:59, 22:30, and not 21:30


def test_parts_in_any_order_give_the_same():
    turned = all_of(ROWS[::-1])
    assert_frame_equal(turned.frame, all_of(ROWS).frame, rel_tol=1e-12)


def test_what_others_do_changes_nothing_of_a_user():
    one = [row for row in ROWS if row["user_id"] == "u2"]
    last = max(row["occurred_at"] for row in ROWS).date()
    first = min(row["occurred_at"] for row in ROWS).date()
    days = (last - first).days + 1
    alone = all_of(one, as_of=last, days=days).frame
    among = all_of(ROWS, as_of=last, days=days).frame.filter(entity="u2")
    assert_frame_equal(alone, among, rel_tol=1e-12)


def rhythm(days, *, user="a", begin=date(2026, 1, 5), hour=10):
    at = datetime(begin.year, begin.month, begin.day, hour, tzinfo=UTC)
    return [{"user_id": user, "occurred_at": at + timedelta(days=day)} for day in days]


def test_days_per_week_leave_out_the_day_on_which_an_entity_appeared():
    """Each Monday for five weeks, seen on a Monday four weeks on: 4 of 28 days are once a week."""
    rows = rhythm(range(0, 29, 7)) + rhythm([28], user="b")
    found = behaviour(table(rows).lazy(), features=["days_per_week"], least=1)
    assert found.frame.rows() == [("a", 1.0)]
    assert found.few == ("b",)
    assert found.sums.select("tenure_days", "exposed_days", "later_days").row(0) == (29, 28, 4)


def test_days_per_week_do_not_fall_as_tenure_grows():
    """Of users with the same chance a day the mean is the same, whenever they appeared."""
    draws = pl.Series(range(4000)).hash(3).to_numpy() / 2.0**64
    rows = []
    for user in range(40):
        since = 20 if user % 2 else 80
        days = [day for day in range(100 - since, 100) if draws[user * 100 + day] < 0.2]
        rows += rhythm(days, user=f"{'new' if user % 2 else 'old'}{user}")
    found = behaviour(
        table(rows).lazy(), features=["days_per_week"], least=1, as_of=date(2026, 4, 14)
    )
    told = found.sums.group_by(pl.col("entity").str.slice(0, 3)).agg(
        pl.col("later_days").sum() / pl.col("exposed_days").sum()
    )
    for _, rate in told.rows():
        assert rate == pytest.approx(0.2, abs=0.05)


def test_who_was_in_use_before_the_days_that_count_is_exposed_on_all_of_them():
    rows = rhythm([0, 95, 99]) + rhythm([99], user="b")
    found = behaviour(table(rows).lazy(), features=["days_per_week"], days=14, least=1)
    assert found.frame.rows() == [("a", 2 / 14 * 7)]


def test_rows_after_the_day_asked_for_tell_nothing():
    rows = rhythm(range(0, 40, 2))
    asked = {"features": ["days_per_week", "recency_days"], "as_of": date(2026, 1, 26), "least": 1}
    cut = [row for row in rows if row["occurred_at"].date() <= asked["as_of"]]
    one, other = behaviour(table(rows).lazy(), **asked), behaviour(table(cut).lazy(), **asked)
    assert_frame_equal(one.frame, other.frame)
    assert one.frame["recency_days"].to_list() == [1.0]


def test_short_data_leave_features_out_instead_of_everybody():
    found = behaviour(table(rhythm([0, 1, 2, 3] * 4)).lazy())
    assert found.frame.height == 1
    assert dict(found.left_out)["days_per_week"] == "the data span 4 days, expected 13 or more"
    assert found.frame["per_day"].to_list() == [4.0]


def test_entities_of_several_columns():
    rows = [dict(row, model=row["model"] or "none") for row in ROWS]
    found = behaviour(table(rows).lazy(), ["model", "user_type"], features=["cost", "model_mix"])
    assert found.entity == ("model", "user_type")
    mine = [r for r in rows if (r["model"], r["user_type"]) == ("large", "free")]
    costs = [row["cost_usd"] for row in mine if row["cost_usd"] is not None]
    line = found.frame.filter(entity="large · free").to_dicts()[0]
    assert line["cost"] == pytest.approx(sum(costs) / len(costs))
    assert found.left_out == (("model_mix", "it is what these entities are told apart by"),)


def test_sessions_are_known_in_full_and_do_not_return():
    found = behaviour(table(ROWS).lazy(), "session_id")
    rows = [row for row in ROWS if row["session_id"] is not None]
    assert found.frame.height == len({row["session_id"] for row in rows})
    assert found.unnamed == len(ROWS) - len(rows)
    assert not found.few
    names = {one.name for one in found.features}
    assert not names & {"days_per_week", "recency_days", "per_day", "irregularity", "hour_mix"}
    line = found.frame.row(0, named=True)
    mine = sorted(r["occurred_at"] for r in rows if r["session_id"] == line["entity"])
    assert line["per_session"] == len(mine)
    whole = [mine[0].replace(microsecond=0), mine[-1].replace(microsecond=0)]
    assert line["session_minutes"] == pytest.approx((whole[1] - whole[0]).total_seconds() / 60)


def test_what_follows_from_others_is_looked_at_only_when_named():
    usual = behaviour(table(ROWS).lazy())
    told = "it follows from cost and per_session"
    assert dict(usual.left_out)["session_cost"] == told
    asked = behaviour(table(ROWS).lazy(), features=["cost", "per_session", "session_cost"])
    assert [one.name for one in asked.features] == ["cost", "per_session", "session_cost"]
    alone = behaviour(table(ROWS).drop("cost_usd").lazy())
    assert "session_cost" not in {one.name for one in alone.features}


def test_context_is_profile_unless_it_is_asked_for():
    usual = behaviour(table(ROWS).lazy())
    assert "ctx_seats" not in usual.frame.columns
    assert usual.profile["ctx_seats"].to_list() == [int(name[1:]) for name in usual.frame["entity"]]
    assert usual.profile["user_type"].to_list()[:2] == ["free", "team"]
    asked = behaviour(table(ROWS).lazy(), context=True, features=["cost"])
    assert asked.frame["ctx_seats"].to_list() == usual.profile["ctx_seats"].to_list()


def test_the_profile_keeps_what_is_known_last():
    rows = rhythm([0, 1, 2, 3])
    for row, kind in zip(rows, ["free", "free", "team", None], strict=True):
        row["user_type"] = kind
    found = behaviour(table(rows).lazy(), features=["recency_days"], least=1)
    assert found.profile["user_type"].to_list() == ["team"]


def test_an_outcome_that_is_not_told_follows_from_the_error():
    rows = rhythm(range(4))
    for row, (ok, kind) in zip(
        rows, [(True, None), (None, "x"), (False, "x"), (None, None)], strict=True
    ):
        row |= {"succeeded": ok, "error_type": kind}
    found = behaviour(table(rows).lazy(), features=["errors"], least=1)
    assert found.sums.select("failed", "known").row(0) == (2, 3)
    bare = behaviour(table(rows).drop("succeeded").lazy(), features=["errors"], least=1)
    assert bare.sums.select("failed", "known").row(0) == (2, 4)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 60)), min_size=1, max_size=40))
def test_days_are_those_of_a_set(seen):
    rows = [one for user, day in seen for one in rhythm([day], user=user)]
    found = behaviour(table(rows).lazy(), features=["per_day", "recency_days"], least=1)
    last = max(day for _, day in seen)
    for line in found.sums.to_dicts():
        days = {day for user, day in seen if user == line["entity"]}
        assert line["days"] == len(days)
        assert line["recency_days"] == last - max(days)
    few = {user for user, _ in seen if len({day for u, day in seen if u == user}) < 3}
    enough_days = found.span.days >= 3
    assert set(found.few) == (few if enough_days else set())


def test_every_feature_declares_what_it_is():
    assert len({one.name for one in BEHAVIOURS}) == len(BEHAVIOURS)
    for one in BEHAVIOURS:
        assert one.label, one.name
        assert one.unit, one.name
        assert one.high or one.low, one.name
        assert one.least >= 1, one.name
        assert not one.shrunken or one.unit == "share", one.name
        assert set(one.follows) <= {other.name for other in BEHAVIOURS}, one.name


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"features": ["costs"]}, "feature 'costs' is unknown"),
        ({"features": []}, "no feature is named"),
        ({"days": 0}, "days=0"),
        ({"least": 0}, "least=0"),
        ({"entity": []}, "no entity"),
        ({"time_zone": "Mars/Olympus"}, "time zone"),
    ],
)
def test_requests_that_make_no_sense(asked, told):
    with pytest.raises(ParameterError, match=told):
        behaviour(table(ROWS).lazy(), **asked)


def test_what_is_missing_is_named():
    frame = table(ROWS)
    with pytest.raises(DataError, match="no column 'user'"):
        behaviour(frame.lazy(), "user")
    with pytest.raises(DataError, match="no row has a time"):
        behaviour(frame.clear().lazy())
    with pytest.raises(DataError, match="names user_id"):
        behaviour(frame.with_columns(user_id=pl.lit(None, pl.String)).lazy())
    with pytest.raises(DataError, match="as of 2020-01-01"):
        behaviour(frame.lazy(), as_of=date(2020, 1, 1))
    with pytest.raises(DataError, match="'cost_usd' holds String, expected numbers"):
        behaviour(frame.with_columns(pl.col("cost_usd").cast(pl.String)).lazy())
    with pytest.raises(DataError, match="'succeeded' holds String"):
        behaviour(frame.with_columns(pl.col("succeeded").cast(pl.String)).lazy())


def test_rows_without_a_time_tell_nothing():
    extra = [dict(row, occurred_at=None) for row in ROWS[:50]]
    assert_frame_equal(all_of(ROWS + extra).frame, all_of(ROWS).frame, rel_tol=1e-12)


def test_a_row_that_is_there_twice_counts_twice_but_is_one_day():
    one = behaviour(table(ROWS).lazy(), features=["per_day", "days_per_week", "cost"])
    two = behaviour(table(ROWS + ROWS).lazy(), features=["per_day", "days_per_week", "cost"])
    same = ["entity", "days_per_week", "cost"]
    assert_frame_equal(two.frame.select(same), one.frame.select(same), rel_tol=1e-12)
    assert (two.frame["per_day"] == 2 * one.frame["per_day"]).all()
