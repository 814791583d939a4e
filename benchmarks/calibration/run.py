"""Simulate everything that the published table of calibration holds; what `make calibration` runs.

python benchmarks/calibration/run.py [--scale full|quick|test] [--processes 2] [--only TEXT]

Each finished job is written to a file of its own, so that a run that was stopped goes on where it
was; a change of the engine's sources begins anew. The same seed gives the same table, however many
processes there are.
"""

import argparse
import dataclasses
import hashlib
import json
import multiprocessing
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from assay.analysis.experiments.calibration.jobs import STREAMS, jobs

HERE = Path(__file__).resolve().parent
RESULTS = HERE.parent / "results" / "calibration"
SOURCE = HERE.parents[1] / "src" / "assay"
SEED = 20_261_121
_JOBS = {}


def digest() -> str:
    """Of every source that can change a figure."""
    found = hashlib.sha256()
    for folder in ("stats", "analysis/experiments"):
        for path in sorted((SOURCE / folder).rglob("*.py")):
            found.update(path.relative_to(SOURCE).as_posix().encode() + path.read_bytes())
    return found.hexdigest()[:8]


def file_of(folder: Path, key: str) -> Path:
    return folder / f"{hashlib.sha256(key.encode()).hexdigest()[:16]}.json"


def prepare(scale: str) -> None:
    os.environ["OMP_NUM_THREADS"] = "1"
    _JOBS.update({job.key: job for job in jobs(scale)})


def work(task: tuple[str, int, Path]) -> tuple[str, float, int]:
    key, seed, folder = task
    start = time.perf_counter()
    rows = _JOBS[key].run(seed)
    seconds = time.perf_counter() - start
    path = file_of(folder, key)
    partial = path.with_suffix(f".{os.getpid()}")
    body = {"key": key, "seconds": seconds, "rows": [dataclasses.asdict(row) for row in rows]}
    partial.write_text(json.dumps(body))
    partial.replace(path)
    return key, seconds, sum(row.holds is False for row in rows)


def simulate(scale: str, *, seed: int, processes: int, only: str, folder: Path) -> list[dict]:
    """The rows of every job that is wanted, finished ones from their files."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [job for job in jobs(scale) if only in job.key]
    left = [job for job in wanted if not file_of(folder, job.key).exists()]
    if len(left) < len(wanted):
        print(f"{len(wanted) - len(left)} of {len(wanted)} jobs were done before")
    done, start = 0, time.monotonic()
    context = multiprocessing.get_context("spawn")
    with context.Pool(processes, initializer=prepare, initargs=(scale,)) as pool:
        tasks = [(job.key, seed, folder) for job in left]
        for key, seconds, failing in pool.imap_unordered(work, tasks):
            done += 1
            said = f"{failing} outside their band" if failing else "holds"
            passed = time.monotonic() - start
            print(
                f"{done}/{len(left)} {passed:5.0f} s  {key} ({seconds:.1f} s): {said}", flush=True
            )
    bodies = [json.loads(file_of(folder, job.key).read_text()) for job in wanted]
    print(f"{sum(body['seconds'] for body in bodies):.0f} s of computing in all")
    return [row for body in bodies for row in body["rows"]]


def failing(rows: list[dict]) -> list[str]:
    """Rows outside their band, worst first."""
    bad = [row for row in rows if row["holds"] is False]
    return [line_of(row) for row in sorted(bad, key=distance, reverse=True)]


def distance(row: dict) -> float:
    """How far outside, in standard errors."""
    beyond = max((row["low"] or 0) - row["value"], row["value"] - (row["high"] or 0), 0)
    return beyond / max(row["error"], 1e-12)


def line_of(row: dict) -> str:
    lift = "" if row["lift"] is None else f"lift {100 * row['lift']:+g} %"
    cell = f"{row['outcome']}, {row['n']}/{row['n_control']} {lift} {row['setting']}".strip()
    band = " … ".join("" if end is None else f"{end:.4f}" for end in (row["low"], row["high"]))
    return (
        f"{row['part']}: {cell}: {row['measure']} {row['value']:.4f} ± {row['error']:.4f} "
        f"outside [{band}], S = {row['streams']} ({row['note']})"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--scale", choices=list(STREAMS), default="full")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", default="", help="jobs whose name contains this")
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args()
    folder = RESULTS / f"{given.scale}-{given.seed}-{digest()}"
    rows = simulate(
        given.scale, seed=given.seed, processes=given.processes, only=given.only, folder=folder
    )
    out = {
        "scale": given.scale,
        "seed": given.seed,
        "made": datetime.now(UTC).date().isoformat(),
        "rows": rows,
    }
    (folder / "table.json").write_text(json.dumps(out))
    judged = [row for row in rows if row["holds"] is not None]
    lines = failing(rows)
    print("\n".join(lines))
    print(f"{len(judged) - len(lines)} of {len(judged)} figures lie in their bands")
    return 0


if __name__ == "__main__":
    sys.exit(main())
