"""Sums over the days to come: closed forms, simulated truth, edges, and what is said of the past."""

import numpy as np
import pytest
from scipy.special import ndtri

from assay.core.errors import DataError
from assay.stats.forecasting import Totals, forecast_totals
from assay.stats.forecasting.quantiles import PROBABILITIES, SUMS, VALUES, error_quantiles
from assay.stats.forecasting.spread import SUREST


def spend(rng: np.random.Generator, n: int = 300, noise: float = 0.15) -> np.ndarray:
    week = np.array([1.2, 1.25, 1.2, 1.2, 1.1, 0.6, 0.45])
    return 100 * week[np.arange(n) % 7] * np.exp(noise * rng.normal(size=n))


@pytest.fixture(scope="module")
def steady() -> Totals:
    return forecast_totals(spend(np.random.default_rng(1)), 30)


def test_errors_of_independent_normal_days_have_the_quantiles_of_the_normal_curve() -> None:
    """Closed form: errors of sums over h days have the standard deviation √h; 400 origins apart."""
    rng = np.random.default_rng(2)
    errors = rng.normal(size=(4000, 30))
    sums = np.cumsum(errors, axis=1)
    steps = np.sqrt(np.arange(1, 31))
    for made, sd in (
        (error_quantiles(errors, 4000 * 30, VALUES), np.ones(30)),
        (error_quantiles(sums, 4000 * 30, SUMS), steps),
    ):
        expected = ndtri(PROBABILITIES)[:, None] * sd
        np.testing.assert_allclose(made / sd, expected / sd, atol=0.06)


def test_a_lean_to_one_side_is_seen_where_much_was_seen_and_not_where_little() -> None:
    rng = np.random.default_rng(3)
    errors = rng.exponential(size=(300, 10)) - 1
    much, little = (error_quantiles(errors, seen, VALUES)[:, 4] for seen in (3000.0, 10.0))
    assert much[-1] > 2 * -much[0]  # truth: 2.69 and −.97
    assert much[-1] == pytest.approx(2.69, abs=0.3)
    assert little[-1] < 2 * -little[0]


def test_errors_of_nothing_leave_no_width() -> None:
    assert not error_quantiles(np.zeros((9, 5)), 40, SUMS).any()


def test_the_sum_is_known_better_than_its_days_and_worse_than_if_days_were_independent() -> None:
    rng = np.random.default_rng(4)
    noise = rng.normal(size=400)
    for i in range(1, 400):
        noise[i] += 0.6 * noise[i - 1]
    found = forecast_totals(100 * np.exp(0.1 * noise), 30, periods=())
    day, total = (
        (high - low)[-1]
        for low, high in (part.interval(0.8) for part in (found.days, found.totals))
    )
    assert day * np.sqrt(30) < total < day * 30


def test_a_steady_week_gives_a_steady_month(steady: Totals) -> None:
    """Truth: log-normal days of mean exp(.15² ÷ 2) each; the sum's sd is 100 · .15 · √30 = 82."""
    ahead = np.array([1.2, 1.25, 1.2, 1.2, 1.1, 0.6, 0.45])[np.arange(300, 330) % 7].sum() * 100
    truth = ahead * np.exp(0.15**2 / 2)
    assert steady.totals.middle[-1] == pytest.approx(truth, rel=0.04)
    low, high = steady.totals.interval(0.95)
    assert low[-1] < truth < high[-1]
    assert 2 * 1.96 * 82 < high[-1] - low[-1] < 4 * 1.96 * 82
    assert steady.mase is not None
    assert steady.naive is not None
    assert steady.mase < 0.8 * steady.naive


def test_chances_are_those_of_the_quantiles(steady: Totals) -> None:
    last = steady.totals.ends[:, -1]
    for probability, end in zip(PROBABILITIES, last, strict=True):
        assert steady.totals.above(end)[-1] == pytest.approx(1 - probability, abs=1e-9)
        assert steady.totals.quantile(probability)[-1] == pytest.approx(end)
    amounts = np.linspace(0.5 * last[0], 2 * last[-1], 60)
    chances = np.array([steady.totals.above(amount)[-1] for amount in amounts])
    assert (np.diff(chances) <= 0).all()
    assert chances.max() == SUREST
    assert chances.min() == pytest.approx(1 - SUREST)


def test_a_sum_exceeds_an_amount_the_likelier_the_more_days_it_has(steady: Totals) -> None:
    assert (np.diff(steady.totals.above(1500.0)) >= 0).all()


def test_past_sums_say_how_often_intervals_held(steady: Totals) -> None:
    held = steady.totals.coverage(0.8)
    assert np.isfinite(held).all()
    assert 0.6 < held.mean() < 0.97
    assert (steady.totals.coverage(0.95) >= held).all()
    assert (steady.totals.tested >= 20)[:7].all()
    with pytest.raises(DataError, match=r"level=0\.85, expected one of 0\.95, 0\.9, 0\.8"):
        steady.totals.coverage(0.85)


def test_spans_of_one_and_of_all_days_are_the_days_and_the_total(steady: Totals) -> None:
    np.testing.assert_array_equal(steady.spans(1).ends, steady.days.ends)
    every = steady.spans(30)
    assert every.ends.shape[1] == 1
    assert every.middle[0] == pytest.approx(steady.totals.middle[-1], rel=0.02)
    weeks = steady.spans(7)
    assert weeks.ends.shape[1] == 24
    with pytest.raises(DataError, match="width=31, expected 1 to 30"):
        steady.spans(31)


def test_units_do_not_matter() -> None:
    y = spend(np.random.default_rng(5), 120)
    one, other = forecast_totals(y, 10), forecast_totals(1000 * y, 10)
    np.testing.assert_allclose(1000 * one.totals.ends, other.totals.ends, rtol=1e-6)


def test_a_last_week_three_times_as_dear_moves_the_month() -> None:
    y = spend(np.random.default_rng(6), 200)
    changed = y.copy()
    changed[-7:] *= 3
    one, other = forecast_totals(y, 28), forecast_totals(changed, 28)
    assert other.totals.middle[-1] > 1.3 * one.totals.middle[-1]


def test_intervals_of_sums_cover_on_walks_with_a_week() -> None:
    """60 series; `benchmarks/spend_forecasts.py` has two thousand of seven kinds."""
    rng = np.random.default_rng(7)
    inside, chances = [], []
    for _ in range(60):
        level = np.exp(np.cumsum(0.03 * rng.normal(size=210)))
        y = spend(rng, 210) * level
        found = forecast_totals(y[:180], 30)
        low, high = found.totals.interval(0.8)
        come = y[180:].cumsum()
        inside.append(((low <= come) & (come <= high))[[6, 29]].mean())
        chances.append((found.totals.above(float(come[-1]))[-1] > 0.5) - 0.5)
    assert np.mean(inside) == pytest.approx(0.8, abs=0.03 + 3 * np.std(inside) / np.sqrt(60))
    assert np.mean(chances) == pytest.approx(0, abs=3 * 0.5 / np.sqrt(60))


def test_intermittent_spend_stays_at_zero_or_above() -> None:
    rng = np.random.default_rng(8)
    y = np.where(rng.random(150) < 0.2, rng.lognormal(3, 1, 150), 0.0)
    found = forecast_totals(y, 30)
    assert found.days.ends.min() >= 0
    assert found.totals.ends[0].min() >= 0
    assert found.totals.ends[-1, -1] > found.totals.middle[-1] > 0


def test_credits_may_take_a_sum_below_zero() -> None:
    rng = np.random.default_rng(9)
    y = rng.normal(0, 10, size=120)
    with pytest.raises(DataError, match="expected finite values within 0"):
        forecast_totals(y, 7)
    found = forecast_totals(y, 7, credited=True)
    assert found.totals.ends[0, -1] < 0 < found.totals.ends[-1, -1]


def test_a_first_amount_after_long_silence_is_no_sure_thing() -> None:
    found = forecast_totals([0.0] * 60 + [1.0], 7)
    assert found.totals.above(0.5)[-1] > 0.05
    assert found.totals.ends[-1, -1] > 0.5


def test_nothing_spent_is_nothing_expected_and_says_so() -> None:
    found = forecast_totals([0.0] * 40, 7)
    assert not found.totals.ends.any()
    assert found.totals.above(0.0)[-1] == 0
    assert "constant" in found.notes[0]
    assert found.mase is None
    assert not found.spans(3).ends.any()
    assert np.isnan(found.totals.coverage(0.8)).all()


def test_too_few_days_are_refused_and_few_are_wide() -> None:
    y = spend(np.random.default_rng(10), 60)
    with pytest.raises(DataError, match="not enough data: 13 values, expected 14 or more"):
        forecast_totals(y[:13], 30)
    short, long = (forecast_totals(part, 30).totals.interval(0.95) for part in (y[:20], y))
    assert short[1][-1] - short[0][-1] > long[1][-1] - long[0][-1]
    assert any("extrapolated" in note for note in forecast_totals(y[:20], 30).notes)


@pytest.mark.parametrize("n", [14, 15, 17, 22, 29, 45])
@pytest.mark.parametrize("horizon", [1, 7, 92])
def test_every_length_answers(n: int, horizon: int) -> None:
    found = forecast_totals(spend(np.random.default_rng(n), n), horizon)
    assert np.isfinite(found.days.ends).all()
    assert np.isfinite(found.totals.ends).all()
    assert (np.diff(found.totals.ends, axis=0) >= 0).all()
    assert found.values.shape == (horizon,)


def test_no_step_ahead_is_named() -> None:
    with pytest.raises(DataError, match="horizon=0"):
        forecast_totals([1.0, 2.0] * 20, 0)


def test_a_span_longer_than_any_past_one_is_as_wide_as_the_sum_that_holds_it() -> None:
    rng = np.random.default_rng(3)
    found = forecast_totals(rng.lognormal(1.8, 0.2, 29), 44)
    span = found.spans(31)
    low, high = (ends[-1] for ends in span.interval(0.95))
    assert low < span.middle[-1] < high
    assert high - low == pytest.approx(np.ptp([ends[-1] for ends in found.totals.interval(0.95)]))
    np.testing.assert_allclose(span.middle[-1], found.values[13:].sum())
    for width in (3, 7):
        ends = found.spans(width).ends
        next_ones = np.ptp(found.totals.ends[:, width - 1])
        assert (ends[-1] - ends[0] >= next_ones * (1 - 1e-9)).all()
