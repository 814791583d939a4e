from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from assay.core.errors import DataError
from assay.features.behaviour import behaviour
from features.behaviour.slowly import table

BEGIN = datetime(2026, 1, 5, 10, tzinfo=UTC)
TIMES = pl.Datetime("us", "UTC")


def at(days, hours=0.0):
    return BEGIN + timedelta(days=days, hours=hours)


def used(user="a", days=range(0, 43, 3)):
    return [{"user_id": user, "session_id": f"s{d}", "occurred_at": at(d)} for d in days]


def sessions(*lines):
    kinds = {"user_id": pl.String, "started_at": TIMES, "ended_at": TIMES}
    return pl.LazyFrame(list(lines), kinds, orient="row")


def changes(*lines):
    kinds = {"user_id": pl.String, "changed_at": TIMES, "kind": pl.String}
    return pl.LazyFrame(list(lines), kinds, orient="row")


def minutes(table_of_sessions, **asked):
    found = behaviour(
        table(used()).lazy(), features=["session_minutes"], sessions=table_of_sessions, **asked
    )
    return found.frame["session_minutes"].to_list() if found.features else found.left_out


def test_minutes_are_of_sessions_whose_end_is_known():
    given = sessions(
        ("a", at(1), at(1, 0.5)),
        ("a", at(2), at(2, 1)),
        ("a", at(3), at(3)),
        ("a", at(4), None),
        ("a", at(5), at(4)),  # ends before it starts
        ("a", at(99), at(99, 9)),  # after the days that count
        ("b", at(1), at(1, 9)),
    )
    assert minutes(given) == [30.0]


def test_two_sessions_are_too_few_to_tell_how_long_they_take():
    assert minutes(sessions(("a", at(1), at(1, 1)), ("a", at(2), at(2, 1)))) == [None]


def test_without_the_table_minutes_are_left_out():
    told = (("session_minutes", "no table sessions tells it of these entities"),)
    assert minutes(None) == told
    assert minutes(sessions(("a", at(1), at(1, 1))).drop("user_id")) == told


def test_ends_that_are_no_times():
    with pytest.raises(DataError, match="'ended_at' holds String, expected times"):
        minutes(sessions(("a", at(1), at(1))).with_columns(pl.col("ended_at").cast(pl.String)))


def test_customisations_by_kind_on_the_days_after_the_first():
    """Seen from day 0 to 42: six weeks. What was set up before or on the first day is no habit."""
    given = changes(
        ("a", at(-2), "prompt"),
        ("a", at(0), "prompt"),
        ("a", at(1), "prompt"),
        ("a", at(20), "prompt"),
        ("a", at(42), "knowledge"),
        ("a", at(43), "prompt"),  # after the days that count
        ("a", at(30), None),
        ("b", at(30), "prompt"),
    )
    wanted = ["changes", "changes_prompt", "changes_knowledge", "changes_workflow"]
    found = behaviour(table(used()).lazy(), features=wanted, configurations=given)
    assert found.frame.rows() == [("a", 4 / 6, 2 / 6, 1 / 6, 0.0)]


def test_customisations_count_on_days_of_the_zone():
    """23:30 UTC of the first day is the day after in Tokyo, where 10:00 is still the first."""
    given = changes(("a", at(0, 13.5), "prompt"))
    for zone, expected in (("UTC", 0.0), ("Asia/Tokyo", 1 / 6)):
        found = behaviour(
            table(used()).lazy(), features=["changes"], configurations=given, time_zone=zone
        )
        assert found.frame["changes"].to_list() == [expected]


def test_who_customised_before_the_window_and_uses_on_has_all_its_days():
    given = changes(("a", at(29), "prompt"), ("a", at(28), "prompt"), ("a", at(27), "prompt"))
    found = behaviour(
        table(used(days=range(43))).lazy(),
        features=["changes"],
        configurations=given,
        as_of=date(2026, 2, 15),
        days=14,
    )
    assert found.span.first == at(28).date()
    assert found.frame["changes"].to_list() == [2 / 14 * 7]


def test_without_kinds_the_total_is_told():
    given = changes(("a", at(20), "prompt")).drop("kind")
    found = behaviour(table(used()).lazy(), configurations=given)
    assert "changes" in {one.name for one in found.features}
    told = dict(found.left_out)["changes_prompt"]
    assert told == "no table configurations tells it of these entities"
    with_kinds = behaviour(table(used()).lazy(), configurations=changes(("a", at(20), "prompt")))
    names = {one.name for one in with_kinds.features}
    assert "changes_prompt" in names
    assert "changes" not in names
