"""What days cost, and how far a change of it is sure."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from assay.analysis.costs.report import cost_report
from assay.analysis.costs.spending import compared_periods, spending_of
from assay.analysis.costs.trust import Trust
from assay.core.errors import DataError, ParameterError
from assay.core.result import record

FIRST = date(2026, 3, 2)


def lines_of(usd, *, first=FIRST, requests=10):
    usd = list(usd)
    return pl.DataFrame(
        {
            "day": [first + timedelta(days=n) for n in range(len(usd))],
            "model": ["one"] * len(usd),
            "apart": [False] * len(usd),
            "requests": [requests] * len(usd),
            "cost_usd": usd,
            "spent_usd": usd,
        },
        schema_overrides={"spent_usd": pl.Float64, "cost_usd": pl.Float64},
    )


def report_of(spending):
    checks = Trust(checks=(), unpriced=(), more_unpriced=0, assumed=(), more_assumed=0)
    return cost_report(spending, checks)


def test_totals_are_those_of_the_lines_and_a_rise_is_found():
    rng = np.random.default_rng(3)
    usd = np.r_[rng.normal(10, 0.5, 28), rng.normal(12, 0.5, 28)]
    found = spending_of(lines_of(usd))
    assert found.whole.usd == pytest.approx(usd.sum(), rel=1e-12)
    assert found.difference == pytest.approx(usd[28:].sum() - usd[:28].sum(), rel=1e-9)
    assert found.change.value == pytest.approx(found.recent.daily - found.before.daily, rel=1e-9)
    assert found.change.low < 2 < found.change.high
    assert found.relative.low > 0
    assert report_of(found).findings[0].state == "rose"


def test_days_that_vary_as_much_as_they_differ_are_level():
    rng = np.random.default_rng(4)
    found = spending_of(lines_of(rng.normal(10, 2, 56)))
    assert report_of(found).findings[0].state == "steady"


def test_spend_that_gaps_leave_open_is_not_called_level():
    """Nine days of 56 cost anything: by how many times a day's cost moved has no end."""
    usd = np.zeros(56)
    usd[[3, 11, 20, 26, 30, 33, 41, 47, 55]] = [0.02, 0.3, 0.2, 0.05, 1.4, 0.03, 0.2, 0.4, 0.2]
    found = spending_of(lines_of(usd))
    assert found.change.low < 0 < found.change.high
    assert found.relative is None
    assert found.why_not == (
        "47 of 56 days cost nothing, so that how many times as much a day costs has no end"
    )
    (finding,) = report_of(found).findings
    assert (finding.state, finding.lift) == ("not enough data", None)


def test_nothing_spent_in_both_periods_is_level():
    found = spending_of(lines_of(np.zeros(56)))
    assert found.why_not == ""
    assert report_of(found).findings[0].state == "steady"


def test_days_without_rows_cost_nothing_and_are_counted():
    lines = lines_of([5.0] * 56).filter(pl.col("day") != FIRST + timedelta(days=50))
    found = spending_of(lines)
    assert (found.whole.days, len(found.days), found.empty_days) == (56, 56, 1)
    assert found.recent.usd == pytest.approx(27 * 5)


def test_what_has_no_cost_or_no_time_is_told_and_not_taken_for_nothing():
    undated = lines_of([1.5], requests=3).with_columns(day=pl.lit(None, dtype=pl.Date))
    lines = pl.concat([lines_of([1.0] * 55 + [None]), undated])
    found = spending_of(lines)
    assert (found.whole.unknown, found.undated, found.undated_usd) == (10, 3, 1.5)
    assert found.models_unknown == ("one",)
    assert found.whole.usd == pytest.approx(55)


def test_records_set_apart_are_in_no_period_and_both_totals_are_told():
    apart = lines_of([9990.0], requests=1).with_columns(apart=pl.lit(True))
    found = spending_of(pl.concat([lines_of([1.0] * 56), apart]))
    assert (found.apart, found.apart_usd) == (1, 9990.0)
    assert found.whole.usd == pytest.approx(56)
    assert found.usd_with_apart == pytest.approx(10046)


def test_short_periods_have_no_interval_and_say_why():
    found = spending_of(lines_of([1.0, 2.0] * 6))
    assert found.change is None
    assert found.why_not == "no day came before the recent ones"
    found = spending_of(lines_of([1.0, 2.0] * 10), recent_days=10, before_days=10)
    assert found.change is None
    assert found.why_not == "10 days, expected two weeks at least to know how days differ"
    assert found.difference == pytest.approx(0)
    assert report_of(found).findings[0].state == "not enough data"
    assert record(report_of(found), kind="cost")["spending"]["recent"]["days"] == 10


def test_periods_end_with_the_data_and_do_not_reach_beyond_them():
    last = FIRST + timedelta(days=39)
    found = compared_periods(FIRST, last, recent_days=28, before_days=28)
    assert (found.before_from, found.before_days, found.shortened) == (FIRST, 12, True)
    assert (found.recent_to, found.recent_days) == (last, 28)
    assert compared_periods(FIRST, FIRST, recent_days=1, before_days=1) is None


def test_bad_questions_are_refused():
    with pytest.raises(ParameterError, match="recent_days=0"):
        spending_of(lines_of([1.0]), recent_days=0)
    with pytest.raises(DataError, match="no interaction lies within the days that count"):
        spending_of(lines_of([1.0]).clear())
    with pytest.raises(DataError, match="no interaction has a time"):
        spending_of(lines_of([1.0]).with_columns(day=pl.lit(None, dtype=pl.Date)))
