"""How long many series take, from rows on disk to the whole answer, on two cores.

python benchmarks/trends.py [--agents 200] [--days 180] [--workers 2]

Rows of agents and days (some 20 a day; a weekly season, a slow trend, breaks in one agent of
five, wandering noise) are scanned into ten metrics by agent and day, and every series is taken
apart, tested for breaks, compared and forecast by the report's own functions. Time by the clock
depends on what else the machine does; judged is what two quiet cores would take: the processor's
seconds of this process, which reads the rows and puts the answer together, and half of those of the
two that share the analysis, their start included. These, and the memory of each, are told. Before
that, some of the series are analysed in one process and must be told the same. The exit code is 1
where they are not, and where the whole takes more than 60 s at the full size of 2,000 series.
"""

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import polars as pl

from assay.analysis.trends import Question, assess
from assay.features.watched import Watched, watched

T = TypeVar("T")
RESULTS = Path(__file__).parent / "results"
LIMIT = 60.0
FULL = 2000
CORES = 2
SAME = 80
"""Series of which one process and two must tell the same."""
SECONDS = {"value": "latency_s", "unit": "s"}
METRICS: list[dict[str, Any]] = [
    {"name": "Latency p50", "kind": "quantile", "quantile": 0.5, **SECONDS},
    {"name": "Latency p95", "kind": "quantile", "quantile": 0.95, **SECONDS},
    {"name": "Latency mean", "kind": "mean", **SECONDS},
    {"name": "Cost per interaction", "kind": "mean", "value": "cost_usd", "unit": "USD"},
    {"name": "Cost", "kind": "count", "value": "cost_usd", "unit": "USD"},
    {"name": "Cost per token", "kind": "ratio", "numerator": "cost_usd", "denominator": "tokens"},
    {"name": "Tokens", "kind": "mean", "value": "tokens", "unit": "tokens"},
    {"name": "Success", "kind": "rate", "value": "succeeded"},
    {"name": "Rating", "kind": "mean", "value": "rating"},
    {"name": "Interactions", "kind": "count"},
]


@dataclass(frozen=True)
class Spent:
    """Seconds: by the clock, and of the processor in this process and in its children."""

    wall: float
    here: float
    children: float

    @property
    def processor(self) -> float:
        return self.here + self.children


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--agents", type=int, default=FULL // len(METRICS))
    parser.add_argument("--days", type=int, default=180)
    parser.add_argument("--workers", type=int, default=CORES)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "interactions.parquet"
        count = written(table, given.agents, given.days)
        size = table.stat().st_size
        series, scanned = timed(lambda: scan(table))
    print(f"{count:,} rows ({size / 1e6:.0f} MB), {len(series):,} series of {given.days} days")
    few, question = series[:SAME], Question(workers=given.workers)
    same = assess(few, question) == assess(few, Question(workers=1))
    found, analysed = timed(lambda: assess(series, question))
    print(f"\n{'seconds':24}{'clock':>8}{'processor':>11}{'a series':>11}")
    for name, spent in (("rows to series", scanned), ("series to answer", analysed)):
        each = 1000 * spent.processor / len(series)
        print(f"{name:24}{spent.wall:8.1f}{spent.processor:11.1f}{each:8.1f} ms")
    estimate = scanned.processor + analysed.here + analysed.children / CORES
    print(f"{'on two quiet cores':24}{'':8}{estimate:11.1f}{'limit':>8}{LIMIT:4.0f}")
    memory = {
        "this process": peak(resource.RUSAGE_SELF),
        "a worker": peak(resource.RUSAGE_CHILDREN),
    }
    print("memory at its peak      " + ", ".join(f"{k} {v:,.0f} MB" for k, v in memory.items()))
    changed = sum(one.verdict == "changed" for one in found.series)
    print(f"changed: {changed:,} of {len(found.series):,}; one process tells the same: {same}")
    RESULTS.mkdir(exist_ok=True)
    kept = {
        "rows": count,
        "series": len(series),
        "scan": vars(scanned),
        "analysis": vars(analysed),
        "estimate": estimate,
        "memory_mb": memory,
    }
    (RESULTS / "trends.json").write_text(json.dumps(kept, indent=1))
    return int(not same or (len(series) >= FULL and estimate > LIMIT))


def scan(table: Path) -> tuple[Watched, ...]:
    return watched(
        pl.scan_parquet(table), METRICS, every="day", time="occurred_at", by=["agent_id"]
    )


def timed(work: Callable[[], T]) -> tuple[T, Spent]:
    before = [processor(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    start = time.perf_counter()
    found = work()
    wall = time.perf_counter() - start
    after = [processor(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return found, Spent(wall, after[0] - before[0], after[1] - before[1])


def processor(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def peak(who: int) -> float:
    """Megabytes; of children, of the largest."""
    return resource.getrusage(who).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def written(table: Path, agents: int, days: int, seed: int = 6) -> int:
    """Interactions with a weekly season, a trend, and in one agent of five a break."""
    rng = np.random.default_rng(seed)
    day = np.arange(days)
    week = 1 + 0.25 * np.cos(2 * np.pi * (day % 7) / 7)
    rows = rng.poisson(20 * week * (1 + 0.2 * day / days), (agents, days)) + 2
    agent = np.repeat(np.repeat(np.arange(agents), days), rows.ravel())
    when = np.repeat(np.tile(day, agents), rows.ravel())
    wander = np.zeros((agents, days))
    for t in range(1, days):
        wander[:, t] = 0.4 * wander[:, t - 1] + 0.03 * rng.standard_normal(agents)
    broken = (np.arange(agents) % 5 == 0)[:, None] & (day >= rng.integers(60, 150, (agents, 1)))
    level = wander + 0.2 * broken + 0.05 * np.cos(2 * np.pi * (day % 7) / 7)
    drawn = rng.normal(0, 0.5, agent.size)
    slow = np.exp(level[agent, when] + drawn)
    tokens = rng.lognormal(6, 0.4, agent.size).round()
    second = rng.uniform(0, 86_400, agent.size)
    start = datetime(2026, 1, 5, tzinfo=UTC)
    pl.DataFrame(
        {
            "agent_id": pl.Series([f"agent-{i:03}" for i in range(agents)]).gather(agent),
            "occurred_at": pl.Series([start + timedelta(days=int(d)) for d in day]).gather(when)
            + pl.Series((second * 1e6).astype(np.int64)).cast(pl.Duration("us")),
            "latency_s": 2 * slow,
            "tokens": tokens,
            "cost_usd": tokens * 1e-5 * np.exp(0.1 * drawn),
            "succeeded": rng.random(agent.size) < 0.85 - 0.1 * level[agent, when],
            "rating": rng.integers(1, 6, agent.size).astype(float),
        }
    ).write_parquet(table)
    return int(agent.size)


if __name__ == "__main__":
    sys.exit(main())
