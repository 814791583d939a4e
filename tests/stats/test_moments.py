import functools
import itertools
import math
import operator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from assay.core.errors import DataError
from assay.stats.moments import Moments

numbers = st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: round(x, 6))
tables = st.integers(1, 40).flatmap(lambda n: arrays.arrays(np.float64, (2, n), elements=numbers))


def exact(x, y):
    """Sum of centred products, by exactly rounded sums in two passes."""
    mean_x, mean_y = math.fsum(x) / len(x), math.fsum(y) / len(y)
    return math.fsum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True))


@given(tables, st.data())
def test_merging_chunks_equals_one_pass(data, draw):
    cut = draw.draw(st.integers(0, data.shape[1]))
    merged = Moments.of(*data[:, :cut]) + Moments.of(*data[:, cut:])
    whole = Moments.of(*data)
    assert merged.n == whole.n
    scale = np.abs(data).max(axis=1) + 1e-300
    assert merged.mean == pytest.approx(whole.mean, rel=1e-12, abs=1e-12 * scale.max())
    for i in range(2):
        for j in range(2):
            close = 1e-12 * scale[i] * scale[j] * whole.n
            assert merged.scatter[i][j] == pytest.approx(whole.scatter[i][j], rel=1e-12, abs=close)


@given(tables)
def test_moments_are_those_of_exact_sums(data):
    found = Moments.of(*data)
    for i in range(2):
        for j in range(2):
            slack = 1e-13 * np.abs(data[i]).max() * np.abs(data[j]).max() * found.n
            assert found.scatter[i][j] == pytest.approx(
                exact(data[i], data[j]), rel=1e-12, abs=slack
            )


def test_a_thousand_chunks_merge_to_one_pass():
    x = np.random.default_rng(1).lognormal(0, 2, 100_000)
    merged = sum((Moments.of(part) for part in np.array_split(x, 1000)), Moments.empty())
    whole = Moments.of(x)
    assert merged.mean == pytest.approx(whole.mean, rel=1e-12)
    assert merged.variance() == pytest.approx(whole.variance(), rel=1e-12)


def test_a_shift_costs_no_digits():
    x = np.round(np.random.default_rng(2).normal(0, 1, 10_000) * 2**20) / 2**20
    here, there = Moments.of(x), Moments.of(x + 2.0**30)  # both exact in double precision
    assert there.variance() == pytest.approx(here.variance(), rel=1e-12)


@given(st.integers(0, 500), st.integers(0, 500))
def test_counts_have_the_moments_of_their_zeros_and_ones(ones, zeros):
    found = Moments.of_counts(ones, ones + zeros)
    if ones + zeros:
        assert found.mean == pytest.approx((ones / (ones + zeros),), abs=1e-15)
        listed = Moments.of([1.0] * ones + [0.0] * zeros)
        assert found.scatter[0][0] == pytest.approx(listed.scatter[0][0], rel=1e-12, abs=1e-12)
    else:
        assert found == Moments.empty()


def test_adding_nothing_changes_nothing():
    some = Moments.of([1.0, 2.0, 4.0], [3.0, 1.0, 1.0])
    assert some + Moments.empty(2) == some == Moments.empty(2) + some


@given(tables, st.lists(st.integers(0, 12), max_size=4))
def test_a_union_at_once_is_the_sum_of_its_parts(data, cuts):
    ends = [0, *sorted(min(cut, data.shape[1]) for cut in cuts), data.shape[1]]
    parts = [Moments.of(*data[:, a:b]) for a, b in itertools.pairwise(ends)]
    union, added = Moments.union(parts), functools.reduce(operator.add, parts)
    size = float(np.abs(data).max()) + 1e-300
    assert union.n == added.n
    assert union.mean == pytest.approx(added.mean, rel=1e-12, abs=1e-12 * size)
    for mine, theirs in zip(union.scatter, added.scatter, strict=True):
        assert mine == pytest.approx(theirs, rel=1e-9, abs=1e-12 * size**2 * data.shape[1])


def test_a_union_of_constants_is_constant_and_one_of_too_large_values_refused():
    parts = [Moments.of([0.1] * n) for n in (7, 3, 5)]
    assert Moments.union(parts) == Moments(15, (0.1,), ((0.0,),))
    with pytest.raises(DataError, match="not all finite"):
        Moments.union([Moments.of([1e200]), Moments.of([-1e200])])


def test_one_unit_has_no_variance():
    with pytest.raises(DataError, match="n=1, expected at least two"):
        Moments.of([3.0]).variance()


def test_constant_values_vary_by_nothing():
    assert Moments.of([0.1] * 7).variance() == 0


@given(tables)
def test_projection_is_the_moments_of_the_weighted_sum(data):
    weights = (2.0, -0.5)
    direct = Moments.of(weights[0] * data[0] + weights[1] * data[1])
    slack = 1e-11 * (np.abs(data).max() ** 2 + 1e-300) * data.shape[1]
    through = Moments.of(*data).project((weights,), mean=direct.mean)
    assert through.scatter[0][0] == pytest.approx(direct.scatter[0][0], rel=1e-9, abs=slack)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Moments(-1, (0.0,), ((0.0,),)),
        lambda: Moments(2, (math.nan,), ((0.0,),)),
        lambda: Moments(2, (0.0,), ((math.inf,),)),
        lambda: Moments(2, (0.0,), ((-1.0,),)),
        lambda: Moments(2, (0.0,), ((1.0, 2.0),)),
        lambda: Moments.of([[1.0], [2.0]]),
        lambda: Moments.of([1.0, math.nan]),
        lambda: Moments.of_counts(3, 2),
        lambda: Moments.of_counts(-1, 2),
        lambda: Moments.of([1.0]) + Moments.of([1.0], [1.0]),
    ],
)
def test_what_cannot_be_moments_is_refused(wrong):
    with pytest.raises(DataError):
        wrong()
