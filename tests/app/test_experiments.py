"""Experiments from the command line: their life, their clock, and who hears of it."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from math import log
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from assay.app.tending import announce, experiments_due, tend
from assay.workbench.experiments.experiment import find_experiment
from assay.workbench.experiments.results import log_lift_of
from assay.workbench.layout import VERSION_FILES
from assay.workbench.project import Project

BASE = """
hypothesis: It helps.
owner: me
unit: user_id
arms: [control, new]
metrics: [{name: CTR, kind: mean, value: clicked}]
notify: team
"""
SCHEDULES = "recipients: {team: env:TEAM_URL}\n"


def register(trial, name="greeting", more="", base=BASE):
    trial.write("params/schedules.yaml", SCHEDULES)
    trial.write(f"params/experiments/{name}.yaml", base.replace("team", "[team]") + more)


def publish(
    trial,
    *,
    through,
    units=400,
    verdict="ship",
    version="2099-01-01T000000Z-aaaaaaaa",
    **more,
):
    """A published version of the experiment's report, as far as it is read."""
    comparison = {
        "metric": "CTR", "role": "primary", "better": "up", "arm": "new", "unit": "share",
        "n": units // 2, "n_control": units // 2, "verdict": verdict,
        "difference": {"value": 0.02, "low": 0.01, "high": 0.03},
        "lift": {"value": 0.2, "low": 0.1, "high": 0.3},
        "method": {"critical_value": 1.96},
    }  # fmt: skip
    result = {
        "n": units, "verdict": verdict, "arm": "new", "reason": "r", "alpha": 0.05,
        "comparisons": [comparison],
        "brief": {"title": "CTR rises by 20 %", "data_through": through},
        **more,
    }  # fmt: skip
    folder = f"reports/published/ab-test/greeting/{version}"
    for name in VERSION_FILES:
        trial.write(f"{folder}/{name}", json.dumps(result) if name == "result.json" else "{}")


def test_from_the_registration_to_the_archive(trial, hook, monkeypatch):
    url, calls = hook
    monkeypatch.setenv("TEAM_URL", url)
    register(trial)
    assert json.loads(trial.done("experiment", "list", "--json"))[0]["state"] == "draft"
    assert "arms      control 50 %, new 50 %" in trial.done("experiment", "plan", "greeting")
    assert "greeting is running" in trial.done("experiment", "start", "greeting")
    told = json.loads(
        trial.done("experiment", "assign", "greeting", "--unit", "a", "--unit", "b", "--json")
    )
    assert [row["unit"] for row in told] == ["a", "b"]
    assert all(row["arm"] in {"control", "new"} and row["epoch"] == 0 for row in told)
    trial.write("units.txt", "a\nb\n")
    lines = trial.done("experiment", "assign", "greeting", "--units", "units.txt").splitlines()
    assert [line.split("\t")[1] for line in lines] == [row["arm"] for row in told]
    publish(trial, through="2026-01-05")
    register(trial, more="traffic: 0.5\n")
    status = json.loads(trial.done("experiment", "status", "greeting", "--json"))
    assert (status["units"], status["verdict"]) == (400, "ship")
    assert [(d["field"], d["before"], d["after"]) for d in status["deviations"]] == [
        ("traffic", "1.0", "0.5")
    ]
    assert status["deviations"][0]["first_seen"]
    trial.done("experiment", "conclude", "greeting", "--decision", "ship", "--reason", "good")
    written = trial.done("experiment", "archive", "--output", "past.json")
    assert written == "1 estimate of 1 experiment\n"
    (past,) = json.loads((trial.root / "past.json").read_text())
    assert {"experiment", "metric", "log_lift", "se", "concluded_at"} <= set(past)
    assert past["log_lift"] == pytest.approx(log(1.2))
    assert past["se"] == pytest.approx(log(1.3 / 1.1) / (2 * 1.96))
    assert (past["decision"], past["shipped"]) == ("ship", True)
    subjects = [call["title"] for call in calls]
    assert subjects == [
        "[Trial] Experiment greeting started",
        "[Trial] Experiment greeting is concluded: ship",
    ]
    trial.done("due")
    assert len(calls) == 2


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("pause", "greeting"), 1, "is draft, to pause it takes one that is running"),
        (("start", "greting"), 2, "did you mean 'greeting'?"),
        (("assign", "greeting", "--unit", "u"), 2, "has not started"),
        (("conclude", "greeting", "--decision", "ship"), 1, "it has not started"),
    ],
)
def test_what_cannot_be_done_is_told_in_words(trial, arguments, code, said):
    register(trial, base=BASE.replace("notify: team", ""))
    done = trial.run("experiment", *arguments)
    assert (done.code, said in done.err) == (code, True)


def test_nothing_is_concluded_without_a_result_or_shipped_from_a_blocked_one(trial):
    register(trial, base=BASE.replace("notify: team", ""))
    trial.done("experiment", "start", "greeting")
    conclude = ("experiment", "conclude", "greeting", "--decision", "ship")
    assert "no result to conclude from" in trial.refused(*conclude).err
    publish(trial, through="2026-01-05", verdict="blocked")
    assert "the last result of 'greeting' is blocked" in trial.refused(*conclude).err
    trial.done("experiment", "stop", "greeting", "--reason", "withdrawn")
    assert json.loads(trial.done("experiment", "list", "--json"))[0]["decision"] == "stopped"


BLOCKS = {"status": "blocks", "reason": "the arms have other sizes than planned"}
WAITS = {"state": {"waiting": "the first of 4 looks is due at 100 units"}}


@pytest.mark.parametrize(
    ("decision", "result", "said"),
    [
        ("ship", {"verdict": "undecided"}, ["The result is undecided: r."]),
        ("ship", {"verdict": "keep"}, ["The result says keep, not ship: r."]),
        ("keep", {"verdict": "ship"}, ["The result says ship, not keep: r."]),
        (
            "ship",
            {"verdict": "undecided", "plan": WAITS},
            ["The plan has no answer yet: the first of 4 looks is due at 100 units."],
        ),
        (
            "keep",
            {"verdict": "blocked", "checks": [BLOCKS]},
            [
                "The verdict is withheld: r.",
                "A check that forbids a verdict failed: the arms have other sizes than planned.",
            ],
        ),
        (
            "keep",
            {"verdict": "blocked", "checks": [BLOCKS], "reason": BLOCKS["reason"]},
            ["The verdict is withheld: the arms have other sizes than planned."],
        ),
        ("ship", {"verdict": "ship"}, []),
        ("undecided", {"verdict": "undecided"}, []),
    ],
)
def test_a_decision_that_the_result_does_not_bear_is_doubted_for_good(
    trial, decision, result, said
):
    register(trial, base=BASE.replace("notify: team", ""))
    trial.done("experiment", "start", "greeting")
    publish(trial, through="2026-01-05", **result)
    done = trial.run("experiment", "conclude", "greeting", "--decision", decision, "--json")
    assert done.code == 0
    assert done.err.splitlines() == [f"greeting: {doubt}" for doubt in said]
    assert json.loads(done.out)["event"]["conclusion"]["doubts"] == said
    told = trial.done("experiment", "status", "greeting")
    assert [f"  doubt       {doubt}" in told.splitlines() for doubt in said] == [True] * len(said)


def test_a_file_of_units_that_is_not_there_says_what_to_give(trial):
    register(trial, base=BASE.replace("notify: team", ""))
    trial.done("experiment", "start", "greeting")
    for content, said in (
        (None, "name a file with one unit a line"),
        (b"\xff", "write it as UTF-8"),
    ):
        if content is not None:
            (trial.root / "nofile").write_bytes(content)
        done = trial.refused("experiment", "assign", "greeting", "--units", "nofile")
        assert f"→ {said}" in done.err


def test_the_clock_starts_ends_and_concludes(trial, monkeypatch):
    days = "start: 2026-01-01\nend: 2026-01-05\n"
    register(trial, more=days, base=BASE.replace("notify: team", "notify: team"))
    project = Project.at(trial.root)
    new_year = datetime(2026, 1, 1, 6, tzinfo=UTC)
    assert tend(project, now=new_year - timedelta(days=1)) == []
    assert experiments_due(project, new_year) == [("greeting", "start")]
    assert tend(project, now=new_year) == ["greeting: started, as its registration says"]
    assert tend(project, now=new_year + timedelta(days=4)) == []
    assert tend(project, now=new_year + timedelta(days=5)) == [
        "greeting: no more units, its planned end is reached"
    ]
    assert find_experiment(project, "greeting").state == "paused"
    publish(trial, through="2026-01-04")
    assert tend(project, now=new_year + timedelta(days=6)) == []
    publish(trial, through="2026-01-05", version="2099-01-02T000000Z-aaaaaaaa")
    assert tend(project, now=new_year + timedelta(days=6)) == [
        "greeting: concluded as planned, ship"
    ]
    found = find_experiment(project, "greeting")
    assert found.concluded["conclusion"]["comparisons"][0]["lift"]["low"] == 0.1
    assert [event["by"] for event in found.events] == ["clock"] * 3
    sent: list[str] = []

    def fail(letter, *_, **__):
        raise OSError(letter.subject)

    def take(letter, *_, guard, **__):
        guard()
        sent.append(letter.subject)
        return ""

    monkeypatch.setenv("TEAM_URL", "json://127.0.0.1:9/x")
    with pytest.raises(OSError, match="started"):
        announce(project, now=new_year, hand_over=fail)
    for _ in range(2):
        announce(project, now=new_year + timedelta(days=6), hand_over=take)
    assert sent == [
        "[Trial] Experiment greeting started",
        "[Trial] Experiment greeting is paused",
        "[Trial] Experiment greeting is concluded: ship",
    ]


@pytest.mark.parametrize(
    ("more", "units", "verdict", "due"),
    [
        ("plan: {design: anytime, planned_n: 1000}\n", 999, "ship", []),
        ("plan: {design: anytime, planned_n: 1000}\n", 1000, "ship", [("greeting", "conclude")]),
        ("plan: {design: anytime, planned_n: 1000}\n", 1000, "blocked", [("greeting", "end")]),
        (
            "decision: {conclude: when decided}\nplan: {design: anytime}\n",
            50,
            "keep",
            [("greeting", "conclude")],
        ),
        ("decision: {conclude: when decided}\n", 50, "keep", []),
        ("decision: {conclude: when decided}\n", 50, "undecided", []),
        (
            "decision: {conclude: when decided}\nplan: {design: once, planned_n: 99}\n",
            50,
            "keep",
            [],
        ),
        ("plan: {design: once, planned_end: 2026-01-02}\n", 50, "undecided", []),
        ("decision: {conclude: by hand}\nplan: {design: once, planned_n: 10}\n", 50, "ship", []),
    ],
)
def test_it_ends_by_the_plan_and_not_before(trial, more, units, verdict, due):
    register(trial, more=more + "start: 2026-01-01\n")
    project = Project.at(trial.root)
    now = datetime(2026, 1, 2, tzinfo=UTC)
    tend(project, now=now)
    publish(trial, through="2026-01-02", units=units, verdict=verdict)
    assert experiments_due(project, now) == due


def advised(action, metric="Latency", reason="its bound is crossed on the worse side"):
    return {"advice": {"action": action, "metric": metric, "reason": reason, "until": None}}


SEQUENTIAL = "plan: {design: group-sequential, looks: 4, planned_n: 1000, futility: 0.1}\n"


@pytest.mark.parametrize(
    ("decision", "action", "verdict", "due"),
    [
        ("{stop: [harm]}", "stop for harm", "keep", ["conclude"]),
        ("{stop: [harm], conclude: by hand}", "stop for harm", "keep", ["conclude"]),
        ("{stop: [harm, futility]}", "stop for futility", "undecided", ["conclude"]),
        ("{stop: [harm]}", "stop for futility", "undecided", []),
        ("{stop: [harm]}", "go on", "undecided", []),
        ("{stop: [harm]}", "stop", "ship", []),
        ("{stop: [harm]}", "stop for harm", "blocked", []),
        ("{conclude: by hand}", "stop for harm", "keep", []),
        ("{}", "stop for harm", "keep", []),
    ],
)
def test_harm_and_futility_end_it_where_that_was_registered(trial, decision, action, verdict, due):
    register(trial, more=f"{SEQUENTIAL}decision: {decision}\nstart: 2026-01-01\n")
    project = Project.at(trial.root)
    now = datetime(2026, 1, 2, tzinfo=UTC)
    tend(project, now=now)
    publish(trial, through="2026-01-02", units=500, verdict=verdict, plan=advised(action))
    assert experiments_due(project, now) == [("greeting", one) for one in due]
    if due:
        said = f"{action}, Latency: its bound is crossed on the worse side"
        assert tend(project, now=now) == [f"greeting: concluded as planned, {verdict}: {said}"]
        found = find_experiment(project, "greeting")
        assert found.concluded["reason"] == f"as planned: {said}"
        assert found.concluded["conclusion"]["advice"]["action"] == action


def test_status_tells_of_harm_that_nothing_stops_by_itself(trial):
    register(trial, more=SEQUENTIAL, base=BASE.replace("notify: team", ""))
    trial.done("experiment", "start", "greeting")
    publish(trial, through="2026-01-02", verdict="keep", plan=advised("stop for harm"))
    told = trial.done("experiment", "status", "greeting")
    assert "  advice      stop for harm: Latency, its bound is crossed on the worse side" in told
    status = json.loads(trial.done("experiment", "status", "greeting", "--json"))
    assert status["advice"]["action"] == "stop for harm"
    assert status["due"] == ""


def test_what_never_looked_early_cannot_stop_early(trial):
    base = BASE.replace("notify: team", "")
    for more, said in (
        ("decision: {stop: [harm]}\n", "expected a plan of design group-sequential or anytime"),
        (
            "plan: {design: once, planned_n: 9}\ndecision: {stop: [harm]}\n",
            "expected a plan of design group-sequential or anytime",
        ),
        (
            "plan: {design: anytime, planned_n: 9}\ndecision: {stop: [futility]}\n",
            "expected futility in the plan",
        ),
    ):
        register(trial, more=more, base=base)
        assert said in trial.refused("experiment", "plan", "greeting").err
    register(trial, more=f"{SEQUENTIAL}decision: {{stop: [harm, futility]}}\n", base=base)
    said = trial.done("experiment", "plan", "greeting")
    assert "stopped   before its end for harm and for futility" in said


def test_an_estimate_without_an_interval_is_not_archived():
    lift = {"value": 0.1, "low": None, "high": None}
    assert log_lift_of({"lift": lift, "method": {"critical_value": 2.0}}) == (None, None)


def test_traffic_follows_what_was_learnt_and_nobody_moves(trial):
    """Of the new arm 60 % convert, of the control 20 %; drift between epochs changes no gain."""
    (trial.root / "notebooks").mkdir(exist_ok=True)
    notebooks = Path(__file__).parents[2] / "notebooks"
    shutil.copy(notebooks / "10-ab-test.ipynb", trial.root / "notebooks")
    base = BASE.replace("notify: team", "").replace("mean, value: clicked", "rate, value: ok")
    register(trial, more="reallocation: {floor: 0.1, batch: 0.5}\n", base=base)
    trial.write("params/ab-test.yaml", "sets: {greeting: {data: units.parquet}}\n")
    trial.done("experiment", "start", "greeting")
    units = [f"u{number}" for number in range(2000)]

    def collect() -> None:
        project = Project.at(trial.root)
        allocation = find_experiment(project, "greeting").allocation
        arms, epochs = allocation.arms_of(units), allocation.epochs_of(units)
        chance = np.where(np.array(arms) == "new", 0.6, 0.2) + 0.1 * epochs
        pl.DataFrame(
            {
                "user_id": units,
                "variant": arms,
                "ok": np.random.default_rng(1).random(len(units)) < chance,
            }
        ).filter(pl.col("variant").is_not_null()).write_parquet(trial.root / "units.parquet")

    collect()
    before = find_experiment(Project.at(trial.root), "greeting").allocation.arms_of(units)
    foretold = trial.json("experiment", "reallocate", "greeting", "--dry-run")
    assert not foretold["written"]
    told = trial.json("experiment", "reallocate", "greeting")
    assert told["split"] == pytest.approx({"control": 0.1, "new": 0.9}, abs=1e-6)
    after = find_experiment(Project.at(trial.root), "greeting").allocation
    assert all(a == b for a, b in zip(before, after.arms_of(units), strict=True) if a)
    collect()
    said = trial.done("experiment", "reallocate", "greeting", "--dry-run")
    assert "Certainty about new has cost" in said
    gain = trial.json("experiment", "reallocate", "greeting", "--dry-run")["basis"]["gains"]["new"]
    assert gain["low"] < 0.4 < gain["high"]
    assert gain["units"] == len([arm for arm in after.arms_of(units) if arm])
    assert gain["fixed_units"] < gain["units"]
