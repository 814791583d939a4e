"""Kernels of the forecast against slow loops, closed forms and simulated truth."""

import numpy as np
import pytest

from assay.stats.forecasting.combining import combined, shares
from assay.stats.forecasting.intervals import widths
from assay.stats.forecasting.members import naive
from assay.stats.forecasting.panel import panel, schedule
from assay.stats.forecasting.scales import Scale, scales
from assay.stats.forecasting.seasons import centred_mean, season
from assay.stats.forecasting.smoothing import DAMPED, LEVELS, WARM_UP, damped, smoothed


@pytest.mark.parametrize("period", [4, 7])
def test_a_centred_mean_is_that_of_a_loop(period: int) -> None:
    y = np.random.default_rng(1).normal(size=30)
    half, found = period // 2, centred_mean(y, period)
    weight = np.ones(period + 1 - period % 2)
    if period % 2 == 0:
        weight[[0, -1]] = 0.5
    for i in range(30):
        if half <= i < 30 - half:
            assert found[i] == pytest.approx(weight @ y[i - half : i + half + 1] / period)
        else:
            assert np.isnan(found[i])


def test_a_clean_season_is_found_and_two_of_them_told_apart() -> None:
    place = np.arange(168 * 6)
    day, week = 5 * np.sin(2 * np.pi * place / 24), 3 * (place % 168 < 48)
    found = season(day + week + 0.01 * place, 840, (24, 168), place.size)
    expected = day + week - (day + week)[:168].mean()
    # of sum zero; the mean over a day smears the steps of the week by at most half a day
    np.testing.assert_allclose(found[840:], expected[840:], atol=0.02)


def test_a_season_of_noise_is_shrunk_away() -> None:
    """James and Stein: of noise alone, most of the raw pattern's power must go."""
    rng = np.random.default_rng(2)
    left, raw = [], []
    for _ in range(40):
        y = rng.normal(size=52 * 5)
        found = season(y, y.size, (52,), y.size)[:52]
        left.append(found @ found)
        raw.append(52 / 4)  # about four cycles are averaged, so each phase has variance 1/4
    assert np.mean(left) < 0.15 * np.mean(raw)


def test_a_season_not_seen_twice_is_none() -> None:
    assert not season(np.sin(np.arange(14.0)), 14, (7,), 20).any()


def test_smoothing_and_theta_are_those_of_a_loop() -> None:
    y = np.cumsum(np.random.default_rng(3).normal(size=80)) + 0.3 * np.arange(80)
    plan = schedule(80, 5, 1)
    flat, theta = smoothed(panel([y], plan, ()))
    for row, origin in enumerate(plan.origins):
        cut = plan.cuts[plan.rows[row]]
        best, level = np.inf, None
        for alpha in LEVELS:
            now, loss = y[:10].mean(), 0.0
            for i in range(origin):
                missed = y[i] - now
                loss += missed**2 if WARM_UP <= i < cut else 0.0
                now += alpha * missed
            if loss < best:
                best, level, chosen = loss, now, alpha
        slope = np.polyfit(np.arange(cut), y[:cut], 1)[0]
        ahead = np.arange(5) + (1 - (1 - chosen) ** origin) / chosen
        np.testing.assert_allclose(flat[row], level)
        np.testing.assert_allclose(theta[row], level + slope / 2 * ahead)


def test_a_damped_trend_is_that_of_a_loop() -> None:
    """Hyndman et al. (2008), the error form of the additive damped trend, started at rest."""
    y = np.cumsum(0.5 + np.random.default_rng(4).normal(size=60))
    plan = schedule(60, 4, 1)
    found = damped(panel([y], plan, ()))
    for row, origin in enumerate(plan.origins):
        cut = plan.cuts[plan.rows[row]]
        best = np.inf
        for alpha, beta, phi in DAMPED:
            level, slope, loss = y[0], 0.0, 0.0
            for i in range(origin):
                missed = y[i] - level - phi * slope
                loss += missed**2 if WARM_UP <= i < cut else 0.0
                level, slope = level + phi * slope + alpha * missed, phi * slope + beta * missed
            if loss < best:
                best, chosen = loss, level + slope * np.cumsum(phi ** np.arange(1, 5))
        np.testing.assert_allclose(found[row], chosen)


def test_the_naive_reference_is_one_season_ago() -> None:
    y = np.arange(40.0)
    plan = schedule(40, 10, 7)
    np.testing.assert_array_equal(
        naive(y, plan, (7,))[-1], [33, 34, 35, 36, 37, 38, 39, 33, 34, 35]
    )


@pytest.mark.parametrize("n", [5, 12, 30, 200])
def test_origins_are_after_their_cut_and_before_the_end(n: int) -> None:
    plan = schedule(n, 6, 7)
    assert plan.origins[-1] == plan.cuts[-1] == n
    assert (np.diff(plan.origins) > 0).all()
    assert (plan.cuts[plan.rows] <= plan.origins).all()


def test_weights_fall_with_the_error() -> None:
    known = np.array([[[1.0, -1.0]], [[2.0, 2.0]], [[np.nan, np.nan]]])
    weight = shares(known[:2], 1e-9)
    assert weight[0] / weight[1] == pytest.approx(8)  # a third power
    np.testing.assert_allclose(shares(np.full((4, 1, 1), np.nan), 1e-9), 0.25)


def test_a_combination_is_halfway_between_mean_and_median() -> None:
    paths = np.array([[1.0], [2.0], [9.0]])
    assert combined(paths, np.array([0.3, 0.4, 0.3]))[0] == pytest.approx((3.8 + 2) / 2)


def test_widths_of_normal_errors_are_nearly_normal_quantiles() -> None:
    """Errors of a random walk: 1.96 √step, drawn up by the tails expected and the spare widening."""
    rng = np.random.default_rng(5)
    errors = np.cumsum(rng.normal(size=(1, 4000, 8)), axis=2)
    found = widths(errors, 1000, 0.95)[0]
    np.testing.assert_allclose(found, 1.96 * np.sqrt(np.arange(1, 9)), rtol=0.05)
    few = widths(errors, 2, 0.95)[0]
    assert (few > 1.2 * found).all()
    assert (few < 1.5 * found).all()


def test_without_errors_there_is_no_width() -> None:
    assert not widths(np.zeros((2, 5, 3)), 4, 0.95).any()


@pytest.mark.parametrize(
    "scale", [Scale("plain"), Scale("log", 2.0, gap=0.1), Scale("logit", 0.0, 10.0, 0.1)]
)
def test_scales_go_there_and_back(scale: Scale) -> None:
    values = np.linspace(2.5, 9.5, 20)
    np.testing.assert_allclose(scale.back(scale.there(values)), values)
    assert np.isfinite(scale.there(np.array([-5.0, 0.0, 2.0, 10.0, 50.0]))).all()


def test_a_relative_scale_needs_room_to_the_bounds() -> None:
    assert [s.kind for s in scales(np.array([0.0, 1.0]), 0.0, None)] == ["plain"]
    assert [s.kind for s in scales(np.array([0.5, 2.0]), None, None)] == ["plain", "log"]
    assert [s.kind for s in scales(np.array([0.5, 0.7]), 0.0, 1.0)] == ["plain", "logit"]
