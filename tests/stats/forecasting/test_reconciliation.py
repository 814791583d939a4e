"""Parts that add up, against the matrix formula, and by simulation what it is worth."""

import numpy as np
import pytest

from assay.core.errors import DataError
from assay.stats.forecasting import Forecast, forecast, reconcile


def made(values: list[float], half: list[float], level: float = 0.95) -> Forecast:
    middle, width = np.array(values), np.array(half)
    return Forecast(
        values=tuple(middle.tolist()),
        low=tuple((middle - width).tolist()),
        high=tuple((middle + width).tolist()),
        level=level,
        weights={"made": 1.0},
        coverage=(None,) * len(values),
        backtest=(),
        notes=(),
    )


@pytest.mark.parametrize("how", ["variance", "structural"])
def test_it_is_the_minimal_trace_of_the_matrix_formula(how: str) -> None:
    """S (S' W⁻¹ S)⁻¹ S' W⁻¹ ŷ, Wickramasuriya et al. (2019), theorem 1, worked out in full."""
    rng = np.random.default_rng(1)
    base, half = rng.normal(10, 3, size=(4, 2)), rng.uniform(1, 4, size=(4, 2))
    total, parts = reconcile(
        made(base[0], half[0]), {f"p{i}": made(base[i], half[i]) for i in (1, 2, 3)}, how=how
    )
    summing = np.vstack([np.ones(3), np.eye(3)])
    for step in range(2):
        variance = half[:, step] ** 2 if how == "variance" else np.array([3.0, 1, 1, 1])
        inverse = np.diag(1 / variance)
        middle = np.linalg.inv(summing.T @ inverse @ summing)
        expected = summing @ middle @ summing.T @ inverse @ base[:, step]
        found = [total.values[step], *(one.values[step] for one in parts.values())]
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_reconciled_forecasts_miss_by_less() -> None:
    """Unbiased forecasts with known variances: none may be worse, and the total must be better.

    2,000 draws; variance after: v (1 − v ÷ V), with V the sum of all (same theorem).
    """
    rng = np.random.default_rng(2)
    truth, sd = np.array([60.0, 10, 20, 30]), np.array([3.0, 1, 2, 2])
    expected = sd**2 * (1 - sd**2 / (sd**2).sum())
    steps = 2000
    base = truth[:, None] + sd[:, None] * rng.normal(size=(4, steps))
    half = np.repeat(sd[:, None], steps, axis=1)
    total, parts = reconcile(
        made(base[0], half[0]), {str(i): made(base[i], half[i]) for i in (1, 2, 3)}
    )
    found = np.array([total.values, *(one.values for one in parts.values())])
    spread = ((found - truth[:, None]) ** 2).mean(axis=1)
    # of a mean of squares: relative standard error √(2 / 2000) = .032
    np.testing.assert_allclose(spread, expected, rtol=4 * 0.032)


@pytest.mark.parametrize("how", ["variance", "structural", "bottom-up"])
def test_forecast_agents_add_up_to_their_total(how: str) -> None:
    rng = np.random.default_rng(3)
    agents = {
        name: rng.poisson(rate, 90).astype(float)
        for name, rate in [("a", 20), ("b", 5), ("c", 0.2)]
    }
    parts = {name: forecast(y, 14, low=0) for name, y in agents.items()}
    whole = forecast(sum(agents.values()), 14, low=0)
    total, moved = reconcile(whole, parts, how=how, low=0)
    np.testing.assert_allclose(
        np.sum([m.values for m in moved.values()], axis=0), total.values, atol=1e-9
    )
    for one in (total, *moved.values()):
        assert all(0 <= a <= v <= b for a, v, b in zip(one.low, one.values, one.high, strict=True))
    if how == "bottom-up":
        assert moved["a"].values == parts["a"].values


def test_what_adds_up_already_stays() -> None:
    parts = {"a": made([4.0], [1.0]), "b": made([6.0], [2.0])}
    total, moved = reconcile(made([10.0], [2.0]), parts)
    assert total.values == pytest.approx((10.0,))
    assert moved["a"].low == pytest.approx((3.0,))


def test_a_part_at_its_bound_stays_and_the_others_give_way() -> None:
    parts = {"a": made([1.0], [5.0]), "b": made([9.0], [1.0])}
    total, moved = reconcile(made([6.0], [1e-6]), parts, low=0)
    assert moved["a"].values == (0.0,)
    assert moved["b"].values == pytest.approx((6.0,))
    assert total.values == pytest.approx((6.0,))


def test_parts_without_any_width_leave_the_gap_to_their_sum() -> None:
    total, moved = reconcile(made([7.0], [0.0]), {"a": made([2.0], [0.0]), "b": made([3.0], [0.0])})
    assert moved["a"].values == (2.0,)
    assert total.values == (5.0,)


def test_what_cannot_add_up_is_named() -> None:
    with pytest.raises(DataError, match="no parts"):
        reconcile(made([1.0], [1.0]), {})
    with pytest.raises(
        DataError, match=r"part 'a' has 2 steps at level 0\.95, expected 1 at 0\.95"
    ):
        reconcile(made([1.0], [1.0]), {"a": made([1.0, 2.0], [1.0, 1.0])})
    with pytest.raises(DataError, match=r"at level 0\.8"):
        reconcile(made([1.0], [1.0]), {"a": made([1.0], [1.0], level=0.8)})
