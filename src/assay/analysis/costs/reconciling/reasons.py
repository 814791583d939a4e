"""Why single messages do not reproduce: each has one reason, and how sure that is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np

from assay.analysis.costs.reconciling.readings import LONG_FROM, Reading, priced

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from assay.analysis.costs.reconciling.readings import Floats, Messages

    Flags = NDArray[np.bool_]

Certainty = Literal["sure", "possible", "none"]

REPRODUCED: Final = "reproduced"
BY_RULE: Final = "by a rule"
APART: Final = "implausible, set apart"
NO_MODEL_NAMED: Final = "no model named"
NEGATIVE: Final = "negative tokens or cost"
FAILED_FREE: Final = "failed, not charged"
CACHED_FREE: Final = "answered from the application's own cache"
FREE: Final = "model logged as free throughout"
ZERO: Final = "logged at 0"
WITHOUT_TOKENS: Final = "a cost without tokens"
ROUNDED: Final = "rounded when logged"
SHARE_CACHED: Final = "below the uncached price: the cached share is not in the log"
SHARE_WRITTEN: Final = "above the uncached price by no more than writing the cache costs"
ON_TOP: Final = "above the list price by no more than charging cached tokens twice"
CACHED_UNPRICED: Final = "no list price of cached tokens"
HOUR_IN_PART: Final = "a part of the cache kept for an hour"
LONG_IN_PART: Final = "a part at the price for long context"
NEAR_CHANGE: Final = "between two prices, within days of the change"
FAILED_IN_PART: Final = "failed, charged in part"
ASSUMED: Final = "price taken from another line of the list"
DEARER: Final = "dearer, no rule explains it"
CHEAPER: Final = "cheaper, no rule explains it"

CERTAIN: Final[dict[str, Certainty]] = {
    SHARE_CACHED: "possible",
    SHARE_WRITTEN: "possible",
    ON_TOP: "possible",
    CACHED_UNPRICED: "possible",
    HOUR_IN_PART: "possible",
    LONG_IN_PART: "possible",
    NEAR_CHANGE: "possible",
    FAILED_IN_PART: "possible",
    ASSUMED: "possible",
    DEARER: "none",
    CHEAPER: "none",
}
"""Reasons that are not sure: "possible" holds the cost within bounds, "none" is an open one."""

SLACK: Final = 0.01
"""What bounds are widened by: costs within one per cent are the same."""
WHOLE: Final = 0.01
"""How far an implied count may be from a whole number; one in fifty is by chance."""
DAYS_NEAR: Final = 3
"""Days before and after a change of price in which either price may be charged."""


class Reason(NamedTuple):
    """Messages of one reason; `tokens` are those that it implies (cached, written …), or NaN."""

    key: str
    rows: Flags
    tokens: Floats


class Known(NamedTuple):
    """What is known of messages.

    Attributes:
        failed: which are known to have failed.
        at_input: which have cached tokens without a price of their own.
        near: which are within days of a change of price.
        unit: the step in which costs are logged, in USD.
    """

    failed: Flags
    at_input: Flags
    near: Flags
    unit: float


def bounds(messages: Messages, left: Flags, known: Known) -> Iterator[Reason]:
    """Reasons that hold a cost within bounds, the narrowest first; rows may be of several.

    Args:
        messages: of one model and tier.
        left: which are still without a reason.
        known: what is known of them beside their tokens.
    """
    m, logged = messages, messages.logged
    listed = m.cost(Reading())
    nothing = np.full(len(logged), np.nan)
    yield Reason(ROUNDED, left & (np.abs(logged - listed) <= known.unit * 0.500001), nothing)
    untold = left & (m.counts[:, 1] == 0) & (m.counts[:, 2] == 0)
    saved = m.counts[:, 0] * (m.rates[:, 0] - m.rates[:, 1])
    yield Reason(
        SHARE_CACHED,
        untold & (saved > 0) & _between(logged, listed - saved, listed),
        _implied(listed - logged, m.rates[:, 0] - m.rates[:, 1]),
    )
    more = m.counts[:, 0] * (m.rates[:, 2] - m.rates[:, 0])
    yield Reason(
        SHARE_WRITTEN,
        untold & (more > 0) & _between(logged, listed, listed + more),
        _implied(logged - listed, m.rates[:, 2] - m.rates[:, 0]),
    )
    twice = m.counts[:, 0] * m.rates[:, 1]
    yield Reason(
        ON_TOP,
        untold & (twice > 0) & _between(logged, listed, listed + twice),
        _implied(logged - listed, m.rates[:, 1]),
    )
    hour = m.counts[:, 2] * (2 * m.rates[:, 0] - m.rates[:, 2])
    yield Reason(
        HOUR_IN_PART,
        left & (hour > 0) & _between(logged, listed, listed + hour),
        _implied(logged - listed, 2 * m.rates[:, 0] - m.rates[:, 2]),
    )
    yield Reason(CACHED_UNPRICED, left & known.at_input & _unpriced(m, listed), nothing)
    lows, highs = listed.copy(), listed.copy()
    for (price, _), rates in m.others.items():
        if price == "date":
            other = priced(m.counts, rates) + m.request
            lows, highs = np.fmin(lows, other), np.fmax(highs, other)
    yield Reason(NEAR_CHANGE, left & known.near & _between(logged, lows, highs), nothing)
    long = 2 * priced(m.counts, m.rates)
    prompt = m.counts[:, :3].sum(axis=1)
    yield Reason(
        LONG_IN_PART, left & (prompt > LONG_FROM) & _between(logged, listed, long), nothing
    )
    yield Reason(FAILED_IN_PART, left & known.failed & (logged < listed), nothing)


def _unpriced(m: Messages, listed: Floats) -> Flags:
    """Whether a cost is between cached tokens for nothing, and written for an hour."""
    without = m.counts * np.array([1.0, 0.0, 0.0, 1.0])
    most = listed + m.counts[:, 2] * m.rates[:, 0]
    return _between(m.logged, priced(without, m.rates) + m.request, most)


def _between(value: Floats, low: Floats, high: Floats) -> Flags:
    with np.errstate(invalid="ignore"):
        found: Flags = (value >= low * (1 - SLACK)) & (value <= high * (1 + SLACK))
    return found


def _implied(money: Floats, rate: Floats) -> Floats:
    """Tokens that so much money is for."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = np.where((rate > 0) & (money >= 0), money / rate, np.nan)
    return found


def whole(tokens: Floats) -> Flags:
    """Whether counts are whole numbers, as implied ones are where their reason is the right one."""
    found: Flags = np.abs(tokens - np.round(tokens)) <= WHOLE
    return found & (tokens >= 1 - WHOLE)
