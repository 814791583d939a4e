"""What prompts that start alike would cost if their start were read from a cache."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from assay.analysis.costs.opportunities.money import Sized, agent_idea, told
from assay.analysis.costs.opportunities.result import (
    CacheForTime,
    CacheOfSize,
    CacheReplay,
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
    costs = _Costs.of(ledger, prefixes)
    saved, more = costs.gained(prefixes.held_for(KEPT_S))
    group = ledger.frame["group"].to_numpy()[prefixes.place].astype(np.int64) % LEFT_OUT
    missed, held = prefixes.missed_for(KEPT_S, group)
    lost = saved[missed.request] - costs.gained(held, missed.request)[0]
    there = np.zeros(len(ledger.frame), dtype=bool)
    there[prefixes.place] = True
    found = []
    for name, calls in ledger.agents():
        mine = calls[prefixes.place]
        if not mine.any():
            continue
        by_group = np.bincount(group[mine], saved[mine], LEFT_OUT)
        missing = mine[missed.request]
        by_others = np.bincount(missed.group[missing], lost[missing], LEFT_OUT)
        without = by_group.sum() - by_group - by_others
        worth = np.zeros(len(ledger.frame))
        worth[prefixes.place[mine]] = saved[mine]
        gain = _Gain(worth, without, float(more[mine].sum()), bool(costs.unsized[mine].any()))
        found.append(_of_agent(ledger, name, calls & there, gain))
    return tuple(found)


@dataclass(frozen=True, slots=True, eq=False)
class _Gain:
    """What one agent gains by a cache.

    Attributes:
        worth: USD by call.
        without: USD in all, without each group of users.
        tokens: that would be read beside those that are.
        unsized: that the length of some starts is not known.
    """

    worth: Real
    without: Real
    tokens: float
    unsized: bool


def _of_agent(ledger: Ledger, name: str, concerned: Mask, gain: _Gain) -> Sized:
    prompt = float(ledger.numbers("prompt_tokens")[concerned].sum())
    read = float(ledger.numbers("cache_read_tokens")[concerned].sum())
    unused = read < _BARELY * prompt
    why = (
        "nothing is read from the cache, though starts repeat within five minutes"
        if unused
        else "starts that were used within five minutes are paid for in full again"
    )
    why_not = (
        "the length of repeated starts is not known, as no call ever used the cache"
        if gain.unsized and not gain.worth.any()
        else "starts hardly repeat within five minutes, or writing them costs as much"
    )
    idea = agent_idea(
        "caching",
        name,
        what=WHAT,
        state="advised" if unused else "try",
        evidence="rule",
        why=why,
        why_not=why_not,
        risks=_RISKS,
        trial=cache_trial(ledger, concerned, gain.tokens / prompt if prompt else 0.0),
    )
    saving = ledger.monthly_of_company(gain.worth, gain.without)
    return told(idea, ledger, concerned, gain.worth, saving=saving)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Costs:
    """Tokens and prices of the calls with a known start, from which any cache is priced.

    Attributes:
        start: tokens that a cache takes; 0 where it takes none.
        unsized: that the length of the start is not known.
        counts: that it is known what was in the cache.
    """

    start: Real
    fresh: Real
    read: Real
    written: Real
    input_price: Real
    read_price: Real
    write_price: Real
    unsized: Mask
    counts: Mask

    @classmethod
    def of(cls, ledger: Ledger, prefixes: Prefixes) -> _Costs:
        """Those of the ledger's calls."""

        def here(name: str) -> Real:
            return ledger.numbers(name)[prefixes.place]

        start = np.nan_to_num(prefixes.start)
        return cls(
            start=np.where(start >= LEAST_TOKENS, start, 0.0),
            fresh=here("input_tokens"),
            read=here("cache_read_tokens"),
            written=here("cache_write_tokens"),
            input_price=here("input_price"),
            read_price=here("cache_read_price"),
            write_price=here("cache_write_price"),
            unsized=np.isnan(prefixes.start),
            counts=~_batched(ledger)[prefixes.place],
        )

    def gained(
        self, held: Real, which: NDArray[np.int64] | slice = slice(None)
    ) -> tuple[Real, Real]:
        """USD that calls would have cost less (below zero: more), and tokens they would read.

        Args:
            held: tokens of their start that are in the cache.
            which: the calls; all by default.
        """
        start, read, written = self.start[which], self.read[which], self.written[which]
        fresh, write_price = self.fresh[which], self.write_price[which]
        input_price, read_price = self.input_price[which], self.read_price[which]
        held = np.minimum(np.nan_to_num(held), start)
        more = np.maximum(held - read, 0.0)
        from_written = np.minimum(more, written)
        from_fresh = np.minimum(more - from_written, fresh)
        anew = np.maximum(start - held, 0.0) - np.maximum(read - held, 0.0)
        to_write = np.clip(anew - (written - from_written), 0.0, fresh - from_fresh)
        saved = (
            from_written * (write_price - read_price)
            + from_fresh * (input_price - read_price)
            - to_write * np.maximum(write_price - input_price, 0.0)
        )
        counts = self.counts[which]
        return np.where(counts, saved, 0.0), np.where(counts, more, 0.0)


def _batched(ledger: Ledger) -> Mask:
    """Batches run when the provider likes, so that nobody knows what is in the cache then."""
    tier = ledger.frame["service_tier"].fill_null("").str.to_lowercase()
    return (tier == "batch").to_numpy()
