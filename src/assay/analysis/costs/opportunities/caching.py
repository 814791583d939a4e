"""What prompts that start alike would cost if their start were read from a cache."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from assay.analysis.costs.opportunities.money import Idea, Sized, told
from assay.analysis.costs.opportunities.result import (
    CacheForTime,
    CacheOfSize,
    CacheReplay,
    Scope,
)
from assay.analysis.costs.opportunities.trials import cache_trial

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.analysis.costs.opportunities.money import Ledger
    from assay.features.prefixes import Prefixes

    Real = NDArray[np.float64]
    Mask = NDArray[np.bool_]

KEPT_S: Final = 300.0
"""How long providers keep a prompt's start after its last use unless one pays for more."""
LEAST_TOKENS: Final = 1024
"""Shorter starts are not cached by most providers."""
LEFT_OUT: Final = 16
"""Groups of users without whom the cache is replayed: they keep it warm for the others."""
TIMES: Final = (30.0, 60.0, 300.0, 600.0, 1800.0, 3600.0, 14400.0, 86400.0)
_SIZES: Final = 9
_SMALLEST: Final = 256
"""The smallest cache that is told is that part of the largest, which loses nothing."""
_BARELY: Final = 0.01

WHAT: Final = "cache the repeated start of the prompt"
_RISKS: Final = (
    "caches of most providers promise nothing: what was used a moment ago may be gone",
    "a start that changes with each release, or names the day, is written anew each time",
    "where writing costs more than reading saves, rare use makes it dearer",
)


def replay(ledger: Ledger, prefixes: Prefixes) -> CacheReplay | None:
    """How much of the prompts a cache would have held, of any size and time to live.

    None where no start has a known length.
    """
    prompt = ledger.numbers("prompt_tokens")[prefixes.place]
    read = ledger.numbers("cache_read_tokens")[prefixes.place]
    whole = float(prompt.sum())
    if not whole or np.isnan(prefixes.each):
        return None

    def share(held: Real) -> float:
        return float(np.nansum(held)) / whole

    ends = prefixes.held_for(float("inf"))
    largest = _largest(prefixes)
    sizes = np.unique(np.geomspace(max(largest / _SMALLEST, 1), largest, _SIZES).round())
    sizes *= prefixes.each
    return CacheReplay(
        requests=prefixes.place.size,
        tokens=whole,
        seen=share(ends),
        read=float(read.sum()) / whole,
        block=None if np.isnan(prefixes.block) else prefixes.block,
        sizes=tuple(
            CacheOfSize(size=float(size), share=share(prefixes.held_within(float(size))))
            for size in sizes
        ),
        times=tuple(
            CacheForTime(seconds=seconds, share=share(prefixes.held_for(seconds)))
            for seconds in TIMES
        ),
    )


def _largest(prefixes: Prefixes) -> int:
    """Blocks of the smallest cache that loses nothing that is used again."""
    distance = prefixes.reuse.distance[np.isfinite(prefixes.reuse.age)]
    return int(distance.max(initial=0)) + 1


def prefix_caching(ledger: Ledger, prefixes: Prefixes) -> tuple[Sized, ...]:
    """Per agent: what it saves to read repeated starts, after what it costs to write them.

    Each call is priced as if its start were in the cache exactly where the same start, of the same
    provider and model, was used within `KEPT_S` seconds before it, and were written where not.
    """
    gained = _gained(ledger, prefixes, prefixes.held_for(KEPT_S))
    group = ledger.frame["group"].to_numpy() % LEFT_OUT
    left_out = [_without(ledger, prefixes, group == n) for n in range(LEFT_OUT)]
    there = np.zeros(len(ledger.frame), dtype=bool)
    there[prefixes.place] = True
    unsized = np.zeros_like(there)
    unsized[prefixes.place] = np.isnan(prefixes.start)
    return tuple(
        _of_agent(ledger, name, calls & there, (*gained, left_out), unsized)
        for name, calls in ledger.agents()
        if (calls & there).any()
    )


def _of_agent(
    ledger: Ledger, name: str, concerned: Mask, gained: tuple[Real, Real, list[Real]], unsized: Mask
) -> Sized:
    saved, more, left_out = gained
    worth = np.where(concerned, saved, 0.0)
    without = [float(one[concerned].sum()) for one in left_out]
    prompt = float(ledger.numbers("prompt_tokens")[concerned].sum())
    read = float(ledger.numbers("cache_read_tokens")[concerned].sum())
    unused = read < _BARELY * prompt
    why = (
        "nothing is read from the cache, though starts repeat within five minutes"
        if unused
        else "starts that were used within five minutes are paid for in full again"
    )
    unknown = (concerned & unsized).any()
    why_not = (
        "the length of repeated starts is not known, as no call ever used the cache"
        if unknown and not worth.any()
        else "starts hardly repeat within five minutes, or writing them costs as much"
    )
    idea = Idea(
        key=f"caching/{name}" if name else "caching",
        kind="caching",
        what=WHAT,
        whom=name,
        scope=Scope(agent_id=name),
        state="advised" if unused else "try",
        evidence="rule",
        why=why,
        why_not=why_not,
        risks=_RISKS,
        trial=cache_trial(
            ledger, concerned, float(more[concerned].sum()) / prompt if prompt else 0.0
        ),
    )
    saving = ledger.monthly_of_company(worth, without)
    return told(idea, ledger, concerned, worth, saving=saving)


def _without(ledger: Ledger, prefixes: Prefixes, gone: Mask) -> Real:
    """USD that each call would have cost less if some had never come."""
    held = prefixes.held_for(KEPT_S, without=gone[prefixes.place])
    return np.where(gone, 0.0, _gained(ledger, prefixes, held)[0])


def _gained(ledger: Ledger, prefixes: Prefixes, held: Real) -> tuple[Real, Real]:
    """USD that each call would have cost less (below zero: more), and tokens that it would read."""
    price = {
        kind: ledger.numbers(f"{kind}_price")[prefixes.place]
        for kind in ("input", "cache_read", "cache_write")
    }
    fresh, read, written = (
        ledger.numbers(f"{kind}_tokens")[prefixes.place]
        for kind in ("input", "cache_read", "cache_write")
    )
    start = np.nan_to_num(prefixes.start)
    start = np.where(start >= LEAST_TOKENS, start, 0.0)
    held = np.minimum(np.nan_to_num(held), start)
    more = np.maximum(held - read, 0.0)
    from_written = np.minimum(more, written)
    from_fresh = np.minimum(more - from_written, fresh)
    anew = np.maximum(start - held, 0.0) - np.maximum(read - held, 0.0)
    to_write = np.clip(anew - (written - from_written), 0.0, fresh - from_fresh)
    saved = np.zeros(len(ledger.frame))
    saved[prefixes.place] = (
        from_written * (price["cache_write"] - price["cache_read"])
        + from_fresh * (price["input"] - price["cache_read"])
        - to_write * np.maximum(price["cache_write"] - price["input"], 0.0)
    )
    tokens = np.zeros(len(ledger.frame))
    tokens[prefixes.place] = more
    counts = ~_batched(ledger)
    return np.where(counts, saved, 0.0), np.where(counts, tokens, 0.0)


def _batched(ledger: Ledger) -> Mask:
    """Batches run when the provider likes, so that nobody knows what is in the cache then."""
    tier = ledger.frame["service_tier"].fill_null("").str.to_lowercase()
    return (tier == "batch").to_numpy()
