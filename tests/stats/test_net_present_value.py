"""Present values against their closed forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.special import ndtr

from assay.core.errors import DataError
from assay.stats.net_present_value import (
    Range,
    break_even_months,
    discounted_months,
    swings,
    turning_point,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


def test_a_month_s_annuity() -> None:
    rate = 1.08 ** (1 / 12) - 1  # monthly rate; annuity factor (1 − v^n) / i
    told = (1 - (1 + rate) ** -24) / rate
    assert discounted_months(24, np.array([0.08]))[0] == pytest.approx(told, rel=1e-12)
    assert discounted_months(12, np.array([0.0]))[0] == pytest.approx(12)


def test_what_fades_is_a_geometric_sum() -> None:
    q = 0.5 ** (1 / 12)
    told = q * (1 - q**36) / (1 - q)
    assert discounted_months(36, np.array([0.0]), 0.5)[0] == pytest.approx(told, rel=1e-12)


@pytest.mark.parametrize("ends", [(80.0, 150.0, 300.0), (-5.0, 1.0, 2.0), (0.0, 0.0, 9.0)])
def test_a_range_s_ends_are_its_quantiles(ends: tuple[float, float, float]) -> None:
    low, likely, high = ends
    z = np.array([-1.6448536269514722, 0.0, 1.6448536269514722])
    assert Range(likely, low, high).at(z) == pytest.approx(ends, abs=1e-12)
    deviates = np.random.default_rng(1).standard_normal(20_000)
    drawn = Range(likely, low, high).at(deviates)
    assert (drawn < low).mean() == pytest.approx(0.05 if low < likely else 0.0, abs=0.006)
    assert (drawn > high).mean() == pytest.approx(0.05, abs=0.006)
    assert (drawn > 0).all() or low <= 0


@pytest.mark.parametrize("ends", [(2.0, 1.0, 3.0), (0.0, 4.0, 3.0), (0.0, np.nan, 1.0)])
def test_a_range_out_of_order_is_refused(ends: tuple[float, float, float]) -> None:
    low, likely, high = ends
    with pytest.raises(DataError, match="expected"):
        Range(likely, low, high)


def test_break_even_within_a_month_is_a_part_of_it() -> None:
    once = np.array([25.0, 25.0, 0.0, 1000.0])
    monthly = np.tile([10.0, 10.0, 10.0, 10.0], (4, 1))
    monthly[1] = [10.0, -5.0, 10.0, 10.0]
    found = break_even_months(once, monthly)
    assert found == pytest.approx([2.5, 4.0, 0.0, np.inf])


def _worth(at: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    return 3.0 * at["a"] - 2.0 * at["b"] - at["c"]


def test_of_independent_normals_each_has_its_part_of_the_variance() -> None:
    rng = np.random.default_rng(3)
    draws = {name: rng.normal(m, s, 40_000) for name, m, s in (("a", 2, 1), ("b", 1, 2))}
    draws["c"] = np.full(40_000, 1.0)
    middles = {"a": 2.0, "b": 1.0, "c": 1.0}
    values = _worth(draws)
    found = {one.name: one for one in swings(_worth, draws, values, middles)}
    assert list(found) == ["b", "a"]  # 2 × 2 outweighs 3 × 1; what has no doubt is left out
    assert found["b"].share == pytest.approx(16 / 25, abs=0.02)
    assert found["a"].at_high - found["a"].at_low == pytest.approx(3 * 2 * 1.645, rel=0.02)
    assert (values > 0).mean() == pytest.approx(ndtr(3 / 5), abs=0.01)


def test_where_the_worth_turns() -> None:
    middles = {"a": 2.0, "b": 1.0, "c": 1.0}
    assert turning_point(_worth, middles, "a") == pytest.approx(1.0)
    assert turning_point(_worth, middles, "b") == pytest.approx(2.5)
    assert turning_point(lambda at: at["a"], middles, "b") is None
