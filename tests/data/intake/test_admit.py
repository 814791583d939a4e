"""Rows at the door: which are kept, which are rejected, and what is told of them."""

from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.data.adapters.chunks import Broken, Found
from assay.data.intake import REJECTED, Door, conform
from assay.privacy import Forgotten, KeyRing, Policy, Pseudonyms
from assay.schema import TABLES, row_rules, rules_of, schema_of

RING = KeyRing((bytes(range(32)),))
AT = datetime(2026, 11, 1, 10, tzinfo=UTC)


def door(policy: Policy | None = None, forgotten: Forgotten | None = None) -> Door:
    return Door(policy or Policy(), Pseudonyms(RING), forgotten or Forgotten.none())


def found(table: str = "interactions", **columns: list[object]) -> Found:
    rows = len(next(iter(columns.values())))
    frame = pl.DataFrame({"row": list(range(1, rows + 1)), **columns}, strict=False)
    return Found(table=table, frame=frame)


def admitted(policy: Policy | None = None, **columns: list[object]):
    columns = {
        "interaction_id": [f"i-{i:06}" for i in range(len(next(iter(columns.values()))))]
    } | columns
    columns.setdefault("occurred_at", [AT] * len(columns["interaction_id"]))
    return door(policy).admit(conform(found(**columns)))


def test_rows_that_keep_all_rules_are_valid_in_the_types_of_the_table() -> None:
    got = admitted(
        input_tokens=["10", "20"], cost_usd=["0.5", ""], occurred_at=["2026-11-01T10:00:00Z"] * 2
    )
    assert got.valid["input_tokens"].to_list() == [10, 20]
    assert got.valid["cost_usd"].to_list() == [0.5, None]
    assert got.valid["occurred_at"].to_list() == [AT, AT]
    assert got.rejected.is_empty()


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"input_tokens": ["many"]}, "input_tokens is not a whole number"),
        ({"input_tokens": [-1]}, "input_tokens is below 0"),
        ({"latency_s": [float("inf")]}, "latency_s is infinite"),
        ({"occurred_at": [None]}, "occurred_at is missing"),
        ({"occurred_at": ["yesterday"]}, "occurred_at is not a time (2026-05-24T10:00:00Z)"),
        ({"interaction_id": [""]}, "interaction_id is missing"),
        ({"reasoning_tokens": [5], "output_tokens": [3]}, "breaks the rule: reasoning tokens are part of the output tokens, never more than them"),
    ],
)  # fmt: skip
def test_a_row_that_breaks_a_rule_is_rejected_for_that_reason_alone(columns, reason) -> None:
    got = admitted(**columns)
    assert got.valid.is_empty()
    assert got.rejected["reasons"].to_list() == [[reason]]
    assert got.reasons == {reason: 1}
    assert got.rejected["row"].to_list() == [1]


def test_what_the_source_lacks_is_said_once_for_every_row() -> None:
    got = door().admit(conform(found(interaction_id=["i-000001", "i-000002"])))
    assert got.reasons == {"there is no column occurred_at": 2}
    assert got.valid.is_empty()


def test_no_value_of_a_rejected_row_is_told_as_it_was_given() -> None:
    got = admitted(
        input_tokens=["jane.roe@example.org", "sk-abcdefghijklmnopqrstuvwxyz123456"],
        user_id=["Jane Roe", "Jane Roe"],
        model=["Jane Roe", "x"],
    )
    told = got.rejected.select(pl.col("reasons").list.join(" "), "excerpt").write_csv()
    for planted in ("jane", "Jane", "Roe", "example", "sk-abc"):
        assert planted not in told
    assert "input_tokens=" in got.rejected["excerpt"][0]


def test_the_hash_tells_the_same_rejected_row_again_whatever_its_place() -> None:
    once = admitted(input_tokens=["x", "y"], interaction_id=["i-000001", "i-000002"])
    again = admitted(input_tokens=["y", "x"], interaction_id=["i-000002", "i-000001"])
    assert once.rejected["hash"].to_list() == again.rejected["hash"].to_list()[::-1]


def test_repeated_keys_are_left_to_the_store() -> None:
    got = admitted(interaction_id=["i-000001", "i-000001"], input_tokens=[1, 2])
    assert len(got.valid) == 2
    twice = {
        "agent_id": ["a", "a"],
        "version": ["1", "1"],
        "parameter": ["p", "p"],
        "changed_at": [AT, AT],
    }
    assert len(door().admit(conform(found("configurations", **twice))).valid) == 2


def test_dropped_text_is_no_misfit() -> None:
    got = door().admit(conform(found("scores", score_id=["s-000001"], interaction_id=["i-000001"], name=["tone"], value=[1], comment=[5])))  # fmt: skip
    assert got.reasons == {}
    assert got.valid["comment"].to_list() == [None]


def test_rows_without_consent_are_not_kept() -> None:
    got = admitted(consent=["false", "true", ""])
    assert len(got.valid) == 2
    assert sum(got.dropped.values()) == 1


def test_records_that_cannot_be_read_are_rejected_rows_too() -> None:
    got = door().broken([Broken(row=7, reason="no JSON", text='{"user": "jane@example.org"')])
    assert got.schema == pl.Schema(REJECTED)
    assert got["row"].to_list() == [7]
    assert "jane" not in got.write_json()


messy = st.lists(
    st.fixed_dictionaries(
        {
            "input_tokens": st.none() | st.integers(-2, 3),
            "output_tokens": st.none() | st.integers(-2, 3),
            "reasoning_tokens": st.none() | st.integers(0, 4),
            "latency_s": st.none() | st.floats(-1, 3, allow_nan=False) | st.just(float("inf")),
            "first_token_s": st.none() | st.floats(0, 3, allow_nan=False),
            "succeeded": st.none() | st.booleans(),
            "error_type": st.none() | st.just("timeout"),
            "rating": st.none() | st.floats(-1, 2, allow_nan=False),
        }
    ),
    min_size=1,
    max_size=20,
)


@given(messy)
def test_the_same_rows_are_valid_as_by_the_tables_own_filter(rows) -> None:
    """The oracle is dataframely's filter over the whole schema, which evaluates in its own way."""
    schema = schema_of("interactions")
    types = {name: column.dtype for name, column in schema.columns().items()}
    ids = [f"i-{i:06}" for i in range(len(rows))]
    frame = pl.DataFrame(
        [
            {**row, "interaction_id": key, "occurred_at": AT}
            for row, key in zip(rows, ids, strict=True)
        ],
        schema_overrides={name: types[name] for name in (*rows[0], "occurred_at")},
    )
    missing = {name: pl.lit(None, dtype=types[name]) for name in types if name not in frame.columns}
    whole = frame.with_columns(**missing).select(*types)
    expected = schema.filter(whole).result["interaction_id"].to_list()
    numbered = frame.with_row_index("row", offset=1)
    got = door().admit(conform(Found(table="interactions", frame=numbered)))
    assert got.valid["interaction_id"].to_list() == expected
    assert len(got.rejected) == len(rows) - len(expected)


def test_every_rule_is_either_of_a_row_or_of_the_key() -> None:
    for name, schema in TABLES.items():
        beyond = set(rules_of(schema)) - set(row_rules(schema))
        assert beyond <= {"primary_key", "changed_once", "read_once"}, name
