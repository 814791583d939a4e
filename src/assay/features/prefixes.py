"""The repeated starts of prompts, out of one hash for the start or a list of hashes of blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from assay.stats.caching import Missed, Reuse, prefix_reuse

if TYPE_CHECKING:
    Real = NDArray[np.float64]

_WORD: Final = r"[0-9A-Za-z_\-]+"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prefixes:
    """What of each call's prompt may repeat, in the order of the calls.

    Attributes:
        place: of each call with a known start, its row in the calls.
        start: tokens of that start; NaN where its length is not known.
        at_most: tokens that it cannot exceed.
        block: tokens of one block, NaN where there is one hash for the whole start.
        reuse: when each block was last used.
    """

    place: NDArray[np.int64]
    start: Real
    at_most: Real
    block: float
    reuse: Reuse

    def held_for(self, seconds: float) -> Real:
        """Tokens of each call that would be read where a start stays so long after its last use."""
        return self._tokens(self.reuse.hits_for(seconds))

    def missed_for(self, seconds: float, groups: NDArray[np.int64]) -> tuple[Missed, Real]:
        """Calls that would read less if one group of calls had never come, and how much they would.

        Args:
            seconds: so long a start stays after its last use.
            groups: of each call with a known start, 0 or more.
        """
        missed = self.reuse.missed_for(seconds, groups)
        hits = self.reuse.hits_for(seconds)[missed.request] - missed.blocks
        return missed, self._tokens(hits, self.start[missed.request])

    def held_within(self, tokens: float) -> Real:
        """Tokens of each call that a cache of so many tokens would hold."""
        return self._tokens(self.reuse.hits_within(tokens / self.each))

    @property
    def each(self) -> float:
        """Tokens of a block, or of a start on average; NaN where no length is known."""
        if not np.isnan(self.block):
            return self.block
        known = self.start[~np.isnan(self.start)]
        return float(known.mean()) if known.size else float("nan")

    def _tokens(self, hits: NDArray[np.int64], start: Real | None = None) -> Real:
        most = self.start if start is None else start
        if np.isnan(self.block):
            return np.asarray(np.where(hits > 0, most, 0.0))
        return np.asarray(np.minimum(hits * self.block, most))


def prefixes_of(calls: pl.DataFrame) -> Prefixes | None:
    """The starts of prompts in calls (in the order of time, as of `features.priced_calls`).

    `prefix_hash` holds one hash for the start that a prompt shares with others, or the hashes of
    its blocks in order, with anything between them (`a1 b2 c3`, `[0, 1, 2]`). A start is looked for
    among calls of the same provider and model, since caches are kept apart.

    Blocks are of one size but for the last, so their size follows from the lengths of prompts. The
    length of a start with one hash is what was written to the cache (its median), else the least
    that was read from it; where the cache was never used it is unknown, and no more than the
    shortest prompt that has it.

    Returns:
        None where no call has a hash.
    """
    known = calls.with_row_index("place").filter(pl.col("prefix_hash").is_not_null())
    known = known.with_columns(word=pl.col("prefix_hash").str.extract_all(_WORD))
    known = known.filter(pl.col("word").list.len() > 0)
    if known.is_empty():
        return None
    lengths = known["word"].list.len().to_numpy().astype(np.int64)
    names = known.select("provider", "model", "word").explode("word")
    number = names.select(pl.struct(pl.all()).hash()).to_series()
    small = np.searchsorted(number.unique().sort().to_numpy(), number.to_numpy())
    at = known["at"].dt.epoch("us").to_numpy() / 1e6
    reuse = prefix_reuse(small, lengths, at)
    prompt = known["prompt_tokens"].to_numpy().astype(np.float64)
    place = known["place"].to_numpy().astype(np.int64)
    if int(lengths.max()) > 1:
        block = _block(prompt, lengths)
        return Prefixes(place=place, start=prompt, at_most=prompt, block=block, reuse=reuse)
    sized = _lengths(known)
    start = sized["start"].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    at_most = sized["at_most"].cast(pl.Float64).to_numpy()
    return Prefixes(
        place=place,
        start=np.minimum(start, prompt),
        at_most=at_most,
        block=float("nan"),
        reuse=reuse,
    )


def _block(prompt: Real, lengths: NDArray[np.int64]) -> float:
    """Tokens of a block: all are full but the last, so n of them hold from (n − 1) to n times it.

    The power of two between both ends, where there is one, else the lower end.
    """
    some = (lengths > 0) & (prompt > 0)
    least = float((prompt[some] / lengths[some]).max(initial=1.0))
    several = some & (lengths > 1)
    most = float((prompt[several] / (lengths[several] - 1)).min(initial=np.inf))
    power = float(2 ** np.ceil(np.log2(least)))
    return power if power <= max(most, least) else float(np.ceil(least))


def _lengths(known: pl.DataFrame) -> pl.DataFrame:
    """Per call: the length of its start, null where the cache was never used, and its bound."""
    keys = ["provider", "model", "prefix_hash"]

    def learned(over: list[str]) -> pl.Expr:
        written = pl.col("cache_write_tokens")
        read = pl.col("cache_read_tokens")
        return pl.coalesce(
            pl.when(written > 0).then(written).median().over(over),
            pl.when(read > 0).then(read).min().over(over),
        )

    asked = pl.when(pl.col("prompt_tokens") > 0).then(pl.col("prompt_tokens"))
    found = known.select(start=learned(keys), at_most=asked.min().over(keys).fill_null(0))
    if not found["start"].null_count():
        return found
    elsewhere = known.select(start=learned(["prefix_hash"]))["start"]
    return found.with_columns(pl.coalesce("start", elsewhere))
