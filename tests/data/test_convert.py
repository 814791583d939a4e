"""Values in another type: exact where they fit, null where they do not, never a guess."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.data.convert import MOMENT, convert, parsed_moment, present

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 6, 1, tzinfo=UTC)
LIST = pl.List(pl.String)


def turned(values: list[Any], want: pl.DataType, dtype: pl.DataType | None = None) -> list[Any]:
    series = pl.Series("v", values, dtype=dtype)
    found = series.to_frame().select(convert(pl.col("v"), series.dtype, want)).to_series()
    assert found.dtype == want
    return found.to_list()


@pytest.mark.parametrize(
    ("values", "want", "expected"),
    [
        (["7", " 8 ", "9.0", "2.5", "x", "", None], pl.Int64(), [7, 8, 9, None, None, None, None]),
        ([7.0, 2.5, float("nan"), 1e300], pl.Int64(), [7, None, None, None]),
        (["1.5", "1e3", "x", "NaN", ""], pl.Float64(), [1.5, 1000.0, None, None, None]),
        ([1, None], pl.Float64(), [1.0, None]),
        ([Decimal("1.25")], pl.Float64(), [1.25]),
        ([timedelta(milliseconds=2500), None], pl.Float64(), [2.5, None]),
        ([b"x", b"\xff", None], pl.String(), ["x", "ff", None]),
        ([b"7"], pl.Int64(), [7]),
        ([7, 8], pl.String(), ["7", "8"]),
        ([7.0, 7.5, float("nan")], pl.String(), ["7", "7.5", None]),
        ([2.0**53, 1e17], pl.String(), ["9007199254740992", "1e+17"]),
        (["x", " ", ""], pl.String(), ["x", None, None]),
        ([True], pl.String(), ["true"]),
        ([["x"]], pl.String(), [None]),
        (["true", "No", " 1 ", "maybe"], pl.Boolean(), [True, False, True, None]),
        ([True, None, False], pl.Boolean(), [True, None, False]),
        ([1, 0, 2], pl.Boolean(), [True, False, None]),
        ([NOON], pl.Boolean(), [None]),
        ([NOON], pl.Float64(), [None]),
        ([True], pl.Int64(), [None]),
        ([1_780_000_000], MOMENT, [None]),
        ([date(2026, 6, 1)], MOMENT, [MIDNIGHT]),
        ([datetime(2026, 6, 1, 12)], MOMENT, [NOON]),  # noqa: DTZ001
        (["2026-06-01T12:00:00Z", "today"], MOMENT, [NOON, None]),
        ([NOON], pl.Date(), [date(2026, 6, 1)]),
        (["2026-06-01", "2026-06-31"], pl.Date(), [date(2026, 6, 1), None]),
        (["one; two", "", "three"], LIST, [["one", "two"], None, ["three"]]),
        ([["one"], []], LIST, [["one"], []]),
        ([5], LIST, [None]),
    ],
)
def test_values_in_another_type(values: list[Any], want: pl.DataType, expected: list[Any]) -> None:
    assert turned(values, want) == expected


def test_categories_are_text() -> None:
    assert turned(["7", "x"], pl.Int64(), pl.Categorical()) == [7, None]


@pytest.mark.parametrize(
    "text",
    [
        "2026-06-01T12:00:00Z",
        "2026-06-01 12:00:00",
        "2026-06-01T12:00",
        "2026-06-01T14:00:00+02:00",
        "2026-06-01T14:00+0200",
        " 2026-06-01 07:00:00.000000-05:00 ",
    ],
)
def test_ways_to_write_a_moment(text: str) -> None:
    assert pl.select(parsed_moment(pl.lit(text))).item() == NOON


def test_a_time_without_a_zone_is_of_the_named_one() -> None:
    berlin = parsed_moment(pl.lit("2026-06-01 14:00:00"), time_zone="Europe/Berlin")
    assert pl.select(berlin).item() == NOON


def test_an_hour_that_no_clock_showed_is_missing_and_a_repeated_one_is_the_earlier() -> None:
    def read(text: str) -> datetime | None:
        return pl.select(parsed_moment(pl.lit(text), time_zone="Europe/Berlin")).item()

    assert read("2026-03-29 02:30:00") is None
    assert read("2026-10-25 02:30:00") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@given(st.integers(-(2**63), 2**63 - 1))
def test_a_whole_number_survives_being_text(number: int) -> None:
    assert turned([str(number)], pl.Int64()) == [number]


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)))  # noqa: DTZ001
def test_a_moment_survives_being_text(moment: datetime) -> None:
    assert turned([moment.isoformat()], MOMENT) == [moment.replace(tzinfo=UTC)]


@given(st.floats(allow_nan=False))
def test_a_number_survives_being_text(number: float) -> None:
    assert turned([repr(number)], pl.Float64()) == [number]


def test_what_counts_as_a_value() -> None:
    frame = pl.DataFrame({"n": [1.0, float("nan"), None], "t": ["x", " ", None]})
    found = frame.select(present(pl.col("n"), pl.Float64()), present(pl.col("t"), pl.String()))
    assert found.rows() == [(True, True), (False, False), (False, False)]
