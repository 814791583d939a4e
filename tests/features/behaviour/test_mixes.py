from collections import Counter, defaultdict
from itertools import combinations

import numpy as np
import polars as pl
import pytest

from assay.features.behaviour import mixes
from assay.features.behaviour.mixes import Mix, Sessions, named


def hashed(values):
    return pl.Series(values, dtype=pl.String).hash(1).to_numpy()


@pytest.mark.parametrize(("cells", "pending"), [(2**24, 2**23), (60, 2**23), (60, 30), (0, 0)])
def test_mixes_are_those_of_all_pairs(monkeypatch, cells, pending):
    """In a table, and as pairs once it is too large, merged often or at the end."""
    monkeypatch.setattr(mixes, "_CELLS", cells)
    monkeypatch.setattr(mixes, "_PENDING", pending)
    monkeypatch.setattr(mixes, "_BLOCK", 4)
    rng = np.random.default_rng(2)
    given, rows = Mix(), defaultdict(list)
    for batch, size in enumerate((30, 0, 50, 200)):
        whose = rng.integers(0, 3 * batch + 2, size)
        names = [f"n{name}" for name in rng.integers(0, 2 * batch + 1, size)]
        given.add(whose, hashed(names))
        for one, name in zip(whose.tolist(), names, strict=True):
            rows[one].append(name)
    unlike, count = given.told(14)
    assert count.tolist() == [len(rows[one]) for one in range(14)]
    for one in range(14):
        pairs = list(combinations(rows[one], 2))
        share = sum(a != b for a, b in pairs) / len(pairs) if pairs else 0
        assert unlike[one] == pytest.approx(share * len(rows[one]))


def test_nothing_named_is_no_mix():
    unlike, count = Mix().told(2)
    assert (unlike.tolist(), count.tolist()) == ([0, 0], [0, 0])


def test_messages_are_told_apart_by_wording():
    messages = ["No room after 12 s", "no room after 3 s", "No key 'a1'", 'No key "b"', "no", None]
    frame = pl.DataFrame({"error_message": messages, "model": messages})
    worded, plain = (frame.select(named(name)).to_series() for name in frame.columns)
    assert worded.null_count() == plain.null_count() == 1
    counts = Counter(worded.drop_nulls().to_list())
    assert sorted(counts.values()) == [1, 2, 2]
    assert plain.drop_nulls().n_unique() == 5


@pytest.mark.parametrize("pending", [2**23, 0, 40])
def test_sessions_are_those_of_sets(monkeypatch, pending):
    monkeypatch.setattr(mixes, "_PENDING", pending)
    rng = np.random.default_rng(6)
    given, seen = Sessions(), defaultdict(set)
    for size in (1, 300, 0, 900, 900):
        whose, session = rng.integers(0, 30, size), rng.integers(0, 20, size)
        given.add(whose, hashed([f"{a} {b}" for a, b in zip(whose, session, strict=True)]))
        for one, other in zip(whose.tolist(), session.tolist(), strict=True):
            seen[one].add(other)
    assert given.told(31).tolist() == [len(seen[one]) for one in range(31)]


def test_no_session_is_none():
    assert Sessions().told(2).tolist() == [0, 0]
