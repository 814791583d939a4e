"""Small tables whose summaries are known without the code that is tested."""

import math

import numpy as np
import polars as pl
import pytest

RATE = {"name": "solved", "kind": "rate", "value": "ok"}
COST = {"name": "cost", "kind": "mean", "value": "cost"}


def visits(users=120, rows=900, seed=7):
    """Events of users in two arms: outcome, cost, tokens, a rating that is often not given."""
    rng = np.random.default_rng(seed)
    user = np.concatenate([np.arange(users), rng.integers(0, users, rows - users)])
    return pl.DataFrame(
        {
            "user": user,
            "arm": np.where(user % 2 == 0, "A", "B"),
            "ok": rng.random(rows) < 0.15,
            "cost": rng.lognormal(0, 1, rows),
            "tokens": rng.integers(1, 50, rows),
            "rating": [None if x < 0.6 else x for x in rng.random(rows)],
            "where": np.where(user % 3 == 0, "north", "south"),
            "at": [f"2026-03-{1 + i % 28:02d}T12:00:00" for i in range(rows)],
        }
    ).with_columns(pl.col("at").str.to_datetime())


def by_hand(frame, value, reduce):
    """Arm → unit values, by plain Python: the slow and obvious way."""
    rows = {}
    for row in frame.iter_rows(named=True):
        rows.setdefault((row["arm"], row["user"]), []).append(row)
    found = {}
    for (arm, _), mine in sorted(rows.items()):
        given = [row[value] for row in mine if row[value] is not None]
        if given:
            found.setdefault(arm, []).append(float(reduce(given)))
    return found


def mean_and_variance(values):
    mean = math.fsum(values) / len(values)
    return mean, math.fsum((x - mean) ** 2 for x in values) / (len(values) - 1)


def assigned():
    """Users of `visits` and thirty without any; one of them was never assigned."""
    rows = [(user, "A" if user % 2 == 0 else "B") for user in range(150) if user != 3]
    return pl.DataFrame(rows, schema=["unit_id", "variant"], orient="row")


def same(sample, values):
    mean, variance = mean_and_variance(values)
    assert sample.n == len(values)
    assert sample.moments.mean[0] == pytest.approx(mean, rel=1e-12)
    assert sample.moments.variance() == pytest.approx(variance, rel=1e-11)
