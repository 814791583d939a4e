"""`make bench`: which benchmarks are run at which size, and which are left out."""

import importlib.util
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "benchmarks/all.py"


@pytest.fixture
def bench(tmp_path, monkeypatch):
    """The script, with its processes written down and never started."""
    spec = importlib.util.spec_from_file_location("bench_all", SCRIPT)
    script = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(__import__("sys").modules, "bench_all", script)
    spec.loader.exec_module(script)
    script.RESULTS = tmp_path / "results"
    script.ran, script.codes, script.free = [], {}, 100e9

    def run(command, *, check):
        assert not check
        script.ran.append([Path(command[1]).name, *command[2:]])
        return subprocess.CompletedProcess(command, script.codes.get(Path(command[1]).name, 0))

    monkeypatch.setattr(script.subprocess, "run", run)
    monkeypatch.setattr(script.shutil, "disk_usage", lambda _: SimpleNamespace(free=script.free))

    def start(*arguments):
        monkeypatch.setattr("sys.argv", ["all.py", *arguments])
        return script.main()

    return script, start


def test_the_full_size_is_a_hundred_million_rows(bench):
    script, start = bench
    assert start() == 0
    assert script.ran == [
        ["run.py", "--rows", "10000000", "--repeats", "5"],
        ["imports.py", "--rows", "10000000", "--spans", "300000"],
        ["live.py", "--events", "200000", "--repeats", "5"],
        ["reports.py", "--sets", "40"],
        ["hierarchy.py", "--repeats", "3"],
        ["forecasts.py", "--every", "1"],
        ["regressions.py", "--repeats", "2000"],
        ["breaks.py", "--series", "200"],
        ["peers.py", "--series", "100"],
        ["anomalies.py"],
        ["online.py", "--repeats", "1000"],
        ["coverage.py", "--series", "500"],
        ["trends.py", "--agents", "200"],
        ["large.py", "--rows", "100000000", "--units", "1000000"],
    ]


def test_a_smaller_size_is_in_proportion(bench):
    script, start = bench
    assert start("--rows", "2500000") == 0
    assert [command[2] for command in script.ran if command[1:]] == [
        "2000000",
        "2000000",
        "50000",
        "4",
        "1",
        "8",
        "200",
        "20",
        "10",
        "100",
        "20",
        "20",
        "2500000",
    ]
    with pytest.raises(SystemExit):
        start("--rows", "10")


def test_what_does_not_fit_on_the_disk_is_left_out_and_told(bench, capsys):
    script, start = bench
    script.free = 4.5e9
    assert start() == 0
    assert [command[0] for command in script.ran] == [
        "run.py",
        "imports.py",
        "live.py",
        "reports.py",
        "hierarchy.py",
        "forecasts.py",
        "regressions.py",
        "breaks.py",
        "peers.py",
        "anomalies.py",
        "online.py",
        "coverage.py",
        "trends.py",
    ]
    told = capsys.readouterr().out
    assert "skipped  large.py --rows 100000000 --units 1000000: needs 4.0 GB of disk" in told
    assert "4.5 GB are free" in told


def test_one_that_fails_does_not_hide_the_others(bench, capsys):
    script, start = bench
    script.codes["imports.py"] = 2
    assert start("--rows", "1000000") == 1
    assert len(script.ran) == 14
    assert "exit 2   imports.py" in capsys.readouterr().out
