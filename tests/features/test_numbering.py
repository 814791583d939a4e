import numpy as np
import pytest

from assay.features import numbering
from assay.features.numbering import Numbering, room_for


@pytest.mark.parametrize("bits", [2, 24])
def test_numbers_are_those_of_a_dictionary(monkeypatch, bits):
    """Also where the table is so short that nearly all share a slot with others."""
    monkeypatch.setattr(numbering, "_FEWEST_BITS", min(bits, 12))
    monkeypatch.setattr(numbering, "_MOST_BITS", bits)
    rng = np.random.default_rng(7)
    some = np.append(rng.integers(0, 2**64, 3000, dtype=np.uint64), np.uint64(0))
    given, told = Numbering(), {}
    for size in (1, 40, 5000, 0, 5000, 20_000):
        hashes = rng.choice(some, size)
        numbers, fresh = given.of(hashes)
        assert hashes[fresh].tolist() == given.hashes[len(told) :].tolist()
        assert all(row == np.flatnonzero(hashes == hashes[row])[0] for row in fresh)
        for one, number in zip(hashes.tolist(), numbers.tolist(), strict=True):
            assert told.setdefault(one, number) == number
    assert sorted(told.values()) == list(range(given.count))
    assert given.count > 2900
    assert given.hashes[list(told.values())].tolist() == list(told)


def test_zero_is_a_hash_as_others():
    given = Numbering()
    zero = np.zeros(2, dtype=np.uint64)
    assert given.of(zero + np.uint64(5))[0].tolist() == [0, 0]
    numbers, fresh = given.of(zero)
    assert (numbers.tolist(), fresh.tolist()) == ([1, 1], [0])


def test_room_is_made_without_losing_anything():
    array = np.arange(3.0)
    assert room_for(array, 2) is array
    longer = room_for(array, 4, empty=-1)
    assert longer.tolist() == [0, 1, 2, -1, -1, -1]
