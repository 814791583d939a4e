"""Cost lines out of expenses: sums, whole months, and what stops a run."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from assay.analysis.costs.roi import booked_costs
from assay.core.errors import DataError, ParameterError

ENTRIES = pl.DataFrame(
    {
        "day": [date(2026, 7, 20), date(2026, 8, 1), date(2026, 9, 1), date(2026, 9, 30),
                date(2026, 10, 1), date(2026, 9, 5), date(2026, 9, 6)],
        "category": ["people"] * 5 + ["travel", "credit"],
        "amount": [1.0, 100.0, 200.0, 50.0, 400.0, 7.0, -9.0],
        "currency": ["USD"] * 5 + ["CHF", "USD"],
        "usd": [1.0, 100.0, 200.0, 50.0, 400.0, None, -9.0],
    }
)  # fmt: skip


def line(**more: Any) -> dict[str, Any]:
    return {"name": "Coaches", "expenses": ["people"], **more}


def test_what_is_paid_once_is_the_sum_of_its_days() -> None:
    (found,) = booked_costs(ENTRIES, [line(**{"from": "2026-08-01", "to": "2026-09-30"})])
    assert (found.likely, found.ends, found.every) == (350.0, (350.0, 350.0), "once")
    assert found.source == "3 entries of people, 2026-08-01 to 2026-09-30"
    (every,) = booked_costs(ENTRIES, [line()])
    assert every.likely == 751.0


def test_a_month_is_the_mean_of_whole_months_and_ranges_over_them() -> None:
    days = {"from": "2026-07-20", "to": "2026-11-15"}
    (found,) = booked_costs(ENTRIES, [line(every="month", **days)])
    # August 100, September 250, October 400; July and November are there in part
    assert (found.likely, found.low, found.high) == (250.0, 100.0, 400.0)
    assert found.source.endswith("; 3 whole months")
    december = {"from": "2026-10-01", "to": "2026-12-31"}
    (idle,) = booked_costs(ENTRIES, [line(every="month", **december)])
    assert (idle.likely, idle.low, idle.high) == (pytest.approx(400 / 3), 0.0, 400.0)


@pytest.mark.parametrize(
    ("more", "kind", "told"),
    [
        ({"expenses": ["peple"]}, ParameterError, "no such category"),
        ({"from": "2027-01-01"}, DataError, "no entry of people"),
        ({"expenses": ["travel"]}, DataError, "1 of 1 entries are in CHF, without a rate"),
        ({"expenses": ["credit"]}, DataError, "come to -9.00 USD"),
        ({"every": "month", "from": "2026-09-02", "to": "2026-10-30"}, ParameterError, "no whole"),
    ],
)
def test_what_cannot_be_taken_stops_the_run(
    more: dict[str, Any], kind: type[Exception], told: str
) -> None:
    with pytest.raises(kind, match=told):
        booked_costs(ENTRIES, [line(**more)])


def test_lines_without_the_table_are_refused_and_no_lines_need_none() -> None:
    assert booked_costs(None, []) == ()
    with pytest.raises(ParameterError, match="the report names none"):
        booked_costs(None, [line()])
