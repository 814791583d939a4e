"""`assay benchmark run`: measured, stored, captured, and a slower workload found and failed."""

import json
from pathlib import Path

import polars as pl
import pytest

from app.trial import Trial
from assay.app.measured_told import duration
from assay.privacy.shapes import label_faults

FILE = """
suite: mine
sizes: {quick: {runs: 3, rounds: 4, warm_up: 1, seconds: 0.0005}}
workloads:
  spin: {call: "work_of_benchmarks:spin", variants: {fast: {}, slow: {arguments: {times: 2000}}}}
  fails: {command: [sh, -c, "echo oh no >&2; exit 3"]}
"""
WORK = "def spin(times=100):\n    return sum(i * i for i in range(FACTOR * times))\n"


def work(root: Path, factor: int) -> None:
    (root / "work_of_benchmarks.py").write_text(WORK.replace("FACTOR", str(factor)) + "#" * factor)


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Trial, list]:
    """A project measured, captured, made forty times slower, and measured again."""
    root = tmp_path_factory.mktemp("bench")
    (root / "assay.toml").touch()
    (root / "params").mkdir()
    (root / "params/benchmarks.yaml").write_text(FILE)
    trial = Trial(root)
    said = []
    for number, factor in enumerate((1, 40)):
        work(root, factor)
        words = ("benchmark", "run", "--workload", "quick", "--revision", f"r{number}")
        said.append(trial.run(*words, *(("--json",) if number == 0 else ())))
        if not number:
            trial.done(
                "baseline", "capture", "--suite", "mine", "--output", "params/baselines/v1.yaml"
            )
    return trial, said


def test_a_session_tells_itself(measured: tuple[Trial, list]) -> None:
    _, (first, second) = measured
    assert first.code == second.code == 1  # `fails` did
    told = json.loads(first.out)
    assert (told["suite"], told["runs"], told["revision"]) == ("mine", 3, "r0")
    assert told["stored"] == told["readings"]
    assert {one["label"]: one["rounds"] for one in told["noise"]} == {
        "spin · fast": 12, "spin · slow": 12,
    }  # fmt: skip
    assert {one["what"] for one in told["failures"]} == {"ended with 3"}
    assert told["overhead"]["shares"].keys() == {"spin · fast", "spin · slow"}
    (versus,) = told["variants"]
    assert versus["variant"] == "slow"
    assert versus["ratio"] > 3
    assert "assay: fails failed 9 times: ended with 3\n    oh no" in second.err
    assert "spin: slow takes" in second.out
    assert "Measuring adds" in second.out


def test_only_what_succeeded_was_timed(measured: tuple[Trial, list]) -> None:
    trial, _ = measured
    files = sorted((trial.root / "data/benchmarks").glob("*.parquet"))
    rows = pl.concat(pl.read_parquet(file) for file in files)
    failed = rows.filter(pl.col("workload") == "fails")
    assert failed["metric"].unique().to_list() == ["succeeded"]
    assert failed["value"].to_list() == [0.0] * 6
    assert rows["run_id"].n_unique() == 6
    assert rows.filter(metric="time").height == 2 * 2 * 12
    texts = [rows[name].drop_nulls().unique() for name in ("run_id", "name", "environment")]
    assert not label_faults(pl.concat(texts), shape=True, version=False)


def test_the_slower_code_is_found_and_fails(measured: tuple[Trial, list]) -> None:
    trial, _ = measured
    words = ("baseline", "compare", "--baseline", "v1", "--fail-on", "regression")
    said = trial.run(*words, "--format", "json")
    assert said.code == 1, said.err
    told = json.loads(said.out)
    worse = {one["label"] for one in told["cases"] if one["verdict"] == "regression"}
    assert "spin/quick · slow · cpu" in worse  # the clock is also at what else the machine does
    assert not any("fails" in one for one in worse)
    assert not told["remarks"]


def test_a_file_of_one_s_own_is_written_beside_its_record(tmp_path: Path) -> None:
    (tmp_path / "assay.toml").touch()
    (tmp_path / "b.yaml").write_text(
        "sizes: {quick: {runs: 1, rounds: 1, warm_up: 0, seconds: 0.0001}}\n"
        "workloads: {len: {call: 'builtins:len', arguments: {}, prepare: 'builtins:list'}}\n"
    )
    trial = Trial(tmp_path)
    out = trial.done(
        *("benchmark", "run", "--workload", "quick", "--file", "b.yaml", "--output", "m.parquet")
    )
    assert "5 readings of 1 run are in m.parquet" in out
    assert json.loads((tmp_path / "m.json").read_text())["machine"]["range"] >= 0
    assert not (tmp_path / "data/store").exists()
    said = trial.run("benchmark", "run", "--output", "m.csv")
    assert (said.code, "ends in .parquet" in said.err) == (2, True)
    (tmp_path / "params").mkdir()
    (tmp_path / "params/benchmarks.yaml").write_text(
        "sizes: {quick: {runs: 1, rounds: 1, warm_up: 0}}\nworkloads: {no: {command: 'false'}}\n"
    )
    said = trial.run("benchmark", "run", "--workload", "quick")
    assert said.code == 1
    assert "assay: no failed: ended with 1" in said.err


def test_durations_have_three_digits() -> None:
    assert [duration(x) for x in (3.2, 0.0456, 7.891e-6, 5e-10)] == [
        "3.2 s", "45.6 ms", "7.89 µs", "0.5 ns",
    ]  # fmt: skip
