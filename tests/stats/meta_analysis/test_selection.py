"""The winner's curse is taken off: exactly, and nothing where there was none."""

import numpy as np
import pytest
from scipy.stats import norm

from assay.core.errors import DataError
from assay.stats.meta_analysis.selection import after_selection


@pytest.mark.parametrize(("estimate", "threshold"), [(2.1, 1.96), (3.0, 1.96), (0.5, -1.0)])
def test_it_solves_for_the_truncated_normal(estimate, threshold):
    found = after_selection(estimate, 1.0, threshold=threshold)
    for truth, chance in ((found.value, 0.5), (found.low, 0.025), (found.high, 0.975)):
        if np.isfinite(truth):
            reached = norm.sf(estimate - truth) / norm.sf(threshold - truth)
            assert reached == pytest.approx(chance, rel=1e-6)


def test_far_above_the_threshold_nothing_is_taken_off():
    found = after_selection(9.0, 1.0, threshold=1.96)
    plain = (9.0, 9 - 1.959964, 9 + 1.959964)
    assert (found.value, found.low, found.high) == pytest.approx(plain, abs=1e-4)
    assert after_selection(2.2, 1.0, threshold=1.96).value < 1.0


@pytest.mark.parametrize("alpha", [1e-8, 1e-20, 1e-100])
def test_far_above_the_threshold_the_ends_lie_alike_however_small_alpha_is(alpha):
    found = after_selection(90.0, 2.0, threshold=3.92, alpha=alpha)
    half = -2 * norm.ppf(alpha / 2)
    assert (found.low, found.high) == pytest.approx((90 - half, 90 + half), rel=1e-9)


def test_units_do_not_matter():
    small, large = (after_selection(3 * s, s, threshold=2 * s) for s in (0.01, 100.0))
    assert small.value * 10_000 == pytest.approx(large.value)


@pytest.mark.parametrize("truth", [0.0, 1.0, 3.0])
def test_intervals_hold_for_what_was_selected_and_the_plain_ones_do_not(truth):
    draws = np.random.default_rng(3).normal(truth, 1, 60_000)
    passed = draws[draws >= 1.96][:600]
    found = [after_selection(float(x), 1.0, threshold=1.96) for x in passed]
    band = 3 * np.sqrt(0.05 * 0.95 / len(passed))
    assert np.mean([one.low <= truth <= one.high for one in found]) >= 0.95 - band
    above = np.mean([one.value > truth for one in found])
    assert above == pytest.approx(0.5, abs=3 * np.sqrt(0.25 / len(passed)))
    if truth < 3:
        assert (abs(passed - truth) <= 1.96).mean() < 0.9


def test_what_did_not_pass_is_refused():
    with pytest.raises(DataError, match="at or above the threshold"):
        after_selection(1.0, 1.0, threshold=1.96)
    with pytest.raises(DataError, match="positive"):
        after_selection(1.0, 0.0, threshold=0.0)
