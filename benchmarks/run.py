"""How long, and in how much memory, from a Parquet file to effect and interval.

python benchmarks/run.py [--rows 10000000] [--repeats 5]
"""

import argparse
import json
import math
import platform
import statistics
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

HERE = Path(__file__).parent
RESULTS = HERE / "results"
LIMITS = {"rows": 1.2, "whole-rows": 2.0, "events": 1.3}
MOST_MB = 500
KEYS = ("wall", "cpu", "peak", "work")
WORDS = {"wall": "time", "work": "memory after imports", "peak": "peak memory with imports"}
NAMES = {
    "rows": {
        "bare-rows": "Polars group_by(arm): the lower bound",
        "assay-rows": "assay",
        "tea-tasting-rows": "tea-tasting, lazy Polars",
        "scipy-rows": "SciPy ttest_ind",
        "statsmodels-rows": "statsmodels CompareMeans",
    },
    "whole-rows": {
        "bare-whole-rows": "Polars group_by(arm): the lower bound",
        "assay-whole-rows": "assay: CUPED, 10 segments, sample ratio",
        "tea-tasting-whole-rows": "tea-tasting, one analyze per segment",
    },
    "events": {
        "bare-events": "Polars group_by(unit, arm), then (arm): the lower bound",
        "assay-events": "assay",
        "tea-tasting-events": "tea-tasting, lazy Polars, grouped by hand",
    },
}
PACKAGES = {"tea-tasting": "tea-tasting", "statsmodels": "statsmodels", "scipy": "scipy"}


def table(kind: str, rows: int) -> Path:
    """The file to read, made by another process: a child's peak memory starts at its parent's."""
    path = RESULTS / f"{kind}-{rows}.parquet"
    if not path.exists():
        command = [sys.executable, str(HERE / "tables.py"), kind, str(rows), str(path)]
        subprocess.run(command, check=True)
    return path


def measure(name: str, path: Path) -> dict:
    command = [sys.executable, "-W", "ignore", str(HERE / "pipelines.py"), name, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{name} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def available(name: str) -> bool:
    package = next((p for prefix, p in PACKAGES.items() if name.startswith(prefix)), None)
    try:
        return package is None or bool(version(package))
    except PackageNotFoundError:
        return False


def compare(names: dict[str, str], path: Path, repeats: int) -> dict[str, list[dict]]:
    """Runs taken in turns, so that whatever else the machine does falls on all of them."""
    runs: dict[str, list[dict]] = {name: [] for name in names if available(name)}
    for turn in range(repeats + 1):
        for name, mine in runs.items():
            found = measure(name, path)
            if turn:  # the first warms the file cache
                mine.append(found)
    _check_same_answer(runs)
    return runs


def _check_same_answer(runs: dict[str, list[dict]]) -> None:
    runs = {name: mine for name, mine in runs.items() if name != "bare-whole-rows"}
    expected = next(iter(runs.values()))[0]["effects"]
    for name, mine in runs.items():
        for metric, effect in mine[0]["effects"].items():
            if not math.isclose(effect, expected[metric], rel_tol=1e-6, abs_tol=1e-9):
                raise SystemExit(f"{name} finds {metric} {effect}, others {expected[metric]}")


def show(title: str, names: dict[str, str], runs: dict[str, list[dict]]) -> dict[str, dict]:
    medians = {
        name: {key: statistics.median(run[key] for run in mine) for key in KEYS}
        for name, mine in runs.items()
    }
    bound = next(iter(medians.values()))
    width = max(map(len, names.values()))
    print(f"\n{title}")
    print(f"{'':{width}}   wall s    CPU s  peak MB  work MB   time ×  peak ×  work ×")
    for name, found in medians.items():
        found |= {f"{key} ratio": found[key] / bound[key] for key in KEYS}
        print(
            f"{names[name]:{width}}  {found['wall']:7.3f}  {found['cpu']:7.3f}"
            f"  {found['peak']:7.0f}  {found['work']:7.0f}  {found['wall ratio']:7.2f}"
            f"  {found['peak ratio']:6.2f}  {found['work ratio']:6.2f}"
        )
    return medians


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    chosen = parser.parse_args()
    medians = {}
    for kind, names in NAMES.items():
        path = table("events" if kind == "events" else "rows", chosen.rows)
        runs = compare(names, path, chosen.repeats)
        of_events = f"events of {chosen.rows // 10:,} units"
        what = of_events if kind == "events" else "one row per unit"
        title = f"{chosen.rows:,} rows, {what}: two arms, three metrics"
        medians[kind] = show(title, names, runs)
        ours = medians[kind][f"assay-{kind}"]
        for key, word in WORDS.items():
            limit = LIMITS[kind]
            verdict = "within" if ours[f"{key} ratio"] <= limit else "over"
            print(f"  {word}: {ours[f'{key} ratio']:.2f} × the lower bound, {verdict} {limit} ×")
        if kind != "events":
            verdict = "within" if ours["peak"] <= MOST_MB else "over"
            print(f"  peak memory: {ours['peak']:.0f} MB, {verdict} {MOST_MB} MB")
    body = {
        "rows": chosen.rows,
        "repeats": chosen.repeats,
        "machine": {"python": platform.python_version(), "system": platform.platform()},
        "polars": version("polars"),
        "medians": medians,
    }
    out = RESULTS / f"ab-{chosen.rows}.json"
    out.write_text(json.dumps(body, indent=1) + "\n")
    print(f"\nkept in {out.relative_to(HERE.parent)}")


if __name__ == "__main__":
    main()
