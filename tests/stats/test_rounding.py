from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import DataError
from assay.stats.rounding import adding_up, digits_for

amounts = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=9)


@given(amounts)
def test_rounded_amounts_add_up_and_are_less_than_a_unit_off(values):
    total = sum(values)
    shown = adding_up(values, total, 2)
    assert round(100 * sum(shown)) == round(100 * round(total, 2))
    assert all(abs(one - value) < 0.01 + 1e-6 for one, value in zip(shown, values, strict=True))


def test_the_unit_goes_to_what_lost_most_and_zero_stays_zero():
    assert adding_up([0.335, 0.333, 0.332, 0.0], 1.0, 2) == (0.34, 0.33, 0.33, 0.0)
    assert adding_up([-0.335, -0.333, -0.332], -1.0, 2) == (-0.34, -0.33, -0.33)
    assert adding_up([900.1, 500.2, -160.3], 1240.0, 0) == (900.0, 500.0, -160.0)


def test_a_total_that_was_rounded_apart_is_met():
    assert sum(adding_up([1.0, 2.0], 3.02, 2)) == pytest.approx(3.02)
    assert sum(adding_up([1.0, 2.0], 2.95, 2)) == pytest.approx(2.95)


def test_small_sums_are_shown_with_more_digits():
    assert [digits_for([size]) for size in (0.0, 5e-5, 0.02, 0.5, 1.0, 1e6)] == [2, 7, 4, 3, 2, 2]


def test_what_is_not_finite_is_refused():
    with pytest.raises(DataError, match="finite"):
        adding_up([inf], 1.0, 2)
