"""The whole method: series with known truth, edges, and what it says of them."""

import numpy as np
import pytest

from assay.core.errors import DataError
from assay.stats.forecasting import forecast
from assay.stats.forecasting.members import paths_of_members
from assay.stats.forecasting.panel import schedule

DAYS = np.arange(140)


def weekly(rng: np.random.Generator, noise: float = 1.0, n: int = 140) -> np.ndarray:
    place = np.arange(n)
    return 100 + 0.2 * place + 10 * np.sin(2 * np.pi * place / 7) + noise * rng.normal(size=n)


def test_a_line_with_a_season_goes_on() -> None:
    made = weekly(np.random.default_rng(1), noise=0.5, n=168)
    found = forecast(made[:140], 28)
    truth = 100 + 0.2 * np.arange(140, 168) + 10 * np.sin(2 * np.pi * np.arange(140, 168) / 7)
    # sd of a single value .5; the level is known to less than that, the slope to 2 % of .2
    assert np.abs(np.array(found.values) - truth).max() < 1.5
    assert found.backtest[0].mase < 0.6  # of the weekly naive method, off by 1.4 per week and noise


def test_weights_sum_to_one_and_the_combination_beats_the_reference() -> None:
    found = forecast(weekly(np.random.default_rng(2)), 14)
    assert sum(found.weights.values()) == pytest.approx(1)
    first, *members, last = found.backtest
    assert first.method == "combination"
    assert last.method == "seasonal naive"
    assert [one.method for one in members] == list(found.weights)
    assert first.mase < last.mase


@pytest.mark.parametrize("phi", [0.5, 1.0])
def test_intervals_cover_what_a_simulated_walk_does(phi: float) -> None:
    """Share covered over 60 series × 10 steps; steps of one series go together (about 3 effective)."""
    rng = np.random.default_rng(3)
    inside = []
    for _ in range(60):
        noise = rng.normal(size=130)
        y = np.empty(130)
        y[0] = noise[0]
        for i in range(1, 130):
            y[i] = phi * y[i - 1] + noise[i]
        found = forecast(y[:120], 10, periods=())
        inside.append(((np.array(found.low) <= y[120:]) & (y[120:] <= np.array(found.high))).mean())
    error = np.std(inside) / np.sqrt(60)
    assert np.mean(inside) == pytest.approx(0.95, abs=0.01 + 3 * error)


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_intervals_cover_days_with_a_week_a_trend_and_a_memory(level: float) -> None:
    """Fixed seed; `benchmarks/coverage.py` has five hundred series at 7, 30 and 90 days."""
    rng = np.random.default_rng(8)
    inside = []
    for _ in range(30):
        noise = rng.normal(size=395)
        for i in range(1, 395):
            noise[i] += 0.5 * noise[i - 1]
        place, week = np.arange(395), rng.normal(size=7)
        y = 100 + rng.normal(0, 0.01) * place + week[place % 7] + noise
        found = forecast(y[:365], 30, level=level)
        inside.append(((np.array(found.low) <= y[365:]) & (y[365:] <= np.array(found.high))).mean())
    error = np.std(inside) / np.sqrt(30)
    assert np.mean(inside) == pytest.approx(level, abs=0.03 + 3 * error)


def test_units_do_not_matter() -> None:
    y = weekly(np.random.default_rng(4))
    one, other = forecast(y, 7), forecast(1000 * y, 7)
    np.testing.assert_allclose(1000 * np.array(one.values), other.values, rtol=1e-6)
    np.testing.assert_allclose(1000 * np.array(one.high), other.high, rtol=1e-6)


def test_the_past_is_not_told_what_came_after() -> None:
    """Errors from past origins are those of forecasts made with a shorter series."""
    y = weekly(np.random.default_rng(5))
    plan = schedule(140, 7, 7)
    changed = y.copy()
    changed[plan.cuts[-2] :] += 50
    before = paths_of_members(y, plan, (7,), None, None)
    after = paths_of_members(changed, plan, (7,), None, None)
    early = plan.origins <= plan.cuts[-2]
    assert early.sum() > 5
    for one, other in zip(before, after, strict=True):
        np.testing.assert_allclose(
            one.paths[early], other.paths[early], rtol=1e-7, err_msg=one.name
        )


def test_shares_stay_within_their_bounds() -> None:
    rng = np.random.default_rng(6)
    y = np.clip(0.97 + 0.02 * rng.normal(size=90), 0, 1)
    found = forecast(y, 30, low=0, high=1)
    assert max(found.high) <= 1
    assert all(a <= v <= b for a, v, b in zip(found.low, found.values, found.high, strict=True))
    inside = forecast(np.clip(y, 0.001, 0.999), 30, low=0, high=1)
    assert any(name.endswith("logit") for name in inside.weights)


def test_an_end_on_the_relative_scale_does_not_run_away() -> None:
    """Seen on H130 of M4 Hourly, high bursts over a low floor: an upper end of 1e128."""
    rng = np.random.default_rng(16)
    bursts = np.where(np.arange(960) % 168 == 100, rng.uniform(2000, 6000, 960), 100)
    y = np.maximum(bursts * np.exp(0.5 * rng.normal(size=960)), 10)
    found = forecast(y, 48, periods=(24, 168))
    assert max(found.high) < 10 * y.max()


def test_counts_get_whole_ends_not_below_zero() -> None:
    y = np.random.default_rng(7).poisson(1.5, size=80).astype(float)
    found = forecast(y, 14, low=0, integer=True)
    assert min(found.low) >= 0
    assert all(float(v).is_integer() for v in (*found.low, *found.high))


def test_a_constant_goes_on_and_says_so() -> None:
    found = forecast([5.0] * 40, 3)
    assert found.values == found.low == found.high == (5.0, 5.0, 5.0)
    assert "constant" in found.notes[0]


def test_three_points_answer_with_a_note() -> None:
    found = forecast([1.0, 2.0, 4.0], 2)
    assert any("too short" in note for note in found.notes)
    assert any("no season of 7" in note for note in found.notes)
    assert found.coverage == (None, None)
    assert found.low[1] < found.values[1] < found.high[1]


@pytest.mark.parametrize("n", range(4, 40))
def test_every_length_answers(n: int) -> None:
    found = forecast(weekly(np.random.default_rng(n), n=n), 30)
    assert np.isfinite([*found.values, *found.low, *found.high]).all()


def test_a_month_missing_is_filled_and_told() -> None:
    y = weekly(np.random.default_rng(8))
    y[60:90] = np.nan
    found = forecast(y, 14)
    whole = forecast(weekly(np.random.default_rng(8)), 14)
    assert "30 of 140 values missing (longest gap 30)" in found.notes[0]
    np.testing.assert_allclose(found.values, whole.values, atol=2)


def test_values_missing_at_the_end_move_the_start() -> None:
    y = weekly(np.random.default_rng(9), noise=0.01)
    found = forecast([*y[:133], *[np.nan] * 7], 7)
    assert "the last 7 values are missing" in found.notes[0]
    expected = 100 + 0.2 * np.arange(140, 147) + 10 * np.sin(2 * np.pi * np.arange(140, 147) / 7)
    np.testing.assert_allclose(found.values, expected, atol=1)


def test_one_impossible_value_does_not_rule() -> None:
    y = weekly(np.random.default_rng(10))
    struck = y.copy()
    struck[100] = 1e9
    found = forecast(struck, 7)
    assert "1e+09 at place 101" in found.notes[0]
    np.testing.assert_allclose(found.values, forecast(y, 7).values, atol=2)


@pytest.mark.parametrize(
    ("y", "named"),
    [
        ([], "0 values in a series of 0, expected 3 or more"),
        ([np.nan] * 30, "0 values in a series of 30, expected 3 or more"),
        ([1.0, 2.0], "2 values in a series of 2, expected 3 or more"),
        ([1.0, 2.0, np.inf, 3.0], "value inf at place 3"),
        ([[1.0, 2.0], [3.0, 4.0]], r"shape \(2, 2\)"),
    ],
)
def test_a_series_that_cannot_answer_is_named(y: list, named: str) -> None:
    with pytest.raises(DataError, match=named):
        forecast(y, 3)


def test_a_negative_count_is_named() -> None:
    with pytest.raises(
        DataError, match=r"value -2 at place 3, expected finite values within 0 … ∞"
    ):
        forecast([1, 3, -2, 4], 3, low=0)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"horizon": 0}, "horizon=0"),
        ({"level": 1.0}, r"level=1\.0"),
        ({"periods": (7, 0)}, r"periods=\(7, 0\)"),
        ({"low": 1, "high": 0}, "bounds 1 and 0"),
    ],
)
def test_impossible_options_are_named(options: dict, named: str) -> None:
    with pytest.raises(DataError, match=named):
        forecast([0.5, 0.6, 0.7, 0.4], **{"horizon": 3, **options})


def test_a_first_event_after_long_silence_is_no_sure_thing() -> None:
    told = forecast([0.0] * 60 + [1.0], 7)
    assert all(low < 0 and high > 1 for low, high in zip(told.low, told.high, strict=True))


def test_a_rare_event_of_long_ago_widens_no_interval_by_its_full_size() -> None:
    told = forecast([0.0] * 30 + [1.0] + [0.0] * 60, 7)
    assert max(told.high) - min(told.low) < 1
