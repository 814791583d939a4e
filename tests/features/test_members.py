"""A file of members beside an experiment: joined by unit, refused where it came too late."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from assay.core.errors import DataError, ParameterError
from assay.features.design import Design
from assay.features.members import with_members
from assay.params import Metric

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
ROWS = pl.LazyFrame(
    {
        "user_id": ["a", "b", "c", "d"],
        "variant": ["x", "y", "x", "y"],
        "experiment_id": ["e", "e", "e", "f"],
        "occurred_at": [START + timedelta(days=at) for at in (1, 2, 3, -30)],
        "solved": [True, False, True, False],
    }
)
ASSIGNED = pl.LazyFrame(
    {
        "unit_id": ["a", "b", "c", "d"],
        "variant": ["x", "y", "x", "y"],
        "experiment_id": ["e", "e", "e", "f"],
        "assigned_at": [START, START, START, START - timedelta(days=30)],
    }
)
DESIGN = Design(
    arm="variant",
    control="x",
    unit="user_id",
    time="occurred_at",
    experiment="e",
    metrics=(Metric(name="solved", kind="rate", value="solved"),),
    segments=("kind",),
)


def members(day="2026-03-01", **more):
    return pl.LazyFrame(
        {
            "entity": ["a", "b", "d"],
            "segment": ["s1", "s2", None],
            "name": ["long texts, costly", "plain", "too little data"],
            "as_of": [day] * 3,
        }
        | more
    )


def test_each_unit_gets_the_name_of_its_segment_and_who_is_not_in_the_file_is_told() -> None:
    rows, assigned, design, joined = with_members(ROWS, DESIGN, members(), assigned=ASSIGNED)
    assert rows is ROWS
    assert assigned.collect()["segment"].to_list() == [
        "“long texts, costly”",
        "plain",
        "(not in the file)",
        "too little data",
    ]
    assert design.segments == ("kind", "segment")
    assert (joined.as_of, joined.first, joined.late) == (date(2026, 3, 1), date(2026, 3, 2), False)


def test_without_assignments_rows_get_it_and_their_first_day_counts() -> None:
    rows, assigned, _, joined = with_members(ROWS, DESIGN, members("2026-03-02"))
    assert assigned is None
    assert rows.collect()["segment"].null_count() == 0
    assert joined.first == date(2026, 3, 3)
    assert rows.collect().columns == [*ROWS.collect_schema(), "segment"]


@pytest.mark.parametrize(
    "given",
    [
        members("2026-03-02"),
        members("2026-04-02"),
        members(formed_as_of=["2026-03-19", "2026-03-19", None]),
        members().with_columns(pl.col("as_of").str.to_date() + timedelta(days=1)),
    ],
)
def test_segments_formed_of_days_of_the_experiment_are_refused_unless_it_is_said(given) -> None:
    with pytest.raises(DataError, match="units exposed from 2026-03-02 on") as refused:
        with_members(ROWS, DESIGN, given, assigned=ASSIGNED)
    assert "members_late=true" in str(refused.value)
    assert with_members(ROWS, DESIGN, given, assigned=ASSIGNED, late=True)[3].late


def test_an_exposure_that_is_not_known_is_taken_as_late() -> None:
    bare = Design(arm="variant", control="x", unit="user_id", metrics=DESIGN.metrics)
    with pytest.raises(DataError, match="not known") as refused:
        with_members(ROWS, bare, members())
    assert "time=" in str(refused.value)
    assert with_members(ROWS, bare, members(), late=True)[3].first is None


def test_names_that_two_segments_have_are_told_apart() -> None:
    twice = members(name=["same", "same", "noise"])
    _, assigned, _, _ = with_members(ROWS, DESIGN, twice, assigned=ASSIGNED)
    assert assigned.collect()["segment"].to_list() == [
        "s1 same",
        "s2 same",
        "(not in the file)",
        "noise",
    ]


def test_nothing_is_changed_without_a_file() -> None:
    assert with_members(ROWS, DESIGN, None, assigned=ASSIGNED) == (ROWS, ASSIGNED, DESIGN, None)


def test_what_is_wrong_with_the_file_is_said() -> None:
    good = members()
    with pytest.raises(DataError, match="twice"):
        with_members(ROWS, DESIGN, pl.concat([good, good]), assigned=ASSIGNED)
    with pytest.raises(DataError, match="no column as_of"):
        with_members(ROWS, DESIGN, good.drop("as_of"), assigned=ASSIGNED)
    with pytest.raises(DataError, match="no column entity, none of as_of"):
        with_members(ROWS, DESIGN, good.drop("as_of", "entity"), assigned=ASSIGNED)
    with pytest.raises(DataError, match="is not a day"):
        with_members(ROWS, DESIGN, members("yesterday"), assigned=ASSIGNED)
    with pytest.raises(DataError, match="no row"):
        with_members(ROWS, DESIGN, good.filter(pl.lit(False)), assigned=ASSIGNED)
    others = members(entity=["k", "l", "m"])
    with pytest.raises(DataError, match="no unit of the experiment"):
        with_members(ROWS, DESIGN, others, assigned=ASSIGNED)
    with pytest.raises(ParameterError, match="names the units"):
        with_members(ROWS, Design(arm="variant", control="x", metrics=DESIGN.metrics), good)
    with pytest.raises(ParameterError, match="already"):
        with_members(ROWS.with_columns(segment=pl.lit("x")), DESIGN, good, assigned=ASSIGNED)
