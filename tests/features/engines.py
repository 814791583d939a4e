"""What two engines found of the same rows, held beside each other."""

import numpy as np
import pytest

CLOSE = 1e-9


def alike(one, other):
    """That two summaries say the same: counts exactly, moments to 1e-9."""
    for name in ("arms", "units", "rows", "first", "last", "left_out"):
        assert getattr(one, name) == getattr(other, name), name
    _alike_samples(one.samples, other.samples)
    assert len(one.segments) == len(other.segments)
    for mine, theirs in zip(one.segments, other.segments, strict=True):
        assert (mine.column, mine.segment) == (theirs.column, theirs.segment)
        _alike_samples(mine.samples, theirs.samples)
    assert one.undated == other.undated
    assert [(day.day, day.units) for day in one.days] == [(d.day, d.units) for d in other.days]
    for mine, theirs in zip(one.days, other.days, strict=True):
        _alike_samples(mine.samples, theirs.samples)
    assert one.pairs.keys() == other.pairs.keys()
    for metric, pairs in one.pairs.items():
        for arm, mine in pairs.items():
            theirs = other.pairs[metric][arm]
            assert (mine.missing, mine.alone) == (theirs.missing, theirs.alone)
            _alike_moments(mine.moments, theirs.moments)


def _alike_samples(one, other):
    assert one.keys() == other.keys()
    for metric, arms in one.items():
        assert arms.keys() == other[metric].keys()
        for arm, mine in arms.items():
            theirs = other[metric][arm]
            assert (mine.missing, mine.successes) == (theirs.missing, theirs.successes)
            _alike_moments(mine.moments, theirs.moments)
            _alike_values(mine.values, theirs.values)


def _alike_values(one, other):
    assert (one is None) == (other is None)
    for mine, theirs in zip(one or (), other or (), strict=True):
        assert np.sort(mine) == pytest.approx(np.sort(theirs), rel=CLOSE)


def _alike_moments(one, other):
    assert one.n == other.n
    assert one.mean == pytest.approx(other.mean, rel=CLOSE)
    for i, row in enumerate(one.scatter):
        for j, value in enumerate(row):
            size = (one.scatter[i][i] * one.scatter[j][j]) ** 0.5
            assert value == pytest.approx(other.scatter[i][j], rel=CLOSE, abs=CLOSE * size)
