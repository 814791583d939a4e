"""Rows of interactions for tests, and lines, sessions and series of them by hand."""

import math
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

START = datetime(2026, 3, 27, 21, tzinfo=UTC)


def turns(n=600, *, seed=3, hours=120.0, start=START):
    """Interactions over some days, with holes in every column that may have them."""
    rng = np.random.default_rng(seed)
    at = sorted(rng.uniform(0, hours * 3600, n).tolist())

    def some(values, share):
        return [
            None if hole < share else value
            for value, hole in zip(values, rng.random(n), strict=True)
        ]

    output = rng.integers(1, 800, n)
    return pl.DataFrame(
        {
            "interaction_id": [f"i{i:05}" for i in rng.permutation(n)],
            "occurred_at": [start + timedelta(microseconds=int(x * 1e6)) for x in at],
            "user_id": [f"u{u}" for u in rng.integers(0, 25, n)],
            "session_id": some([f"s{s}" for s in rng.integers(0, 80, n)], 0.05),
            "agent_id": rng.choice(["a", "b"], n).tolist(),
            "provider": rng.choice(["north", "south"], n).tolist(),
            "model": some(rng.choice(["m1", "m2"], n).tolist(), 0.1),
            "service_tier": some(rng.choice(["batch", "standard"], n).tolist(), 0.3),
            "input_tokens": some(rng.integers(0, 5000, n).tolist(), 0.1),
            "cache_read_tokens": some(rng.integers(0, 900, n).tolist(), 0.4),
            "cache_write_tokens": some(rng.integers(0, 90, n).tolist(), 0.4),
            "output_tokens": some(output.tolist(), 0.1),
            "reasoning_tokens": some((output // 3).tolist(), 0.5),
            "cost_usd": some(rng.lognormal(-4, 1, n).tolist(), 0.2),
            "latency_s": some(rng.lognormal(0, 1, n).tolist(), 0.1),
            "succeeded": some((rng.random(n) < 0.7).tolist(), 0.1),
            "error_type": [None] * n,
            "rating": some(rng.integers(0, 5, n) / 4, 0.6),
        },
        schema_overrides={
            "occurred_at": pl.Datetime("us", "UTC"), "error_type": pl.String, "rating": pl.Float64,
        },
    ).with_columns(
        error_type=pl.when(pl.col("succeeded").not_()).then(pl.lit("timeout"))
    )  # fmt: skip


def moments_by_hand(values):
    """n, mean (None of nothing), and the sum of squares about it, by exactly rounded sums."""
    if not values:
        return 0, None, 0.0
    mean = math.fsum(values) / len(values)
    return len(values), mean, math.fsum((x - mean) ** 2 for x in values)


def lines_by_hand(frame, by, zone="UTC"):
    """Group → the line's numbers, row by row in Python."""
    groups = {}
    for row in frame.to_dicts():
        day = row["occurred_at"].astimezone(ZoneInfo(zone)).date()
        groups.setdefault((day, *(row[name] for name in by)), []).append(row)
    found = {}
    for key, rows in groups.items():
        given = {name: [row[name] for row in rows if row[name] is not None] for name in rows[0]}
        cost = moments_by_hand(given["cost_usd"])
        latency, rating = moments_by_hand(given["latency_s"]), moments_by_hand(given["rating"])
        found[key] = {
            "rows": len(rows),
            "successes": given["succeeded"].count(True),
            "failures": given["succeeded"].count(False),
            "tokens_n": sum(
                row["input_tokens"] is not None or row["output_tokens"] is not None for row in rows
            ),
            **{
                f"{kind}_tokens": sum(given[f"{kind}_tokens"])
                for kind in ("input", "cache_read", "cache_write", "output", "reasoning")
            },
            "cost_n": cost[0],
            "cost_usd": math.fsum(given["cost_usd"]),
            "cost_m2": cost[2],
            **dict(zip(("latency_n", "latency_mean", "latency_m2"), latency, strict=True)),
            **dict(zip(("rating_n", "rating_mean", "rating_m2"), rating, strict=True)),
        }
    return found
