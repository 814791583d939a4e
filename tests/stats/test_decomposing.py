from fractions import Fraction
from math import factorial, fsum

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.errors import DataError
from assay.stats.decomposing import FACTORS, PARTS, Period, decompose_spend


def period(calls, tokens, amounts, *, paid=None, beside=None, days=30, weight=1.0):
    n = len(calls)
    return Period(
        days=days,
        weight=weight,
        calls=np.array(calls, dtype=float),
        tokens=np.array(tokens, dtype=float).reshape(n, 4),
        amounts=np.array(amounts, dtype=float).reshape(n, 5),
        paid=np.ones(n) if paid is None else np.array(paid, dtype=float),
        beside=np.zeros(n) if beside is None else np.array(beside, dtype=float),
    )


count = st.integers(1, 10**7)
some_count = st.integers(-(2 * 10**6), 10**7).map(lambda drawn: max(drawn, 0))
some_usd = st.floats(-3e3, 1e4).map(lambda drawn: drawn if drawn >= 1e-7 else 0.0)
some_paid = st.floats(-3, 3).map(lambda drawn: abs(drawn) if abs(drawn) >= 1e-7 else 0.0)
four_counts, five_amounts = st.tuples(*[some_count] * 4), st.tuples(*[some_usd] * 5)


@st.composite
def item(draw):
    """Calls, tokens, amounts, what was paid, what is beside: absent, free or unpriced at times."""
    beside = draw(some_usd)
    if draw(st.integers(0, 3)) == 0:
        return 0, [0] * 4, [0.0] * 5, 1.0, beside
    tokens = draw(four_counts)
    amounts = [usd if n else 0.0 for usd, n in zip(draw(five_amounts), (*tokens, 1), strict=True)]
    return draw(count), tokens, amounts, draw(some_paid), beside


@st.composite
def pairs(draw):
    n = draw(st.integers(1, 3))
    both = []
    for _ in range(2):
        rows = [draw(item()) for _ in range(n)]
        calls, tokens, amounts, paid, beside = zip(*rows, strict=True)
        days, weight = draw(st.integers(1, 92)), draw(st.floats(0.3, 2))
        both.append(
            period(calls, tokens, amounts, paid=paid, beside=beside, days=days, weight=weight)
        )
    owners = [draw(st.integers(0, 2)) for _ in range(n)]
    return (*both, owners)


@settings(max_examples=500)
@given(pairs())
def test_parts_add_up_to_the_difference_in_all_and_for_each_item(pair):
    before, after, owners = pair
    found = decompose_spend(before, after, owners=owners)
    spent = after.spent - before.spent
    # Doubles hold totals and parts to 1.1e-16 of themselves: no sum of them is known better.
    known = 8 * np.finfo(float).eps
    size = float(before.spent.sum() + after.spent.sum() + np.abs(found.by_item).sum())
    difference = fsum((*after.spent, *-before.spent))
    assert abs(fsum(found.totals) - difference) <= 1e-9 * abs(difference) + known * size
    assert found.difference == difference
    each = np.abs(found.by_item.sum(axis=0) - spent)
    most = np.abs(found.by_item).max(axis=0) + before.spent + after.spent
    assert (each <= 1e-9 * np.abs(spent) + known * most).all()
    pace = found.pace_after - found.pace_before
    volume = found.totals[PARTS.index("volume")]
    assert found.per_pace * pace == pytest.approx(volume, rel=1e-9, abs=1e-12 * size)


@settings(max_examples=50)
@given(pairs())
def test_swapping_the_periods_turns_every_sign(pair):
    before, after, owners = pair
    there = decompose_spend(before, after, owners=owners)
    back = decompose_spend(after, before, owners=owners)
    order = [{"new": "gone", "gone": "new"}.get(name, name) for name in PARTS]
    mirrored = back.by_item[[PARTS.index(name) for name in order]]
    size = 1e-12 * float(before.spent.sum() + after.spent.sum() + np.abs(there.by_item).sum())
    assert there.by_item == pytest.approx(-mirrored, rel=1e-9, abs=size)


def by_orders(before, after):
    """Shapley's definition: the mean over all orders of change, in exact fractions, one owner."""

    def factors(period):
        calls = [Fraction(c) for c in period.calls]
        total = sum(calls)
        tokens = [[Fraction(t) for t in row] for row in period.tokens]
        amounts = [[Fraction(a) for a in row] for row in period.amounts]
        n = range(len(calls))
        prompt = [sum(tokens[i][:3]) for i in n]
        return {
            "days": Fraction(period.days),
            "calendar": Fraction(period.weight),
            "volume": total / Fraction(period.days) / Fraction(period.weight),
            "models": [calls[i] / total for i in n],
            "input": [prompt[i] / calls[i] for i in n],
            "cache": [[tokens[i][j] / prompt[i] for j in range(3)] for i in n],
            "output": [tokens[i][3] / calls[i] for i in n],
            "price": [
                [a / t for a, t in zip(amounts[i], [*tokens[i], calls[i]], strict=True)] for i in n
            ],
            "paid": [Fraction(p) for p in period.paid],
        }

    def spend(f, i):
        prompt = sum(h * p for h, p in zip(f["cache"][i], f["price"][i][:3], strict=True))
        call = f["input"][i] * prompt + f["output"][i] * f["price"][i][3] + f["price"][i][4]
        calls = f["days"] * f["calendar"] * f["volume"] * f["models"][i]
        return calls * call * f["paid"][i]

    old, new = factors(before), factors(after)
    names = [name for name in FACTORS if name != "owners" and old[name] != new[name]]
    items = range(len(before.calls))
    cost = {}
    for changed in range(1 << len(names)):
        state = old | {name: new[name] for i, name in enumerate(names) if changed >> i & 1}
        cost[changed] = [spend(state, i) for i in items]

    def added(place, i):
        """The mean over orders: a coalition of k others comes first in k! (n − k − 1)! of n!."""
        n, bit = len(names), 1 << place
        total = Fraction(0)
        for others in cost:
            if not others & bit:
                k = others.bit_count()
                weight = Fraction(factorial(k) * factorial(n - k - 1), factorial(n))
                total += weight * (cost[others | bit][i] - cost[others][i])
        return float(total)

    return {name: [added(place, i) for i in items] for place, name in enumerate(names)}


def test_parts_are_the_mean_over_all_orders_in_exact_fractions():
    before = period(
        [100, 50],
        [[1000, 500, 250, 300], [4000, 100, 10, 90]],
        [[2, 0.25, 0.5, 3, 1], [4, 0.5, 0.25, 0.75, 2]],
        days=30,
        weight=1.0,
    )
    after = period(
        [300, 20],
        [[1500, 2500, 125, 300], [900, 400, 30, 75]],
        [[2, 1, 0.125, 2, 5], [1, 1.5, 0.5, 0.25, 0.5]],
        days=28,
        weight=1.25,
    )
    wanted = by_orders(before, after)
    assert len(wanted) == 8
    found = decompose_spend(before, after, owners=[0, 0])
    for name in FACTORS:
        row = found.by_item[FACTORS.index(name)]
        assert row == pytest.approx(wanted.get(name, [0.0, 0.0]), rel=1e-12, abs=1e-15), name


def test_two_factors_are_bennets_indicator():
    # Bennet (1920): price effect = Δp (q0 + q1) / 2, quantity effect = Δq (p0 + p1) / 2.
    before = period([10], [[0] * 4], [[0, 0, 0, 0, 20.0]])
    after = period([16], [[0] * 4], [[0, 0, 0, 0, 48.0]])
    found = dict(zip(PARTS, decompose_spend(before, after).totals, strict=True))
    assert found["price"] == pytest.approx((3 - 2) * (10 + 16) / 2)
    assert found["volume"] == pytest.approx((16 - 10) * (2 + 3) / 2)
    others = [value for name, value in found.items() if name not in {"price", "volume"}]
    assert not np.any(others)


def test_an_owner_who_exchanges_models_has_no_fewer_calls_and_a_new_one_takes_no_share():
    row, cost = [100, 0, 0, 10], [1.0, 0, 0, 0.5, 0]
    before = period([10, 0, 10, 0], [row, [0] * 4, row, [0] * 4], [cost, [0] * 5, cost, [0] * 5])
    after = period([0, 10, 10, 40], [[0] * 4, row, row, row], [[0] * 5, cost, cost, cost])
    # The first owner exchanges its model; the second stays; the third is new.
    found = decompose_spend(before, after, owners=[0, 0, 1, 2])
    parts = dict(zip(PARTS, found.totals, strict=True))
    assert parts["gone"] == pytest.approx(-1.5)
    assert parts["new"] == pytest.approx(3.0)
    assert not any(parts[name] for name in FACTORS)
    assert found.pace_before == found.pace_after == pytest.approx(20 / 30)


def test_what_did_not_occur_did_not_change():
    # Cached tokens appear: all of it is the cache's share, none of it a change of a price.
    before = period([10], [[100, 0, 0, 10]], [[10.0, 0, 0, 5, 0]])
    after = period([10], [[50, 50, 0, 10]], [[5.0, 0.5, 0, 5, 0]])
    parts = dict(zip(PARTS, decompose_spend(before, after).totals, strict=True))
    assert parts["cache"] == pytest.approx(-4.5)
    assert sum(map(abs, parts.values())) == pytest.approx(4.5)


def test_free_calls_and_periods_without_a_common_item_are_exact():
    free = period([5, 0], [[9, 0, 0, 9], [0] * 4], [[0] * 5, [0] * 5])
    paid = period([0, 7], [[0] * 4, [9, 0, 0, 9]], [[0] * 5, [1, 0, 0, 2, 0]], beside=[0, 4])
    parts = dict(zip(PARTS, decompose_spend(free, paid).totals, strict=True))
    assert parts["new"] == 3
    assert parts["beside"] == 4
    assert sum(map(abs, parts.values())) == 7


def test_amounts_that_nothing_was_used_for_are_refused():
    with pytest.raises(DataError, match="amounts for tokens"):
        period([1], [[0] * 4], [[1.0, 0, 0, 0, 0]])
    with pytest.raises(DataError, match="without calls"):
        period([0], [[0] * 4], [[0, 0, 0, 0, 1.0]])
    with pytest.raises(DataError, match="below zero"):
        period([-1], [[0] * 4], [[0] * 5])
    with pytest.raises(DataError, match="the same in both"):
        decompose_spend(
            period([1], [[0] * 4], [[0] * 5]), period([1, 1], [[0] * 4] * 2, [[0] * 5] * 2)
        )
