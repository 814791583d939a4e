"""Which rule explains logged costs that the list price does not: named only on evidence.

A wrong rule, too, agrees with some messages by chance. So a rule is named where many more messages
agree with it than nearly agree, and where they agree as closely as computed costs do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from assay.analysis.costs.reconciling.readings import DAY, Reading, priced, readings
from assay.stats.implied_prices import fit_few

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from assay.analysis.costs.reconciling.readings import Messages

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

CLOSE: Final = 0.01
"""Relative difference up to which a cost is reproduced."""
EXACT: Final = 1e-4
"""Relative difference up to which it is reproduced to the digits that logs have."""
DIGITS: Final = 1e-6
"""Relative difference up to which a single message agrees by no chance."""
NEAR: Final = 0.09
"""Up to here a cost nearly agrees: what a rule that is wrong leaves near it."""
FEWEST_EXACT: Final = 3
FEWEST_CLOSE: Final = 5
CLOSELY: Final = 0.003
"""Median difference of the messages of a rule that agrees closely but not exactly."""
ALPHA: Final = 0.01
"""Chance that any false rule is named in a group of messages, over all rules tried."""
ROUNDS: Final = 8
MOST: Final = 0.99
"""Share of costs that are whole multiples of the step in which costs are logged."""
AS_GOOD: Final = 0.98
"""Share of the best rule's messages from which a simpler rule is as good."""
FACTOR_SHARE: Final = 0.3
"""Share of unexplained messages that a common factor or fee must explain."""
LEAST_FEE: Final = 1e-4
"""USD: the least that is charged per request."""
MTOK: Final = 1e6
MOST_FEES: Final = 20
"""Fees that one message has at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A way of computing costs that explains messages.

    Attributes:
        factor: all of it times this much.
        fee: USD beside it, per request or a few times per request.
        prices: USD per million tokens of each kind, where these explain it and no list has them.
    """

    reading: Reading = Reading()  # noqa: RUF009  a constant
    factor: float = 1.0
    fee: float = 0.0
    prices: tuple[float, ...] = ()


LIST: Final = Rule()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Named:
    """A rule with the messages that it explains, and what they cost by it."""

    rule: Rule
    rows: Flags
    cost: Floats


def as_listed(messages: Messages) -> Named:
    """The messages that the list price of their day reproduces."""
    cost = messages.cost(Reading())
    return Named(rule=LIST, rows=agrees(messages.logged, cost), cost=cost)


def agrees(logged: Floats, cost: Floats) -> Flags:
    """Whether costs are within one per cent of the logged ones."""
    with np.errstate(invalid="ignore"):
        found: Flags = np.abs(cost - logged) <= CLOSE * np.abs(logged) * (1 + 1e-9)
    return found & (logged > 0)


def name_rules(messages: Messages, open_: Flags, *, alpha: float = ALPHA) -> list[Named]:
    """Rules that explain messages which the list price does not, the most telling first.

    Args:
        messages: of one model and tier.
        open_: which of them are to be explained.
        alpha: chance to name a false rule.
    """
    found: list[Named] = []
    left = open_ & (messages.logged > 0)
    every = list(readings(messages))[1:] if left.any() else []
    for _ in range(ROUNDS):
        if not left.any():
            break
        one = (
            _reading(messages, left, every, alpha)
            or _fee(messages, left)
            or _factor(messages, left, every)
            or _other_prices(messages, left)
            or _single(messages, left, every)
        )
        if one is None:
            break
        found.append(one)
        left = left & ~one.rows
    return found


def lend_rules(messages: Messages, open_: Flags, known: Iterable[Rule]) -> list[Named]:
    """Rules that hold for other models of the provider, where single messages agree with them."""
    found: list[Named] = []
    left = open_ & (messages.logged > 0)
    every = set(readings(messages)) if left.any() else set()
    for rule in known:
        if rule.reading in every:
            cost = _cost(messages, rule)
            rows = left & _within(messages.logged, cost, CLOSELY)
            if rows.any():
                found.append(Named(rule=rule, rows=rows, cost=cost))
                left = left & ~rows
    return found


def _cost(messages: Messages, rule: Rule) -> Floats:
    if rule.prices:
        return priced(messages.counts, np.array(rule.prices) / MTOK)
    cost = messages.cost(rule.reading) * rule.factor
    if not rule.fee:
        return cost
    with np.errstate(invalid="ignore"):
        times = np.clip(np.round((messages.logged - cost) / rule.fee), 1, MOST_FEES)
    return cost + times * rule.fee


def _reading(
    messages: Messages, left: Flags, every: Sequence[Reading], alpha: float
) -> Named | None:
    """The reading that most messages agree with, where that is no chance."""
    where = _distinct(messages, left)
    if len(where) < FEWEST_EXACT:
        return None
    part = _part(messages, where)
    shares: list[tuple[int, float, Reading]] = []
    for reading in every:
        off = _off(part.logged, part.cost(reading))
        exact, close = int((off <= EXACT).sum()), int((off <= CLOSE).sum())
        near = int((off <= NEAR).sum())
        middle = float(np.median(off[off <= CLOSE])) if close else 1.0
        sure = exact >= FEWEST_EXACT and _chance(exact, near, EXACT / NEAR) * len(every) <= alpha
        sure |= (
            close >= FEWEST_CLOSE
            and middle <= CLOSELY
            and _chance(close, near, CLOSE / NEAR) * len(every) <= alpha
        )
        if sure:
            shares.append((close, middle, reading))
    if not shares:
        return None
    most = max(close for close, _, _ in shares)
    rivals = [one for one in shares if one[0] >= AS_GOOD * most]
    exactest = min(middle for _, middle, _ in rivals)
    best_of = [one for one in rivals if one[1] <= max(EXACT, 2 * exactest)]
    reading = best_of[0][2]
    cost = messages.cost(reading)
    return Named(rule=Rule(reading=reading), rows=left & agrees(messages.logged, cost), cost=cost)


def _chance(hits: int, near: int, share: float) -> float:
    """Chance of so many hits out of all that nearly agree, were they spread evenly there."""
    from scipy.special import bdtrc  # noqa: PLC0415  slow to import

    return float(bdtrc(hits - 1, near, share)) if hits else 1.0


def _fee(messages: Messages, left: Flags) -> Named | None:
    """A fee per request, or a few times it, beside the list price."""
    where = _distinct(messages, left)
    if len(where) < FEWEST_CLOSE:
        return None
    part = _part(messages, where)
    cost = part.cost(Reading())
    beside = part.logged - cost
    beside = np.sort(beside[np.isfinite(beside) & (beside >= LEAST_FEE)])
    unit = logged_unit(part.logged)
    count, middle = _densest(beside, max(1e-6, unit))
    if count < max(FEWEST_CLOSE, FACTOR_SHARE * len(where)):
        return None
    fee = _rounded(middle)
    rule = Rule(fee=fee)
    by_rule = _cost(messages, rule)
    rows = left & (np.abs(messages.logged - by_rule) <= unit + EXACT * messages.logged)
    return Named(rule=rule, rows=rows, cost=by_rule)


def _factor(messages: Messages, left: Flags, every: Sequence[Reading]) -> Named | None:
    """A factor on all of it: a markup, a discount, another unit of money."""
    where = _distinct(messages, left)
    if len(where) < FEWEST_CLOSE:
        return None
    part = _part(messages, where)
    plain = [Reading(), *(one for one in every if one.deviations == 1 and one.price == DAY)]
    best: tuple[int, Rule] | None = None
    for reading in plain:
        cost = part.cost(reading)
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.sort(np.log(part.logged / cost))
        logs = logs[np.isfinite(logs)]
        for width, fewest in ((2 * EXACT, FEWEST_CLOSE), (2 * CLOSELY, 2 * FEWEST_CLOSE)):
            count, middle = _densest(logs, width)
            near = int((np.abs(logs - middle) <= NEAR).sum())
            sure = _chance(count, near, width / 2 / NEAR) * len(logs) <= ALPHA
            sure &= width <= 2 * EXACT or abs(middle) > NEAR
            enough = max(fewest, FACTOR_SHARE * len(where))
            if sure and count >= enough and (best is None or count * AS_GOOD > best[0]):
                best = count, Rule(reading=reading, factor=_rounded(float(np.exp(middle))))
                break
    if best is None:
        return None
    rule = best[1]
    cost = _cost(messages, rule)
    return Named(rule=rule, rows=left & agrees(messages.logged, cost), cost=cost)


def _other_prices(messages: Messages, left: Flags) -> Named | None:
    """Prices that no list has, but which all of the rest agree with."""
    where = _distinct(messages, left)
    part = _part(messages, where)
    prices = fit_few(part.counts, part.logged, exact=EXACT)
    if prices is None:
        return None
    rule = Rule(prices=tuple(_rounded(float(price) * MTOK) for price in prices))
    cost = _cost(messages, rule)
    rows = left & agrees(messages.logged, cost)
    return Named(rule=rule, rows=rows, cost=cost) if rows.any() else None


def _single(messages: Messages, left: Flags, every: Sequence[Reading]) -> Named | None:
    """A reading that single messages agree with to all their digits, where these are many."""
    plain = [one for one in every if one.deviations == 1]
    steps = np.maximum(logged_unit(messages.logged) / messages.logged[left], 2 * DIGITS)
    if len(plain) * steps.sum() > ALPHA:
        return None
    for reading in plain:
        cost = messages.cost(reading)
        rows = left & _within(messages.logged, cost, DIGITS)
        if rows.any():
            return Named(rule=Rule(reading=reading), rows=rows, cost=cost)
    return None


def logged_unit(logged: Floats) -> float:
    """The step in which costs are logged: a cent, or a part of one."""
    for decimals in range(2, 10):
        step = 10.0**-decimals
        if np.mean(np.abs(np.round(logged / step) * step - logged) <= 1e-11 * logged) >= MOST:
            return step
    return 0.0


def _rounded(factor: float) -> float:
    """To four digits: nobody charges 1.1000003 times a price."""
    return float(f"{factor:.4g}")


def _densest(ordered: Floats, width: float) -> tuple[int, float]:
    """How many values the fullest stretch of that width holds, and their median."""
    if not len(ordered):
        return 0, 0.0
    last = np.searchsorted(ordered, ordered + width, side="right")
    counts = last - np.arange(len(ordered))
    first = int(np.argmax(counts))
    return int(counts[first]), float(np.median(ordered[first : last[first]]))


def _off(logged: Floats, cost: Floats) -> Floats:
    """Relative difference on the scale of logarithms; infinite where there is none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        off = np.abs(np.log(cost / logged))
    return np.where(np.isfinite(off), off, np.inf)


def _within(logged: Floats, cost: Floats, share: float) -> Flags:
    found: Flags = _off(logged, cost) <= share
    return found


def _distinct(messages: Messages, rows: Flags) -> NDArray[np.int64]:
    """One of each message that occurs: repeated ones are no further evidence."""
    where = np.flatnonzero(rows)
    told = np.column_stack(
        [messages.counts[where], messages.reasoning[where], messages.logged[where]]
    )
    _, first = np.unique(told, axis=0, return_index=True)
    found: NDArray[np.int64] = where[np.sort(first)]
    return found


def _part(messages: Messages, where: NDArray[np.int64]) -> Messages:
    return type(messages)(
        counts=messages.counts[where],
        reasoning=messages.reasoning[where],
        logged=messages.logged[where],
        rates=messages.rates[where],
        request=messages.request[where],
        others={key: rates[where] for key, rates in messages.others.items()},
        minutes=None if messages.minutes is None else messages.minutes[where],
    )


def is_general(rule: Rule) -> bool:
    """Whether a rule holds for a whole provider, whatever its models cost."""
    return rule.reading.price != "date" and not rule.fee and not rule.prices
