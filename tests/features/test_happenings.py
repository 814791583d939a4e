"""What is known to have happened, from new values, versions, configurations and prices."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from assay.core.errors import DataError
from assay.features.happenings import (
    MOST_VALUES,
    Happening,
    first_seen,
    in_order,
    of_configurations,
    of_prices,
    of_versions,
)


def at(month, day, hour=12):
    return datetime(2026, month, day, hour, tzinfo=UTC)


def frame(rows):
    return pl.LazyFrame(rows, schema=["at", "agent_id", "model"], orient="row")


def test_a_value_that_comes_up_later_is_a_change_of_that_day():
    rows = frame([(at(3, 1), "a", "old"), (at(3, 5), "a", "new"), (at(3, 6), "a", "new")])
    (found,) = first_seen(rows, ["model"], time="at")
    assert (found.first, found.last, found.kind, found.what) == (
        date(2026, 3, 5), date(2026, 3, 5), "model", "model new",
    )  # fmt: skip
    assert not found.passes


def test_what_one_group_takes_from_another_is_new_to_it():
    rows = frame([(at(3, 1), "a", "m"), (at(3, 4), "b", "m")])
    assert first_seen(rows, ["model"], time="at") == ()
    (found,) = first_seen(rows, ["model"], time="at", by=["agent_id"])
    assert found.what == "model m (b)"
    assert found.concerns([("agent_id", "b")])
    assert not found.concerns([("agent_id", "a")])


def test_days_are_those_of_the_zone():
    rows = frame([(at(3, 1), "a", "old"), (at(3, 5, 23), "a", "new")])
    (found,) = first_seen(rows, ["model"], time="at", time_zone="Asia/Tokyo")
    assert found.first == date(2026, 3, 6)


def test_a_column_of_many_values_tells_nothing():
    many = [(at(3, 1 + i % 28), "a", f"m{i}") for i in range(MOST_VALUES + 1)]
    assert first_seen(frame(many), ["model"], time="at") == ()
    assert len(first_seen(frame(many[:-1]), ["model"], time="at")) > 100


def test_a_column_that_is_not_there_is_named():
    with pytest.raises(DataError, match="plan"):
        first_seen(frame([(at(3, 1), "a", "m")]), ["plan"], time="at")


def test_versions_concern_their_subject_and_count_from_their_activation():
    rows = [
        {"subject": "agent", "subject_id": "a", "version": "2.0", "activated_at": at(3, 2)},
        {"subject": "model", "subject_id": "m", "version": "9", "activated_at": at(3, 1)},
        {"subject": "agent", "subject_id": "a", "version": "2.1", "activated_at": None},
    ]
    first, second = of_versions(rows)
    assert (first.what, first.about) == ("model m 9", ())
    assert (second.what, second.about) == ("agent a 2.0", (("agent_id", "a"),))


def test_configurations_of_one_day_are_one():
    rows = [{"agent_id": "a", "changed_at": at(3, 2, hour)} for hour in (8, 9)]
    (found,) = of_configurations([*rows])
    assert found.what == "configuration of a, 2 changes"


def test_only_a_later_price_of_the_same_is_a_change():
    def price(model, day, tier="standard"):
        return {"provider": "p", "model": model, "tier": tier, "valid_from": day}

    rows = [
        price("m", date(2026, 9, 1)),
        price("m", date(2026, 1, 1)),
        price("n", date(2026, 5, 1)),
    ]
    (found,) = of_prices([*rows, price("m", date(2026, 4, 1), tier="batch")])
    assert (found.first, found.what) == (date(2026, 9, 1), "price of m")


def test_what_is_told_twice_is_told_once_in_the_order_of_days():
    one = Happening(first=date(2026, 3, 2), last=date(2026, 3, 2), kind="deploy", what="b")
    other = Happening(first=date(2026, 3, 1), last=date(2026, 3, 1), kind="deploy", what="c")
    assert in_order([one, other, one]) == (other, one)


def test_what_cannot_be_told_apart_may_concern_a_group():
    about = Happening(
        first=date(2026, 3, 1),
        last=date(2026, 3, 1),
        kind="price",
        what="p",
        about=(("model", "m"),),
    )
    assert about.concerns(())
    assert about.concerns([("agent_id", "a")])
    assert not about.concerns([("model", "n")])
