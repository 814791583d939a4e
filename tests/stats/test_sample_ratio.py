import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from assay.core.errors import DataError
from assay.stats.sample_ratio import chi_square


@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.floats(0.01, 10)), min_size=2, max_size=6).filter(
        lambda arms: sum(n for n, _ in arms) > 0
    )
)
def test_agrees_with_scipy(arms):
    counts, weights = zip(*arms, strict=True)
    expected = [sum(counts) * w / math.fsum(weights) for w in weights]
    found = chi_square(counts, weights)
    peer = stats.chisquare(counts, expected, sum_check=False)
    assert found.statistic == pytest.approx(peer.statistic, rel=1e-8)
    assert found.p_value == pytest.approx(peer.pvalue, rel=1e-8, abs=1e-300)


def test_tables_of_known_experiments():
    """11,950 : 12,050 of our simulation and the three arms of Hillstrom's e-mail challenge."""
    assert chi_square((11950, 12050), (1, 1)).p_value == pytest.approx(0.51860502, abs=5e-9)
    assert chi_square((21306, 21307, 21387), (1, 1, 1)).p_value == pytest.approx(0.904, abs=5e-4)


def test_the_scale_of_the_weights_does_not_matter():
    assert chi_square((40, 60), (1, 1)) == chi_square((40, 60), (0.5, 0.5))


@pytest.mark.parametrize(
    ("counts", "weights"),
    [
        ((5,), (1,)), ((5, 6), (1,)), ((0, 0), (1, 1)), ((-1, 5), (1, 1)),
        ((5, 5, 0), (0.5, 0.5, 0.0)), ((5, 5), (math.nan, 1)), ((5, 5), (math.inf, 1)),
    ],
)  # fmt: skip
def test_what_is_no_split_is_refused(counts, weights):
    with pytest.raises(DataError, match="expected"):
        chi_square(counts, weights)
