"""How long it takes from interactions to the features of users, and in how much memory.

python benchmarks/behaviour.py [--rows 20000000] [--repeats 3]

Interactions of 180 days (a user per fifty rows, of whom few do most; sessions of three rows that
overlap in time, eight models, five tools, retries, ratings) become all features that they allow,
and numbers that can be compared. Beside it stand two bare scans in Polars: one groups the same rows
by user and adds up tokens, costs, waits, successes and ratings, with the first and last time; the
other also counts the distinct sessions, models, tools and days, of which features are made as well.
Every run is a process of its own, and runs are taken in turns. Times count from opening the file,
imports are done before; the peak of memory counts imports. On two busy cores features took 1.7
times the processor time of the first bare scan, 1.4 times its time by the clock and as much memory,
and 0.6 times the processor time of the second. The exit code is 1 where, at 2e7 rows, the median
time of the processor is more than twice the first bare scan's, or the peak more than 3 GB.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl

from assay.features.behaviour import behaviour, inputs_of

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
FULL = 20_000_000
LIMIT = 2.0
MOST_MB = 3000
DAYS = 180
CHUNK = 1_000_000
START = datetime(2026, 5, 24, tzinfo=UTC)
SUMS = (
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "output_tokens",
    "cost_usd",
    "latency_s",
    "succeeded",
    "rating",
)
NAMES = {
    "bare": "bare group-by scan",
    "distinct": "the same, and distinct names",
    "features": "interactions to features",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--rows", type=int, default=FULL)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--part", choices=("table", *NAMES), help="one process of many")
    given = parser.parse_args()
    path = RESULTS / f"behaviour-{given.rows}.parquet"
    if given.part:
        parts = {"table": written, "bare": bare, "distinct": distinct, "features": features}
        print(json.dumps(parts[given.part](path, given.rows)))
        return 0
    RESULTS.mkdir(exist_ok=True)
    if not path.exists():
        run("table", given.rows)
    runs: dict[str, list[dict]] = {name: [] for name in NAMES}
    for turn in range(given.repeats + 1):
        for part, found in runs.items():
            if part == "distinct" and turn > 1:
                continue
            one = run(part, given.rows)
            if turn:  # the first warms the file cache
                found.append(one)
    return told(given.rows, path, runs)


def run(part: str, rows: int) -> dict:
    command = [sys.executable, __file__, "--rows", str(rows), "--part", part]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{part} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def told(rows: int, path: Path, runs: dict[str, list[dict]]) -> int:
    last = runs["features"][-1]
    print(
        f"{rows:,} interactions ({path.stat().st_size / 1e6:.0f} MB) of {last['users']:,} users, "
        f"{last['few']:,} of them too few; {last['features']} features, {last['kept']} compared"
    )
    medians = {
        part: {key: statistics.median(one[key] for one in found) for key in ("wall", "cpu", "peak")}
        for part, found in runs.items()
    }
    print(f"\n{'':34}{'clock':>8}{'processor':>11}{'peak MB':>9}")
    for part, found in medians.items():
        print(f"{NAMES[part]:34}{found['wall']:8.2f}{found['cpu']:11.2f}{found['peak']:9.0f}")
    ratios = {
        part: medians["features"]["cpu"] / medians[part]["cpu"] for part in ("bare", "distinct")
    }
    clock = medians["features"]["wall"] / medians["bare"]["wall"]
    peak = medians["features"]["peak"]
    over = ratios["bare"] > LIMIT or peak > MOST_MB
    print(
        f"\n{ratios['bare']:.2f} × the bare scan of the processor, limit {LIMIT:g} × "
        f"({ratios['distinct']:.2f} × with distinct names), {clock:.2f} × by the clock; "
        f"{peak:,.0f} MB, limit {MOST_MB:,} MB: "
        f"{'over' if over else 'within'}"
    )
    kept = {"rows": rows, "medians": medians, "ratios": ratios | {"clock": clock}}
    (RESULTS / "behaviour.json").write_text(json.dumps(kept, indent=1))
    return int(rows >= FULL and over)


def bare(path: Path, rows: int) -> dict:
    del rows
    started = clocks()
    found = pl.scan_parquet(path).group_by("user_id").agg(sums()).collect(engine="streaming")
    return spent_since(started) | {"users": len(found)}


def distinct(path: Path, rows: int) -> dict:
    del rows
    started = clocks()
    day = pl.col("occurred_at").dt.date().n_unique().alias("days")
    names = [pl.col(name).n_unique() for name in ("session_id", "model", "tool")]
    grouped = pl.scan_parquet(path).group_by("user_id").agg(*sums(), *names, day)
    found = grouped.collect(engine="streaming")
    return spent_since(started) | {"users": len(found)}


def sums() -> list[pl.Expr]:
    at = pl.col("occurred_at")
    times = [at.min().alias("first"), at.max().alias("last")]
    rated = pl.col("rating").count().alias("rated")
    return [pl.len(), *times, *(pl.col(name).sum() for name in SUMS), rated]


def features(path: Path, rows: int) -> dict:
    del rows
    started = clocks()
    found = behaviour(pl.scan_parquet(path))
    compared = inputs_of(found)
    return spent_since(started) | {
        "users": found.frame.height + len(found.few),
        "few": len(found.few),
        "features": len(found.features),
        "kept": len(compared.features),
    }


def clocks() -> tuple[float, float]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return time.perf_counter(), used.ru_utime + used.ru_stime


def spent_since(started: tuple[float, float]) -> dict:
    wall, cpu = clocks()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    mb = peak / (1e6 if sys.platform == "darwin" else 1e3)
    return {"wall": wall - started[0], "cpu": cpu - started[1], "peak": mb}


def written(path: Path, rows: int, seed: int = 5) -> dict:
    """Interactions in order of time, put together from a million rows each."""
    rng = np.random.default_rng(seed)
    ends = np.cumsum(rng.lognormal(0, 1.2, max(rows // 50, 200)))
    ends /= ends[-1]
    parts = []
    for first in range(0, rows, CHUNK):
        part = path.with_name(f"{path.stem}-part-{first}.parquet")
        made(rng, first, min(CHUNK, rows - first), rows, ends).write_parquet(
            part, row_group_size=250_000
        )
        parts.append(part)
    pl.scan_parquet(parts).sink_parquet(path, row_group_size=250_000)
    for part in parts:
        part.unlink()
    return {"rows": rows}


def made(
    rng: np.random.Generator, first: int, count: int, rows: int, ends: np.ndarray
) -> pl.DataFrame:
    session = np.arange(count) // 3
    user = np.searchsorted(ends, rng.random(count // 3 + 1))[session]
    begin = np.sort(rng.uniform(first, first + count, count // 3 + 1))[session]
    at = START.timestamp() + begin / rows * DAYS * 86_400 + rng.uniform(0, 3600, count)
    ok = rng.random(count) < 0.9
    rated = rng.random(count) < 0.1

    def named(prefix: str, values: np.ndarray) -> pl.Series:
        return pl.select(pl.format(prefix + "{}", pl.Series(values))).to_series()

    return pl.DataFrame(
        {
            "interaction_id": named("i-", first + np.arange(count)),
            "user_id": named("user-", user),
            "session_id": named("s-", first + session),
            "occurred_at": pl.Series((at * 1e6).astype(np.int64)).cast(pl.Datetime("us", "UTC")),
            "model": named("model-", (user + rng.integers(0, 3, count)) % 8),
            "tool": named("tool-", rng.integers(0, 5, count)),
            "agent_id": named("agent-", user % 10),
            "user_type": pl.Series(["customer", "employee", "learner"]).gather(user % 3),
            "input_tokens": rng.integers(100, 4000, count),
            "cache_read_tokens": rng.integers(0, 2000, count),
            "cache_write_tokens": rng.integers(0, 200, count),
            "output_tokens": rng.integers(20, 900, count),
            "cost_usd": rng.exponential(0.01, count),
            "latency_s": rng.exponential(2, count),
            "succeeded": ok,
            "error_type": pl.select(pl.when(pl.Series(~ok)).then(pl.lit("timeout"))).to_series(),
            "rating": pl.select(
                pl.when(pl.Series(rated)).then(pl.Series(rng.random(count)))
            ).to_series(),
            "retry_of": pl.select(
                pl.when(pl.Series(rng.random(count) < 0.03)).then(pl.lit("i-1"))
            ).to_series(),
        }
    ).sort("occurred_at")


if __name__ == "__main__":
    sys.exit(main())
