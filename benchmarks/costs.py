"""How long the whole report on costs takes before it is drawn, and in how much memory.

python benchmarks/costs.py [--rows 10000000] [--repeats 3]

Interactions of 180 days (ten agents, eight models at the sample's prices, users of whom few do
most, sessions, retries, ratings, hashes of prompts; one row in twenty without a logged cost, and
three with one that no tokens explain) are analysed by the cells of `notebooks/30-cost.ipynb`, from
the parameters to the record: each cell that the notebook gains counts. Beside it stands the bare
scan, which Polars takes to group the same rows by day, price and the columns that the report
breaks spending down by, and to add up tokens and costs. Every run is a process of its own, and runs
are taken in turns. Times count from opening the file, imports are done before; the peak of memory
counts imports. The exit code is 1 where, at 1e7 rows, the median time (by the clock, or of the
processor) is more than 3 times the bare scan's, or the peak more than 1.5 GB.
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

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
ROOT = HERE.parent
NOTEBOOK = ROOT / "notebooks/30-cost.ipynb"
PRICES = ROOT / "data/sample/prices.parquet"
FULL = 10_000_000
LIMIT = 3.0
MOST_MB = 1500
DAYS = 180
BY = ("agent_id", "model", "user_type")
CHUNK = 1_000_000
START = datetime(2026, 5, 24, tzinfo=UTC)
ODD = 3
"""Rows whose cost no tokens explain."""
SUMS = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens", "cost_usd")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--rows", type=int, default=FULL)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--part", choices=("table", "bare", "report"), help="one process of many")
    given = parser.parse_args()
    path = RESULTS / f"costs-{given.rows}.parquet"
    if given.part:
        part = {"table": written, "bare": bare, "report": report}[given.part]
        print(json.dumps(part(path, given.rows)))
        return 0
    RESULTS.mkdir(exist_ok=True)
    if not PRICES.exists():
        raise SystemExit("no prices: assay sample writes them")
    if not path.exists():
        run("table", given.rows)
    runs: dict[str, list[dict]] = {"bare": [], "report": []}
    for turn in range(given.repeats + 1):
        for part, found in runs.items():
            one = run(part, given.rows)
            if turn:  # the first warms the file cache
                found.append(one)
    return told(given.rows, path, runs)


def run(part: str, rows: int) -> dict:
    command = [sys.executable, str(HERE / "costs.py"), "--rows", str(rows), "--part", part]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{part} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def told(rows: int, path: Path, runs: dict[str, list[dict]]) -> int:
    print(
        f"{rows:,} interactions ({path.stat().st_size / 1e6:.0f} MB), spending by {', '.join(BY)}"
    )
    medians = {
        part: {key: statistics.median(one[key] for one in found) for key in ("wall", "cpu", "peak")}
        for part, found in runs.items()
    }
    cells = {
        name: statistics.median(one["cells"][name]["cpu"] for one in runs["report"])
        for name in runs["report"][0]["cells"]
    }
    print(f"\n{'':34}{'clock':>8}{'processor':>11}{'peak MB':>9}")
    names = {"bare": "bare group-by scan", "report": "the report, before it is drawn"}
    for part, found in medians.items():
        print(f"{names[part]:34}{found['wall']:8.2f}{found['cpu']:11.2f}{found['peak']:9.0f}")
    for name, cpu in cells.items():
        if cpu >= 0.05:
            print(f"  {name:32}{'':8}{cpu:11.2f}")
    ratios = {key: medians["report"][key] / medians["bare"][key] for key in ("wall", "cpu")}
    peak = medians["report"]["peak"]
    over = max(ratios.values()) > LIMIT or peak > MOST_MB
    print(
        f"\n{ratios['wall']:.2f} × the bare scan by the clock, {ratios['cpu']:.2f} × of the "
        f"processor, limit {LIMIT:g} ×; {peak:,.0f} MB, limit {MOST_MB:,} MB: "
        f"{'over' if over else 'within'}"
    )
    answers = {(one["usd"], one["apart"]) for one in runs["report"]}
    print(f"spent, and records set apart: {sorted(answers)}")
    kept = {"rows": rows, "medians": medians, "cells": cells, "ratios": ratios}
    (RESULTS / "costs.json").write_text(json.dumps(kept, indent=1))
    wrong = any(apart != ODD for _, apart in answers)
    return int(wrong or (rows >= FULL and over))


def bare(path: Path, rows: int) -> dict:
    del rows
    started = clocks()
    day = pl.col("occurred_at").dt.date().alias("day")
    keys = dict.fromkeys(("provider", "model", "service_tier", *BY))
    sums = [pl.len(), *(pl.col(name).sum() for name in SUMS)]
    found = pl.scan_parquet(path).group_by(day, *keys).agg(sums).collect(engine="streaming")
    return spent_since(started) | {"lines": len(found)}


def report(path: Path, rows: int) -> dict:
    """The notebook's own cells, up to the record."""
    del rows
    cells = {
        cell["id"]: "".join(cell["source"])
        for cell in json.loads(NOTEBOOK.read_text())["cells"]
        if cell["cell_type"] == "code"
    }
    names: dict = {}
    chosen = {
        "data": str(path),
        "prices": str(PRICES),
        "sessions": str(sessions_of(path)),
        "by": list(BY),
    }
    wanted = list(cells)[: list(cells).index("record") + 1]
    exec(cells["imports"], names)  # noqa: S102  our own notebook
    exec(cells["parameters"], names)  # noqa: S102
    names |= chosen
    started, each = clocks(), {}
    for cell in wanted[2:]:
        before = clocks()
        exec(compile(cells[cell], cell, "exec"), names)  # noqa: S102
        each[cell] = spent_since(before)
    breakdown = names["result"].breakdown
    return spent_since(started) | {
        "cells": each,
        "usd": round(breakdown.usd, 2),
        "apart": breakdown.apart,
    }


def clocks() -> tuple[float, float]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return time.perf_counter(), used.ru_utime + used.ru_stime


def spent_since(started: tuple[float, float]) -> dict:
    wall, cpu = clocks()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    mb = peak / (1e6 if sys.platform == "darwin" else 1e3)
    return {"wall": wall - started[0], "cpu": cpu - started[1], "peak": mb}


def sessions_of(path: Path) -> Path:
    return path.with_name(f"{path.stem}-sessions.parquet")


def written(path: Path, rows: int, seed: int = 7) -> dict:
    """Interactions in order of time, put together from a million rows each, and their sessions."""
    rng = np.random.default_rng(seed)
    users = max(rows // 50, 200)
    weight = rng.lognormal(0, 1.2, users)
    ends = np.cumsum(weight / weight.sum())
    odd = set(rng.choice(rows, ODD, replace=False).tolist())
    parts = []
    for first in range(0, rows, CHUNK):
        count = min(CHUNK, rows - first)
        part = path.with_name(f"{path.stem}-part-{first}.parquet")
        made(rng, first, count, rows, ends, odd).write_parquet(part, row_group_size=250_000)
        parts.append(part)
    pl.scan_parquet(parts).sink_parquet(path, row_group_size=250_000)
    for part in parts:
        part.unlink()
    names = pl.scan_parquet(path).select("session_id").unique()
    gone = (pl.col("session_id").hash(1) % 10 == 0).fill_null(value=False)
    outcome = pl.when(gone).then(pl.lit("abandoned")).otherwise(pl.lit("completed"))
    names.with_columns(outcome=outcome).sink_parquet(sessions_of(path))
    return {"rows": rows}


def made(  # noqa: PLR0913, PLR0917  private: a chunk of a table
    rng: np.random.Generator, first: int, count: int, rows: int, ends: np.ndarray, odd: set[int]
) -> pl.DataFrame:
    number = np.arange(first, first + count)
    session = number // 3
    user = np.searchsorted(ends, np.random.default_rng([5, first]).random(count // 3 + 2))
    user = np.minimum(user, len(ends) - 1)[session - session[0]]
    agent = user % 10
    book = pl.read_parquet(PRICES).sort("valid_from").unique(["provider", "model"], keep="first")
    book = book.sort("provider", "model")
    model = (agent + rng.integers(0, 3, count)) % len(book)
    tokens = {
        "input_tokens": rng.integers(100, 4000, count),
        "cache_read_tokens": rng.integers(0, 3000, count),
        "cache_write_tokens": rng.integers(0, 300, count) * (rng.random(count) < 0.3),
        "output_tokens": rng.integers(20, 900, count),
    }
    list_usd = sum(
        book[f"{kind}_per_mtok"].fill_null(0.0).to_numpy()[model] * tokens[f"{kind}_tokens"]
        for kind in ("input", "cache_read", "cache_write", "output")
    )
    usd = np.where(np.isin(number, list(odd)), 9_990.0, list_usd / 1e6)
    logged = (rng.random(count) >= 0.05) | np.isin(number, list(odd))
    ok = rng.random(count) < 0.75 + 0.02 * (agent % 5)
    at = START.timestamp() * 1e6 + np.sort(rng.uniform(first, first + count, count)) / rows * (
        DAYS * 86_400e6
    )

    def some(values: pl.Series, share: float) -> pl.Series:
        return pl.select(pl.when(pl.Series(rng.random(count) < share)).then(values)).to_series()

    def named(prefix: str, values: np.ndarray) -> pl.Series:
        return pl.select(pl.format(prefix + "{}", pl.Series(values))).to_series()

    return pl.DataFrame(
        {
            "interaction_id": named("i", number),
            "occurred_at": pl.Series(at.astype(np.int64)).cast(pl.Datetime("us", "UTC")),
            "session_id": named("s", session),
            "item_id": some(named("item-", number % 5000), 0.01),
            "user_id": named("u", user),
            "user_type": pl.Series(["free", "plus", "team"]).gather(user % 3),
            "agent_id": named("agent-", agent),
            "agent_version": named("v", number * 4 // rows),
            "template_id": named("template-", (agent + number % 2) % 12),
            "provider": book["provider"].gather(model),
            "model": book["model"].gather(model),
            "service_tier": pl.repeat("standard", count, eager=True),
            "operation": pl.repeat("chat", count, eager=True),
            **tokens,
            "reasoning_tokens": tokens["output_tokens"] // 4,
            "prefix_hash": named("p", (agent * 7 + number % 3).astype(np.int64)),
            "cost_usd": pl.select(pl.when(pl.Series(logged)).then(pl.Series(usd))).to_series(),
            "latency_s": rng.lognormal(0.5, 0.5, count),
            "succeeded": ok,
            "error_type": pl.select(pl.when(pl.Series(~ok)).then(pl.lit("timeout"))).to_series(),
            "retry_of": some(named("i", np.maximum(number - 1, 0)), 0.01),
            "rating": some(pl.Series(rng.integers(0, 5, count) / 4), 0.25),
        }
    )


if __name__ == "__main__":
    sys.exit(main())
