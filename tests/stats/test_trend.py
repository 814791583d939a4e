"""The robust slope against statsmodels, and its error rate where days differ in size."""

import numpy as np
import pytest
import statsmodels.api as sm

from assay.core.errors import DataError
from assay.stats.trend import weighted_slope


def test_is_statsmodels_weighted_hc3():
    rng = np.random.default_rng(1)
    x, w = np.arange(20) / 7, rng.uniform(1, 50, 20)
    y = 0.05 - 0.01 * x + rng.normal(size=20) / np.sqrt(w)
    found = weighted_slope(x, y, w)
    fit = sm.WLS(y, sm.add_constant(x), weights=w).fit(cov_type="HC3", use_t=True)
    assert found.value == pytest.approx(fit.params[1], rel=1e-10)
    assert found.standard_error == pytest.approx(fit.bse[1], rel=1e-9)
    assert found.p_value == pytest.approx(fit.pvalues[1], rel=1e-8)
    assert found.interval(0.05) == pytest.approx(tuple(fit.conf_int()[1]), rel=1e-8)


def test_errs_about_as_often_as_it_says_where_days_shrink():
    """Fourteen days, the last a fifth of the first, spread as it follows from their sizes."""
    rng = np.random.default_rng(2)
    x, w = np.arange(14) / 7, np.linspace(250, 50, 14)
    wrong = [
        weighted_slope(x, rng.normal(size=14) / np.sqrt(w), w).p_value < 0.05 for _ in range(4_000)
    ]
    assert 0.03 < np.mean(wrong) < 0.065


def test_a_fading_effect_is_found():
    rng = np.random.default_rng(3)
    x, w = np.arange(28) / 7, np.full(28, 400.0)
    y = 0.3 - 0.05 * x + rng.normal(size=28) / np.sqrt(w)
    low, high = weighted_slope(x, y, w).interval(0.05)
    assert low < -0.05 < high < 0


def test_a_perfect_line_has_no_error():
    found = weighted_slope((0, 1, 2, 3), (1, 3, 5, 7), (1, 1, 1, 1))
    assert found.value == pytest.approx(2)
    assert found.standard_error == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    "bad",
    [((0, 1, 2), (0, 0, 0), (1, 1, 1)), ((1, 1, 1, 1), (0, 1, 2, 3), (1, 1, 1, 1)),
     ((0, 1, 2, 3), (0, 1, 2, 3), (1, 1, 0, 1))],
)  # fmt: skip
def test_says_what_it_cannot_use(bad):
    with pytest.raises(DataError):
        weighted_slope(*bad)
