"""Reports of pytest-benchmark, hyperfine, asv and locust: exact fields, units, and their traps.

The shapes are those that pytest-benchmark 5.3, hyperfine 1.15, asv 0.6 and locust 2.47 write, and of
hyperfine 2 what its documented examples show; the numbers are made up.
"""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from assay.core.errors import DataError
from assay.data.adapters import recognise
from assay.data.adapters.benchmarks.asv import FAILED, LEFT_OUT
from assay.data.adapters.benchmarks.reports import NO_TIME
from data.adapters.log_files import LogFile, log_file, read_all, rows_of

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
PYTEST: dict[str, Any] = {
    "machine_info": {
        "node": "somewhere", "machine": "x86_64", "system": "Linux", "python_version": "3.11.7",
        "cpu": {"count": 2, "brand_raw": "EPYC"},
    },
    "commit_info": {"id": "0123456789abcdef", "dirty": True, "project": "p", "branch": "main"},
    "benchmarks": [
        {
            "group": None, "name": "test_sum[10]", "fullname": "t/test_b.py::test_sum[10]",
            "params": {"n": 10}, "param": "10", "extra_info": {}, "options": {},
            "stats": {"min": 1e-7, "median": 2e-7, "rounds": 3, "iterations": 21,
                      "data": [1e-7, 2e-7, 3e-7]},
        },
        {"name": "test_plain", "fullname": "t/test_b.py::test_plain", "param": None,
         "stats": {"median": 0.5, "rounds": 9}},
    ],
    "datetime": "2026-11-01T12:00:00+00:00",
    "version": "5.3.1",
}  # fmt: skip
FINE_ONE: dict[str, Any] = {
    "results": [
        {"command": "sort", "mean": 0.2, "stddev": 0.1, "median": 0.2, "user": 0.05, "system": 0.01,
         "min": 0.1, "max": 0.3, "times": [0.1, 0.2, 0.3], "exit_codes": [0, 0, 0],
         "memory_usage_byte": [2_000_000, 0, 4_000_000], "parameters": {"n": "1"}},
        {"command": "sort", "mean": 0.2, "median": 0.2, "user": 0.05, "system": 0.01,
         "times": [0.1, 9.0], "exit_codes": [0, 3], "parameters": {"n": "1"}},
    ]
}  # fmt: skip


def quantity(value: float, unit: str) -> dict[str, Any]:
    return {"value": value, "unit": unit}


FINE_TWO: dict[str, Any] = {
    "schema_version": 2,
    "metadata": {"hyperfine_version": "2.0.0", "start_time": "2026-11-01T12:00:00Z",
                 "platform": {"os": "linux", "architecture": "x86_64"}},
    "primary_metric": "time_wall_clock",
    "results": [
        {"command": "sleep 1", "name": "nap", "summary": {},
         "measurements": [
             {"time_wall_clock": quantity(1.5, "second"), "time_cpu": quantity(0.25, "second"),
              "memory_peak_resident": quantity(3_000_000, "byte"), "exit_code": 0},
             {"time_wall_clock": quantity(7.0, "second"), "exit_code": 1},
         ]},
    ],
}  # fmt: skip
ASV: dict[str, Any] = {
    "commit_hash": "fedcba9876543210", "env_name": "virtualenv-py3.11", "date": 1_700_000_000_000,
    "params": {"arch": "x86_64", "cpu": "EPYC", "machine": "ci", "num_cpu": "2", "os": "Linux 6.1",
               "ram": "1"},
    "python": "3.11", "requirements": {}, "env_vars": {},
    "result_columns": ["result", "params", "version", "started_at", "duration", "stats_ci_99_a",
                       "stats_ci_99_b", "stats_q_25", "stats_q_75", "stats_number", "stats_repeat",
                       "samples", "profile"],
    "results": {
        "b.Suite.time_x": [
            [2e-6, None, float("nan"), 4e-6], [["10", "100"], ["'a'", "'b'"]], "v1",
            1_793_534_400_000, 2.5, *[[None] * 4] * 6, [[1e-6, 3e-6], None, None, None],
        ],
        "b.mem_list": [[2104], [], "v2", 1_793_534_400_500, 0.5],
        "b.peakmem_list": [[25_000_000], [], "v3", 1_793_534_400_500, 0.5],
        "b.track_len": [[5], [], "v4", 1_793_534_400_500, 0.5],
        "b.time_broken": [None, [], "v5", 1_793_534_400_500, 0.5],
    },
    "durations": {}, "version": 2,
}  # fmt: skip
STATS = """Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,Max Response Time,Average Content Size,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%
GET,/api/a,200,10,10,12.5,1,99,10,20.5,1.0,10,11,12,13,14,15,16,17,18,19,99
POST,/api/none,0,0,0,0,0,0,0,0,0,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A
,Aggregated,200,10,10,12.5,1,99,10,20.5,1.0,10,11,12,13,14,15,16,17,18,19,99
"""
HISTORY = """Timestamp,User Count,Type,Name,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%,Total Request Count,Total Failure Count,Total Median Response Time,Total Average Response Time,Total Min Response Time,Total Max Response Time,Total Average Content Size
1793534400,0,,Aggregated,0.000000,0.000000,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,0,0,0,0.0,0,0,0
1793534401,3,,Aggregated,0.000000,0.000000,0,0,0,0,0,0,0,0,0,0,0,56,14,4,6.4,3.5,14.1,4.1
1793534402,3,,Aggregated,36.0,9.0,40,10,10,10,11,120,14,170,17,17,17,107,22,4,6.8,3.5,16.8,4.5
1793534403,3,,Aggregated,37.0,9.0,50,10,10,10,11,130,14,180,17,17,17,161,30,4,6.6,3.5,16.8,4.3
"""


def values(piece: LogFile, adapter: str) -> dict[tuple[str, str], list[float]]:
    """Name and metric → values."""
    found: dict[tuple[str, str], list[float]] = {}
    for row in rows_of(read_all(piece, adapter), "measurements"):
        found.setdefault((row["name"], row["metric"]), []).append(row["value"])
    return found


def test_rounds_of_pytest_benchmark_are_readings_of_one_run(tmp_path: Path) -> None:
    piece = log_file(tmp_path, "a.json", json.dumps(PYTEST, indent=1))
    assert recognise(piece) == "pytest-benchmark"
    (chunk,) = read_all(piece, "pytest-benchmark")
    assert chunk.read == 2
    assert "some benchmarks tell no rounds" in chunk.warnings[0]
    rows = rows_of([chunk], "measurements")
    assert len({row["run_id"] for row in rows}) == 1
    assert [row["measured_at"] for row in rows] == [
        NOON + timedelta(microseconds=after) for after in range(4)
    ]
    first = {k: rows[0][k] for k in ("workload", "name", "metric", "unit", "revision", "suite")}
    assert first == {
        "workload": "t/test_b.py::test_sum", "name": "t/test_b.py::test_sum/10", "metric": "time",
        "unit": "s", "revision": "01234567-dirty", "suite": "pytest-benchmark",
    }  # fmt: skip
    assert values(piece, "pytest-benchmark") == {
        ("t/test_b.py::test_sum/10", "time"): [1e-7, 2e-7, 3e-7],
        ("t/test_b.py::test_plain", "time_median"): [0.5],
    }
    assert rows[0]["environment"].startswith("linux-x86_64-2cpu-py3.11-")
    other = log_file(tmp_path, "b.json", json.dumps(PYTEST | {"datetime": "2026-11-02T12:00:00"}))
    (later,) = {r["run_id"] for r in rows_of(read_all(other, "pytest-benchmark"), "measurements")}
    assert later != rows[0]["run_id"]


def test_hyperfine_times_what_succeeded(tmp_path: Path) -> None:
    piece = log_file(tmp_path, "a.json", json.dumps(FINE_ONE, indent=1))
    os.utime(piece.path, (NOON.timestamp(), NOON.timestamp()))
    assert recognise(piece) == "hyperfine"
    (chunk,) = read_all(piece, "hyperfine")
    assert chunk.warnings == (NO_TIME,)
    found = values(piece, "hyperfine")
    assert found.pop(("sort/n:1", "cpu")) == pytest.approx([0.06])
    assert found == {
        ("sort/n:1", "time"): [0.1, 0.2, 0.3],
        ("sort/n:1", "peak_memory"): [2.0, 4.0],
        ("sort/n:1", "succeeded"): [1.0],
        ("sort/n:1#2", "time"): [0.1],  # of the same name: another command, and not its rounds
        ("sort/n:1#2", "succeeded"): [0.5],
    }
    rows = rows_of([chunk], "measurements")
    assert rows[0]["measured_at"] == NOON
    assert len({row["measured_at"] for row in rows}) == len(rows)


def test_hyperfine_two_tells_quantities_and_the_time(tmp_path: Path) -> None:
    for text in (json.dumps(FINE_TWO, indent=1), json.dumps(FINE_TWO)):
        piece = log_file(tmp_path, "a.json", text)
        assert recognise(piece) == "hyperfine"
        (chunk,) = read_all(piece, "hyperfine")
        assert not chunk.warnings
        assert rows_of([chunk], "measurements")[0]["measured_at"] == NOON
        assert values(piece, "hyperfine") == {
            ("nap", "time"): [1.5],
            ("nap", "cpu"): [0.25],
            ("nap", "peak_memory"): [3.0],
            ("nap", "succeeded"): [0.5],
        }
    odd = json.loads(json.dumps(FINE_TWO).replace('"second"', '"hour"'))
    (chunk,) = read_all(log_file(tmp_path, "a.json", json.dumps(odd)), "hyperfine")
    assert chunk.warnings[0] == "time_cpu in another unit than second was not read"
    assert {row["metric"] for row in rows_of([chunk], "measurements")} == {
        "peak_memory",
        "succeeded",
    }


def test_asv_tells_failed_from_skipped(tmp_path: Path) -> None:
    (tmp_path / "ci").mkdir()
    (tmp_path / "benchmarks.json").write_text('{"b.track_len": {"unit": "objects"}, "version": 2}')
    piece = log_file(tmp_path / "ci", "a.json", json.dumps(ASV))
    assert recognise(piece) == "asv"
    (chunk,) = read_all(piece, "asv")
    assert chunk.read == 8
    assert chunk.skipped == {FAILED: 2, LEFT_OUT: 1}  # null; NaN
    assert len(chunk.warnings) == 1
    assert values(piece, "asv") == {
        ("b.Suite.time_x/10/a", "time"): [1e-6, 3e-6],
        ("b.Suite.time_x/100/b", "time_median"): [4e-6],
        ("b.mem_list", "memory"): [pytest.approx(0.002104)],
        ("b.peakmem_list", "peak_memory"): [25.0],
        ("b.track_len", "value"): [5.0],
    }
    rows = rows_of([chunk], "measurements")
    assert {row["revision"] for row in rows} == {"fedcba98"}
    assert rows[0]["measured_at"] == NOON  # when it was measured, not when it was committed
    assert [row["unit"] for row in rows if row["metric"] == "value"] == ["objects"]
    (tmp_path / "benchmarks.json").unlink()
    again = rows_of(read_all(piece, "asv"), "measurements")
    assert [row["unit"] for row in again if row["metric"] == "value"] == [""]


def test_asv_results_that_do_not_fit_their_parameters_are_broken(tmp_path: Path) -> None:
    odd = ASV | {"results": {"b.time_x": [[1.0, 2.0], [["1"], ["2"]], "v", 1_793_534_400_000, 1]}}
    (chunk,) = read_all(log_file(tmp_path, "a.json", json.dumps(odd)), "asv")
    assert [one.reason for one in chunk.broken] == ["has 2 results, its parameters allow 1"]


def test_locust_counts_in_milliseconds(tmp_path: Path) -> None:
    piece = log_file(tmp_path, "run_stats.csv", STATS)
    assert recognise(piece) == "locust"
    (chunk,) = read_all(piece, "locust")
    assert chunk.skipped == {"endpoint without a request so far": 1}
    assert chunk.warnings == (NO_TIME,)
    found = values(piece, "locust")
    assert {metric: told for (name, metric), told in found.items() if name == "GET:/api/a"} == {
        "throughput": [20.5], "time_p50": [0.01], "time_p95": [0.015], "time_p99": [0.017],
        "time_mean": [0.0125], "succeeded": [0.95],
    }  # fmt: skip
    assert ("Aggregated", "time_p95") in found


def test_the_history_of_locust_is_one_run_of_other_numbers(tmp_path: Path) -> None:
    piece = log_file(tmp_path, "run_stats_history.csv", HISTORY)
    assert recognise(piece) == "locust"
    (chunk,) = read_all(piece, "locust")
    assert sum(chunk.skipped.values()) == 2
    rows = rows_of([chunk], "measurements")
    assert len({row["run_id"] for row in rows}) == 1
    assert values(piece, "locust") == {
        ("Aggregated", "last_throughput"): [36.0, 37.0],
        ("Aggregated", "last_time_p50"): [0.04, 0.05],
        ("Aggregated", "last_time_p95"): [0.12, 0.13],
        ("Aggregated", "last_time_p99"): [0.17, 0.18],
    }
    assert rows[0]["measured_at"].replace(microsecond=0) == NOON + timedelta(seconds=2)


@pytest.mark.parametrize(
    ("adapter", "text", "told"),
    [
        ("pytest-benchmark", "{}", "has no 'benchmarks', expected a report of pytest-benchmark"),
        ("pytest-benchmark", "[1]", "holds list, expected a report of pytest-benchmark"),
        ("pytest-benchmark", '{"benchmarks": [', "is no JSON, expected a report"),
        ("pytest-benchmark", " \n", "is empty"),
        ("hyperfine", "{}", "has no 'results'"),
        ("hyperfine", '{"results": [], "schema_version": 9}', "of schema version 9, expected 2"),
        ("asv", '{"results": {}}', "has no 'commit_hash'"),
        ("asv", '{"results": {}, "commit_hash": "a", "version": 1}', "version 1, expected 2"),
    ],
)
def test_what_is_no_such_report_is_refused(
    tmp_path: Path, adapter: str, text: str, told: str
) -> None:
    with pytest.raises(DataError, match=told):
        read_all(log_file(tmp_path, "a.json", text), adapter)


def test_other_files_of_locust_are_refused(tmp_path: Path) -> None:
    piece = log_file(tmp_path, "run_failures.csv", "Method,Name,Error,Occurrences\nGET,/a,x,3\n")
    with pytest.raises(DataError, match=r"no column 'Failure Count'(.|\n)*failures and exceptions"):
        read_all(piece, "locust")
    with pytest.raises(DataError, match="is CSV, expected a report of hyperfine"):
        read_all(piece, "hyperfine")


def test_what_a_report_lacks_is_told_record_by_record(tmp_path: Path) -> None:
    odd = PYTEST | {
        "benchmarks": [1, {"name": "x"}, {"name": "y", "stats": {"data": [None, "many", 1.0]}},
                       {"name": "z", "stats": {"median": None}}],
        "datetime": None,
    }  # fmt: skip
    (chunk,) = read_all(log_file(tmp_path, "a.json", json.dumps(odd)), "pytest-benchmark")
    assert [one.row for one in chunk.broken] == [1, 2]
    assert chunk.skipped == {"without a value": 1}
    (found,) = chunk.found
    assert found.frame["value"].to_list() == ["many", "1.0"]  # the rule for numbers rejects one
    assert NO_TIME in chunk.warnings
