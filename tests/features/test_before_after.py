"""What units did before a change and since: counted by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest

from assay.core.errors import DataError, ParameterError
from assay.features.before_after import MONTH, before_after
from assay.params import Metric

SOLVED = Metric(name="Solved", kind="ratio", numerator="succeeded")
COST = Metric(name="Cost", kind="count", value="cost_usd")
CHANGED = date(2026, 3, 11)


def _rows() -> pl.LazyFrame:
    rows: list[tuple[str | None, int, str | None, bool | None, float | None]] = [
        ("a", 1, None, True, 1.0),
        ("a", 7, None, False, 2.0),
        ("a", 12, "new", True, 4.0),
        ("a", 13, "new", None, 8.0),
        ("b", 6, None, True, 1.0),
        ("b", 11, "old", False, None),
        ("c", 9, None, True, 1.0),
        (None, 12, "new", True, 1.0),
        ("d", 12, "other", True, 1.0),
    ]
    return pl.LazyFrame(
        {
            "user_id": [row[0] for row in rows],
            "occurred_at": [datetime(2026, 3, row[1], 12, tzinfo=UTC) for row in rows],
            "variant": [row[2] for row in rows],
            "succeeded": [row[3] for row in rows],
            "cost_usd": [row[4] for row in rows],
        }
    )


def _found(**more: Any) -> Any:
    asked = {"group": "variant", "treated": ["new"], "compared": ["old"], "before_days": 10}
    return before_after(_rows(), [SOLVED, COST], changed_on=CHANGED, **{**asked, **more})


def test_sums_stand_by_unit_and_period() -> None:
    found = _found()
    solved, cost = found.treated
    assert (solved.after.tolist(), solved.after_of.tolist()) == ([1.0], [1.0])  # null is no trial
    assert (solved.before.tolist(), solved.before_of.tolist()) == ([1.0], [2.0])
    assert (cost.after.tolist(), cost.before.tolist()) == ([12.0], [3.0])
    assert cost.after_of[0] == pytest.approx(3 / MONTH)
    assert cost.before_of[0] == pytest.approx(10 / MONTH)
    assert found.comparison[0].after_of.tolist() == [1.0]
    assert found.comparison[1].after.tolist() == [0.0]  # a cost that is not known adds nothing
    assert (found.first, found.last) == (date(2026, 3, 1), date(2026, 3, 13))


def test_the_days_before_are_halved_for_a_look_at_nothing() -> None:
    earlier = _found().earlier[0]
    assert (earlier.before.tolist(), earlier.after.tolist()) == ([1.0], [0.0])
    assert (earlier.before_of.tolist(), earlier.after_of.tolist()) == ([1.0], [1.0])


def test_who_is_in_no_group_is_told() -> None:
    told = [(one.what, one.count, one.reason) for one in _found().left_out]
    assert told == [
        ("rows", 1, "belong to no unit"),
        ("units", 2, "are in neither group by variant"),
    ]


def test_everybody_is_the_group_where_none_is_named() -> None:
    found = _found(group=None, treated=(), compared=())
    assert found.comparison is None
    assert found.treated[0].n == 4


def test_all_others_are_compared_where_none_are_named() -> None:
    assert _found(compared=()).comparison[0].n == 2


def test_only_days_up_to_the_last_count() -> None:
    found = _found(last=date(2026, 3, 12))
    assert found.treated[1].after.tolist() == [4.0]
    assert found.after_days == 2


@pytest.mark.parametrize(
    ("more", "fault", "told"),
    [
        ({"group": "varant"}, DataError, "no column 'varant'"),
        ({"unit": "users"}, DataError, "no column 'users'"),
        ({"treated": []}, ParameterError, "no value of it is named"),
        ({"treated": ["newer"], "compared": ["old"]}, DataError, "nobody was reached"),
        ({"before_days": 0}, ParameterError, "before_days=0"),
        ({"whom": {"variant": "none"}}, DataError, "no rows from 2026-03-11 on"),
        ({"treated": ["new", "old"], "compared": ["old"]}, ParameterError, "both"),
    ],
)
def test_what_cannot_be_answered_is_refused(
    more: dict[str, Any], fault: type[Exception], told: str
) -> None:
    with pytest.raises(fault, match=told):
        _found(**more)


def test_a_unit_in_both_groups_is_refused() -> None:
    both = _rows().with_columns(
        user_id=pl.when(pl.col("user_id") == "b").then(pl.lit("a")).otherwise("user_id")
    )
    with pytest.raises(DataError, match="1 unit stands in both groups"):
        before_after(
            both, [SOLVED], changed_on=CHANGED, group="variant", treated=["new"], compared=["old"]
        )


def test_a_metric_of_another_kind_is_refused() -> None:
    metric = Metric(name="Median", kind="quantile", value="cost_usd", quantile=0.5)
    with pytest.raises(ParameterError, match="is a quantile, expected ratio"):
        before_after(_rows(), [metric], changed_on=CHANGED)
