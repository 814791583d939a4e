"""Reuse of prefixes: against a cache that is played through, request by request."""

from collections import OrderedDict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import DataError
from assay.stats.caching import prefix_reuse

prompts = st.lists(st.lists(st.integers(0, 3), max_size=5), max_size=25)


def of(requests: list[list[int]], times: list[float] | None = None):
    flat = [block for request in requests for block in request]
    when = list(range(len(requests))) if times is None else times
    return prefix_reuse(flat, [len(request) for request in requests], when)


def played(requests: list[list[int]], capacity: int) -> list[int]:
    """A cache that looks a prompt up, then renews its chains, the longest first."""
    held: OrderedDict[tuple[int, ...], None] = OrderedDict()
    hits = []
    for request in requests:
        chains = [tuple(request[: n + 1]) for n in range(len(request))]
        hits.append(0)
        while hits[-1] < len(chains) and chains[hits[-1]] in held:
            hits[-1] += 1
        for chain in reversed(chains):
            held.pop(chain, None)
            held[chain] = None
            if len(held) > capacity:
                held.popitem(last=False)
    return hits


@given(prompts, st.integers(1, 12))
def test_every_capacity_reads_what_a_cache_of_that_size_holds(requests, capacity):
    assert of(requests).hits_within(capacity).tolist() == played(requests, capacity)


@pytest.mark.parametrize("first", [0, -2, 10**15])
def test_many_blocks_are_held_as_they_were_played_whatever_they_are_called(first):
    rng = np.random.default_rng(5)
    sizes = rng.integers(0, 4, 300)
    requests = [(first + rng.integers(0, 9, size)).tolist() for size in sizes]
    for capacity in (2, 30, 200):
        assert of(requests).hits_within(capacity).tolist() == played(requests, capacity)


@given(prompts)
def test_a_cache_without_end_reads_every_chain_that_was_seen(requests):
    reuse = of(requests)
    expected = played(requests, 10**6)
    assert reuse.hits_within(float("inf")).tolist() == expected
    assert reuse.hits_for(1e9).tolist() == expected


@given(st.lists(st.tuples(st.lists(st.integers(0, 2), max_size=4), st.integers(0, 4)), max_size=20))
def test_every_time_to_live_reads_what_was_used_that_recently(steps):
    requests, gaps = [list(s[0]) for s in steps], [s[1] for s in steps]
    times = np.cumsum(gaps).tolist()
    reuse = of(requests, times)
    for life in (0, 2, 5):
        used: dict[tuple[int, ...], float] = {}
        hits = []
        for request, now in zip(requests, times, strict=True):
            chains = [tuple(request[: n + 1]) for n in range(len(request))]
            alive = [chain in used and now - used[chain] <= life for chain in chains]
            hits.append(alive.index(False) if False in alive else len(alive))
            used |= dict.fromkeys(chains, now)
        assert reuse.hits_for(life).tolist() == hits


@given(prompts, st.lists(st.booleans(), min_size=25, max_size=25))
def test_without_some_requests_it_is_as_if_they_had_never_come(requests, gone):
    out = gone[: len(requests)]
    kept = [request for request, left in zip(requests, out, strict=True) if not left]
    times = [float(n) for n, left in enumerate(out) if not left]
    hits = of(requests).hits_for(3.0, without=out)
    assert [int(h) for h, left in zip(hits, out, strict=True) if not left] == of(
        kept, times
    ).hits_for(3.0).tolist()
    assert not any(h for h, left in zip(hits, out, strict=True) if left)


@given(prompts, st.lists(st.integers(0, 3), min_size=25, max_size=25), st.sampled_from([1.0, 4.0]))
def test_what_is_missed_without_a_group_is_what_playing_without_it_shows(requests, groups, life):
    reuse, by = of(requests), np.array(groups[: len(requests)], dtype=int)
    missed = reuse.missed_for(life, by)
    for gone in range(4):
        out = by == gone
        lost = np.where(out, 0, reuse.hits_for(life)) - reuse.hits_for(life, without=out)
        told = np.zeros(len(requests), dtype=int)
        told[missed.request[missed.group == gone]] = missed.blocks[missed.group == gone]
        assert told.tolist() == lost.tolist()


def test_a_block_counts_only_behind_the_same_blocks():
    assert of([[1, 2, 3], [9, 2, 3], [1, 2, 4]]).hits_within(100).tolist() == [0, 0, 2]


def test_nothing_comes_of_nothing():
    assert of([]).hits_within(1).tolist() == []
    assert of([[], []]).hits_for(1).tolist() == [0, 0]


@pytest.mark.parametrize(
    ("lengths", "times", "said"),
    [([2], [0.0], "add|blocks"), ([1, 2], [1.0, 0.0], "times go back")],
)
def test_requests_that_cannot_be_are_refused(lengths, times, said):
    with pytest.raises(DataError, match=said):
        prefix_reuse([1, 2, 3], lengths, times)
