import polars as pl
import pytest

from assay.core.errors import DataError, ParameterError
from assay.features.attempts import attempt_lines, tried_items

ROWS = pl.DataFrame(
    {
        "model": ["a", "a", "a", "b", "b", None],
        "item_id": ["1", "1", "2", "1", None, "2"],
        "session_id": ["s", "t", "u", "v", "v", "w"],
        "user_id": ["x", "x", "y", "x", "y", "y"],
        "cost_usd": [1.0, 3.0, None, 2.0, 9.0, 4.0],
        "succeeded": [True, False, True, None, True, True],
    }
)


def test_attempts_at_an_item_are_added_up_and_the_unknown_counted():
    found = attempt_lines(ROWS.lazy(), by=["model"]).to_dicts()
    assert [(one["model"], one["item"]) for one in found] == [
        ("a", "1"),
        ("a", "2"),
        ("b", "1"),
        (None, "2"),
    ]
    twice, unpriced, unknown, _ = found
    assert (twice["attempts"], twice["complete"], twice["complete_resolved"]) == (2, 2, 1.0)
    assert twice["complete_usd"] == 4.0
    assert (unpriced["known"], unpriced["costed"], unpriced["complete"]) == (1, 0, 0)
    assert (unknown["known"], unknown["costed"], unknown["complete_usd"]) == (0, 1, 0.0)


def test_calls_of_one_attempt_are_one_and_end_as_the_last_known_one_did():
    calls = pl.DataFrame(
        {
            "model": ["a"] * 5,
            "item_id": ["1"] * 5,
            "session_id": ["s", "s", "s", "t", "t"],
            "cost_usd": [1.0, 2.0, 3.0, 5.0, None],
            "succeeded": [False, True, None, True, False],
            "occurred_at": [2, 1, 3, 1, 2],
        }
    )
    found = attempt_lines(
        calls.lazy(), by=["model"], attempt=["session_id"], time="occurred_at"
    ).to_dicts()[0]
    assert (found["attempts"], found["known"], found["resolved"]) == (2, 2, 0.0)
    assert (found["complete"], found["complete_usd"]) == (1, 6.0)
    unordered = attempt_lines(calls.lazy(), by=["model"], attempt=["session_id"]).to_dicts()[0]
    assert unordered["resolved"] == 1.0


def test_items_lie_in_their_cluster_and_in_no_other():
    found = attempt_lines(ROWS.lazy(), by=["model"], cluster="user_id")
    assert found["cluster"].to_list() == ["x", "y", "x", "y"]
    torn = ROWS.with_columns(pl.Series("user_id", ["x", "x", "y", "z", "y", "y"]))
    with pytest.raises(DataError, match="1 items belong to several values of 'user_id'"):
        attempt_lines(torn.lazy(), by=["model"], cluster="user_id")


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("cost_usd", [-1.0, 1, 1, 1, 1, 1], "1 costs in column 'cost_usd' are negative"),
        ("cost_usd", [float("inf"), 1, 1, 1, 1, 1], "no finite number"),
        ("succeeded", [2.0, 0, 0, 0, 0, 0], "1 outcomes in column 'succeeded' lie outside"),
    ],
)
def test_odd_values_are_refused(column, values, message):
    with pytest.raises(DataError, match=message):
        attempt_lines(ROWS.with_columns(pl.Series(column, values)).lazy(), by=["model"])


def test_columns_have_to_be_there():
    with pytest.raises(DataError, match="no column 'agent'"):
        attempt_lines(ROWS.lazy(), by=["agent"])
    with pytest.raises(ParameterError, match="no column makes a configuration"):
        attempt_lines(ROWS.lazy(), by=[])


def test_a_trace_is_one_attempt_and_costs_follow_the_basis():
    rows = ROWS.with_columns(
        trace_id=pl.Series(["t", "t", "u", None, "x", None]),
        interaction_id=pl.Series(list("123456")),
    )
    found = tried_items(rows.lazy(), None, by=["model"]).to_dicts()
    assert (found[0]["attempts"], found[0]["cost_usd"], found[0]["resolved"]) == (1, 4.0, 0.0)
    assert [one["attempts"] for one in found] == [1, 1, 1, 1]
    alone = tried_items(ROWS.lazy(), None, by=["model"]).to_dicts()
    assert alone[0]["attempts"] == 2
    listed = tried_items(rows.lazy(), None, by=["model"], basis="list")
    assert listed["costed"].sum() == 0
