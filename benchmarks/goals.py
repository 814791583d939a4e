"""Whether the chances of goals hold: how often a target is met, beside what was said.

python benchmarks/goals.py [--series 300]

Weekly series of 16 to 39 weeks are simulated: a straight trend, or a level that wanders, each with
noise that remembers itself (autocorrelation 0 to .6). A target is drawn around the level that the
deciding week (2 to 11 weeks ahead) is expected to have, so that every chance occurs. Counted is how
often that week meets it, by fifths of the chance that was told. Beside it stand the chances told of
targets that are four standard deviations of a week below a straight trend, and so as good as met,
where it is flat, rises and rises steeply. The exit code is 1 where any fifth misses by more than .1
and three standard errors.
"""

import argparse
import json
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from assay.analysis.scoring import goal_status
from assay.core.goals import Goal

RESULTS = Path(__file__).parent / "results"
WORLDS = ("straight", "wandering")
START = datetime(2026, 1, 5, tzinfo=UTC)
NEAR, FIFTHS, SURE = 0.1, 5, 4.0
SLOPES = (0.0, 0.3, 0.6)
"""Per week, in standard deviations of a week."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--series", type=int, default=300, help="of each world")
    count = parser.parse_args().series
    start, missed = time.process_time(), False
    kept: dict[str, object] = {}
    for world in WORLDS:
        every = [drawn(world, k) for k in range(count)]
        told, met = (np.array(one) for one in zip(*every, strict=True))
        rows = kept[world] = fifths(told, met)
        print(f"{world}, {count:,} series\n{'chance':>8}{'met':>8}{'error':>8}{'series':>8}")
        for chance, share, error, n in rows:
            print(f"{chance:8.2f}{share:8.2f}{error:8.2f}{n:8}", flush=True)
            missed |= abs(chance - share) > NEAR + 3 * error
    for slope in SLOPES:
        sure = [drawn("straight", k, sure=slope)[0] for k in range(count // 5)]
        kept[f"sure, {slope} a week"] = [float(np.quantile(sure, q)) for q in (0.1, 0.5)]
        print(
            f"four standard deviations below a trend of {slope} a week: {np.median(sure):.2f} at "
            f"the median, {np.quantile(sure, 0.1):.2f} in the lowest tenth"
        )
    print(f"{time.process_time() - start:.0f} s of the processor")
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "goals.json").write_text(json.dumps(kept, indent=1))
    return int(missed)


def drawn(world: str, seed: int, *, sure: float | None = None) -> tuple[float, bool]:
    """The chance that is told of one series, and whether its target is met.

    `sure`: the slope of a straight trend whose target is as good as met.
    """
    rng = np.random.default_rng([WORLDS.index(world), seed])
    n, ahead = int(rng.integers(16, 40)), int(rng.integers(2, 12))
    size, rho = n + ahead, float(rng.choice([0.0, 0.3, 0.6]))
    noise = rng.standard_normal(size)
    for i in range(1, size):
        noise[i] = rho * noise[i - 1] + (1 - rho * rho) ** 0.5 * noise[i]
    slope = float(rng.normal(0, 0.15)) if sure is None else sure
    level = slope * np.arange(size)
    if world == "wandering":
        level = 0.3 * rng.standard_normal(size).cumsum()
    value = level + noise
    centre = level[-1] if world == "straight" else level[n - 1]
    target = float(centre + (rng.normal(0, 1.5) if sure is None else -SURE))
    by = (START + timedelta(weeks=size, days=-1)).date()
    goal = Goal(name="G", metric="m", target=target, by=by)
    status = goal_status(goal, weeks(value[:n]))
    return float(status.probability or 0.0), bool(value[-1] >= target)


def weeks(values: np.ndarray) -> pl.DataFrame:
    """As `features.series` has them."""
    n = len(values)
    return pl.DataFrame(
        {
            "start": [START + timedelta(weeks=k) for k in range(n)],
            "n": [50] * n,
            "value": values,
            "standard_error": [0.5] * n,
            "complete": [True] * n,
        }
    )


def fifths(told: np.ndarray, met: np.ndarray) -> list[tuple[float, float, float, int]]:
    """Mean chance, share met, its standard error, and series, by fifths of the chance."""
    parts = np.array_split(np.argsort(told, kind="stable"), FIFTHS)
    return [
        (
            float(told[part].mean()),
            float(met[part].mean()),
            float((told[part] * (1 - told[part])).mean() ** 0.5 / len(part) ** 0.5),
            len(part),
        )
        for part in parts
    ]


if __name__ == "__main__":
    sys.exit(main())
