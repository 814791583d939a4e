"""`assay baseline`: captured once, held against later runs, told in four forms."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from assay.app.cli import app
from assay.core.errors import AssayError
from assay.data.readings import read_readings
from data.adapters.test_benchmark_reports import PYTEST
from features.test_runs import readings


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with sixteen runs of two workloads, of which one gets slower half-way."""
    (tmp_path / "assay.toml").write_text("")
    rng = np.random.default_rng(7)
    frames = [
        readings(
            {
                f"run-{i}": (rng.lognormal(0, 0.02, 3) * (factor if i >= 8 else 1.0)).tolist()
                for i in range(16)
            },
            workload=workload,
            name=workload,
        )
        for workload, factor in (("index", 1.2), ("search", 1.0))
    ]
    pl.concat(frames).write_parquet(tmp_path / "bench.parquet")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASSAY_PROJECT", str(tmp_path))
    return tmp_path


def call(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["baseline", *words], catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done.stdout


@pytest.fixture
def captured(project: Path) -> Path:
    path = project / "params/baselines/v1.yaml"
    call("capture", "--data", "bench.parquet", "--until", "2026-01-08", "--output", str(path))
    return path


def test_a_regression_fails_only_where_it_was_asked_for(captured: Path) -> None:
    since = ("--baseline", "v1", "--data", "bench.parquet", "--since", "2026-01-09")
    told = call("compare", *since)
    assert told.startswith("Time of index (here) rose by ")
    assert "search · here · time" in told
    call("compare", *since, "--fail-on", "regression", code=1)
    call("compare", *since, "--fail-on", "missing", "--fail-on", "creeping")
    assert captured.is_file()


def test_machines_read_it_as_json_and_junit(captured: Path) -> None:
    since = ("--baseline", str(captured), "--data", "bench.parquet", "--since", "2026-01-09")
    told = json.loads(call("compare", *since, "--format", "json"))
    assert told["schema"]["kind"] == "baseline"
    assert told["regressions"] == 1
    suite = ET.fromstring(call("compare", *since, "--format", "junit"))  # noqa: S314  our own
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert suite.find("testcase/failure").get("type") == "regression"
    call("compare", *since, "--format", "md", "--output", "told.md")
    assert "| ✗ | index · here · time | regression |" in Path("told.md").read_text()


def test_reports_of_other_programs_need_no_import(project: Path) -> None:
    for day, factor in (
        *((day, 1.0) for day in range(1, 7)),
        *((day, 1.5) for day in range(7, 13)),
    ):
        rounds = [factor * (1 + 0.01 * ((7 * place + day) % 5)) for place in range(9)]
        report = PYTEST | {
            "datetime": f"2026-11-{day:02}T12:00:00+00:00",
            "benchmarks": [{"fullname": "t.py::test_parse", "stats": {"data": rounds}}],
        }
        side = "before" if day < 7 else "after"
        (project / f"{side}-{day}.json").write_text(json.dumps(report))
    call("capture", "--data", "before-*.json", "--output", "params/baselines/v2.yaml")
    against = ("compare", "--baseline", "v2", "--fail-on", "regression")
    told = call(*against, "--data", "after-*.json", code=1)
    assert told.startswith("Time of t.py::test_parse rose by 50")
    assert "1 / 6" not in told
    call(*against, "--data", "before-*.json")
    assert "6 / 1" in call("compare", "--baseline", "v2", "--data", "after-7.json")


def test_the_store_is_read_as_a_file_is(project: Path) -> None:
    (project / "bench.parquet").rename("measurements.parquet")
    done = CliRunner().invoke(app, ["import", "measurements.parquet"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    stored = read_readings("store:measurements")
    given = read_readings("measurements.parquet")
    names = ["run_id", "workload", "value"]
    assert (
        stored.valid.select(names)
        .sort(names)
        .collect()
        .equals(given.valid.select(names).sort(names).collect())
    )
    assert stored.source.rows == given.source.rows


def test_a_baseline_is_not_replaced_by_mistake(captured: Path) -> None:
    before = captured.read_text()
    words = ("capture", "--data", "bench.parquet", "--runs", "2", "--output", str(captured))
    with pytest.raises(AssayError, match="is there already"):
        call(*words)
    assert captured.read_text() == before
    call(*words, "--force")
    assert captured.read_text() != before


def test_baselines_are_listed(captured: Path) -> None:
    (told,) = json.loads(call("list", "--json"))
    assert (told["name"], told["runs"], told["cases"][0]["runs"]) == ("v1", 8, 8)
    assert "v1  nightly  2 cases, 8 runs of 4 revisions" in call("list")
    assert captured.is_file()


def test_mistakes_are_told(captured: Path) -> None:
    with pytest.raises(AssayError, match="expected a day"):
        call("compare", "--baseline", "v1", "--data", "bench.parquet", "--since", "yesterday")
    with pytest.raises(AssayError, match="there is no baseline"):
        call("compare", "--baseline", "v2", "--data", "bench.parquet")
    with pytest.raises(AssayError, match="no such metric"):
        call(
            *("capture", "--data", "bench.parquet", "--output", "x.yaml"),
            *("--lower-is-worse", "thruput"),
        )
    with pytest.raises(AssayError, match="smallest=7"):
        call("compare", "--baseline", "v1", "--data", "bench.parquet", "--smallest", "7")
    assert captured.is_file()
