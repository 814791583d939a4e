from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_series_equal

from assay.features.behaviour.latest import Latest

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
VALUES = {
    "texts": (["x", None, "much longer than twelve", "x", "", None], pl.String),
    "kinds": (["x", None, "y", "x", "z", None], pl.Enum(["z", "y", "x"])),
    "categories": (["x", None, "y", "x", "z", None], pl.Categorical()),
    "numbers": ([1, None, 3, 1, -5, None], pl.Int16()),
    "amounts": ([0.5, None, float("nan"), 0.25, -1.0, None], pl.Float32()),
    "truths": ([True, None, False, True, False, None], pl.Boolean()),
    "days": ([date(2026, 3, k) if k != 2 else None for k in range(1, 7)], pl.Date()),
    "times": ([NOON + timedelta(hours=k) for k in range(6)], pl.Datetime("ms", "Europe/Berlin")),
    "lasted": ([timedelta(hours=k) if k else None for k in range(6)], pl.Duration("us")),
    "clocks": ([time(k) if k else None for k in range(6)], pl.Time()),
    "lists": ([[1], None, [2, 3], [], [4], None], pl.List(pl.Int64)),
    "parts": ([{"a": 1}, None, {"a": 2}, {"a": 1}, {"a": 5}, None], pl.Struct({"a": pl.Int64})),
    "nothing": ([None] * 6, pl.Null()),
}


@pytest.mark.parametrize("name", VALUES)
def test_the_last_known_value_is_that_of_a_group(name):
    values, kind = VALUES[name]
    column = pl.Series(name, values, dtype=kind)
    frame = pl.concat([pl.DataFrame([column])] * 3).with_columns(pl.Series("who", [*range(9)] * 2))
    given = Latest(frame.schema[name])
    for begin, size in ((0, 5), (5, 1), (6, 12)):
        part = frame.slice(begin, size)
        given.add(part["who"].to_numpy(), part[name], 9)
    told = (
        frame.group_by("who", maintain_order=True)
        .agg(pl.col(name).drop_nulls().last())
        .sort("who")[name]
    )
    assert_series_equal(given.told(name, 9), told)


def test_entities_that_come_later_have_room():
    given = Latest(pl.Int64())
    given.add(np.array([0]), pl.Series([7]), 1)
    given.add(np.array([4, 4]), pl.Series([8, 9]), 5)
    assert given.told("a", 5).to_list() == [7, None, None, None, 9]
