from datetime import UTC, datetime
from typing import Any

import polars as pl

from assay.data.live.packing import UNUSABLE
from assay.data.live.rows import found_of, sorted_events

AT = 1_700_000_000_000_000
WHEN = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


def one(table: str, said: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    found = sorted_events([(AT, "made", table, fields, said)])
    assert not found.broken
    return found_of(table, found.tables[table]).frame.to_dicts()[0]


def test_key_and_time_are_given_where_they_lack() -> None:
    row = one("interactions", model="m")
    assert row == {"row": 1, "interaction_id": "made", "occurred_at": WHEN, "model": "m"}


def test_what_was_given_goes_before_what_the_session_says() -> None:
    row = one("interactions", {"agent_id": "a", "user_id": "u", "satisfaction": 1}, agent_id="b")
    assert (row["agent_id"], row["user_id"]) == ("b", "u")
    assert "satisfaction" not in row


def test_a_session_says_only_what_the_table_has() -> None:
    row = one("scores", {"user_id": "u", "ctx_team": "t"}, name="coherence", value=1)
    assert "user_id" not in row
    assert row["ctx_team"] == "t"
    assert row["judged_at"] == WHEN


def test_a_day_is_not_made_up() -> None:
    assert "day" not in one("posts", post_id="p")


def test_lists_are_joined_for_columns_of_lists() -> None:
    assert one("attempts", learner_id="l", skills=["x", "y"])["skills"] == "x;y"


def test_unknown_names_are_told_and_the_rest_is_kept() -> None:
    found = sorted_events([(AT, "k", "interactions", {"modle": "m", "model": "n"}, None)])
    assert found.unknown == {("interactions", "modle")}
    assert found.tables["interactions"][0][1]["model"] == "n"


def test_an_unknown_table_and_an_unusable_value_are_broken() -> None:
    found = sorted_events(
        [
            (AT, "k", "interaction", {}, None),
            (AT, "k", "anna@example.org", {}, None),
            (AT, "k", "interactions", {"model": {UNUSABLE: "Model"}}, None),
        ]
    )
    reasons = [broken.reason for broken in found.broken["interactions"]]
    assert reasons == [
        "a table 'interaction' is unknown, did you mean 'interactions'?",
        "a table of another name is unknown",
        "model holds a value of the type Model, expected a text or a number",
    ]


def test_columns_are_typed_where_all_values_fit_and_text_otherwise() -> None:
    events = [
        (AT, "a", "interactions", {"input_tokens": 1, "latency_s": 2, "ctx_n": 1}, None),
        (AT, "b", "interactions", {"input_tokens": "2", "latency_s": "fast", "ctx_n": 1.5}, None),
        (AT, "c", "interactions", {"succeeded": "yes", "ctx_t": 1}, None),
        (AT, "d", "interactions", {"occurred_at": "2023-11-14T23:13:20+01:00", "ctx_t": "x"}, None),
    ]
    frame = found_of("interactions", sorted_events(events).tables["interactions"]).frame
    assert frame["input_tokens"].to_list() == [1, 2, None, None]
    assert frame["latency_s"].to_list() == ["2.0", "fast", None, None]
    assert frame["succeeded"].to_list() == [None, None, True, None]
    assert frame["occurred_at"].to_list() == [WHEN] * 4
    assert frame.schema["ctx_n"] == pl.Float64
    assert frame["ctx_t"].to_list() == [None, None, "1", "x"]
