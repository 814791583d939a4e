import duckdb
import polars as pl
import pytest

from assay.core.errors import DataError
from assay.features.arms import Design, summarise_arms
from assay.features.sharing import Sharing

ROWS = [
    # workspace, user, arm: two rows of u1; w3 and w4 hold both arms; one row has no workspace
    ("w1", "u1", "a"), ("w1", "u1", "a"), ("w1", "u2", "a"), ("w2", "u3", "b"), ("w3", "u4", "a"),
    ("w3", "u5", "b"), ("w3", "u6", "b"), ("w4", "u7", "a"), ("w4", "u8", "b"), (None, "u9", "a"),
]  # fmt: skip
FOUND = Sharing(column="workspace", groups=4, mixed=2, units=8, units_mixed=5)
METRIC = {"name": "x", "kind": "mean", "value": "x"}


def table():
    frame = pl.DataFrame(ROWS, schema=["workspace", "user", "arm"], orient="row")
    return frame.with_columns(x=pl.int_range(pl.len()).cast(pl.Float64))


def design(**changes):
    return Design.of(
        **{
            "arm": "arm",
            "control": "a",
            "unit": "user",
            "metrics": [METRIC],
            "shared": ["workspace"],
        }
        | changes
    )


def test_groups_are_counted_by_hand():
    assert summarise_arms(table().lazy(), design()).shared == (FOUND,)


def test_rows_are_counted_where_no_unit_is_named():
    (found,) = summarise_arms(table().lazy(), design(unit=None)).shared
    assert (found.units, found.units_mixed) == (9, 5)


def test_arms_may_come_from_assignments():
    assigned = table().select("user", variant="arm", experiment_id=pl.lit("e")).unique()
    other = assigned.with_columns(experiment_id=pl.lit("f"), variant=pl.lit("b"))
    rows = table().drop("arm").with_columns(experiment_id=pl.lit("e"))
    found = summarise_arms(
        rows.lazy(), design(experiment="e"), assignments=pl.concat([assigned, other]).lazy()
    )
    assert found.shared == (FOUND,)


def test_another_engine_counts_the_same():
    rows = table()  # noqa: F841  DuckDB finds it by its name
    assert summarise_arms(duckdb.sql("select * from rows"), design()).shared == (FOUND,)


def test_a_column_that_is_not_there_is_told():
    with pytest.raises(DataError, match="team"):
        summarise_arms(table().lazy(), design(shared=["team"]))
    with pytest.raises(DataError, match="parts"):
        Sharing(column="x", groups=1, mixed=2, units=3, units_mixed=3)


def test_values_are_counted_by_day_and_add_up():
    frame = table().with_columns(
        day=pl.date_range(pl.date(2026, 3, 1), pl.date(2026, 3, 10), eager=True)
    )
    found = summarise_arms(frame.lazy(), design(time="day", segments=["workspace"]))
    assert {one.column for one in found.exposed} == {"workspace"}
    total = sum(sum(one.units.values()) for one in found.exposed)
    assert total == sum(found.units.values()) == 9
    w3 = [(one.day.day, dict(one.units)) for one in found.exposed if one.value == "w3"]
    assert sorted(w3, key=lambda pair: pair[0]) == [(5, {"a": 1}), (6, {"b": 1}), (7, {"b": 1})]
