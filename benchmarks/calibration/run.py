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

import upworthy

import assay
from assay.analysis.experiments.calibration.jobs import STREAMS, jobs
from assay.analysis.experiments.calibration.rows import Row
from assay.analysis.experiments.calibration.table import row_of, tabulate

HERE = Path(__file__).resolve().parent
RESULTS = HERE.parent / "results" / "calibration"
SOURCE = HERE.parents[1] / "src" / "assay"
RECORD = SOURCE / "analysis" / "experiments" / "calibration" / "published.json"
ARCHIVE = HERE.parents[2] / "shared" / "data" / "ab" / "upworthy_exploratory_ab.parquet"
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
    start = time.process_time()  # of this process alone: a busy machine makes no job dearer
    rows = _JOBS[key].run(seed)
    seconds = time.process_time() - start
    path = file_of(folder, key)
    partial = path.with_suffix(f".{os.getpid()}")
    body = {"key": key, "seconds": seconds, "rows": [dataclasses.asdict(row) for row in rows]}
    partial.write_text(json.dumps(body))
    partial.replace(path)
    return key, seconds, sum(row.holds is False for row in rows)


def simulate(scale: str, *, seed: int, processes: int, only: str, folder: Path) -> list[Row]:
    """The rows of every job that is wanted, finished ones from their files."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [job for job in jobs(scale) if only in job.key]
    left = [job for job in wanted if not file_of(folder, job.key).exists()]
    left.sort(key=lambda job: -job.weight)  # the longest first, so that no process ends alone
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
    return [row_of(row) for body in bodies for row in body["rows"]]


def line_of(row: Row) -> str:
    lift = "" if row.lift is None else f" lift {100 * row.lift:+g} %"
    cell = f"{row.outcome}, {row.n}/{row.n_control}{lift} {row.setting}".strip()
    band = " … ".join("" if end is None else f"{end:.4f}" for end in (row.low, row.high))
    return (
        f"{row.part}: {cell}: {row.measure} {row.value:.4f} ± {row.error:.4f} "
        f"outside [{band}], S = {row.streams} {row.note and f'({row.note})'}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--scale", choices=list(STREAMS), default="full")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", default="", help="jobs whose name contains this")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument(
        "--record", action="store_true", help="make it the table that the package ships"
    )
    given = parser.parse_args()
    if given.record and (given.scale == "test" or given.only):
        parser.error("--record keeps whole tables only")
    folder = RESULTS / f"{given.scale}-{given.seed}-{digest()}"
    rows = simulate(
        given.scale, seed=given.seed, processes=given.processes, only=given.only, folder=folder
    )
    if not given.only:
        rows += upworthy.rows(ARCHIVE)
    table = tabulate(
        rows,
        scale=given.scale,
        seed=given.seed,
        made=datetime.now(UTC).date().isoformat(),
        version=assay.__version__,
    )
    if not given.only:
        text = json.dumps(dataclasses.asdict(table), indent=1, ensure_ascii=False) + "\n"
        (RESULTS / "latest.json").write_text(text, encoding="utf-8")
        if given.scale == "full":
            (RESULTS / "full.json").write_text(text, encoding="utf-8")
        if given.record:
            RECORD.write_text(text, encoding="utf-8")
    print("\n".join(line_of(row) for row in table.faults))
    print(f"{table.figures_holding} of {table.figures} figures lie in their bands,")
    print(f"{table.cells_holding} of {table.cells} cells hold")
    return 0


if __name__ == "__main__":
    sys.exit(main())
