"""Shares told as bounds: merged until safe, and no bound that narrows a few down below k."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import ParameterError
from assay.privacy.bounds import Span, as_all_others, give_away, nearly_all, spans

K = 10


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ([0, 0, 0, 0, 0, 500], [(5, 5, 500, None)]),
        ([0, 0, 0, 1, 2, 932], [(5, 5, None, 0.98)]),  # 925 of 935 are 98.9 %
        ([3, 2, 0, 1, 30, 900], [(0, 4, 36, None), (5, 5, 900, None)]),
        ([20, 30, 4], [(0, 0, 20, None), (1, 2, 34, None)]),
        ([40, 2, 3], [(0, 0, None, 0.77)]),  # 35 of 45 are 77.8 %
        ([0, 0, 9], []),
        ([5, 6, 0], [(0, 1, 11, None)]),
        ([12, 5, 0], [(0, 1, 17, None)]),  # 7 of 17 would be no half
    ],
)
def test_classes_are_put_together_until_each_is_k(counts, told):
    found = [(one.first, one.last, one.count, one.at_least) for one in spans(counts, K)]
    assert found == told


@given(st.lists(st.integers(0, 40), min_size=1, max_size=8), st.integers(1, 12))
def test_no_span_tells_of_fewer_than_k(counts, k):
    whole = sum(counts)
    found = spans(counts, k)
    for one in found:
        own = sum(counts[one.first : one.last + 1])
        if one.count is None:
            assert len(found) == 1
            assert 0 < whole - own < k
            assert one.at_least * whole <= own
            assert round((1 - one.at_least) * whole, 6) >= k
        else:
            assert one.count == own >= k
            assert own == whole or whole - own >= k
    if found and all(one.count is not None for one in found):
        assert sum(one.count for one in found) == whole


def test_a_bound_leaves_k_open_or_is_none():
    assert nearly_all(1000, K) == 0.99
    assert nearly_all(99, K) == 0.89
    assert nearly_all(20, K) == 0.5
    assert nearly_all(19, K) is None
    assert nearly_all(0, K) is None
    with pytest.raises(ParameterError, match="k is 0"):
        spans([1], 0)


def _of(size, *, start=0, whole=200):
    places = np.arange(whole)
    return (places >= start) & (places < start + size)


@pytest.mark.parametrize(
    ("sets", "hidden"),
    [
        ([_of(60), _of(55)], {1}),  # one in the other: 5 between them
        ([_of(60), _of(40)], set()),
        ([_of(60), _of(55, start=140)], set()),
        ([_of(100), _of(95, start=100)], {1}),  # they share nobody: 5 are in neither
        ([_of(120), _of(85, start=115)], {1}),  # together all: 5 are in both
        ([_of(60), _of(60, start=5)], set()),  # four parts, and only three numbers
        ([_of(4), _of(197)], {0, 1}),
        ([], set()),
    ],
)
def test_sizes_whose_differences_are_few_are_not_told_together(sets, hidden):
    assert give_away(sets, K) == hidden


def test_where_few_differ_the_others_value_is_told():
    values = np.zeros(1000)
    values[:3] = 1
    assert as_all_others(values, K) == 0
    values[:12] = 1
    assert as_all_others(values, K) is None
    assert as_all_others(np.zeros(20), K) is None  # nobody differs: the mean is what all have
    assert as_all_others(np.array([np.nan]), K) is None
    assert Span(first=0, last=0, count=1, at_least=None).count == 1
