"""Eight weeks of calls in which what can be saved is planted, and known."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl

from assay.analysis.costs.opportunities.money import Ledger
from assay.features.priced_calls import with_token_prices
from assay.features.sampled_calls import sampled_calls
from assay.stats.level import Level

START = datetime(2026, 6, 1, tzinfo=UTC)
DAYS = 56
AGENTS = ("one", "two", "three", "four", "five", "six")
MONTH = 365.2425 / 12 / DAYS


def price(provider: str, model: str, *, tier: str = "standard", scale: float = 1.0) -> dict:
    return {
        "provider": provider,
        "model": model,
        "aliases": [],
        "tier": tier,
        "currency": "USD",
        "valid_from": date(2026, 1, 1),
        "input_per_mtok": 1.0 * scale,
        "cache_read_per_mtok": 0.1 * scale,
        "cache_write_per_mtok": 1.25 * scale,
        "output_per_mtok": 5.0 * scale,
        "batch_factor": 0.5,
        "per_request": None,
        "source": "test",
    }


def book(*lines: dict) -> pl.DataFrame:
    schema = {"aliases": pl.List(pl.String), "per_request": pl.Float64}
    return pl.DataFrame(list(lines), schema_overrides=schema)


PRICES = book(price("a", "m"))


def calls(seed: int = 1, *, per_day: int = 120, users: int = 400) -> pl.DataFrame:
    """Calls of six agents with one model; nothing to save in them."""
    rng = np.random.default_rng(seed)
    n = DAYS * per_day
    at = np.sort(rng.uniform(0, DAYS * 86400, n))
    return pl.DataFrame(
        {
            "interaction_id": [f"i{i}" for i in range(n)],
            "occurred_at": [START + timedelta(seconds=float(s)) for s in at],
            "user_id": [f"u{i}" for i in rng.integers(0, users, n)],
            "agent_id": rng.choice(AGENTS, n),
            "provider": ["a"] * n,
            "model": ["m"] * n,
            "operation": ["chat"] * n,
            "input_tokens": rng.integers(500, 3000, n),
            "cache_read_tokens": rng.integers(500, 3000, n),
            "output_tokens": rng.integers(50, 500, n),
            "succeeded": rng.random(n) < 0.7,
        }
    ).with_columns(
        error_type=pl.lit(None, pl.String),
        retry_of=pl.lit(None, pl.String),
        latency_s=pl.lit(2.0),
    )


def ledger(rows: pl.DataFrame, prices: pl.DataFrame = PRICES) -> Ledger:
    found = sampled_calls(rows.lazy())
    return Ledger.of(found, with_token_prices(found.frame, prices), level=Level(0.05))
