"""The size that `assay experiment plan` tells: from history, from figures, or what is missing."""

import json

import numpy as np
import polars as pl
import pytest

REGISTRATION = """
hypothesis: It helps.
owner: me
unit: user_id
arms: [control, new]
metrics: [{name: Solved, kind: rate, value: solved}]
"""
FIGURES = "baselines: {Solved: {base: 0.5}}"


def sized(trial, sizing, more=""):
    """What the plan tells as JSON."""
    said = f"sizing: {{{sizing}}}\n" if sizing else ""
    trial.write("params/experiments/x.yaml", REGISTRATION + said + more)
    return json.loads(trial.done("experiment", "plan", "x", "--json"))["sizing"]


@pytest.fixture
def history(trial):
    """Sixty days on which a hundred new users come, of whom half are solved."""
    rng = np.random.default_rng(8)
    n = 6_000
    pl.DataFrame(
        {
            "user_id": [f"u{number}" for number in range(n)],
            "seen": np.datetime64("2026-01-01T12:00:00", "us")
            + np.repeat(np.arange(60), 100) * np.timedelta64(1, "D"),
            "solved": (rng.random(n) < 0.5).astype(int),
        }
    ).write_parquet(trial.root / "past.parquet")
    return trial


def test_the_size_of_a_rate_is_the_textbooks(trial):
    # Cohen (1988): difference of .05 at .5, unpooled variances .25 and .2475, power .8, alpha .05:
    # n per arm = (1.959964 + .841621)^2 * .4975 / .05^2 = 1,561.9, times two arms; the lift's
    # interval (Fieller) asks the same at no change.
    found = sized(trial, f"{FIGURES}, effect: 0.1")
    assert found["units"] == pytest.approx(2 * 7.848879 * 0.4975 / 0.05**2, rel=0.02)
    assert found["days"] is None


def test_looks_and_traffic_cost_what_they_cost(trial):
    once = sized(trial, f"{FIGURES}, effect: 0.1, units_per_day: 1000")
    slow = sized(trial, f"{FIGURES}, effect: 0.1, units_per_day: 1000", "traffic: 0.1\n")
    assert (once["days"], slow["days"]) == (7, 35)
    looks = "plan: {design: group-sequential, looks: 5, spending: pocock, planned_n: 3200}\n"
    plain, often = (sized(trial, f"{FIGURES}, effect: 0.1", more) for more in ("", looks))
    # Jennison & Turnbull (2000), table 2.3: five looks at power .8 take 1.228 times the size
    # with Pocock's constant bound, which its spending function comes near to.
    assert often["units"] / plain["units"] == pytest.approx(1.228, abs=0.03)
    assert often["planned_units"] == 3200
    assert often["reach"][0]["power"] < 0.8
    assert often["reach"][0]["detectable"] > 0.1


def test_history_tells_length_and_what_the_period_brings(history):
    days = "start: 2026-04-01\nend: 2026-04-14\n"
    found = sized(history, "data: past.parquet, time: seen, effect: 0.1", days)
    assert (found["days"], found["units"]) == (35, 3500)
    assert found["planned_units"] == 1400
    said = history.done("experiment", "plan", "x")
    assert "needs     5 weeks, which bring 3,500 user_id, to show a lift of 10 % in Solved" in said
    assert "planned are 1,400, too few: Solved is shown with a chance of" in said


def test_sizing_is_optional_and_no_deviation(trial):
    assert sized(trial, "") is None
    assert "sizing is missing" in trial.done("experiment", "plan", "x")
    trial.done("experiment", "start", "x")
    sized(trial, f"{FIGURES}, effect: 0.1")
    assert json.loads(trial.done("experiment", "status", "x", "--json"))["deviations"] == []


@pytest.mark.parametrize(
    ("sizing", "code", "said"),
    [
        ("data: gone.parquet, effect: 0.1", 3, "gone.parquet"),
        ("data: past.parquet, time: sean, effect: 0.1", 3, "did you mean 'seen'?"),
        ("data: past.parquet, effect: 1.5", 3, ""),
        ("data: past.parquet", 2, "sizing names no effect"),
        ("effect: 0.1", 2, "expected either data (a history) or baselines (figures)"),
        ("baselines: {Solvd: {base: 0.5}}, effect: 0.1", 2, "'Solved' has no base"),
        ("data: past.parquet, efect: 0.1", 2, "did you mean 'effect'?"),
    ],
)
def test_what_cannot_be_sized_is_told_in_words(history, sizing, code, said):
    history.write("params/experiments/x.yaml", f"{REGISTRATION}sizing: {{{sizing}}}\n")
    done = history.run("experiment", "plan", "x")
    assert (done.code, said in done.err) == (code, True)
