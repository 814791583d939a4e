"""Laws against SciPy's optimiser, intervals and plateaus against curves with known truth."""

import numpy as np
import pytest
from scipy.optimize import curve_fit

from assay.core.errors import DataError
from assay.stats.learning import learning_curve

PLACES = np.arange(1.0, 41.0)
LAWS = {
    "power": (lambda x, a, b, r: a - b * x**-r, (0.9, 0.5, 0.5)),
    "exponential": (lambda x, a, b, r: a - b * np.exp(-r * x), (0.9, 0.5, 0.1)),
    "hyperbolic": (lambda x, a, b, r: a - b / (1 + r * x), (0.9, 0.5, 0.1)),
    "Weibull": (lambda x, a, b, r, s: a - b * np.exp(-((r * x) ** s)), (0.9, 0.5, 0.1, 2.0)),
}


@pytest.mark.parametrize("law", LAWS)
def test_each_law_is_where_scipys_optimiser_ends(law: str) -> None:
    """scipy.optimize.curve_fit from the truth, with weights; to its own tolerance of 1e-8 in loss."""
    shape, truth = LAWS[law]
    rng = np.random.default_rng(11)
    weight = rng.uniform(0.5, 2, PLACES.size)
    y = shape(PLACES, *truth) + 0.02 * rng.normal(size=PLACES.size) / np.sqrt(weight)
    expected, _ = curve_fit(shape, PLACES, y, truth, sigma=1 / np.sqrt(weight), ftol=1e-12)
    fit = next(f for f in learning_curve(PLACES, y, weights=weight).fits if f.law == law)
    found = [fit.asymptote, *fit.parameters.values()]
    np.testing.assert_allclose(found, [expected[0], *expected[2:]], rtol=2e-4)
    left = y - shape(PLACES, *expected)
    normed = weight * PLACES.size / weight.sum()
    assert fit.misfit == pytest.approx(float(normed @ left**2), rel=1e-7)
    drop = shape(np.inf if law != "power" else 1e300, *expected) - shape(1.0, *expected)
    assert fit.gain == pytest.approx(drop, rel=1e-3)


def test_aicc_and_weights_follow_their_definition() -> None:
    """Burnham and Anderson (2002), eq. 2.4 for least squares with its correction, and 2.8."""
    y = LAWS["exponential"][0](PLACES, 0.9, 0.5, 0.1) + 0.02 * np.sin(7 * PLACES)
    fits = learning_curve(PLACES, y).fits
    assert sum(fit.weight for fit in fits) == pytest.approx(1)
    for fit in fits:
        k = {"constant": 2, "Weibull": 5}.get(fit.law, 4)
        expected = 40 * np.log(fit.misfit / 40) + 2 * k + 2 * k * (k + 1) / (40 - k - 1)
        assert fit.aicc == pytest.approx(expected)
        ratio = np.exp((fits[0].aicc - fit.aicc) / 2)
        assert fit.weight / fits[0].weight == pytest.approx(ratio)


@pytest.mark.parametrize(
    ("law", "rate"), [("exponential", 0.1), ("hyperbolic", 0.1), ("power", 0.7)]
)
def test_intervals_cover_the_true_curve_and_its_next_gain(law: str, rate: float) -> None:
    """40 simulated curves; at least .95 less three standard errors of a share of 40 (.034 each)."""
    shape, rng = LAWS[law][0], np.random.default_rng(12)
    truth = shape(PLACES, 0.9, 0.5, rate)
    gain = shape(60.0, 0.9, 0.5, rate) - truth[-1]
    curve, ahead = [], []
    for _ in range(40):
        found = learning_curve(PLACES, truth + 0.05 * rng.normal(size=40))
        here, more = found.at(40.0), found.gain(20.0)
        curve.append(here.low <= truth[-1] <= here.high)
        ahead.append(more.low <= gain <= more.high)
    assert np.mean(curve) >= 0.95 - 3 * 0.0345
    assert np.mean(ahead) >= 0.95 - 3 * 0.0345


def test_a_stated_plateau_is_as_frequent_as_its_probability() -> None:
    """Among curves of random laws and rates, P(gain < delta) averages to the share that it holds for,
    in each half of the probabilities.
    """
    rng = np.random.default_rng(13)
    said, held = [], []
    for _ in range(100):
        law = ["power", "exponential", "hyperbolic"][rng.integers(3)]
        rate = np.exp(rng.uniform(np.log(0.03), np.log(0.5)))
        shape = LAWS[law][0]
        y = shape(PLACES, 0.9, 0.5, rate) + 0.04 * rng.normal(size=40)
        said.append(learning_curve(PLACES, y).plateau(20.0, 0.03))
        held.append(shape(60.0, 0.9, 0.5, rate) - shape(40.0, 0.9, 0.5, rate) < 0.03)
    said, held = np.array(said), np.array(held)
    for half in (said < 0.5, said >= 0.5):
        error = np.sqrt((said * (1 - said))[half].sum()) / half.sum()
        assert held[half].mean() == pytest.approx(said[half].mean(), abs=0.06 + 3 * error)
    assert said[held].mean() > said[~held].mean() + 0.3


def test_one_law_hides_what_the_mixture_tells() -> None:
    """While nothing levels off, the end is not known: the interval holds all laws' own ends."""
    y = LAWS["exponential"][0](PLACES, 0.9, 0.5, 0.05)
    y = y + 0.03 * np.random.default_rng(14).normal(size=40)
    found = learning_curve(PLACES, y)
    end = found.asymptote()
    for fit in found.fits:
        if fit.weight > 0.1:
            assert end.low < fit.asymptote < end.high


def test_falling_times_gain_downwards() -> None:
    up = LAWS["exponential"][0](PLACES, 0.9, 0.5, 0.1) + 0.02 * np.sin(5 * PLACES)
    one, other = learning_curve(PLACES, up), learning_curve(PLACES, -up, better="lower")
    assert other.gain(10.0).value == pytest.approx(one.gain(10.0).value)
    assert other.plateau(10.0, 0.02) == pytest.approx(one.plateau(10.0, 0.02))
    assert other.at(50.0).low == pytest.approx(-one.at(50.0).high)


def test_units_of_value_do_not_matter_and_a_level_does() -> None:
    y = LAWS["power"][0](PLACES, 0.9, 0.5, 0.5) + 0.02 * np.sin(5 * PLACES)
    one, other = learning_curve(PLACES, y), learning_curve(PLACES, 100 * y + 7)
    assert other.at(60.0).high == pytest.approx(100 * one.at(60.0).high + 7)
    narrow, wide = one.at(60.0, level=0.5), one.at(60.0)
    assert wide.low < narrow.low < narrow.value < narrow.high < wide.high


def test_noise_without_learning_is_a_constant_and_a_plateau() -> None:
    found = learning_curve(PLACES, 0.5 + 0.02 * np.random.default_rng(15).normal(size=40))
    assert found.fits[0].law == "constant"
    assert found.plateau(10.0, 0.02) > 0.9


def test_the_same_value_everywhere_is_told() -> None:
    found = learning_curve(PLACES, np.full(40, 0.7))
    assert found.notes == ("constant: 0.7 at all 40 places",)
    assert found.plateau(10.0, 1e-9) == 1
    assert found.at(100.0).value == pytest.approx(0.7)


def test_few_points_leave_out_laws_and_say_so() -> None:
    found = learning_curve([1, 2, 3, 4, 5, 6], [0.2, 0.4, 0.5, 0.55, 0.6, 0.61])
    assert {fit.law for fit in found.fits} == {"constant", "power", "exponential", "hyperbolic"}
    assert "Weibull law not fitted: 6 points, expected 7" in found.notes


@pytest.mark.parametrize(
    ("x", "y", "options", "named"),
    [
        ([1, 2, 3], [1, 2, 3], {}, "3 points, expected 4 or more"),
        ([0, 1, 2, 3], [1, 2, 3, 4], {}, "place 0 at point 1, expected a positive number"),
        ([1, 2, 3, 4], [1, np.nan, 3, 4], {}, "value nan at point 2, expected a finite number"),
        ([1, 2, 3, 4], [1, 2, 3, 4], {"weights": [1, 1, 0, 1]}, "weight 0 at point 3"),
        ([2, 2, 2, 2], [1, 2, 3, 4], {}, "all 4 points are at place 2"),
        ([1, 2, 3, 4], [1, 2, 3], {}, "expected three rows alike"),
    ],
)
def test_what_cannot_be_fitted_is_named(x: list, y: list, options: dict, named: str) -> None:
    with pytest.raises(DataError, match=named):
        learning_curve(x, y, **options)


def test_impossible_questions_are_named() -> None:
    found = learning_curve(PLACES, np.log(PLACES))
    with pytest.raises(DataError, match="ahead=0, expected a positive number"):
        found.gain(0)
    with pytest.raises(DataError, match="delta=-1"):
        found.plateau(5.0, -1)
    with pytest.raises(DataError, match="level=2"):
        found.at(5.0, level=2)
