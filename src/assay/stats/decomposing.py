"""Why two periods cost differently: the difference, shared out among what it is a product of."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from assay.core.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Floats = NDArray[np.float64]

FACTORS: Final = (
    "days",
    "calendar",
    "volume",
    "owners",
    "models",
    "input",
    "cache",
    "output",
    "price",
    "paid",
)
"""What the spend of an item that is there in both periods is a product of."""
PARTS: Final = (*FACTORS, "new", "gone", "beside")
"""The factors, items of one period alone, and spend that tokens do not explain."""
KINDS: Final = ("input", "cache read", "cache write", "output")
_PROMPT: Final = 3
_NODES: Final = 5
"""Of Gauss and Legendre: exact up to degree nine; the integrand has degree eight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """What each item used and cost in one period; items are in the same places in both periods.

    Attributes:
        days: in the period.
        weight: how many calls its mean day would have by the calendar alone, 1 for a usual day.
        calls: per item; an item without calls was not there.
        tokens: items by `KINDS`; disjoint.
        amounts: USD at list prices: items by `KINDS`, then what calls cost by themselves.
        paid: USD paid per USD at list prices.
        beside: USD that tokens and calls do not explain.

    Raises:
        DataError: for shapes that do not agree, numbers below zero where there are none, and for
            amounts without the tokens or calls that they are for.
    """

    days: float
    weight: float
    calls: Floats
    tokens: Floats
    amounts: Floats
    paid: Floats
    beside: Floats

    def __post_init__(self) -> None:
        n = self.calls.size
        shapes = {
            "calls": (self.calls, (n,)),
            "tokens": (self.tokens, (n, len(KINDS))),
            "amounts": (self.amounts, (n, len(KINDS) + 1)),
            "paid": (self.paid, (n,)),
        }
        for name, (values, shape) in shapes.items():
            if values.shape != shape:
                raise DataError(f"{name} of shape {values.shape}, expected {shape}")
            if not (np.isfinite(values).all() and (values >= 0).all()):
                raise DataError(f"{name} below zero or not finite, expected numbers from zero on")
        if self.beside.shape != (n,) or not np.isfinite(self.beside).all():
            raise DataError("beside: expected one finite number per item")
        if not (self.days > 0 and self.weight > 0):
            raise DataError(f"days={self.days}, weight={self.weight}, expected above zero")
        if (self.amounts[:, :-1][self.tokens <= 0] > 0).any():
            raise DataError("amounts for tokens of which there are none, put them beside")
        if (np.column_stack((self.tokens, self.amounts))[self.calls <= 0] > 0).any():
            raise DataError("tokens or amounts without calls, put them beside")

    @property
    def spent(self) -> Floats:
        """USD per item."""
        found: Floats = self.amounts.sum(axis=1) * self.paid + self.beside
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendChange:
    """The difference between two periods in parts, per item.

    Attributes:
        by_item: USD: `PARTS` by items. Each column adds up to its item's difference.
        totals: USD by `PARTS`.
        difference: USD, after − before.
        pace_before, pace_after: calls of a usual day, of owners who are there in both periods.
        per_pace: USD that one more call of a usual day is worth; times the change of pace it is
            the part of volume, exactly.
    """

    by_item: Floats
    totals: Floats
    difference: float
    pace_before: float
    pace_after: float
    per_pace: float


def decompose_spend(
    before: Period, after: Period, *, owners: ArrayLike | None = None
) -> SpendChange:
    """What each cause added to the spend of a period against an earlier one.

    The spend of an item is a product of the number of days, the calendar's weight of a mean day,
    calls per usual day, its owner's share of calls, its own share of the owner's, what was paid per
    USD at list prices, and the cost of a call: tokens of prompt × the mix of uncached, cache-read
    and cache-written × their prices, tokens of output × price, price of a call. Each factor's part
    is its Shapley value: its effect averaged over all orders in which the factors could have
    changed. So parts add up without a remainder, and swapping the periods turns their signs. Since
    spend is linear in each factor, the average is an integral along the straight line between the
    periods (Owen's multilinear extension), a polynomial that five points integrate exactly: cost
    grows with the items, not with the orders.

    Logarithmic means (LMDI) were not taken: they have no value where a share, a price or a token
    count starts or ends at zero, and the limits in use then blame that factor for everything.

    Items of one period alone are no product of anything in the other: they are `new` or `gone`.
    Their calls still count as calls of their owner, so that an owner who exchanges one model for
    another has no fewer calls; an owner who is new altogether changes nobody's share.

    A kind of token that one period lacks has the other period's price there, and a call without a
    prompt the other period's mix: what did not occur did not change.

    Args:
        before: the earlier period.
        after: the later one, of the same items in the same places.
        owners: whose each item is, as numbers; by default each is its own.

    Raises:
        DataError: where the periods are of different items.

    References:
        Shapley (1953), A value for n-person games, Contributions to the Theory of Games II.
        Owen (1972), Multilinear extensions of games, Management Science 18, eq. 6.
        Shorrocks (2013), Decomposition procedures for distributional analysis: a unified framework
        based on the Shapley value, Journal of Economic Inequality 11.
        Ang, Liu & Chew (2003), Perfect decomposition techniques in energy and environmental
        analysis, Energy Policy 31 (two factors: Bennet's indicator of 1920; zeros under LMDI).
    """
    n = before.calls.size
    if after.calls.size != n:
        raise DataError(f"{n} and {after.calls.size} items, expected the same in both periods")
    whose = np.arange(n) if owners is None else np.asarray(owners)
    if whose.shape != (n,):
        raise DataError(f"owners of shape {whose.shape}, expected ({n},)")
    _, whose = np.unique(whose, return_inverse=True)
    here, there = before.calls > 0, after.calls > 0
    parts = np.zeros((len(PARTS), n))
    own_before, own_after = before.spent - before.beside, after.spent - after.beside
    parts[PARTS.index("new")] = np.where(there & ~here, own_after, 0.0)
    parts[PARTS.index("gone")] = np.where(here & ~there, -own_before, 0.0)
    parts[PARTS.index("beside")] = after.beside - before.beside

    first, second = _factors(before, after, whose)
    stays = here & there
    per_pace = 0.0
    if stays.any():
        first, second = first.of(stays), second.of(stays)
        found, per_pace = _integrated(first, second)
        gap = (own_after - own_before)[stays] - found.sum(axis=0)
        largest = np.abs(found).argmax(axis=0)
        found[largest, np.arange(largest.size)] += gap  # rounding, some 1e-16 of the amounts
        parts[: len(FACTORS), stays] = found
    return SpendChange(
        by_item=parts,
        totals=np.array([fsum(row) for row in parts]),
        difference=fsum((*after.spent, *-before.spent)),
        pace_before=first.pace,
        pace_after=second.pace,
        per_pace=per_pace,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Factors:
    """One point of the line between two periods: numbers of all, then of items."""

    days: float
    weight: float
    pace: float
    owner: Floats
    own: Floats
    prompt: Floats
    mix: Floats
    output: Floats
    prices: Floats
    paid: Floats

    def of(self, which: NDArray[np.bool_]) -> _Factors:
        return _Factors(
            days=self.days,
            weight=self.weight,
            pace=self.pace,
            owner=self.owner[which],
            own=self.own[which],
            prompt=self.prompt[which],
            mix=self.mix[which],
            output=self.output[which],
            prices=self.prices[which],
            paid=self.paid[which],
        )

    def towards(self, other: _Factors, t: float) -> _Factors:
        def at(one: Floats, two: Floats) -> Floats:
            return one + t * (two - one)

        return _Factors(
            days=self.days + t * (other.days - self.days),
            weight=self.weight + t * (other.weight - self.weight),
            pace=self.pace + t * (other.pace - self.pace),
            owner=at(self.owner, other.owner),
            own=at(self.own, other.own),
            prompt=at(self.prompt, other.prompt),
            mix=at(self.mix, other.mix),
            output=at(self.output, other.output),
            prices=at(self.prices, other.prices),
            paid=at(self.paid, other.paid),
        )


def _factors(before: Period, after: Period, whose: NDArray[np.int64]) -> tuple[_Factors, _Factors]:
    size = int(whose.max()) + 1 if whose.size else 0
    calls: list[Floats] = [
        np.bincount(whose, period.calls, size).astype(np.float64) for period in (before, after)
    ]
    lasting = (calls[0] > 0) & (calls[1] > 0)
    prices = _either(*(_prices(period) for period in (before, after)))
    mixes = _either(*(_mix(period) for period in (before, after)))
    made = []
    for period, of_owner, price, mix in zip((before, after), calls, prices, mixes, strict=True):
        total = float(of_owner[lasting].sum())
        mine = of_owner[whose]
        made.append(
            _Factors(
                days=period.days,
                weight=period.weight,
                pace=total / (period.days * period.weight),
                owner=_ratio(mine * lasting[whose], np.full(mine.shape, total)),
                own=_ratio(period.calls, mine),
                prompt=_ratio(period.tokens[:, :_PROMPT].sum(axis=1), period.calls),
                mix=mix,
                output=_ratio(period.tokens[:, _PROMPT], period.calls),
                prices=price,
                paid=period.paid,
            )
        )
    first, second = made
    return first, second


def _prices(period: Period) -> Floats:
    """USD per token of each kind, and per call; NaN where there is none of it."""
    units = np.column_stack((period.tokens, period.calls))
    return np.where(units > 0, _ratio(period.amounts, units), np.nan)


def _mix(period: Period) -> Floats:
    """Shares of the prompt's tokens; NaN where there are none."""
    prompt = period.tokens[:, :_PROMPT]
    whole = np.broadcast_to(prompt.sum(axis=1, keepdims=True), prompt.shape)
    return np.where(whole > 0, _ratio(prompt, whole), np.nan)


def _either(one: Floats, other: Floats) -> tuple[Floats, Floats]:
    """Each with the other's number where it has none, and zero where neither has."""
    first = np.where(np.isnan(one), other, one)
    second = np.where(np.isnan(other), one, other)
    return np.nan_to_num(first), np.nan_to_num(second)


def _ratio(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.zeros(part.shape), where=whole > 0)


def _integrated(first: _Factors, second: _Factors) -> tuple[Floats, float]:
    """The Shapley value of each factor by item, and the part of volume per unit of pace."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    total = np.zeros((len(FACTORS), first.owner.size))
    per_pace = 0.0
    for node, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
        steps, slope = _slopes(first, second, first.towards(second, float(node)))
        total += weight * steps
        per_pace += weight * slope
    return total, per_pace


def _slopes(first: _Factors, second: _Factors, at: _Factors) -> tuple[Floats, float]:
    """What each factor adds per step along the line, at one of its points."""
    calls = at.days * at.weight * at.pace
    share = at.owner * at.own
    prompt_price = (at.mix * at.prices[:, :_PROMPT]).sum(axis=1)
    price = at.prompt * prompt_price + at.output * at.prices[:, _PROMPT] + at.prices[:, -1]
    each = share * at.paid * price
    made = calls * share * at.paid
    other_mix = ((second.mix - first.mix) * at.prices[:, :_PROMPT]).sum(axis=1)
    other = second.prices - first.prices
    other_price = (
        at.prompt * (at.mix * other[:, :_PROMPT]).sum(axis=1)
        + at.output * other[:, _PROMPT]
        + other[:, -1]
    )
    slopes = {
        "days": (second.days - first.days) * at.weight * at.pace * each,
        "calendar": (second.weight - first.weight) * at.days * at.pace * each,
        "volume": (second.pace - first.pace) * at.days * at.weight * each,
        "owners": calls * (second.owner - first.owner) * at.own * at.paid * price,
        "models": calls * at.owner * (second.own - first.own) * at.paid * price,
        "input": made * (second.prompt - first.prompt) * prompt_price,
        "cache": made * at.prompt * other_mix,
        "output": made * (second.output - first.output) * at.prices[:, _PROMPT],
        "price": made * other_price,
        "paid": calls * share * (second.paid - first.paid) * price,
    }
    per_pace = at.days * at.weight * float(each.sum())
    return np.array([slopes[name] for name in FACTORS]), per_pace
