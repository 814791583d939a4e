"""Drawn sums, against each subset added up by itself and against the moments of sampling theory."""

import math

import numpy as np
import pytest

from assay.stats.resampling.subsets import BLOCKS, Subsets, subsets

# sizes with and without blocks, with units left over, and with more blocks than are multiplied
SIZES = [(20, 200), (97, 1_013), (1_000, 10_000), (60, 40_000)]


def members(made: Subsets, whole: int):
    """Units of each subset, read off its definition."""
    places = np.arange(made.blocks * made.block).reshape(made.block, made.blocks)
    for order in made.orders:
        for picks in made.picks:
            blocks, single = picks[picks < made.blocks], picks[picks >= made.blocks]
            at = np.concatenate((places[:, blocks].ravel(), single - made.blocks + places.size))
            assert len(set(at.tolist())) == len(at)
            assert at.max() < whole
            yield order[at]


@pytest.mark.parametrize(("size", "whole"), SIZES)
def test_sums_are_those_of_that_many_different_units(size, whole):
    units = np.random.default_rng(1).lognormal(0, 1, (whole, 3))
    made = subsets(size, whole, 200)
    drawn = made.sums(units)
    each = list(members(made, whole))
    assert drawn.shape == (3, len(each))
    assert {len(set(unit.tolist())) for unit in each} == {size}
    found = np.array([units[unit].sum(axis=0) for unit in each]).T
    assert drawn == pytest.approx(found, rel=1e-12)


@pytest.mark.parametrize(("size", "whole"), SIZES)
def test_sums_scatter_as_those_of_random_samples(size, whole):
    """Mean, variance and third moment of a simple random sample's sum (Cochran 1977, ch. 2)."""
    draws = 40_000 if whole < 40_000 else 10_000
    x = np.random.default_rng(2).exponential(1, whole)
    x -= x.mean()
    drawn = subsets(size, whole, draws).sums(x[:, None])[0]
    share = size / whole
    variance = size * (1 - share) * x.var(ddof=1)
    assert abs(drawn.mean()) <= 4 * math.sqrt(variance / draws)
    strayed = math.sqrt(2 / draws + (2 / BLOCKS) / math.ceil(draws / 125)) * 1.2
    assert drawn.var() == pytest.approx(variance, rel=4 * strayed)
    skewness = (1 - 2 * share) / math.sqrt(size * (1 - share)) * float((x**3).mean()) / x.std() ** 3
    scaled = (drawn / math.sqrt(variance)) ** 3
    assert scaled.mean() == pytest.approx(skewness, abs=4 * math.sqrt(20 / draws))


def test_the_same_sizes_give_the_same_subsets():
    assert subsets(20, 200, 600) is subsets(20, 200, 600)
    x = np.random.default_rng(3).normal(size=(200_000, 1))
    assert (subsets(90_000, 200_000, 400).sums(x) == subsets(90_000, 200_000, 400).sums(x)).all()
