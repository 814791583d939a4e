"""Satisfaction from sessions and scores, or a refusal that says what is missing."""

from datetime import UTC, datetime

import polars as pl
import pytest

from assay.core.errors import DataError, ParameterError
from assay.features.opinions import opinions_of

AT = datetime(2026, 1, 5, tzinfo=UTC)
TABLES = {
    "rows": pl.LazyFrame({"interaction_id": ["i1", "i2"], "user_id": ["a", "b"]}),
    "sessions": pl.LazyFrame(
        {"user_id": ["a", "b"], "started_at": [AT, AT], "satisfaction": [0.5, None]}
    ),
    "scores": pl.LazyFrame(
        {
            "name": ["relevance", "clarity", "relevance"],
            "value": [4.0, 1.0, 2.0],
            "scale_low": [1.0, 1.0, 1.0],
            "scale_high": [5.0, 5.0, 5.0],
            "interaction_id": ["i1", "i1", "i2"],
            "judged_at": [AT, AT, AT],
        }
    ),
    "bare": pl.LazyFrame({"value": [1.0]}),
}


def opinions(satisfaction, *, sessions=None, scores=None, score="relevance"):
    return opinions_of(
        satisfaction,
        TABLES["rows"],
        sessions=sessions,
        scores=scores,
        score=score,
        read=TABLES.__getitem__,
    )


def test_ratings_stay_where_they_are():
    assert opinions("rating", sessions="sessions") == (None, "rating")


def test_sessions_are_read_where_they_are_asked_for():
    rows, measure = opinions("session", sessions="sessions")
    found = rows.collect()
    assert measure == "satisfaction"
    assert found["value"].to_list() == [0.5, None]
    assert found["user_id"].to_list() == ["a", "b"]


def test_scores_of_one_name_come_onto_the_scale_from_0_to_1():
    rows, measure = opinions("score", scores="scores")
    found = rows.collect().sort("user_id")
    assert measure == "relevance"
    assert found["value"].to_list() == [0.75, 0.25]
    assert found["user_id"].to_list() == ["a", "b"]


@pytest.mark.parametrize(
    ("satisfaction", "given", "error", "said"),
    [
        ("session", {}, ParameterError, "no table of sessions is given"),
        ("session", {"scores": "scores"}, ParameterError, "name it as sessions"),
        ("score", {"sessions": "sessions"}, ParameterError, "no table of scores is given"),
        ("stars", {}, ParameterError, "satisfaction='stars', expected one of rating, session"),
        ("score", {"scores": "scores", "score": "clarit"}, DataError, "did you mean 'clarity'"),
        ("score", {"scores": "bare"}, DataError, "no column 'name'"),
        ("session", {"sessions": "bare"}, DataError, "no column 'satisfaction'"),
    ],
)
def test_what_is_missing_is_named_and_nothing_else_is_taken(satisfaction, given, error, said):
    with pytest.raises(error) as raised:
        opinions(satisfaction, **given)
    assert said in str(raised.value)
