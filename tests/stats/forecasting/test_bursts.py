"""Sums of bursts: simulated truth, what is refused, and that nothing is known before its time."""

import numpy as np
import pytest

from assay.core.errors import DataError
from assay.stats.forecasting import forecast_totals
from assay.stats.forecasting.bursts import ENOUGH, Bursts, bursty
from assay.stats.forecasting.quantiles import MIDDLE, PROBABILITIES


def bursts(rng: np.random.Generator, n: int, share: float = 0.25) -> np.ndarray:
    return np.where(rng.random(n) < share, rng.lognormal(1, 1, n), 0.0)


def test_few_days_or_few_large_ones_are_bursts_and_closed_weekends_are_none() -> None:
    rng = np.random.default_rng(1)
    assert bursty(bursts(rng, 200))
    week = np.where(np.arange(210) % 7 < 5, rng.lognormal(0, 0.2, 210), 0.0)
    week[70:75] = 0  # a week off: 65 of 210 days
    assert not bursty(week, (7,))
    assert bursty(week)
    steady = rng.lognormal(0, 0.2, 200)
    assert not bursty(steady, (7,))
    steady[::40] = 100.0
    assert bursty(steady, (7,))


def test_without_change_quantiles_are_those_of_past_sums() -> None:
    """Truth: sums of 7 independent values, by 20,000 draws."""
    rng = np.random.default_rng(2)
    found = forecast_totals(bursts(rng, 1200), 7)
    truth = np.quantile(bursts(rng, 140_000).reshape(-1, 7).sum(axis=1), PROBABILITIES)
    made = found.totals.ends[:, 6]
    np.testing.assert_allclose(made[MIDDLE], truth[MIDDLE], rtol=0.25)
    np.testing.assert_allclose(made[-3:], truth[-3:], rtol=0.45)
    assert (made[-3:] > 0.75 * truth[-3:]).all()


def test_intervals_hold_what_they_promise() -> None:
    rng = np.random.default_rng(3)
    inside = []
    for _ in range(60):
        y = bursts(rng, 240, rng.uniform(0.1, 0.6)) * np.exp(np.cumsum(0.02 * rng.normal(size=240)))
        found = forecast_totals(y[:210], 30)
        come = y[210:].cumsum()[[6, 29]]
        inside.append(
            [
                ((low[[6, 29]] <= come) & (come <= high[[6, 29]])).mean()
                for low, high in map(found.totals.interval, (0.8, 0.95))
            ]
        )
    held = np.mean(inside, axis=0)
    assert held[0] > 0.8 - 0.03 - 3 * 0.4 / np.sqrt(60)
    assert held[1] > 0.95 - 0.03 - 3 * 0.22 / np.sqrt(60)


def test_two_quiet_months_after_a_dear_year_are_what_comes_next() -> None:
    rng = np.random.default_rng(4)
    y = np.r_[bursts(rng, 300) * 10, bursts(rng, 90) * 0.1]
    found = forecast_totals(y, 30)
    dear = float(np.median([y[k : k + 30].sum() for k in range(270)]))
    assert found.totals.middle[-1] < 0.5 * dear
    assert found.totals.quantile(0.95)[-1] > 0.2 * dear  # it came before


def test_nothing_is_known_before_its_time() -> None:
    rng = np.random.default_rng(5)
    y = bursts(rng, 300)
    later = y.copy()
    later[200:] *= 50
    one, other = (Bursts.of(part, 0).sums(10)[0] for part in (y, later))
    before = Bursts.of(y, 0).origins <= 200
    assert before.sum() > 20
    np.testing.assert_array_equal(one[:, before], other[:, before])


def test_sums_that_cannot_be_tested_four_times_are_refused() -> None:
    rng = np.random.default_rng(6)
    found = forecast_totals(bursts(rng, 90), 30)
    assert found.values.size == 15  # (90 − 2 · 15) ÷ 15 = 4
    assert Bursts.of(np.ones(90), 0).stretches(15) == ENOUGH
    assert "not enough data for sums of more than 15 days" in found.notes[-1]
    with pytest.raises(DataError, match="width=16, expected 1 to 15"):
        found.spans(16)
    with pytest.raises(DataError, match="not enough data: spend comes on"):
        forecast_totals([0.0, 0.0, 5.0] * 5, 7)


def test_a_huge_burst_is_no_spike_to_set_aside() -> None:
    rng = np.random.default_rng(7)
    y = bursts(rng, 300)
    y[250] = 5000.0
    found = forecast_totals(y, 7)
    assert not any("set aside" in note for note in found.notes)
    assert found.totals.ends[-1, -1] > 30


def test_units_do_not_matter_and_sums_grow() -> None:
    y = bursts(np.random.default_rng(8), 300)
    one, other = forecast_totals(y, 30), forecast_totals(1000 * y, 30)
    np.testing.assert_allclose(1000 * one.totals.ends, other.totals.ends, rtol=1e-6, atol=1e-6)
    assert (np.diff(one.totals.ends, axis=1) >= -1e-9).all()
    assert (np.diff(one.totals.ends, axis=0) >= 0).all()
