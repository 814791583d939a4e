"""Sums per user and week by hand, in local weeks; ratings that do not count; scores and sessions."""

from datetime import UTC, datetime

import polars as pl
import pytest

from assay.core.errors import DataError, ParameterError
from assay.features.personal_weeks import personal_weeks, rated_rows


def rows(**more):
    return pl.DataFrame(
        {
            "interaction_id": ["a", "b", "c", "d", "e"],
            "user_id": ["u", "u", "u", "v", None],
            "occurred_at": [
                datetime(2026, 1, 5, 1, tzinfo=UTC),
                datetime(2026, 1, 6, tzinfo=UTC),
                datetime(2026, 1, 11, 23, 30, tzinfo=UTC),
                datetime(2026, 1, 13, tzinfo=UTC),
                datetime(2026, 1, 13, tzinfo=UTC),
            ],
            "user_type": ["plus", "free", "plus", None, "free"],
            "rating": [0.5, 1.0, None, 1.5, 0.5],
            "model": ["x", "x", "y", None, "x"],
            **more,
        }
    ).lazy()


def test_by_hand():
    found = personal_weeks(rows(), choices=["model"], configuration=["model"])
    assert found.users.rows() == [("u", "plus", 0, 0), ("v", "unknown", 1, 1)]
    assert found.ratings.rows() == [(0, 0, 2.0, 0.75, 0.125)]
    chosen = found.choices["model"].select("who", "week", "value", "times")
    assert chosen.rows() == [(0, 0, "x", 2.0), (0, 0, "y", 1.0)]
    assert found.weeks == 2
    assert str(found.start) == "2026-01-05"
    assert {(one.what, one.count) for one in found.left_out} == {("rows", 1), ("ratings", 1)}


def test_weeks_are_those_of_the_zone():
    found = personal_weeks(rows(), time_zone="Europe/Berlin")
    assert found.users.rows()[0] == ("u", "plus", 0, 1)  # half past midnight on Monday, there


def test_kinds_that_are_no_persons_are_left_out():
    found = personal_weeks(rows(), without=["unknown"])
    assert found.users["user"].to_list() == ["u"]


def test_scores_count_on_their_own_scale():
    scores = pl.DataFrame(
        {
            "name": ["clarity", "clarity", "tone"],
            "interaction_id": ["a", "d", "a"],
            "value": [4.0, 2.0, 1.0],
            "scale_low": [1.0, 1.0, 1.0],
            "scale_high": [5.0, 5.0, 5.0],
            "judged_at": [datetime(2026, 1, 6, tzinfo=UTC)] * 3,
        }
    ).lazy()
    rated = rated_rows(scores, scores="clarity", time="judged_at", interactions=rows())
    found = personal_weeks(rows(), rated=rated)
    assert found.ratings.select("who", "week", "mean").rows() == [(0, 0, 0.75), (1, 0, 0.25)]
    with pytest.raises(ParameterError, match="need interactions"):
        rated_rows(scores, scores="clarity")


def test_what_is_missing_is_named():
    with pytest.raises(DataError, match="no column 'user_id'"):
        personal_weeks(rows().drop("user_id"))
    with pytest.raises(DataError, match="expected dates"):
        personal_weeks(rows().with_columns(occurred_at=pl.lit("today")))
    with pytest.raises(DataError, match="no row names a user"):
        personal_weeks(rows().with_columns(user_id=pl.lit(None, pl.String)))
