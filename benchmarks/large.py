"""An A/B summary of more rows than fit in memory, beside the bare grouping in Polars and DuckDB.

python benchmarks/large.py [--rows 100000000] [--units 1000000] [--keep]

Writes event rows of two arms and three metrics to disk, file by file; each way of summarising them
is a process of its own, whose wall time and peak memory are told. Fails where a peak is over the
limit, or where the two disagree.
"""

import argparse
import json
import math
import platform
import shutil
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import polars as pl

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
PER_FILE = 2_500_000
BYTES_PER_ROW = 20
LIMIT = 3000.0
"""MB that summarising may take at its peak."""
NAMES = {
    "bare-events": "bare Polars grouping",
    "duckdb-events": "bare DuckDB grouping",
    "assay-events": "summarise_arms",
}


def write(folder: Path, rows: int, units: int) -> None:
    """Events in no order, of units that are each in one arm; one file at a time in memory."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(20260101)
    of_unit = rng.integers(0, 2, units)
    labels = pl.Series(["control", "treatment"])
    for i, start in enumerate(range(0, rows, PER_FILE)):
        n = min(PER_FILE, rows - start)
        unit = rng.integers(0, units, n, dtype=np.int32)
        arm = of_unit[unit]
        pl.DataFrame(
            {
                "unit": unit,
                "arm": labels.gather(arm),
                "converted": rng.random(n) < 0.01 + 0.0002 * arm,
                "spend": rng.lognormal(1, 1, n),
                "latency": rng.gamma(2.0, 1.0, n),
            }
        ).write_parquet(folder / f"part-{i:04}.parquet")


def measure(name: str, pattern: str) -> dict:
    command = [sys.executable, str(HERE / "pipelines.py"), name, pattern]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{name} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def agree(one: dict, other: dict) -> bool:
    return all(
        math.isclose(effect, other["effects"][metric], rel_tol=1e-6, abs_tol=1e-9)
        for metric, effect in one["effects"].items()
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--rows", type=int, default=100_000_000)
    parser.add_argument("--units", type=int, default=1_000_000)
    parser.add_argument("--keep", action="store_true", help="leave the files for another run")
    parser.add_argument("--only-write", action="store_true", help="write the files, and no more")
    chosen = parser.parse_args()
    folder = RESULTS / f"large-{chosen.rows}-{chosen.units}"
    if chosen.only_write:
        write(folder, chosen.rows, chosen.units)
        return
    whole = folder / "complete"
    if not whole.exists():
        free, needed = shutil.disk_usage(HERE).free, 2 * BYTES_PER_ROW * chosen.rows
        if free < needed:
            raise SystemExit(f"{free / 1e9:.1f} GB free on disk, expected {needed / 1e9:.1f} GB")
        shutil.rmtree(folder, ignore_errors=True)
        begun = time.perf_counter()
        sizes = ["--rows", str(chosen.rows), "--units", str(chosen.units)]
        mine = [sys.executable, str(HERE / "large.py"), "--only-write", *sizes]
        subprocess.run(mine, check=True)  # a child's peak memory starts at its parent's
        whole.touch()
        print(f"written in {time.perf_counter() - begun:.0f} s")
    files = sorted(folder.glob("*.parquet"))
    size = sum(file.stat().st_size for file in files)
    try:
        found = {name: measure(name, str(folder / "*.parquet")) for name in NAMES}
    finally:
        if not chosen.keep:
            shutil.rmtree(folder)
    print(
        f"\n{chosen.rows:,} events of {chosen.units:,} units, {len(files)} files,"
        f" {size / 1e9:.2f} GB: two arms, three metrics\n"
        f"{'':22}   wall s    CPU s  peak MB   M rows/s"
    )
    for name, told in found.items():
        print(
            f"{NAMES[name]:22}  {told['wall']:7.1f}  {told['cpu']:7.1f}  {told['peak']:7.0f}"
            f"  {chosen.rows / told['wall'] / 1e6:9.2f}"
        )
    ours, bare = found["assay-events"], found["bare-events"]
    within = ours["peak"] <= LIMIT
    print(
        f"  time: {ours['wall'] / bare['wall']:.2f} × the bare grouping in Polars; peak memory"
        f" {'within' if within else 'over'} {LIMIT:,.0f} MB"
    )
    body = {
        "rows": chosen.rows,
        "units": chosen.units,
        "bytes": size,
        "machine": {"python": platform.python_version(), "system": platform.platform()},
        "polars": version("polars"),
        "found": found,
    }
    out = RESULTS / f"large-{chosen.rows}.json"
    out.write_text(json.dumps(body, indent=1) + "\n")
    print(f"\nkept in {out.relative_to(HERE.parent)}")
    if not (agree(ours, bare) and agree(ours, found["duckdb-events"])):
        raise SystemExit("they find different effects")
    if not within:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
