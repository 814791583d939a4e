"""Chances where weeks are few: they hold over worlds, and most users are unclear."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from assay.stats.personal_trends import Problem, fit_trends, personal_trends
from assay.stats.personal_trends.doubt import variances_drawn
from stats.personal_trends.planted import planted

SCRIPT = Path(__file__).resolve().parents[3] / "benchmarks/calibration/personal_trends.py"


@pytest.fixture(scope="module")
def simulated():
    """Every sixth world of the calibration, 100 users each: 3 to 12 weeks, slopes of seven kinds."""
    spec = importlib.util.spec_from_file_location("calibration_of_trends", SCRIPT)
    script = importlib.util.module_from_spec(spec)
    sys.modules["calibration_of_trends"] = script
    spec.loader.exec_module(script)
    answers = [
        (world, *script.answered(world, 100, np.random.default_rng([31, at])))
        for at, world in enumerate(script.WORLDS[::6])
    ]
    del sys.modules["calibration_of_trends"]
    return script, answers


def test_chances_hold_over_worlds_of_few_weeks(simulated) -> None:
    """The whole calibration is held to .05 and three errors over worlds, and so is its sample."""
    script, answers = simulated
    found = [one[1:] for one in answers]
    for low, count, said, true, error in script.fifths(found):
        assert count > 50
        assert abs(said - true) < 0.05 + 3 * error, low
    held = [one for *_, intervals in found for one in intervals]
    assert np.mean(held) >= 0.85


def test_with_three_weeks_hardly_anybody_is_told_to_change(simulated) -> None:
    """Of all who are told with .8 and more, in worlds of three weeks, almost none as a change."""
    few = [chance for world, chance, *_ in simulated[1] if world.weeks == 3]
    sure = np.concatenate([chance[:, [0, 2]].max(axis=1) >= 0.8 for chance in few])
    assert sure.size > 200
    assert sure.mean() < 0.03


def test_draws_follow_the_likelihood_and_what_is_usual() -> None:
    """Against a grid over one parameter, the others held: 600 users leave hardly any doubt of it."""
    given, _ = planted(5, users=600, slopes=0.06)
    fit, problem = fit_trends(given), Problem.of(given)
    draws = np.array(variances_drawn(problem, fit, 200, np.random.default_rng(1)))
    slopes = np.hypot(draws[:, 4], draws[:, 5]) * np.sqrt(fit.scale)
    assert slopes.mean() == pytest.approx(0.06, abs=0.02)
    error = np.sqrt(2 * np.linalg.inv(fit.curvature)[0, 0])  # of the log deviation of ratings
    assert draws[:, 0].mean() == pytest.approx(fit.parameters[0], abs=error)
    assert draws[:, 0].std() == pytest.approx(error, rel=0.35)


def test_what_is_left_open_is_wide_in_three_weeks() -> None:
    few, _ = planted(6, users=100, weeks=3, slopes=0.05)
    many, _ = planted(6, users=100, weeks=30, slopes=0.05)
    spreads = []
    for given in (few, many):
        draws = variances_drawn(Problem.of(given), fit_trends(given), 100, np.random.default_rng(2))
        spreads.append(np.std([np.hypot(one[4], one[5]) for one in draws]))
    assert spreads[0] > 2 * spreads[1]


def test_the_same_seed_gives_the_same_chances() -> None:
    given, _ = planted(8, users=60, weeks=5)
    one, other = (personal_trends(given, smallest=0.05, seed=4).users.chance for _ in range(2))
    assert (one == other).all()
