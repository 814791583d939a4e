"""Errors of periods: of one spread, over the root of their number."""

import math

import numpy as np
import pytest

from analysis.trends.series_of import watched_of
from assay.analysis.trends import Question, assess
from assay.analysis.trends.precision import steadied


def test_errors_are_one_spread_over_the_root_of_the_number():
    n = np.array([100, 100, 25, 3, 1, 0])
    errors = np.array([0.2, 0.2, 0.4, 0.0, np.nan, np.nan])
    one = watched_of([1.0, 1.0, 1.0, 1.0, 1.0, np.nan], errors=errors, n=n)
    expected = [0.2, 0.2, 0.4, 2 / np.sqrt(3), 2.0, np.nan]
    assert steadied(one) == pytest.approx(expected, nan_ok=True)


def test_a_quantile_between_two_heaps_keeps_its_own_error():
    n = np.full(4, 100)
    errors = np.array([0.2, 0.2, 0.2, 3.0])
    one = watched_of(np.ones(4), errors=errors, n=n)
    assert steadied(one)[3] == pytest.approx(0.2)
    assert steadied(watched_of(np.ones(4), errors=errors, n=n, quantile=0.5))[3] == 3.0


def test_totals_keep_their_own_errors():
    errors = np.array([0.1, 0.3])
    total = watched_of(np.ones(2), errors=errors, total=True)
    assert steadied(total) == pytest.approx(errors)


def test_series_of_few_units_share_the_spread_of_all_of_them():
    errors, n = np.array([0.1, 0.3, np.nan]), np.array([2, 3, 1])
    few = steadied(watched_of(np.ones(3), errors=errors, n=n))
    # variances of units .02 and .27 with one and two degrees of freedom: (.02 + 2 · .27) ÷ 3
    spread = math.sqrt(0.56 / 3)
    assert few == pytest.approx(spread / np.sqrt(n))
    alike = steadied(watched_of(np.ones(3), errors=np.array([0.0, 0.0, np.nan]), n=n))
    assert np.isnan(alike).all()


def test_a_few_days_of_few_rows_are_no_break():
    # Five days of one to three rows, all of them successes, whose own errors would be zero.
    rng = np.random.default_rng(5)
    n = np.r_[[2, 1, 3, 2, 1], np.full(95, 200)]
    values = np.r_[np.ones(5), 0.8 + rng.normal(0, 0.028, 95)]
    errors = np.sqrt(values.clip(0, 1) * (1 - values.clip(0, 1)) / n)
    (one,) = assess([watched_of(values, errors=errors, n=n)], Question(workers=1)).series
    assert one.changes == ()
