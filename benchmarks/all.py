"""All benchmarks, one after the other; what `make bench` runs.

python benchmarks/all.py [--rows 100000000]

Each is a process of its own. One whose files do not fit on the disk is left out, and said so; at
the end stands what was run and what was not. Exits with 1 where one failed or missed its limit.
"""

import argparse
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
FULL = 100_000_000
LEAST = 10_000
SPARE = 1_000_000_000
"""Bytes of the disk that benchmarks leave to others."""


@dataclass(frozen=True)
class Benchmark:
    script: str
    arguments: tuple[str, ...]
    needs: int
    """Bytes on the disk at its peak."""

    @property
    def command(self) -> str:
        return " ".join((self.script, *self.arguments))


def planned(rows: int) -> list[Benchmark]:
    """At full size the sizes that the scripts have by themselves; below, in proportion."""
    medium, spans = in_steps(min(rows, 10_000_000)), min(300_000, max(rows // 30, 1000))
    events = min(200_000, max(rows // 50, 1000))
    repeats = ("--repeats", "5" if rows == FULL else "3")
    return [
        Benchmark("run.py", ("--rows", str(medium), *repeats), 90 * medium),
        Benchmark(
            "imports.py",
            ("--rows", str(medium), "--spans", str(spans)),
            200 * medium + 2_000 * spans,
        ),
        Benchmark("live.py", ("--events", str(events), *repeats), 2_000 * events),
        Benchmark("reports.py", ("--sets", "40" if rows == FULL else "4"), 300_000_000),
        Benchmark("hierarchy.py", ("--repeats", "3" if rows == FULL else "1"), 0),
        Benchmark("forecasts.py", ("--every", "1" if rows == FULL else "8"), 1_000_000),
        Benchmark("regressions.py", ("--repeats", "2000" if rows == FULL else "200"), 0),
        Benchmark("breaks.py", ("--series", "200" if rows == FULL else "20"), 0),
        Benchmark(
            "peers.py",
            ("--series", "100", "--online", "60")
            if rows == FULL
            else ("--series", "10", "--online", "6", "--forecasts", "4"),
            0,
        ),
        Benchmark("anomalies.py", (), 0),
        Benchmark("online.py", ("--repeats", "1000" if rows == FULL else "100"), 0),
        Benchmark("spend_anomalies.py", ("--repeats", "100" if rows == FULL else "4"), 0),
        Benchmark("coverage.py", ("--series", "500" if rows == FULL else "20"), 0),
        Benchmark("goals.py", ("--series", "700" if rows == FULL else "40"), 0),
        Benchmark("model_switch.py", ("--runs", "2000" if rows == FULL else "100"), 0),
        Benchmark("savings.py", ("--runs", "2000" if rows == FULL else "40"), 0),
        Benchmark(
            "lifetimes.py",
            ("--runs", "200", "--users", "1000000")
            if rows == FULL
            else ("--runs", "20", "--users", "50000"),
            0,
        ),
        Benchmark(
            "personalisation.py",
            ("--worlds", "200", "--users", "1000000")
            if rows == FULL
            else ("--worlds", "20", "--users", "20000"),
            0,
        ),
        Benchmark("spend_forecasts.py", ("--series", "2000" if rows == FULL else "140"), 0),
        Benchmark("behaviour.py", ("--rows", str(2 * medium), "--repeats", "3"), 80 * medium),
        Benchmark("costs.py", ("--rows", str(medium), *repeats), 120 * medium),
        Benchmark("trends.py", ("--agents", "200" if rows == FULL else "20"), 100_000_000),
        Benchmark(
            "segments.py",
            ("--nulls", "1000") if rows == FULL else ("--nulls", "20", "--rows", "200000"),
            0,
        ),
        Benchmark("large.py", ("--rows", str(rows), "--units", str(rows // 100)), 40 * rows),
    ]


def in_steps(rows: int) -> int:
    """As the tables are made: whole millions, or fewer than one."""
    return rows // 1_000_000 * 1_000_000 or rows


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--rows", type=int, default=FULL, help="of the largest benchmark")
    rows = parser.parse_args().rows
    if rows < LEAST:
        parser.error(f"--rows {rows}, expected {LEAST:,} or more")
    RESULTS.mkdir(exist_ok=True)
    told, failed = [], False
    for benchmark in planned(rows):
        free = shutil.disk_usage(RESULTS).free
        if free < benchmark.needs + SPARE:
            told.append(
                f"skipped  {benchmark.command}: needs {benchmark.needs / 1e9:.1f} GB of disk and "
                f"{SPARE / 1e9:.0f} GB to spare, {free / 1e9:.1f} GB are free"
            )
            print(f"\n{told[-1]}")
            continue
        print(f"\n── {benchmark.command}", flush=True)
        command = [sys.executable, str(HERE / benchmark.script), *benchmark.arguments]
        code = subprocess.run(command, check=False).returncode
        failed = failed or code != 0
        told.append(f"{'done   ' if code == 0 else f'exit {code} '}  {benchmark.command}")
    print("\n" + "\n".join(told))
    if rows != FULL:
        print(f"Limits are meant for the full size of {FULL:,} rows: make bench")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
