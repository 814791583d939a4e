"""Prices that logged costs imply."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.stats.implied_prices import FEWEST, fit_prices

START = date(2026, 6, 1)
PRICES = (3.0, 0.3, 3.75, 15.0)


def calls(rng, n, prices=PRICES):
    """Tokens of four kinds, and what they cost at USD per million tokens."""
    tokens = np.column_stack(
        [
            rng.integers(1, 5_000, n),
            rng.integers(0, 3_000, n) * (rng.random(n) < 0.5),
            rng.integers(0, 2_000, n) * (rng.random(n) < 0.2),
            rng.integers(1, 2_000, n),
        ]
    )
    return tokens, tokens @ np.array(prices) / 1e6


def fit(tokens, costs, days=None):
    days = days or [START + timedelta(days=i * 60 // len(costs)) for i in range(len(costs))]
    return fit_prices([tuple(row) for row in tokens.tolist()], list(costs), days)


@given(st.tuples(*(st.floats(0.05, 80.0) for _ in range(4))))
def test_prices_are_recovered_whatever_they_are(prices):
    found = fit(*calls(np.random.default_rng(1), 300, prices))
    assert found.prices == pytest.approx(prices, rel=1e-6)
    assert found.explained == found.dated == found.rows
    assert found.fitted == pytest.approx(found.logged)


def test_a_third_of_wild_costs_do_not_move_the_prices():
    rng = np.random.default_rng(2)
    tokens, costs = calls(rng, 600)
    costs[:200] *= rng.lognormal(1.0, 1.0, 200)
    found = fit(tokens, costs)
    assert found.prices == pytest.approx(PRICES, rel=1e-6)
    assert 400 <= found.explained <= 410


def test_a_cut_of_the_price_is_dated_and_sized():
    tokens, costs = calls(np.random.default_rng(3), 600)
    days = [START + timedelta(days=i // 10) for i in range(600)]
    cut = START + timedelta(days=25)
    costs = [c * (0.8 if day >= cut else 1.0) for c, day in zip(costs, days, strict=True)]
    found = fit(tokens, costs, days)
    assert found.dated == 600
    assert found.explained == 350
    old, new = found.steps
    assert new.day == cut
    assert new.ratio / old.ratio == pytest.approx(0.8)


def test_kinds_that_move_together_get_no_price_of_their_own():
    rng = np.random.default_rng(4)
    n = rng.integers(100, 5_000, 200)
    tokens = np.column_stack([n, 0 * n, 0 * n, 2 * n])
    found = fit(tokens, tokens @ np.array(PRICES) / 1e6)
    assert found.prices == (None, None, None, None)
    assert found.explained == 200


def test_costs_that_no_prices_explain_give_none():
    rng = np.random.default_rng(5)
    tokens, costs = calls(rng, 400)
    found = fit(tokens, costs * rng.lognormal(0.0, 1.0, 400))
    assert found.prices == (None,) * 4
    assert found.reason
    assert found.dated < 200


def test_too_few_rows_are_refused():
    found = fit(*calls(np.random.default_rng(6), FEWEST - 1))
    assert found.explained is None
    assert str(FEWEST) in (found.reason or "")
