"""Whether savings are within their intervals: each kind planted, its worth known, many times over.

python benchmarks/savings.py [--runs 2000] [--users 150]

Eight weeks of calls are drawn: users differ (gamma, some are very busy), weeks differ (8 to 20 %),
a call's tokens have a long tail and depend on its user. In them are planted, one by one: operations
that nobody waits for, an agent that fails more than its like, questions asked twice, long answers,
starts of prompts that repeat, and another provider at a lower price. What each is worth a month is
known from how it was drawn (of caching and of the longest third: from a long run of draws of their
own). Counted is how often the interval of 95 % holds it. A saving that is not there (agents who are
alike, prompts that only look alike by chance) is to be advised in .05 of the runs at most. The exit
code is 1 where any share is beyond three standard errors.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from assay.analysis.costs.opportunities.caching import prefix_caching
from assay.analysis.costs.opportunities.elsewhere import elsewhere
from assay.analysis.costs.opportunities.lengths import shorter
from assay.analysis.costs.opportunities.money import Ledger, Sized
from assay.analysis.costs.opportunities.repeats import duplicates, failures
from assay.analysis.costs.opportunities.timing import batches
from assay.features.prefixes import prefixes_of
from assay.features.priced_calls import with_token_prices
from assay.features.sampled_calls import sampled_calls
from assay.stats.level import Level

RESULTS = Path(__file__).parent / "results"
START = datetime(2026, 6, 1, tzinfo=UTC)
WEEKS, AGENTS = 8, 6
MONTH = 365.2425 / 12 / (7 * WEEKS)
A_USER = 3.0
"""Calls of a user in a week, on average."""
INPUT, OUTPUT = 1000.0, 300.0
FAILING, FAILING_ONE = 0.03, 0.2
TWICE, CHEAPER, ALPHA = 0.1, 0.8, 0.05
GOOD = {"advised", "try"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--runs", type=int, default=2000, help="of each kind")
    parser.add_argument("--users", type=int, default=150, help="on average")
    given = parser.parse_args()
    start, missed = time.process_time(), False
    error = 3 * np.sqrt(ALPHA * (1 - ALPHA) / given.runs)
    kept = {}
    print(f"{'kind':>24}{'truth':>10}{'mean':>10}{'half':>10}{'held':>8}{'low':>7}{'high':>7}")
    for name, kind in KINDS.items():
        row = judged(kind, runs=given.runs, users=given.users)
        kept[name] = row
        print(
            f"{name:>24}{row['truth']:10.4f}{row['mean']:10.4f}{row['half']:10.4f}"
            f"{row['held']:8.3f}{row['below']:7.3f}{row['above']:7.3f}",
            flush=True,
        )
        missed |= row["held"] < 1 - ALPHA - error
    for name, kind in NOTHING.items():
        share = advised(kind, runs=given.runs, users=given.users)
        kept[name] = {"advised": share}
        print(f"{name:>24}: found in {share:.3f} of runs where it is not there", flush=True)
        missed |= share > ALPHA + error
    print(f"{time.process_time() - start:.0f} s of the processor")
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "savings.json").write_text(json.dumps(kept, indent=1))
    return int(missed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """What is planted into drawn calls, what finds it, and what it is worth a month.

    Attributes:
        truth: USD a month of so many users on average; None where a long run has to tell.
    """

    change: Callable[[pl.DataFrame, np.random.Generator], pl.DataFrame]
    find: Callable[[Ledger], tuple[Sized, ...]]
    truth: Callable[[float], float] | None


def judged(kind: Planted, *, runs: int, users: int, first: int = 0) -> dict[str, float]:
    """How often the interval holds the truth, and misses it on either side."""
    found = np.array([_saving(kind, users, first + k) for k in range(runs)])
    value, low, high = found.T
    if kind.truth is not None:
        truth = kind.truth(users)
    else:
        more = [_saving(kind, users, 10**6 + k)[0] for k in range(runs)]
        truth = float(np.mean(more))
    return {
        "truth": truth,
        "mean": float(value.mean()),
        "half": float((high - low).mean() / 2),
        "held": float(((low <= truth) & (truth <= high)).mean()),
        "below": float((high < truth).mean()),
        "above": float((low > truth).mean()),
    }


def advised(kind: Planted, *, runs: int, users: int) -> float:
    """How often something is advised, or to be tried, where there is nothing."""
    return float(np.mean([_one(kind, users, k).opportunity.state in GOOD for k in range(runs)]))


def _saving(kind: Planted, users: int, seed: int) -> tuple[float, float, float]:
    size = _one(kind, users, seed).opportunity.saving
    if size is None or size.value is None or size.low is None or size.high is None:
        raise SystemExit("a run without an interval: draw more users")
    return size.value, size.low, size.high


def _one(kind: Planted, users: int, seed: int) -> Sized:
    rng = np.random.default_rng([20261122, seed])
    return kind.find(ledger(kind.change(calls(rng, users), rng)))[0]


def calls(rng: np.random.Generator, users: int) -> pl.DataFrame:
    """Eight weeks of calls: users, weeks and calls differ."""
    people = int(rng.poisson(users))
    rate = rng.gamma(0.7, A_USER / 0.7, people)
    wobble = rng.uniform(0.08, 0.2)
    week = rng.lognormal(-(wobble**2) / 2, wobble, WEEKS)
    counts = rng.poisson(rate[:, None] * week)
    user, when = (part.repeat(counts.ravel()) for part in np.indices(counts.shape).reshape(2, -1))
    n = user.size
    size = rng.lognormal(-0.125, 0.5, people)[user]
    at = START.timestamp() + (when + rng.random(n)) * 7 * 86400
    agent = rng.integers(0, AGENTS, n)
    return pl.DataFrame(
        {
            "occurred_at": pl.Series((at * 1e6).astype(np.int64)).cast(pl.Datetime("us", "UTC")),
            "interaction_id": pl.Series(np.arange(n)).cast(pl.String),
            "user_id": pl.Series(user).cast(pl.String),
            "agent_id": pl.Series(agent).cast(pl.String),
            "provider": pl.repeat("a", n, eager=True),
            "model": pl.repeat("m", n, eager=True),
            "operation": pl.repeat("chat", n, eager=True),
            "input_tokens": np.rint(INPUT * size * rng.lognormal(-0.32, 0.8, n)).astype(np.int64),
            "output_tokens": np.rint(OUTPUT * rng.lognormal(-0.32, 0.8, n)).astype(np.int64),
            "cache_write_tokens": np.zeros(n, dtype=np.int64),
            "succeeded": rng.random(n) < 0.7,
        }
    ).with_columns(error_type=pl.lit(None, pl.String), retry_of=pl.lit(None, pl.String))


def price(provider: str, scale: float = 1.0) -> dict[str, object]:
    return {
        "provider": provider,
        "model": "m",
        "aliases": [],
        "tier": "standard",
        "currency": "USD",
        "valid_from": date(2026, 1, 1),
        "input_per_mtok": 100 * scale,
        "cache_read_per_mtok": 10 * scale,
        "cache_write_per_mtok": 125 * scale,
        "output_per_mtok": 500 * scale,
        "batch_factor": 0.5,
        "per_request": None,
        "source": "drawn",
    }


PRICES = pl.DataFrame(
    [price("a"), price("b", CHEAPER)],
    schema_overrides={"aliases": pl.List(pl.String), "per_request": pl.Float64},
)


def ledger(rows: pl.DataFrame) -> Ledger:
    found = sampled_calls(rows.lazy(), last=(START + timedelta(weeks=WEEKS, days=-1)).date())
    return Ledger.of(found, with_token_prices(found.frame, PRICES), level=Level(ALPHA))


def a_month(users: float) -> float:
    """What all calls cost a month on average, in USD."""
    return users * A_USER * WEEKS * MONTH * (INPUT * 100 + OUTPUT * 500) / 1e6


def as_they_are(rows: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    del rng
    return rows


def patient(rows: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    waits = pl.Series(rng.random(len(rows)) < 0.2)
    return rows.with_columns(
        agent_id=pl.lit("0"),
        operation=pl.when(waits).then(pl.lit("evaluation")).otherwise("operation"),
    )


def failing(one: float) -> Callable[[pl.DataFrame, np.random.Generator], pl.DataFrame]:
    def change(rows: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
        chance = np.where(rows["agent_id"] == "0", one, FAILING)
        failed = pl.Series(rng.random(len(rows)) < chance)
        return rows.with_columns(error_type=pl.when(failed).then(pl.lit("overloaded")))

    return change


def twice(rows: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    rows = rows.with_columns(agent_id=pl.lit("0"))
    again = rows.filter(pl.Series(rng.random(len(rows)) < TWICE))
    later = pl.duration(seconds=pl.Series(rng.uniform(5, 500, len(again))).cast(pl.Int64))
    return pl.concat([
        rows,
        again.with_columns(
            occurred_at=pl.col("occurred_at") + later,
            interaction_id=pl.format("again-{}", "interaction_id"),
        ),
    ])  # fmt: skip


def by_chance(rows: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Few lengths, and busy hours: equal prompts follow each other without being the same."""
    n = len(rows)
    hour = pl.col("occurred_at").dt.truncate("1d") + pl.duration(
        seconds=pl.Series(rng.integers(0, 3600, n))
    )
    return rows.with_columns(
        agent_id=pl.lit("0"),
        occurred_at=hour,
        input_tokens=pl.Series(rng.choice([500, 1000, 1500], n)),
    )


def one_agent(rows: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    del rng
    return rows.with_columns(agent_id=pl.lit("0"))


def started_alike(rows: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Starts of 2,000 tokens, each of one of three kinds, of which some are written."""
    n = len(rows)
    return rows.with_columns(
        agent_id=pl.lit("0"),
        prefix_hash=pl.Series(rng.choice(["x", "y", "z"], n, p=[0.6, 0.3, 0.1])),
        occurred_at=pl.col("occurred_at").dt.truncate("1d")
        + pl.duration(seconds=pl.Series(rng.integers(0, 7200, n))),
        input_tokens=pl.col("input_tokens") + 2000,
        cache_write_tokens=pl.Series(np.where(rng.random(n) < 0.05, 2000, 0)),
    )


def by_prefix(entries: Ledger) -> tuple[Sized, ...]:
    prefixes = prefixes_of(entries.frame)
    return () if prefixes is None else prefix_caching(entries, prefixes)


KINDS = {
    "batches": Planted(
        change=patient, find=batches, truth=lambda users: 0.2 * 0.5 * a_month(users)
    ),
    "failing calls": Planted(
        change=failing(FAILING_ONE),
        find=failures,
        truth=lambda users: a_month(users) / AGENTS * (FAILING_ONE - FAILING),
    ),
    "asked twice": Planted(
        change=twice, find=duplicates, truth=lambda users: TWICE * a_month(users)
    ),
    "another provider": Planted(
        change=as_they_are,
        find=lambda entries: elsewhere(entries, PRICES),
        truth=lambda users: (1 - CHEAPER) * a_month(users),
    ),
    "longest answers": Planted(
        change=one_agent, find=lambda entries: shorter(entries, "outputs"), truth=None
    ),
    "repeated starts": Planted(change=started_alike, find=by_prefix, truth=None),
}
NOTHING = {
    "no more failing calls": Planted(change=failing(FAILING), find=failures, truth=None),
    "alike by chance": Planted(change=by_chance, find=duplicates, truth=None),
}

if __name__ == "__main__":
    sys.exit(main())
