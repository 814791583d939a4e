"""The worth of a change: closed forms, coverage of a known worth, and what is refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from scipy.special import ndtr

from assay.analysis.costs.roi import Assumptions, RoiResult, assess_return
from assay.core.errors import ParameterError
from assay.features.before_after import BeforeAfter
from assay.params import Metric
from assay.stats.differences import Ratios

DAYS, MONTH = 61, 365.25 / 12
CHANGED = date(2026, 3, 1)


def _group(rng: np.random.Generator, units: int, lift: float) -> tuple[Ratios, ...]:
    able = rng.beta(8, 4, units) * 0.9
    tries = [1.0 + rng.poisson(9, units) for _ in range(2)]
    solved = [rng.binomial(tries[0].astype(int), able + lift).astype(float)]
    solved.append(rng.binomial(tries[1].astype(int), able).astype(float))
    return (Ratios(solved[0], tries[0], solved[1], tries[1]),)


def _given(
    rng: np.random.Generator, *, units: int = 500, lift: float = 0.03, alone: bool = False
) -> BeforeAfter:
    mine, theirs = _group(rng, units, lift), _group(rng, units, 0.0)
    volumes = [float(one[0].after_of.sum()) * MONTH / DAYS for one in (mine, theirs)]
    return BeforeAfter(
        metrics=(Metric(name="Solved", kind="ratio", numerator="succeeded", unit="share"),),
        treated=mine,
        comparison=None if alone else theirs,
        before_days=DAYS,
        after_days=DAYS,
        first=date(2025, 12, 30),
        last=date(2026, 4, 30),
        earlier=(mine[0],) if alone else (mine[0], theirs[0]),
        volume=volumes[0],
        whole=sum(volumes[: 1 if alone else 2]),
        left_out=(),
    )


def _assessed(given: BeforeAfter, **more: Any) -> RoiResult:
    declared: dict[str, Any] = {
        "value": 2.0,
        "costs": [{"name": "Building", "likely": 1000.0}],
        "months": 12,
        "volume": 5000.0,
    }
    options = {key: more.pop(key) for key in ("random", "alpha", "draws") if key in more}
    assumed = Assumptions.declared(**{**declared, **more})
    return assess_return(given, assumed, subject="it", changed_on=CHANGED, **options)


def test_with_one_doubt_it_is_a_normal_in_closed_form() -> None:
    found = _assessed(_given(np.random.default_rng(1)), random=True)
    size = found.measured[0].effect
    flow = 5000 * 2.0 * 12
    assert size.value is not None
    assert size.high is not None
    assert size.low is not None
    assert found.worth.value == pytest.approx(size.value * flow - 1000, abs=25)
    assert found.worth.low == pytest.approx(size.low * flow - 1000, abs=120)
    assert found.worth.high == pytest.approx(size.high * flow - 1000, abs=120)
    error = (size.high - size.low) / (2 * 1.96)
    assert found.positive == pytest.approx(ndtr((size.value - 1000 / flow) / error), abs=0.01)
    assert found.drivers[0].turning == pytest.approx(1000 / flow)
    assert found.paid.value == pytest.approx(1000)
    assert found.roi is not None
    assert found.roi.value == pytest.approx(found.worth.value / 1000, rel=1e-9)


def test_intervals_hold_the_true_worth() -> None:
    rng, truth, runs = np.random.default_rng(5), 0.03 * 5000 * 2.0 * 12 - 1000, 150
    inside = 0
    for _ in range(runs):
        worth = _assessed(_given(rng, units=200), random=True, draws=2000).worth
        inside += (worth.low or 0.0) <= truth <= (worth.high or 0.0)
    assert inside / runs >= 0.95 - 3 * (0.95 * 0.05 / runs) ** 0.5


def test_a_worthless_change_is_not_said_to_pay() -> None:
    rng = np.random.default_rng(6)
    said = [
        _assessed(_given(rng, units=200, lift=0.0), random=True, costs=[], draws=2000)
        for _ in range(150)
    ]
    pays = sum(one.findings[0].state == "pays" for one in said)
    assert pays / 150 <= 0.025 + 3 * (0.025 * 0.975 / 150) ** 0.5


def test_less_of_what_is_bad_is_a_gain() -> None:
    given = _given(np.random.default_rng(2))
    worse = given.metrics[0].model_copy(update={"better": "down"})
    up, down = (
        _assessed(
            BeforeAfter(
                **{
                    **{name: getattr(given, name) for name in BeforeAfter.__slots__},
                    "metrics": (metric,),
                }
            ),
            costs=[],
        )
        for metric in (given.metrics[0], worse)
    )
    assert up.worth.value == pytest.approx(-(down.worth.value or 0.0))


def test_costs_by_unit_and_month_add_up() -> None:
    costs = [
        {"name": "Seats", "every": "unit", "likely": 3.0},
        {"name": "Upkeep", "every": "month", "likely": 10.0},
        {"name": "Building", "likely": 100.0},
    ]
    found = _assessed(_given(np.random.default_rng(3)), costs=costs)
    assert found.paid.value == pytest.approx(3 * 1000 + 10 * 12 + 100)
    assert [one.whole.value for one in found.costs] == pytest.approx([3000, 120, 100])
    assert found.course[0].net.value == pytest.approx(-3100)


def test_the_end_of_the_course_is_the_worth() -> None:
    found = _assessed(_given(np.random.default_rng(4)), discount=0.1, kept=0.5)
    assert found.course[-1].net.value == pytest.approx(found.worth.value)
    assert len(found.course) == 13
    assert sum(value > 0 for value in found.outcomes) == pytest.approx(50 * found.positive, abs=1)


def test_how_it_is_known_is_said() -> None:
    rng = np.random.default_rng(7)
    assert _assessed(_given(rng), random=True).evidence == "randomised"
    assert _assessed(_given(rng)).design == "compared"
    alone = _assessed(_given(rng, alone=True))
    assert (alone.design, alone.evidence, alone.compared) == ("before-after", "before-after", 0)


def test_the_same_data_give_the_same_numbers() -> None:
    one, two = (_assessed(_given(np.random.default_rng(8))) for _ in range(2))
    assert one == two


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"months": 0}, "months=0, expected 1 to 120"),
        ({"discount": -1.0}, "discount=-1"),
        ({"kept": -0.5}, "kept=-0.5"),
        ({"kept": 5}, "kept=5, expected 0 to 1"),
        ({"discount": 8}, "discount=8, expected -0.5 to 1"),
        ({"value": {"likely": 1, "low": -1, "high": 2}}, "value=-1, expected 0 or more"),
        ({"volume": -3}, "volume=-3, expected 0 or more"),
        ({"reached": -1.0}, "reached=-1, expected how many units"),
    ],
)
def test_an_impossible_assumption_is_refused(more: dict[str, Any], told: str) -> None:
    with pytest.raises(ParameterError, match=told):
        _assessed(_given(np.random.default_rng(9)), **more)


def test_few_units_are_refused() -> None:
    with pytest.raises(ParameterError, match="9 treated units, expected 10 or more"):
        _assessed(_given(np.random.default_rng(9), units=9))


def test_nobody_was_drawn_where_nobody_compares() -> None:
    with pytest.raises(ParameterError, match="nobody to compare with"):
        _assessed(_given(np.random.default_rng(9), alone=True), random=True)
