"""Reports of benchmarks are read for a comparison as they are, without an import."""

import json
from pathlib import Path

import polars as pl
import pytest

from assay.core.errors import DataError
from assay.data.readings import read_readings, write_readings
from data.adapters.test_benchmark_reports import ASV, FINE_ONE, FINE_TWO, PYTEST, STATS
from features.test_runs import readings


@pytest.mark.parametrize(
    ("name", "content", "suite", "rows"),
    [
        ("p.json", json.dumps(PYTEST), "pytest-benchmark", 4),
        ("h.json", json.dumps(FINE_ONE, indent=1), "hyperfine", 9),
        ("h2.json", json.dumps(FINE_TWO), "hyperfine", 4),
        ("a.json", json.dumps(ASV), "asv", 6),
        ("l_stats.csv", STATS, "locust", 12),
    ],
)
def test_reports_are_told_by_what_they_hold(
    tmp_path: Path, name: str, content: str, suite: str, rows: int
) -> None:
    path = tmp_path / name
    path.write_text(content)
    found = read_readings(str(path))
    frame = found.valid.collect()
    assert frame["suite"].unique().to_list() == [suite]
    assert (frame.height, found.source.rows, found.source.path) == (rows, rows, str(path))
    assert frame["value"].is_finite().all()


def test_each_file_of_a_glob_is_a_run(tmp_path: Path) -> None:
    for day in (1, 2, 3):
        report = PYTEST | {"datetime": f"2026-11-0{day}T12:00:00+00:00"}
        (tmp_path / f"b{day}.json").write_text(json.dumps(report))
    found = read_readings(str(tmp_path / "*.json")).valid.collect()
    assert found["run_id"].n_unique() == 3
    (tmp_path / "rows.json").write_text(json.dumps({"run_id": "1", "metric": "time"}))
    with pytest.raises(DataError, match="expected a report of benchmarks"):
        read_readings(str(tmp_path / "*.json"))


def test_files_of_our_own_are_read_as_before(tmp_path: Path) -> None:
    rows = readings({"r1": [1.0, 2.0]})
    rows.write_csv(tmp_path / "m.csv")
    write_readings(tmp_path / "m.parquet", rows.to_dicts())
    for name in ("m.csv", "m.parquet"):
        assert read_readings(str(tmp_path / name)).valid.collect()["value"].to_list() == [1.0, 2.0]


def test_commands_keep_their_names_without_what_points_at_a_person(tmp_path: Path) -> None:
    commands = ["sleep 0.1", "ssh anna@example.com ls", "curl https://u:tiger@example.org/x -o 1"]
    one = FINE_ONE["results"][1]
    path = tmp_path / "h.json"
    path.write_text(
        json.dumps({"results": [one | {"command": c, "parameters": {}} for c in commands]})
    )
    found = read_readings(str(path)).valid.select(pl.col("name").unique()).collect()
    names = set(found["name"])
    assert {"sleep 0.1", "ssh [e-mail] ls"} < names
    assert not any("tiger" in name or "anna" in name for name in names)


def test_a_report_without_a_reading_and_a_broken_one_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    path.write_text(json.dumps(PYTEST | {"benchmarks": []}))
    with pytest.raises(DataError, match="no reading"):
        read_readings(str(path))
    path.write_text(json.dumps(PYTEST | {"benchmarks": [{"name": "x"}]}))
    with pytest.raises(DataError, match="record 1 of"):
        read_readings(str(path))
