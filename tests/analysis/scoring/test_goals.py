"""Where a goal stands."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from scipy.stats import norm

from assay.analysis.scoring import goal_status
from assay.analysis.scoring import goals as module
from assay.core.goals import Goal
from assay.params import Metric

START = datetime(2026, 1, 5, tzinfo=UTC)
"""A Monday."""


def weeks(values) -> pl.DataFrame:
    n = len(values)
    return pl.DataFrame(
        {
            "start": [START + timedelta(weeks=k) for k in range(n)],
            "n": [50] * n,
            "value": list(values),
            "standard_error": [0.05] * n,
            "complete": [True] * n,
        },
        schema_overrides={"value": pl.Float64},
    )


def goal(target: float, ahead: int, *, n: int = 20, better: str = "up") -> Goal:
    by = (START + timedelta(weeks=n + ahead, days=-1)).date()
    return Goal(name="G", metric="m", target=target, by=by, better=better)


@pytest.fixture(scope="module")
def noise():
    return 4 + np.random.default_rng(7).normal(0, 0.1, 20)


def test_the_chance_is_that_of_the_distribution_whose_intervals_are_given(monkeypatch) -> None:
    """A forecast that is N(4, 0.1²): the chance of at least t is 1 − Φ((t − 4) / 0.1)."""

    class Normal:
        def __init__(self, level: float) -> None:
            reach = 0.1 * norm.ppf((1 + level) / 2)
            self.values, self.low, self.high = (4.0,), (4 - reach,), (4 + reach,)
            self.coverage, self.backtest = (None,), ()

    monkeypatch.setattr(module, "forecast", lambda *_, level, **__: Normal(level))
    for target in (3.7, 3.85, 3.93, 4.0, 4.1, 4.19, 4.3):
        truth = norm.sf(target, 4, 0.1)
        up = goal_status(goal(target, 1), weeks([4.0] * 20))
        down = goal_status(goal(target, 1, better="down"), weeks([4.0] * 20))
        assert up.probability == pytest.approx(truth, abs=1e-9)
        assert down.probability == pytest.approx(1 - truth, abs=1e-9)


def test_states_go_by_the_chance_and_the_pace_is_what_is_left(noise) -> None:
    easy, middle, hard = (goal_status(goal(t, 4), weeks(noise)) for t in (3.0, 4.0, 5.0))
    assert [one.state for one in (easy, middle, hard)] == ["on track", "at risk", "off track"]
    assert easy.probability > middle.probability > hard.probability
    assert hard.needed == pytest.approx((5.0 - noise[-1]) / 4)
    assert hard.ahead[0].day == (START + timedelta(weeks=20)).date().isoformat()
    assert len(hard.ahead) == 4
    down = goal_status(goal(5.0, 4, better="down"), weeks(noise))
    assert down.state == "on track"
    assert down.probability == pytest.approx(1 - hard.probability)


def test_a_trend_is_followed(noise) -> None:
    """A target 0.2 above the last week's level: out of reach without a trend, likely with one."""
    rising = weeks(noise + 0.1 * np.arange(20))
    assert goal_status(goal(4 + 0.1 * 19 + 0.2, 6), rising).probability > 0.5
    assert goal_status(goal(4 + 0.1 * 19 + 0.2, 6), weeks(noise)).probability < 0.01


@pytest.mark.parametrize(
    ("better", "target", "state"),
    [("up", 3.0, "met"), ("up", 5.0, "missed"), ("down", 5.0, "met"), ("down", 3.0, "missed")],
)
def test_a_day_within_the_data_is_decided_by_the_week_before_it(better, target, state) -> None:
    one = goal_status(goal(target, -2, better=better), weeks([9.0] * 17 + [4.0] + [9.0] * 2))
    assert (one.state, one.probability, one.now.value) == (state, None, 4.0)


def test_without_an_answer_the_reason_is_told(noise) -> None:
    none = goal_status(goal(4, 4), None)
    few = goal_status(goal(4, 4, n=7), weeks(noise[:7]))
    far = goal_status(goal(4, 40), weeks(noise))
    empty = goal_status(goal(4, 4), weeks([None] * 20))
    early = goal_status(Goal(name="G", metric="m", target=4, by=date(2025, 1, 1)), weeks(noise))
    every = (none, few, far, empty, early)
    assert {one.state for one in every} == {"not enough data"}
    assert {one.probability for one in every} == {None}
    assert [one.reason for one in every] == [
        "no complete week has a value",
        "7 complete weeks, needs 8",
        "40 weeks ahead, at most 26 are foreseen",
        "no complete week has a value",
        "no complete week before its day",
    ]


def test_a_series_that_never_varies_is_certain_either_way() -> None:
    for target, chance in ((3.9, 1.0), (4.1, 0.0)):
        assert goal_status(goal(target, 4), weeks([4.0] * 20)).probability == pytest.approx(
            chance, abs=1e-3
        )


def test_a_goal_that_says_nothing_takes_the_way_of_its_metric(noise) -> None:
    failures = Metric(name="m", kind="mean", value="failed", better="down")
    day = (START + timedelta(weeks=24, days=-1)).date()
    silent = Goal(name="G", metric="m", target=5.0, by=day)
    upward = Goal(name="G", metric="m", target=5.0, by=day, better="up")
    found = [goal_status(one, weeks(noise), metric=failures) for one in (silent, upward)]
    assert [(one.better, one.state) for one in found] == [("down", "on track"), ("up", "off track")]
    assert goal_status(silent, weeks(noise)).better == "up"


def test_coverage_comes_with_the_number_of_forecasts_behind_it(noise) -> None:
    one = goal_status(goal(4.0, 4), weeks(noise))
    assert 0 < one.tested < 20
    assert goal_status(goal(4, 4), None).tested == 0
