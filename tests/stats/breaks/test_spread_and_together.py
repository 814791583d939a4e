"""Changes of spread, and breaks of several metrics on one day, on made series."""

import numpy as np
import pytest

from assay.core.errors import DataError
from assay.stats.breaks import common_breaks, find_breaks


def test_a_change_of_spread_is_found_and_is_no_break_of_the_level():
    rng = np.random.default_rng(1)
    y = rng.standard_normal(300) * np.where(np.arange(300) < 150, 1.0, 4.0)
    found = find_breaks(y)
    (one,) = found.spread
    assert found.breaks == ()
    assert one.kind == "variance"
    assert one.low <= 150 <= one.high
    assert one.size_low <= 4 <= one.size_high
    assert one.after / one.before == pytest.approx(one.size)


def test_even_noise_has_no_change_of_spread():
    rng = np.random.default_rng(2)
    assert sum(bool(find_breaks(rng.standard_normal(120)).spread) for _ in range(40)) <= 2


def test_rounding_that_grows_along_a_line_is_no_change_of_spread():
    assert find_breaks(np.cumsum(np.full(100, 0.1))).spread == ()


def test_among_many_series_a_change_of_spread_must_be_surer():
    rng, found = np.random.default_rng(7), {0.95: 0, 0.99995: 0}
    for _ in range(20):
        y = rng.standard_normal(120) * np.where(np.arange(120) < 60, 1, 2)
        for level in found:
            found[level] += bool(find_breaks(y, level=level, periods=()).spread)
    assert found[0.99995] < found[0.95] / 2


def test_breaks_on_one_day_belong_together_and_others_do_not():
    rng = np.random.default_rng(3)
    at = np.arange(200)
    rows = rng.standard_normal((3, 200))
    rows[0] += 4.0 * (at >= 90)
    rows[1] -= 5.0 * (at >= 90)
    rows[2] += 4.0 * (at >= 140)
    found = common_breaks(rows)
    (group,) = found.together
    assert group.rows == (0, 1)
    assert group.low <= 90 <= group.high
    assert group.p_same > 0.9
    assert len(found.each[2].breaks) == 1


def test_metrics_are_rows_of_a_table():
    with pytest.raises(DataError, match="dimensions"):
        common_breaks(np.ones(10))
