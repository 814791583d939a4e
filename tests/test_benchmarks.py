"""`make bench`: which benchmarks are run at which size, and which are left out."""

import importlib
import importlib.util
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
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
        ["peers.py", "--series", "100", "--online", "60"],
        ["anomalies.py"],
        ["online.py", "--repeats", "1000"],
        ["spend_anomalies.py", "--repeats", "100"],
        ["coverage.py", "--series", "500"],
        ["goals.py", "--series", "700"],
        ["model_switch.py", "--runs", "2000"],
        ["savings.py", "--runs", "2000"],
        ["lifetimes.py", "--runs", "200", "--users", "1000000"],
        ["personalisation.py", "--worlds", "200", "--users", "1000000"],
        ["spend_forecasts.py", "--series", "2000"],
        ["behaviour.py", "--rows", "20000000", "--repeats", "3"],
        ["costs.py", "--rows", "10000000", "--repeats", "5"],
        ["trends.py", "--agents", "200"],
        ["segments.py", "--nulls", "1000"],
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
        "4",
        "20",
        "40",
        "100",
        "40",
        "20",
        "20",
        "140",
        "4000000",
        "2000000",
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
        "spend_anomalies.py",
        "coverage.py",
        "goals.py",
        "model_switch.py",
        "savings.py",
        "lifetimes.py",
        "personalisation.py",
        "spend_forecasts.py",
        "behaviour.py",
        "costs.py",
        "trends.py",
        "segments.py",
    ]
    told = capsys.readouterr().out
    assert "skipped  large.py --rows 100000000 --units 1000000: needs 4.0 GB of disk" in told
    assert "4.5 GB are free" in told


def test_one_that_fails_does_not_hide_the_others(bench, capsys):
    script, start = bench
    script.codes["imports.py"] = 2
    assert start("--rows", "1000000") == 1
    assert len(script.ran) == 24
    assert "exit 2   imports.py" in capsys.readouterr().out


@pytest.fixture
def peers(monkeypatch):
    """The script with the others that it takes its simulations from, by their bare names."""
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    for name in ("breaks", "forecasts", "online", "regressions", "peers"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    before = set(sys.modules)
    yield importlib.import_module("peers")
    for name in {"breaks", "forecasts", "online", "regressions", "peers"} - before:
        sys.modules.pop(name, None)


def test_peers_tells_ours_beside_rules_and_who_is_not_installed(
    peers, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(peers.breaks, "TCPD", tmp_path / "none")
    peers.break_table(1, tmp_path)
    peers.online_table(6, tmp_path)
    peers.candidate_table(3, tmp_path)
    monkeypatch.setattr(peers.forecasts, "DATA", tmp_path / "none")
    peers.forecast_table(1, tmp_path)
    told = [line for line in capsys.readouterr().out.splitlines() if line]
    rows = {line[:30].strip(): line[30:].split() for line in told}
    found = [line[30:].split() for line in told if line.startswith("ours")]
    # Found: the jump in the middle, +10 % within 14 days, +20 % of the candidate.
    assert [row[column] for row, column in zip(found, (4, 2, 2), strict=True)] == [
        "1.00",
        "1.00",
        "1.000",
    ]
    assert len(rows["two days > 1.10 × that mean"]) == 7
    assert rows["mean > 1.10 × (pytest-benchma"][2] >= "0.600"
    assert sum("not installed: make oracles" in line for line in told) == 8
    assert "no M4 series" in told[-1]


def test_peers_counts_alarms_before_the_shift_as_false_and_the_first_after_it_as_found(peers):
    shifts = [(None, np.array([60, 50])), (None, np.array([90, 90]))]
    alarms = [[[(40, 38), (63, 61), (70, 70)], [(52, 20)]], [[(92, None)], [(105, 90)]]]
    row = peers.online_row("rule", alarms, shifts, 0.5)[30:].split()
    # One false in 30 + 20 + 60 + 60 clean days; (52, 20) names another place, day 105 is too late.
    assert row == ["0.59", "170", "0.50", "3", "0.50", "2", "0.50"]


def test_every_rule_of_online_is_judged_by_days_before_and_after_the_shift(peers):
    online = peers.online
    _, shift = online.simulated(np.random.default_rng([20_261, 1000, 20]), 6, 1000, 0.20)
    clean = float((shift - online.FROM).sum())
    known = online.judged(lambda _: [[35, day + 3] for day in shift.tolist()], 6, 1000, 0.20)
    assert known == (pytest.approx(100 * 6 / clean), 1.0, 3.0)
    told = {name: online.judged(rule, 6, 1000, 0.20) for name, rule in online.RULES.items()}
    assert all(false >= 0 and 0 <= share <= 1 for false, share, _ in told.values())
    assert told["ours"][1] == 1.0


def test_a_tool_asked_day_by_day_tells_each_place_once():
    spec = importlib.util.spec_from_file_location("answer", SCRIPT.parent / "oracles/answer.py")
    answer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(answer)
    way = answer.replayed(lambda y, _: [10] * (len(y) > 30) + [len(y) - 1] * (len(y) == 38))
    assert way(list(range(45)), {"since": 25}) == [[30, 10], [37, 37]]
