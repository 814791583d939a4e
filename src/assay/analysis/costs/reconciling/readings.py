"""How a logged cost may have been computed: what was charged, at which price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

KINDS: Final = ("input", "cache_read", "cache_write", "output")

AS_IS: Final = "as is"
LONG_FROM: Final = 128_000
"""Tokens of input from which some models have another price: 128,000 (Gemini 1.5), 200,000 (Gemini
from 2.5 on, Claude Sonnet 4), 272,000 (GPT-5.4), as their price pages say."""

# Input, cache read, cache write and output charged per token of the same, as rows of a matrix:
# charged[i] = sum over j of matrix[i][j] * counted[j].
_CACHE: Final[dict[str, tuple[tuple[float, ...], ...]]] = {
    AS_IS: ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "inside": ((1, -1, -1), (0, 1, 0), (0, 0, 1)),
    "read inside": ((1, -1, 0), (0, 1, 0), (0, 0, 1)),
    "written inside": ((1, 0, -1), (0, 1, 0), (0, 0, 1)),
    "beside": ((1, 1, 1), (0, 1, 0), (0, 0, 1)),
    "read beside": ((1, 1, 0), (0, 1, 0), (0, 0, 1)),
    "written beside": ((1, 0, 1), (0, 1, 0), (0, 0, 1)),
    "at input price": ((1, 1, 1), (0, 0, 0), (0, 0, 0)),
    "read at input price": ((1, 1, 0), (0, 0, 0), (0, 0, 1)),
    "written at input price": ((1, 0, 1), (0, 1, 0), (0, 0, 0)),
    "hour as minutes": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "inside, hour as minutes": ((1, -1, -1), (0, 1, 0), (0, 0, 1)),
    "written for an hour": ((1, 0, 2), (0, 1, 0), (0, 0, 0)),
    "inside, written for an hour": ((1, -1, 1), (0, 1, 0), (0, 0, 0)),
    "uncharged": ((1, 0, 0), (0, 0, 0), (0, 0, 0)),
    "read uncharged": ((1, 0, 0), (0, 0, 0), (0, 0, 1)),
    "written uncharged": ((1, 0, 0), (0, 1, 0), (0, 0, 0)),
    "all as if read": ((0, 0, 0), (1, 1, 0), (0, 0, 1)),
    "all at a tenth": ((0.1, 0, 0), (0, 1, 0), (0, 0, 1)),
}
"""Where cached tokens are charged, most plausible first. What is kept for an hour costs twice the
input price (Anthropic's price page), what is kept for five minutes 1.25 times. Rates of messages
that tell which part is kept for an hour are a mean of both; `hour as minutes` takes the lower."""
_AS_MINUTES: Final = frozenset({"hour as minutes", "inside, hour as minutes"})

INSIDE: Final = frozenset(
    {
        "inside",
        "read inside",
        "written inside",
        "inside, written for an hour",
        "inside, hour as minutes",
    }
)
BESIDE: Final = frozenset({"beside", "read beside", "written beside"})

_REASONING: Final = {AS_IS: 0.0, "beside": 1.0, "uncharged": -1.0}
_LONG: Final = {
    "long context": (2.0, 2.0, 2.0, 1.5),
    "long context, output doubled": (2.0, 2.0, 2.0, 2.0),
}
DAY: Final = "day"


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to compute a cost.

    Attributes:
        cache: where cached tokens are charged.
        reasoning: whether reasoning is charged beside the output, or not at all.
        price: which price: of the day, of another date or tier, for long context.
        label: the date or tier.
    """

    cache: str = AS_IS
    reasoning: str = AS_IS
    price: str = DAY
    label: str = ""

    @property
    def deviations(self) -> int:
        """In how many respects it differs from the list price of the tokens as they are."""
        return (self.cache != AS_IS) + (self.reasoning != AS_IS) + (self.price != DAY)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Messages:
    """Messages of one model and tier: counts, logged cost, rates of the day and other rates.

    Attributes:
        counts: input, cache read, cache write, output, one row per message.
        rates: USD per token of the same kinds, NaN where the list has none.
        request: USD per request.
        others: price and label → rates of the same shape, NaN where it has none on that day.
        minutes: USD per token written to the cache for minutes, where that is not what `rates`
            have, since the messages tell of some that are kept for an hour.
    """

    counts: Floats
    reasoning: Floats
    logged: Floats
    rates: Floats
    request: Floats
    others: Mapping[tuple[str, str], Floats]
    minutes: Floats | None = None

    def cost(self, reading: Reading) -> Floats:
        """What the messages cost by a reading; NaN where it makes no sense."""
        return priced(self.charged(reading), self._rates(reading)) + self.request

    def charged(self, reading: Reading) -> Floats:
        """Tokens charged by a reading; NaN where one count is below 0."""
        found = self.counts.copy()
        found[:, :3] = self.counts[:, :3] @ np.array(_CACHE[reading.cache], dtype=np.float64).T
        found[:, 3] += _REASONING[reading.reasoning] * self.reasoning
        found[(found < 0).any(axis=1)] = np.nan
        return found

    def _rates(self, reading: Reading) -> Floats:
        if reading.cache in _AS_MINUTES and self.minutes is not None:
            return np.column_stack([self.rates[:, :2], self.minutes, self.rates[:, 3]])
        if reading.price == DAY:
            return self.rates
        if reading.price in _LONG:
            prompt = self.counts[:, :3].sum(axis=1)
            factor = np.array(_LONG[reading.price])
            return np.where((prompt > LONG_FROM)[:, None], self.rates * factor, np.nan)
        return self.others[reading.price, reading.label]


def priced(counts: Floats, rates: Floats) -> Floats:
    """Cost of counts at rates; a kind without tokens needs no rate."""
    found: Floats = np.where(counts == 0, 0.0, counts * rates).sum(axis=1)
    return found


def readings(messages: Messages) -> Iterator[Reading]:
    """Ways that can differ for these messages, of at most two deviations, simplest first."""
    cached = messages.counts[:, 1:3].sum(axis=0)
    caches = [name for name in _CACHE if name == AS_IS or _matters(name, *cached)]
    if messages.minutes is None:
        caches = [name for name in caches if name not in _AS_MINUTES]
    thoughts = [AS_IS, *(("beside", "uncharged") if messages.reasoning.any() else ())]
    prices = [(DAY, ""), *messages.others]
    if (messages.counts[:, :3].sum(axis=1) > LONG_FROM).any():
        prices += [(name, "") for name in _LONG]
    every = (
        Reading(cache, thought, price, label)
        for price, label in prices
        for thought in thoughts
        for cache in caches
    )
    kept = [
        one
        for one in every
        if one.deviations <= 2 and (one.price == DAY or one.cache not in _AS_MINUTES)
    ]
    yield from sorted(kept, key=lambda one: one.deviations)


def _matters(name: str, read: float, written: float) -> bool:
    """Whether what distinguishes a way of charging occurs; of like ones, the plainest."""
    if name.startswith("all "):
        return read == 0 and written == 0
    if name.startswith("read "):
        return read > 0 and written > 0
    if "written" in name:
        return written > 0 and (read > 0 or "hour" in name)
    return read > 0 or written > 0
