"""Segments keep their identity by shared members or by place, and what came and went is told."""

import numpy as np

from assay.stats.segmenting.matching import by_centres, by_members


def test_renumbered_segments_are_the_same():
    found = by_members(np.array([[0, 90, 5], [80, 2, 0], [1, 3, 40]]))
    assert found.before.tolist() == [1, 0, 2]
    assert (found.births, found.deaths, found.splits, found.merges) == ((), (), (), ())


def test_a_split_keeps_the_larger_piece_and_bears_the_other():
    found = by_members(np.array([[60, 0, 40], [0, 50, 0]]))
    assert found.before.tolist() == [0, 1, -1]
    assert found.births == (2,)
    assert found.splits == ((0, (0, 2)),)


def test_a_merger_keeps_the_larger_and_ends_the_other():
    found = by_members(np.array([[60, 0], [40, 0], [0, 50]]))
    assert found.before.tolist() == [0, 2]
    assert found.deaths == (1,)
    assert found.merges == (((0, 1), 0),)


def test_what_shares_little_is_new():
    found = by_members(np.full((3, 3), 20))
    assert found.before.tolist().count(-1) == 3
    assert found.births == found.deaths == (0, 1, 2)


def test_without_shared_entities_the_nearest_centre_counts_unless_it_is_far():
    old = np.array([[0.0, 0.0], [4.0, 0.0]])
    found = by_centres(old, np.array([[4.5, 0.2], [0.3, 0.0], [2.0, 9.0]]))
    assert found.before.tolist() == [1, 0, -1]
    assert by_centres(old, np.array([[2.0, 0.0]])).before.tolist() == [-1]
    assert by_centres(old[:1], np.array([[3.0, 0.0]])).before.tolist() == [0]
