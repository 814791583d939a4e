"""Rows of measurements as the runs of a suite."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from assay.core.errors import DataError, NothingYetError, ParameterError
from assay.features.captures import Case
from assay.features.runs import capture, select_rows, worse_of
from assay.stats.regressions import run_of
from assay.stats.sketch import QuantileSketch


def readings(values: dict[str, list[float]], **columns: str) -> pl.DataFrame:
    """One run per key, one reading per value, a run per day from 1 January on."""
    start = datetime(2026, 1, 1, 2, tzinfo=UTC)
    rows = [
        {
            "run_id": run,
            "suite": "nightly",
            "workload": "search",
            "name": "search/10k",
            "metric": "time",
            "unit": "ms",
            "value": value,
            "provider": "here",
            "measured_at": start + timedelta(days=day, seconds=place),
            "revision": f"r{day // 2}",
            "environment": "linux",
        }
        | columns
        for day, (run, told) in enumerate(values.items())
        for place, value in enumerate(told)
    ]
    return pl.DataFrame(rows, schema_overrides={"value": pl.Float64})


def test_runs_are_summarised_as_the_kernel_does() -> None:
    rng = np.random.default_rng(5)
    values = {f"run-{i}": rng.lognormal(3, 0.5, 60).tolist() for i in range(4)}
    found = capture(readings(values), name="v1")
    (case,) = found.cases
    assert (found.runs, case.n, case.worse, case.compared) == (4, 240, "higher", "ratios")
    for run in case.runs:
        expected = run_of(values[run.run])
        assert dict(run.values) == dict(expected.values)
        assert dict(run.errors) == dict(expected.errors)
    everything = np.concatenate(list(values.values()))
    assert case.quantiles["p95"] == pytest.approx(np.quantile(everything, 0.95))
    sketch = QuantileSketch.from_json(case.sketch)
    lower = np.quantile(everything, 0.95, method="lower")
    assert sketch.quantile(0.95) == pytest.approx(lower, rel=0.021)
    typical = [np.log(run.values["typical"]) for run in case.runs]
    assert case.run_sd == pytest.approx(np.std(typical, ddof=1))


def test_a_run_of_one_reading_has_one_statistic() -> None:
    (case,) = capture(readings({"a": [3.0], "b": [4.0]})).cases
    assert [dict(run.values) for run in case.runs] == [{"typical": 3.0}, {"typical": 4.0}]


@pytest.mark.parametrize(("values", "unit"), [([0.0, 1.0], "ms"), ([0.5, 1.0], "share")])
def test_what_may_be_zero_is_compared_by_differences(values: list[float], unit: str) -> None:
    (case,) = capture(readings({"a": values, "b": values}, unit=unit)).cases
    assert case.compared == "differences"
    assert dict(case.runs[0].values) == {"mean": np.mean(values)}
    assert case.smallest > 0


def test_rows_are_chosen_by_revision_days_and_number() -> None:
    rows = readings({f"run-{i}": [1.0 + i] for i in range(6)}).lazy()
    chosen = select_rows(rows, revision="latest")
    assert chosen["run_id"].to_list() == ["run-4", "run-5"]
    chosen = select_rows(rows, first=date(2026, 1, 2), last=date(2026, 1, 4), runs=2)
    assert chosen["run_id"].to_list() == ["run-2", "run-3"]
    with pytest.raises(DataError, match=r"of revision 'r9' \(there are r0, r1, r2\)"):
        select_rows(rows, revision="r9")
    with pytest.raises(DataError, match="no measurement from 2027-01-01 on"):
        select_rows(rows, first=date(2027, 1, 1))
    with pytest.raises(NothingYetError, match="no measurements"):
        select_rows(rows.head(0))


def test_one_of_several_suites_has_to_be_named() -> None:
    rows = pl.concat([readings({"a": [1.0]}), readings({"b": [1.0]}, suite="weekly")]).lazy()
    with pytest.raises(DataError, match="2 suites: nightly, weekly"):
        select_rows(rows)
    assert select_rows(rows, suite="weekly")["run_id"].to_list() == ["b"]


def test_two_units_of_one_case_are_refused() -> None:
    rows = pl.concat([readings({"a": [1.0]}), readings({"b": [1.0]}, unit="s")])
    with pytest.raises(DataError, match="ms and in s, expected one unit"):
        capture(rows)


def test_readings_without_a_finite_value_are_left_out() -> None:
    (case,) = capture(readings({"a": [1.0, float("nan"), float("inf")]})).cases
    assert case.n == 1
    with pytest.raises(DataError, match="none of 1 readings"):
        capture(readings({"a": [float("nan")]}))


def test_what_is_worse_is_told_from_the_name() -> None:
    told = [worse_of(*each) for each in (("time", "ms"), ("x", "requests/s"), ("accuracy", ""))]
    assert told == ["higher", "lower", "lower"]


def test_a_case_refuses_a_change_of_nothing() -> None:
    (case,) = capture(readings({"a": [1.0]})).cases
    with pytest.raises(ParameterError, match="smallest=0"):
        Case(workload="w", metric="m", worse="higher", smallest=0, runs=case.runs)
