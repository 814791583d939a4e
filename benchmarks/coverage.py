"""Whether intervals of forecasts and of changes between periods hold what they promise.

python benchmarks/coverage.py [--series 500]

Daily series are simulated: a level, a trend, a weekly season, noise that remembers itself
(autocorrelation 0 to .8), some of them with a level that wanders. What is forecast 7, 30 and 90
days on is then simulated, too, and counted is how much of it lies inside intervals of 80 % and
95 %, all steps of a horizon together. Of the last 28 days beside the 28 before, counted is how
often the interval of the change on like weekdays holds the true one. The exit code is 1 where
intervals of forecasts from a year, or of changes, miss their level by more than three points and
three standard errors of the simulation.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np

from assay.stats.forecasting import forecast
from assay.stats.seasons import period_change

RESULTS = Path(__file__).parent / "results"
HORIZONS, LEVELS = (7, 30, 90), (0.8, 0.95)
NEAR = 0.03
FULL = 500


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--series", type=int, default=FULL)
    parser.add_argument("--days", type=int, nargs="+", default=[365, 180], help="known of a series")
    given = parser.parse_args()
    count = given.series
    start, missed, kept = time.process_time(), [], {}
    print(f"{count:,} series; share of values to come inside intervals of")
    print(f"{'days known':>10}{'ahead':>7}" + "".join(f"{level:>9.0%}" for level in LEVELS))
    for days in given.days:
        for horizon in HORIZONS:
            found = [forecast_inside(count, days, horizon, level) for level in LEVELS]
            kept[f"{days} days, {horizon} ahead"] = found
            print(
                f"{days:10}{horizon:7}" + "".join(f"{share:9.3f}" for share, _ in found), flush=True
            )
            if days == 365:
                missed += [
                    level
                    for level, (share, error) in zip(LEVELS, found, strict=True)
                    if abs(share - level) > NEAR + 3 * error
                ]
    share = change_inside(4 * count)
    kept["change"] = share
    spare = NEAR + 3 * (0.95 * 0.05 / (4 * count)) ** 0.5
    missed += [0.95] if abs(share - 0.95) > spare else []
    print(f"changes of 28 days, {4 * count:,} series: {share:.3f} inside intervals of 95 %")
    print(f"{time.process_time() - start:.0f} s of the processor")
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "coverage.json").write_text(json.dumps(kept, indent=1))
    return int(bool(missed) and count >= FULL)


def forecast_inside(count: int, days: int, horizon: int, level: float) -> tuple[float, float]:
    """The share inside, and its standard error: steps of one series go together."""
    inside = []
    for seed in range(count):
        whole = simulated(np.random.default_rng([11, seed]), days + horizon)
        told = forecast(whole[:days], horizon, periods=(7,), level=level)
        inside.append(((told.low <= whole[days:]) & (whole[days:] <= told.high)).mean())
    return float(np.mean(inside)), float(np.std(inside)) / count**0.5


def simulated(rng: np.random.Generator, size: int) -> np.ndarray:
    """One of many kinds of daily series."""
    rho, wander = rng.choice([0.0, 0.3, 0.6, 0.8]), rng.choice([0.0, 0.0, 0.05])
    week = rng.normal(0, rng.choice([0.5, 1.5]), 7)
    slope = rng.normal(0, 0.01)
    noise = correlated(rng, size, rho)
    walk = wander * rng.standard_normal(size).cumsum()
    day = np.arange(size)
    found: np.ndarray = 100 + slope * day + week[day % 7] + noise + walk
    return found


def correlated(rng: np.random.Generator, size: int, rho: float) -> np.ndarray:
    """Noise of first order with a standard deviation of one."""
    noise = rng.standard_normal(size)
    for i in range(1, size):
        noise[i] = rho * noise[i - 1] + (1 - rho * rho) ** 0.5 * noise[i]
    return noise


def change_inside(count: int) -> float:
    """Of days that weigh differently, with a true change on every weekday alike."""
    inside = 0
    for seed in range(count):
        rng = np.random.default_rng([12, seed])
        week, change = rng.normal(0, 1, 7), rng.normal(0, 1)
        day = np.arange(56)
        weight = rng.integers(50, 200, 56)
        values = 10 + week[day % 7] + change * (day >= 28)
        values = values + correlated(rng, 56, rng.choice([0.0, 0.2, 0.4]))
        told = period_change(values, before=(0, 28), after=(28, 56), counts=weight)
        inside += told.like_for_like.low <= change <= told.like_for_like.high
    return inside / count


if __name__ == "__main__":
    sys.exit(main())
